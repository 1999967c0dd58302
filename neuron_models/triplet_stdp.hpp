#pragma once

#include "neuron_models/fields.hpp"

#include <algorithm>

/// # Triplet spike-timing-dependent plasticity, all pairs and triplets
///
/// **Equations.** Traces r1, r2 of the source and o1, o2 of the target decay with tau_plus, tau_x, tau_minus, tau_y and
/// jump by 1 at its spikes; the slow ones, r2 and o2, are those right before the spike:
///
///     at a presynaptic spike     w <- w - w_max o1 (A2_minus + A3_minus r2)
///     at a postsynaptic spike    w <- w + w_max r1 (A2_plus + A3_plus o2)
///
/// kept within 0 .. w_max. The more often the target has fired, the more a pair potentiates: pairs at high rates
/// potentiate whatever their order. The delivered weight is the one after the presynaptic update; where the
/// synapse is and what coincides with what as in neuron_models/pair_stdp.hpp.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | tau_plus | `tau_plus_ms` | ms | 16.8 | 1e-4 .. 1e9 | time constant of r1 |
/// | tau_minus | `tau_minus_ms` | ms | 33.7 | 1e-4 .. 1e9 | time constant of o1 |
/// | tau_x | `tau_x_ms` | ms | 101 | 1e-4 .. 1e9 | time constant of r2 |
/// | tau_y | `tau_y_ms` | ms | 125 | 1e-4 .. 1e9 | time constant of o2 |
/// | A2_plus | `A2_plus` | 1 | 5e-10 | 0 .. 1e6 | potentiation by a pair |
/// | A3_plus | `A3_plus` | 1 | 6.2e-3 | 0 .. 1e6 | potentiation by a triplet |
/// | A2_minus | `A2_minus` | 1 | 7e-3 | 0 .. 1e6 | depression by a pair |
/// | A3_minus | `A3_minus` | 1 | 2.3e-4 | 0 .. 1e6 | depression by a triplet |
/// | w_max | `w_max_mV` | mV | 0.2 | 1e-12 .. 1e6 | greatest weight |
///
/// **Source.** Pfister & Gerstner 2006, doi:10.1523/JNEUROSCI.1425-06.2006; the defaults are their fit to visual cortex,
/// all to all. NEST's stdp_triplet_synapse is this with its Aplus, Aminus .. w_max times ours.
namespace spikewell {

struct TripletStdp {
    double tau_plus_ms = 16.8;
    double tau_minus_ms = 33.7;
    double tau_x_ms = 101.0;
    double tau_y_ms = 125.0;
    double A2_plus = 5e-10;
    double A3_plus = 6.2e-3;
    double A2_minus = 7e-3;
    double A3_minus = 2.3e-4;
    double w_max = 0.2;
    bool operator==(const TripletStdp&) const = default;
};

[[nodiscard]] inline double tau_plus_ms(const TripletStdp& rule) {
    return rule.tau_plus_ms;
}
[[nodiscard]] inline double tau_minus_ms(const TripletStdp& rule) {
    return rule.tau_minus_ms;
}
/// Of the slow traces, of the source and of the target.
[[nodiscard]] inline double slow_plus_ms(const TripletStdp& rule) {
    return rule.tau_x_ms;
}
[[nodiscard]] inline double slow_minus_ms(const TripletStdp& rule) {
    return rule.tau_y_ms;
}
/// What a spike of the source that finds its slow trace r2 makes of the target's trace, and the other way round.
[[nodiscard]] inline double pre_gain(const TripletStdp& rule, double r2) {
    return rule.A2_minus + rule.A3_minus * r2;
}
[[nodiscard]] inline double post_gain(const TripletStdp& rule, double o2) {
    return rule.A2_plus + rule.A3_plus * o2;
}
/// The weight after a presynaptic arrival, y the postsynaptic trace times the gain.
[[nodiscard]] inline float on_pre_spike(const TripletStdp& rule, float w, float y) {
    return std::max(w - static_cast<float>(rule.w_max) * y, 0.0F);
}
/// The weight after a postsynaptic spike, x the presynaptic trace times the gain.
[[nodiscard]] inline float on_post_spike(const TripletStdp& rule, float w, float x) {
    const auto w_max = static_cast<float>(rule.w_max);
    return std::min(w + w_max * x, w_max);
}

template <> struct Card<TripletStdp> {
    using M = TripletStdp;
    static constexpr std::string_view key = "triplet_stdp";
    static constexpr std::string_view name = "triplet STDP";
    static constexpr auto fields = std::tuple{
        Number<M>{"tau_plus_ms", &M::tau_plus_ms, k_time_constants_ms, "time constant of r1"},
        Number<M>{"tau_minus_ms", &M::tau_minus_ms, k_time_constants_ms, "time constant of o1"},
        Number<M>{"tau_x_ms", &M::tau_x_ms, k_time_constants_ms, "time constant of r2"},
        Number<M>{"tau_y_ms", &M::tau_y_ms, k_time_constants_ms, "time constant of o2"},
        Number<M>{"A2_plus", &M::A2_plus, k_learning_steps, "potentiation by a pair"},
        Number<M>{"A3_plus", &M::A3_plus, k_learning_steps, "potentiation by a triplet"},
        Number<M>{"A2_minus", &M::A2_minus, k_learning_steps, "depression by a pair"},
        Number<M>{"A3_minus", &M::A3_minus, k_learning_steps, "depression by a triplet"},
        Number<M>{"w_max_*", &M::w_max, k_weight_limits_mV, "greatest weight"}};
    static Interval weights(const M& rule) { return {0.0, rule.w_max}; }
};

} // namespace spikewell
