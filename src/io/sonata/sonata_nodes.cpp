#include "io/sonata/sonata_nodes.hpp"

#include "core/error.hpp"
#include "io/sonata/sonata_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;
using PlainJson = nlohmann::json;

constexpr double k_max_nodes = 4e9;
constexpr std::size_t k_max_parts = 1000; // populations of one population

// --- Parameters ---

/// Parameters given node by node: of one value for all, or not.
struct Columns {
    PlainJson equal = PlainJson::object();
    std::vector<std::pair<std::string, Column>> differing = {};
};

bool is_one_value(const Column& column) {
    return std::find(column.given.begin(), column.given.end(), false) == column.given.end() &&
           std::adjacent_find(column.values.begin(), column.values.end(), std::not_equal_to<>()) ==
               column.values.end();
}

Columns columns_of(const hdf5::Group& population, const Groups& groups, bool spread_V_allowed) {
    std::set<std::string> names;
    for (const hdf5::Group& group : groups_there(population, groups)) {
        if (!group.has_group("dynamics_params")) continue;
        for (const std::string& name : group.group("dynamics_params").names())
            names.insert(name);
    }
    Columns columns;
    for (const std::string& name : names) {
        Column column = *column_of(population, groups, "", name);
        // Nodes are told apart by these numbers, and NaN has no order.
        if (!std::all_of(column.values.begin(), column.values.end(),
                         [](double v) { return std::isfinite(v); }))
            fail(population, fmt::format("dynamics_params/{} must hold finite numbers", name));
        if (is_one_value(column))
            columns.equal[name] = column.values.front();
        else if (name != "V_m" || !spread_V_allowed)
            columns.differing.emplace_back(name, std::move(column));
    }
    return columns;
}

/// What a node's parameters are: those of its type, overruled by those of its own.
PlainJson params_of(const TypeRow& row,
                    const Columns& columns,
                    std::size_t node,
                    const Circuit& circuit) {
    PlainJson params = PlainJson::object();
    if (const auto file = row.find("dynamics_params"); file != row.end()) {
        if (circuit.cells_folder.empty())
            throw DescriptionError(circuit.config.path.string(),
                                   {{"/components", "must have point_neuron_models_dir, as nodes "
                                                    "have files of parameters"}});
        const fs::path path = circuit.config.allowed(circuit.cells_folder / file->second);
        params = parse_json(read_text(path), path.string());
        if (!params.is_object()) throw IoError(path.string(), "must be an object");
    }
    params.update(columns.equal);
    for (const auto& [name, column] : columns.differing) {
        if (column.given[node]) params[name] = column.values[node];
    }
    return params;
}

Cell read_cell_of(const TypeRow& row,
                  const PlainJson& params,
                  const fs::path& table_path,
                  Losses& losses) {
    const auto model = row.find("model_template");
    const std::string name = model == row.end() ? "NULL" : model->second;
    if (!is_known_template(name))
        throw IoError(table_path.string(),
                      fmt::format("model_template {} is not known, allowed {}", printable(name),
                                  fmt::join(known_templates(), ", ")));
    std::vector<Problem> problems;
    std::vector<Problem> unknown;
    const auto file = row.find("dynamics_params");
    const std::string source = file == row.end() ? table_path.string() : file->second;
    Cell cell = cell_of(name, params, "", problems, unknown);
    throw_if_any(source, problems);
    for (const Problem& problem : unknown)
        losses.add(fmt::format("{}: {}", source, problem.pointer), problem.message);
    return cell;
}

/// Nodes are numbered 0, 1, 2 ...; their ids, where given, say the same.
void require_ids(const hdf5::Group& population, std::size_t n) {
    if (!population.has("node_id")) return;
    const hdf5::Dataset dataset = whole_numbers(population, "node_id");
    require_size(dataset, n);
    const std::vector<std::int64_t> ids = dataset.read<std::int64_t>();
    for (std::size_t i = 0; i < n; ++i) {
        if (ids[i] != static_cast<std::int64_t>(i))
            fail(dataset, fmt::format("must be 0, 1, 2 ..., got {} at {}", ids[i], i));
    }
}

// --- Populations ---

bool is_virtual(const TypeRow& row) {
    const auto kind = row.find("model_type");
    return kind != row.end() && kind->second == "virtual";
}

/// The nodes like `node`, of which there are `size`.
ReadNodes read_part(const FilePopulation& file,
                    const TypeRow& row,
                    const Columns& columns,
                    std::size_t node,
                    Circuit& circuit) {
    if (is_virtual(row)) return {0, {}};
    const auto kind = row.find("model_type");
    const std::string model_type = kind == row.end() ? "NULL" : kind->second;
    if (model_type != "point_neuron" && model_type != "point_process")
        throw IoError(file.table_path.string(),
                      fmt::format("model_type {} of {} cannot be simulated, allowed point_neuron, "
                                  "point_process, virtual",
                                  printable(model_type), file.group.path()));
    const PlainJson params = params_of(row, columns, node, circuit);
    return {0, read_cell_of(row, params, file.table_path, circuit.losses)};
}

/// Model and parameters of a node: its type, then what differs. Virtual nodes are all alike.
using Key = std::pair<std::int64_t, std::vector<double>>;

Key key_of(const TypeRow& row, std::int64_t type, const Columns& columns, std::size_t node) {
    if (is_virtual(row)) return {-1, {}};
    constexpr double k_none = std::numeric_limits<double>::infinity(); // values are finite
    Key key{type, {}};
    for (const auto& [name, column] : columns.differing)
        key.second.push_back(column.given[node] ? column.values[node] : k_none);
    return key;
}

/// A name for a part that no other nodes have.
std::string free_part_name(const Circuit& circuit,
                           const std::string& population,
                           std::int64_t type) {
    const std::string wanted = fmt::format("{}_{}", population, type);
    std::string name = wanted;
    for (int k = 2; circuit.nodes.contains(name); ++k)
        name = fmt::format("{}_{}", wanted, k);
    return name;
}

/// What nodes have beside model and parameters.
void lose_rest(Circuit& circuit,
               const FilePopulation& file,
               const Groups& groups,
               const std::vector<std::int64_t>& types) {
    lose_datasets(file.group, Place::nodes,
                  {"node_type_id", "node_id", "node_group_id", "node_group_index"}, circuit.losses);
    for (const hdf5::Group& group : groups_there(file.group, groups)) {
        std::set<std::string_view> known;
        if (group.has_group("dynamics_params")) known.insert("dynamics_params");
        lose_values(group, Place::node_values, known, circuit.losses);
    }
    for (const std::int64_t type : std::set<std::int64_t>(types.begin(), types.end()))
        lose_columns(
            file.table.at(type), file.table_path, Place::node_values,
            {"node_type_id", "population", "model_type", "model_template", "dynamics_params"},
            circuit.losses);
}

NodeParts read_population(Circuit& circuit, const FilePopulation& file, bool spread_V_allowed) {
    const hdf5::Dataset dataset = whole_numbers(file.group, "node_type_id");
    const std::vector<std::int64_t> types = types_of(dataset, file.table, file.table_path);
    if (types.empty() || static_cast<double>(types.size()) > k_max_nodes)
        fail(dataset, fmt::format("must have 1 .. {:g} nodes, got {}", k_max_nodes, types.size()));
    require_size(dataset, types.size());
    require_ids(file.group, types.size());
    const Groups groups = groups_of(file.group, "node", types.size());
    const Columns columns = columns_of(file.group, groups, spread_V_allowed);
    lose_rest(circuit, file, groups, types);
    std::map<Key, std::uint32_t> parts;
    std::vector<std::size_t> firsts; // the first node of each part
    NodeParts nodes{types.size(), {}, {}, {}, types, file.table};
    for (std::size_t node = 0; node < types.size(); ++node) {
        const Key key = key_of(file.table.at(types[node]), types[node], columns, node);
        const auto next = static_cast<std::uint32_t>(parts.size());
        const auto [part, is_new] = parts.emplace(key, next);
        if (is_new) firsts.push_back(node);
        if (parts.size() > k_max_parts)
            fail(dataset, fmt::format("nodes have more than {} different models and parameters",
                                      k_max_parts));
        nodes.part_of.push_back(part->second);
    }
    std::vector<std::uint32_t> sizes(firsts.size(), 0);
    for (const std::uint32_t part : nodes.part_of)
        nodes.index_of.push_back(sizes[part]++);
    for (std::size_t part = 0; part < firsts.size(); ++part) {
        const std::int64_t type = types[firsts[part]];
        const std::string own =
            firsts.size() == 1 ? file.name : free_part_name(circuit, file.name, type);
        if (circuit.nodes.contains(own))
            fail(dataset, fmt::format("\"{}\" is the name of other nodes, too", printable(own)));
        ReadNodes read = read_part(file, file.table.at(type), columns, firsts[part], circuit);
        read.size = sizes[part];
        circuit.nodes[own] = read;
        circuit.node_order.push_back(own);
        nodes.names.push_back(own);
    }
    return nodes;
}

} // namespace

void read_nodes(Circuit& circuit, bool spread_V_allowed) {
    each_population(circuit, "node", [&](const FilePopulation& file) {
        if (circuit.populations.contains(file.name))
            throw IoError(file.group.file(), fmt::format("{}: is there twice", file.group.path()));
        circuit.populations[file.name] = read_population(circuit, file, spread_V_allowed);
    });
    if (circuit.nodes.empty())
        throw DescriptionError(circuit.config.path.string(), {{"/networks/nodes", "has no nodes"}});
}

} // namespace spikewell::io::sonata
