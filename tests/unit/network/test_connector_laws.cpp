#include "support/connectors.hpp"

using namespace spikewell;
using namespace spikewell::test;

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
    rule.weight = Normal{-1.0, 0.5};
    rule.delay_ms = Uniform{1.0, 3.0};
    std::vector<double> weights;
    std::vector<double> delays;
    double product = 0.0;
    double with_pre = 0.0;
    double with_post = 0.0;
    double pre_square = 0.0;
    double post_square = 0.0;
    for (const Synapse& s : all_of(rule)) {
        weights.push_back(static_cast<double>(s.weight));
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
        rule.weight = rule.delay_ms = Uniform{1.0, 2.0};
        std::set<float> weights;
        std::set<float> delays;
        int alike = 0; // 3600 / 2^23 = 4e-4 expected
        for (const Synapse& s : all_of(rule)) {
            weights.insert(s.weight);
            delays.insert(s.delay_ms);
            alike += s.weight == s.delay_ms ? 1 : 0;
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
        rule.weight = Constant{-0.1};
        const auto synapses = all_of(rule);
        CHECK(std::all_of(synapses.begin(), synapses.end(), [](const Synapse& s) {
            return s.weight == -0.1F && s.delay_ms == 1.5F;
        }));
        // One constant, one not.
        rule.delay_ms = Uniform{1.0, 2.0};
        const auto varying = all_of(rule);
        CHECK(std::all_of(varying.begin(), varying.end(), [](const Synapse& s) {
            return s.weight == -0.1F && s.delay_ms >= 1.0F && s.delay_ms <= 2.0F;
        }));
    }
}

// --- A fixed total ---

TEST_CASE("A fixed total is met, and each neuron's share of it is binomial") {
    const ConnectionRule rule = rule_of(FixedTotalNumber{60}, 8, 13);
    CHECK(all_of(rule).size() == 60);
    CHECK(binomial_p(degree_over_seeds(rule, &Synapse::post, 5), 60, 1.0 / 13.0) > k_least_p);
    CHECK(binomial_p(degree_over_seeds(rule, &Synapse::post, 12), 60, 1.0 / 13.0) > k_least_p);
    CHECK(binomial_p(degree_over_seeds(rule, &Synapse::pre, 3), 60, 1.0 / 8.0) > k_least_p);
}

TEST_CASE("Of a fixed total all pairs are equally likely, whichever are left out") {
    // Sources 0 .. 5 are the targets 2 .. 7 of 11: five targets have six sources, six have five.
    const ConnectionRule rule = without_self(rule_of(FixedTotalNumber{400'000}, 6, 11), 2);
    std::vector<double> counts(66);
    std::vector<double> weights(66, 1.0);
    for (std::uint32_t pre = 0; pre < 6; ++pre)
        weights[pre * 11 + pre + 2] = 0.0;
    const auto synapses = all_of(rule);
    CHECK(synapses.size() == 400'000);
    for (const Synapse& s : synapses)
        ++counts[s.pre * 11 + s.post];
    CHECK(chi_square_p(counts, weights) > k_least_p);
}

TEST_CASE("Large totals are halved without bias") {
    // Targets' numbers: Poisson-like about 2,000, so that their sum of squares is chi-square.
    constexpr std::size_t n_post = 3000;
    const auto degree =
        indegrees(all_of(rule_of(FixedTotalNumber{2000 * n_post}, 40, n_post)), n_post);
    std::vector<double> counts(degree.begin(), degree.end());
    const double p = uniform_p(counts);
    CHECK(p > k_least_p);
    CHECK(p < 1.0 - k_least_p);
}
