#pragma once

#include "neuron_models/escape_rate.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/membrane.hpp"

#include <cstddef>
#include <optional>

/// # Leaky integrate-and-fire neuron with delta synapses
///
/// **Equations.** tau_m dV/dt = (E_L + drive) - V. A spike arriving over a synapse of weight w makes
/// V jump by w. With a sharp threshold the neuron fires when V reaches V_th, from below, by a jump
/// or by the drive; with an escape rate it fires at random (neuron_models/escape_rate.hpp). It then
/// stays at V_reset for t_ref. Input that arrives in the refractory period is discarded, or, with
/// `refractory_input = kept`, summed undamped and added to V_reset when the period ends (the neuron
/// fires at once if that reaches V_th). With `refractory_input = integrated` the refractory period
/// is a dead time: V goes on from V_reset at once, with all input, and at its end the neuron fires
/// if V is at V_th or above.
///
/// **Update.** Exact, event-driven, no clock. Between events x = V - E_L - drive decays by
/// exp(-dt / tau_m). A crossing by the drive alone has the closed form
/// t = tau_m ln(x / (V_th - E_L - drive)).
///
/// **Coincidences.** Events at one time are applied in the order of (arrival time, projection,
/// source); the threshold is tested after each. A refractory period ends at t + t_ref: an event at
/// that very time counts.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | tau_m | `tau_m_ms` | ms | 20 | 1e-4 .. 1e9 | membrane time constant |
/// | E_L | `E_L_mV` | mV | 0 | -1e6 .. 1e6 | resting potential |
/// | R I | `drive_mV` | mV | 0 | -1e6 .. 1e6 | constant input current, as the shift of the resting potential |
/// | V_th | `V_th_mV` | mV | 20 | -1e6 .. 1e6, > V_reset | threshold (not used with an escape rate) |
/// | V_reset | `V_reset_mV` | mV | 0 | -1e6 .. 1e6 | potential after a spike |
/// | t_ref | `t_ref_ms` | ms | 2 | 0 .. 1e9 | refractory period |
///
/// Why these ranges: neuron_models/ranges.hpp.
///
/// **Sources.** Brunel 2000, doi:10.1023/A:1008925309027; Gerstner et al. 2014, Neuronal Dynamics,
/// ch. 1. **Differs from NEST's iaf_psc_delta** only in having no time step.
namespace spikewell {

/// What becomes of input that arrives in the refractory period: discarded; kept for its end; or
/// integrated, where V is not held but goes on from V_reset right after the spike and the neuron
/// only cannot fire (dead time, as in NEST's pp_psc_delta).
enum class RefractoryInput { discarded, kept, integrated };

struct LifDelta {
    double tau_m_ms = 20.0;
    double E_L_mV = 0.0;
    double drive_mV = 0.0;
    double V_th_mV = 20.0;
    double V_reset_mV = 0.0;
    double t_ref_ms = 2.0;
    RefractoryInput refractory_input = RefractoryInput::discarded;
    std::optional<EscapeRate> escape; ///< none: sharp threshold
    bool operator==(const LifDelta&) const = default;

    /// Where V goes without input.
    [[nodiscard]] double V_inf_mV() const { return E_L_mV + drive_mV; }
};

/// The words of RefractoryInput.
inline constexpr std::array<std::string_view, 3> k_refractory_inputs{"discarded", "kept",
                                                                     "integrated"};

/// From the resting potential on, of LIF neurons whose input is in mV.
template <class M>
inline constexpr auto k_potential_lif_fields = std::tuple_cat(
    std::tuple{Number<M>{"E_L_mV", &M::E_L_mV, k_potentials_mV, "resting potential"},
               Number<M>{"drive_mV", &M::drive_mV, k_potentials_mV, "constant input"},
               Number<M>{"V_th_mV", &M::V_th_mV, k_potentials_mV,
                         "threshold, not used with an escape rate"}},
    k_after_spike_fields<M>,
    std::tuple{Choice<M, RefractoryInput, 3>{"refractory_input", &M::refractory_input,
                                             k_refractory_inputs,
                                             "what becomes of input in the refractory period"},
               OptionalPart<M, EscapeRate>{"escape", &M::escape,
                                           "firing at random; none: sharp threshold"}});

template <> struct Card<LifDelta> {
    using M = LifDelta;
    static constexpr std::string_view key = "lif_delta";
    static constexpr std::string_view name = "LIF neuron with delta synapses";
    static constexpr std::string_view weight_unit = "mV";
    static constexpr auto fields =
        std::tuple_cat(std::tuple{Number<M>{"tau_m_ms", &M::tau_m_ms, k_time_constants_ms,
                                            "membrane time constant"}},
                       k_potential_lif_fields<M>);
    static std::vector<Misfit> misfits(const M& neuron) { return threshold_misfits(neuron); }
    static std::optional<Ceiling> ceiling(const M& neuron) { return threshold_ceiling(neuron); }
    /// V at time 0 where nothing is said.
    static double start_mV(const M& neuron) { return neuron.V_reset_mV; }
};

} // namespace spikewell
