#pragma once

#include "mapping/graph.hpp"
#include "mapping/machine.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spikewell::mapping {

/// Where one vertex is.
struct Place {
    VertexIndex vertex = 0;
    ChipIndex chip = 0;
    int core = 0;
    bool operator==(const Place&) const = default;
};

struct PlacementOptions {
    std::uint64_t seed = 1;
    /// How long placers that take it look for better places: 1 is the default, work grows in proportion; > 0.
    double effort = 1.0;
    /// Most nets that end on a chip, counted for each of its vertices: a bound on its table that makes
    /// ways longer. Vertices of more nets have a chip of their own. 0: none.
    std::uint32_t nets_per_chip = 0;
};

/// A chip for every vertex, within cores and memory of each.
using ChipOfVertex = std::vector<ChipIndex>; // [n_vertices]

/// A way to choose them. The result is a function of its arguments. All of them throw
/// MappingError (cores, SDRAM) when the graph does not fit.
struct Placer {
    std::string name;
    std::string text;          ///< one line for help
    bool takes_effort = false; ///< how long it works follows PlacementOptions::effort
    std::function<ChipOfVertex(const Graph&, const Machine&, const PlacementOptions&)> place;
};

/// multilevel  the default: from clusters on squares of chips down to vertices on chips, each level annealed, which keeps
///          what is near near in graphs of any size; then the trees' length
/// fast     grows clusters chip by chip along a Hilbert curve, then mends them briefly
/// rcm      vertices in reverse Cuthill-McKee order along a Hilbert curve (Heathcote's Rig)
/// random   any chip with room: what the others are compared with
[[nodiscard]] const std::vector<Placer>& placers();
/// Throws ParameterError naming the placers.
[[nodiscard]] const Placer& placer(std::string_view name);

/// Cores for vertices with chips: in the order of vertices, after each chip's monitors.
[[nodiscard]] std::vector<Place> assign_cores(const ChipOfVertex& chips, const Machine& machine);

} // namespace spikewell::mapping
