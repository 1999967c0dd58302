#pragma once

#include "mapping/layout.hpp"
#include "network/network.hpp"

#include <optional>
#include <string>

namespace spikewell::mapping {

/// How a network gets onto a machine.
struct NetworkMapOptions {
    MapOptions map;
    std::optional<double> time_step_ms; ///< of a board that has one; none: the board's own
    double slow_down = 1.0;             ///< real time over model time, >= 1
    double rates_from_ms =
        0.0; ///< simulate so long to weigh traffic with rates counted; 0: estimated
    int neurons_per_core = 0; ///< at most so many, twins count; 0: as many as fit
};

/// Cuts the network into slices that fit the machine's cores, and maps them. `name` is the graph's, `digest` tells of
/// which description it is (MappedNetwork). Throws MappingError where it does not fit, and as map_graph.
[[nodiscard]] Layout map_network(const Network& network,
                                 const Machine& machine,
                                 const NetworkMapOptions& options,
                                 const std::string& name,
                                 const std::string& digest);

} // namespace spikewell::mapping
