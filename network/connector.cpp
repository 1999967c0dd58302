#include "network/connector.hpp"

#include "core/deal.hpp"
#include "core/error.hpp"
#include "network/draws.hpp"
#include "network/synapse_lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace spikewell {

namespace {

using detail::Candidates;
using detail::DegreeDraw;
using detail::Drawn;
using detail::Uniforms;

constexpr std::uint32_t k_max_projection = std::numeric_limits<std::uint16_t>::max();

// Unsigned arithmetic wraps, and a wrapped index is no candidate's: any offset will do.
Candidates sources_of(const ConnectionRule& rule, std::size_t post) {
    const std::size_t same = post - static_cast<std::size_t>(rule.self_offset);
    return {rule.n_pre, rule.self_connections ? rule.n_pre : same};
}
Candidates targets_of(const ConnectionRule& rule, std::size_t pre) {
    const std::size_t same = pre + static_cast<std::size_t>(rule.self_offset);
    return {rule.n_post, rule.self_connections ? rule.n_post : same};
}
bool is_left_out(const ConnectionRule& rule, std::size_t pre, std::size_t post) {
    return sources_of(rule, post).left_out == pre;
}

/// Pairs of the same neuron that are left out among those onto targets first .. end - 1.
std::size_t n_left_out(const ConnectionRule& rule, std::size_t first, std::size_t end) {
    if (rule.self_connections) return 0;
    constexpr auto k_far = static_cast<std::int64_t>(2 * k_max_neurons);
    const std::int64_t offset = std::clamp(rule.self_offset, -k_far, k_far);
    const auto n_pre = static_cast<std::int64_t>(rule.n_pre);
    const std::int64_t from = std::max(std::int64_t{0}, static_cast<std::int64_t>(first) - offset);
    const std::int64_t to = std::min(n_pre, static_cast<std::int64_t>(end) - offset);
    return static_cast<std::size_t>(std::max(std::int64_t{0}, to - from));
}
std::size_t n_left_out(const ConnectionRule& rule) {
    return n_left_out(rule, 0, rule.n_post);
}
/// Pairs that may be connected, onto those targets.
double n_pairs(const ConnectionRule& rule, std::size_t first, std::size_t end) {
    return static_cast<double>(rule.n_pre) * static_cast<double>(end - first) -
           static_cast<double>(n_left_out(rule, first, end));
}

// --- What cannot be met ---

void check_sizes(const ConnectionRule& rule, std::string_view where) {
    for (const std::size_t n : {rule.n_pre, rule.n_post}) {
        if (n > k_max_neurons) {
            throw NetworkError(where, fmt::format("at most 4e9 neurons, got {}", n));
        }
    }
}

/// A degree that each of `n_drawing` neurons draws among n others, of which a neuron may have to
/// leave itself out.
void check_degree(std::string_view where,
                  std::string_view others,
                  std::size_t degree,
                  bool distinct,
                  std::size_t n_drawing,
                  std::size_t n_least) {
    const std::size_t least_needed = distinct ? degree : std::min<std::size_t>(degree, 1);
    if (n_drawing == 0 || least_needed <= n_least) return;
    throw NetworkError(where, fmt::format("{} {}{} for a neuron, but there are only {}", degree,
                                          distinct ? "distinct " : "", others, n_least));
}

std::size_t least_candidates(const ConnectionRule& rule, std::size_t n) {
    return n_left_out(rule) > 0 ? n - 1 : n;
}

void check(const OneToOne&, const ConnectionRule& rule, std::string_view where) {
    if (rule.n_pre == rule.n_post) return;
    throw NetworkError(where, fmt::format("one to one needs ranges of one size, got {} and {}",
                                          rule.n_pre, rule.n_post));
}
void check(const AllToAll&, const ConnectionRule&, std::string_view) {}
void check(const FixedProbability& c, const ConnectionRule&, std::string_view where) {
    detail::check_fields(detail::FieldCheck{where, ""}, c);
}
void check(const FixedIndegree& c, const ConnectionRule& rule, std::string_view where) {
    check_degree(where, "sources", c.indegree, c.distinct, rule.n_post,
                 least_candidates(rule, rule.n_pre));
}
void check(const FixedOutdegree& c, const ConnectionRule& rule, std::string_view where) {
    check_degree(where, "targets", c.outdegree, c.distinct, rule.n_pre,
                 least_candidates(rule, rule.n_post));
}
void check(const FixedTotalNumber& c, const ConnectionRule& rule, std::string_view where) {
    if (c.total == 0 || n_pairs(rule, 0, rule.n_post) > 0.0) return;
    throw NetworkError(where, fmt::format("a total of {} synapses, but there is no pair", c.total));
}
template <class C> // by distance
requires requires(C c) {
    c.periodic;
}
void check(const C& c, const ConnectionRule& rule, std::string_view where) {
    detail::check_fields(detail::FieldCheck{where, ""}, c);
    const std::string lacking = lacking_positions(rule);
    if (!lacking.empty()) throw NetworkError(where, fmt::format("{} {}", Card<C>::key, lacking));
}
void check(const SynapseList& c, const ConnectionRule& rule, std::string_view where) {
    for (const Synapse& s : c.synapses) {
        if (s.pre < rule.n_pre && s.post < rule.n_post) continue;
        throw NetworkError(where, fmt::format("synapse {} -> {} of a list lies outside {} -> {} "
                                              "neurons",
                                              s.pre, s.post, rule.n_pre, rule.n_post));
    }
}

void check(const ConnectionRule& rule, std::string_view where) {
    check_sizes(rule, where);
    std::visit([&](const auto& c) { check(c, rule, where); }, rule.connector);
}

void check_values(const SynapseList& list, std::string_view where) {
    for (const Synapse& s : list.synapses) {
        if (!std::isfinite(s.weight)) {
            throw ParameterError(where, "weight", static_cast<double>(s.weight), "finite");
        }
        if (!(s.delay_ms > 0.0F) || !std::isfinite(s.delay_ms)) {
            throw ParameterError(where, "delay_ms", static_cast<double>(s.delay_ms),
                                 "> 0 and finite");
        }
    }
}

// --- Draws ---

/// Values of one neuron's synapses; constant ones are written once.
void draw_values(const Distribution& distribution,
                 RandomStream& stream,
                 std::size_t n,
                 std::vector<float>& values) {
    if (is_constant(distribution) && values.size() >= n) return;
    values.resize(n);
    fill(distribution, stream, values);
}

// --- Order ---

/// Sorts stably by a key below n_keys, in time linear in the synapses.
template <class Key> void sort_by(SynapseLists& lists, std::size_t n_keys, const Key& key) {
    FilledVector<Synapse>& synapses = lists.synapses;
    const auto less = [&](const Synapse& a, const Synapse& b) { return key(a) < key(b); };
    if (std::is_sorted(synapses.begin(), synapses.end(), less)) return;
    // Few synapses of many neurons: counting would cost more than comparing.
    if (synapses.size() < n_keys / 16) {
        std::stable_sort(synapses.begin(), synapses.end(), less);
        return;
    }
    lists.sorted.reserve(synapses.capacity()); // room for six standard deviations, as there
    lists.sorted.resize(synapses.size());
    deal(synapses, n_keys, lists.places, key,
         [&](std::size_t place, const Synapse& s) { lists.sorted[place] = s; });
    std::swap(synapses, lists.sorted);
}

// --- Expansion ---

/// The synapses of a rule onto a range of its targets.
class Expansion {
  public:
    Expansion(const ConnectionRule& rule,
              std::uint64_t seed,
              std::uint16_t projection,
              const TargetRange& targets,
              SynapseLists& lists)
        : rule_(rule), seed_(seed), projection_(projection), first_(targets.first),
          end_(targets.first + targets.count), lists_(lists), synapses_(lists.synapses) {}

    void run() {
        synapses_.clear();
        if (first_ == end_ || rule_.n_pre == 0) return;
        const double share = static_cast<double>(end_ - first_) / static_cast<double>(rule_.n_post);
        // Of distances, what is to be expected is not known yet.
        if (!distance_law_of(rule_.connector)) reserve(expected_synapses(rule_) * share);
        std::visit([&](const auto& c) { connect(c); }, rule_.connector);
    }

  private:
    void connect(const OneToOne&) {
        connect_targets([](Candidates candidates, Uniforms&, Drawn& drawn, std::size_t post) {
            drawn.clear();
            if (candidates.left_out != post) drawn.push_back(static_cast<std::uint32_t>(post));
        });
    }
    void connect(const AllToAll&) {
        connect_targets([](Candidates candidates, Uniforms&, Drawn& drawn, std::size_t) {
            detail::draw_all(candidates, drawn);
        });
    }
    void connect(const FixedProbability& c) {
        connect_targets([&](Candidates candidates, Uniforms& uniforms, Drawn& drawn, std::size_t) {
            detail::draw_each(c.probability, candidates, uniforms, drawn);
        });
    }
    void connect(const FixedIndegree& c) {
        DegreeDraw draw(c.indegree, c.distinct);
        connect_targets([&](Candidates candidates, Uniforms& uniforms, Drawn& drawn, std::size_t) {
            draw(candidates, uniforms, drawn);
        });
    }
    void connect(const FixedOutdegree& c) {
        DegreeDraw draw(c.outdegree, c.distinct);
        for (std::size_t pre = 0; pre < rule_.n_pre; ++pre) {
            Uniforms uniforms(stream(Purpose::connections, pre));
            draw(targets_of(rule_, pre), uniforms, drawn_);
            draw_values(pre);
            for (std::size_t i = 0; i < drawn_.size(); ++i)
                if (in_range(drawn_[i])) add(pre, drawn_[i], i);
        }
        sort_by_post();
        sort_by_pre();
    }
    void connect(const FixedTotalNumber& c) {
        connect_half(0, rule_.n_post, c.total);
        sort_by_pre();
    }
    template <class C> // by distance
    requires requires(C c) { c.periodic; }
    void connect(const C& c) {
        const DistanceLaw law = *distance_law_of(c);
        std::vector<std::uint32_t> all(rule_.n_pre);
        std::iota(all.begin(), all.end(), 0U);
        const SourceCells cells(*rule_.pre_places, all, law.periodic);
        reserve(expected_of(cells, law));
        for (std::size_t post = first_; post < end_; ++post) {
            RandomStream draws = stream(Purpose::connections, post);
            drawn_.clear();
            cells.draw(law, position_of(*rule_.post_places, post), draws, drawn_);
            std::erase_if(drawn_, [&](auto pre) { return is_left_out(rule_, pre, post); });
            add_drawn(post);
        }
        sort_by_pre();
    }
    void connect(const SynapseList& c) {
        for (const Synapse& s : c.synapses)
            if (in_range(s.post) && !is_left_out(rule_, s.pre, s.post)) synapses_.push_back(s);
        sort_by_post();
        sort_by_pre();
    }

    /// Each target's sources, drawn from its own stream.
    template <class Draw> void connect_targets(Draw&& draw) {
        for (std::size_t post = first_; post < end_; ++post) {
            Uniforms uniforms(stream(Purpose::connections, post));
            draw(sources_of(rule_, post), uniforms, drawn_, post);
            add_drawn(post);
        }
        sort_by_pre();
    }

    /// Gives n synapses to targets first .. end - 1: how many each half gets is binomial, and keyed by where
    /// the halves meet; ranges not asked for are left out.
    void connect_half(std::size_t first, std::size_t end, std::size_t n) {
        if (n == 0 || end <= first_ || first >= end_) return;
        if (end - first > 1) {
            const std::size_t middle = first + (end - first) / 2;
            const double share = n_pairs(rule_, first, middle) / n_pairs(rule_, first, end);
            const std::size_t n_first = detail::draw_binomial(
                n, share, stream(Purpose::connection_counts, middle).uniform());
            connect_half(first, middle, n_first);
            connect_half(middle, end, n - n_first);
            return;
        }
        Uniforms uniforms(stream(Purpose::connections, first));
        drawn_.resize(n);
        detail::draw_with_replacement(sources_of(rule_, first), uniforms, drawn_);
        add_drawn(first);
    }

    /// Synapses from the sources drawn to a target.
    void add_drawn(std::size_t post) {
        draw_values(post);
        for (std::size_t i = 0; i < drawn_.size(); ++i)
            add(drawn_[i], post, i);
    }
    void draw_values(std::size_t neuron) {
        RandomStream values = stream(Purpose::synapse_values, neuron);
        spikewell::draw_values(rule_.weight, values, drawn_.size(), weights_mV_);
        spikewell::draw_values(rule_.delay_ms, values, drawn_.size(), delays_ms_);
        if (rule_.weight_grid) {
            for (float& weight : weights_mV_)
                weight =
                    static_cast<float>(rule_.weight_grid->nearest(static_cast<double>(weight)));
        }
        if (rule_.delay_step_ms == 0.0) return;
        for (float& delay_ms : delays_ms_)
            delay_ms = rounded_delay_ms(static_cast<double>(delay_ms), rule_.delay_step_ms);
    }
    void add(std::size_t pre, std::size_t post, std::size_t i) {
        synapses_.push_back({static_cast<std::uint32_t>(pre), static_cast<std::uint32_t>(post),
                             weights_mV_[i], delays_ms_[i]});
    }

    void sort_by_pre() {
        sort_by(lists_, rule_.n_pre, [](const Synapse& s) { return s.pre; });
    }
    void sort_by_post() {
        sort_by(lists_, end_ - first_, [&](const Synapse& s) { return s.post - first_; });
    }

    [[nodiscard]] bool in_range(std::size_t post) const { return post >= first_ && post < end_; }
    [[nodiscard]] RandomStream stream(Purpose purpose, std::size_t neuron) const {
        return {seed_, purpose, static_cast<std::uint32_t>(neuron), projection_};
    }
    /// Synapses onto the range, as some of its targets have them.
    [[nodiscard]] double expected_of(const SourceCells& cells, const DistanceLaw& law) const {
        constexpr std::size_t k_most = 16;
        const std::size_t n = end_ - first_;
        const std::size_t n_some = std::min(n, k_most);
        double sum = 0.0;
        for (std::size_t k = 0; k < n_some; ++k)
            sum += cells.expected(law, position_of(*rule_.post_places, first_ + k * n / n_some));
        return sum * static_cast<double>(n) / static_cast<double>(n_some);
    }
    /// Six standard deviations more than are expected: moving them all is dear.
    void reserve(double expected) {
        const double mean = std::min(expected, 1e15);
        synapses_.reserve(static_cast<std::size_t>(mean + 6.0 * std::sqrt(mean)) + 1);
    }

    const ConnectionRule& rule_;
    std::uint64_t seed_;
    std::uint16_t projection_;
    std::size_t first_;
    std::size_t end_;
    Drawn drawn_; ///< one neuron's partners
    std::vector<float> weights_mV_;
    std::vector<float> delays_ms_;
    SynapseLists& lists_;
    FilledVector<Synapse>& synapses_;
};

// --- Numbers ---

double expected(const OneToOne&, const ConnectionRule& rule) {
    const bool none = !rule.self_connections && rule.self_offset == 0;
    return none ? 0.0 : static_cast<double>(rule.n_pre);
}
double expected(const AllToAll&, const ConnectionRule& rule) {
    return static_cast<double>(rule.n_pre) * static_cast<double>(rule.n_post) -
           static_cast<double>(n_left_out(rule));
}
double expected(const FixedProbability& c, const ConnectionRule& rule) {
    return c.probability * expected(AllToAll{}, rule);
}
double expected(const FixedIndegree& c, const ConnectionRule& rule) {
    return static_cast<double>(c.indegree) * static_cast<double>(rule.n_post);
}
double expected(const FixedOutdegree& c, const ConnectionRule& rule) {
    return static_cast<double>(c.outdegree) * static_cast<double>(rule.n_pre);
}
double expected(const FixedTotalNumber& c, const ConnectionRule&) {
    return static_cast<double>(c.total);
}
template <class C> // by distance
requires requires(C c) {
    c.periodic;
}
double expected(const C& c, const ConnectionRule& rule) {
    const DistanceLaw law = *distance_law_of(c);
    return expected_pairs(law, *rule.pre_places, rule.n_pre, *rule.post_places, rule.n_post) -
           law.p_max * static_cast<double>(n_left_out(rule));
}
double expected(const SynapseList& c, const ConnectionRule& rule) {
    return static_cast<double>(
        std::count_if(c.synapses.begin(), c.synapses.end(),
                      [&](const Synapse& s) { return !is_left_out(rule, s.pre, s.post); }));
}

} // namespace

void expand(const ConnectionRule& rule,
            std::uint64_t seed,
            std::uint32_t projection,
            const TargetRange& targets,
            SynapseLists& lists) {
    const std::string where = fmt::format("projection {}", projection);
    if (projection > k_max_projection) {
        throw NetworkError(where, fmt::format("at most {} projections", k_max_projection + 1));
    }
    check(rule, where);
    assert(targets.first <= rule.n_post && targets.count <= rule.n_post - targets.first);
    Expansion(rule, seed, static_cast<std::uint16_t>(projection), targets, lists).run();
}

std::vector<Synapse> expand(const ConnectionRule& rule,
                            std::uint64_t seed,
                            std::uint32_t projection,
                            std::size_t first,
                            std::size_t count) {
    SynapseLists lists;
    expand(rule, seed, projection, {first, count}, lists);
    lists.sorted = FilledVector<Synapse>(); // gone; of {} its memory would stay
    return {lists.synapses.begin(), lists.synapses.end()};
}

void validate_pairs(const ConnectionRule& rule, std::string_view where) {
    check(rule, where);
}

void validate(const ConnectionRule& rule, std::string_view where) {
    validate_pairs(rule, where);
    if (const auto* list = std::get_if<SynapseList>(&rule.connector)) {
        check_values(*list, where);
        return;
    }
    constexpr double k_max = std::numeric_limits<double>::max();
    constexpr double k_least_positive = std::numeric_limits<double>::denorm_min();
    validate(rule.weight, where, "weight", -k_max, k_max);
    validate(rule.delay_ms, where, "delay_ms", k_least_positive, k_max);
}

float rounded_delay_ms(double delay_ms, double step_ms) {
    return static_cast<float>(std::max(1.0, std::round(delay_ms / step_ms)) * step_ms);
}

double expected_synapses(const ConnectionRule& rule) {
    return std::visit([&](const auto& c) { return expected(c, rule); }, rule.connector);
}

} // namespace spikewell
