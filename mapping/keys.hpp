#pragma once

#include "mapping/routing.hpp"

#include <cstdint>
#include <vector>

namespace spikewell::mapping {

/// Keys of one vertex's packets: neuron i's is key + i. The mask fixes all bits above a block whose
/// size is a power of two, and no two blocks overlap.
struct KeyBlock {
    VertexIndex vertex = 0;
    std::uint32_t key = 0;
    std::uint32_t mask = 0;
    std::uint32_t n_keys = 0;
    bool operator==(const KeyBlock&) const = default;
};

/// A block for the source of every net, in the order of nets. Keys are chosen after routing: sources
/// of one chip share a prefix, those among them whose trees are alike share a longer one, and
/// neighbouring chips have neighbouring prefixes, so that tables merge well. Where 32 bits do not
/// suffice for prefixes, blocks are packed; throws MappingError when even that is too much.
[[nodiscard]] std::vector<KeyBlock> allocate_keys(const Graph& graph,
                                                  const Machine& machine,
                                                  const std::vector<RoutingTree>& trees);

} // namespace spikewell::mapping
