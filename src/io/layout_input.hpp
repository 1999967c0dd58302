#pragma once

#include "io/folder_output.hpp"
#include "io/model_file.hpp"
#include "network/description.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Of what a layout is: its folder holds all that an emulation needs.
namespace spikewell::io {

/// A network to be mapped or emulated.
struct NetworkInput {
    NetworkDescription description;
    std::optional<Model> model; ///< of which it is the network
    std::string name;
};

/// What a layout says of its network to tell it from others.
[[nodiscard]] std::string digest_of(const NetworkDescription& description);

/// network.json and, of a model, model.json.
[[nodiscard]] std::vector<std::filesystem::path> input_names();
[[nodiscard]] std::vector<NamedText> input_files(const NetworkInput& input,
                                                 const std::filesystem::path& folder);
/// Reads them back. Throws NetworkError when they are of another network than the digest.
[[nodiscard]] NetworkInput read_back(const std::filesystem::path& folder,
                                     const std::string& digest);

} // namespace spikewell::io
