#include "mapping/detail/distances.hpp"
#include "mapping/detail/multilevel.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

// Cells, pairs and the placer `multilevel`; that layouts by it are right is in tests/property/test_mapping.cpp.

using namespace spikewell;
using namespace spikewell::mapping;

TEST_CASE("Hops from coordinates are those of the grid, twice over half chips") {
    const std::string preset = GENERATE("12x12", "16x16", "12x28", "spinn5");
    const Machine machine = make_machine(preset);
    const GridMetric metric(machine, Cells::k_parts);
    int n_wrong = 0;
    for (ChipIndex a = 0; a < machine.chips.size(); ++a) {
        for (ChipIndex b = 0; b < machine.chips.size(); ++b) {
            const ChipCoord from = machine.coord(a);
            const ChipCoord to = machine.coord(b);
            const int half_chips = metric(2 * (to.x - from.x), 2 * (to.y - from.y));
            n_wrong += half_chips == 2 * grid_distance(machine, from, to) ? 0 : 1;
        }
    }
    CHECK(n_wrong == 0);
}

TEST_CASE("Squares of chips have all cores of the machine, on every level") {
    const Machine machine = make_machine("16x16");
    const std::vector<ChipIndex> chips = chips_along_curve(machine);
    for (const unsigned level : {0U, 1U, 2U, 3U, 4U}) {
        const Cells cells = make_cells(machine, chips, level);
        std::int64_t cores = 0;
        for (const Cells::Cell& cell : cells.cells)
            cores += cell.cores;
        CHECK(static_cast<std::uint64_t>(cores) == placeable_cores(machine));
        CHECK(cells.beside.size() == cells.cells.size());
    }
}

TEST_CASE("Annealed pairs cost what each packet by itself would travel, and fill no chip too far") {
    const Machine machine = make_machine("spinn5");
    const Graph graph = test::random_graph(400, 6, 3);
    const PairGraph pairs = make_pair_graph(graph, TieWeight::unicast);
    const std::vector<ChipIndex> chips = chips_along_curve(machine);
    const Cells cells = make_cells(machine, chips, 0);
    const GridMetric metric(machine, Cells::k_parts);
    CellOfUnit start;
    for (std::uint32_t v = 0; v < graph.vertices.size(); ++v)
        start.push_back(v % static_cast<std::uint32_t>(cells.cells.size()));
    PairAnnealing annealing(pairs, cells, metric, 0, start);
    const double before = annealing.cost();
    RandomStream random(1, Purpose::placement, 9);
    annealing.run({0.2, 0.01, 50.0}, random);
    std::vector<ChipCoord> at;
    for (const std::uint32_t cell : annealing.cells())
        at.push_back({cells.cells[cell].column, cells.cells[cell].row});
    double hops = 0.0;
    for (const Net& net : graph.nets) {
        for (const VertexIndex sink : net.sinks)
            hops += net.weight * grid_distance(machine, at[net.source], at[sink]);
    }
    CHECK(annealing.cost() == Approx(hops));
    CHECK(annealing.cost() < 0.8 * before);
    std::vector<std::int64_t> on(cells.cells.size(), 0);
    for (const std::uint32_t cell : annealing.cells())
        ++on[cell];
    for (std::uint32_t c = 0; c < on.size(); ++c) {
        CHECK(on[c] == annealing.used(c));
        CHECK(on[c] <= cells.cells[c].cores);
    }
}

TEST_CASE("Neighbourhoods that chips could hold together are not torn apart") {
    const Machine machine = make_machine("12x12");
    const Graph graph = test::local_graph(40, 12, 1);
    const auto hops = [&](const std::string& placer) {
        return static_cast<double>(
            map_graph(graph, machine, {.placer = placer, .effort = 0.1}).statistics.hops);
    };
    CHECK(hops("multilevel") < 0.8 * hops("fast"));
}
