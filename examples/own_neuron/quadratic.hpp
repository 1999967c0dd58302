#pragma once

#include "neuron_models/custom_neuron.hpp"

#include <array>
#include <cmath>
#include <limits>

/// # Quadratic integrate-and-fire neuron with delta synapses: a model of this program's own
///
///     tau dV/dt = V^2 / V_0 + I
///
/// A spike of weight w makes V jump by w. The neuron fires when V reaches V_peak; then V is V_reset for t_ref.
/// Between events V has a closed form, with v = V / V_0 and i = I / V_0: sqrt(i) tan(..) where i > 0, and the like.
///
/// **Source.** Ermentrout & Kopell 1986, doi:10.1137/0146017.
struct Quadratic {
    double tau_ms = 10.0;
    double V_0_mV = 10.0;
    double drive_mV = 0.0;
    double V_peak_mV = 200.0;
    double V_reset_mV = -200.0;
    double t_ref_ms = 0.0;
};

template <> struct spikewell::Card<Quadratic> {
    using M = Quadratic;
    static constexpr std::string_view key = "quadratic";
    static constexpr std::string_view name = "quadratic integrate-and-fire neuron";
    static constexpr std::string_view weight_unit = "mV";
    static constexpr auto fields = std::tuple{
        Number<M>{"tau_ms", &M::tau_ms, k_time_constants_ms, "time constant"},
        Number<M>{"V_0_mV", &M::V_0_mV, {1e-6, 1e6}, "scale of the potential"},
        Number<M>{"drive_mV", &M::drive_mV, k_potentials_mV, "constant input"},
        Number<M>{"V_peak_mV", &M::V_peak_mV, {1e-6, 1e6}, "where a spike is cut"},
        Number<M>{"V_reset_mV", &M::V_reset_mV, k_potentials_mV, "potential after a spike"},
        Number<M>{"t_ref_ms", &M::t_ref_ms, k_refractory_periods_ms, "refractory period"}};
    static std::vector<Misfit> misfits(const M& neuron) { return peak_misfits(neuron); }
    static std::optional<Ceiling> ceiling(const M& neuron) {
        return Ceiling{"V_peak_mV", neuron.V_peak_mV};
    }
    static double start_mV(const M&) { return 0.0; }
};

template <> class spikewell::Dynamics<Quadratic> {
  public:
    static constexpr std::array<std::string_view, 1> columns{"V_mV"};
    using State = std::array<double, 1>;

    explicit Dynamics(const Quadratic& neuron) : p_(neuron) {}
    [[nodiscard]] static State start(double V_mV) { return {V_mV}; }
    /// To the first spike, whose time it returns, or to the end of the length: then infinity.
    [[nodiscard]] double advance(State& x, double length_ms) const {
        const double spike_ms = quiet_ms(x);
        const bool fires = spike_ms <= length_ms;
        x[0] = fires ? p_.V_peak_mV : p_.V_0_mV * after(x[0] / p_.V_0_mV, length_ms / p_.tau_ms);
        return fires ? spike_ms : k_never_ms;
    }
    static void hold(State&, double) {} // nothing but V, which stays
    [[nodiscard]] bool receive(State& x, double weight_mV) const {
        x[0] += weight_mV;
        return x[0] >= p_.V_peak_mV;
    }
    void reset(State& x) const { x[0] = p_.V_reset_mV; }
    /// When it will fire without input.
    [[nodiscard]] double quiet_ms(const State& x) const {
        return p_.tau_ms * spike_after(x[0] / p_.V_0_mV, p_.V_peak_mV / p_.V_0_mV);
    }

  private:
    static constexpr double k_never_ms = std::numeric_limits<double>::infinity();

    /// v a time s (in units of tau) after it was v, where there is no spike before.
    [[nodiscard]] double after(double v, double s) const {
        const double i = p_.drive_mV / p_.V_0_mV;
        if (i == 0.0) return v / (1.0 - v * s);
        const double root = std::sqrt(std::abs(i));
        if (i > 0.0) return root * std::tan(std::atan(v / root) + root * s);
        const double t = std::tanh(root * s);
        return root * (v - root * t) / (root - v * t);
    }
    /// When v, where it begins, reaches `peak`.
    [[nodiscard]] double spike_after(double v, double peak) const {
        const double i = p_.drive_mV / p_.V_0_mV;
        if (v >= peak) return 0.0;
        if (i == 0.0) return v > 0.0 ? 1.0 / v - 1.0 / peak : k_never_ms;
        const double root = std::sqrt(std::abs(i));
        if (i > 0.0) return (std::atan(peak / root) - std::atan(v / root)) / root;
        if (v <= root || peak <= root) return k_never_ms;
        return std::log((peak - root) * (v + root) / ((peak + root) * (v - root))) / (2.0 * root);
    }

    Quadratic p_;
};
