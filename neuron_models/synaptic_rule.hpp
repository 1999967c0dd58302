#pragma once

#include "neuron_models/guetig_stdp.hpp"
#include "neuron_models/inhibitory_stdp.hpp"
#include "neuron_models/pair_stdp.hpp"
#include "neuron_models/reward_stdp.hpp"
#include "neuron_models/triplet_stdp.hpp"

#include <concepts>
#include <optional>
#include <variant>

/// # What a rule of plasticity gives the engine
///
///     double tau_plus_ms(const PairStdp&);    // of the trace x of the source's arrivals
///     double tau_minus_ms(const PairStdp&);   // of the trace y of the target's spikes
///     float on_pre_spike(const PairStdp&, float w, float y);   // the weight after an arrival ..
///     float on_post_spike(const PairStdp&, float w, float x);  // .. and after a spike of the target
///     template <> struct Card<PairStdp> {..; static Interval weights(const PairStdp&); };
///
/// A rule that sees triplets has a slow trace r2 of the source and o2 of the target besides, and gives what x and y
/// are multiplied by, of the slow traces right before the spike:
///
///     double slow_plus_ms(const TripletStdp&), slow_minus_ms(const TripletStdp&);   // their time constants
///     double post_gain(const TripletStdp&, double o2);         // of x at a spike of the target, grows with o2
///     double pre_gain(const TripletStdp&, double r2);          // of y at an arrival
///
/// A rule whose pairs leave an eligibility, which a third factor turns into weight, means that by w above, its steps
/// are proportional to the trace, and it gives what the engine needs for dw/dt = c (n - baseline):
///
///     double eligibility_ms(const RewardStdp&), third_factor_ms(const RewardStdp&);  // time constants of c, n
///     double baseline_per_ms(const RewardStdp&);
///
/// The engine keeps traces and weights, says what comes before what, saves and resumes, and knows nothing
/// else of the rule (network/engine/lif/plastic_rows.hpp).
///
/// A spike of the target may only make a weight grow in size. It is taken up when the source's next spike
/// arrives, after the target's spikes before it.
namespace spikewell {

template <class Rule>
concept PairsSpikes = HasCard<Rule> && requires(const Rule& rule, float w, float trace) {
    { tau_plus_ms(rule) } -> std::same_as<double>;
    { tau_minus_ms(rule) } -> std::same_as<double>;
    { on_pre_spike(rule, w, trace) } -> std::same_as<float>;
    { on_post_spike(rule, w, trace) } -> std::same_as<float>;
    { Card<Rule>::weights(rule) } -> std::same_as<Interval>;
};

template <class Rule>
concept SeesTriplets = PairsSpikes<Rule> && requires(const Rule& rule, double trace) {
    { slow_plus_ms(rule) } -> std::same_as<double>;
    { slow_minus_ms(rule) } -> std::same_as<double>;
    { post_gain(rule, trace) } -> std::same_as<double>;
    { pre_gain(rule, trace) } -> std::same_as<double>;
};

template <class Rule>
concept SeesReward = PairsSpikes<Rule> && requires(const Rule& rule) {
    { eligibility_ms(rule) } -> std::same_as<double>;
    { third_factor_ms(rule) } -> std::same_as<double>;
    { baseline_per_ms(rule) } -> std::same_as<double>;
};

namespace detail {
template <PairsSpikes... Rules> struct ListOfRules {
    using Plastic = std::variant<Rules...>;
    using OrStatic = std::variant<std::monostate, Rules...>;
};
/// The list of rules: everything else follows from it. New ones at the end: saved states and digests know a
/// rule by its place.
using AllRules = ListOfRules<PairStdp, InhibitoryStdp, GuetigStdp, TripletStdp, RewardStdp>;
} // namespace detail

using PlasticRule = detail::AllRules::Plastic;
/// How a synapse's weight follows spikes; monostate: it does not.
using SynapticRule = detail::AllRules::OrStatic;

/// What files call the rule.
[[nodiscard]] inline std::string_view key_of(const PlasticRule& rule) {
    return std::visit([]<class Rule>(const Rule&) { return Card<Rule>::key; }, rule);
}
/// The weights that a rule keeps.
[[nodiscard]] inline Interval weights_of(const PlasticRule& rule) {
    return std::visit([]<class Rule>(const Rule& r) { return Card<Rule>::weights(r); }, rule);
}
/// Whether a third factor moves the weights.
[[nodiscard]] inline bool sees_reward(const SynapticRule& rule) {
    return std::visit([]<class Rule>(const Rule&) { return SeesReward<Rule>; }, rule);
}
/// None: static.
[[nodiscard]] inline std::optional<PlasticRule> plastic(const SynapticRule& rule) {
    return std::visit(
        []<class Rule>(const Rule& r) -> std::optional<PlasticRule> {
            if constexpr (HasCard<Rule>)
                return r;
            else
                return std::nullopt;
        },
        rule);
}

} // namespace spikewell
