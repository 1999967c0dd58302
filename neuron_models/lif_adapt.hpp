#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/membrane.hpp"

#include <algorithm>
#include <array>
#include <cmath>

/// # Leaky integrate-and-fire neuron with adaptation: a current and a threshold that spikes leave behind
///
/// **Equations.** With exponential currents of excitatory (s = e) and inhibitory synapses (s = i):
///
///     C dV/dt = -(C / tau_m) (V - E_L) + I_e + I_i - w + I
///     tau_s dI_s/dt = -I_s                          a spike of weight q makes I_s jump by q
///     tau_w dw/dt = -w                              a spike of the neuron itself makes w jump by b
///     tau_th dtheta/dt = -theta                     and theta by b_th
///
/// A weight > 0 is excitatory, one < 0 inhibitory. The neuron fires when V reaches V_th + theta from below; V
/// then stays at V_reset for t_ref, while all else goes on. At time 0 the currents, w and theta are 0. With
/// b = 0 it is an LIF neuron with adaptive threshold, with b_th = 0 one with an adaptation current.
///
/// **Update.** Exact, event-driven, no clock: all variables have closed forms between events. Where V is at the
/// threshold it rises above it if D = E_L - V_th + R (I_e + I_i - w + I) + (tau_m / tau_th - 1) theta > 0,
/// R = tau_m / C; each term decays, so D is bounded over any interval. The first crossing is found by bisection
/// until D has one sign, then by guarded Newton steps.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | C | `C_m_pF` | pF | 250 | 1e-6 .. 1e9 | membrane capacitance |
/// | tau_m | `tau_m_ms` | ms | 20 | 1e-4 .. 1e9 | membrane time constant |
/// | E_L | `E_L_mV` | mV | -70 | -1e6 .. 1e6 | resting potential |
/// | V_th | `V_th_mV` | mV | -50 | -1e6 .. 1e6 | threshold without spikes; > V_reset |
/// | V_reset | `V_reset_mV` | mV | -70 | -1e6 .. 1e6 | potential after a spike |
/// | t_ref | `t_ref_ms` | ms | 2 | 0 .. 1e9 | refractory period |
/// | I | `drive_pA` | pA | 0 | -1e9 .. 1e9 | constant input |
/// | b | `b_pA` | pA | 40 | 0 .. 1e9 | adaptation current by a spike |
/// | tau_w | `tau_w_ms` | ms | 150 | 1e-4 .. 1e9 | time constant of the adaptation current |
/// | b_th | `b_th_mV` | mV | 2 | 0 .. 1e6 | threshold by a spike |
/// | tau_th | `tau_th_ms` | ms | 50 | 1e-4 .. 1e9 | time constant of the threshold |
/// | tau_e | `tau_syn_exc_ms` | ms | 5 | 1e-4 .. 1e9 | time constant of excitatory synapses |
/// | tau_i | `tau_syn_inh_ms` | ms | 5 | 1e-4 .. 1e9 | time constant of inhibitory synapses |
///
/// Weights are in pA.
///
/// **Sources.** Gerstner, Kistler, Naud & Paninski 2014, Neuronal Dynamics, chapter 6 (adaptation current, moving
/// threshold); Teeter et al. 2018, doi:10.1038/s41467-017-02717-4, whose GLIF 2 and 3 have both without resets
/// of their own; Bellec et al. 2018, arXiv:1803.09574 (ALIF, on a grid).
namespace spikewell {

struct LifAdapt {
    double C_m_pF = 250.0;
    double tau_m_ms = 20.0;
    double E_L_mV = -70.0;
    double V_th_mV = -50.0;
    double V_reset_mV = -70.0;
    double t_ref_ms = 2.0;
    double drive_pA = 0.0;
    double b_pA = 40.0;
    double tau_w_ms = 150.0;
    double b_th_mV = 2.0;
    double tau_th_ms = 50.0;
    double tau_syn_exc_ms = 5.0;
    double tau_syn_inh_ms = 5.0;
    bool operator==(const LifAdapt&) const = default;

    /// Resistance of the membrane.
    [[nodiscard]] double R_mV_per_pA() const { return tau_m_ms / C_m_pF; }
};

template <> struct Card<LifAdapt> {
    using M = LifAdapt;
    static constexpr std::string_view key = "lif_adapt";
    static constexpr std::string_view name = "LIF neuron with adaptation";
    static constexpr std::string_view weight_unit = "pA";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{
            Number<M>{"C_m_pF", &M::C_m_pF, k_capacitances_pF, "membrane capacitance"},
            Number<M>{"tau_m_ms", &M::tau_m_ms, k_time_constants_ms, "membrane time constant"},
            Number<M>{"E_L_mV", &M::E_L_mV, k_potentials_mV, "resting potential"},
            Number<M>{"V_th_mV", &M::V_th_mV, k_potentials_mV, "threshold without spikes"}},
        k_after_spike_fields<M>,
        std::tuple{Number<M>{"drive_pA", &M::drive_pA, k_currents_pA, "constant input"},
                   Number<M>{"b_pA", &M::b_pA, {0.0, 1e9}, "adaptation current by a spike"},
                   Number<M>{"tau_w_ms", &M::tau_w_ms, k_time_constants_ms,
                             "time constant of the adaptation current"},
                   Number<M>{"b_th_mV", &M::b_th_mV, {0.0, 1e6}, "threshold by a spike"},
                   Number<M>{"tau_th_ms", &M::tau_th_ms, k_time_constants_ms,
                             "time constant of the threshold"}},
        k_synaptic_time_fields<M>);
    static std::vector<Misfit> misfits(const M& neuron) { return threshold_misfits(neuron); }
    static std::optional<Ceiling> ceiling(const M& neuron) { return threshold_ceiling(neuron); }
    static double start_mV(const M& neuron) { return neuron.E_L_mV; }
};

template <> class Dynamics<LifAdapt> {
  public:
    static constexpr std::array<std::string_view, 5> columns{"V_mV", "I_e_pA", "I_i_pA", "w_pA",
                                                             "theta_mV"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const LifAdapt& neuron) : p_(neuron) {}
    [[nodiscard]] static State start(double V_mV) { return {V_mV, 0.0, 0.0, 0.0, 0.0}; }
    [[nodiscard]] double advance(State& state, double length_ms) const;
    void hold(State& state, double length_ms) const;
    [[nodiscard]] static bool receive(State& state, double weight_pA) {
        (weight_pA > 0.0 ? state[1] : state[2]) += weight_pA;
        return false;
    }
    void reset(State& state) const {
        state[0] = p_.V_reset_mV;
        state[3] += p_.b_pA;
        state[4] += p_.b_th_mV;
    }
    [[nodiscard]] double quiet_ms(const State& state) const;

    static constexpr std::array<std::size_t, 2> excited{0, 1};
    static constexpr std::array<std::size_t, 2> inhibited{0, 2};
    [[nodiscard]] double rest_mV() const { return p_.E_L_mV + p_.drive_pA * p_.R_mV_per_pA(); }
    [[nodiscard]] double threshold_mV() const { return p_.V_th_mV; }
    [[nodiscard]] static double height_mV(const State& x) { return x[0] - x[4]; }
    [[nodiscard]] double shortest_tau_ms() const {
        return std::min(
            {p_.tau_m_ms, p_.tau_syn_exc_ms, p_.tau_syn_inh_ms, p_.tau_w_ms, p_.tau_th_ms});
    }
    [[nodiscard]] State drift(const State& x, double s_ms) const;
    [[nodiscard]] Fall<State> most_fall(double length_ms) const;

  private:
    LifAdapt p_;
};

} // namespace spikewell
