#pragma once

#include "neuron_models/fields.hpp"

/// # Reward-modulated spike-timing-dependent plasticity
///
/// **Equations.** Pairs of spikes leave a trace c at the synapse, its eligibility; weights move only while a third
/// factor n, of the spikes of other neurons, is there to say what came of it. x and y are the traces of
/// neuron_models/pair_stdp.hpp:
///
///     at a presynaptic spike     c <- c - A_minus w_max y
///     at a postsynaptic spike    c <- c + A_plus w_max x
///     dc/dt = -c / tau_c
///     at a spike of the third factor's neurons    n <- n + 1 / tau_n
///     dn/dt = -n / tau_n
///     dw/dt = c (n - baseline)
///
/// kept within 0 .. w_max: at the synapse's own spikes, which is at all times where n - baseline does not change its
/// sign. n is the rate of those neurons in all, as the last tau_n has seen it; a single spike of theirs moves w by
/// c tau_c / (tau_c + tau_n) where c decays undisturbed. A baseline below 0 is reward that is always there.
/// The delivered weight is the one as the spike arrives; where the synapse is and what coincides with what as in
/// neuron_models/pair_stdp.hpp: the third factor reaches it after a delay of its own.
///
/// **Numbers.** Eligibility is single precision, weights are kept to more than they are delivered with (small steps
/// are not lost); between spikes both follow in closed form.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | tau_plus | `tau_plus_ms` | ms | 20 | 1e-4 .. 1e9 | time constant of the presynaptic trace |
/// | tau_minus | `tau_minus_ms` | ms | 20 | 1e-4 .. 1e9 | time constant of the postsynaptic trace |
/// | tau_c | `tau_c_ms` | ms | 1000 | 1e-4 .. 1e9 | time constant of eligibility |
/// | tau_n | `tau_n_ms` | ms | 200 | 1e-4 .. 1e9 | time constant of the third factor |
/// | A_plus | `A_plus` | 1 | 0.01 | 0 .. 1e6 | eligibility of a pair, source first |
/// | A_minus | `A_minus` | 1 | 0.015 | 0 .. 1e6 | loss of it by a pair, target first |
/// | baseline | `baseline_Hz` | Hz | 0 | -1e6 .. 1e6 | third factor at which nothing changes |
/// | w_max | `w_max_mV` | mV | 0.2 | 1e-12 .. 1e6 | greatest weight |
///
/// **Source.** Izhikevich 2007, doi:10.1093/cercor/bhl152 (the ratio of A_minus to A_plus is his; his tonic dopamine is
/// a baseline below 0); NEST's `stdp_dopamine_synapse` (Potjans et al. 2010), whose A and b are A w_max and
/// baseline / 1000, and which ends a step of c and n at each spike of any of the three.
namespace spikewell {

struct RewardStdp {
    double tau_plus_ms = 20.0;
    double tau_minus_ms = 20.0;
    double tau_c_ms = 1000.0;
    double tau_n_ms = 200.0;
    double A_plus = 0.01;
    double A_minus = 0.015;
    double baseline_Hz = 0.0;
    double w_max = 0.2;
    bool operator==(const RewardStdp&) const = default;
};

[[nodiscard]] inline double tau_plus_ms(const RewardStdp& rule) {
    return rule.tau_plus_ms;
}
[[nodiscard]] inline double tau_minus_ms(const RewardStdp& rule) {
    return rule.tau_minus_ms;
}
[[nodiscard]] inline double eligibility_ms(const RewardStdp& rule) {
    return rule.tau_c_ms;
}
[[nodiscard]] inline double third_factor_ms(const RewardStdp& rule) {
    return rule.tau_n_ms;
}
/// As a spike's part of n is: in 1 / ms.
[[nodiscard]] inline double baseline_per_ms(const RewardStdp& rule) {
    return 1e-3 * rule.baseline_Hz;
}
/// Eligibility after a presynaptic arrival that finds the postsynaptic trace y.
[[nodiscard]] inline float on_pre_spike(const RewardStdp& rule, float c, float y) {
    return c - static_cast<float>(rule.A_minus * rule.w_max) * y;
}
/// Eligibility after a postsynaptic spike that finds the presynaptic trace x.
[[nodiscard]] inline float on_post_spike(const RewardStdp& rule, float c, float x) {
    return c + static_cast<float>(rule.A_plus * rule.w_max) * x;
}

template <> struct Card<RewardStdp> {
    using M = RewardStdp;
    static constexpr std::string_view key = "reward_stdp";
    static constexpr std::string_view name = "reward-modulated STDP";
    static constexpr auto fields = std::tuple{
        Number<M>{"tau_plus_ms", &M::tau_plus_ms, k_time_constants_ms, "of the presynaptic trace"},
        Number<M>{"tau_minus_ms", &M::tau_minus_ms, k_time_constants_ms,
                  "of the postsynaptic trace"},
        Number<M>{"tau_c_ms", &M::tau_c_ms, k_time_constants_ms, "of eligibility"},
        Number<M>{"tau_n_ms", &M::tau_n_ms, k_time_constants_ms, "of the third factor"},
        Number<M>{"A_plus", &M::A_plus, k_learning_steps, "eligibility of a pair, source first"},
        Number<M>{"A_minus", &M::A_minus, k_learning_steps, "loss of it by a pair, target first"},
        Number<M>{"baseline_Hz", &M::baseline_Hz, k_baselines_Hz,
                  "third factor at which nothing changes"},
        Number<M>{"w_max_*", &M::w_max, k_weight_limits_mV, "greatest weight"}};
    static Interval weights(const M& rule) { return {0.0, rule.w_max}; }
};

} // namespace spikewell
