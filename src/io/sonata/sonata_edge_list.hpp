#pragma once

#include "io/hdf5.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Edges alone, without the circuit that they belong to.
namespace spikewell::io::sonata {

/// The edges of one population as its file has them, whatever their nodes are.
struct EdgeList {
    std::vector<std::int64_t> sources;
    std::vector<std::int64_t> targets;
    std::optional<std::vector<double>> weights;   ///< none: the file gives none edge by edge
    std::optional<std::vector<double>> delays_ms; ///< likewise
};

/// From the group /edges: the population `name`, or, where that is "", the only one there. Throws IoError.
[[nodiscard]] EdgeList read_edge_list(const hdf5::Group& root, const std::string& name);

} // namespace spikewell::io::sonata
