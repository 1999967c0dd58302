#include "network/engine/lif/plastic_rows.hpp"

#include "core/clones.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace spikewell::detail {

namespace {

/// Of a spike that came no earlier than a visit; 0 of others. By the sign, without a branch.
[[gnu::always_inline]] inline float factor_since(std::int32_t visited,
                                                 std::int32_t stamp,
                                                 float factor) {
    const std::int32_t before = (stamp - visited) >> 31;
    return std::bit_cast<float>(std::bit_cast<std::int32_t>(factor) & ~before);
}

struct Arguments {
    const PostSpikes* posts;
    const double* post_trace;
    float trace;
    std::int32_t visited;
    double minus;
    bool any_posts; ///< since the visit
    Row row;
    Delivery to;
};

[[gnu::always_inline]] inline std::size_t target_of(const Row& row, std::size_t s) {
    return row.target != nullptr ? std::size_t{row.target[s]} : row.first + s;
}

/// One value of each target of a strip.
struct StripValues {
    alignas(64) float at[k_strip];
};

// Spikes of a target since the visit are taken up from the last one on where the rule does not mind
// their order, else from the first one on.

/// Of the targets first, first + 1, ...
template <class Rule>
[[gnu::always_inline]] inline void take_up_strip(const Rule& rule,
                                                 const Arguments& a,
                                                 std::size_t first,
                                                 StripValues& w) {
    const PostSpikes& posts = *a.posts;
    const std::size_t strip = first / k_strip;
    const std::size_t last_strip = (first + k_strip - 1) / k_strip;
    for (std::size_t age = 0; age < PostSpikes::k_most; ++age) {
        if (!posts.any_since(age, strip, a.visited) && !posts.any_since(age, last_strip, a.visited))
            break;
        const std::int32_t* const stamp = posts.stamps(age) + first;
        const float* const factor = posts.factors(age) + first;
#pragma GCC unroll 1
        for (std::size_t l = 0; l < k_strip; ++l) {
            const float trace = a.trace * factor_since(a.visited, stamp[l], factor[l]);
            w.at[l] = on_post_spike(rule, w.at[l], trace);
        }
    }
}

/// All targets of a range: as many synapses from `s` on as there are lanes.
template <class Rule>
[[gnu::always_inline]] inline void take_up_dense(const Rule& rule,
                                                 const Arguments& a,
                                                 std::size_t s,
                                                 std::size_t n) {
    StripValues w{};
    std::memcpy(w.at, a.row.weight + s, n * sizeof(float));
    take_up_strip(rule, a, a.row.first + s, w);
    std::memcpy(a.row.weight + s, w.at, n * sizeof(float));
}

template <class Rule>
[[gnu::always_inline]] inline void visit_dense(const Rule& rule,
                                               const Arguments& a,
                                               std::size_t s,
                                               std::size_t n) {
    const std::size_t first = a.row.first + s;
    StripValues w{};
    std::memcpy(w.at, a.row.weight + s, n * sizeof(float));
    if (a.any_posts) take_up_strip(rule, a, first, w);
    if (a.to.before != nullptr) std::memcpy(a.to.before + s, w.at, n * sizeof(float));
#pragma GCC unroll 1
    for (std::size_t l = 0; l < k_strip; ++l) {
        const auto post_trace = static_cast<float>(a.post_trace[first + l] * a.minus);
        w.at[l] = on_pre_spike(rule, w.at[l], post_trace);
    }
    std::memcpy(a.row.weight + s, w.at, n * sizeof(float));
    std::memcpy(a.to.after + s, w.at, n * sizeof(float));
    for (std::size_t k = 0; k < a.to.n; ++k) {
        double* const sum = a.to.sum[k] + first;
        const double step = a.to.step[k];
#pragma GCC unroll 1
        for (std::size_t l = 0; l < n; ++l)
            sum[l] += static_cast<double>(w.at[l]) * step;
    }
}

/// From the first spike of each target on.
template <class Rule> void take_up_in_order(const Rule& rule, const Arguments& a) {
    if (!a.any_posts) return;
    for (std::size_t s = 0; s < a.row.n; ++s) {
        const std::size_t j = target_of(a.row, s);
        std::size_t age = 0;
        while (age < PostSpikes::k_most && a.posts->stamps(age)[j] >= a.visited)
            ++age;
        while (age-- > 0)
            a.row.weight[s] =
                on_post_spike(rule, a.row.weight[s], a.trace * a.posts->factors(age)[j]);
    }
}

/// Of the n_found synapses whose targets have spiked.
template <class Rule>
[[gnu::always_inline]] inline void take_up_found(const Rule& rule,
                                                 const Arguments& a,
                                                 const std::uint16_t* target,
                                                 float* weight,
                                                 std::uint16_t* found,
                                                 std::size_t n_found) {
    for (std::size_t age = 0; n_found > 0; ++age) {
        const float* const factor = a.posts->factors(age);
        const std::int32_t* const stamp = a.posts->stamps(age + 1);
        std::size_t n_older = 0;
        for (std::size_t k = 0; k < n_found; ++k) {
            const std::uint16_t s = found[k];
            const std::size_t j = target[s];
            weight[s] = on_post_spike(rule, weight[s], a.trace * factor[j]);
            found[n_older] = s;
            n_older += stamp[j] >= a.visited ? 1U : 0U;
        }
        n_found = n_older;
    }
}

/// Only some targets have spiked since the visit, fewer of them twice: those are found first, without
/// branches, because which ones is a coin toss.
template <class Rule>
[[gnu::always_inline]] inline void take_up_sparse(const Rule& rule, const Arguments& a) {
    constexpr std::size_t k_piece = 512;
    std::uint16_t found[k_piece];
    for (std::size_t first = 0; first < a.row.n; first += k_piece) {
        const std::size_t n = std::min(k_piece, a.row.n - first);
        const std::uint16_t* const target = a.row.target + first;
        float* const weight = a.row.weight + first;
        const std::int32_t* const stamp = a.posts->stamps(0);
        std::size_t n_found = 0;
        for (std::size_t s = 0; s < n; ++s) {
            found[n_found] = static_cast<std::uint16_t>(s);
            n_found += stamp[target[s]] >= a.visited ? 1U : 0U;
        }
        take_up_found(rule, a, target, weight, found, n_found);
    }
}

/// The arrival itself. `target(s)`: that of a synapse.
template <class Rule, class TargetOf>
[[gnu::always_inline]] inline void deliver(const Rule& rule, const Arguments& a, TargetOf target) {
    for (std::size_t s = 0; s < a.row.n; ++s) {
        const std::size_t j = target(s);
        float w = a.row.weight[s];
        if (a.to.before != nullptr) a.to.before[s] = w;
        w = on_pre_spike(rule, w, static_cast<float>(a.post_trace[j] * a.minus));
        a.row.weight[s] = w;
        a.to.after[s] = w;
        const auto weight = static_cast<double>(w);
        a.to.sum[0][j] += weight * a.to.step[0];
        if (a.to.n > 1) a.to.sum[1][j] += weight * a.to.step[1];
        if (a.to.n > 2) a.to.sum[2][j] += weight * a.to.step[2];
    }
}

// Values, which are known not to change with the weights.

template <class Rule>
[[gnu::always_inline]] inline void visit_row_of(const Rule rule, const Arguments a) {
    if (a.row.target != nullptr) {
        if (a.any_posts) take_up_sparse(rule, a);
        deliver(rule, a, [&](std::size_t s) { return std::size_t{a.row.target[s]}; });
        return;
    }
    std::size_t s = 0;
    for (; s + k_strip <= a.row.n; s += k_strip)
        visit_dense(rule, a, s, k_strip);
    if (s < a.row.n) visit_dense(rule, a, s, a.row.n - s);
}

template <class Rule>
[[gnu::always_inline]] inline void take_up_row_of(const Rule rule, const Arguments a) {
    if (a.row.target != nullptr) {
        take_up_sparse(rule, a);
        return;
    }
    std::size_t s = 0;
    for (; s + k_strip <= a.row.n; s += k_strip)
        take_up_dense(rule, a, s, k_strip);
    if (s < a.row.n) take_up_dense(rule, a, s, a.row.n - s);
}

// The rules with what is known of them when this is compiled.

template <WeightDependence dependence> PairStdp known(PairStdp rule) {
    rule.dependence = dependence;
    return rule;
}
struct Multiplicative {
    PairStdp rule;
};
struct Additive {
    PairStdp rule;
};

SPIKEWELL_CLONES void visit(const Multiplicative& kind, const Arguments& a) {
    visit_row_of(known<WeightDependence::multiplicative>(kind.rule), a);
}
SPIKEWELL_CLONES void visit(const Additive& kind, const Arguments& a) {
    visit_row_of(known<WeightDependence::additive>(kind.rule), a);
}
SPIKEWELL_CLONES void visit(const InhibitoryStdp& rule, const Arguments& a) {
    visit_row_of(rule, a);
}
SPIKEWELL_CLONES void visit(const TripletStdp& rule, const Arguments& a) {
    visit_row_of(rule, a);
}
SPIKEWELL_CLONES void take_up(const Multiplicative& kind, const Arguments& a) {
    take_up_row_of(known<WeightDependence::multiplicative>(kind.rule), a);
}
SPIKEWELL_CLONES void take_up(const Additive& kind, const Arguments& a) {
    take_up_row_of(known<WeightDependence::additive>(kind.rule), a);
}
SPIKEWELL_CLONES void take_up(const InhibitoryStdp& rule, const Arguments& a) {
    take_up_row_of(rule, a);
}
SPIKEWELL_CLONES void take_up(const TripletStdp& rule, const Arguments& a) {
    take_up_row_of(rule, a);
}

// A rule that is not among them minds the order of the target's spikes.
template <class Kind>
constexpr bool k_any_order =
    std::is_same_v<Kind, Multiplicative> || std::is_same_v<Kind, Additive> ||
    std::is_same_v<Kind, InhibitoryStdp> || std::is_same_v<Kind, TripletStdp>;

// What is known of a rule before its rows are visited.
template <class Rule, class Body> void with_kind(const Rule& rule, Body&& body) {
    body(rule);
}
template <class Body> void with_kind(const PairStdp& rule, Body&& body) {
    if (rule.dependence == WeightDependence::multiplicative) {
        body(Multiplicative{rule});
    } else {
        body(Additive{rule});
    }
}
template <class Body> void with_kind(const PlasticRows& rows, Body&& body) {
    std::visit([&](const auto& rule) { with_kind(rule, body); }, rows.rule);
}

/// What the spikes that were spilled do to a row.
void take_up_spilled(const PlasticRows& rows, const Visit& number, const Row& row) {
    for (const SpilledSpike& spike : rows.spilled) {
        if (spike.stamp < number.visited) continue;
        const float trace = static_cast<float>(number.trace) * spike.factor;
        const auto begin =
            row.target == nullptr
                ? std::size_t{spike.target} - row.first
                : static_cast<std::size_t>(
                      std::lower_bound(row.target, row.target + row.n, spike.target) - row.target);
        for (std::size_t s = begin; s < row.n; ++s) {
            if ((row.target == nullptr ? row.first + s : row.target[s]) != spike.target) break;
            row.weight[s] = on_post_spike(rows.rule, row.weight[s], trace);
        }
    }
}

Arguments arguments_of(const PlasticRows& rows, const Visit& visit, const Row& row) {
    return {&rows.posts,
            rows.post_trace.data(),
            static_cast<float>(visit.trace),
            visit.visited,
            0.0,
            rows.newest_post >= visit.visited,
            row,
            Delivery(Target<1>{})};
}

/// Whether a place holds what one with or without a spike should.
bool is_note(std::int32_t stamp, float factor, bool there, float most_factor) {
    if (!there) return stamp == PostSpikes::k_none && factor == 0.0F;
    return stamp >= 0 && factor >= 0.0F && factor <= most_factor;
}

} // namespace

void PostSpikes::resize(std::size_t n_targets, bool rewarded) {
    // A strip may begin at any target.
    stride_ = (n_targets + std::size_t{2} * k_strip - 1) / k_strip * k_strip;
    stamp_.resize((k_most + 1) * stride_); // none older
    factor_.resize(k_most * stride_);
    if (rewarded) seen_.resize(k_most * stride_);
    newest_.resize(k_most * (stride_ / k_strip));
    n_.resize(n_targets);
    clear();
}

void PostSpikes::clear() {
    std::fill(stamp_.begin(), stamp_.end(), k_none);
    std::fill(factor_.begin(), factor_.end(), 0.0F);
    std::fill(seen_.begin(), seen_.end(), 0.0);
    std::fill(newest_.begin(), newest_.end(), k_none);
    std::fill(n_.begin(), n_.end(), std::uint8_t{0});
    most_ = 0;
}

bool PostSpikes::add(std::size_t target, std::int32_t stamp, float factor, double seen) {
    if (n_[target] == k_most) return false;
    const std::size_t n = n_[target]++;
    most_ = std::max<std::uint32_t>(most_, n_[target]);
    for (std::size_t age = 0; age <= n; ++age) { // each grows older by one
        const std::size_t at = age * stride_ + target;
        std::swap(stamp_[at], stamp);
        std::swap(factor_[at], factor);
        if (!seen_.empty()) std::swap(seen_[at], seen);
        std::int32_t& newest = newest_[age * (stride_ / k_strip) + target / k_strip];
        newest = std::max(newest, stamp_[at]);
    }
    return true;
}

void PostSpikes::scale_factors(float by) {
    for (float& factor : factor_)
        factor *= by;
}

std::optional<PostSpikes::Extent> PostSpikes::extent(double most_factor) const {
    Extent extent;
    std::uint32_t most = 0;
    std::vector<std::int32_t> newest(newest_.size(), k_none);
    for (std::size_t target = 0; target < stride_; ++target) {
        const std::size_t n = target < n_.size() ? n_[target] : 0;
        if (n > k_most) return std::nullopt;
        most = std::max(most, static_cast<std::uint32_t>(n));
        for (std::size_t age = 0; age <= k_most; ++age) {
            const std::int32_t stamp = stamp_[age * stride_ + target];
            const float factor = age < k_most ? factor_[age * stride_ + target] : 0.0F;
            const bool there = age < n;
            if (!is_note(stamp, factor, there, static_cast<float>(most_factor)))
                return std::nullopt;
            if (!there) continue;
            std::int32_t& of_strip = newest[age * (stride_ / k_strip) + target / k_strip];
            of_strip = std::max(of_strip, stamp);
            extent.newest = std::max(extent.newest, stamp);
        }
    }
    if (!std::equal(newest.begin(), newest.end(), newest_.begin(), newest_.end(),
                    [&](std::int32_t least, std::int32_t noted) {
                        // It may be of a spike that has grown older since.
                        return noted >= least && noted <= extent.newest;
                    }))
        return std::nullopt;
    return most == most_ ? std::optional(extent) : std::nullopt;
}

double pre_gain_of(const PlasticRule& rule, double slow_trace) {
    return std::visit(
        [=]<class Rule>(const Rule& r) {
            if constexpr (SeesTriplets<Rule>)
                return pre_gain(r, slow_trace);
            else
                return 1.0;
        },
        rule);
}
double post_gain_of(const PlasticRule& rule, double slow_trace) {
    return std::visit(
        [=]<class Rule>(const Rule& r) {
            if constexpr (SeesTriplets<Rule>)
                return post_gain(r, slow_trace);
            else
                return 1.0;
        },
        rule);
}

double gain_of_post(const PlasticRows& rows, double& slow_trace, double since_ms) {
    const double grown = std::exp(since_ms / rows.slow_minus_ms);
    const double gain = post_gain_of(rows.rule, slow_trace / grown);
    slow_trace += grown;
    return gain;
}

Visit begin_visit(PlasticRows& rows, std::uint32_t source, double t_ms, double frame_ms) {
    Visit visit{rows.trace[source], rows.visited[source], ++rows.now};
    if (rows.slow_plus_ms > 0.0) {
        const double decay = std::exp(-(t_ms - frame_ms) / rows.slow_plus_ms);
        visit.gain = pre_gain_of(rows.rule, rows.slow_trace[source] * decay);
    }
    if (rows.reward) {
        visit.gain = rows.reward->factor.growth(t_ms);
        visit.seen_before = rows.reward->seen[source];
        visit.seen = rows.reward->integral_at(t_ms);
    }
    return visit;
}

void visit_row(PlasticRows& rows,
               const Visit& number,
               double minus,
               const Row& row,
               const Delivery& delivery) {
    if (rows.reward) return visit_rewarded(rows, number, minus * number.gain, row, delivery);
    Arguments a = arguments_of(rows, number, row);
    a.minus = minus * number.gain;
    a.to = delivery;
    const auto target = [&](std::size_t s) { return target_of(row, s); };
    with_kind(rows, [&]<class Kind>(const Kind& kind) {
        if constexpr (k_any_order<Kind>) {
            take_up_spilled(rows, number, row);
            visit(kind, a);
        } else {
            take_up_in_order(kind, a);
            take_up_spilled(rows, number, row); // which came after those
            deliver(kind, a, target);
        }
    });
}

void end_visit(
    PlasticRows& rows, std::uint32_t source, const Visit& number, double plus, double since_ms) {
    rows.visited[source] = number.number;
    rows.trace[source] += plus;
    if (rows.slow_plus_ms > 0.0) rows.slow_trace[source] += std::exp(since_ms / rows.slow_plus_ms);
    if (rows.reward) rows.reward->seen[source] = number.seen;
}

bool wants_settling(const PlasticRows& rows, double t_ms) {
    return rows.posts.nearly_full() || !rows.spilled.empty() ||
           t_ms - rows.first_post_ms > k_oldest_post_taus * rows.tau_plus_ms ||
           rows.now > k_most_visits ||
           (rows.reward && t_ms - rows.reward->factor.origin_ms >
                               k_oldest_eligibility_taus * rows.reward->factor.tau_c_ms);
}

double count_post_spike(
    PlasticRows& rows, std::uint32_t target, double t_ms, double frame_ms, std::int32_t stamp) {
    double gain = 1.0;
    double seen = 0.0;
    if (rows.slow_minus_ms > 0.0)
        gain = gain_of_post(rows, rows.slow_post[target], t_ms - frame_ms);
    if (rows.reward) {
        gain = rows.reward->factor.growth(t_ms);
        seen = rows.reward->integral_at(t_ms);
    }
    const auto factor = static_cast<float>(gain * std::exp((frame_ms - t_ms) / rows.tau_plus_ms));
    if (!rows.posts.add(target, stamp, factor, seen)) {
        rows.spilled.push_back({target, stamp, factor});
        if (rows.reward) rows.reward->spilled_seen.push_back(seen);
    }
    rows.post_trace[target] += std::exp((t_ms - frame_ms) / rows.tau_minus_ms);
    rows.newest_post = std::max(rows.newest_post, stamp);
    rows.first_post_ms = std::min(rows.first_post_ms, t_ms);
    return gain;
}

void take_up_posts(PlasticRows& rows, std::uint32_t source, const Row& row, double t_ms) {
    Visit number{rows.trace[source], rows.visited[source], 0};
    if (rows.reward) {
        number.seen_before = rows.reward->seen[source];
        const double decay = 1.0 / rows.reward->factor.growth(t_ms);
        return settle_rewarded(rows, number, row, rows.reward->integral_at(t_ms), decay);
    }
    const Arguments a = arguments_of(rows, number, row);
    if (!a.any_posts) return; // then none were spilled
    with_kind(rows, [&]<class Kind>(const Kind& kind) {
        if constexpr (k_any_order<Kind>) {
            take_up_spilled(rows, number, row);
            take_up(kind, a);
        } else {
            take_up_in_order(kind, a);
            take_up_spilled(rows, number, row);
        }
    });
}

namespace {
/// Eligibility's frame begins anew.
void begin_frame(RewardedRows& reward, double t_ms) {
    reward.factor = reward.before(t_ms).at(t_ms);
    reward.factor.origin_ms = t_ms;
    reward.factor.integral = 0.0;
    std::fill(reward.seen.begin(), reward.seen.end(), 0.0);
    reward.spilled_seen.clear();
    set_knots(reward, {});
}
} // namespace

void forget_posts(PlasticRows& rows, double t_ms) {
    if (rows.reward) begin_frame(*rows.reward, t_ms);
    rows.posts.clear();
    std::fill(rows.visited.begin(), rows.visited.end(), 0);
    rows.spilled.clear();
    rows.now = 0;
    rows.newest_post = -1;
    rows.first_post_ms = std::numeric_limits<double>::infinity();
}

void move_frame(PlasticRows& rows, double age_ms) {
    for (double& x : rows.trace)
        x *= std::exp(-age_ms / rows.tau_plus_ms);
    for (double& y : rows.post_trace)
        y *= std::exp(-age_ms / rows.tau_minus_ms);
    for (double& x : rows.slow_trace)
        x *= std::exp(-age_ms / rows.slow_plus_ms);
    for (double& y : rows.slow_post)
        y *= std::exp(-age_ms / rows.slow_minus_ms);
    if (rows.newest_post < 0) return; // no notes: nothing is to grow, whatever the factor
    const auto growth = static_cast<float>(std::exp(age_ms / rows.tau_plus_ms));
    rows.posts.scale_factors(growth);
    for (SpilledSpike& spike : rows.spilled)
        spike.factor *= growth;
}

} // namespace spikewell::detail
