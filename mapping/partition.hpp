#pragma once

#include "mapping/layout.hpp"
#include "mapping/resources.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace spikewell::mapping {

/// A network cut into what cores run. Vertex v is slice v.
struct Partition {
    Graph graph; ///< nets weigh packets per second
    std::vector<PopulationSize> populations;
    std::vector<Slice> slices;
    std::vector<CoreLoad> loads; ///< [slices]
};

/// Cuts each population into slices of equal size: first as few as would fit if only the packets they
/// need came to them, then ever more, until each fits with those that do come, since a packet goes
/// wherever some neuron of its slice has a row. Neurons of a node stay together, twins lie beside
/// their neurons, Poisson sources and listed spikes have slices of their own. A slice's net ends at
/// the slices onto which some of its neurons have rows.
///
/// Throws MappingError naming the resource, and what would help, when not even a single neuron (or
/// node) fits a core, or when more than `cores` are needed; ParameterError for a pace that makes no
/// sense, NetworkError for a delay of 0.
[[nodiscard]] Partition partition(const Network& network,
                                  const Board& board,
                                  const Pace& pace,
                                  const SpikeRates& rates,
                                  std::uint64_t cores = std::numeric_limits<std::uint64_t>::max());

/// map_graph of what a network was cut into, with its slices. `digest` tells whose they are
/// (MappedNetwork). Throws as map_graph.
[[nodiscard]] Layout map_partition(const Partition& parts,
                                   const Machine& machine,
                                   const MapOptions& options,
                                   const Pace& pace,
                                   const std::string& digest = {});

} // namespace spikewell::mapping
