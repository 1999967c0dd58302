#include "neuron_models/adex.hpp"

#include "neuron_models/integration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spikewell {

namespace {

/// (V_peak - V_T) / Delta_T: exp of more, times a conductance, may overflow.
constexpr double k_most_exponent = 500.0;

struct AdExSlopes {
    const AdEx& p;

    void operator()(const std::array<double, 4>& x, std::array<double, 4>& dx) const {
        const auto& [V_mV, w_pA, g_e_nS, g_i_nS] = x;
        double upstroke_pA = 0.0;
        if (p.Delta_T_mV > 0.0) {
            // A step that is tried may go beyond V_peak.
            const double exponent = std::min((V_mV - p.V_T_mV) / p.Delta_T_mV, k_most_exponent);
            upstroke_pA = p.g_L_nS * p.Delta_T_mV * std::exp(exponent);
        }
        dx[0] = (p.g_L_nS * (p.E_L_mV - V_mV) + upstroke_pA - w_pA + p.drive_pA +
                 g_e_nS * (p.E_exc_mV - V_mV) + g_i_nS * (p.E_inh_mV - V_mV)) /
                p.C_m_pF;
        dx[1] = (p.a_nS * (V_mV - p.E_L_mV) - w_pA) / p.tau_w_ms;
        dx[2] = -g_e_nS / p.tau_syn_exc_ms;
        dx[3] = -g_i_nS / p.tau_syn_inh_ms;
    }
};

} // namespace

std::vector<Misfit> Card<AdEx>::misfits(const AdEx& neuron) {
    std::vector<Misfit> found = peak_misfits(neuron);
    if (neuron.Delta_T_mV == 0.0) return found;
    if (!(neuron.V_peak_mV > neuron.V_T_mV))
        found.push_back({"V_peak_mV", neuron.V_peak_mV, above_field("V_T_mV", neuron.V_T_mV)});
    const double exponent = (neuron.V_peak_mV - neuron.V_T_mV) / neuron.Delta_T_mV;
    if (exponent > k_most_exponent)
        found.push_back({"Delta_T_mV", neuron.Delta_T_mV,
                         fmt::format(">= (V_peak_mV - V_T_mV) / {} = {:.6g}, or 0", k_most_exponent,
                                     (neuron.V_peak_mV - neuron.V_T_mV) / k_most_exponent)});
    return found;
}

PynnModel Card<AdEx>::pynn(const AdEx& p) {
    return {"EIF_cond_exp_isfa_ista",
            {{"cm", p.C_m_pF},
             {"tau_m", p.C_m_pF / p.g_L_nS},
             {"v_rest", p.E_L_mV},
             {"v_thresh", p.V_T_mV},
             {"delta_T", p.Delta_T_mV},
             {"a", 1e3 * p.a_nS}, // the one in nS
             {"tau_w", p.tau_w_ms},
             {"b", p.b_pA},
             {"v_spike", p.V_peak_mV},
             {"v_reset", p.V_reset_mV},
             {"tau_refrac", p.t_ref_ms},
             {"i_offset", p.drive_pA},
             {"e_rev_E", p.E_exc_mV},
             {"e_rev_I", p.E_inh_mV},
             {"tau_syn_E", p.tau_syn_exc_ms},
             {"tau_syn_I", p.tau_syn_inh_ms}}};
}

double Dynamics<AdEx>::advance(State& state, double length_ms) const {
    const AdExSlopes slopes{p_};
    const StepControl<4> control{
        p_.tolerance,
        {1.0, 1.0, 1.0, 1.0},
        0.5 * std::min({p_.C_m_pF / p_.g_L_nS, p_.tau_syn_exc_ms, p_.tau_syn_inh_ms, p_.tau_w_ms})};
    return Integrator<4, AdExSlopes>(slopes, control, p_.V_peak_mV).advance(state, length_ms);
}

// Below V_T (or V_peak, without exponential) the exponential is at most that of V_T, w falls no faster than
// with V as far from E_L as it can get, g_e is at most what it is, and inhibition lifts V no higher than its
// reversal potential: so V aims no higher than `aim`. Looked ahead for a small part of tau_w only, in which
// w changes little.
double Dynamics<AdEx>::quiet_ms(const State& state) const {
    constexpr double k_of_tau_w = 0.05;
    constexpr double k_fall =
        0.06; // more than e^0.05 - 1: as w falls it grows in size, and V may follow
    const auto& [V, w_pA, g_e_nS, g_i_nS] = state;
    const double V_top_mV = p_.Delta_T_mV > 0.0 ? p_.V_T_mV : p_.V_peak_mV;
    const double V_mV = g_i_nS > 0.0 ? std::max(V, p_.E_inh_mV) : V;
    if (!(V_mV < V_top_mV) || p_.E_exc_mV < V_top_mV) return 0.0;
    const double ahead_ms = k_of_tau_w * p_.tau_w_ms;
    const double lowest_mV = std::min(
        {V, p_.E_inh_mV, p_.E_L_mV - (std::abs(w_pA) + std::abs(p_.drive_pA)) / p_.g_L_nS});
    const double swing_mV = std::max(V_top_mV, p_.E_L_mV) - std::min(lowest_mV, p_.E_L_mV);
    const double least_w_pA = w_pA - k_fall * (std::abs(w_pA) + std::abs(p_.a_nS) * swing_mV);
    const double g_nS = p_.g_L_nS + g_e_nS;
    const double aim_mV = (p_.g_L_nS * (p_.E_L_mV + p_.Delta_T_mV) - least_w_pA + p_.drive_pA +
                           g_e_nS * p_.E_exc_mV) /
                          g_nS;
    const double without_mV = (p_.g_L_nS * (p_.E_L_mV + p_.Delta_T_mV) - least_w_pA + p_.drive_pA) /
                              p_.g_L_nS; // once g_e is gone
    const double most_mV = std::max(aim_mV, without_mV);
    if (!(most_mV > V_top_mV)) return ahead_ms;
    const double until_top_ms =
        p_.C_m_pF / g_nS * std::log((most_mV - V_mV) / (most_mV - V_top_mV));
    return std::min(ahead_ms, until_top_ms);
}

void Dynamics<AdEx>::hold(State& state, double length_ms) const {
    const double aim_pA = p_.a_nS * (state[0] - p_.E_L_mV);
    state[1] = aim_pA + (state[1] - aim_pA) * std::exp(-length_ms / p_.tau_w_ms);
    state[2] *= std::exp(-length_ms / p_.tau_syn_exc_ms);
    state[3] *= std::exp(-length_ms / p_.tau_syn_inh_ms);
}

} // namespace spikewell
