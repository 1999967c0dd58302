#include "io/graph_file.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

// Hops and entries on three graphs of tests/data/graphs: G1 random and G2 all-to-all on a SpiNN-5 board, G3
// local on a damaged torus of three. The bounds are the best that public tools reach.

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

io::GraphFile shared_graph(const std::string& name) {
    return io::read_graph(std::string(SPIKEWELL_SOURCE_DIR) + "/tests/data/graphs/" + name +
                              ".json",
                          OneWayLinks::refuse);
}

LayoutStatistics checked(const Graph& graph, const Machine& machine, const MapOptions& options) {
    const Layout layout = map_graph(graph, machine, options);
    REQUIRE(test::faults_of(layout).empty());
    return layout.statistics;
}

} // namespace

TEST_CASE("Annealed G1 has at least 10 % fewer hops than the best of the public tools, 673") {
    const io::GraphFile file = shared_graph("G1");
    CHECK(checked(file.graph, file.machine, {.placer = "anneal"}).hops <= 605);
}

TEST_CASE("All-to-all G2 has as few hops as there can be") {
    const io::GraphFile file = shared_graph("G2");
    CHECK(checked(file.graph, file.machine, {.placer = "anneal"}).hops == 480);
}

TEST_CASE("Annealed G3 has 10 % fewer hops than public tools' 11,800, in any order of vertices") {
    const io::GraphFile file = shared_graph("G3");
    const LayoutStatistics as_given = checked(file.graph, file.machine, {.placer = "anneal"});
    CHECK(as_given.hops <= 10'620);
    CHECK(as_given.table_entries_max <= 150);
    for (const unsigned seed : {5U, 6U, 7U}) {
        const LayoutStatistics other =
            checked(test::shuffled(file.graph, seed), file.machine, {.placer = "anneal"});
        CHECK(other.hops == as_given.hops);
        CHECK(other.table_entries_max == as_given.table_entries_max);
    }
}

TEST_CASE("The default placer maps G3 with fewer than 20,000 hops") {
    const io::GraphFile file = shared_graph("G3");
    CHECK(checked(file.graph, file.machine, {}).hops < 20'000);
}
