#pragma once

#include "mapping/board.hpp"
#include "mapping/graph.hpp"

namespace spikewell::mapping {

/// On boards whose cores list axons (Routing::axons): throws MappingError for the first vertex of
/// more neurons than a core has, of more source neurons than a core listens to, or of more (neuron,
/// target core) pairs than a core sends to. A graph says nothing of synapses: fan-in, weight bits
/// and synapse memory can be checked for networks only.
void require_axons(const Graph& graph, const Board& board);

} // namespace spikewell::mapping
