#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/foreign.hpp"
#include "neuron_models/membrane.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

/// # Leaky integrate-and-fire neuron with alpha-function current synapses
///
/// **Equations.** With I_s(t) the current of excitatory (s = e) and of inhibitory synapses (s = i):
///
///     C dV/dt = -(C / tau_m) (V - E_L) + I_e + I_i + I
///     a spike of weight w at 0 adds   w e (t / tau_s) exp(-t / tau_s)   to I_s(t)
///
/// so that w is the peak of the current, at tau_s. A weight > 0 is excitatory, one < 0 inhibitory. The
/// neuron fires when V reaches V_th from below; V then stays at V_reset for t_ref, while the currents go
/// on. At time 0 they are 0.
///
/// **Update.** Exact, event-driven, no clock: V(t), I_s(t) have closed forms, computed without
/// cancellation where tau_s is near tau_m. At the threshold V rises where D = E_L + R (I_e + I_i + I) -
/// V_th > 0, R = tau_m / C, and falls where D < 0; each I_s has one extreme, so D is bounded over any
/// interval. The first crossing between two events is found by bisection until D has one sign over an
/// interval, then by guarded Newton steps, as for lif_exp.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | C | `C_m_pF` | pF | 250 | 1e-6 .. 1e9 | membrane capacitance |
/// | tau_m | `tau_m_ms` | ms | 10 | 1e-4 .. 1e9 | membrane time constant |
/// | E_L | `E_L_mV` | mV | -70 | -1e6 .. 1e6 | resting potential |
/// | V_th | `V_th_mV` | mV | -55 | -1e6 .. 1e6 | threshold; > V_reset |
/// | V_reset | `V_reset_mV` | mV | -70 | -1e6 .. 1e6 | potential after a spike |
/// | t_ref | `t_ref_ms` | ms | 2 | 0 .. 1e9 | refractory period |
/// | I | `drive_pA` | pA | 0 | -1e9 .. 1e9 | constant input |
/// | tau_e | `tau_syn_exc_ms` | ms | 2 | 1e-4 .. 1e9 | time constant of excitation |
/// | tau_i | `tau_syn_inh_ms` | ms | 2 | 1e-4 .. 1e9 | time constant of inhibition |
///
/// Weights are in pA.
///
/// **Sources.** Rotter & Diesmann 1999, doi:10.1007/s004220050570; Bernard, Ge, Stockley, Willis & Wheal
/// 1994, doi:10.1007/BF00204397. NEST's iaf_psc_alpha, whose defaults these are, and PyNN's
/// IF_curr_alpha (weights in nA) are this on a grid of time steps.
namespace spikewell {

struct LifAlpha {
    double C_m_pF = 250.0;
    double tau_m_ms = 10.0;
    double E_L_mV = -70.0;
    double V_th_mV = -55.0;
    double V_reset_mV = -70.0;
    double t_ref_ms = 2.0;
    double drive_pA = 0.0;
    double tau_syn_exc_ms = 2.0;
    double tau_syn_inh_ms = 2.0;
    bool operator==(const LifAlpha&) const = default;
};

template <> struct Card<LifAlpha> {
    using M = LifAlpha;
    static constexpr std::string_view key = "lif_alpha";
    static constexpr std::string_view name = "LIF neuron with alpha synapses";
    static constexpr std::string_view weight_unit = "pA";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{
            Number<M>{"C_m_pF", &M::C_m_pF, k_capacitances_pF, "membrane capacitance"},
            Number<M>{"tau_m_ms", &M::tau_m_ms, k_time_constants_ms, "membrane time constant"},
            Number<M>{"E_L_mV", &M::E_L_mV, k_potentials_mV, "resting potential"},
            Number<M>{"V_th_mV", &M::V_th_mV, k_potentials_mV, "threshold"}},
        k_after_spike_fields<M>,
        std::tuple{Number<M>{"drive_pA", &M::drive_pA, k_currents_pA, "constant input"}},
        k_synaptic_time_fields<M>);
    static std::vector<Misfit> misfits(const M& neuron) { return threshold_misfits(neuron); }
    static std::optional<Ceiling> ceiling(const M& neuron) { return threshold_ceiling(neuron); }
    static double start_mV(const M& neuron) { return neuron.E_L_mV; }
    static constexpr NestModel<M, 9> nest{"iaf_psc_alpha",
                                          {{{"C_m", &M::C_m_pF, 250.0},
                                            {"tau_m", &M::tau_m_ms, 10.0},
                                            {"E_L", &M::E_L_mV, -70.0},
                                            {"V_th", &M::V_th_mV, -55.0},
                                            {"V_reset", &M::V_reset_mV, -70.0},
                                            {"t_ref", &M::t_ref_ms, 2.0},
                                            {"I_e", &M::drive_pA, 0.0},
                                            {"tau_syn_ex", &M::tau_syn_exc_ms, 2.0},
                                            {"tau_syn_in", &M::tau_syn_inh_ms, 2.0}}},
                                          -70.0};
    static PynnModel pynn(const M& p);
};

template <> class Dynamics<LifAlpha> {
  public:
    /// dI_s is what makes I_s rise: dI_s/dt of the card's I_s + I_s / tau_s.
    static constexpr std::array<std::string_view, 5> columns{"V_mV", "I_e_pA", "dI_e_pA_per_ms",
                                                             "I_i_pA", "dI_i_pA_per_ms"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const LifAlpha& neuron) : p_(neuron) {}
    [[nodiscard]] static State start(double V_mV) { return {V_mV, 0.0, 0.0, 0.0, 0.0}; }
    [[nodiscard]] double advance(State& state, double length_ms) const;
    void hold(State& state, double length_ms) const;
    [[nodiscard]] bool receive(State& state, double weight_pA) const {
        const bool excites = weight_pA > 0.0;
        (excites ? state[2] : state[4]) +=
            weight_pA * std::numbers::e / (excites ? p_.tau_syn_exc_ms : p_.tau_syn_inh_ms);
        return false;
    }
    void reset(State& state) const { state[0] = p_.V_reset_mV; }
    [[nodiscard]] double quiet_ms(const State& state) const;

    static constexpr std::array<std::size_t, 3> excited{0, 1, 2};
    static constexpr std::array<std::size_t, 3> inhibited{0, 3, 4};
    [[nodiscard]] double rest_mV() const {
        return p_.E_L_mV + p_.drive_pA * p_.tau_m_ms / p_.C_m_pF;
    }
    [[nodiscard]] double threshold_mV() const { return p_.V_th_mV; }
    [[nodiscard]] static double height_mV(const State& x) { return x[0]; }
    [[nodiscard]] double shortest_tau_ms() const {
        return std::min({p_.tau_m_ms, p_.tau_syn_exc_ms, p_.tau_syn_inh_ms});
    }
    [[nodiscard]] State drift(const State& x, double s_ms) const;
    [[nodiscard]] Fall<State> most_fall(double length_ms) const;

  private:
    LifAlpha p_;
};

} // namespace spikewell
