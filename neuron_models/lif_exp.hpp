#pragma once

#include "neuron_models/lif_delta.hpp"

#include <cmath>

/// # Leaky integrate-and-fire neuron with exponential current synapses
///
/// **Equations.** With excitatory and inhibitory synaptic input g_e >= 0 and g_i <= 0 in mV
/// (currents times the membrane resistance):
///
///     tau_m dV/dt = (E_L + drive) - V + g_e + g_i
///     tau_e dg_e/dt = -g_e        tau_i dg_i/dt = -g_i
///
/// A spike over a synapse of weight w > 0 makes g_e jump by w, one of w < 0 makes g_i jump by w.
/// The neuron fires when V reaches V_th from below (sharp threshold) or at random with an escape
/// rate. V then stays at V_reset for t_ref, while g_e and g_i go on: input in the refractory period
/// is kept in the currents. With `refractory_input = discarded`, spikes that arrive in the
/// refractory period are ignored; with `integrated` V is not held (lif_delta.hpp).
///
/// **Update.** Exact, event-driven, no clock. Without input, from t = 0 on,
///
///     V - V_inf = x exp(-t / tau_m) + g_e psp_e(t) + g_i psp_i(t)
///     psp_s(t)  = tau_s / (tau_s - tau_m) (exp(-t / tau_s) - exp(-t / tau_m))
///
/// with x, g_e and g_i at t = 0; psp is computed without cancellation, also where tau_s = tau_m, its
/// limit t / tau_m exp(-t / tau_m). At the threshold V rises where D = V_inf - V_th + g_e + g_i > 0
/// and falls where D < 0: the first crossing between two events is found by bisection until the
/// ends of an interval bound D away from 0 (or V away from the threshold), so that it has one
/// crossing or none, then by guarded Newton steps; none is missed, times are accurate to 1e-12 of
/// the interval's scale.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | tau_m | `tau_m_ms` | ms | 20 | 1e-4 .. 1e9 | membrane time constant |
/// | tau_e, tau_i | `tau_syn_exc_ms`, `tau_syn_inh_ms` | ms | 5, 10 | 1e-4 .. 1e9 | synaptic time constants |
/// | E_L | `E_L_mV` | mV | -49 | -1e6 .. 1e6 | resting potential |
/// | R I | `drive_mV` | mV | 0 | -1e6 .. 1e6 | constant input |
/// | V_th | `V_th_mV` | mV | -50 | -1e6 .. 1e6, > V_reset | threshold (not used with an escape rate) |
/// | V_reset | `V_reset_mV` | mV | -60 | -1e6 .. 1e6 | potential after a spike |
/// | t_ref | `t_ref_ms` | ms | 5 | 0 .. 1e9 | refractory period |
///
/// Why these ranges: neuron_models/ranges.hpp.
///
/// **Sources.** Vogels & Abbott 2005, doi:10.1523/JNEUROSCI.3508-05.2005; Brette et al. 2007,
/// doi:10.1007/s10827-007-0038-6 (benchmark 2); exact integration: Rotter & Diesmann 1999,
/// doi:10.1007/s004220050570; exact crossings: Hanuschkin et al. 2010,
/// doi:10.3389/fninf.2010.00113.
namespace spikewell {

struct LifExp {
    double tau_m_ms = 20.0;
    double tau_syn_exc_ms = 5.0;
    double tau_syn_inh_ms = 10.0;
    double E_L_mV = -49.0;
    double drive_mV = 0.0;
    double V_th_mV = -50.0;
    double V_reset_mV = -60.0;
    double t_ref_ms = 5.0;
    RefractoryInput refractory_input = RefractoryInput::kept;
    std::optional<EscapeRate> escape; ///< none: sharp threshold
    bool operator==(const LifExp&) const = default;

    [[nodiscard]] double V_inf_mV() const { return E_L_mV + drive_mV; }
};

/// psp_s(t) of the card, what g_s = 1 mV at t = 0 has done to V at t.
[[nodiscard]] inline double psp_factor(double tau_m_ms, double tau_s_ms, double t_ms) {
    const double r = (tau_m_ms - tau_s_ms) / (tau_m_ms * tau_s_ms); // 1 / tau_s - 1 / tau_m
    const double decay = std::exp(-t_ms / tau_m_ms);
    constexpr double k_overflows = 700.0; // of expm1, where decay is no number to make up for it
    if (-t_ms * r > k_overflows)
        return (std::exp(-t_ms / tau_s_ms) - decay) * tau_s_ms / (tau_s_ms - tau_m_ms);
    return r == 0.0 ? t_ms / tau_m_ms * decay : -decay * std::expm1(-t_ms * r) / (r * tau_m_ms);
}

/// The same where the two decays over t are known.
[[nodiscard]] inline double psp_factor(
    double tau_m_ms, double tau_s_ms, double t_ms, double decay_m, double decay_s) {
    // Less than a digit is lost to cancellation.
    constexpr double k_far = 0.1;
    if (std::abs(tau_s_ms - tau_m_ms) < k_far * tau_m_ms)
        return psp_factor(tau_m_ms, tau_s_ms, t_ms);
    return tau_s_ms / (tau_s_ms - tau_m_ms) * (decay_s - decay_m);
}

/// The state at some moment: V - V_inf and the synaptic inputs.
struct ExpPoint {
    double x_mV = 0.0;
    double g_e_mV = 0.0; ///< >= 0
    double g_i_mV = 0.0; ///< <= 0
};

/// The least s in (0, length_ms] at which V, from `start` at s = 0 and without input, reaches V_th
/// from below; infinity when it does not. V(0) < V_th.
[[nodiscard]] double first_crossing_ms(const LifExp& params,
                                       const ExpPoint& start,
                                       double length_ms);

template <> struct Card<LifExp> {
    using M = LifExp;
    static constexpr std::string_view key = "lif_exp";
    static constexpr std::string_view name = "LIF neuron with exponential synapses";
    static constexpr std::string_view weight_unit = "mV";
    static constexpr auto fields =
        std::tuple_cat(std::tuple{Number<M>{"tau_m_ms", &M::tau_m_ms, k_time_constants_ms,
                                            "membrane time constant"}},
                       k_synaptic_time_fields<M>,
                       k_potential_lif_fields<M>);
    static std::vector<Misfit> misfits(const M& neuron) { return threshold_misfits(neuron); }
    static std::optional<Ceiling> ceiling(const M& neuron) { return threshold_ceiling(neuron); }
    static double start_mV(const M& neuron) { return neuron.V_reset_mV; }
};

} // namespace spikewell
