#pragma once

#include "network/distribution.hpp"

namespace spikewell {

/// The least share of draws that a distribution's bounds may keep; the others are drawn again, and
/// 10,000 draws then fail with probability e^-100.
constexpr double k_least_kept_share = 0.01;

/// The share of draws that its bounds keep: 1 where there are none.
[[nodiscard]] double kept_share(const Distribution& distribution);

} // namespace spikewell
