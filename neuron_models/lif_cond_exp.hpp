#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/foreign.hpp"
#include "neuron_models/membrane.hpp"

#include <array>
#include <cmath>

/// # Leaky integrate-and-fire neuron with exponential conductance synapses (COBA)
///
/// **Equations.**
///
///     C dV/dt = g_L (E_L - V) + g_e (E_exc - V) + g_i (E_inh - V) + I
///     tau_e dg_e/dt = -g_e        tau_i dg_i/dt = -g_i
///
/// A spike over a synapse of weight > 0 makes g_e jump by it, one of weight < 0 makes g_i jump by its
/// size. The neuron fires when V reaches V_th from below; V then stays at V_reset for t_ref, while the
/// conductances go on. At time 0 they are 0.
///
/// **Update.** Event-driven, no clock. With a(t) = (g_L + g_e + g_i) / C, b(t) = (g_L E_L + g_e E_exc +
/// g_i E_inh + I) / C and A(t) the integral of a, which has a closed form,
///
///     V(t) = exp(-A(t)) (V(0) + integral from 0 to t of b(s) exp(A(s)) ds)
///
/// The integral is taken by Gauss & Legendre's rule of 7 points over pieces in which A grows by 1.5 at
/// most and no longer than a third of tau_e, tau_i: what the rule leaves out is below 1e-15 of the terms. At the
/// threshold V rises where D = g_L (E_L - V_th) + g_e (E_exc - V_th) + g_i (E_inh - V_th) + I > 0 and falls
/// where D < 0; D is bounded over any interval as conductances only decay. The first crossing is found by
/// bisection until D has one sign, then by guarded Newton steps, as for lif_exp. Exponentials are
/// core/lane_math.hpp's: the same bits on every processor.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | C | `C_m_pF` | pF | 200 | 1e-6 .. 1e9 | membrane capacitance |
/// | g_L | `g_L_nS` | nS | 10 | 1e-6 .. 1e9 | leak conductance |
/// | E_L | `E_L_mV` | mV | -60 | -1e6 .. 1e6 | resting potential |
/// | V_th | `V_th_mV` | mV | -50 | -1e6 .. 1e6 | threshold; > V_reset |
/// | V_reset | `V_reset_mV` | mV | -60 | -1e6 .. 1e6 | potential after a spike |
/// | t_ref | `t_ref_ms` | ms | 5 | 0 .. 1e9 | refractory period |
/// | I | `drive_pA` | pA | 0 | -1e9 .. 1e9 | constant input |
/// | E_exc | `E_exc_mV` | mV | 0 | -1e6 .. 1e6 | reversal potential of excitation |
/// | E_inh | `E_inh_mV` | mV | -80 | -1e6 .. 1e6 | reversal potential of inhibition |
/// | tau_e | `tau_syn_exc_ms` | ms | 5 | 1e-4 .. 1e9 | time constant of excitation |
/// | tau_i | `tau_syn_inh_ms` | ms | 10 | 1e-4 .. 1e9 | time constant of inhibition |
///
/// Weights are in nS.
///
/// **Sources.** Brette et al. 2007, doi:10.1007/s10827-007-0038-6 (benchmark 1, whose values the
/// defaults are); Vogels & Abbott 2005, doi:10.1523/JNEUROSCI.3508-05.2005. NEST's iaf_cond_exp and
/// PyNN's IF_cond_exp are this on a grid of time steps.
namespace spikewell {

struct LifCondExp {
    double C_m_pF = 200.0;
    double g_L_nS = 10.0;
    double E_L_mV = -60.0;
    double V_th_mV = -50.0;
    double V_reset_mV = -60.0;
    double t_ref_ms = 5.0;
    double drive_pA = 0.0;
    double E_exc_mV = 0.0;
    double E_inh_mV = -80.0;
    double tau_syn_exc_ms = 5.0;
    double tau_syn_inh_ms = 10.0;
    bool operator==(const LifCondExp&) const = default;
};

template <> struct Card<LifCondExp> {
    using M = LifCondExp;
    static constexpr std::string_view key = "lif_cond_exp";
    static constexpr std::string_view name = "LIF neuron with conductance synapses";
    static constexpr std::string_view weight_unit = "nS";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Number<M>{"C_m_pF", &M::C_m_pF, k_capacitances_pF, "membrane capacitance"},
                   Number<M>{"g_L_nS", &M::g_L_nS, k_conductances_nS, "leak conductance"},
                   Number<M>{"E_L_mV", &M::E_L_mV, k_potentials_mV, "resting potential"},
                   Number<M>{"V_th_mV", &M::V_th_mV, k_potentials_mV, "threshold"}},
        k_after_spike_fields<M>,
        k_conductance_fields<M>);
    static std::vector<Misfit> misfits(const M& neuron) { return threshold_misfits(neuron); }
    static std::optional<Ceiling> ceiling(const M& neuron) { return threshold_ceiling(neuron); }
    static double start_mV(const M& neuron) { return neuron.E_L_mV; }
    static constexpr NestModel<M, 11> nest{"iaf_cond_exp",
                                           {{{"C_m", &M::C_m_pF, 250.0},
                                             {"g_L", &M::g_L_nS, 16.6667},
                                             {"E_L", &M::E_L_mV, -70.0},
                                             {"V_th", &M::V_th_mV, -55.0},
                                             {"V_reset", &M::V_reset_mV, -60.0},
                                             {"t_ref", &M::t_ref_ms, 2.0},
                                             {"I_e", &M::drive_pA, 0.0},
                                             {"E_ex", &M::E_exc_mV, 0.0},
                                             {"E_in", &M::E_inh_mV, -85.0},
                                             {"tau_syn_ex", &M::tau_syn_exc_ms, 0.2},
                                             {"tau_syn_in", &M::tau_syn_inh_ms, 2.0}}},
                                           -70.0};
    static PynnModel pynn(const M& p);
};

template <> class Dynamics<LifCondExp> {
  public:
    static constexpr std::array<std::string_view, 3> columns{"V_mV", "g_e_nS", "g_i_nS"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const LifCondExp& neuron) : p_(neuron) {}
    [[nodiscard]] static State start(double V_mV) { return {V_mV, 0.0, 0.0}; }
    [[nodiscard]] double advance(State& state, double length_ms) const;
    void hold(State& state, double length_ms) const;
    [[nodiscard]] static bool receive(State& state, double weight_nS) {
        (weight_nS > 0.0 ? state[1] : state[2]) += std::abs(weight_nS);
        return false;
    }
    void reset(State& state) const { state[0] = p_.V_reset_mV; }
    [[nodiscard]] double quiet_ms(const State& state) const;

  private:
    LifCondExp p_;
};

} // namespace spikewell
