#pragma once

#include "neuron_models/fields.hpp"

#include <algorithm>

/// # Pair-based spike-timing-dependent plasticity, all pairs
///
/// **Equations.** With traces x of the presynaptic spikes as they reach the synapse (x jumps by 1,
/// decays with tau_plus) and y of the postsynaptic ones (tau_minus):
///
///     at a postsynaptic spike    w <- min(w + lambda F_plus(w) x, w_max)
///     at a presynaptic spike     w <- max(w - lambda alpha F_minus(w) y, w_min)
///
///     additive          F_plus = w_max              F_minus = w_max
///     multiplicative    F_plus = w_max - w          F_minus = w        (w_min must be 0)
///
/// The weight that a presynaptic spike delivers is the one after its own depression (as in NEST).
///
/// **Where the synapse is.** Of the delay d, the fraction f (`dendritic_delay_fraction` of the
/// projection) lies behind the synapse: a presynaptic spike at t reaches the synapse at
/// t + (1 - f) d, a postsynaptic one at t + f d.
///
/// **Coincidences.** A presynaptic arrival sees the postsynaptic spikes that reached the synapse
/// strictly before it, and a postsynaptic one the presynaptic spikes that arrived at or before it
/// (the arrival is applied first): a spike that an arrival causes at that very time potentiates it.
///
/// | symbol | field | unit | default | allowed |
/// |---|---|---|---|---|
/// | tau_plus, tau_minus | `tau_plus_ms`, `tau_minus_ms` | ms | 20 | 1e-4 .. 1e9 |
/// | lambda | `lambda` | 1 | 0.005 | 0 .. 1 |
/// | alpha | `alpha` | 1 | 1 | 0 .. 1e6, lambda alpha <= 1 for multiplicative |
/// | w_min | `w_min_mV` | mV | 0 | 0 .. 1e6, < w_max |
/// | w_max | `w_max_mV` | mV | 0.2 | 1e-12 .. 1e6 |
/// Why these ranges: neuron_models/ranges.hpp. Plastic weights are excitatory: 0 <= w_min <= w <= w_max.
///
/// **Sources.** Song, Miller & Abbott 2000, doi:10.1038/78829 (additive); van Rossum, Bi &
/// Turrigiano 2000 and Guetig et al. 2003, doi:10.1523/JNEUROSCI.23-09-03697.2003
/// (multiplicative); Morrison, Diesmann & Gerstner 2008, doi:10.1007/s00422-008-0233-1.
namespace spikewell {

enum class WeightDependence { additive, multiplicative };

struct PairStdp {
    double tau_plus_ms = 20.0;
    double tau_minus_ms = 20.0;
    double lambda = 0.005;
    double alpha = 1.0;
    double w_min = 0.0;
    double w_max = 0.2;
    WeightDependence dependence = WeightDependence::multiplicative;
    bool operator==(const PairStdp&) const = default;
};

/// Time constants of the presynaptic and of the postsynaptic trace.
[[nodiscard]] inline double tau_plus_ms(const PairStdp& rule) {
    return rule.tau_plus_ms;
}
[[nodiscard]] inline double tau_minus_ms(const PairStdp& rule) {
    return rule.tau_minus_ms;
}
/// The weight after a presynaptic arrival that finds the postsynaptic trace y.
[[nodiscard]] inline float on_pre_spike(const PairStdp& rule, float w, float y) {
    const auto step = static_cast<float>(rule.lambda * rule.alpha) * y;
    const auto w_max = static_cast<float>(rule.w_max);
    const float depressed =
        w - step * (rule.dependence == WeightDependence::multiplicative ? w : w_max);
    return std::max(depressed, static_cast<float>(rule.w_min));
}
/// The weight after a postsynaptic spike that finds the presynaptic trace x.
[[nodiscard]] inline float on_post_spike(const PairStdp& rule, float w, float x) {
    const auto step = static_cast<float>(rule.lambda) * x;
    const auto w_max = static_cast<float>(rule.w_max);
    const float potentiated =
        w + step * (rule.dependence == WeightDependence::multiplicative ? w_max - w : w_max);
    return std::min(potentiated, w_max);
}

/// Fields of rules of pairs, in their order on the cards.
template <class M>
inline constexpr auto k_pair_fields = std::tuple{
    Number<M>{"tau_plus_ms", &M::tau_plus_ms, k_time_constants_ms,
              "time constant of presynaptic traces"},
    Number<M>{"tau_minus_ms", &M::tau_minus_ms, k_time_constants_ms,
              "time constant of postsynaptic traces"},
    Number<M>{"lambda", &M::lambda, {0.0, 1.0}, "step"},
    Number<M>{"alpha", &M::alpha, k_learning_steps, "depression relative to potentiation"}};

template <> struct Card<PairStdp> {
    using M = PairStdp;
    static constexpr std::string_view key = "pair_stdp";
    static constexpr std::string_view name = "pair STDP";
    static constexpr auto fields = std::tuple_cat(
        k_pair_fields<M>,
        std::tuple{Number<M>{"w_min_*", &M::w_min, {0.0, k_weight_limits_mV.high}, "least weight"},
                   Number<M>{"w_max_*", &M::w_max, k_weight_limits_mV, "greatest weight"},
                   Choice<M, WeightDependence, 2>{"dependence",
                                                  &M::dependence,
                                                  {"additive", "multiplicative"},
                                                  "of a step on the weight"}});
    static std::vector<Misfit> misfits(const M& rule);
    /// Of plastic weights.
    static Interval weights(const M& rule) { return {rule.w_min, rule.w_max}; }
};

} // namespace spikewell
