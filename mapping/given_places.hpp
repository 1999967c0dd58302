#pragma once

#include "mapping/placement.hpp"

#include <string>
#include <vector>

namespace spikewell::mapping {

/// A core for a vertex, as files name them.
struct NamedPlace {
    std::string vertex; ///< its label
    ChipCoord chip;
    int core = 0;
    bool operator==(const NamedPlace&) const = default;
};

/// Places chosen elsewhere, sorted by vertex. Throws ParameterError where a vertex has none, or two; for labels that no
/// vertex has; for a chip or core that is not there, is a monitor's, or has a vertex already; for more memory than a chip has.
[[nodiscard]] std::vector<Place> given_places(const Graph& graph,
                                              const Machine& machine,
                                              const std::vector<NamedPlace>& places);

} // namespace spikewell::mapping
