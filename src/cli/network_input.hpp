#pragma once

#include "cli/commands.hpp"
#include "io/folder_output.hpp"
#include "io/model_file.hpp"
#include "network/description.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::cli {

/// A network to be mapped or emulated.
struct NetworkInput {
    NetworkDescription description;
    std::optional<io::Model> model; ///< of which it is the network
    std::string name;
};

/// A file's JSON; of a model in HDF5 only that it is one. Throws IoError, DescriptionError.
[[nodiscard]] nlohmann::json read_document(const std::filesystem::path& path);
[[nodiscard]] bool is_model(const nlohmann::json& document);
/// Whether it is a trained model or a network.
[[nodiscard]] bool is_network(const nlohmann::json& document);
/// From a MODEL or NETWORK file. Of a model: its couplings, static unless `learning`; 1000 ms.
[[nodiscard]] NetworkInput read_network_input(const nlohmann::json& document,
                                              const std::filesystem::path& path,
                                              bool learning,
                                              const CommonOptions& common);

/// What a layout says of its network to tell it from others.
[[nodiscard]] std::string digest_of(const NetworkDescription& description);

/// network.json and, of a model, model.json: the layout's folder holds all that `emulate` needs.
[[nodiscard]] std::vector<std::filesystem::path> input_names();
[[nodiscard]] std::vector<io::NamedText> input_files(const NetworkInput& input,
                                                     const std::filesystem::path& folder);
/// Reads them back. Throws NetworkError when they are of another network than the digest.
[[nodiscard]] NetworkInput read_back(const std::filesystem::path& folder,
                                     const std::string& digest);

} // namespace spikewell::cli
