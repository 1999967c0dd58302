#include "core/process_use.hpp"
#include "io/graph_file.hpp"
#include "support/mapping.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

// Quality and time of mapping on one thread: the graphs of tests/data/graphs; planes of vertices, each to all within two
// steps along the grid, beside plain tiles of 4 x 4; then local graphs of growing size on 240 x 240 chips.
//
//     build/release/bench_mapping [largest number of vertices]

namespace {

using namespace spikewell;
using namespace spikewell::mapping;

void measure(const std::string& name,
             const Graph& graph,
             const Machine& machine,
             const MapOptions& options) {
    const double start = processor_seconds();
    const Layout layout = map_graph(graph, machine, options);
    const double mapped = processor_seconds();
    const LayoutCheck check = check_layout(layout);
    const double checked = processor_seconds();
    const LayoutStatistics& s = layout.statistics;
    fmt::print("{:>8} {:>8} {:>10} {:>9} {:>9} {:>9} {:>8.3f} {:>8.3f} {:>6.2f} {:>7}\n", name,
               graph.vertices.size(), options.placements ? "tiles" : options.placer, s.hops,
               s.table_entries_max, s.table_entries_total, mapped - start, checked - mapped,
               peak_rss_mib() / 1024.0, check.n_faults);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const auto most = static_cast<std::size_t>(argc > 1 ? std::atol(argv[1]) : 100'000);
    fmt::print("{:>8} {:>8} {:>10} {:>9} {:>9} {:>9} {:>8} {:>8} {:>6} {:>7}\n", "graph",
               "vertices", "placer", "hops", "max table", "entries", "map s", "check s", "GiB",
               "faults");
    for (const char* name : {"G1", "G2", "G3"}) {
        const io::GraphFile file = io::read_graph(std::string(SPIKEWELL_SOURCE_DIR) +
                                                      "/tests/data/graphs/" + name + ".json",
                                                  OneWayLinks::refuse);
        for (const char* placer : {"fast", "multilevel"})
            measure(name, file.graph, file.machine, {.placer = placer});
    }
    for (const auto& [side, preset] :
         {std::pair{48U, "12x12"}, {120U, "36x36"}, {600U, "240x240"}}) {
        if (side * side > most) continue;
        const Graph plane = test::plane_graph(side, 2);
        const Machine machine = make_machine(preset);
        measure("plane", plane, machine, {.placements = test::in_tiles(plane, side)});
        measure("plane", plane, machine, {});
    }
    const Machine million = make_machine("240x240");
    for (const std::size_t side : {32U, 56U, 100U, 178U, 317U}) {
        if (side * side <= most + most / 100)
            measure("local", test::local_graph(side, 12, 1), million, {});
    }
}
