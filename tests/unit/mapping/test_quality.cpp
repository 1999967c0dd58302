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

TEST_CASE("G1 has at least 20 % fewer hops than the best of the public tools, 673") {
    const io::GraphFile file = shared_graph("G1");
    CHECK(checked(file.graph, file.machine, {}).hops <= 525);
}

TEST_CASE("All-to-all G2 has as few hops as there can be") {
    const io::GraphFile file = shared_graph("G2");
    CHECK(checked(file.graph, file.machine, {.effort = 0.1}).hops == 480);
}

TEST_CASE("G3 has 15 % fewer hops than public tools' 11,800, in any order of vertices") {
    const io::GraphFile file = shared_graph("G3");
    const LayoutStatistics as_given = checked(file.graph, file.machine, {});
    CHECK(as_given.hops <= 10'000);
    CHECK(as_given.table_entries_max <= 150);
    const double brief = 0.02;
    const LayoutStatistics briefly = checked(file.graph, file.machine, {.effort = brief});
    for (const unsigned seed : {5U, 6U, 7U}) {
        const LayoutStatistics other =
            checked(test::shuffled(file.graph, seed), file.machine, {.effort = brief});
        CHECK(other.hops == briefly.hops);
        CHECK(other.table_entries_max == briefly.table_entries_max);
    }
}

TEST_CASE("A hundredth of the effort is no worse than growing clusters") {
    for (const char* name : {"G1", "G2", "G3"}) {
        const io::GraphFile file = shared_graph(name);
        const LayoutStatistics briefly = checked(file.graph, file.machine, {.effort = 0.01});
        const LayoutStatistics grown = checked(file.graph, file.machine, {.placer = "fast"});
        CHECK(static_cast<double>(briefly.hops) <= 1.02 * static_cast<double>(grown.hops));
    }
}
