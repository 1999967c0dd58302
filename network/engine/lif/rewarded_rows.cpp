#include "network/engine/lif/rewarded_rows.hpp"

#include "network/engine/lif/plastic_rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell::detail {

double ThirdFactor::growth(double t_ms) const {
    return std::exp((t_ms - origin_ms) / tau_c_ms);
}

double ThirdFactor::level_at(double t_ms) const {
    return level_per_ms * std::exp((as_of_ms - t_ms) / tau_n_ms);
}

ThirdFactor ThirdFactor::at(double t_ms) const {
    const double dt_ms = t_ms - as_of_ms;
    const double per_ms = 1.0 / tau_c_ms + 1.0 / tau_n_ms;
    const double of_level = level_per_ms * -std::expm1(-dt_ms * per_ms) / per_ms;
    const double of_baseline = baseline_per_ms * tau_c_ms * -std::expm1(-dt_ms / tau_c_ms);
    ThirdFactor then = *this;
    then.as_of_ms = t_ms;
    then.level_per_ms = level_at(t_ms);
    then.integral = integral + (of_level - of_baseline) / growth(as_of_ms);
    return then;
}

const ThirdFactor& RewardedRows::before(double t_ms) const {
    const auto after =
        std::upper_bound(knots.begin() + 1, knots.end(), t_ms,
                         [](double t, const ThirdFactor& knot) { return t < knot.as_of_ms; });
    return *(after - 1);
}

void set_knots(RewardedRows& reward, std::span<const double> spikes_ms) {
    reward.knots.assign(1, reward.factor);
    for (const double t_ms : spikes_ms) {
        reward.knots.push_back(reward.knots.back().at(t_ms));
        reward.knots.back().level_per_ms += 1.0 / reward.factor.tau_n_ms;
    }
}

void keep_last_knot(RewardedRows& reward) {
    reward.factor = reward.knots.back();
}

namespace {

/// The rule, which is one of these.
template <class Body> void with_rule(const PlasticRows& rows, Body&& body) {
    std::visit(
        [&]<class Rule>(const Rule& rule) {
            if constexpr (SeesReward<Rule>) body(rule);
        },
        rows.rule);
}

std::uint32_t target_at(const Row& row, std::size_t s) {
    return row.target != nullptr ? std::uint32_t{row.target[s]}
                                 : row.first + static_cast<std::uint32_t>(s);
}

/// Steps of a rule, with what it keeps weights within.
template <class Rule> struct Steps {
    const PlasticRows& rows;
    const Rule& rule;
    double low; ///< in the precision of weights
    double high;

    static void set(RewardedSynapse& synapse, double weight) {
        synapse.weight = static_cast<float>(weight);
        synapse.rest = static_cast<float>(weight - static_cast<double>(synapse.weight));
    }
    static double moved(const RewardedSynapse& synapse, double by) {
        return static_cast<double>(synapse.weight) + static_cast<double>(synapse.rest) +
               static_cast<double>(synapse.eligibility) * by;
    }
    void move(RewardedSynapse& synapse, double& seen, double to) const {
        set(synapse, std::clamp(moved(synapse, to - seen), low, high));
        seen = to;
    }
    void replay(const NotedPosts& noted, RewardedSynapse& synapse, double& seen) const {
        const PostSpikes& posts = rows.posts;
        const std::uint32_t j = noted.target;
        std::size_t age = 0;
        while (age < PostSpikes::k_most && posts.stamps(age)[j] >= noted.first)
            ++age;
        while (age-- > 0 && posts.stamps(age)[j] < noted.end) {
            move(synapse, seen, posts.seen(age)[j]);
            synapse.eligibility =
                on_post_spike(rule, synapse.eligibility, noted.trace * posts.factors(age)[j]);
        }
        for (std::size_t k = 0; k < rows.spilled.size(); ++k) { // which came after those
            const SpilledSpike& spike = rows.spilled[k];
            if (spike.target != j || spike.stamp < noted.first || spike.stamp >= noted.end)
                continue;
            move(synapse, seen, rows.reward->spilled_seen[k]);
            synapse.eligibility =
                on_post_spike(rule, synapse.eligibility, noted.trace * spike.factor);
        }
    }
    /// Synapse s of a row after the spikes of its target since a visit.
    RewardedSynapse brought_up(const Row& row,
                               const Visit& number,
                               std::size_t s,
                               double& seen) const {
        RewardedSynapse synapse = load(rows, row, s);
        seen = number.seen_before;
        if (rows.newest_post >= number.visited)
            replay({target_at(row, s), number.visited, std::numeric_limits<std::int32_t>::max(),
                    static_cast<float>(number.trace)},
                   synapse, seen);
        return synapse;
    }
};

template <class Rule> Steps<Rule> steps_of(const PlasticRows& rows, const Rule& rule) {
    const auto [low, high] = Card<Rule>::weights(rule);
    return {rows, rule, static_cast<double>(static_cast<float>(low)),
            static_cast<double>(static_cast<float>(high))};
}

} // namespace

void replay_posts(const PlasticRows& rows,
                  const NotedPosts& posts,
                  RewardedSynapse& synapse,
                  double& seen) {
    with_rule(rows, [&](const auto& rule) { steps_of(rows, rule).replay(posts, synapse, seen); });
}

void move_weight(const PlasticRows& rows, RewardedSynapse& synapse, double& seen, double to) {
    with_rule(rows, [&](const auto& rule) { steps_of(rows, rule).move(synapse, seen, to); });
}

void on_post_spike(const PlasticRows& rows, RewardedSynapse& synapse, float trace) {
    synapse.eligibility = on_post_spike(rows.rule, synapse.eligibility, trace);
}
void on_pre_spike(const PlasticRows& rows, RewardedSynapse& synapse, float post_trace) {
    synapse.eligibility = on_pre_spike(rows.rule, synapse.eligibility, post_trace);
}

RewardedSynapse load(const PlasticRows& rows, const Row& row, std::size_t s) {
    return {row.weight[s], rows.reward->rest[row.begin + s],
            rows.reward->eligibility[row.begin + s]};
}
void store(PlasticRows& rows, const Row& row, std::size_t s, const RewardedSynapse& synapse) {
    row.weight[s] = synapse.weight;
    rows.reward->rest[row.begin + s] = synapse.rest;
    rows.reward->eligibility[row.begin + s] = synapse.eligibility;
}

void visit_rewarded(PlasticRows& rows,
                    const Visit& number,
                    double minus,
                    const Row& row,
                    const Delivery& delivery) {
    with_rule(rows, [&](const auto& rule) {
        const auto steps = steps_of(rows, rule);
        for (std::size_t s = 0; s < row.n; ++s) {
            const std::uint32_t j = target_at(row, s);
            if (delivery.rewarded_before != nullptr)
                delivery.rewarded_before[s] = load(rows, row, s);
            double seen = 0.0;
            RewardedSynapse synapse = steps.brought_up(row, number, s, seen);
            steps.move(synapse, seen, number.seen);
            synapse.eligibility = on_pre_spike(rule, synapse.eligibility,
                                               static_cast<float>(rows.post_trace[j] * minus));
            store(rows, row, s, synapse);
            delivery.after[s] = synapse.weight;
            for (std::size_t k = 0; k < delivery.n; ++k)
                delivery.sum[k][j] += static_cast<double>(synapse.weight) * delivery.step[k];
        }
    });
}

void settle_rewarded(
    PlasticRows& rows, const Visit& number, const Row& row, double to, double decay) {
    with_rule(rows, [&](const auto& rule) {
        using Rule = std::remove_cvref_t<decltype(rule)>;
        const auto steps = steps_of(rows, rule);
        for (std::size_t s = 0; s < row.n; ++s) {
            double seen = 0.0;
            RewardedSynapse synapse = steps.brought_up(row, number, s, seen);
            // Bounds are those of the synapse's own spikes; when rows are settled is the engine's business.
            Steps<Rule>::set(synapse, Steps<Rule>::moved(synapse, to - seen));
            synapse.eligibility =
                static_cast<float>(static_cast<double>(synapse.eligibility) * decay);
            store(rows, row, s, synapse);
        }
    });
}

} // namespace spikewell::detail
