#include "io/sonata_circuit.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;
using PlainJson = nlohmann::json;

constexpr double k_max_nodes = 4e9;

// --- Columns of HDF5 groups ---

[[noreturn]] void fail(const hdf5::Object& object, std::string_view what) {
    throw IoError(object.file(), fmt::format("{}: {}", object.path(), what));
}

hdf5::Dataset whole_numbers(const hdf5::Group& group, const std::string& name) {
    hdf5::Dataset dataset = group.dataset(name);
    if (dataset.kind() != hdf5::Kind::whole_number) fail(dataset, "must hold whole numbers");
    return dataset;
}

void require_size(const hdf5::Dataset& dataset, std::size_t size) {
    if (dataset.shape().size() != 1)
        fail(dataset, fmt::format("must have one dimension, got {}", dataset.shape().size()));
    if (dataset.size() != size)
        fail(dataset, fmt::format("must have {} elements like its population, got {}", size,
                                  dataset.size()));
}

std::vector<double> real_numbers(const hdf5::Group& group, const std::string& name, std::size_t n) {
    const hdf5::Dataset dataset = group.dataset(name);
    if (dataset.kind() != hdf5::Kind::real_number && dataset.kind() != hdf5::Kind::whole_number)
        fail(dataset, "must hold numbers");
    require_size(dataset, n);
    return dataset.read<double>();
}

/// The rows of the group "0" that the nodes or edges of a population have; all are of that group.
void require_group_0(const hdf5::Group& population, const std::string& kind, std::size_t n) {
    const auto all = [&](const std::string& name, auto&& is_right, const char* what) {
        const hdf5::Dataset dataset = whole_numbers(population, name);
        require_size(dataset, n);
        const std::vector<std::int64_t> values = dataset.read<std::int64_t>();
        for (std::size_t i = 0; i < n; ++i) {
            if (!is_right(values[i], i))
                fail(dataset,
                     fmt::format("must be {}, got {} for {} {}", what, values[i], kind, i));
        }
    };
    if (population.has(kind + "_group_id"))
        all(
            kind + "_group_id", [](std::int64_t v, std::size_t) { return v == 0; },
            "0, the only group that can be read");
    if (population.has(kind + "_group_index"))
        all(
            kind + "_group_index",
            [](std::int64_t v, std::size_t i) { return v == static_cast<std::int64_t>(i); },
            "0, 1, 2 ... in order");
}

/// The ids of types that occur, each once.
std::set<std::int64_t> types_of(const std::vector<std::int64_t>& ids,
                                const hdf5::Dataset& dataset,
                                const TypeTable& table,
                                const fs::path& table_path) {
    const std::set<std::int64_t> used(ids.begin(), ids.end());
    for (const std::int64_t id : used) {
        if (!table.contains(id))
            fail(dataset, fmt::format("type {} is not in {}", id, table_path.string()));
    }
    return used;
}

// --- Nodes ---

/// What a node's parameters are: those of its type, overruled by datasets of equal values.
PlainJson params_of(const hdf5::Group& population,
                    const TypeRow& row,
                    const Circuit& circuit,
                    std::size_t size,
                    bool spread_V_allowed) {
    PlainJson params = PlainJson::object();
    if (const auto file = row.find("dynamics_params"); file != row.end()) {
        const fs::path path = circuit.cells_folder / file->second;
        params = parse_json(read_text(path), path.string());
        if (!params.is_object()) throw IoError(path.string(), "must be an object");
    }
    if (!population.has_group("0")) return params;
    const hdf5::Group group = population.group("0");
    if (!group.has_group("dynamics_params")) return params;
    const hdf5::Group values = group.group("dynamics_params");
    for (const std::string& name : values.names()) {
        const std::vector<double> column = real_numbers(values, name, size);
        if (std::adjacent_find(column.begin(), column.end(), std::not_equal_to<>()) == column.end())
            params[name] = column.front();
        else if (name != "V_m" || !spread_V_allowed)
            fail(values.dataset(name), "must be the same for all nodes of a population");
    }
    return params;
}

Cell read_cell_of(const TypeRow& row, const PlainJson& params, const fs::path& table_path) {
    const auto model = row.find("model_template");
    const std::string name = model == row.end() ? "NULL" : model->second;
    if (!is_known_template(name))
        throw IoError(table_path.string(),
                      fmt::format("model_template {} is not known, allowed {}", printable(name),
                                  fmt::join(known_templates(), ", ")));
    std::vector<Problem> problems;
    const auto file = row.find("dynamics_params");
    const Cell cell = cell_of(name, params, "", problems);
    throw_if_any(file == row.end() ? table_path.string() : file->second, std::move(problems));
    return cell;
}

/// Nodes are numbered 0, 1, 2 ...; their ids, where given, say the same.
void require_ids(const hdf5::Group& population, std::size_t n) {
    if (!population.has("node_id")) return;
    const hdf5::Dataset dataset = whole_numbers(population, "node_id");
    require_size(dataset, n);
    const std::vector<std::uint64_t> ids = dataset.read<std::uint64_t>();
    for (std::size_t i = 0; i < n; ++i) {
        if (ids[i] != i) fail(dataset, fmt::format("must be 0, 1, 2 ..., got {} at {}", ids[i], i));
    }
}

ReadNodes read_population(const hdf5::Group& population,
                          const TypeTable& table,
                          const fs::path& table_path,
                          const Circuit& circuit,
                          bool spread_V_allowed) {
    const hdf5::Dataset types = whole_numbers(population, "node_type_id");
    const std::vector<std::int64_t> ids = types.read<std::int64_t>();
    if (ids.empty() || static_cast<double>(ids.size()) > k_max_nodes)
        fail(types, fmt::format("must have 1 .. {:g} nodes, got {}", k_max_nodes, ids.size()));
    require_size(types, ids.size());
    require_ids(population, ids.size());
    require_group_0(population, "node", ids.size());
    const std::set<std::int64_t> used = types_of(ids, types, table, table_path);
    if (used.size() != 1)
        fail(types,
             fmt::format("must be one type for all nodes of a population, got {}", used.size()));
    const TypeRow& row = table.at(*used.begin());
    const auto kind = row.find("model_type");
    const std::string model_type = kind == row.end() ? "NULL" : kind->second;
    if (model_type == "virtual") return {ids.size(), {}};
    if (model_type != "point_neuron" && model_type != "point_process")
        throw IoError(table_path.string(),
                      fmt::format("model_type {} of {} cannot be simulated, allowed point_neuron, "
                                  "point_process, virtual",
                                  printable(model_type), population.path()));
    const PlainJson params = params_of(population, row, circuit, ids.size(), spread_V_allowed);
    return {ids.size(), read_cell_of(row, params, table_path)};
}

// --- Edges ---

std::string population_of(const hdf5::Dataset& ids, const Circuit& circuit) {
    if (!ids.has_attribute("node_population")) fail(ids, "has no attribute node_population");
    const std::string name = ids.text_attribute("node_population");
    if (!circuit.nodes.contains(name))
        fail(ids,
             fmt::format("is of node population \"{}\", which no nodes file has", printable(name)));
    return name;
}

std::vector<std::uint64_t> read_ends(const hdf5::Dataset& ids, const Circuit& circuit) {
    const std::string name = population_of(ids, circuit);
    const std::size_t size = circuit.nodes.at(name).size;
    std::vector<std::uint64_t> ends = ids.read<std::uint64_t>();
    for (std::size_t e = 0; e < ends.size(); ++e) {
        if (ends[e] >= size)
            fail(ids, fmt::format("must be 0 .. {}, the nodes of {}, got {} for edge {}", size - 1,
                                  name, ends[e], e));
    }
    return ends;
}

/// A value of every edge: of the group "0" under one of two names, or of the types.
std::vector<double> edge_values(const hdf5::Group& population,
                                const std::vector<std::int64_t>& types,
                                const TypeTable& table,
                                const fs::path& table_path,
                                const std::string& name,
                                const std::string& name_in_params) {
    const std::size_t n = types.size();
    if (population.has_group("0")) {
        const hdf5::Group group = population.group("0");
        if (group.has(name)) return real_numbers(group, name, n);
        if (group.has_group("dynamics_params") &&
            group.group("dynamics_params").has(name_in_params))
            return real_numbers(group.group("dynamics_params"), name_in_params, n);
    }
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

ReadEdges read_edge_population(const hdf5::Group& population,
                               const TypeTable& table,
                               const fs::path& table_path,
                               const Circuit& circuit) {
    constexpr double k_most = 1e6; // mV, ms: as in a network file
    const hdf5::Dataset sources = whole_numbers(population, "source_node_id");
    const hdf5::Dataset targets = whole_numbers(population, "target_node_id");
    ReadEdges edges{population_of(sources, circuit), population_of(targets, circuit), {}};
    const std::optional<Cell>& cell = circuit.nodes.at(edges.post).cell;
    if (!cell)
        fail(targets, fmt::format("is of virtual nodes ({}), which take no input", edges.post));
    const std::vector<std::uint64_t> pre = read_ends(sources, circuit);
    const std::size_t n = pre.size();
    require_size(sources, n);
    require_size(targets, n);
    const std::vector<std::uint64_t> post = read_ends(targets, circuit);
    require_group_0(population, "edge", n);
    const hdf5::Dataset type_ids = whole_numbers(population, "edge_type_id");
    require_size(type_ids, n);
    const std::vector<std::int64_t> types = type_ids.read<std::int64_t>();
    (void)types_of(types, type_ids, table, table_path);
    std::vector<double> weights =
        edge_values(population, types, table, table_path, "syn_weight", "weight");
    for (double& weight : weights)
        weight *= cell->weight_mV;
    const std::vector<double> delays =
        edge_values(population, types, table, table_path, "delay", "delay");
    require_range(population, weights, "weight (mV)", -k_most, k_most);
    // A least delay of 1e-4 ms in single precision.
    require_range(population, delays, "delay (ms)", static_cast<float>(k_least_delay_ms), k_most);
    edges.synapses.resize(n);
    for (std::size_t e = 0; e < n; ++e)
        edges.synapses[e] = {static_cast<std::uint32_t>(pre[e]),
                             static_cast<std::uint32_t>(post[e]), static_cast<float>(weights[e]),
                             static_cast<float>(delays[e])};
    return edges;
}

// --- The circuit's files ---

/// Calls read(object, pointer) for each object of /networks/KIND.
template <class Read> void each_network(const Circuit& circuit, const char* kind, Read&& read) {
    const PlainJson& json = circuit.config.json;
    const std::string pointer = fmt::format("/networks/{}", kind);
    const PlainJson none = PlainJson::array();
    const bool there = json.contains("networks") && json["networks"].is_object() &&
                       json["networks"].contains(kind);
    const PlainJson& list = there ? json["networks"][kind] : none;
    if (!list.is_array())
        throw DescriptionError(circuit.config.path.string(),
                               {{pointer, "must be a list, got " + shown(list)}});
    for (std::size_t i = 0; i < list.size(); ++i)
        read(list[i], fmt::format("{}/{}", pointer, i));
}

void read_nodes(Circuit& circuit, bool spread_V_allowed) {
    each_network(circuit, "nodes", [&](const PlainJson& entry, const std::string& pointer) {
        const Configuration& config = circuit.config;
        const fs::path path = config.resolved(text_at(entry, "nodes_file", pointer, config.path));
        const fs::path table_path =
            config.resolved(text_at(entry, "node_types_file", pointer, config.path));
        const hdf5::File file = hdf5::File::open(path);
        const TypeTable table = read_types(table_path, "node_type_id");
        const hdf5::Group all = file.root().group("nodes");
        for (const std::string& name : all.names()) {
            if (circuit.nodes.contains(name))
                throw IoError(path.string(), fmt::format("/nodes/{}: is there twice", name));
            circuit.nodes[name] =
                read_population(all.group(name), table, table_path, circuit, spread_V_allowed);
            circuit.node_order.push_back(name);
        }
    });
    if (circuit.nodes.empty())
        throw DescriptionError(circuit.config.path.string(), {{"/networks/nodes", "has no nodes"}});
}

void read_edges(Circuit& circuit) {
    each_network(circuit, "edges", [&](const PlainJson& entry, const std::string& pointer) {
        const Configuration& config = circuit.config;
        const fs::path path = config.resolved(text_at(entry, "edges_file", pointer, config.path));
        const fs::path table_path =
            config.resolved(text_at(entry, "edge_types_file", pointer, config.path));
        const hdf5::File file = hdf5::File::open(path);
        const TypeTable table = read_types(table_path, "edge_type_id");
        const hdf5::Group all = file.root().group("edges");
        for (const std::string& name : all.names()) {
            if (circuit.edges.contains(name))
                throw IoError(path.string(), fmt::format("/edges/{}: is there twice", name));
            circuit.edges[name] = read_edge_population(all.group(name), table, table_path, circuit);
            circuit.edge_order.push_back(name);
        }
    });
}

} // namespace

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
    if (json.contains("components") && json["components"].is_object() &&
        json["components"].contains("point_neuron_models_dir"))
        circuit.cells_folder = circuit.config.resolved(text_at(
            json["components"], "point_neuron_models_dir", "/components", circuit.config.path));
    bool spread_V = false; // allowed where the extension knows the law
    if (json.contains("spikewell")) spread_V = true;
    read_nodes(circuit, spread_V);
    read_edges(circuit);
    return circuit;
}

} // namespace spikewell::io::sonata
