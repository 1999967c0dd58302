#include "io/names.hpp"
#include "io/sonata/sonata_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::io::sonata {

namespace {

constexpr const char* k_cells_folder = "cells";
constexpr const char* k_pynn_cells_folder = "cells_pynn";
constexpr std::uint64_t k_seed_range = std::uint64_t{1} << 31U; // libsonata's seeds are ints
constexpr double k_suggested_step_ms = 0.1;

/// What the three configurations of the circuit differ in.
struct Dialect {
    const char* suffix;       ///< of the type tables
    const char* base;         ///< what paths begin with
    const char* cells_folder; ///< of the neurons' parameters
    const char* simulator;
};
constexpr Dialect k_common{"", "${configdir}", k_cells_folder, "unspecified"};
constexpr Dialect k_nest{"", "${configdir}", k_cells_folder, "NEST"};
constexpr Dialect k_pynn{".pynn", ".", k_pynn_cells_folder, "PyNN"}; // relative to where it runs

Json circuit(const Dialect& dialect,
             const std::vector<NodePopulation>& nodes,
             const std::vector<EdgePopulation>& edges) {
    const auto file = [](const std::string& name) { return "$BASE_DIR/" + name; };
    Json node_populations = Json::object();
    for (const NodePopulation& population : nodes)
        node_populations[population.name] = {
            {"type", population.cells == nullptr ? "virtual" : "point_neuron"}};
    Json edge_populations = Json::object();
    for (const EdgePopulation& population : edges)
        edge_populations[population.name] = {{"type", "chemical"}};
    Json config = {
        {"manifest", {{"$BASE_DIR", dialect.base}}},
        {"target_simulator", dialect.simulator},
        {"components",
         {{"point_neuron_models_dir", file(dialect.cells_folder)},
          {"synaptic_models_dir", file(dialect.cells_folder)}}},
        {"node_sets_file", file("node_sets.json")},
        {"networks",
         {{"nodes",
           Json::array({{{"nodes_file", file("nodes.h5")},
                         {"node_types_file", file(fmt::format("node_types{}.csv", dialect.suffix))},
                         {"populations", node_populations}}})},
          {"edges", Json::array()}}}};
    if (!edges.empty())
        config["networks"]["edges"] = Json::array(
            {{{"edges_file", file("edges.h5")},
              {"edge_types_file", file(fmt::format("edge_types{}.csv", dialect.suffix))},
              {"populations", edge_populations}}});
    return config;
}

Json simulation(const NetworkDescription& description, const std::vector<NodePopulation>& nodes) {
    Json inputs = Json::object();
    for (const NodePopulation& population : nodes) {
        if (population.cells == nullptr)
            inputs[population.name] = {{"input_type", "spikes"},
                                       {"module", "h5"},
                                       {"input_file", "$BASE_DIR/inputs.h5"},
                                       {"node_set", population.name}};
    }
    return {{"manifest", {{"$BASE_DIR", "${configdir}"}, {"$OUTPUT_DIR", "$BASE_DIR/output"}}},
            {"run",
             {{"tstop", description.duration_ms},
              {"dt", k_suggested_step_ms},
              {"random_seed", description.network.seed % k_seed_range}}},
            {"target_simulator", "unspecified"},
            {"network", "$BASE_DIR/circuit_config.json"},
            {"node_sets_file", "$BASE_DIR/node_sets.json"},
            {"inputs", inputs},
            {"output",
             {{"output_dir", "$OUTPUT_DIR"},
              {"spikes_file", "spikes.h5"},
              {"spikes_sort_order", "by_time"},
              {"log_file", "log.txt"},
              {"overwrite_output_dir", true}}},
            {"reports", Json::object()}};
}

/// Of the parameters of virtual nodes, beside the files of the others; without ".json".
std::string name_of_virtual(const std::vector<NodePopulation>& nodes) {
    return free_name("virtual", [&](const std::string& name) {
        return std::any_of(nodes.begin(), nodes.end(),
                           [&](const NodePopulation& other) { return other.name == name; });
    });
}

/// `pynn` neurons need a file of parameters even where they have none.
std::string node_types(const std::vector<NodePopulation>& nodes, bool pynn) {
    std::string csv = "node_type_id population model_type model_template dynamics_params\n";
    for (const NodePopulation& population : nodes) {
        if (population.cells == nullptr) {
            csv += fmt::format("{} {} virtual NULL {}\n", population.type_id, population.name,
                               pynn ? name_of_virtual(nodes) + ".json" : "NULL");
            continue;
        }
        const PointNeuron& neuron = population.cells->neuron;
        const CellModel model = pynn ? pynn_model(neuron) : nest_model(neuron);
        csv += fmt::format("{} {} point_neuron {} {}.json\n", population.type_id, population.name,
                           model.model_template, population.name);
    }
    return csv;
}

/// The file of parameters of edges onto this port, below k_cells_folder.
std::string port_file(const std::vector<NodePopulation>& nodes, int port) {
    const std::string stem = fmt::format("receptor_{}", port);
    return free_name(stem,
                     [&](const std::string& name) {
                         return std::any_of(
                             nodes.begin(), nodes.end(),
                             [&](const NodePopulation& other) { return other.name == name; });
                     }) +
           ".json";
}
bool has_ports(const NodePopulation& nodes) {
    return nodes.cells != nullptr && nest_model(nodes.cells->neuron).ports_by_sign;
}

std::string edge_types(const std::vector<EdgePopulation>& edges,
                       const std::vector<NodePopulation>& nodes,
                       bool pynn) {
    std::string csv = "edge_type_id population model_template";
    csv += pynn ? " receptor_type\n" : " dynamics_params target_query source_query\n";
    for (const EdgePopulation& population : edges) {
        const std::string sign = population.excites ? "excitatory" : "inhibitory";
        const std::string params = has_ports(nodes[population.post])
                                       ? port_file(nodes, population.excites ? 1 : 2)
                                       : "NULL";
        csv += fmt::format("{} {} {} {}\n", population.type_id, population.name,
                           pynn ? "pyNN:StaticSynapse" : "static_synapse",
                           pynn ? sign : params + " NULL NULL");
    }
    return csv;
}

void write_cells(const FolderOutput& folder, const std::vector<NodePopulation>& nodes, bool pynn) {
    namespace fs = std::filesystem;
    if (pynn)
        folder.write(fs::path(k_pynn_cells_folder) / (name_of_virtual(nodes) + ".json"), "{}\n");
    if (std::any_of(nodes.begin(), nodes.end(), has_ports)) {
        for (const int port : {1, 2})
            folder.write(fs::path(k_cells_folder) / port_file(nodes, port),
                         Json{{"receptor_type", port}}.dump(1) + "\n");
    }
    for (const NodePopulation& population : nodes) {
        if (population.cells == nullptr) continue;
        CellModel model = nest_model(population.cells->neuron);
        if (const auto* V = std::get_if<Constant>(&population.cells->V_init_mV)) {
            const auto* delta = std::get_if<LifDelta>(&population.cells->neuron);
            // The potential of a point process counts from E_L.
            const bool from_rest = delta != nullptr && delta->escape;
            model.params["V_m"] = V->value - (from_rest ? delta->E_L_mV : 0.0);
        }
        const std::string name = population.name + ".json";
        folder.write(fs::path(k_cells_folder) / name, model.params.dump(1) + "\n");
        if (pynn)
            folder.write(fs::path(k_pynn_cells_folder) / name,
                         pynn_model(population.cells->neuron).params.dump(1) + "\n");
    }
}

} // namespace

std::vector<std::string> not_of_pynn(const std::vector<NodePopulation>& nodes) {
    std::vector<std::string> names;
    for (const NodePopulation& population : nodes) {
        if (population.cells != nullptr && !has_pynn_model(population.cells->neuron))
            names.push_back(population.name);
    }
    return names;
}

void write_configurations(const FolderOutput& folder,
                          const NetworkDescription& description,
                          const std::vector<NodePopulation>& nodes,
                          const std::vector<EdgePopulation>& edges,
                          const Json& extension) {
    Json config = circuit(k_common, nodes, edges);
    config["spikewell"] = extension;
    folder.write("circuit_config.json", config.dump(1) + "\n");
    folder.write("circuit_config.nest.json", circuit(k_nest, nodes, edges).dump(1) + "\n");
    folder.write("simulation_config.json", simulation(description, nodes).dump(1) + "\n");
    folder.write("node_types.csv", node_types(nodes, false));
    folder.write("edge_types.csv", edge_types(edges, nodes, false));
    const bool pynn = not_of_pynn(nodes).empty();
    if (pynn) {
        folder.write("circuit_config.pynn.json", circuit(k_pynn, nodes, edges).dump(1) + "\n");
        folder.write("node_types.pynn.csv", node_types(nodes, true));
        folder.write("edge_types.pynn.csv", edge_types(edges, nodes, true));
    }
    Json sets = Json::object();
    for (const NodePopulation& population : nodes)
        sets[population.name] = {{"population", population.name}};
    folder.write("node_sets.json", sets.dump(1) + "\n");
    write_cells(folder, nodes, pynn);
}

} // namespace spikewell::io::sonata
