#include "io/sonata/sonata_circuit.hpp"

#include "core/error.hpp"
#include "io/sonata/sonata_file_edges.hpp"
#include "io/sonata/sonata_nodes.hpp"

#include <fmt/format.h>

#include <functional>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;
using PlainJson = nlohmann::json;

/// The entries of /networks/KINDs of the circuit's configuration, a list.
PlainJson networks_of(const Circuit& circuit, const std::string& kind) {
    const PlainJson& json = circuit.config.json;
    if (!json.contains("networks") || !json["networks"].is_object() ||
        !json["networks"].contains(kind + "s"))
        return PlainJson::array();
    const PlainJson& list = json["networks"][kind + "s"];
    if (!list.is_array())
        throw DescriptionError(
            circuit.config.path.string(),
            {{fmt::format("/networks/{}s", kind), "must be a list, got " + shown(list)}});
    return list;
}

} // namespace

void each_population(const Circuit& circuit,
                     const std::string& kind,
                     const std::function<void(const FilePopulation& population)>& read) {
    const Configuration& config = circuit.config;
    const PlainJson list = networks_of(circuit, kind);
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string pointer = fmt::format("/networks/{}s/{}", kind, i);
        if (is_disabled(list[i])) continue;
        const auto path_at = [&](const std::string& key) {
            return config.resolved(text_at(list[i], key.c_str(), pointer, config.path));
        };
        const fs::path path = path_at(kind + "s_file");
        const fs::path table_path = path_at(kind + "_types_file");
        const hdf5::File file = hdf5::File::open(path);
        const TypeTable table = read_types(table_path, kind + "_type_id");
        const hdf5::Group all = file.root().group(kind + "s");
        for (const std::string& name : all.names())
            read({name, all.group(name), table, table_path});
    }
}

std::string text_at(const PlainJson& object,
                    const char* key,
                    const std::string& where,
                    const fs::path& config) {
    if (!object.is_object() || !object.contains(key) || !object[key].is_string())
        throw DescriptionError(config.string(),
                               {{where, fmt::format("must have the text {}", key)}});
    return object[key];
}

bool is_disabled(const PlainJson& entry) {
    return entry.is_object() && entry.contains("enabled") && entry["enabled"] == false;
}

namespace {

/// What an entry of /networks says of its populations beside their types.
void lose_of_populations(const PlainJson& entry, const std::string& pointer, Losses& losses) {
    if (!entry.is_object() || !entry.contains("populations")) return;
    const PlainJson& populations = entry["populations"];
    if (!populations.is_object())
        return losses.add(pointer + "/populations", "must be an object, got " + shown(populations));
    for (const auto& [name, population] : populations.items())
        lose_keys(population, child_pointer(pointer + "/populations", name), Place::network_files,
                  {"type"}, losses);
}

/// What entries of /networks have beside files.
void lose_of_networks(Circuit& circuit) {
    const auto& config = circuit.config.json;
    if (!config["networks"].is_object()) return;
    lose_keys(config["networks"], "/networks", Place::network_files, {"nodes", "edges"},
              circuit.losses);
    for (const std::string kind : {"node", "edge"}) {
        const PlainJson list = networks_of(circuit, kind);
        const std::string file = kind + "s_file";
        const std::string types = kind + "_types_file";
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string pointer = fmt::format("/networks/{}s/{}", kind, i);
            lose_keys(list[i], pointer, Place::network_files,
                      {file, types, "enabled", "populations"}, circuit.losses);
            lose_of_populations(list[i], pointer, circuit.losses);
        }
    }
}

/// The folder that a component is in; of the first configuration that has it.
fs::path folder_of_component(const Configuration& config,
                             const Configuration& simulation,
                             const char* key) {
    for (const Configuration* one : {&config, &simulation}) {
        if (!one->json.contains("components")) continue;
        const PlainJson& components = one->json["components"];
        if (!components.is_object())
            throw DescriptionError(one->path.string(), {{"/components", "must be an object, got " +
                                                                            shown(components)}});
        if (components.contains(key))
            return one->resolved(text_at(components, key, "/components", one->path));
    }
    return {};
}

} // namespace

Circuit read_circuit(Configuration config, const Configuration& simulation) {
    Circuit circuit{std::move(config), {}};
    circuit.cells_folder =
        folder_of_component(circuit.config, simulation, "point_neuron_models_dir");
    circuit.synapses_folder =
        folder_of_component(circuit.config, simulation, "synaptic_models_dir");
    circuit.copied_synapses = copied_synapses(simulation);
    lose_of_networks(circuit);
    const bool knows_laws = circuit.config.json.contains("spikewell"); // of initial potentials
    read_nodes(circuit, knows_laws);
    read_edges(circuit);
    return circuit;
}

} // namespace spikewell::io::sonata
