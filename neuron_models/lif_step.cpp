#include "neuron_models/lif_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace spikewell {

namespace {

// Of a step: how far off an end of a step may be by rounding of times.
constexpr double k_hair = 1e-6;

/// What is left of V after n steps of a current of 1, that decays by `keep` a step, into a membrane that decays by
/// `keep_m`: the sum of keep_m^(n - j) keep^j, j = 1 .. n.
double passed_on(double keep_m, double keep, double n) {
    const double difference = keep - keep_m;
    if (std::abs(difference) * n < 1e-7) return n * std::pow(keep, n);
    return keep * (std::pow(keep, n) - std::pow(keep_m, n)) / difference;
}

} // namespace

std::vector<Misfit> Card<LifStep>::misfits(const LifStep& neuron) {
    const std::string allowed = fmt::format(">= step_ms = {:g}", neuron.step_ms);
    if (neuron.tau_m_ms < neuron.step_ms) return {{"tau_m_ms", neuron.tau_m_ms, allowed}};
    const std::string or_zero = "0 or " + allowed;
    if (neuron.tau_syn_exc_ms != 0.0 && neuron.tau_syn_exc_ms < neuron.step_ms)
        return {{"tau_syn_exc_ms", neuron.tau_syn_exc_ms, or_zero}};
    if (neuron.tau_syn_inh_ms != 0.0 && neuron.tau_syn_inh_ms < neuron.step_ms)
        return {{"tau_syn_inh_ms", neuron.tau_syn_inh_ms, or_zero}};
    return threshold_misfits(neuron);
}

Dynamics<LifStep>::Dynamics(const LifStep& neuron)
    : p_(neuron), leak_(neuron.step_ms / neuron.tau_m_ms), keep_m_(1.0 - leak_),
      exc_(synapse_of(neuron.tau_syn_exc_ms)), inh_(synapse_of(neuron.tau_syn_inh_ms)) {}

Dynamics<LifStep>::Synapse Dynamics<LifStep>::synapse_of(double tau_ms) const {
    if (tau_ms == 0.0) return {0.0, 1.0, 1.0};
    return {1.0 - p_.step_ms / tau_ms, leak_, tau_ms / p_.tau_m_ms};
}

double Dynamics<LifStep>::count_steps(State& state, double length_ms) const {
    double since_ms = std::clamp(state[5], 0.0, p_.step_ms) + length_ms;
    const double n = std::floor(since_ms / p_.step_ms + k_hair);
    since_ms = std::max(0.0, since_ms - n * p_.step_ms);
    // At an end, exactly there: rounding does not add up.
    state[5] = n > 0.0 && since_ms < k_hair * p_.step_ms ? 0.0 : since_ms;
    return n;
}

void Dynamics<LifStep>::step(State& state, Membrane membrane) const {
    auto& [V_mV, g_e, g_i, x_e, x_i, since_ms] = state;
    g_e = exc_.keep * g_e + x_e;
    g_i = inh_.keep * g_i + x_i;
    x_e = x_i = 0.0;
    if (membrane == Membrane::free)
        V_mV += leak_ * (p_.V_inf_mV() - V_mV) + exc_.gain * g_e + inh_.gain * g_i;
    if (p_.tau_syn_exc_ms == 0.0) g_e = 0.0;
    if (p_.tau_syn_inh_ms == 0.0) g_i = 0.0;
}

/// Several, with nothing waiting.
void Dynamics<LifStep>::skip(State& state, double n_steps, Membrane membrane) const {
    auto& [V_mV, g_e, g_i, x_e, x_i, since_ms] = state;
    if (membrane == Membrane::free)
        V_mV = p_.V_inf_mV() + std::pow(keep_m_, n_steps) * (V_mV - p_.V_inf_mV()) +
               exc_.gain * passed_on(keep_m_, exc_.keep, n_steps) * g_e +
               inh_.gain * passed_on(keep_m_, inh_.keep, n_steps) * g_i;
    g_e *= std::pow(exc_.keep, n_steps);
    g_i *= std::pow(inh_.keep, n_steps);
}

double Dynamics<LifStep>::highest_mV(const State& state) const {
    const auto& [V_mV, g_e, g_i, x_e, x_i, since_ms] = state;
    return std::max(V_mV, p_.V_inf_mV()) + exc_.longest * (exc_.keep * g_e + x_e);
}

double Dynamics<LifStep>::advance(State& state, double length_ms) const {
    const double until_end_ms = p_.step_ms - std::clamp(state[5], 0.0, p_.step_ms);
    const auto n = static_cast<std::uint64_t>(count_steps(state, length_ms));
    for (std::uint64_t k = 0; k < n; ++k) {
        if (state[3] == 0.0 && state[4] == 0.0 && highest_mV(state) < p_.V_th_mV) {
            skip(state, static_cast<double>(n - k), Membrane::free);
            break;
        }
        step(state, Membrane::free);
        if (state[0] > p_.V_th_mV) {
            state[5] = 0.0; // of the step that ends with the spike
            return until_end_ms + static_cast<double>(k) * p_.step_ms;
        }
    }
    return std::numeric_limits<double>::infinity();
}

void Dynamics<LifStep>::hold(State& state, double length_ms) const {
    const double n = count_steps(state, length_ms);
    if (n > 0.0) step(state, Membrane::held);
    if (n > 1.0) skip(state, n - 1.0, Membrane::held);
}

double Dynamics<LifStep>::quiet_ms(const State& state) const {
    if (highest_mV(state) < p_.V_th_mV) return std::numeric_limits<double>::infinity();
    return std::max(0.0, p_.step_ms * (1.0 - k_hair) - std::clamp(state[5], 0.0, p_.step_ms));
}

} // namespace spikewell
