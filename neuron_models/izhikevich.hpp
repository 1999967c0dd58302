#pragma once

#include "neuron_models/dynamics.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/foreign.hpp"
#include "neuron_models/membrane.hpp"

#include <array>

/// # Izhikevich's simple model with delta synapses
///
/// **Equations.** V in mV, t in ms:
///
///     dV/dt = 0.04 V^2 + 5 V + 140 - u + I
///     du/dt = a (b V - u)
///
/// A spike over a synapse of weight w makes V jump by w. The neuron fires when V reaches V_peak, on its way
/// up or by a jump; then V is V_reset (the original's c) and u grows by d. For t_ref V stays at V_reset and
/// input is lost, while u goes on. At time 0, u is b V.
///
/// **Update.** No closed form: integrated from event to event (neuron_models/integration.hpp), steps as
/// long as their error, relative to 1 + the variable's size, is below `tolerance`. The original takes Euler's
/// steps of 1 ms (of V 0.5 ms), which fire at other times; its patterns are the same.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | a | `a_per_ms` | 1/ms | 0.02 | -1e3 .. 1e3 | rate of recovery |
/// | b | `b_per_ms` | 1/ms | 0.2 | -1e3 .. 1e3 | how recovery follows V |
/// | c | `V_reset_mV` | mV | -65 | -1e3 .. 1e3 | potential after a spike; < V_peak |
/// | d | `d_mV_per_ms` | mV/ms | 8 | -1e6 .. 1e6 | recovery by a spike |
/// | | `V_peak_mV` | mV | 30 | -1e3 .. 1e3 | where a spike is cut |
/// | I | `drive_mV_per_ms` | mV/ms | 0 | -1e6 .. 1e6 | constant input |
/// | t_ref | `t_ref_ms` | ms | 0 | 0 .. 1e9 | refractory period; the original has none |
/// | | `tolerance` | 1 | 1e-12 | 1e-13 .. 1e-3 | of a step's error |
///
/// Weights are in mV.
///
/// **Source.** Izhikevich 2003, doi:10.1109/TNN.2003.820440. NEST's izhikevich is this on a grid of steps.
namespace spikewell {

struct Izhikevich {
    double a_per_ms = 0.02;
    double b_per_ms = 0.2;
    double V_reset_mV = -65.0;
    double d_mV_per_ms = 8.0;
    double V_peak_mV = 30.0;
    double drive_mV_per_ms = 0.0;
    double t_ref_ms = 0.0;
    double tolerance = 1e-12;
    bool operator==(const Izhikevich&) const = default;
};

template <> struct Card<Izhikevich> {
    using M = Izhikevich;
    static constexpr std::string_view key = "izhikevich";
    static constexpr std::string_view name = "Izhikevich's neuron";
    static constexpr std::string_view weight_unit = "mV";
    static constexpr auto fields = std::tuple{
        Number<M>{"a_per_ms", &M::a_per_ms, {-1e3, 1e3}, "rate of recovery"},
        Number<M>{"b_per_ms", &M::b_per_ms, {-1e3, 1e3}, "how recovery follows V"},
        Number<M>{"V_reset_mV", &M::V_reset_mV, {-1e3, 1e3}, "potential after a spike"},
        Number<M>{"d_mV_per_ms", &M::d_mV_per_ms, k_potentials_mV, "recovery by a spike"},
        Number<M>{"V_peak_mV", &M::V_peak_mV, {-1e3, 1e3}, "where a spike is cut"},
        Number<M>{"drive_mV_per_ms", &M::drive_mV_per_ms, k_potentials_mV, "constant input"},
        Number<M>{"t_ref_ms", &M::t_ref_ms, k_refractory_periods_ms, "refractory period"},
        Number<M>{"tolerance", &M::tolerance, k_tolerances, "of a step's relative error"}};
    static std::vector<Misfit> misfits(const M& neuron) { return peak_misfits(neuron); }
    static std::optional<Ceiling> ceiling(const M& neuron) {
        return Ceiling{"V_peak_mV", neuron.V_peak_mV};
    }
    static double start_mV(const M& neuron) { return neuron.V_reset_mV; }
    static constexpr NestModel<M, 6> nest{"izhikevich",
                                          {{{"a", &M::a_per_ms, 0.02},
                                            {"b", &M::b_per_ms, 0.2},
                                            {"c", &M::V_reset_mV, -65.0},
                                            {"d", &M::d_mV_per_ms, 8.0},
                                            {"I_e", &M::drive_mV_per_ms, 0.0},
                                            {"V_th", &M::V_peak_mV, 30.0}}},
                                          -65.0};
};

template <> class Dynamics<Izhikevich> {
  public:
    static constexpr std::array<std::string_view, 2> columns{"V_mV", "u_mV_per_ms"};
    using State = std::array<double, columns.size()>;

    explicit Dynamics(const Izhikevich& neuron) : p_(neuron) {}
    [[nodiscard]] State start(double V_mV) const { return {V_mV, p_.b_per_ms * V_mV}; }
    [[nodiscard]] double advance(State& state, double length_ms) const;
    void hold(State& state, double length_ms) const;
    [[nodiscard]] bool receive(State& state, double weight_mV) const {
        state[0] += weight_mV;
        return state[0] >= p_.V_peak_mV;
    }
    void reset(State& state) const {
        state[0] = p_.V_reset_mV;
        state[1] += p_.d_mV_per_ms;
    }

  private:
    Izhikevich p_;
};

} // namespace spikewell
