#pragma once

#include "network/network.hpp"

namespace spikewell {

/// Bytes that a simulator of this network takes at its peak, which is while it is built by that many
/// threads; the network is valid. Without what recorders keep.
[[nodiscard]] double required_bytes(const Network& network, int n_threads);

} // namespace spikewell
