#include "core/error.hpp"
#include "mapping/detail/part_limits.hpp"
#include "mapping/detail/regroup_grow.hpp"
#include "mapping/detail/regroup_parts.hpp"
#include "support/neuron_graphs.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

NeuronGraph graph_of_targets(const std::vector<std::vector<std::uint32_t>>& targets,
                             std::vector<double> rates_Hz) {
    NeuronGraph graph;
    graph.rates_Hz = std::move(rates_Hz);
    for (const std::vector<std::uint32_t>& row : targets) {
        graph.targets.insert(graph.targets.end(), row.begin(), row.end());
        graph.target_begin.push_back(graph.targets.size());
    }
    return graph;
}

PartLimits limits_of(std::uint32_t neurons, std::uint32_t in_axons) {
    return {neurons, in_axons, 1'000'000};
}

/// Whether a part of these sets is within the limits; by the definition.
bool is_within(const test::PartSets& sets, std::size_t part, const PartLimits& limits) {
    bool within =
        sets.neurons[part].size() <= limits.neurons && sets.axons[part].size() <= limits.in_axons;
    for (const CoreBudget& budget : limits.budgets) {
        std::int64_t used = 0;
        for (const std::uint32_t neuron : sets.neurons[part])
            used += budget.per_neuron.empty() ? 0 : budget.per_neuron[neuron];
        for (const std::uint32_t source : sets.axons[part])
            used += budget.per_axon.empty() ? 0 : budget.per_axon[source];
        within = within && used <= budget.most;
    }
    return within;
}

/// A budget that neurons and axons of each kind need another part of.
CoreBudget random_budget(std::size_t n_neurons, std::int64_t most, std::uint64_t seed) {
    RandomStream random(seed, Purpose::connections, 0, 2);
    CoreBudget budget{"bytes", most};
    for (std::size_t i = 0; i < n_neurons; ++i) {
        budget.per_neuron.push_back(static_cast<std::int64_t>(random.index(10)));
        budget.per_axon.push_back(static_cast<std::int64_t>(random.index(4)));
    }
    return budget;
}

/// The least connectivity of all groupings within the limits: each neuron in one of the parts before it, or in a new one.
class Enumeration {
  public:
    Enumeration(const NeuronGraph& graph, const PartLimits& limits)
        : graph_(graph), limits_(limits), part_of_(graph.n_neurons(), 0) {
        place(0, 0);
    }
    [[nodiscard]] double least_Hz() const { return least_Hz_; }

  private:
    void place(std::size_t neuron, std::uint32_t n_parts) {
        if (neuron == part_of_.size()) {
            const test::PartSets sets = test::part_sets(graph_, part_of_);
            bool within = true;
            for (std::size_t part = 0; part < n_parts; ++part)
                within = within && is_within(sets, part, limits_);
            if (within) least_Hz_ = std::min(least_Hz_, sets.connectivity_Hz);
            return;
        }
        for (std::uint32_t part = 0; part <= n_parts; ++part) {
            part_of_[neuron] = part;
            place(neuron + 1, std::max(n_parts, part + 1));
        }
    }
    const NeuronGraph& graph_;
    const PartLimits& limits_;
    std::vector<std::uint32_t> part_of_;
    double least_Hz_ = std::numeric_limits<double>::infinity();
};

/// Each candidate's gain is what a move changes, and it fits where the definition says so.
void require_exact_gains(const NeuronGraph& graph,
                         const mapping::detail::Units& units,
                         const std::vector<std::uint32_t>& unit_of,
                         const PartLimits& limits,
                         std::uint64_t seed) {
    RandomStream random(seed, Purpose::connections, 0, 3);
    const std::size_t n_parts = 5;
    std::vector<std::uint32_t> part_of(units.n_units());
    for (std::uint32_t& part : part_of)
        part = static_cast<std::uint32_t>(random.index(n_parts));
    const auto sets_of = [&](const std::vector<std::uint32_t>& parts_of_units) {
        std::vector<std::uint32_t> parts_of_neurons;
        for (const std::uint32_t unit : unit_of)
            parts_of_neurons.push_back(parts_of_units[unit]);
        return test::part_sets(graph, parts_of_neurons);
    };
    mapping::detail::Parts parts(graph, units, limits, part_of, n_parts);
    std::size_t n_looked_at = 0;
    for (int i = 0; i < 60; ++i) {
        const auto unit = static_cast<std::uint32_t>(random.index(units.n_units()));
        const double before_Hz = sets_of(part_of).connectivity_Hz;
        std::vector<double> gain_Hz(n_parts, std::numeric_limits<double>::quiet_NaN());
        for (const mapping::detail::Parts::Candidate& c : parts.candidates(unit))
            gain_Hz[c.part] = c.gain_Hz;
        for (std::uint32_t part = 0; part < n_parts; ++part) {
            if (part == part_of[unit]) continue;
            std::vector<std::uint32_t> moved = part_of;
            moved[unit] = part;
            const test::PartSets after = sets_of(moved);
            const double gain =
                std::isnan(gain_Hz[part]) ? parts.gain_elsewhere_Hz() : gain_Hz[part];
            REQUIRE(gain == Approx(before_Hz - after.connectivity_Hz).margin(1e-9));
            REQUIRE(parts.fits(unit, part) ==
                    (part >= after.neurons.size() || is_within(after, part, limits)));
            ++n_looked_at;
        }
        part_of[unit] = static_cast<std::uint32_t>(random.index(n_parts));
        parts.move(unit, part_of[unit]);
        REQUIRE(parts.part_of() == part_of);
        const test::PartSets sets = sets_of(part_of);
        for (std::size_t part = 0; part < sets.neurons.size(); ++part) {
            REQUIRE(parts.n_neurons(part) == sets.neurons[part].size());
            REQUIRE(parts.n_axons(part) == sets.axons[part].size());
            REQUIRE(parts.within_limits(part) == is_within(sets, part, limits));
        }
    }
    REQUIRE(n_looked_at > 200);
}

} // namespace

TEST_CASE("A source reaches the parts of its targets and its own", "[regroup]") {
    // 0 to itself, 1 and 2; 1 to 2 only; 2 to nobody
    const NeuronGraph graph = graph_of_targets({{0, 1, 2}, {2}, {}}, {1.0, 10.0, 100.0});

    CHECK(connectivity_Hz(graph, {0, 0, 0}) == 0.0);
    CHECK(connectivity_Hz(graph, {0, 1, 1}) == 1.0);
    CHECK(connectivity_Hz(graph, {0, 0, 1}) == 1.0 + 10.0);
    CHECK(connectivity_Hz(graph, {0, 1, 2}) == 2.0 + 10.0);
    CHECK(connectivity_Hz(graph, {7, 3, 7}) == 1.0 + 10.0);
}

TEST_CASE("Connectivity is what sets of reached parts say", "[regroup]") {
    const auto seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{20}));
    const NeuronGraph graph = test::random_neurons(120, 6, seed);
    std::vector<std::uint32_t> part_of;
    RandomStream random(seed, Purpose::connections, 0, 1);
    for (std::size_t i = 0; i < graph.n_neurons(); ++i)
        part_of.push_back(static_cast<std::uint32_t>(random.index(9)));

    CHECK(connectivity_Hz(graph, part_of) ==
          Approx(test::part_sets(graph, part_of).connectivity_Hz).epsilon(1e-12));
}

TEST_CASE("What a move of a neuron or of a cluster saves is what connectivity says", "[regroup]") {
    const auto seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{9}));
    const NeuronGraph graph = test::random_neurons(60, 4, seed);
    PartLimits limits = limits_of(16, 36);
    limits.budgets.push_back(random_budget(60, 125, seed));

    mapping::detail::Units units = mapping::detail::single_neurons(graph, limits);
    std::vector<std::uint32_t> unit_of(60);
    std::iota(unit_of.begin(), unit_of.end(), 0U);
    require_exact_gains(graph, units, unit_of, limits, seed);

    const std::vector<std::uint32_t> pair_of =
        mapping::detail::pair_units(graph, units, limits, 0.5, seed);
    const std::uint32_t n_pairs = 1 + *std::max_element(pair_of.begin(), pair_of.end());
    REQUIRE(n_pairs < 45);
    units = mapping::detail::contract_units(units, pair_of, n_pairs);
    require_exact_gains(graph, units, pair_of, limits, seed);
}

TEST_CASE("Small graphs are grouped as well as can be", "[regroup]") {
    std::size_t n_best = 0;
    std::size_t n_cases = 0;
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        const NeuronGraph graph = test::random_neurons(8, 2.5, seed);
        const PartLimits limits = limits_of(2 + seed % 3, 8);
        const Enumeration all(graph, limits);
        const Regrouping ours = regroup(graph, limits);
        CAPTURE(seed);
        REQUIRE(ours.connectivity_Hz >= all.least_Hz() - 1e-9);
        CHECK(ours.connectivity_Hz <= 1.1 * all.least_Hz() + 1e-9);
        if (ours.connectivity_Hz <= all.least_Hz() + 1e-9) ++n_best;
        ++n_cases;
    }
    CHECK(n_cases == 40);
    CHECK(n_best >= 38);
}

TEST_CASE("Modules without connections between them are found, and packed", "[regroup]") {
    // 32 modules of 40 neurons, each to ten of its own
    const auto draw = [](std::size_t source, RandomStream& random) {
        return source / 40 * 40 + random.index(40);
    };
    const NeuronGraph graph = test::renumbered(test::drawn_graph(32 * 40, 10, 1, draw), 2);

    const Regrouping alone = regroup(graph, limits_of(40, 1000));
    CHECK(alone.connectivity_Hz == 0.0);
    CHECK(alone.n_parts == 32);
    const Regrouping by_twos = regroup(graph, limits_of(100, 1000));
    CHECK(by_twos.connectivity_Hz == 0.0);
    CHECK(by_twos.n_parts == 16);
}

TEST_CASE("Planted modules come back out of a few connections between them", "[regroup]") {
    const auto draw = [](std::size_t source, RandomStream& random) {
        const bool stays = random.uniform() < 0.9;
        return stays ? source / 50 * 50 + random.index(50) : random.index(1000);
    };
    const NeuronGraph planted = test::drawn_graph(1000, 16, 1, draw);
    std::vector<std::uint32_t> module_of;
    for (std::uint32_t i = 0; i < 1000; ++i)
        module_of.push_back(i / 50);

    const Regrouping ours = regroup(test::renumbered(planted, 3), limits_of(60, 1000));
    CHECK(ours.connectivity_Hz <= connectivity_Hz(planted, module_of));
}

TEST_CASE("Modules within modules are cut between the largest", "[regroup]") {
    const auto seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{6}));
    const NeuronGraph graph = test::hierarchical_neurons(4096, 64, 4, 24, seed);
    std::vector<std::uint32_t> module_of;
    for (std::uint32_t i = 0; i < 4096; ++i)
        module_of.push_back(i / 1024);

    const Regrouping ours = regroup(test::renumbered(graph, 3), limits_of(1100, 65536));
    CHECK(ours.n_parts == 4);
    CHECK(ours.connectivity_Hz <= 1.02 * connectivity_Hz(graph, module_of));
}

TEST_CASE("A grouping follows the seed, and not the numbers of neurons", "[regroup]") {
    const NeuronGraph graph = test::random_neurons(3000, 12, 1);
    const PartLimits limits = limits_of(200, 900);
    const Regrouping one = regroup(graph, limits, {.seed = 5});

    CHECK(regroup(graph, limits, {.seed = 5}).part_of == one.part_of);
    CHECK(regroup(graph, limits, {.seed = 6}).part_of != one.part_of);
    const Regrouping other = regroup(test::renumbered(graph, 8), limits, {.seed = 5});
    CHECK(other.n_parts == one.n_parts);
    CHECK(other.connectivity_Hz == Approx(one.connectivity_Hz).epsilon(1e-12));
}

TEST_CASE("Parts whose spikes meet nowhere are still put together", "[regroup]") {
    const NeuronGraph silent = graph_of_targets(std::vector<std::vector<std::uint32_t>>(1000),
                                                std::vector<double>(1000, 0.0));
    CHECK(regroup(silent, limits_of(300, 0)).n_parts == 4);
    CHECK(regroup(NeuronGraph{}, limits_of(1, 1)).n_parts == 0);
}

TEST_CASE("What fits no core is refused in a line that says what", "[regroup]") {
    // everybody to neuron 2
    const NeuronGraph graph = graph_of_targets({{2}, {2}, {2}, {2}}, {1.0, 1.0, 1.0, 1.0});
    CHECK_THROWS_WITH(regroup(graph, limits_of(4, 3)),
                      Catch::Contains("inbound axons of a core") && Catch::Contains("4") &&
                          Catch::Contains("3") && Catch::Contains("neuron 2 alone"));
    PartLimits tight = limits_of(4, 4);
    tight.budgets.push_back({"bytes", 10, {}, {3, 3, 3, 3}});
    CHECK_THROWS_WITH(regroup(graph, tight),
                      Catch::Contains("bytes of a core") && Catch::Contains("12"));
    CHECK_THROWS_WITH(regroup(graph, {2, 4, 1}), Catch::Contains("cores") && Catch::Contains("2"));
    CHECK_THROWS_AS(regroup(graph, {0, 4, 1}), ParameterError);
    CHECK_THROWS_AS(regroup(graph, {1, 4, 0}), ParameterError);
    CHECK_THROWS_AS(regroup(graph, limits_of(4, 4), {.effort = 0.0}), ParameterError);
}

TEST_CASE("Graphs that are none are refused", "[regroup]") {
    const NeuronGraph good = graph_of_targets({{0, 1}, {}}, {1.0, 2.0});
    NeuronGraph graph = good;
    graph.rates_Hz[1] = -1.0;
    CHECK_THROWS_WITH(regroup(graph, limits_of(2, 2)),
                      Catch::Contains("rates_Hz") && Catch::Contains("-1"));
    graph = good;
    graph.targets[1] = 2;
    CHECK_THROWS_WITH(regroup(graph, limits_of(2, 2)),
                      Catch::Contains("targets") && Catch::Contains("2"));
    graph.targets[1] = 0;
    CHECK_THROWS_WITH(regroup(graph, limits_of(2, 2)), Catch::Contains("distinct"));
    graph = good;
    graph.target_begin.pop_back();
    CHECK_THROWS_WITH(regroup(graph, limits_of(2, 2)), Catch::Contains("target_begin"));
    PartLimits limits = limits_of(2, 2);
    limits.budgets.push_back({"cycles", 5, {1}, {}});
    CHECK_THROWS_WITH(regroup(good, limits), Catch::Contains("cycles"));
}

TEST_CASE("Limits have the names of the literature", "[regroup]") {
    CHECK(part_limits("loihi64").neurons == 1024);
    CHECK(part_limits("loihi64").in_axons == 4096);
    CHECK(part_limits("loihi84").parts == 7056);
    CHECK(part_limits("loihi1024").parts == 1024 * 1024);
    CHECK(part_limits("truenorth").in_axons == 256);
    CHECK_THROWS_WITH(part_limits("loihi46"),
                      Catch::Contains("loihi64") && Catch::Contains("truenorth"));
    for (const NamedLimits& one : named_limits())
        CHECK(!one.source.empty());
}
