#pragma once

#include "mapping/detail/regroup.hpp"

#include <cstdint>
#include <vector>

/// What grouping is measured against.
namespace spikewell::benchmark {

/// Which pairs of neurons a cut between them costs: a source and each target, or also any two targets of a
/// source. Both approximate connectivity by a sum over pairs, which is what graph partitioners cut.
enum class Pairs { sources_with_targets, all };

/// Halves of halves, by METIS's recursive bisection (METIS_PartGraphRecursive into two, seed 1, otherwise its defaults),
/// until each part is within the limits of neurons and inbound axons. Empty where the program was built without METIS.
[[nodiscard]] std::vector<std::uint32_t> bisected_parts(const mapping::NeuronGraph& graph,
                                                        const mapping::PartLimits& limits,
                                                        Pairs pairs);

/// The same library's recursive bisection into k parts at once, of sources with targets, for the least k, to 2 %, for
/// which all parts are within the limits: fewer and fuller parts, for several attempts. Empty without METIS.
[[nodiscard]] std::vector<std::uint32_t> fewest_bisected_parts(const mapping::NeuronGraph& graph,
                                                               const mapping::PartLimits& limits);

/// Neurons as they are numbered, a new part where one is full.
[[nodiscard]] std::vector<std::uint32_t> parts_in_order(const mapping::NeuronGraph& graph,
                                                        const mapping::PartLimits& limits);

} // namespace spikewell::benchmark
