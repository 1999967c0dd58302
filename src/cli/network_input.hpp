#pragma once

#include "cli/commands.hpp"
#include "io/layout_input.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace spikewell::cli {

/// A file's JSON; of a model in HDF5 only that it is one. Throws IoError, DescriptionError.
[[nodiscard]] nlohmann::json read_document(const std::filesystem::path& path);
[[nodiscard]] bool is_model(const nlohmann::json& document);
/// Whether it is a trained model or a network.
[[nodiscard]] bool is_network(const nlohmann::json& document);
/// From a MODEL or NETWORK file. Of a model: its couplings, static unless `learning`; 1000 ms.
[[nodiscard]] io::NetworkInput read_network_input(const nlohmann::json& document,
                                                  const std::filesystem::path& path,
                                                  bool learning,
                                                  const CommonOptions& common);

} // namespace spikewell::cli
