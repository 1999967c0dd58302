#pragma once

#include "network/description.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace spikewell::io {

/// Reads a network file (network/FORMAT.md). Throws DescriptionError with every problem found, each
/// with its JSON pointer, or IoError when the file cannot be read. Reads what validate(description)
/// accepts, and nothing else.
[[nodiscard]] NetworkDescription read_network(const std::filesystem::path& path);

/// The same from a document; `source` stands for the file in errors, and the tables that the
/// document names lie in `folder` unless their paths are absolute.
[[nodiscard]] NetworkDescription parse_network(const nlohmann::json& document,
                                               const std::string& source,
                                               const std::filesystem::path& folder);

/// The tables that a document names, where `parse_network` looks for them.
[[nodiscard]] std::vector<std::filesystem::path> tables_of(const nlohmann::json& document,
                                                           const std::filesystem::path& folder);

/// The document that reads back as `description`, value for value, with spikes, synapses and
/// couplings inline. Throws ParameterError for a coupling or evidence that is not finite, and
/// NetworkError for a recording of weights whose projection has no name.
[[nodiscard]] nlohmann::json network_to_json(const NetworkDescription& description);

} // namespace spikewell::io
