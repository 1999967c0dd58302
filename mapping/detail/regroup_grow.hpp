#pragma once

#include "mapping/detail/regroup_units.hpp"

namespace spikewell::mapping::detail {

/// Part numbers of units, each of which fits a part: parts one after another, each begun beside the
/// one before and filled with what shares most with it, as long as something that shares fits.
[[nodiscard]] std::vector<std::uint32_t> grow_parts(const NeuronGraph& graph,
                                                    const Units& units,
                                                    const PartLimits& limits,
                                                    std::uint64_t seed);

/// Whole parts put together where they fit: those that share most, then any. That never costs
/// connectivity. Parts are numbered anew, without empty ones.
[[nodiscard]] std::vector<std::uint32_t> joined_parts(const NeuronGraph& graph,
                                                      const Units& units,
                                                      const PartLimits& limits,
                                                      std::vector<std::uint32_t> part_of,
                                                      std::uint64_t seed);

} // namespace spikewell::mapping::detail
