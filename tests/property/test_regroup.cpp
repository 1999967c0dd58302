#include "core/error.hpp"
#include "support/neuron_graphs.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

NeuronGraph any_graph(RandomStream& random, std::uint64_t seed) {
    const auto n = 1 + random.index(600);
    const double degree = 12.0 * random.uniform();
    switch (random.index(4)) {
    case 0:
        return test::random_neurons(n, degree, seed);
    case 1:
        return test::reservoir_neurons(2 + random.index(20), 2, 2.0, degree, seed);
    case 2:
        return test::reservoir_neurons(2 + random.index(6), 3, 1.5, degree, seed);
    default:
        return test::renumbered(test::hierarchical_neurons(16 * (1 + n / 16), 16, 3, degree, seed),
                                seed);
    }
}

CoreBudget any_budget(RandomStream& random, std::size_t n_neurons) {
    CoreBudget budget{"cycles", static_cast<std::int64_t>(20 + random.index(400))};
    for (std::size_t i = 0; i < n_neurons && random.index(1000) > 0; ++i)
        budget.per_axon.push_back(static_cast<std::int64_t>(random.index(5)));
    if (budget.per_axon.size() < n_neurons) budget.per_axon.clear();
    for (std::size_t i = 0; i < n_neurons; ++i)
        budget.per_neuron.push_back(static_cast<std::int64_t>(random.index(7)));
    return budget;
}

} // namespace

TEST_CASE("Limits are kept by whatever graph, or refused in one line", "[regroup]") {
    std::size_t n_grouped = 0;
    std::size_t n_refused = 0;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        RandomStream random(seed, Purpose::connections, 0, 9);
        const NeuronGraph graph = any_graph(random, seed);
        PartLimits limits{static_cast<std::uint32_t>(1 + random.index(80)),
                          static_cast<std::uint32_t>(8 + random.index(200)), 100'000};
        if (random.index(8) == 0) limits.parts = static_cast<std::uint32_t>(1 + random.index(3));
        if (random.index(2) == 0) limits.budgets.push_back(any_budget(random, graph.n_neurons()));
        CAPTURE(seed, graph.n_neurons(), limits.neurons, limits.in_axons);
        try {
            const Regrouping ours = regroup(graph, limits, {.seed = seed, .effort = 0.3});
            REQUIRE(ours.part_of.size() == graph.n_neurons());
            const test::PartSets sets = test::part_sets(graph, ours.part_of);
            REQUIRE(sets.neurons.size() == ours.n_parts);
            REQUIRE(ours.n_parts <= limits.parts);
            REQUIRE(ours.connectivity_Hz ==
                    Approx(sets.connectivity_Hz).epsilon(1e-9).margin(1e-9));
            for (std::size_t part = 0; part < ours.n_parts; ++part) {
                REQUIRE(!sets.neurons[part].empty());
                REQUIRE(sets.neurons[part].size() <= limits.neurons);
                REQUIRE(sets.axons[part].size() <= limits.in_axons);
                for (const CoreBudget& budget : limits.budgets) {
                    std::int64_t used = 0;
                    for (const std::uint32_t neuron : sets.neurons[part])
                        used += budget.per_neuron[neuron];
                    for (const std::uint32_t source : sets.axons[part])
                        used += budget.per_axon.empty() ? 0 : budget.per_axon[source];
                    REQUIRE(used <= budget.most);
                }
            }
            ++n_grouped;
        } catch (const MappingError& error) {
            REQUIRE(std::string(error.what()).find('\n') == std::string::npos);
            REQUIRE(error.needed() > error.available());
            ++n_refused;
        }
    }
    CHECK(n_grouped > 80);
    CHECK(n_refused > 5);
}
