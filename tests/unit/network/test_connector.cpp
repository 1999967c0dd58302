#include "core/error.hpp"
#include "network/connector.hpp"
#include "support/statistics.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;
using Catch::Matchers::Contains;

// Statistical checks have fixed seeds. k_least_p and k_sigmas give false alarms with probability
// 1e-8 and 2e-8 a check, below 1e-6 a test case. Every sample tested against a law is of
// independent draws: of neurons where these are, else of projections.

namespace {

constexpr double k_least_p = 1e-8;
constexpr double k_sigmas = 5.6;
constexpr std::uint64_t k_seed = 20240607;
constexpr std::int64_t k_any_far = std::numeric_limits<std::int64_t>::min();

ConnectionRule rule_of(Connector connector, std::size_t n_pre, std::size_t n_post) {
    ConnectionRule rule;
    rule.connector = std::move(connector);
    rule.n_pre = n_pre;
    rule.n_post = n_post;
    rule.weight_mV = Constant{0.5};
    rule.delay_ms = Constant{1.5};
    return rule;
}

ConnectionRule without_self(ConnectionRule rule, std::int64_t offset = 0) {
    rule.self_connections = false;
    rule.self_offset = offset;
    return rule;
}

std::vector<Synapse> all_of(const ConnectionRule& rule,
                            std::uint32_t projection = 0,
                            std::uint64_t seed = k_seed) {
    return expand(rule, seed, projection, 0, rule.n_post);
}

std::vector<std::size_t> degrees(const std::vector<Synapse>& synapses,
                                 std::uint32_t Synapse::*end,
                                 std::size_t n) {
    std::vector<std::size_t> degree(n);
    for (const Synapse& s : synapses)
        ++degree.at(s.*end);
    return degree;
}
std::vector<std::size_t> indegrees(const std::vector<Synapse>& synapses, std::size_t n_post) {
    return degrees(synapses, &Synapse::post, n_post);
}
std::vector<std::size_t> outdegrees(const std::vector<Synapse>& synapses, std::size_t n_pre) {
    return degrees(synapses, &Synapse::pre, n_pre);
}

bool by_pair(const Synapse& a, const Synapse& b) {
    return std::pair{a.pre, a.post} < std::pair{b.pre, b.post};
}
bool same_pair(const Synapse& a, const Synapse& b) {
    return a.pre == b.pre && a.post == b.post;
}

std::size_t n_self(const std::vector<Synapse>& synapses, std::int64_t offset) {
    return static_cast<std::size_t>(
        std::count_if(synapses.begin(), synapses.end(), [&](const Synapse& s) {
            return static_cast<std::int64_t>(s.post) - static_cast<std::int64_t>(s.pre) == offset;
        }));
}

/// Synapses beyond the first of each pair.
std::size_t n_repeated(const std::vector<Synapse>& sorted) {
    std::size_t repeated = 0;
    for (std::size_t i = 1; i < sorted.size(); ++i)
        repeated += same_pair(sorted[i - 1], sorted[i]) ? 1U : 0U;
    return repeated;
}

/// P(chi-square >= that of the counts) when they are multinomial of these weights. Neighbouring
/// cells are merged until each expects 20. What cannot be must not.
double chi_square_p(const std::vector<double>& counts, const std::vector<double>& weights) {
    const double n = std::accumulate(counts.begin(), counts.end(), 0.0);
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<std::pair<double, double>> cells{{0.0, 0.0}}; // count, expected
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (weights[i] == 0.0 && counts[i] > 0.0) return 0.0;
        if (cells.back().second >= 20.0) cells.emplace_back(0.0, 0.0);
        cells.back().first += counts[i];
        cells.back().second += n * weights[i] / total;
    }
    if (cells.back().second < 20.0) {
        const auto last = cells.back();
        cells.pop_back();
        REQUIRE(cells.size() >= 2);
        cells.back().first += last.first;
        cells.back().second += last.second;
    }
    double x = 0.0;
    for (const auto& [count, mean] : cells)
        x += (count - mean) * (count - mean) / mean;
    const boost::math::chi_squared law(static_cast<double>(cells.size() - 1));
    return boost::math::cdf(boost::math::complement(law, x));
}

double uniform_p(const std::vector<double>& counts) {
    return chi_square_p(counts, std::vector<double>(counts.size(), 1.0));
}

double binomial_p(const std::vector<std::size_t>& sample, std::size_t n, double p) {
    const boost::math::binomial law(static_cast<double>(n), p);
    std::vector<double> counts(n + 1);
    std::vector<double> weights(n + 1);
    for (const std::size_t k : sample)
        ++counts.at(k);
    for (std::size_t k = 0; k <= n; ++k)
        weights[k] = boost::math::pdf(law, static_cast<double>(k));
    return chi_square_p(counts, weights);
}

/// Degrees of one neuron in many projections: independent where a projection's are not.
std::vector<std::size_t> degree_over_seeds(const ConnectionRule& rule,
                                           std::uint32_t Synapse::*end,
                                           std::uint32_t neuron) {
    std::vector<std::size_t> sample;
    for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
        const auto synapses = all_of(rule, static_cast<std::uint32_t>(seed % 7), seed);
        sample.push_back(static_cast<std::size_t>(std::count_if(
            synapses.begin(), synapses.end(), [&](const Synapse& s) { return s.*end == neuron; })));
    }
    return sample;
}

/// For each target its sources in one number: bit i is set when source i is one.
std::vector<unsigned> source_sets(const ConnectionRule& rule) {
    std::vector<unsigned> sets(rule.n_post);
    for (const Synapse& s : all_of(rule))
        sets.at(s.post) |= 1U << s.pre;
    return sets;
}
/// For each source its targets.
std::vector<unsigned> target_sets(const ConnectionRule& rule) {
    std::vector<unsigned> sets(rule.n_pre);
    for (const Synapse& s : all_of(rule))
        sets.at(s.pre) |= 1U << s.post;
    return sets;
}

std::vector<double> histogram(const std::vector<unsigned>& sets, unsigned n) {
    std::vector<double> counts(n);
    for (const unsigned set : sets)
        ++counts.at(set);
    return counts;
}

SynapseList some_list() {
    SynapseList list;
    for (std::uint32_t i = 0; i < 400; ++i) {
        const float value = static_cast<float>(i) + 1.0F;
        list.synapses.push_back({i * 37 % 60, i * i % 60, -value, 0.25F * value});
    }
    return list;
}

/// Every connector between 60 and 60 neurons.
std::vector<Connector> connectors() {
    return {OneToOne{},
            AllToAll{},
            FixedProbability{0.13},
            FixedProbability{0.9},
            FixedIndegree{9, false},
            FixedIndegree{9, true},
            FixedIndegree{59, true},
            FixedOutdegree{9, false},
            FixedOutdegree{9, true},
            FixedOutdegree{59, true},
            some_list()};
}

/// Of distinct targets without replacement: sum of squared deviations in units that make it
/// chi-square with n - 1 degrees of freedom, as the counts' covariance is
/// draws k / n (1 - k / n) n / (n - 1) (I - J / n).
double distinct_uniform_p(const std::vector<std::size_t>& degree, double n_draws, double k) {
    const auto n = static_cast<double>(degree.size());
    const double mean = n_draws * k / n;
    const double variance = mean * (1.0 - k / n) * n / (n - 1.0);
    double x = 0.0;
    for (const std::size_t d : degree)
        x += (static_cast<double>(d) - mean) * (static_cast<double>(d) - mean) / variance;
    return boost::math::cdf(boost::math::complement(boost::math::chi_squared(n - 1.0), x));
}

std::vector<double> as_counts(const std::vector<std::size_t>& degree) {
    return {degree.begin(), degree.end()};
}

} // namespace

// --- Structure ---

TEST_CASE("One to one connects each neuron with its like") {
    const auto synapses = all_of(rule_of(OneToOne{}, 5, 5));
    REQUIRE(synapses.size() == 5);
    for (std::uint32_t i = 0; i < 5; ++i)
        CHECK(synapses[i] == Synapse{i, i, 0.5F, 1.5F});
    CHECK(all_of(without_self(rule_of(OneToOne{}, 5, 5))).empty());
    CHECK(all_of(without_self(rule_of(OneToOne{}, 5, 5), 1)).size() == 5);
}

TEST_CASE("All to all connects every pair once") {
    const auto synapses = all_of(rule_of(AllToAll{}, 7, 4));
    REQUIRE(synapses.size() == 28);
    for (std::uint32_t i = 0; i < 28; ++i)
        CHECK(synapses[i] == Synapse{i / 4, i % 4, 0.5F, 1.5F});
}

TEST_CASE("Probabilities 0 and 1 are none and all") {
    CHECK(all_of(rule_of(FixedProbability{0.0}, 50, 40)).empty());
    CHECK(all_of(rule_of(FixedProbability{1.0}, 50, 40)) == all_of(rule_of(AllToAll{}, 50, 40)));
    CHECK(all_of(without_self(rule_of(FixedProbability{1.0}, 50, 40), 3)) ==
          all_of(without_self(rule_of(AllToAll{}, 50, 40), 3)));
    CHECK(all_of(rule_of(FixedProbability{1e-300}, 50, 40)).empty());
    CHECK(
        all_of(rule_of(FixedProbability{std::numeric_limits<double>::denorm_min()}, 5, 4)).empty());
}

TEST_CASE("Degrees are exact") {
    const bool distinct = GENERATE(false, true);
    const bool self = GENERATE(false, true);
    const std::size_t degree = GENERATE(0U, 1U, 10U, 29U);
    ConnectionRule in = rule_of(FixedIndegree{degree, distinct}, 30, 50);
    ConnectionRule out = rule_of(FixedOutdegree{degree, distinct}, 50, 30);
    in.self_connections = out.self_connections = self;
    CHECK(indegrees(all_of(in), 50) == std::vector<std::size_t>(50, degree));
    CHECK(outdegrees(all_of(out), 50) == std::vector<std::size_t>(50, degree));
    if (distinct) {
        CHECK(n_repeated(all_of(in)) == 0);
        CHECK(n_repeated(all_of(out)) == 0);
    }
}

TEST_CASE("As many distinct partners as there are, are all of them") {
    const auto all = all_of(rule_of(AllToAll{}, 40, 40));
    CHECK(all_of(rule_of(FixedIndegree{40, true}, 40, 40)) == all);
    CHECK(all_of(rule_of(FixedOutdegree{40, true}, 40, 40)) == all);
    const auto others = all_of(without_self(rule_of(AllToAll{}, 40, 40)));
    CHECK(all_of(without_self(rule_of(FixedIndegree{39, true}, 40, 40))) == others);
    CHECK(all_of(without_self(rule_of(FixedOutdegree{39, true}, 40, 40))) == others);
}

TEST_CASE("No connector makes self connections where they are left out") {
    for (const Connector& connector : connectors()) {
        for (const std::int64_t offset :
             {std::int64_t{0}, std::int64_t{7}, std::int64_t{-7}, std::int64_t{59},
              std::int64_t{60}, std::int64_t{1} << 32, k_any_far, -(k_any_far + 1)}) {
            INFO("connector " << connector.index() << ", offset " << offset);
            const ConnectionRule rule = without_self(rule_of(connector, 60, 60), offset);
            const auto synapses = all_of(rule);
            CHECK(n_self(synapses, offset) == 0);
            if (!std::holds_alternative<FixedProbability>(connector)) {
                CHECK(static_cast<double>(synapses.size()) == expected_synapses(rule));
            }
        }
    }
}

TEST_CASE("All but the self connections are left") {
    CHECK(n_self(all_of(rule_of(AllToAll{}, 60, 60)), 7) == 53);
    // Pre 0 .. 5 are post 2 .. 7 of 0 .. 4: the same are 0-2, 1-3, 2-4.
    const auto synapses = all_of(without_self(rule_of(AllToAll{}, 6, 5), 2));
    CHECK(synapses.size() == 27);
    CHECK(n_self(synapses, 2) == 0);
    CHECK(n_self(all_of(without_self(rule_of(AllToAll{}, 6, 5), -2)), -2) == 0);
    CHECK(all_of(without_self(rule_of(AllToAll{}, 6, 5), -2)).size() == 26);
    CHECK(all_of(without_self(rule_of(AllToAll{}, 6, 5), 5)).size() == 30);
    CHECK(all_of(without_self(rule_of(AllToAll{}, 6, 5), -6)).size() == 30);
}

TEST_CASE("A list keeps each synapse's weight and delay") {
    const std::vector<Synapse> given{{2, 1, 1.0F, 2.0F},
                                     {0, 3, -3.0F, 4.0F},
                                     {2, 0, 5.0F, 6.0F},
                                     {2, 1, 0.0F, 7.0F},
                                     {1, 1, 8.0F, 9.0F}};
    const ConnectionRule rule = rule_of(SynapseList{given}, 3, 4);
    CHECK(all_of(rule) == std::vector<Synapse>{given[1], given[4], given[2], given[0], given[3]});
    CHECK(expand(rule, 1, 0, 1, 1) == std::vector<Synapse>{given[4], given[0], given[3]});
    CHECK(all_of(without_self(rule)) ==
          std::vector<Synapse>{given[1], given[2], given[0], given[3]});
    CHECK(expected_synapses(rule) == 5.0);
    CHECK(expected_synapses(without_self(rule)) == 4.0);
}

TEST_CASE("Nothing comes of empty ranges") {
    for (const Connector& connector : connectors()) {
        const ConnectionRule rule = rule_of(connector, 60, 60);
        CHECK(expand(rule, k_seed, 0, 0, 0).empty());
        CHECK(expand(rule, k_seed, 0, 60, 0).empty());
    }
    const std::vector<Connector> indifferent{OneToOne{},
                                             AllToAll{},
                                             FixedProbability{0.5},
                                             FixedIndegree{3, true},
                                             FixedOutdegree{3, true},
                                             SynapseList{}};
    for (const Connector& connector : indifferent) {
        INFO("connector " << connector.index());
        CHECK(all_of(rule_of(connector, 0, 0)).empty());
        CHECK(expected_synapses(rule_of(connector, 0, 0)) == 0.0);
    }
    CHECK(all_of(rule_of(AllToAll{}, 0, 5)).empty());
    CHECK(all_of(rule_of(AllToAll{}, 5, 0)).empty());
    CHECK(all_of(rule_of(FixedProbability{1.0}, 0, 5)).empty());
    CHECK(all_of(rule_of(FixedIndegree{0, true}, 0, 5)).empty());
    CHECK(all_of(rule_of(FixedOutdegree{std::size_t{1} << 62U, false}, 0, 5)).empty());
    CHECK(all_of(rule_of(FixedIndegree{std::size_t{1} << 62U, false}, 5, 0)).empty());
}

TEST_CASE("Synapses are sorted by pre, then by post") {
    for (const Connector& connector : connectors()) {
        const auto synapses = all_of(rule_of(connector, 60, 60));
        CHECK(std::is_sorted(synapses.begin(), synapses.end(), by_pair));
    }
}

TEST_CASE("Any division of the targets gives the same synapses") {
    const bool self = GENERATE(false, true);
    const std::vector<std::vector<std::size_t>> divisions{
        {0, 60}, {0, 1, 60}, {0, 30, 60}, {0, 59, 60}, {0, 7, 7, 8, 31, 60}};
    for (const Connector& connector : connectors()) {
        ConnectionRule rule = rule_of(connector, 60, 60);
        rule.self_connections = self;
        rule.weight_mV = Normal{1.0, 0.3, -2.0, 1.5};
        rule.delay_ms = Uniform{0.5, 2.0};
        auto divided_singly = std::vector<std::size_t>(61);
        std::iota(divided_singly.begin(), divided_singly.end(), std::size_t{0});
        const auto whole = all_of(rule, 3);
        auto with_single = divisions;
        with_single.push_back(divided_singly);
        for (const auto& ends : with_single) {
            INFO("connector " << connector.index() << ", parts " << ends.size() - 1);
            std::vector<Synapse> joined;
            for (std::size_t part = 0; part + 1 < ends.size(); ++part) {
                const auto some = expand(rule, k_seed, 3, ends[part], ends[part + 1] - ends[part]);
                CHECK(std::is_sorted(some.begin(), some.end(), by_pair));
                for (const Synapse& s : some)
                    if (s.post < ends[part] || s.post >= ends[part + 1]) FAIL("out of range");
                joined.insert(joined.end(), some.begin(), some.end());
            }
            std::stable_sort(joined.begin(), joined.end(), by_pair);
            CHECK(joined == whole);
        }
    }
}

TEST_CASE("Few synapses among many sources are sorted alike") {
    const ConnectionRule rule = rule_of(FixedIndegree{5, false}, 1'000'000, 400);
    const auto whole = all_of(rule);
    std::vector<Synapse> joined;
    for (std::size_t post = 0; post < 400; post += 50) {
        const auto some = expand(rule, k_seed, 0, post, 50);
        CHECK(std::is_sorted(some.begin(), some.end(), by_pair));
        joined.insert(joined.end(), some.begin(), some.end());
    }
    std::stable_sort(joined.begin(), joined.end(), by_pair);
    CHECK(joined == whole);
    CHECK(std::is_sorted(whole.begin(), whole.end(), by_pair));
}

TEST_CASE("Synapses follow from rule, seed and projection alone") {
    for (const Connector& connector :
         {Connector{FixedProbability{0.3}}, Connector{FixedIndegree{9, false}},
          Connector{FixedIndegree{9, true}}, Connector{FixedOutdegree{9, false}},
          Connector{FixedOutdegree{9, true}}}) {
        const ConnectionRule rule = rule_of(connector, 60, 60);
        CHECK(all_of(rule) == all_of(rule));
        CHECK(all_of(rule, 0) != all_of(rule, 1));
        CHECK(all_of(rule, 0) != all_of(rule, 65535));
        CHECK(all_of(rule, 0, 1) != all_of(rule, 0, 2));
        CHECK(all_of(rule, 0, 1) != all_of(rule, 0, 1 + (std::uint64_t{1} << 32U)));
    }
    // Values do not change who is connected.
    ConnectionRule rule = rule_of(FixedIndegree{9, true}, 60, 60);
    const auto constant = all_of(rule);
    rule.weight_mV = rule.delay_ms = Uniform{1.0, 2.0};
    const auto varying = all_of(rule);
    CHECK(std::equal(constant.begin(), constant.end(), varying.begin(), varying.end(), same_pair));
}

// --- Laws ---

TEST_CASE("Degrees of a fixed probability are binomial") {
    const double p = GENERATE(0.003, 0.1, 0.5, 0.95);
    const bool self = GENERATE(false, true);
    ConnectionRule rule = rule_of(FixedProbability{p}, 200, 200);
    rule.self_connections = self;
    const std::size_t n = self ? 200 : 199;
    std::vector<std::size_t> in;
    std::vector<std::size_t> out;
    for (std::uint32_t projection = 0; projection < 100; ++projection) {
        const auto synapses = all_of(rule, projection);
        CHECK(n_repeated(synapses) == 0);
        const auto more_in = indegrees(synapses, 200);
        const auto more_out = outdegrees(synapses, 200);
        in.insert(in.end(), more_in.begin(), more_in.end());
        out.insert(out.end(), more_out.begin(), more_out.end());
    }
    CHECK(binomial_p(in, n, p) > k_least_p);
    CHECK(binomial_p(out, n, p) > k_least_p);
}

TEST_CASE("Degrees of a small probability are binomial among many neurons") {
    const auto synapses = all_of(rule_of(FixedProbability{1e-3}, 5000, 20'000));
    CHECK(binomial_p(indegrees(synapses, 20'000), 5000, 1e-3) > k_least_p);
    CHECK(binomial_p(outdegrees(synapses, 5000), 20'000, 1e-3) > k_least_p);
}

TEST_CASE("Pairs of a fixed probability are independent") {
    // All 256 patterns of 4 sources x 2 successive targets, each with its probability.
    const double p = GENERATE(0.2, 0.5, 0.8);
    const auto sets = source_sets(rule_of(FixedProbability{p}, 4, 200'000));
    std::vector<double> counts(256);
    std::vector<double> weights(256);
    for (std::size_t i = 0; i < sets.size(); i += 2)
        ++counts.at(sets[i] | sets[i + 1] << 4U);
    for (unsigned pattern = 0; pattern < 256; ++pattern) {
        const int present = std::popcount(pattern);
        weights[pattern] = std::pow(p, present) * std::pow(1.0 - p, 8 - present);
    }
    CHECK(chi_square_p(counts, weights) > k_least_p);
}

TEST_CASE("Projections and seeds are independent") {
    // Joint pattern of 4 sources in two of them, at p = 1/2: 256 equally likely.
    const ConnectionRule rule = rule_of(FixedProbability{0.5}, 4, 100'000);
    const auto pattern = [&](std::uint64_t seed, std::uint32_t projection) {
        std::vector<unsigned> sets(rule.n_post);
        for (const Synapse& s : all_of(rule, projection, seed))
            sets.at(s.post) |= 1U << s.pre;
        return sets;
    };
    const auto joint = [](std::vector<unsigned> a, const std::vector<unsigned>& b) {
        for (std::size_t i = 0; i < a.size(); ++i)
            a[i] |= b[i] << 4U;
        return histogram(a, 256);
    };
    CHECK(uniform_p(joint(pattern(1, 0), pattern(1, 1))) > k_least_p);
    CHECK(uniform_p(joint(pattern(1, 0), pattern(2, 0))) > k_least_p);
    CHECK(uniform_p(joint(pattern(1, 1), pattern(2, 0))) > k_least_p);
}

TEST_CASE("Free degrees of a fixed degree are binomial") {
    // One neuron's in many projections. With replacement n draws of probability 1 / 15, without
    // k / 15 of each of 30; no self: among 14 others, and by 29 others (neuron 4 is one of both).
    const std::uint32_t neuron = 4;
    const auto in = [&](bool distinct) { return rule_of(FixedIndegree{3, distinct}, 15, 30); };
    const auto out = [&](bool distinct) { return rule_of(FixedOutdegree{3, distinct}, 30, 15); };
    const auto of_source = [&](const ConnectionRule& rule) {
        return degree_over_seeds(rule, &Synapse::pre, neuron);
    };
    const auto of_target = [&](const ConnectionRule& rule) {
        return degree_over_seeds(rule, &Synapse::post, neuron);
    };
    CHECK(binomial_p(of_source(in(false)), 90, 1.0 / 15.0) > k_least_p);
    CHECK(binomial_p(of_source(in(true)), 30, 3.0 / 15.0) > k_least_p);
    CHECK(binomial_p(of_target(out(false)), 90, 1.0 / 15.0) > k_least_p);
    CHECK(binomial_p(of_target(out(true)), 30, 3.0 / 15.0) > k_least_p);
    // Pre 0 .. 14 are post 0 .. 14: 14 targets draw among 14 with neuron 4, 15 among 15.
    const auto no_self = degree_over_seeds(without_self(in(true)), &Synapse::pre, neuron);
    double sum = 0.0;
    for (const std::size_t d : no_self)
        sum += static_cast<double>(d);
    const double mean = 14.0 * 3.0 / 14.0 + 15.0 * 3.0 / 15.0;
    const double variance = 14.0 * (3.0 / 14.0) * (11.0 / 14.0) + 15.0 * 0.2 * 0.8;
    const auto n = static_cast<double>(no_self.size());
    CHECK(std::abs(sum / n - mean) < k_sigmas * std::sqrt(variance / n));
}

TEST_CASE("Drawn partners are uniform") {
    const auto in = [](bool distinct) {
        return all_of(rule_of(FixedIndegree{20, distinct}, 101, 20'000));
    };
    const auto out = [](bool distinct) {
        return all_of(rule_of(FixedOutdegree{20, distinct}, 20'000, 101));
    };
    CHECK(uniform_p(as_counts(outdegrees(in(false), 101))) > k_least_p);
    CHECK(uniform_p(as_counts(indegrees(out(false), 101))) > k_least_p);
    CHECK(distinct_uniform_p(outdegrees(in(true), 101), 20'000.0, 20.0) > k_least_p);
    CHECK(distinct_uniform_p(indegrees(out(true), 101), 20'000.0, 20.0) > k_least_p);
}

TEST_CASE("Every set of distinct partners is equally likely") {
    const std::size_t k = GENERATE(1U, 2U, 3U, 5U);
    std::vector<double> weights(64);
    for (unsigned set = 0; set < 64; ++set)
        weights[set] = static_cast<std::size_t>(std::popcount(set)) == k ? 1.0 : 0.0;
    const auto in = histogram(source_sets(rule_of(FixedIndegree{k, true}, 6, 60'000)), 64);
    const auto out = histogram(target_sets(rule_of(FixedOutdegree{k, true}, 60'000, 6)), 64);
    CHECK(chi_square_p(in, weights) > k_least_p);
    CHECK(chi_square_p(out, weights) > k_least_p);
}

TEST_CASE("Every set of distinct partners without oneself is equally likely") {
    // Pre 0 .. 5 are neurons 2 .. 7 among the posts: each of these draws 2 of 5, all others of 6.
    const std::uint32_t post = GENERATE(2U, 4U, 7U);
    const ConnectionRule rule = without_self(rule_of(FixedIndegree{2, true}, 6, 9), 2);
    std::vector<double> counts(64);
    std::vector<double> weights(64);
    for (std::uint64_t seed = 0; seed < 30'000; ++seed) {
        unsigned set = 0;
        for (const Synapse& s : expand(rule, seed, 0, post, 1))
            set |= 1U << s.pre;
        ++counts.at(set);
    }
    for (unsigned set = 0; set < 64; ++set) {
        const bool self = (set >> (post - 2U) & 1U) != 0;
        weights[set] = std::popcount(set) == 2 && !self ? 1.0 : 0.0;
        if (weights[set] == 0.0) CHECK(counts[set] == 0.0);
    }
    CHECK(chi_square_p(counts, weights) > k_least_p);
}

TEST_CASE("Partners drawn with replacement are independent") {
    // The multiset of 3 of 4 drawn: 64 equally likely sequences, told apart by their counts.
    for (const bool in : {true, false}) {
        const auto synapses = all_of(in ? rule_of(FixedIndegree{3, false}, 4, 60'000)
                                        : rule_of(FixedOutdegree{3, false}, 60'000, 4));
        std::vector<unsigned> drawn(60'000); // 2 bits of count for each partner
        for (const Synapse& s : synapses)
            drawn[in ? s.post : s.pre] += 1U << 2U * (in ? s.pre : s.post);
        std::vector<double> weights(256);
        for (unsigned sequence = 0; sequence < 64; ++sequence)
            ++weights[(1U << 2U * (sequence & 3U)) + (1U << 2U * (sequence >> 2U & 3U)) +
                      (1U << 2U * (sequence >> 4U))];
        CHECK(chi_square_p(histogram(drawn, 256), weights) > k_least_p);
    }
}

TEST_CASE("Several synapses of a pair are as many as the law says") {
    // Coincidences of draws of one target are pairwise independent: C(100, 2) / 1000 each.
    const auto synapses = all_of(rule_of(FixedIndegree{100, false}, 1000, 2000));
    double coincidences = 0.0;
    for (std::size_t i = 0, run = 0; i < synapses.size(); ++i) {
        run = i > 0 && same_pair(synapses[i - 1], synapses[i]) ? run + 1 : 0;
        coincidences += static_cast<double>(run);
    }
    const double trials = 2000.0 * 100.0 * 99.0 / 2.0;
    const double sd = std::sqrt(trials * 1e-3 * (1.0 - 1e-3));
    CHECK(std::abs(coincidences - trials * 1e-3) < k_sigmas * sd);
    // One source: all synapses are of one pair.
    CHECK(n_repeated(all_of(rule_of(FixedIndegree{7, false}, 1, 10))) == 60);
    CHECK(n_repeated(all_of(rule_of(FixedOutdegree{7, false}, 10, 1))) == 60);
}

// --- Values ---

TEST_CASE("Weights and delays follow their distributions, independently") {
    const Connector connector =
        GENERATE(Connector{AllToAll{}}, Connector{FixedIndegree{300, true}},
                 Connector{FixedIndegree{300, false}}, Connector{FixedOutdegree{300, false}},
                 Connector{FixedProbability{0.7}});
    ConnectionRule rule = rule_of(connector, 400, 400);
    rule.weight_mV = Normal{-1.0, 0.5};
    rule.delay_ms = Uniform{1.0, 3.0};
    std::vector<double> weights;
    std::vector<double> delays;
    double product = 0.0;
    double with_pre = 0.0;
    double with_post = 0.0;
    double pre_square = 0.0;
    double post_square = 0.0;
    for (const Synapse& s : all_of(rule)) {
        weights.push_back(static_cast<double>(s.weight_mV));
        delays.push_back(static_cast<double>(s.delay_ms));
        const double weight = (weights.back() + 1.0) / 0.5;
        const double delay = (delays.back() - 2.0) * std::sqrt(3.0);
        const double pre = s.pre - 199.5;
        const double post = s.post - 199.5;
        product += weight * delay;
        with_pre += (weight + delay) * pre;
        with_post += (weight + delay) * post;
        pre_square += pre * pre;
        post_square += post * post;
    }
    const boost::math::normal normal(-1.0, 0.5);
    const auto p_weights = kolmogorov_p(
        kolmogorov_statistic(weights, [&](double x) { return boost::math::cdf(normal, x); }));
    const auto p_delays = kolmogorov_p(kolmogorov_statistic(
        delays, [](double x) { return std::clamp((x - 1.0) / 2.0, 0.0, 1.0); }));
    CHECK(p_weights > k_least_p);
    CHECK(p_delays > k_least_p);
    // Of values of mean 0, variance 1: standard errors given who is connected.
    CHECK(std::abs(product) < k_sigmas * std::sqrt(static_cast<double>(weights.size())));
    CHECK(std::abs(with_pre) < k_sigmas * std::sqrt(2.0 * pre_square));
    CHECK(std::abs(with_post) < k_sigmas * std::sqrt(2.0 * post_square));
}

TEST_CASE("Every synapse has values of its own") {
    // 2^-24 apart on 1 .. 2: of n = 3600 values n^2 / 2 / 2^23 = 0.8 are expected to be equal to
    // another, more than 20 with probability 1e-18.
    for (const Connector& connector :
         {Connector{AllToAll{}}, Connector{FixedIndegree{60, false}},
          Connector{FixedOutdegree{60, false}}, Connector{FixedIndegree{60, true}}}) {
        ConnectionRule rule = rule_of(connector, 60, 60);
        rule.weight_mV = rule.delay_ms = Uniform{1.0, 2.0};
        std::set<float> weights;
        std::set<float> delays;
        int alike = 0; // 3600 / 2^23 = 4e-4 expected
        for (const Synapse& s : all_of(rule)) {
            weights.insert(s.weight_mV);
            delays.insert(s.delay_ms);
            alike += s.weight_mV == s.delay_ms ? 1 : 0;
        }
        CHECK(alike < 3);
        CHECK(weights.size() > 3580);
        CHECK(delays.size() > 3580);
    }
}

TEST_CASE("Delays stay above 0") {
    ConnectionRule rule = rule_of(AllToAll{}, 10, 10);
    rule.delay_ms = Uniform{1e-60, 1e-50};
    for (const Synapse& s : all_of(rule))
        CHECK(s.delay_ms > 0.0F);
}

TEST_CASE("Constant values are those of the rule") {
    for (const Connector& connector :
         {Connector{AllToAll{}}, Connector{FixedProbability{0.5}}, Connector{FixedOutdegree{5}}}) {
        ConnectionRule rule = rule_of(connector, 30, 30);
        rule.weight_mV = Constant{-0.1};
        const auto synapses = all_of(rule);
        CHECK(std::all_of(synapses.begin(), synapses.end(), [](const Synapse& s) {
            return s.weight_mV == -0.1F && s.delay_ms == 1.5F;
        }));
        // One constant, one not.
        rule.delay_ms = Uniform{1.0, 2.0};
        const auto varying = all_of(rule);
        CHECK(std::all_of(varying.begin(), varying.end(), [](const Synapse& s) {
            return s.weight_mV == -0.1F && s.delay_ms >= 1.0F && s.delay_ms <= 2.0F;
        }));
    }
}

// --- Numbers and errors ---

TEST_CASE("Synapses to expect") {
    CHECK(expected_synapses(rule_of(OneToOne{}, 9, 9)) == 9.0);
    CHECK(expected_synapses(without_self(rule_of(OneToOne{}, 9, 9))) == 0.0);
    CHECK(expected_synapses(rule_of(AllToAll{}, 9, 8)) == 72.0);
    CHECK(expected_synapses(without_self(rule_of(AllToAll{}, 9, 8))) == 64.0);
    CHECK(expected_synapses(without_self(rule_of(AllToAll{}, 9, 8), -3)) == 66.0);
    CHECK(expected_synapses(rule_of(FixedProbability{0.25}, 9, 8)) == 18.0);
    CHECK(expected_synapses(without_self(rule_of(FixedProbability{0.25}, 9, 8))) == 16.0);
    CHECK(expected_synapses(rule_of(FixedIndegree{3, true}, 9, 8)) == 24.0);
    CHECK(expected_synapses(rule_of(FixedOutdegree{3, true}, 9, 8)) == 27.0);
    CHECK(expected_synapses(rule_of(AllToAll{}, 4'000'000'000, 4'000'000'000)) == 1.6e19);
}

TEST_CASE("Rules that cannot be met are rejected") {
    SynapseList pre_outside;
    pre_outside.synapses = {{0, 0, 1.0F, 1.0F}, {10, 0, 1.0F, 1.0F}};
    SynapseList post_outside;
    post_outside.synapses = {{9, 8, 1.0F, 1.0F}};
    const std::vector<ConnectionRule> rules{
        rule_of(OneToOne{}, 10, 8),
        rule_of(FixedIndegree{11, true}, 10, 8),
        rule_of(FixedIndegree{1, false}, 0, 8),
        without_self(rule_of(FixedIndegree{10, true}, 10, 8)),
        without_self(rule_of(FixedIndegree{10, true}, 10, 8), -9),
        without_self(rule_of(FixedIndegree{1, false}, 1, 8)),
        without_self(rule_of(FixedIndegree{1, true}, 1, 8), 7),
        rule_of(FixedOutdegree{9, true}, 10, 8),
        rule_of(FixedOutdegree{1, false}, 10, 0),
        without_self(rule_of(FixedOutdegree{8, true}, 10, 8)),
        without_self(rule_of(FixedOutdegree{1, false}, 10, 1)),
        rule_of(pre_outside, 10, 8),
        rule_of(post_outside, 10, 8),
        rule_of(AllToAll{}, 4'000'000'001, 1),
        rule_of(AllToAll{}, 1, 4'000'000'001)};
    for (std::size_t i = 0; i < rules.size(); ++i) {
        INFO("rule " << i);
        CHECK_THROWS_AS(expand(rules[i], k_seed, 0, 0, 0), NetworkError);
        CHECK_THROWS_AS(validate(rules[i], "here"), NetworkError);
        CHECK_THROWS_WITH(validate(rules[i], "here"), Contains("here: "));
    }
}

TEST_CASE("Rules that can just be met are accepted") {
    SynapseList last;
    last.synapses = {{9, 7, 1.0F, 1.0F}};
    for (const ConnectionRule& rule :
         {rule_of(FixedIndegree{10, true}, 10, 8),
          without_self(rule_of(FixedIndegree{9, true}, 10, 8)),
          without_self(rule_of(FixedIndegree{10, true}, 10, 8), 8),
          without_self(rule_of(FixedIndegree{10, true}, 10, 8), -10),
          without_self(rule_of(FixedIndegree{1, false}, 1, 8), 8),
          without_self(rule_of(FixedIndegree{0, true}, 1, 1)),
          without_self(rule_of(FixedIndegree{30, false}, 10, 8)),
          rule_of(FixedOutdegree{8, true}, 10, 8),
          without_self(rule_of(FixedOutdegree{7, true}, 10, 8)), rule_of(last, 10, 8)}) {
        CHECK_NOTHROW(validate(rule, "here"));
        CHECK(static_cast<double>(all_of(rule).size()) == expected_synapses(rule));
    }
}

TEST_CASE("Projections beyond 65535 have no streams") {
    const ConnectionRule rule = rule_of(FixedIndegree{3, false}, 5, 5);
    CHECK_NOTHROW(all_of(rule, 65535));
    CHECK_THROWS_AS(all_of(rule, 65536), NetworkError);
}

TEST_CASE("Probabilities outside 0 .. 1 are rejected") {
    for (const double p : {-1e-300, std::nextafter(1.0, 2.0), std::nan(""), 1e300}) {
        const ConnectionRule rule = rule_of(FixedProbability{p}, 5, 5);
        CHECK_THROWS_AS(validate(rule, "here"), ParameterError);
        CHECK_THROWS_AS(all_of(rule), ParameterError);
    }
    CHECK_NOTHROW(validate(rule_of(FixedProbability{0.0}, 5, 5), "here"));
    CHECK_NOTHROW(validate(rule_of(FixedProbability{1.0}, 5, 5), "here"));
}

TEST_CASE("Values that no synapse can have are rejected") {
    const auto field = [](const ConnectionRule& rule) -> std::string {
        try {
            validate(rule, "here");
        } catch (const ParameterError& error) {
            return error.field();
        }
        return "";
    };
    ConnectionRule rule = rule_of(AllToAll{}, 5, 5);
    CHECK(field(rule) == "");
    rule.weight_mV = Normal{0.0, -1.0};
    CHECK(field(rule) == "weight_mV");
    rule.weight_mV = Normal{0.0, 1.0};
    CHECK(field(rule) == "");
    rule.delay_ms = Constant{0.0};
    CHECK(field(rule) == "delay_ms");
    rule.delay_ms = Normal{1.0, 0.1}; // at least 1 - 9 x 0.1
    CHECK(field(rule) == "");
    rule.delay_ms = Normal{1.0, 0.12};
    CHECK(field(rule) == "delay_ms");
    rule.delay_ms = Normal{1.0, 0.1, 0.1, 5.0};
    CHECK(field(rule) == "");
    constexpr float k_infinity = std::numeric_limits<float>::infinity();
    const auto list = [](float weight_mV, float delay_ms) {
        SynapseList one;
        one.synapses = {{1, 2, weight_mV, delay_ms}};
        ConnectionRule listed = rule_of(one, 5, 5);
        listed.delay_ms = Constant{-1.0}; // not used
        return listed;
    };
    CHECK(field(list(-3.0F, 0.1F)) == "");
    CHECK(field(list(k_infinity, 0.1F)) == "weight_mV");
    CHECK(field(list(std::nanf(""), 0.1F)) == "weight_mV");
    CHECK(field(list(1.0F, 0.0F)) == "delay_ms");
    CHECK(field(list(1.0F, -1.0F)) == "delay_ms");
    CHECK(field(list(1.0F, k_infinity)) == "delay_ms");
    CHECK(field(list(1.0F, std::nanf(""))) == "delay_ms");
}
