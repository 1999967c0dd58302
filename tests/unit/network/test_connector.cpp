#include "core/error.hpp"
#include "support/connectors.hpp"

using namespace spikewell;
using namespace spikewell::test;
using Catch::Matchers::Contains;

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
            if (!std::holds_alternative<FixedProbability>(connector) &&
                !distance_law_of(connector)) {
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
        rule.weight = Normal{1.0, 0.3, -2.0, 1.5};
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
    rule.weight = rule.delay_ms = Uniform{1.0, 2.0};
    const auto varying = all_of(rule);
    CHECK(std::equal(constant.begin(), constant.end(), varying.begin(), varying.end(), same_pair));
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
        rule_of(FixedTotalNumber{1}, 0, 8),
        without_self(rule_of(FixedTotalNumber{1}, 1, 1)),
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
          without_self(rule_of(FixedOutdegree{7, true}, 10, 8)),
          rule_of(FixedTotalNumber{1000}, 10, 8), without_self(rule_of(FixedTotalNumber{9}, 2, 1)),
          rule_of(FixedTotalNumber{0}, 0, 8), rule_of(last, 10, 8)}) {
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
    rule.weight = Normal{0.0, -1.0};
    CHECK(field(rule) == "weight");
    rule.weight = Normal{0.0, 1.0};
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
    CHECK(field(list(k_infinity, 0.1F)) == "weight");
    CHECK(field(list(std::nanf(""), 0.1F)) == "weight");
    CHECK(field(list(1.0F, 0.0F)) == "delay_ms");
    CHECK(field(list(1.0F, -1.0F)) == "delay_ms");
    CHECK(field(list(1.0F, k_infinity)) == "delay_ms");
    CHECK(field(list(1.0F, std::nanf(""))) == "delay_ms");
}
