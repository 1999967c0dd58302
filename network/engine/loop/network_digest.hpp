#pragma once

#include "network/network.hpp"

namespace spikewell::detail {

/// A digest of all that a network's description says, but for the couplings of factorised
/// projections and inverse temperatures, which saved states have.
[[nodiscard]] std::uint64_t digest_of(const Network& network);

} // namespace spikewell::detail
