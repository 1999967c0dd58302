#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/membrane.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

/// # Generalised leaky integrate-and-fire neuron: GLIF 1 to 4 of the Allen Institute
///
/// **Equations.** With I_s(t) the current of excitatory (s = e) and of inhibitory synapses (s = i), and two
/// after-spike currents:
///
///     C dV/dt = -g (V - E_L) + I_e + I_i + A_1 + A_2 + I
///     a spike of weight w at 0 adds   w e (t / tau_s) exp(-t / tau_s)   to I_s(t)
///     tau_k dA_k/dt = -A_k        tau_th dtheta/dt = -theta
///
/// A weight > 0 is excitatory, one < 0 inhibitory. The neuron fires when V reaches V_th + theta from below. V
/// is then V_reset + f (V_th + theta - E_L) for t_ref, theta being as it was when the neuron fired, while all
/// else goes on. A spike changes A_k and theta so that, when t_ref is over, they are
///
///     A_k = r_k A_k exp(-t_ref / tau_k) + a_k        theta = theta exp(-t_ref / tau_th) + b_th
///
/// of the A_k and theta on the right when the neuron fired: A_k becomes r_k A_k + a_k exp(t_ref / tau_k), theta
/// grows by b_th exp(t_ref / tau_th), and both go on decaying. Who is above the threshold when t_ref is over
/// fires then. At time 0 the currents and theta are 0.
///
/// | | a_1, a_2 | f, b_th |
/// |---|---|---|
/// | GLIF 1, LIF | 0 | 0 |
/// | GLIF 2, LIF-R: reset rules | 0 | as fitted |
/// | GLIF 3, LIF-ASC: after-spike currents | as fitted | 0 |
/// | GLIF 4, LIF-R-ASC: both | as fitted | as fitted |
///
/// GLIF 5, whose threshold follows V besides, is not of this model.
///
/// **Update.** Exact, event-driven, no clock: all variables have closed forms between events. Where V is at the
/// threshold it rises above it if D = E_L - V_th + (I_e + I_i + A_1 + A_2 + I) / g + (tau_m / tau_th - 1) theta
/// > 0, tau_m = C / g; each I_s has one extreme, all else decays, so D is bounded over any interval. The first
/// crossing is found by bisection until D has one sign, then by guarded Newton steps.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | C | `C_m_pF` | pF | 58.72 | 1e-6 .. 1e9 | membrane capacitance; C / g is 1e-4 .. 1e9 ms |
/// | g | `g_L_nS` | nS | 9.43 | 1e-6 .. 1e9 | leak conductance |
/// | E_L | `E_L_mV` | mV | -78.85 | -1e6 .. 1e6 | resting potential |
/// | V_th | `V_th_mV` | mV | -51.68 | -1e6 .. 1e6 | threshold without spikes; > V_reset + f (V_th - E_L) - b_th |
/// | V_reset | `V_reset_mV` | mV | -60.34 | -1e6 .. 1e6 | potential after a spike, where f is 0 |
/// | t_ref | `t_ref_ms` | ms | 3.75 | 0 .. 1e9 | refractory period; <= 10 tau_k, 10 tau_th |
/// | I | `drive_pA` | pA | 0 | -1e9 .. 1e9 | constant input |
/// | f | `reset_fraction` | 1 | 0.2 | 0 .. 1 | share of V - E_L that a spike leaves |
/// | b_th | `b_th_mV` | mV | 0.37 | 0 .. 1e6 | threshold by a spike |
/// | tau_th | `tau_th_ms` | ms | 111 | 1e-4 .. 1e9 | time constant of the threshold |
/// | a_k | `asc_1_pA`, `asc_2_pA` | pA | -9.18, -198.94 | -1e9 .. 1e9 | after-spike currents by a spike |
/// | r_k | `asc_1_fraction`, `asc_2_fraction` | 1 | 1 | 0 .. 1 | share of them that a spike leaves |
/// | tau_k | `tau_asc_1_ms`, `tau_asc_2_ms` | ms | 333, 10 | 1e-4 .. 1e9 | their time constants |
/// | tau_e | `tau_syn_exc_ms` | ms | 2 | 1e-4 .. 1e9 | time constant of excitation |
/// | tau_i | `tau_syn_inh_ms` | ms | 2 | 1e-4 .. 1e9 | time constant of inhibition |
///
/// Weights are in pA. The limits of t_ref hold where a_k, b_th are not 0.
///
/// **Sources.** Teeter et al. 2018, doi:10.1038/s41467-017-02717-4, equations 1 to 7 (their delta V is E_L -
/// V_reset, their k_j and b_s are rates, 1 / tau). NEST's glif_psc, whose defaults with both mechanisms, rounded, these
/// are (of its GLIF 4; it is GLIF 1 where nothing is said), is this on a grid of steps, resets the potential of
/// the step before the crossing, and has any number of after-spike currents and synaptic time constants.
namespace spikewell {

struct Glif {
    double C_m_pF = 58.72;
    double g_L_nS = 9.43;
    double E_L_mV = -78.85;
    double V_th_mV = -51.68;
    double V_reset_mV = -60.34;
    double t_ref_ms = 3.75;
    double drive_pA = 0.0;
    double reset_fraction = 0.2;
    double b_th_mV = 0.37;
    double tau_th_ms = 111.0;
    double asc_1_pA = -9.18;
    double asc_1_fraction = 1.0;
    double tau_asc_1_ms = 333.0;
    double asc_2_pA = -198.94;
    double asc_2_fraction = 1.0;
    double tau_asc_2_ms = 10.0;
    double tau_syn_exc_ms = 2.0;
    double tau_syn_inh_ms = 2.0;
    bool operator==(const Glif&) const = default;

    [[nodiscard]] double tau_m_ms() const { return C_m_pF / g_L_nS; }
    /// V after a spike at the threshold where theta is this.
    [[nodiscard]] double V_after_mV(double theta_mV) const {
        return V_reset_mV + reset_fraction * (V_th_mV + theta_mV - E_L_mV);
    }
};

template <> struct Card<Glif> {
    using M = Glif;
    static constexpr std::string_view key = "glif";
    static constexpr std::string_view name = "GLIF neuron";
    static constexpr std::string_view weight_unit = "pA";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Number<M>{"C_m_pF", &M::C_m_pF, k_capacitances_pF, "membrane capacitance"},
                   Number<M>{"g_L_nS", &M::g_L_nS, k_conductances_nS, "leak conductance"},
                   Number<M>{"E_L_mV", &M::E_L_mV, k_potentials_mV, "resting potential"},
                   Number<M>{"V_th_mV", &M::V_th_mV, k_potentials_mV, "threshold without spikes"}},
        k_after_spike_fields<M>,
        std::tuple{
            Number<M>{"drive_pA", &M::drive_pA, k_currents_pA, "constant input"},
            Number<M>{"reset_fraction", &M::reset_fraction, k_shares,
                      "share of V - E_L that a spike leaves, added to V_reset"},
            Number<M>{"b_th_mV", &M::b_th_mV, {0.0, 1e6}, "threshold by a spike"},
            Number<M>{"tau_th_ms", &M::tau_th_ms, k_time_constants_ms,
                      "time constant of the threshold"},
            Number<M>{"asc_1_pA", &M::asc_1_pA, k_currents_pA, "after-spike current by a spike"},
            Number<M>{"asc_1_fraction", &M::asc_1_fraction, k_shares,
                      "share of that current that a spike leaves"},
            Number<M>{"tau_asc_1_ms", &M::tau_asc_1_ms, k_time_constants_ms,
                      "time constant of that current"},
            Number<M>{"asc_2_pA", &M::asc_2_pA, k_currents_pA, "a second one by a spike"},
            Number<M>{"asc_2_fraction", &M::asc_2_fraction, k_shares,
                      "share of the second that a spike leaves"},
            Number<M>{"tau_asc_2_ms", &M::tau_asc_2_ms, k_time_constants_ms,
                      "time constant of the second"}},
        k_synaptic_time_fields<M>);
    static std::vector<Misfit> misfits(const M& p);
    static std::optional<Ceiling> ceiling(const M& neuron) { return threshold_ceiling(neuron); }
    static double start_mV(const M& neuron) { return neuron.E_L_mV; }
};

template <> class Dynamics<Glif> {
  public:
    /// dI_s as of lif_alpha.
    static constexpr std::array<std::string_view, 8> columns{
        "V_mV",           "I_e_pA", "dI_e_pA_per_ms", "I_i_pA",
        "dI_i_pA_per_ms", "A_1_pA", "A_2_pA",         "theta_mV"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const Glif& neuron);
    [[nodiscard]] static State start(double V_mV) { return {V_mV}; }
    [[nodiscard]] double advance(State& state, double length_ms) const;
    void hold(State& state, double length_ms) const;
    [[nodiscard]] bool receive(State& state, double weight_pA) const {
        const bool excites = weight_pA > 0.0;
        (excites ? state[2] : state[4]) +=
            weight_pA * std::numbers::e / (excites ? p_.tau_syn_exc_ms : p_.tau_syn_inh_ms);
        return false;
    }
    void reset(State& state) const {
        state[0] = p_.V_after_mV(state[7]);
        state[5] = p_.asc_1_fraction * state[5] + jump_.A_1_pA;
        state[6] = p_.asc_2_fraction * state[6] + jump_.A_2_pA;
        state[7] += jump_.theta_mV;
    }
    [[nodiscard]] double quiet_ms(const State& state) const;

    static constexpr std::array<std::size_t, 3> excited{0, 1, 2};
    static constexpr std::array<std::size_t, 3> inhibited{0, 3, 4};
    [[nodiscard]] double rest_mV() const { return p_.E_L_mV + p_.drive_pA / p_.g_L_nS; }
    [[nodiscard]] double threshold_mV() const { return p_.V_th_mV; }
    [[nodiscard]] static double height_mV(const State& x) { return x[0] - x[7]; }
    [[nodiscard]] double shortest_tau_ms() const {
        return std::min({tau_m_ms_, p_.tau_syn_exc_ms, p_.tau_syn_inh_ms, p_.tau_asc_1_ms,
                         p_.tau_asc_2_ms, p_.tau_th_ms});
    }
    [[nodiscard]] State drift(const State& x, double s_ms) const;
    [[nodiscard]] Fall<State> most_fall(double length_ms) const;
    [[nodiscard]] double held_mV(const State& x, double left_ms) const;

  private:
    /// By how much a spike changes them.
    struct Jump {
        double A_1_pA, A_2_pA, theta_mV;
    };

    Glif p_;
    double tau_m_ms_;
    Jump jump_;
};

} // namespace spikewell
