#pragma once

#include "mapping/detail/pair_annealing.hpp"

#include <cstdint>
#include <vector>

namespace spikewell::mapping {

/// How long each stage looks: proposals per unit.
struct MultilevelSchedule {
    double coarse_sweeps = 400.0; ///< where everything is a few hundred clusters
    double sweeps = 20.0;         ///< at every finer level
};

/// A chip for every unit, each of one core; no chip gets more than it has cores. Clusters of clusters are
/// placed on squares of chips, annealed there, then taken apart on squares half as wide, and so on
/// down to vertices and chips: what belongs together over any distance stays together. The chips, a
/// whole piece of the machine, must have a core for every unit.
[[nodiscard]] std::vector<ChipIndex> place_multilevel(PairGraph vertices,
                                                      const Machine& machine,
                                                      const std::vector<ChipIndex>& chips,
                                                      const MultilevelSchedule& schedule,
                                                      std::uint64_t seed);

} // namespace spikewell::mapping
