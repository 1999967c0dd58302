#include "cli/network_input.hpp"

#include "core/error.hpp"
#include "experiments/form.hpp"
#include "io/hdf5.hpp"
#include "io/json_reader.hpp"
#include "io/network/network_file.hpp"
#include "io/path_text.hpp"

namespace spikewell::cli {

namespace {

namespace fs = std::filesystem;
constexpr double k_model_duration_ms = 1000.0;
constexpr const char* k_model = "spikewell-model";

bool has_format(const nlohmann::json& document, const char* format) {
    return document.is_object() && document.contains("format") && document["format"] == format;
}

} // namespace

nlohmann::json read_document(const fs::path& path) {
    if (io::is_hdf5(path)) return {{"format", k_model}};
    return io::parse_json(io::read_text(path), path.string());
}

bool is_model(const nlohmann::json& document) {
    return has_format(document, k_model);
}

bool is_network(const nlohmann::json& document) {
    return is_model(document) || has_format(document, "spikewell-network");
}

io::NetworkInput read_network_input(const nlohmann::json& document,
                                    const fs::path& path,
                                    bool learning,
                                    const CommonOptions& common) {
    io::NetworkInput input;
    input.name = io::utf8(path.stem().string());
    if (has_format(document, "spikewell-network")) {
        input.description = io::parse_network(document, path.string(), path.parent_path());
        if (common.seed) input.description.network.seed = *common.seed;
    } else {
        input.model = io::read_model(path);
        experiments::Config& config = input.model->config;
        if (common.seed) config.seed = *common.seed;
        Network& network = input.description.network;
        network = experiments::network_of(input.model->coupling, config, config.seed);
        auto& population = std::get<DyadicPopulation>(network.populations.front());
        population.inverse_temperature =
            learning ? config.training.inverse_temperature : config.evaluation.inverse_temperature;
        if (!learning) factorised(network.projections.front()).plasticity.reset();
        input.description.duration_ms = k_model_duration_ms;
    }
    // Only what the network does is mapped.
    input.description.recordings.clear();
    validate(input.description);
    return input;
}

} // namespace spikewell::cli
