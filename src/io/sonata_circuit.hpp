#pragma once

#include "io/sonata_parts.hpp"
#include "io/sonata_tables.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::io::sonata {

/// A population of nodes as it was read.
struct ReadNodes {
    std::size_t size = 0;
    std::optional<Cell> cell; ///< none: virtual
};

/// A population of edges as it was read.
struct ReadEdges {
    std::string pre;
    std::string post;
    std::vector<Synapse> synapses;
};

/// A file of a circuit, and the configuration that names it.
struct Circuit {
    Configuration config;
    std::filesystem::path cells_folder;
    std::map<std::string, ReadNodes> nodes = {}; ///< in the order of their names
    std::vector<std::string> node_order = {};
    std::map<std::string, ReadEdges> edges = {};
    std::vector<std::string> edge_order = {};
};

/// The nodes and edges of a circuit configuration, each checked against the others. Throws IoError
/// or DescriptionError naming file and place.
[[nodiscard]] Circuit read_circuit(Configuration config);

/// The text at a key of the object at the pointer `where`. Throws DescriptionError.
[[nodiscard]] std::string text_at(const nlohmann::json& object,
                                  const char* key,
                                  const std::string& where,
                                  const std::filesystem::path& config);

} // namespace spikewell::io::sonata
