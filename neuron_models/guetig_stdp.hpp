#pragma once

#include "core/lane_math.hpp"
#include "neuron_models/pair_stdp.hpp"

#include <algorithm>

/// # Pair-based spike-timing-dependent plasticity, steps that depend on the weight by a power
///
/// **Equations.** Traces x of the presynaptic spikes and y of the postsynaptic ones as in
/// neuron_models/pair_stdp.hpp, u = w / w_max:
///
///     at a postsynaptic spike    u <- min(u + lambda (1 - u)^mu_plus x, 1)
///     at a presynaptic spike     u <- max(u - lambda alpha u^mu_minus y, 0)
///
/// mu = 0 is the additive rule, mu = 1 the multiplicative one; between them weights are shared out among
/// inputs that compete, yet stay graded. Where the synapse is and what coincides with what as there.
/// Steps do not commute: the spikes of a target are taken up in their order.
///
/// **Numbers.** Weights are single precision; powers are e^(mu ln u) in double precision with functions
/// that give the same bits on every machine (core/lane_math.hpp).
///
/// | symbol | field | unit | default | allowed |
/// |---|---|---|---|---|
/// | tau_plus, tau_minus | `tau_plus_ms`, `tau_minus_ms` | ms | 20 | 1e-4 .. 1e9 |
/// | lambda | `lambda` | 1 | 0.005 | 0 .. 1 |
/// | alpha | `alpha` | 1 | 1 | 0 .. 1e6 |
/// | mu_plus, mu_minus | `mu_plus`, `mu_minus` | 1 | 0.4 | 0 .. 1 |
/// | w_max | `w_max_mV` | mV | 0.2 | 1e-12 .. 1e6 |
/// Why these ranges: neuron_models/ranges.hpp. Plastic weights are excitatory: 0 <= w <= w_max.
///
/// **Source.** Guetig et al. 2003, doi:10.1523/JNEUROSCI.23-09-03697.2003 (one mu); NEST's `stdp_synapse`
/// (two, whose own defaults are 1).
namespace spikewell {

struct GuetigStdp {
    double tau_plus_ms = 20.0;
    double tau_minus_ms = 20.0;
    double lambda = 0.005;
    double alpha = 1.0;
    double mu_plus = 0.4;
    double mu_minus = 0.4;
    double w_max = 0.2;
    bool operator==(const GuetigStdp&) const = default;
};

/// Time constants of the presynaptic and of the postsynaptic trace.
[[nodiscard]] inline double tau_plus_ms(const GuetigStdp& rule) {
    return rule.tau_plus_ms;
}
[[nodiscard]] inline double tau_minus_ms(const GuetigStdp& rule) {
    return rule.tau_minus_ms;
}
/// u^mu for u within 0 .. 1; 0^0 is 1.
[[nodiscard]] inline double power_of_weight(double u, double mu) {
    constexpr double k_least = 1e-300; // ln of normal numbers only
    if (mu == 0.0) return 1.0;
    return u > k_least ? lane_exp(mu * lane_log(u)) : 0.0;
}
/// The weight after a presynaptic arrival that finds the postsynaptic trace y.
[[nodiscard]] inline float on_pre_spike(const GuetigStdp& rule, float w, float y) {
    const double u = static_cast<double>(w) / rule.w_max;
    const double step = rule.lambda * rule.alpha * static_cast<double>(y);
    const double left = u - step * power_of_weight(std::min(u, 1.0), rule.mu_minus);
    return static_cast<float>(std::max(left, 0.0) * rule.w_max);
}
/// The weight after a postsynaptic spike that finds the presynaptic trace x.
[[nodiscard]] inline float on_post_spike(const GuetigStdp& rule, float w, float x) {
    const double u = static_cast<double>(w) / rule.w_max;
    const double step = rule.lambda * static_cast<double>(x);
    const double grown = u + step * power_of_weight(std::max(1.0 - u, 0.0), rule.mu_plus);
    return static_cast<float>(std::min(grown, 1.0) * rule.w_max);
}

template <> struct Card<GuetigStdp> {
    using M = GuetigStdp;
    static constexpr std::string_view key = "guetig_stdp";
    static constexpr std::string_view name = "weight-dependent STDP";
    static constexpr auto fields = std::tuple_cat(
        k_pair_fields<M>,
        std::tuple{
            Number<M>{"mu_plus",
                      &M::mu_plus,
                      {0.0, 1.0},
                      "power of potentiation on what is left to w_max"},
            Number<M>{"mu_minus", &M::mu_minus, {0.0, 1.0}, "power of depression on the weight"},
            Number<M>{"w_max_*", &M::w_max, k_weight_limits_mV, "greatest weight"}});
    /// Of plastic weights.
    static Interval weights(const M& rule) { return {0.0, rule.w_max}; }
};

} // namespace spikewell
