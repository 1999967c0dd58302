#include "io/sonata/sonata_file_edges.hpp"

#include "core/error.hpp"
#include "io/json_reader.hpp"
#include "io/sonata/sonata_columns.hpp"
#include "io/sonata/sonata_synapses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace spikewell::io::sonata {

namespace {

namespace fs = std::filesystem;

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
    std::vector<std::uint64_t> sources = {};
    std::vector<std::uint64_t> targets = {};
    std::vector<double> weights = {};
    std::vector<double> delays_ms = {};
    std::vector<std::uint32_t> type_of = {}; ///< of `types`
    std::vector<SynapseType> types = {};
};

/// A value of every edge: its own, or that of its type.
std::vector<double> edge_values(const FilePopulation& file,
                                const FileEdges& edges,
                                const std::optional<Column>& own,
                                std::optional<double> SynapseType::*of_type,
                                const char* name) {
    std::vector<double> values(edges.type_of.size());
    for (std::size_t e = 0; e < values.size(); ++e) {
        const std::optional<double>& common = edges.types[edges.type_of[e]].*of_type;
        if (own && own->given[e])
            values[e] = own->values[e];
        else if (common)
            values[e] = *common;
        else
            fail(file.group, fmt::format("has no {}: neither 0/{} nor a column of {}", name, name,
                                         file.table_path.string()));
    }
    return values;
}

/// Weights of all the synapses that an edge stands for.
void multiply_by_nsyns(const FilePopulation& file, const Groups& groups, FileEdges& edges) {
    const std::optional<Column> own = column_of(file.group, groups, "nsyns", "nsyns");
    for (std::size_t e = 0; e < edges.weights.size(); ++e) {
        const double n = own && own->given[e]
                             ? own->values[e]
                             : edges.types[edges.type_of[e]].n_synapses.value_or(1.0);
        if (!(n >= 0.0))
            fail(file.group, fmt::format("nsyns must be >= 0, got {} for edge {}", n, e));
        edges.weights[e] *= n;
    }
}

/// Types in the order in which edges have them first.
void read_types_of_edges(const FilePopulation& file, Circuit& circuit, FileEdges& edges) {
    const hdf5::Dataset type_ids = whole_numbers(file.group, "edge_type_id");
    require_size(type_ids, edges.sources.size());
    std::map<std::int64_t, std::uint32_t> known;
    for (const std::int64_t id : types_of(type_ids, file.table, file.table_path)) {
        const auto [type, is_new] = known.emplace(id, static_cast<std::uint32_t>(known.size()));
        if (is_new)
            edges.types.push_back(synapse_type_of(file.table.at(id), file.table_path, circuit));
        edges.type_of.push_back(type->second);
    }
}

void lose_rest_of_edges(const FilePopulation& file, const Groups& groups, Losses& losses) {
    lose_datasets(
        file.group, Place::edges,
        {"source_node_id", "target_node_id", "edge_type_id", "edge_group_id", "edge_group_index"},
        losses);
    for (const hdf5::Group& group : groups_there(file.group, groups)) {
        lose_values(group, Place::edge_values, {"syn_weight", "delay", "nsyns", "dynamics_params"},
                    losses);
        if (group.has_group("dynamics_params"))
            lose_values(group.group("dynamics_params"), Place::edge_values,
                        {"weight", "delay", "nsyns"}, losses);
    }
}

FileEdges read_file_edges(const FilePopulation& file, Circuit& circuit) {
    const hdf5::Group& population = file.group;
    const hdf5::Dataset sources = whole_numbers(population, "source_node_id");
    const hdf5::Dataset targets = whole_numbers(population, "target_node_id");
    FileEdges edges{circuit.populations.at(population_of(sources, circuit)),
                    circuit.populations.at(population_of(targets, circuit))};
    edges.sources = read_ends(sources, circuit);
    const std::size_t n = edges.sources.size();
    require_size(sources, n);
    require_size(targets, n);
    edges.targets = read_ends(targets, circuit);
    const Groups groups = groups_of(population, "edge", n);
    read_types_of_edges(file, circuit, edges);
    lose_rest_of_edges(file, groups, circuit.losses);
    edges.weights = edge_values(file, edges, column_of(population, groups, "syn_weight", "weight"),
                                &SynapseType::weight, "syn_weight");
    multiply_by_nsyns(file, groups, edges);
    edges.delays_ms = edge_values(file, edges, column_of(population, groups, "delay", "delay"),
                                  &SynapseType::delay_ms, "delay");
    return edges;
}

/// Receptors are told by the sign of weights: port 1 excites and port 2 inhibits where ports differ.
void require_receptor(const FilePopulation& file,
                      const FileEdges& edges,
                      std::size_t e,
                      const Cell& cell) {
    const SynapseType& type = edges.types[edges.type_of[e]];
    const double weight = edges.weights[e];
    if (type.excites && weight != 0.0 && *type.excites != (weight > 0.0))
        fail(file.group,
             fmt::format("receptor_type must be excitatory where weights are > 0, inhibitory where "
                         "they are < 0, got weight {} for edge {}",
                         weight, e));
    const bool fits = (type.port == 1.0 && weight >= 0.0) || (type.port == 2.0 && weight <= 0.0);
    if (cell.ports_by_sign && !fits)
        fail(file.group,
             fmt::format("receptor_type must be 1 where weights are > 0, 2 where they are < 0: no "
                         "other ports have time constants of their own; got {} for edge {}, of "
                         "weight {}",
                         type.port, e, weight));
    if (cell.port_taus_ms.empty() && type.port != 0.0)
        fail(file.group, fmt::format("receptor_type must be 0, as the model of edge {} has no "
                                     "ports, got {}",
                                     e, type.port));
}

/// To the unit of the targets' weights.
void scale_weights(const FilePopulation& file, const Circuit& circuit, FileEdges& edges) {
    std::vector<const Cell*> cells;
    for (const std::string& name : edges.post.names) {
        const std::optional<Cell>& cell = circuit.nodes.at(name).cell;
        cells.push_back(cell ? &*cell : nullptr);
    }
    for (std::size_t e = 0; e < edges.sources.size(); ++e) {
        const std::uint32_t post = edges.post.part_of[edges.targets[e]];
        if (cells[post] == nullptr)
            fail(file.group, fmt::format("targets virtual nodes ({}), which take no input",
                                         edges.post.names[post]));
        require_receptor(file, edges, e, *cells[post]);
        edges.weights[e] *= cells[post]->weight_mV;
    }
}

/// Which edges become one projection: the parts that they join, and their kind of synapse.
using EdgeKey = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;

/// For each type the first type of the same kind of synapse.
std::vector<std::uint32_t> kinds_of(const std::vector<SynapseType>& types) {
    std::vector<std::uint32_t> kinds;
    for (const SynapseType& type : types) {
        const auto same = std::find_if(types.begin(), types.end(), [&](const SynapseType& other) {
            return other.stdp == type.stdp && other.short_term == type.short_term;
        });
        kinds.push_back(static_cast<std::uint32_t>(same - types.begin()));
    }
    return kinds;
}

std::vector<ReadEdges> parts_of(const FilePopulation& file,
                                FileEdges edges,
                                const Circuit& circuit) {
    constexpr double k_most = 1e6; // mV, ms: as in a network file
    scale_weights(file, circuit, edges);
    require_range(file.group, edges.weights, "weight (mV)", -k_most, k_most);
    // A least delay of 1e-4 ms in single precision.
    require_range(file.group, edges.delays_ms, "delay (ms)",
                  static_cast<double>(static_cast<float>(k_least_delay_ms)), k_most);
    const std::vector<std::uint32_t> kinds = kinds_of(edges.types);
    std::map<EdgeKey, std::vector<Synapse>> parts;
    for (std::size_t e = 0; e < edges.sources.size(); ++e)
        parts[{edges.pre.part_of[edges.sources[e]], edges.post.part_of[edges.targets[e]],
               kinds[edges.type_of[e]]}]
            .push_back({edges.pre.index_of[edges.sources[e]], edges.post.index_of[edges.targets[e]],
                        static_cast<float>(edges.weights[e]),
                        static_cast<float>(edges.delays_ms[e])});
    std::vector<ReadEdges> read;
    for (auto& [key, synapses] : parts) {
        const auto& [pre, post, kind] = key;
        ReadEdges& one = read.emplace_back(
            ReadEdges{edges.pre.names[pre], edges.post.names[post], std::move(synapses)});
        const Cell& cell = *circuit.nodes.at(one.post).cell;
        if (edges.types[kind].stdp)
            one.plasticity = rule_of(*edges.types[kind].stdp, cell.weight_mV, cell.tau_minus_ms);
        one.short_term = edges.types[kind].short_term;
    }
    if (read.empty()) read.push_back({edges.pre.names.front(), edges.post.names.front(), {}});
    return read;
}

/// Edge populations of the circuit: one of the file's name, or one for each part.
void add_edges(Circuit& circuit, const std::string& name, std::vector<ReadEdges>&& parts) {
    std::set<std::string> given;
    for (ReadEdges& part : parts) {
        std::string own =
            parts.size() == 1 ? name : fmt::format("{}_{}-{}", name, part.pre, part.post);
        for (int k = 2; given.contains(own); ++k)
            own = fmt::format("{}_{}-{}_{}", name, part.pre, part.post, k);
        given.insert(own);
        if (circuit.edges.contains(own))
            throw DescriptionError(circuit.config.path.string(),
                                   {{"/networks/edges", fmt::format("{}: is there twice", own)}});
        circuit.n_synapses += part.synapses.size(); // one list of edges may have many names
        require_memory(static_cast<double>(circuit.n_synapses * sizeof(Synapse)),
                       circuit.config.path.string() + ": edges");
        circuit.edges[own] = std::move(part);
        circuit.edge_order.push_back(own);
    }
}

} // namespace

void read_edges(Circuit& circuit) {
    each_population(circuit, "edge", [&](const FilePopulation& population) {
        add_edges(circuit, population.name,
                  parts_of(population, read_file_edges(population, circuit), circuit));
    });
}

std::map<std::string, std::string> copied_synapses(const Configuration& simulation) {
    std::map<std::string, std::string> copies;
    if (!simulation.json.contains("reports") || !simulation.json["reports"].is_object())
        return copies;
    for (const auto& [name, report] : simulation.json["reports"].items()) {
        if (!report.is_object() || report.value("module", nlohmann::json()) != "weight_recorder")
            continue;
        const std::string at = child_pointer("/reports", name);
        copies[text_at(report, "model_template", at, simulation.path)] =
            text_at(report, "nest_model", at, simulation.path);
    }
    return copies;
}

} // namespace spikewell::io::sonata
