#include "io/layout_input.hpp"

#include "core/digest.hpp"
#include "core/error.hpp"
#include "io/network/network_file.hpp"

#include <fmt/format.h>

namespace spikewell::io {

namespace fs = std::filesystem;

std::string digest_of(const NetworkDescription& description) {
    return fmt::format("{:016x}", digest(network_to_json(description).dump()));
}

std::vector<fs::path> input_names() {
    return {"network.json", "model.json"};
}

std::vector<NamedText> input_files(const NetworkInput& input, const fs::path& folder) {
    const std::vector<fs::path> names = input_names();
    std::vector<NamedText> files{{names[0], network_to_json(input.description).dump()}};
    if (input.model) files.push_back({names[1], to_text(*input.model, folder / names[1])});
    return files;
}

NetworkInput read_back(const fs::path& folder, const std::string& digest) {
    const fs::path network = folder / input_names()[0];
    const fs::path model = folder / input_names()[1];
    NetworkInput input;
    input.description = read_network(network);
    validate(input.description);
    const std::string found = digest_of(input.description);
    if (found != digest)
        throw NetworkError(
            network.string(),
            fmt::format("is another network than the layout's: digest {}, layout.json "
                        "says {}",
                        found, digest));
    if (fs::exists(model)) input.model = read_model(model);
    return input;
}

} // namespace spikewell::io
