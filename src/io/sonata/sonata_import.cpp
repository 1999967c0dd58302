#include "core/error.hpp"
#include "io/network/network_file.hpp"
#include "io/sonata/sonata.hpp"
#include "io/sonata/sonata_circuit.hpp"
#include "io/sonata/sonata_simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace spikewell::io {

namespace {

namespace fs = std::filesystem;
using namespace sonata;
using PlainJson = nlohmann::json;

// --- From the circuit to a network ---

/// What another writer's files leave open: everything spikes, all of it is recorded.
PlainJson default_extension(const Circuit& circuit) {
    PlainJson extension{{"version", 1},
                        {"populations", PlainJson::array()},
                        {"inputs", PlainJson::array()},
                        {"projections", PlainJson::array()},
                        {"recordings", PlainJson::array()}};
    for (const std::string& name : circuit.node_order) {
        extension["populations"].push_back({{"nodes", name}});
        if (circuit.nodes.at(name).cell)
            extension["recordings"].push_back(
                {{"name", "spikes_" + name}, {"record", "spikes"}, {"population", name}});
    }
    for (const std::string& name : circuit.edge_order)
        extension["projections"].push_back({{"edges", PlainJson::array({name})}});
    return extension;
}

/// Complains of keys that would have a network file read another file.
void refuse_files(const PlainJson& json,
                  const std::string& pointer,
                  std::vector<Problem>& problems) {
    for (const auto& [key, value] : json.items()) {
        const std::string at = child_pointer(pointer, key);
        if (json.is_object() && key.ends_with("file"))
            problems.push_back({at, "must not be: a circuit's own files hold its lists"});
        else if (value.is_structured())
            refuse_files(value, at, problems);
    }
}

/// The extension, complete. Throws DescriptionError when it does not fit the files.
PlainJson extension_of(const Circuit& circuit) {
    const PlainJson& json = circuit.config.json;
    if (!json.contains("spikewell")) return default_extension(circuit);
    std::vector<Problem> problems;
    ObjectReader reader(json["spikewell"], "/spikewell", problems);
    reader.require({"version", "populations", "inputs", "projections", "recordings"});
    if (problems.empty() && reader.raw("version") != 1)
        reader.problem("version", "must be 1, got " + shown(reader.raw("version")));
    for (const char* key : {"populations", "inputs", "projections", "recordings"}) {
        if (problems.empty() && !reader.raw(key).is_array())
            reader.problem(key, "must be a list, got " + shown(reader.raw(key)));
    }
    if (problems.empty()) refuse_files(json["spikewell"], "/spikewell", problems);
    throw_if_any(circuit.config.path.string(), problems);
    return json["spikewell"];
}

[[noreturn]] void fail_extension(const Circuit& circuit,
                                 const std::string& pointer,
                                 std::string message) {
    throw DescriptionError(circuit.config.path.string(),
                           {{"/spikewell" + pointer, std::move(message)}});
}

/// `patch` less its own key, which names what the files hold.
PlainJson patched(PlainJson plain, PlainJson patch, const char* key) {
    patch.erase(key);
    plain.merge_patch(patch);
    return plain;
}

PlainJson populations_of(const Circuit& circuit, const PlainJson& extension) {
    PlainJson populations = PlainJson::array();
    for (std::size_t p = 0; p < extension["populations"].size(); ++p) {
        const PlainJson& patch = extension["populations"][p];
        const std::string pointer = fmt::format("/populations/{}", p);
        const std::string name =
            text_at(patch, "nodes", "/spikewell" + pointer, circuit.config.path);
        const auto nodes = circuit.nodes.find(name);
        if (nodes == circuit.nodes.end())
            fail_extension(circuit, pointer, fmt::format("no nodes file has {}", printable(name)));
        const ReadNodes& read = nodes->second;
        populations.push_back(patched(read.cell ? plain_cells(name, read.size, *read.cell)
                                                : plain_virtual(name, read.size),
                                      patch, "nodes"));
    }
    return populations;
}

/// The names of a projection's edge populations; all join the same nodes, and no other projection
/// has `used` them.
std::vector<std::string> parts_of(const Circuit& circuit,
                                  const PlainJson& patch,
                                  const std::string& pointer,
                                  std::set<std::string>& used) {
    if (!patch.is_object() || !patch.contains("edges") || !patch["edges"].is_array() ||
        patch["edges"].empty())
        fail_extension(circuit, pointer, "must have a list edges");
    std::vector<std::string> parts;
    for (const PlainJson& part : patch["edges"]) {
        if (!part.is_string() || !circuit.edges.contains(part.get<std::string>()))
            fail_extension(circuit, pointer, "no edges file has " + shown(part));
        if (!used.insert(part).second)
            fail_extension(circuit, pointer, fmt::format("edges {} are there twice", shown(part)));
        parts.push_back(part);
        const ReadEdges& first = circuit.edges.at(parts.front());
        const ReadEdges& edges = circuit.edges.at(parts.back());
        if (edges.pre != first.pre || edges.post != first.post)
            fail_extension(circuit, pointer, "its edges do not join the same nodes");
    }
    return parts;
}

/// The network as a network file has it, but for its spikes and synapses.
NetworkDescription describe(const Circuit& circuit,
                            const PlainJson& extension,
                            const std::vector<std::vector<std::string>>& parts,
                            PlainJson document) {
    document["format"] = "spikewell-network";
    document["version"] = 1;
    document["populations"] = populations_of(circuit, extension);
    document["recordings"] = extension["recordings"];
    document["projections"] = PlainJson::array();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const ReadEdges& edges = circuit.edges.at(parts[i].front());
        document["projections"].push_back(
            patched(plain_projection(parts[i].front(), edges.pre, edges.post),
                    extension["projections"][i], "edges"));
    }
    return parse_network(document, circuit.config.path.string(), circuit.config.path.parent_path());
}

/// Moves the edges of a projection's parts to it. A part of one sign comes after the other; where
/// there is but one part its order is kept.
void fill_synapses(SynapticProjection& projection,
                   Circuit& circuit,
                   const std::vector<std::string>& parts) {
    std::vector<Synapse> synapses = std::move(circuit.edges.at(parts.front()).synapses);
    for (std::size_t k = 1; k < parts.size(); ++k) {
        const std::vector<Synapse>& more = circuit.edges.at(parts[k]).synapses;
        synapses.insert(synapses.end(), more.begin(), more.end());
    }
    if (parts.size() > 1)
        std::stable_sort(synapses.begin(), synapses.end(), [](const Synapse& a, const Synapse& b) {
            return a.post != b.post ? a.post < b.post : a.pre < b.pre;
        });
    projection.connector = SynapseList{std::move(synapses)};
}

NetworkDescription network_of(Circuit& circuit, PlainJson run) {
    const PlainJson extension = extension_of(circuit);
    for (const char* key : {"seed", "duration_ms", "warm_up_ms"}) {
        if (extension.contains(key)) run[key] = extension[key]; // to the last bit
    }
    std::vector<std::vector<std::string>> parts;
    std::set<std::string> used;
    for (std::size_t i = 0; i < extension["projections"].size(); ++i)
        parts.push_back(parts_of(circuit, extension["projections"][i],
                                 fmt::format("/projections/{}", i), used));
    NetworkDescription description = describe(circuit, extension, parts, std::move(run));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto* synaptic = std::get_if<SynapticProjection>(&description.network.projections[i]);
        if (synaptic == nullptr)
            fail_extension(circuit, fmt::format("/projections/{}", i), "must be of synapses");
        fill_synapses(*synaptic, circuit, parts[i]);
        if (circuit.config.json.contains("spikewell")) continue; // says it itself
        const ReadEdges& edges = circuit.edges.at(parts[i].front());
        synaptic->plasticity = edges.plasticity;
        synaptic->short_term = edges.short_term;
    }
    return description;
}

/// The configurations of a circuit and of a simulation, which may be one.
struct Configurations {
    Configuration circuit;
    Configuration simulation;
};

Configurations read_configurations(const fs::path& config, const fs::path& root) {
    const auto follow = [&](const Configuration& from, const char* key) {
        return read_configuration(from.resolved(text_at(from.json, key, "", from.path)), root);
    };
    Configuration first = read_configuration(config, root);
    if (first.json.contains("networks")) {
        if (first.json.contains("network"))
            throw DescriptionError(config.string(),
                                   {{"/network", "must not be, as there are networks"}});
        return {first, first};
    }
    if (!first.json.contains("network"))
        throw DescriptionError(config.string(),
                               {{"", "must have networks (a circuit) or network (a simulation)"}});
    Configuration circuit = follow(first, "network");
    if (first.json.contains("simulation")) return {std::move(circuit), follow(first, "simulation")};
    return {std::move(circuit), std::move(first)};
}

} // namespace

NetworkDescription import_sonata(const fs::path& config,
                                 Outside outside,
                                 std::vector<std::string>* lost) {
    const fs::path root = outside == Outside::refuse ? root_of(config) : fs::path{};
    auto [circuit_config, simulation] = read_configurations(config, root);
    Circuit circuit = read_circuit(std::move(circuit_config), simulation);
    NetworkDescription description = network_of(circuit, run_of(simulation, circuit.losses));
    add_simulation(description, circuit, simulation);
    if (lost == nullptr)
        refuse_losses(circuit.losses, config);
    else
        *lost = lines_of(circuit.losses);
    validate(description);
    return description;
}

} // namespace spikewell::io
