#pragma once

#include "neuron_models/fields.hpp"

#include <algorithm>

/// # Homeostatic plasticity of inhibition
///
/// **Equations.** Symmetric rule with traces x (pre) and y (post), both of time constant tau, jump 1:
///
///     at a presynaptic spike     |w| <- |w| + eta (y - rho0)       rho0 = 2 target_rate tau
///     at a postsynaptic spike    |w| <- |w| + eta x
///
/// kept within 0 .. w_max. Weights are inhibitory (w = -|w|). Each postsynaptic neuron is driven
/// towards target_rate. The delivered weight is the one after the presynaptic update; where the
/// synapse is and what coincides with what as in neuron_models/pair_stdp.hpp.
///
/// | symbol | field | unit | default | allowed |
/// |---|---|---|---|---|
/// | tau | `tau_ms` | ms | 20 | 1e-4 .. 1e9 |
/// | eta | `eta_mV` | mV | 0.01 | 0 .. 1e6 |
/// | target_rate | `target_rate_Hz` | Hz | 5 | 0 .. 1e6 |
/// | w_max | `w_max_mV` | mV | 10 | 1e-12 .. 1e6 (greatest size) |
///
/// Why these ranges: neuron_models/ranges.hpp.
///
/// **Source.** Vogels et al. 2011, doi:10.1126/science.1211095.
namespace spikewell {

struct InhibitoryStdp {
    double tau_ms = 20.0;
    double eta = 0.01;
    double target_rate_Hz = 5.0;
    double w_max = 10.0;
    bool operator==(const InhibitoryStdp&) const = default;
};

/// Time constants of the presynaptic and of the postsynaptic trace.
[[nodiscard]] inline double tau_plus_ms(const InhibitoryStdp& rule) {
    return rule.tau_ms;
}
[[nodiscard]] inline double tau_minus_ms(const InhibitoryStdp& rule) {
    return rule.tau_ms;
}
/// The weight (<= 0) after a presynaptic arrival that finds the postsynaptic trace y.
[[nodiscard]] inline float on_pre_spike(const InhibitoryStdp& rule, float w, float y) {
    const auto rho0 = static_cast<float>(2e-3 * rule.target_rate_Hz * rule.tau_ms);
    const float size = -w + static_cast<float>(rule.eta) * (y - rho0);
    return -std::clamp(size, 0.0F, static_cast<float>(rule.w_max));
}
/// The weight (<= 0) after a postsynaptic spike that finds the presynaptic trace x.
[[nodiscard]] inline float on_post_spike(const InhibitoryStdp& rule, float w, float x) {
    const float size = -w + static_cast<float>(rule.eta) * x;
    return -std::clamp(size, 0.0F, static_cast<float>(rule.w_max));
}

template <> struct Card<InhibitoryStdp> {
    using M = InhibitoryStdp;
    static constexpr std::string_view key = "inhibitory_stdp";
    static constexpr std::string_view name = "inhibitory STDP";
    static constexpr auto fields = std::tuple{
        Number<M>{"tau_ms", &M::tau_ms, k_time_constants_ms, "time constant of both traces"},
        Number<M>{"eta_*", &M::eta, k_learning_steps, "step"},
        Number<M>{"target_rate_Hz", &M::target_rate_Hz, k_target_rates_Hz,
                  "rate that targets are driven towards"},
        Number<M>{"w_max_*", &M::w_max, k_weight_limits_mV, "greatest size of a weight"}};
    static Interval weights(const M& rule) { return {-rule.w_max, 0.0}; }
};

} // namespace spikewell
