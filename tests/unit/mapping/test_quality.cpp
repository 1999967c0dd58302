#include "io/graph_file.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

#include <ctime>

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

/// The same graph with its vertices, and hence its nets, in another order.
Graph shuffled(const Graph& graph, unsigned seed) {
    std::vector<VertexIndex> new_of(graph.vertices.size());
    for (VertexIndex v = 0; v < new_of.size(); ++v)
        new_of[v] = v;
    std::shuffle(new_of.begin(), new_of.end(), std::mt19937(seed));
    Graph result = graph;
    for (VertexIndex v = 0; v < new_of.size(); ++v)
        result.vertices[new_of[v]] = graph.vertices[v];
    for (Net& net : result.nets) {
        net.source = new_of[net.source];
        for (VertexIndex& sink : net.sinks)
            sink = new_of[sink];
    }
    std::sort(result.nets.begin(), result.nets.end(),
              [](const Net& a, const Net& b) { return a.source < b.source; });
    return result;
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
    const LayoutStatistics other =
        checked(shuffled(file.graph, 5), file.machine, {.placer = "anneal"});
    CHECK(static_cast<double>(other.hops) <= 1.02 * static_cast<double>(as_given.hops));
    CHECK(other.table_entries_max <= 150);
}

TEST_CASE("The default placer maps G3 with fewer than 20,000 hops") {
    const io::GraphFile file = shared_graph("G3");
    CHECK(checked(file.graph, file.machine, {}).hops < 20'000);
}
