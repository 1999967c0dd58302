#include "io/sonata/sonata_circuit.hpp"

#include "core/error.hpp"
#include "io/sonata/sonata_columns.hpp"
#include "io/sonata/sonata_edge_list.hpp"
#include "io/sonata/sonata_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;
using PlainJson = nlohmann::json;

// --- Edges ---

std::string population_of(const hdf5::Dataset& ids, const Circuit& circuit) {
    if (!ids.has_attribute("node_population")) fail(ids, "has no attribute node_population");
    std::string name = ids.text_attribute("node_population");
    if (!circuit.populations.contains(name))
        fail(ids,
             fmt::format("is of node population \"{}\", which no nodes file has", printable(name)));
    return name;
}

std::vector<std::uint64_t> read_ends(const hdf5::Dataset& ids, const Circuit& circuit) {
    const std::string name = population_of(ids, circuit);
    const std::size_t size = circuit.populations.at(name).size;
    const std::vector<std::int64_t> ends = ids.read<std::int64_t>(); // HDF5 would make 0 of -1
    for (std::size_t e = 0; e < ends.size(); ++e) {
        if (ends[e] < 0 || static_cast<std::size_t>(ends[e]) >= size)
            fail(ids, fmt::format("must be 0 .. {}, the nodes of {}, got {} for edge {}", size - 1,
                                  name, ends[e], e));
    }
    return {ends.begin(), ends.end()};
}

/// A value of every edge: of the group "0" under one of two names, or of the types.
std::vector<double> edge_values(const hdf5::Group& population,
                                const std::vector<std::int64_t>& types,
                                const TypeTable& table,
                                const fs::path& table_path,
                                const std::string& name,
                                const std::string& name_in_params) {
    const std::size_t n = types.size();
    if (auto values = values_of_group_0(population, n, name, name_in_params))
        return std::move(*values);
    std::map<std::int64_t, double> of_type;
    std::vector<double> values(n);
    for (std::size_t e = 0; e < n; ++e) {
        const auto known = of_type.find(types[e]);
        if (known != of_type.end()) {
            values[e] = known->second;
            continue;
        }
        if (!read_cell(table.at(types[e]), name, table_path, values[e]))
            fail(population, fmt::format("has no {}: neither 0/{} nor a column of {}", name, name,
                                         table_path.string()));
        of_type[types[e]] = values[e];
    }
    return values;
}

void require_range(const hdf5::Group& population,
                   const std::vector<double>& values,
                   const char* name,
                   double low,
                   double high) {
    for (std::size_t e = 0; e < values.size(); ++e) {
        if (!(values[e] >= low && values[e] <= high))
            fail(population, fmt::format("{} must be {:g} .. {:g}, got {} for edge {}", name, low,
                                         high, values[e], e));
    }
}

/// Edges of a population as its file has them: between nodes of whole populations, weights in the
/// target model's unit of current.
struct FileEdges {
    const NodeParts& pre;
    const NodeParts& post;
    std::vector<std::uint64_t> sources;
    std::vector<std::uint64_t> targets;
    std::vector<double> weights;
    std::vector<double> delays_ms;
    std::vector<double> ports; ///< of receptors; empty where nobody asks for them
};

/// The receptor port of a type of edges: a column, or in its file of parameters; 0 where it has none.
double port_of(const TypeRow& row, const fs::path& table_path, const Circuit& circuit) {
    constexpr const char* k_key = "receptor_type";
    double port = 0.0;
    if (read_cell(row, k_key, table_path, port)) return port;
    const auto file = row.find("dynamics_params");
    if (file == row.end()) return port;
    const fs::path path = circuit.config.allowed(circuit.synapses_folder / file->second);
    const PlainJson params = parse_json(read_text(path), path.string());
    if (!params.is_object() || !params.contains(k_key)) return port;
    if (!params[k_key].is_number())
        throw IoError(path.string(),
                      fmt::format("/{}: must be a number, got {}", k_key, shown(params[k_key])));
    return params[k_key];
}
std::vector<double> ports_of(const std::vector<std::int64_t>& types,
                             const FilePopulation& file,
                             const Circuit& circuit) {
    std::map<std::int64_t, double> of_type;
    std::vector<double> ports;
    for (const std::int64_t type : types) {
        if (!of_type.contains(type))
            of_type[type] = port_of(file.table.at(type), file.table_path, circuit);
        ports.push_back(of_type[type]);
    }
    return ports;
}
/// Where port 1 excites and port 2 inhibits.
bool is_port_of(double weight, double port) {
    return (port == 1.0 && weight >= 0.0) || (port == 2.0 && weight <= 0.0);
}
const Cell* cell_at(const Circuit& circuit, const std::string& nodes) {
    const std::optional<Cell>& cell = circuit.nodes.at(nodes).cell;
    return cell ? &*cell : nullptr;
}

FileEdges read_file_edges(const FilePopulation& file, const Circuit& circuit) {
    const auto& [name, population, table, table_path] = file;
    const hdf5::Dataset sources = whole_numbers(population, "source_node_id");
    const hdf5::Dataset targets = whole_numbers(population, "target_node_id");
    FileEdges edges{circuit.populations.at(population_of(sources, circuit)),
                    circuit.populations.at(population_of(targets, circuit)),
                    read_ends(sources, circuit),
                    {},
                    {},
                    {},
                    {}};
    const std::size_t n = edges.sources.size();
    require_size(sources, n);
    require_size(targets, n);
    edges.targets = read_ends(targets, circuit);
    require_group_0(population, "edge", n);
    const hdf5::Dataset type_ids = whole_numbers(population, "edge_type_id");
    require_size(type_ids, n);
    const std::vector<std::int64_t> types = types_of(type_ids, table, table_path);
    edges.weights = edge_values(population, types, table, table_path, "syn_weight", "weight");
    edges.delays_ms = edge_values(population, types, table, table_path, "delay", "delay");
    if (std::any_of(edges.post.names.begin(), edges.post.names.end(),
                    [&](const std::string& nodes) {
                        const Cell* const cell = cell_at(circuit, nodes);
                        return cell != nullptr && cell->ports_by_sign;
                    }))
        edges.ports = ports_of(types, file, circuit);
    return edges;
}

/// By the populations that they join.
std::map<std::pair<std::string, std::string>, std::vector<Synapse>> parts_of(
    const hdf5::Group& population, FileEdges edges, const Circuit& circuit) {
    constexpr double k_most = 1e6; // mV, ms: as in a network file
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Synapse>> parts;
    std::vector<double> to_mV;
    std::vector<bool> by_sign;
    for (const std::string& name : edges.post.names) {
        const std::optional<Cell>& cell = circuit.nodes.at(name).cell;
        to_mV.push_back(cell ? cell->weight_mV : 0.0);
        by_sign.push_back(cell && cell->ports_by_sign);
    }
    for (std::size_t e = 0; e < edges.sources.size(); ++e) {
        const std::uint32_t post = edges.post.part_of[edges.targets[e]];
        if (!circuit.nodes.at(edges.post.names[post]).cell)
            fail(population, fmt::format("targets virtual nodes ({}), which take no input",
                                         edges.post.names[post]));
        if (by_sign[post] && !is_port_of(edges.weights[e], edges.ports[e]))
            fail(population,
                 fmt::format(
                     "receptor_type must be 1 where weights are > 0, 2 where they are < 0: no "
                     "other ports have time constants of their own; got {} for edge {}, of "
                     "weight {}",
                     edges.ports[e], e, edges.weights[e]));
        edges.weights[e] *= to_mV[post];
    }
    require_range(population, edges.weights, "weight (mV)", -k_most, k_most);
    // A least delay of 1e-4 ms in single precision.
    require_range(population, edges.delays_ms, "delay (ms)",
                  static_cast<double>(static_cast<float>(k_least_delay_ms)), k_most);
    for (std::size_t e = 0; e < edges.sources.size(); ++e)
        parts[{edges.pre.part_of[edges.sources[e]], edges.post.part_of[edges.targets[e]]}]
            .push_back({edges.pre.index_of[edges.sources[e]], edges.post.index_of[edges.targets[e]],
                        static_cast<float>(edges.weights[e]),
                        static_cast<float>(edges.delays_ms[e])});
    std::map<std::pair<std::string, std::string>, std::vector<Synapse>> named;
    for (auto& [ends, synapses] : parts)
        named[{edges.pre.names[ends.first], edges.post.names[ends.second]}] = std::move(synapses);
    if (named.empty()) named[{edges.pre.names.front(), edges.post.names.front()}] = {};
    return named;
}

// --- The circuit's files ---

/// Edge populations of the circuit: one of the file's name, or one for each part.
void add_edges(Circuit& circuit,
               const std::string& name,
               std::map<std::pair<std::string, std::string>, std::vector<Synapse>>&& parts) {
    for (auto& [ends, synapses] : parts) {
        const std::string own =
            parts.size() == 1 ? name : fmt::format("{}_{}-{}", name, ends.first, ends.second);
        if (circuit.edges.contains(own))
            throw DescriptionError(circuit.config.path.string(),
                                   {{"/networks/edges", fmt::format("{}: is there twice", own)}});
        circuit.n_synapses += synapses.size(); // one list of edges may have many names
        require_memory(static_cast<double>(circuit.n_synapses * sizeof(Synapse)),
                       circuit.config.path.string() + ": edges");
        circuit.edges[own] = {ends.first, ends.second, std::move(synapses)};
        circuit.edge_order.push_back(own);
    }
}

void read_edges(Circuit& circuit) {
    each_population(circuit, "edge", [&](const FilePopulation& population) {
        add_edges(circuit, population.name,
                  parts_of(population.group, read_file_edges(population, circuit), circuit));
    });
}

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

Circuit read_circuit(Configuration config) {
    Circuit circuit{std::move(config), {}};
    const PlainJson& json = circuit.config.json;
    const auto folder = [&](const char* key) -> fs::path {
        if (!json.contains("components") || !json["components"].is_object() ||
            !json["components"].contains(key))
            return {};
        return circuit.config.resolved(
            text_at(json["components"], key, "/components", circuit.config.path));
    };
    circuit.cells_folder = folder("point_neuron_models_dir");
    circuit.synapses_folder = folder("synaptic_models_dir");
    bool spread_V = false; // allowed where the extension knows the law
    if (json.contains("spikewell")) spread_V = true;
    read_nodes(circuit, spread_V);
    read_edges(circuit);
    return circuit;
}

} // namespace spikewell::io::sonata
