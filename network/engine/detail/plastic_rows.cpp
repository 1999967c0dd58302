#include "network/engine/detail/plastic_rows.hpp"

#include "network/engine/detail/clones.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

static_assert(PostSpikes::k_most == 16);
using Floats = float __attribute__((vector_size(64), aligned(64), may_alias));
using Ints = std::int32_t __attribute__((vector_size(64), aligned(64), may_alias));

using FewFloats = float __attribute__((vector_size(16), aligned(4), may_alias));
using FewInts = std::int32_t __attribute__((vector_size(16), aligned(4), may_alias));
constexpr std::uint32_t k_few = 4;
// Attributes of types get lost in template arguments, but not in members.
struct All {
    using F = Floats;
    using I = Ints;
};
struct Few {
    using F = FewFloats;
    using I = FewInts;
};

/// Traces of the source at those of a target's spikes that came after the visit; 0 for the others.
/// By the sign: this compiler takes comparisons of vectors apart.
template <class V>
[[gnu::always_inline]] inline void traces_at(const std::int32_t* stamp,
                                             const float* factor,
                                             float trace,
                                             std::int32_t visited,
                                             typename V::F& out) {
    using I = typename V::I;
    const I before = (*reinterpret_cast<const I*>(stamp) - visited) >> 31;
    const I counting = *reinterpret_cast<const I*>(factor) & ~before;
    out = reinterpret_cast<typename V::F>(counting) * trace;
}
/// All elements, combined pairwise.
template <class Combine>
[[gnu::always_inline]] inline float combined(const Floats& given, Combine combine) {
    Floats x = given;
    combine(x, __builtin_shuffle(x, Ints{8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7}));
    combine(x, __builtin_shuffle(x, Ints{4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11}));
    combine(x, __builtin_shuffle(x, Ints{2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13}));
    combine(x, __builtin_shuffle(x, Ints{1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14}));
    return x[0];
}
template <class Combine>
[[gnu::always_inline]] inline float combined(const FewFloats& given, Combine combine) {
    FewFloats x = given;
    combine(x, __builtin_shuffle(x, FewInts{2, 3, 0, 1}));
    combine(x, __builtin_shuffle(x, FewInts{1, 0, 3, 2}));
    return x[0];
}

/// What a rule makes of a target's spikes: `kind.combined(traces)`, of the last few where there were
/// no more since the visit, as there mostly were not.
template <class Kind>
[[gnu::always_inline]] inline float effect_of(
    const Kind& kind, const PostSpikes& posts, std::uint32_t n, float trace, std::int32_t visited) {
    const std::uint32_t first = n > k_few ? n - k_few : 0;
    if (first > 0 && posts.stamp[first - 1] >= visited) [[unlikely]] {
        Floats traces;
        traces_at<All>(posts.stamp.data(), posts.factor.data(), trace, visited, traces);
        return kind.template effect<All>(traces);
    }
    FewFloats traces;
    traces_at<Few>(posts.stamp.data() + first, posts.factor.data() + first, trace, visited, traces);
    return kind.template effect<Few>(traces);
}

// Several spikes of a target at once: potentiation only, so that bounds may wait for the last.

struct Multiplicative {
    PairStdp rule;
    /// What is left of w_max - w.
    template <class V> [[gnu::always_inline]] float effect(const typename V::F& traces) const {
        using F = typename V::F;
        using I = typename V::I;
        const F left = 1.0F - static_cast<float>(rule.lambda) * traces;
        const I bits = reinterpret_cast<I>(left);
        return combined(reinterpret_cast<F>(bits & ~(bits >> 31)),
                        [](auto& x, const auto& other) { x *= other; });
    }
    [[gnu::always_inline]] float apply(float w, float left) const {
        const auto w_max = static_cast<float>(rule.w_max_mV);
        return w + (w_max - w) * (1.0F - left);
    }
};
/// Rules that add in proportion to the trace.
template <class Rule> struct Adding {
    Rule rule;
    template <class V> [[gnu::always_inline]] float effect(const typename V::F& traces) const {
        return combined(traces, [](auto& x, const auto& other) { x += other; });
    }
    [[gnu::always_inline]] float apply(float w, float sum) const {
        return on_post_spike(rule, w, sum);
    }
};
using Additive = Adding<PairStdp>;
using Inhibitory = Adding<InhibitoryStdp>;

struct Arguments {
    const PostSpikes* posts;
    const std::int32_t* newest;
    const std::uint8_t* n_posts;
    const double* post_trace;
    float trace;
    std::int32_t visited;
    double minus;
    bool any_posts; ///< since the visit
    Row row;
    Delivery to;
};

/// Only some targets have spiked since the visit: those are found first, without branches, because
/// which ones is a coin toss.
template <class Kind>
[[gnu::always_inline]] inline void take_up_synapses(const Kind& given, const Arguments& arguments) {
    const Kind kind = given; // known not to change with the weights
    const Arguments a = arguments;
    constexpr std::size_t k_piece = 512;
    std::uint16_t found[k_piece];
    for (std::size_t first = 0; first < a.row.n; first += k_piece) {
        const std::size_t n = std::min(k_piece, a.row.n - first);
        const std::uint16_t* const target = a.row.target + first;
        float* const weight = a.row.weight + first;
        const std::size_t dense_target = a.row.first + first;
        std::size_t n_found = 0;
        for (std::size_t s = 0; s < n; ++s) {
            const std::size_t j = a.row.target == nullptr ? dense_target + s : target[s];
            found[n_found] = static_cast<std::uint16_t>(s);
            n_found += a.newest[j] >= a.visited ? 1U : 0U;
        }
        for (std::size_t k = 0; k < n_found; ++k) {
            const std::size_t s = found[k];
            const std::size_t j = a.row.target == nullptr ? dense_target + s : target[s];
            weight[s] = kind.apply(weight[s],
                                   effect_of(kind, a.posts[j], a.n_posts[j], a.trace, a.visited));
        }
    }
}

template <class Kind, bool dense>
[[gnu::always_inline]] inline void visit_synapses(const Kind& given, const Arguments& arguments) {
    const Kind kind = given;
    const Arguments a = arguments;
    if (a.any_posts) take_up_synapses(kind, a);
    for (std::size_t s = 0; s < a.row.n; ++s) {
        const std::size_t j = dense ? a.row.first + s : a.row.target[s];
        float w = a.row.weight[s];
        if (a.to.before != nullptr) a.to.before[s] = w;
        w = on_pre_spike(kind.rule, w, static_cast<float>(a.post_trace[j] * a.minus));
        a.row.weight[s] = w;
        a.to.after[s] = w;
        a.to.y[j] += static_cast<double>(w) * a.to.y_step;
        if (a.to.g != nullptr) a.to.g[j] += static_cast<double>(w) * a.to.g_step;
    }
}

SPIKEWELL_CLONES void visit(const Multiplicative& kind, const Arguments& a) {
    a.row.target == nullptr ? visit_synapses<Multiplicative, true>(kind, a)
                            : visit_synapses<Multiplicative, false>(kind, a);
}
SPIKEWELL_CLONES void visit(const Additive& kind, const Arguments& a) {
    a.row.target == nullptr ? visit_synapses<Additive, true>(kind, a)
                            : visit_synapses<Additive, false>(kind, a);
}
SPIKEWELL_CLONES void visit(const Inhibitory& kind, const Arguments& a) {
    a.row.target == nullptr ? visit_synapses<Inhibitory, true>(kind, a)
                            : visit_synapses<Inhibitory, false>(kind, a);
}
SPIKEWELL_CLONES void take_up(const Multiplicative& kind, const Arguments& a) {
    take_up_synapses(kind, a);
}
SPIKEWELL_CLONES void take_up(const Additive& kind, const Arguments& a) {
    take_up_synapses(kind, a);
}
SPIKEWELL_CLONES void take_up(const Inhibitory& kind, const Arguments& a) {
    take_up_synapses(kind, a);
}

template <class Body> void with_kind(const PlasticRows& rows, Body&& body) {
    if (const auto* inhibitory = std::get_if<InhibitoryStdp>(&rows.rule)) {
        body(Inhibitory{*inhibitory});
    } else if (const auto& pair = std::get<PairStdp>(rows.rule);
               pair.dependence == WeightDependence::multiplicative) {
        body(Multiplicative{pair});
    } else {
        body(Additive{pair});
    }
}

// Spikes noted longer ago would need factors of an awkward size.
constexpr double k_oldest_post = 10.0; // tau_plus
constexpr std::int32_t k_most_visits = 1 << 30;

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
            std::visit(
                [&](const auto& rule) {
                    row.weight[s] = on_post_spike(rule, row.weight[s], trace);
                },
                rows.rule);
        }
    }
}

Arguments arguments_of(const PlasticRows& rows, const Visit& visit, const Row& row) {
    return {rows.posts.data(),
            rows.newest.data(),
            rows.n_posts.data(),
            rows.post_trace.data(),
            static_cast<float>(visit.trace),
            visit.visited,
            0.0,
            rows.newest_post >= visit.visited,
            row,
            {}};
}

} // namespace

Visit begin_visit(PlasticRows& rows, std::uint32_t source) {
    return {rows.trace[source], rows.visited[source], ++rows.now};
}

void visit_row(const PlasticRows& rows,
               const Visit& number,
               double minus,
               const Row& row,
               const Delivery& delivery) {
    if (!rows.spilled.empty()) take_up_spilled(rows, number, row);
    Arguments a = arguments_of(rows, number, row);
    a.minus = minus;
    a.to = delivery;
    with_kind(rows, [&](const auto& kind) { visit(kind, a); });
}

void end_visit(PlasticRows& rows, std::uint32_t source, const Visit& number, double plus) {
    rows.visited[source] = number.number;
    rows.trace[source] += plus;
}

bool wants_settling(const PlasticRows& rows, double t_ms) {
    return rows.most_posts + 1 >= PostSpikes::k_most || !rows.spilled.empty() ||
           t_ms - rows.first_post_ms > k_oldest_post * rows.tau_plus_ms || rows.now > k_most_visits;
}

void count_post_spike(
    PlasticRows& rows, std::uint32_t target, double t_ms, double frame_ms, std::int32_t stamp) {
    const auto factor = static_cast<float>(std::exp((frame_ms - t_ms) / rows.tau_plus_ms));
    if (const std::uint8_t n = rows.n_posts[target]; n < PostSpikes::k_most) {
        rows.posts[target].stamp[n] = stamp;
        rows.posts[target].factor[n] = factor;
        rows.most_posts = std::max<std::uint32_t>(rows.most_posts, ++rows.n_posts[target]);
    } else {
        rows.spilled.push_back({target, stamp, factor});
    }
    rows.post_trace[target] += std::exp((t_ms - frame_ms) / rows.tau_minus_ms);
    rows.newest_post = std::max(rows.newest_post, stamp);
    rows.newest[target] = std::max(rows.newest[target], stamp);
    rows.first_post_ms = std::min(rows.first_post_ms, t_ms);
}

void take_up_posts(const PlasticRows& rows, const Visit& number, const Row& row) {
    if (!rows.spilled.empty()) take_up_spilled(rows, number, row);
    const Arguments a = arguments_of(rows, number, row);
    if (!a.any_posts) return;
    with_kind(rows, [&](const auto& kind) { take_up(kind, a); });
}

void forget_posts(PlasticRows& rows) {
    std::fill(rows.posts.begin(), rows.posts.end(), PostSpikes{});
    std::fill(rows.newest.begin(), rows.newest.end(), -1);
    std::fill(rows.n_posts.begin(), rows.n_posts.end(), std::uint8_t{0});
    std::fill(rows.visited.begin(), rows.visited.end(), 0);
    rows.most_posts = 0;
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
    const auto growth = static_cast<float>(std::exp(age_ms / rows.tau_plus_ms));
    for (PostSpikes& posts : rows.posts) {
        for (float& factor : posts.factor)
            factor *= growth;
    }
    for (SpilledSpike& spike : rows.spilled)
        spike.factor *= growth;
}

} // namespace spikewell::detail
