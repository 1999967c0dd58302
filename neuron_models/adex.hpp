#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/foreign.hpp"
#include "neuron_models/membrane.hpp"

#include <array>
#include <cmath>

/// # Adaptive exponential integrate-and-fire neuron (AdEx) with conductance synapses
///
/// **Equations.**
///
///     C dV/dt = -g_L (V - E_L) + g_L Delta_T exp((V - V_T) / Delta_T) - w + I
///               + g_e (E_exc - V) + g_i (E_inh - V)
///     tau_w dw/dt = a (V - E_L) - w
///     tau_e dg_e/dt = -g_e        tau_i dg_i/dt = -g_i
///
/// A spike over a synapse of weight > 0 makes g_e jump by it, one of weight < 0 makes g_i jump by its
/// size. The neuron fires when V reaches V_peak on its way up; then V is V_reset and w grows by b. For
/// t_ref V stays at V_reset, while w and the conductances go on. At time 0, w, g_e and g_i are 0.
///
/// **Update.** No closed form: integrated from event to event (neuron_models/integration.hpp), steps as
/// long as their error, relative to 1 mV (1 pA, 1 nS) + the variable's size, is below `tolerance`. No
/// clock: a spike is where V reaches V_peak, to the accuracy of the steps. Delta_T = 0: no exponential
/// term, the neuron fires at V_peak.
///
/// **How exact.** Of 2,603 spikes of 40 neurons under random input over 1 s, at the default tolerance half are
/// within 2e-11 ms of those at 1e-13, 99 % within 1e-9, all within 8e-7 (at 1e-10: 1e-9, 2e-7, 1e-4; a third
/// quicker). What is far off had grazed the point of no return: there any error grows.
/// tests/validation/test_walked_models.cpp.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | C | `C_m_pF` | pF | 281 | 1e-6 .. 1e9 | membrane capacitance |
/// | g_L | `g_L_nS` | nS | 30 | 1e-6 .. 1e9 | leak conductance |
/// | E_L | `E_L_mV` | mV | -70.6 | -1e6 .. 1e6 | resting potential |
/// | V_T | `V_T_mV` | mV | -50.4 | -1e6 .. 1e6 | where the exponential takes over |
/// | Delta_T | `Delta_T_mV` | mV | 2 | 0, or 1e-6 .. 1e6 | sharpness of that |
/// | a | `a_nS` | nS | 4 | -1e6 .. 1e6 | subthreshold adaptation |
/// | tau_w | `tau_w_ms` | ms | 144 | 1e-4 .. 1e9 | time constant of adaptation |
/// | b | `b_pA` | pA | 80.5 | -1e9 .. 1e9 | adaptation by a spike |
/// | V_peak | `V_peak_mV` | mV | 20 | -1e6 .. 1e6 | where a spike is cut; > V_reset, > V_T, (V_peak - V_T) / Delta_T <= 500 |
/// | V_reset | `V_reset_mV` | mV | -70.6 | -1e6 .. 1e6 | potential after a spike |
/// | t_ref | `t_ref_ms` | ms | 0 | 0 .. 1e9 | refractory period |
/// | I | `drive_pA` | pA | 0 | -1e9 .. 1e9 | constant input |
/// | E_exc | `E_exc_mV` | mV | 0 | -1e6 .. 1e6 | reversal potential of excitation |
/// | E_inh | `E_inh_mV` | mV | -80 | -1e6 .. 1e6 | reversal potential of inhibition |
/// | tau_e | `tau_syn_exc_ms` | ms | 5 | 1e-4 .. 1e9 | time constant of excitation |
/// | tau_i | `tau_syn_inh_ms` | ms | 10 | 1e-4 .. 1e9 | time constant of inhibition |
/// | | `tolerance` | 1 | 1e-12 | 1e-13 .. 1e-3 | of a step's error |
///
/// Weights are in nS.
///
/// **Sources.** Brette & Gerstner 2005, doi:10.1152/jn.00686.2005; patterns: Naud, Marcille, Clopath &
/// Gerstner 2008, doi:10.1007/s00422-008-0264-7; Fehlberg 1968, NASA TR
/// NEST's aeif_cond_exp is this with V_th for V_T.
namespace spikewell {

struct AdEx {
    double C_m_pF = 281.0;
    double g_L_nS = 30.0;
    double E_L_mV = -70.6;
    double V_T_mV = -50.4;
    double Delta_T_mV = 2.0;
    double a_nS = 4.0;
    double tau_w_ms = 144.0;
    double b_pA = 80.5;
    double V_peak_mV = 20.0;
    double V_reset_mV = -70.6;
    double t_ref_ms = 0.0;
    double drive_pA = 0.0;
    double E_exc_mV = 0.0;
    double E_inh_mV = -80.0;
    double tau_syn_exc_ms = 5.0;
    double tau_syn_inh_ms = 10.0;
    double tolerance = 1e-12;
    bool operator==(const AdEx&) const = default;
};

template <> struct Card<AdEx> {
    using M = AdEx;
    static constexpr std::string_view key = "adex";
    static constexpr std::string_view name = "adaptive exponential neuron";
    static constexpr std::string_view weight_unit = "nS";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{
            Number<M>{"C_m_pF", &M::C_m_pF, k_capacitances_pF, "membrane capacitance"},
            Number<M>{"g_L_nS", &M::g_L_nS, k_conductances_nS, "leak conductance"},
            Number<M>{"E_L_mV", &M::E_L_mV, k_potentials_mV, "resting potential"},
            Number<M>{"V_T_mV", &M::V_T_mV, k_potentials_mV, "where the exponential takes over"},
            Number<M>{"Delta_T_mV", &M::Delta_T_mV, k_escape_slopes_mV, "sharpness of that", true},
            Number<M>{"a_nS", &M::a_nS, k_adaptations_nS, "subthreshold adaptation"},
            Number<M>{"tau_w_ms", &M::tau_w_ms, k_time_constants_ms, "time constant of adaptation"},
            Number<M>{"b_pA", &M::b_pA, k_currents_pA, "adaptation by a spike"},
            Number<M>{"V_peak_mV", &M::V_peak_mV, k_potentials_mV, "where a spike is cut"}},
        k_after_spike_fields<M>,
        k_conductance_fields<M>,
        std::tuple{
            Number<M>{"tolerance", &M::tolerance, k_tolerances, "of a step's relative error"}});
    static std::vector<Misfit> misfits(const M& neuron);
    static std::optional<Ceiling> ceiling(const M& neuron) {
        return Ceiling{"V_peak_mV", neuron.V_peak_mV};
    }
    static double start_mV(const M& neuron) { return neuron.E_L_mV; }
    static constexpr NestModel<M, 16> nest{"aeif_cond_exp",
                                           {{{"C_m", &M::C_m_pF, 281.0},
                                             {"g_L", &M::g_L_nS, 30.0},
                                             {"E_L", &M::E_L_mV, -70.6},
                                             {"V_th", &M::V_T_mV, -50.4},
                                             {"Delta_T", &M::Delta_T_mV, 2.0},
                                             {"a", &M::a_nS, 4.0},
                                             {"tau_w", &M::tau_w_ms, 144.0},
                                             {"b", &M::b_pA, 80.5},
                                             {"V_peak", &M::V_peak_mV, 0.0},
                                             {"V_reset", &M::V_reset_mV, -60.0},
                                             {"t_ref", &M::t_ref_ms, 0.0},
                                             {"I_e", &M::drive_pA, 0.0},
                                             {"E_ex", &M::E_exc_mV, 0.0},
                                             {"E_in", &M::E_inh_mV, -85.0},
                                             {"tau_syn_ex", &M::tau_syn_exc_ms, 0.2},
                                             {"tau_syn_in", &M::tau_syn_inh_ms, 2.0}}},
                                           -70.6};
    static PynnModel pynn(const M& p);
};

template <> class Dynamics<AdEx> {
  public:
    static constexpr std::array<std::string_view, 4> columns{"V_mV", "w_pA", "g_e_nS", "g_i_nS"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const AdEx& neuron) : p_(neuron) {}
    [[nodiscard]] static State start(double V_mV) { return {V_mV, 0.0, 0.0, 0.0}; }
    [[nodiscard]] double advance(State& state, double length_ms) const;
    void hold(State& state, double length_ms) const;
    [[nodiscard]] static bool receive(State& state, double weight_nS) {
        (weight_nS > 0.0 ? state[2] : state[3]) += std::abs(weight_nS);
        return false;
    }
    void reset(State& state) const {
        state[0] = p_.V_reset_mV;
        state[1] += p_.b_pA;
    }
    [[nodiscard]] double quiet_ms(const State& state) const;

  private:
    AdEx p_;
};

} // namespace spikewell
