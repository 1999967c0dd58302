#pragma once

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

/// Connection rules, and statistics of what they make.
namespace spikewell::test {

// Statistical checks have fixed seeds. k_least_p and k_sigmas give false alarms with probability
// 1e-8 and 2e-8 a check, below 1e-6 a test case. Every sample tested against a law is of
// independent draws: of neurons where these are, else of projections.

inline constexpr double k_least_p = 1e-8;
inline constexpr double k_sigmas = 5.6;
inline constexpr std::uint64_t k_seed = 20240607;
inline constexpr std::int64_t k_any_far = std::numeric_limits<std::int64_t>::min();

inline ConnectionRule rule_of(Connector connector, std::size_t n_pre, std::size_t n_post) {
    ConnectionRule rule;
    rule.connector = std::move(connector);
    rule.n_pre = n_pre;
    rule.n_post = n_post;
    rule.weight = Constant{0.5};
    rule.delay_ms = Constant{1.5};
    if (distance_law_of(rule.connector)) { // drawn, the same neurons on both sides
        rule.pre_places = Placement{UniformPositions{{1.0, 0.7}}, 11, 0, 0};
        rule.post_places = rule.pre_places;
    }
    return rule;
}

inline ConnectionRule without_self(ConnectionRule rule, std::int64_t offset = 0) {
    rule.self_connections = false;
    rule.self_offset = offset;
    return rule;
}

inline std::vector<Synapse> all_of(const ConnectionRule& rule,
                                   std::uint32_t projection = 0,
                                   std::uint64_t seed = k_seed) {
    return expand(rule, seed, projection, 0, rule.n_post);
}

inline std::vector<std::size_t> degrees(const std::vector<Synapse>& synapses,
                                        std::uint32_t Synapse::*end,
                                        std::size_t n) {
    std::vector<std::size_t> degree(n);
    for (const Synapse& s : synapses)
        ++degree.at(s.*end);
    return degree;
}
inline std::vector<std::size_t> indegrees(const std::vector<Synapse>& synapses,
                                          std::size_t n_post) {
    return degrees(synapses, &Synapse::post, n_post);
}
inline std::vector<std::size_t> outdegrees(const std::vector<Synapse>& synapses,
                                           std::size_t n_pre) {
    return degrees(synapses, &Synapse::pre, n_pre);
}

inline bool by_pair(const Synapse& a, const Synapse& b) {
    return std::pair{a.pre, a.post} < std::pair{b.pre, b.post};
}
inline bool same_pair(const Synapse& a, const Synapse& b) {
    return a.pre == b.pre && a.post == b.post;
}

inline std::size_t n_self(const std::vector<Synapse>& synapses, std::int64_t offset) {
    return static_cast<std::size_t>(
        std::count_if(synapses.begin(), synapses.end(), [&](const Synapse& s) {
            return static_cast<std::int64_t>(s.post) - static_cast<std::int64_t>(s.pre) == offset;
        }));
}

/// Synapses beyond the first of each pair.
inline std::size_t n_repeated(const std::vector<Synapse>& sorted) {
    std::size_t repeated = 0;
    for (std::size_t i = 1; i < sorted.size(); ++i)
        repeated += same_pair(sorted[i - 1], sorted[i]) ? 1U : 0U;
    return repeated;
}

/// P(chi-square >= that of the counts) when they are multinomial of these weights. Neighbouring
/// cells are merged until each expects 20. What cannot be must not.
inline double chi_square_p(const std::vector<double>& counts, const std::vector<double>& weights) {
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

inline double uniform_p(const std::vector<double>& counts) {
    return chi_square_p(counts, std::vector<double>(counts.size(), 1.0));
}

inline double binomial_p(const std::vector<std::size_t>& sample, std::size_t n, double p) {
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
inline std::vector<std::size_t> degree_over_seeds(const ConnectionRule& rule,
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
inline std::vector<unsigned> source_sets(const std::vector<Synapse>& synapses, std::size_t n_post) {
    std::vector<unsigned> sets(n_post);
    for (const Synapse& s : synapses)
        sets.at(s.post) |= 1U << s.pre;
    return sets;
}
inline std::vector<unsigned> source_sets(const ConnectionRule& rule) {
    return source_sets(all_of(rule), rule.n_post);
}
/// For each source its targets.
inline std::vector<unsigned> target_sets(const ConnectionRule& rule) {
    std::vector<unsigned> sets(rule.n_pre);
    for (const Synapse& s : all_of(rule))
        sets.at(s.pre) |= 1U << s.post;
    return sets;
}

inline std::vector<double> histogram(const std::vector<unsigned>& sets, unsigned n) {
    std::vector<double> counts(n);
    for (const unsigned set : sets)
        ++counts.at(set);
    return counts;
}

inline SynapseList some_list() {
    SynapseList list;
    for (std::uint32_t i = 0; i < 400; ++i) {
        const float value = static_cast<float>(i) + 1.0F;
        list.synapses.push_back({i * 37 % 60, i * i % 60, -value, 0.25F * value});
    }
    return list;
}

/// Every connector between 60 and 60 neurons.
inline std::vector<Connector> connectors() {
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
            FixedTotalNumber{500},
            DistanceGaussian{0.7, 0.2, false},
            DistanceGaussian{0.3, 0.3, true},
            DistanceExponential{1.0, 0.1, false},
            DistanceDisc{0.5, 0.3, true},
            some_list()};
}

/// Of distinct targets without replacement: sum of squared deviations in units that make it
/// chi-square with n - 1 degrees of freedom, as the counts' covariance is
/// draws k / n (1 - k / n) n / (n - 1) (I - J / n).
inline double distinct_uniform_p(const std::vector<std::size_t>& degree, double n_draws, double k) {
    const auto n = static_cast<double>(degree.size());
    const double mean = n_draws * k / n;
    const double variance = mean * (1.0 - k / n) * n / (n - 1.0);
    double x = 0.0;
    for (const std::size_t d : degree)
        x += (static_cast<double>(d) - mean) * (static_cast<double>(d) - mean) / variance;
    return boost::math::cdf(boost::math::complement(boost::math::chi_squared(n - 1.0), x));
}

inline std::vector<double> as_counts(const std::vector<std::size_t>& degree) {
    return {degree.begin(), degree.end()};
}

} // namespace spikewell::test
