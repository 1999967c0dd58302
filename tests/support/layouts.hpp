#pragma once

#include "mapping/check.hpp"
#include "mapping/partition.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace spikewell::test {

/// A right layout of a network; slices that need at least so many bytes are spread over more chips.
inline mapping::Layout layout_of(const Network& network,
                                 const mapping::Machine& machine,
                                 const mapping::Pace& pace,
                                 int neurons_per_core = 256,
                                 std::int64_t least_bytes = 0) {
    mapping::Board limits = mapping::board(machine.board);
    limits.core.neurons = neurons_per_core;
    mapping::Partition parts =
        mapping::partition(network, limits, pace, mapping::estimated_rates(network));
    for (mapping::Vertex& vertex : parts.graph.vertices)
        vertex.sdram_bytes = std::max(vertex.sdram_bytes, least_bytes);
    mapping::Layout layout = mapping::map_graph(parts.graph, machine, {});
    layout.populations = parts.populations;
    layout.slices = parts.slices;
    REQUIRE(mapping::check_layout(layout).n_faults == 0);
    return layout;
}

} // namespace spikewell::test
