#include "core/error.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

#include <map>

// One suite for every placer, router and minimiser: a new one joins by its line in its table.

using namespace spikewell;
using namespace spikewell::mapping;
using Catch::Contains;

namespace {

constexpr double k_brief = 0.001; ///< of the default effort: the cases are small and many

struct Case {
    std::string name;
    Graph graph;
    Machine machine;
};

Machine damaged_torus() {
    return without(make_machine("spinn5x3"),
                   {{{1, 7}, {9, 10}, {0, 0}},
                    {{{6, 9}, 2}, {{3, 4}, 1}, {{11, 9}, 2}, {{5, 0}, 0}, {{2, 11}, 2}},
                    {{{3, 3}, 4}}},
                   OneWayLinks::repair);
}

std::size_t user_cores_of(const Machine& machine) {
    std::size_t cores = 0;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip)
        cores += static_cast<std::size_t>(user_cores(machine, chip));
    return cores;
}

Graph self_loops(std::size_t n) {
    Graph graph = test::graph_of(n);
    for (VertexIndex v = 0; v < n; ++v)
        graph.nets.push_back({v, {v}, 1.0});
    return graph;
}

/// Traffic across the torus' edges: rings longer than it is wide.
Graph ring(std::size_t n) {
    Graph graph = test::graph_of(n);
    for (VertexIndex v = 0; v < n; ++v)
        graph.nets.push_back({v, {static_cast<VertexIndex>((v + 1) % n)}, 1.0});
    return graph;
}

/// Six of 20 MB fill a chip's memory.
Graph heavy() {
    Graph graph = test::random_graph(24, 3, 8);
    for (Vertex& vertex : graph.vertices)
        vertex.sdram_bytes = 20'000'000;
    return graph;
}

Graph without_nets_or_sinks() {
    Graph graph = test::graph_of(20);
    graph.nets.push_back({3, {}, 1.0});
    graph.nets.push_back({4, {5}, 0.0});
    return graph;
}

std::vector<Case> cases() {
    const Machine spinn3 = make_machine("spinn3");
    const Machine spinn5 = make_machine("spinn5");
    return {{"empty", test::graph_of(0), spinn5},
            {"one vertex", self_loops(1), spinn3},
            {"neither nets nor sinks", without_nets_or_sinks(), spinn3},
            {"exact fit", test::random_graph(user_cores_of(spinn3), 5, 1), spinn3},
            {"exact fit of a board", test::random_graph(user_cores_of(spinn5), 3, 2), spinn5},
            {"exact fit of memory", heavy(), spinn3},
            {"dead chips, links and cores", test::random_graph(400, 6, 3), damaged_torus()},
            {"wrap-around", ring(1500), make_machine("spinn5x3")},
            {"open edges", test::random_graph(300, 4, 4), make_machine("16x16")},
            {"all to all", test::all_to_all_graph(150), spinn5},
            {"self loops", self_loops(60), spinn5},
            {"152 cores a chip", test::random_graph(600, 5, 5), make_machine("spinnaker2")},
            {"one chip", test::random_graph(100, 5, 6), make_machine("loihi2")}};
}

Case bare(Case c) {
    // Boards without shared memory take vertices that need none.
    if (c.machine.board == "loihi2") {
        for (Vertex& vertex : c.graph.vertices)
            vertex.sdram_bytes = 0;
    }
    return c;
}

void require_right(const Case& c, const MapOptions& options) {
    INFO(c.name << ", " << options.placer << ", " << options.router << ", " << options.minimiser
                << ", seed " << options.seed);
    const Layout layout = map_graph(c.graph, c.machine, options);
    REQUIRE(test::faults_of(layout).empty());
    REQUIRE(layout.places.size() == c.graph.vertices.size());
}

} // namespace

TEST_CASE("Every placer, router and minimiser map every case so that the check finds nothing") {
    for (const Case& c : cases()) {
        for (const Placer& placer : placers()) {
            for (const Router& router : routers()) {
                for (const Minimiser& minimiser : minimisers())
                    require_right(bare(c), {placer.name, router.name, minimiser.name, 1, k_brief});
            }
        }
    }
}

TEST_CASE("One vertex too many is refused with what is missing, by every placer") {
    const Machine machine = make_machine("spinn3");
    const Graph graph = test::random_graph(user_cores_of(machine) + 1, 3, 1);
    for (const Placer& placer : placers()) {
        CHECK_THROWS_WITH(map_graph(graph, machine, {.placer = placer.name}),
                          Contains("cores: needed 69, available 68; 1 slices are left over"));
    }
}

TEST_CASE("Too much memory is refused with what is missing, by every placer") {
    const Machine machine = make_machine("spinn3");
    Graph all = test::graph_of(40, 1, 20'000'000);     // more than 4 chips have
    Graph single = test::graph_of(1, 1, 200'000'000);  // more than one chip has
    Graph unpacked = test::graph_of(7, 1, 70'000'000); // one a chip, though 7 would do in sum
    for (const Placer& placer : placers()) {
        const MapOptions options{.placer = placer.name};
        CHECK_THROWS_WITH(map_graph(all, machine, options),
                          Contains("SDRAM bytes: needed 800000000"));
        CHECK_THROWS_WITH(map_graph(single, machine, options), Contains("SDRAM bytes of one chip"));
        CHECK_THROWS_WITH(map_graph(unpacked, machine, options),
                          Contains("3 of 7 slices are left over"));
    }
}

TEST_CASE("A thousand random graphs on damaged machines are mapped rightly") {
    std::mt19937 random(1);
    const std::vector<Machine> machines{make_machine("spinn3"), make_machine("spinn5"),
                                        damaged_torus()};
    std::map<std::string, int> used;
    for (unsigned i = 0; i < 1000; ++i) {
        const Machine& machine = machines[random() % machines.size()];
        const std::size_t most = std::min<std::size_t>(user_cores_of(machine), 120);
        const Case c{fmt::format("random graph {}", i),
                     test::random_graph(1 + random() % most, random() % 9, i), machine};
        const MapOptions options{placers()[random() % placers().size()].name,
                                 routers()[random() % routers().size()].name,
                                 minimisers()[random() % minimisers().size()].name, i, k_brief};
        require_right(c, options);
        ++used[options.placer + options.router + options.minimiser];
    }
    CHECK(used.size() == placers().size() * routers().size() * minimisers().size());
}

TEST_CASE("A layout is a function of the graph, the machine and the seed") {
    const Graph graph = test::random_graph(200, 5, 9);
    const Machine machine = make_machine("spinn5");
    for (const Placer& placer : placers()) {
        const MapOptions options{.placer = placer.name, .effort = 0.01};
        const Layout a = map_graph(graph, machine, options);
        const Layout b = map_graph(graph, machine, options);
        CHECK(a.places == b.places);
        CHECK(a.keys == b.keys);
        CHECK(a.tables == b.tables);
    }
}

TEST_CASE("Minimised tables send every key that was in the table the same way") {
    std::mt19937 random(3);
    for (unsigned round = 0; round < 300; ++round) {
        // Disjoint blocks of 1, 2 or 4 of 256 keys, some left free, with few different routes.
        Table table;
        std::map<std::uint32_t, TableEntry> wanted;
        for (std::uint32_t key = 0; key < 256; key += 4) {
            const std::uint32_t size = 1U << (random() % 3);
            for (std::uint32_t k = key; k < key + 4; k += size) {
                if (random() % 4 == 0) continue;
                Route route;
                const auto link = static_cast<unsigned>(random() % (2 + round % 5));
                route.add_link(link);
                const bool straight = random() % 3 == 0;
                if (!straight && random() % 2 == 0) route.add_core(1 + random() % 2);
                table.push_back({k, ~(size - 1), route, straight && route.is_link(link)});
                for (std::uint32_t i = k; i < k + size; ++i)
                    wanted[i] = table.back();
            }
        }
        REQUIRE(!wanted.empty());
        for (const Minimiser& minimiser : minimisers()) {
            const Table small = minimiser.minimise(table);
            CHECK(small.size() <= table.size());
            for (const auto& [key, entry] : wanted) {
                const auto hit = std::find_if(small.begin(), small.end(), [k = key](const auto& e) {
                    return (k & e.mask) == e.key;
                });
                INFO(minimiser.name << ", round " << round << ", key " << key);
                if (hit == small.end())
                    REQUIRE(entry.defaultable);
                else
                    REQUIRE(hit->route == entry.route);
            }
        }
    }
}

namespace {

/// `n` sources that each go to a random half of 64 sinks: whatever their keys, a chip with many
/// sinks needs an entry for almost every source.
Graph incompressible(std::size_t n) {
    std::mt19937 random(5);
    Graph graph = test::graph_of(n + 64, 1, 1024);
    for (VertexIndex v = 0; v < n; ++v) {
        Net net{v, {}, 1.0};
        for (std::size_t sink = 0; sink < 64; ++sink) {
            if (random() % 2 == 0) net.sinks.push_back(static_cast<VertexIndex>(n + sink));
        }
        graph.nets.push_back(std::move(net));
    }
    return graph;
}

} // namespace

TEST_CASE("Tables that would need more than 1023 entries are made to fit by other places") {
    const Graph graph = incompressible(1600);
    const Machine machine = make_machine("spinn5x3");
    const Layout layout = map_graph(graph, machine, {});
    CHECK(layout.statistics.attempts > 1);
    CHECK(layout.statistics.table_entries_max <= 1023);
    CHECK(test::faults_of(layout).empty());
}

TEST_CASE("Tables that cannot fit are refused with the best length that was reached") {
    // 200 sources with different targets each, on chips that tell 20 apart.
    const Graph graph = incompressible(200);
    Machine machine = make_machine("spinn5x3");
    for (Chip& chip : machine.chips)
        chip.router_entries = std::min(chip.router_entries, 20);
    CHECK_THROWS_AS(map_graph(graph, machine, {}), MappingError);
    CHECK_THROWS_WITH(map_graph(graph, machine, {}),
                      Contains("router entries of one chip: needed") && Contains("available 20") &&
                          Contains("attempts leaves a table of"));
}
