#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/membrane.hpp"

#include <array>

/// # Leaky integrate-and-fire neuron on a grid of steps
///
/// What simulators with a time step make of a LIF neuron, by Euler's rule: for networks that were trained or tuned at
/// such a step, where the neuron without steps (lif_delta, lif_exp) fires at other rates.
///
/// **Equations.** At the end of each step, at h, 2 h, 3 h ... (h = step), with x_s the sum of the weights that have
/// arrived within the step, of excitatory synapses (s = e, weights > 0) and of inhibitory ones (s = i):
///
///     g_s <- g_s - h / tau_s g_s + x_s
///     V   <- V + h / tau_m ((E_L + drive) - V + g_e + g_i)
///
/// Where tau_s is 0, x_s is no current, but added to V in the second line. The neuron fires at the end of a step
/// where V is above V_th, hence at most once a step; V is then V_reset. At ends of steps that are t_ref or less after
/// a spike V stays, and so does what would have been added to it; currents go on.
///
/// **Coincidences.** What arrives at the very end of a step belongs to the next one. Spikes arrive a delay later, as
/// everywhere: with delays below h those of one step are there in the next.
///
/// **Update.** As the equations say; steps in which nothing can happen are taken together, by powers of 1 - h / tau.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | h | `step_ms` | ms | 0.1 | 1e-3 .. 1e3 | step |
/// | tau_m | `tau_m_ms` | ms | 20 | 1e-4 .. 1e9, >= h | membrane time constant |
/// | tau_e, tau_i | `tau_syn_exc_ms`, `tau_syn_inh_ms` | ms | 0, 0 | 0, or 1e-4 .. 1e9 and >= h | synaptic time constants |
/// | E_L | `E_L_mV` | mV | 0 | -1e6 .. 1e6 | resting potential |
/// | R I | `drive_mV` | mV | 0 | -1e6 .. 1e6 | constant input |
/// | V_th | `V_th_mV` | mV | 20 | -1e6 .. 1e6, > V_reset | threshold |
/// | V_reset | `V_reset_mV` | mV | 0 | -1e6 .. 1e6 | potential after a spike |
/// | t_ref | `t_ref_ms` | ms | 0 | 0 .. 1e9 | refractory period |
///
/// Weights are in mV. Time constants below a step would not decay, but swing.
///
/// **Source.** How snnTorch steps the nodes LIF and CubaLIF of NIR (snntorch/import_nir.py).
namespace spikewell {

struct LifStep {
    double step_ms = 0.1;
    double tau_m_ms = 20.0;
    double tau_syn_exc_ms = 0.0;
    double tau_syn_inh_ms = 0.0;
    double E_L_mV = 0.0;
    double drive_mV = 0.0;
    double V_th_mV = 20.0;
    double V_reset_mV = 0.0;
    double t_ref_ms = 0.0;
    bool operator==(const LifStep&) const = default;

    [[nodiscard]] double V_inf_mV() const { return E_L_mV + drive_mV; }
};

inline constexpr Interval k_steps_ms{1e-3, 1e3};

template <> struct Card<LifStep> {
    using M = LifStep;
    static constexpr std::string_view key = "lif_step";
    static constexpr std::string_view name = "LIF neuron on a grid of steps";
    static constexpr std::string_view weight_unit = "mV";
    static constexpr auto fields = std::tuple_cat(
        std::tuple{Number<M>{"step_ms", &M::step_ms, k_steps_ms, "step"},
                   Number<M>{"tau_m_ms", &M::tau_m_ms, k_time_constants_ms,
                             "membrane time constant, at least a step"},
                   Number<M>{"tau_syn_exc_ms", &M::tau_syn_exc_ms, k_time_constants_ms,
                             "of excitatory synapses, at least a step; 0: they move V", true},
                   Number<M>{"tau_syn_inh_ms", &M::tau_syn_inh_ms, k_time_constants_ms,
                             "of inhibitory synapses, at least a step; 0: they move V", true},
                   Number<M>{"E_L_mV", &M::E_L_mV, k_potentials_mV, "resting potential"},
                   Number<M>{"drive_mV", &M::drive_mV, k_potentials_mV, "constant input"},
                   Number<M>{"V_th_mV", &M::V_th_mV, k_potentials_mV, "threshold"}},
        k_after_spike_fields<M>);
    static std::vector<Misfit> misfits(const M& neuron);
    static std::optional<Ceiling> ceiling(const M& neuron) { return threshold_ceiling(neuron); }
    static double start_mV(const M& neuron) { return neuron.E_L_mV; }
};

template <> class Dynamics<LifStep> {
  public:
    /// x_s as "waiting"; the time since the last step's end.
    static constexpr std::array<std::string_view, 6> columns{
        "V_mV", "g_e_mV", "g_i_mV", "waiting_e_mV", "waiting_i_mV", "since_step_ms"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const LifStep& neuron);
    [[nodiscard]] static State start(double V_mV) { return {V_mV}; }
    [[nodiscard]] double advance(State& state, double length_ms) const;
    void hold(State& state, double length_ms) const;
    [[nodiscard]] static bool receive(State& state, double weight_mV) {
        state[weight_mV > 0.0 ? 3 : 4] += weight_mV;
        return false; // at the step's end at the earliest
    }
    void reset(State& state) const { state[0] = p_.V_reset_mV; }
    [[nodiscard]] double quiet_ms(const State& state) const;

  private:
    enum class Membrane { free, held };
    /// What a synapse's current is after a step, and what moves V in it.
    struct Synapse {
        double keep;    ///< of the current: 1 - h / tau
        double gain;    ///< of V by a current: h / tau_m; 1 without a current
        double longest; ///< gain times the sum of all that is to come of a current of 1
    };

    [[nodiscard]] Synapse synapse_of(double tau_ms) const;
    /// Moves since_step_ms by the length: how many steps end in it.
    [[nodiscard]] double count_steps(State& state, double length_ms) const;
    void step(State& state, Membrane membrane) const;
    void skip(State& state, double n_steps, Membrane membrane) const;
    /// V is never above that without input.
    [[nodiscard]] double highest_mV(const State& state) const;

    LifStep p_;
    double leak_; ///< h / tau_m
    double keep_m_;
    Synapse exc_;
    Synapse inh_;
};

} // namespace spikewell
