#include "core/error.hpp"
#include "mapping/vertex_order.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace spikewell;
using namespace spikewell::mapping;
using Catch::Contains;

namespace {

struct Seat {
    ChipIndex chip;
    int core;
    std::uint32_t key;
    bool operator==(const Seat&) const = default;
};

/// Places and keys by label.
std::map<std::string, Seat> seats_of(const Layout& layout) {
    std::map<std::string, Seat> seats;
    for (const Place& place : layout.places)
        seats[layout.graph.vertices[place.vertex].label] = {place.chip, place.core, 0};
    for (const KeyBlock& block : layout.keys)
        seats[layout.graph.vertices[block.vertex].label].key = block.key;
    return seats;
}

} // namespace

TEST_CASE("The order of vertices, nets and sinks in a graph changes nothing, by any placer") {
    const Graph graph = test::random_graph(200, 5, 9);
    const Machine machine = make_machine("spinn5");
    const Graph other = test::shuffled(graph, 7);
    REQUIRE_FALSE(other == graph);
    for (const Placer& placer : placers()) {
        INFO(placer.name);
        const MapOptions options{.placer = placer.name, .effort = 0.01};
        const Layout a = map_graph(graph, machine, options);
        const Layout b = map_graph(other, machine, options);
        CHECK(test::faults_of(b).empty());
        CHECK(seats_of(a) == seats_of(b));
        CHECK(a.tables == b.tables);
    }
}

TEST_CASE("Keys are listed in the order of nets, places in that of vertices") {
    const Layout layout =
        map_graph(test::shuffled(test::random_graph(50, 3, 2), 3), make_machine("spinn5"), {});
    REQUIRE(layout.keys.size() == layout.graph.nets.size());
    for (std::size_t e = 0; e < layout.keys.size(); ++e)
        CHECK(layout.keys[e].vertex == layout.graph.nets[e].source);
    for (std::size_t v = 0; v < layout.places.size(); ++v)
        CHECK(layout.places[v].vertex == v);
}

TEST_CASE("Structural order tells vertices apart by what they are connected to") {
    // A chain a -> b -> c -> d, listed in two ways with other labels: the same order along it.
    const auto chain = [](const std::vector<VertexIndex>& at) {
        Graph graph = test::graph_of(4);
        for (std::size_t i = 0; i < 3; ++i)
            graph.nets.push_back({at[i], {at[i + 1]}, 1.0});
        std::vector<VertexIndex> order = structural_order(graph);
        std::vector<std::size_t> along;
        for (const VertexIndex v : order)
            along.push_back(
                static_cast<std::size_t>(std::find(at.begin(), at.end(), v) - at.begin()));
        return along;
    };
    CHECK(chain({0, 1, 2, 3}) == chain({2, 0, 3, 1}));
    // Vertices that are alike in everything: by label.
    Graph alike = test::graph_of(5);
    std::swap(alike.vertices[0], alike.vertices[4]);
    CHECK(structural_order(alike) == std::vector<VertexIndex>{4, 1, 2, 3, 0});
}

TEST_CASE("Axons and neurons beyond a core's are refused with what is missing") {
    Graph graph = test::graph_of(4, 1000, 0);
    graph.nets = {{0, {1, 2, 3}, 1.0}, {1, {3}, 1.0}, {2, {3}, 1.0}};
    const auto refusal = [&](const char* machine) {
        try {
            (void)map_graph(graph, make_machine(machine), {});
        } catch (const MappingError& error) {
            return std::string(error.what());
        }
        return std::string("none");
    };
    CHECK(refusal("loihi2") == "none");
    CHECK(refusal("spinn3") == "none");
    CHECK_THAT(refusal("brainscales2"),
               Contains("neurons of one core: needed 1000, available 256") &&
                   Contains("vertex v00000"));
    graph.vertices[0].n_keys = 1500;
    CHECK_THAT(refusal("loihi2"),
               Contains("output axons of one core: needed 4500, available 4096") &&
                   Contains("vertex v00000"));
    graph.nets[0].sinks = {3};
    graph.vertices[1].n_keys = 2000;
    CHECK_THAT(refusal("loihi2"),
               Contains("input axons of one core: needed 4500, available 4096") &&
                   Contains("vertex v00003"));
}
