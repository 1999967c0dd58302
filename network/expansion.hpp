#pragma once

#include "network/network.hpp"

namespace spikewell {

/// All synapses of a synaptic projection, as `expand` (connector.hpp) gives them: sorted by (pre,
/// post, draw), indices within the projection's ranges. Throws as `expand` does.
[[nodiscard]] std::vector<Synapse> expand_all(const Network& network, std::uint32_t projection);

/// The same with indices of the populations' neurons, as formats have them that know no ranges.
[[nodiscard]] std::vector<Synapse> expand_among_neurons(const Network& network,
                                                        std::uint32_t projection);

} // namespace spikewell
