#include "io/names.hpp"
#include "io/sonata/sonata_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>

namespace spikewell::io::sonata {

namespace {

constexpr const char* k_cells_folder = "cells";
constexpr const char* k_pynn_cells_folder = "cells_pynn";
constexpr std::uint64_t k_seed_range = std::uint64_t{1} << 31U; // libsonata's seeds are ints

/// What the configurations of the circuit differ in.
struct Dialect {
    const char* nodes_suffix; ///< of the tables of node types
    const char* edges_suffix; ///< of that of edge types
    const char* base;         ///< what paths begin with
    const char* cells_folder; ///< of the neurons' parameters
    const char* simulator;
    bool with_empty; ///< populations without edges, too
};
constexpr Dialect k_common{"", "", "${configdir}", k_cells_folder, "unspecified", true};
// These know no ${configdir}, and take paths from where the configuration is.
constexpr Dialect k_nest{"", ".nest", ".", k_cells_folder, "NEST", false};
constexpr Dialect k_libsonata{"", "", ".", k_cells_folder, "unspecified", true};
constexpr Dialect k_pynn{".pynn", ".pynn", ".", k_pynn_cells_folder,
                         "PyNN",  true}; // relative to where it runs

std::string in_base(const std::string& name) {
    return "$BASE_DIR/" + name;
}

Json nodes_entries(const Dialect& dialect, const std::vector<NodePopulation>& nodes) {
    Json entries = Json::array();
    for (const NodesFile& file : k_nodes_files) {
        Json populations = Json::object();
        for (const NodePopulation& population : nodes) {
            if (file.holds(population))
                populations[population.name] = {
                    {"type", file.of_sources ? "virtual" : "point_neuron"}};
        }
        if (populations.empty()) continue;
        const std::string types = fmt::format("{}{}.csv", file.types, dialect.nodes_suffix);
        entries.push_back({{"nodes_file", in_base(file.name)},
                           {"node_types_file", in_base(types)},
                           {"populations", populations}});
    }
    return entries;
}

Json edges_entries(const Dialect& dialect, const std::vector<EdgePopulation>& edges) {
    Json entries = Json::array();
    for (const EdgesFile& file : k_edges_files) {
        Json populations = Json::object();
        for (const EdgePopulation& population : edges) {
            if (file.holds(population)) populations[population.name] = {{"type", "chemical"}};
        }
        if (populations.empty() || (file.of_empty && !dialect.with_empty)) continue;
        const std::string types = fmt::format("edge_types{}.csv", dialect.edges_suffix);
        entries.push_back({{"edges_file", in_base(file.name)},
                           {"edge_types_file", in_base(types)},
                           {"populations", populations}});
    }
    return entries;
}

Json circuit(const Dialect& dialect, const Written& written) {
    return {{"manifest", {{"$BASE_DIR", dialect.base}}},
            {"target_simulator", dialect.simulator},
            {"components",
             {{"point_neuron_models_dir", in_base(dialect.cells_folder)},
              {"synaptic_models_dir", in_base(dialect.cells_folder)}}},
            {"node_sets_file", in_base("node_sets.json")},
            {"networks",
             {{"nodes", nodes_entries(dialect, written.nodes)},
              {"edges", edges_entries(dialect, written.edges)}}}};
}

/// What the configurations of a simulation differ in.
struct Runner {
    const char* suffix;
    const char* base;
    const char* circuit;
    const char* simulator; ///< null: nothing is said
    const char* module;    ///< that gives sources their spikes
    const char* file_key;
    bool refuses_0;     ///< spikes at 0 ms
    bool with_currents; ///< takes steps of current
};
constexpr std::array<Runner, 4> k_runners{
    {{"", "${configdir}", "circuit_config.json", "unspecified", "h5", "input_file", false, false},
     {".bmtk", "${configdir}", "circuit_config.json", "NEST", "h5", "input_file", true, true},
     {".nest", ".", "circuit_config.nest.json", "NEST", "h5", "input_file", true, false},
     {".libsonata", ".", "circuit_config.libsonata.json", nullptr, "synapse_replay", "spike_file",
      false, false}}};

/// The node set of all that are no sources, for who asks which nodes receive spikes.
std::string name_of_receivers(const std::vector<NodePopulation>& nodes) {
    return free_name("neurons", [&](const std::string& name) {
        return std::any_of(nodes.begin(), nodes.end(),
                           [&](const NodePopulation& other) { return other.name == name; });
    });
}

Json input(const Runner& runner, const Written& written, const NodePopulation& source) {
    const bool later = runner.refuses_0 && written.starts_at_0;
    Json json = {{"input_type", "spikes"},
                 {"module", runner.module},
                 {runner.file_key, in_base(later ? k_later_inputs_file : k_inputs_file)}};
    if (std::string_view(runner.module) != "synapse_replay") {
        json["node_set"] = source.name;
        return json;
    }
    json["node_set"] = name_of_receivers(written.nodes);
    json["source"] = source.name;
    json["delay"] = 0.0;
    json["duration"] = written.description.duration_ms;
    return json;
}

/// A current as steps one after another, from each of `times_ms` to the next or to the end.
Json clamp(const NodePopulation& nodes,
           const InjectedCurrent& current,
           double step_ms,
           double end_ms) {
    Json amps = Json::array();
    Json delays = Json::array();
    Json durations = Json::array();
    const auto add = [&](double amplitude, double from_ms, double to_ms) {
        from_ms = std::max(from_ms, 2.0 * step_ms); // bmtk leaves out what begins in the first step
        if (!(to_ms > from_ms)) return;
        amps.push_back(amplitude);
        delays.push_back(from_ms);
        durations.push_back(to_ms - from_ms);
    };
    if (const auto* step = std::get_if<StepCurrent>(&current.waveform)) {
        add(step->amplitude, step->from_ms, std::min(step->to_ms.value_or(end_ms), end_ms));
    } else if (const auto* table = std::get_if<TableCurrent>(&current.waveform)) {
        for (std::size_t k = 0; k < table->times_ms.size(); ++k)
            add(table->amplitudes[k], table->times_ms[k],
                k + 1 < table->times_ms.size() ? std::min(table->times_ms[k + 1], end_ms) : end_ms);
    }
    Json set = {{"population", nodes.name}};
    const std::size_t count = current.count ? *current.count : nodes.size - current.first;
    if (count < nodes.size) {
        std::vector<std::uint64_t> ids(count);
        std::iota(ids.begin(), ids.end(), std::uint64_t{current.first});
        set["node_id"] = ids;
    }
    return {{"input_type", "current_clamp"},
            {"module", "IClamp"},
            {"node_set", set},
            {"amp", amps},
            {"delay", delays},
            {"duration", durations},
            {"spikewell", true}}; // the circuit says it to Spikewell
}

/// Adds the currents of a population that steps can say. NEST's neurons have membranes of 1 GOhm where ours
/// have drives in mV: pA are mV.
void add_clamps(Json& inputs, const Written& written, const NodePopulation& nodes) {
    const auto is_taken = [&](const std::string& name) { return inputs.contains(name); };
    const double step_ms = nest_step_ms(written.edges);
    for (std::size_t k = 0; k < nodes.cells->currents.size(); ++k) {
        const Json json =
            clamp(nodes, nodes.cells->currents[k], step_ms, written.description.duration_ms);
        if (!json["amp"].empty())
            inputs[free_name(fmt::format("{}_current_{}", nodes.name, k), is_taken)] = json;
    }
}

Json simulation(const Runner& runner, const Written& written) {
    Json inputs = Json::object();
    for (const NodePopulation& population : written.nodes) {
        if (population.cells == nullptr)
            inputs[population.name] = input(runner, written, population);
        else if (runner.with_currents)
            add_clamps(inputs, written, population);
    }
    Json json = {{"manifest", {{"$BASE_DIR", runner.base}}},
                 {"run",
                  {{"tstop", written.description.duration_ms},
                   {"dt", nest_step_ms(written.edges)},
                   {"random_seed", written.description.network.seed % k_seed_range}}},
                 {"network", in_base(runner.circuit)},
                 {"node_sets_file", in_base("node_sets.json")},
                 {"inputs", inputs},
                 {"output",
                  {{"output_dir", in_base("output")},
                   {"spikes_file", "spikes.h5"},
                   {"spikes_sort_order", "by_time"},
                   {"log_file", "log.txt"},
                   {"overwrite_output_dir", true}}},
                 {"reports", Json::object()}};
    if (runner.simulator != nullptr) json["target_simulator"] = runner.simulator;
    return json;
}

/// Of the parameters of virtual nodes, beside the files of the others; without ".json".
std::string name_of_virtual(const std::vector<NodePopulation>& nodes) {
    return free_name("virtual", [&](const std::string& name) {
        return std::any_of(nodes.begin(), nodes.end(),
                           [&](const NodePopulation& other) { return other.name == name; });
    });
}

/// `pynn` neurons need a file of parameters even where they have none.
std::string node_types(const NodesFile& file, const std::vector<NodePopulation>& nodes, bool pynn) {
    std::string csv = "node_type_id population model_type model_template dynamics_params\n";
    for (const NodePopulation& population : nodes) {
        if (!file.holds(population)) continue;
        if (file.of_sources) {
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

/// A file of parameters below k_cells_folder that is none of a population's.
std::string params_file(const std::vector<NodePopulation>& nodes, const std::string& stem) {
    const auto is_taken = [&](const std::string& name) {
        return std::any_of(nodes.begin(), nodes.end(),
                           [&](const NodePopulation& other) { return other.name == name; });
    };
    return free_name(stem, is_taken) + ".json";
}

/// That of edges onto this port.
std::string port_file(const std::vector<NodePopulation>& nodes, int port) {
    return params_file(nodes, fmt::format("receptor_{}", port));
}
bool has_ports(const NodePopulation& nodes) {
    return nodes.cells != nullptr && nest_model(nodes.cells->neuron).ports_by_sign;
}

/// The file of parameters of a population of edges, for NEST, which wants one of each.
std::string edge_file(const std::vector<NodePopulation>& nodes, const EdgePopulation& edges) {
    return params_file(nodes, "edges_" + edges.name);
}

std::string edge_types(const Written& written) {
    std::string csv =
        "edge_type_id population model_template dynamics_params target_query source_query\n";
    for (const EdgePopulation& population : written.edges) {
        const std::string params = has_ports(written.nodes[population.post])
                                       ? port_file(written.nodes, population.excites ? 1 : 2)
                                       : "NULL";
        csv += fmt::format("{} {} static_synapse {} NULL NULL\n", population.type_id,
                           population.name, params);
    }
    return csv;
}
std::string edge_types_of_nest(const Written& written) {
    std::string csv = "edge_type_id population model_template dynamics_params\n";
    for (const EdgePopulation& population : written.edges)
        csv += fmt::format("{} {} {} {}\n", population.type_id, population.name,
                           population.nest_model, edge_file(written.nodes, population));
    return csv;
}
std::string edge_types_of_pynn(const Written& written) {
    std::string csv = "edge_type_id population model_template receptor_type\n";
    for (const EdgePopulation& population : written.edges)
        csv += fmt::format("{} {} pyNN:StaticSynapse {}\n", population.type_id, population.name,
                           population.excites ? "excitatory" : "inhibitory");
    return csv;
}

/// V_m that all neurons of a population begin with where nothing is said node by node.
double common_V_m_mV(const Written& written, std::size_t n) {
    const NeuronPopulation& cells = *written.nodes[n].cells;
    if (const auto* V = std::get_if<Constant>(&cells.V_init_mV))
        return nest_V_m_mV(cells.neuron, V->value);
    const std::vector<double>& drawn_mV = written.drawn.V_init_mV[n];
    const double sum = std::accumulate(drawn_mV.begin(), drawn_mV.end(), 0.0);
    return nest_V_m_mV(cells.neuron, sum / static_cast<double>(drawn_mV.size()));
}

void write_edge_files(const FolderOutput& folder, const Written& written) {
    namespace fs = std::filesystem;
    if (std::any_of(written.nodes.begin(), written.nodes.end(), has_ports)) {
        for (const int port : {1, 2})
            folder.write(fs::path(k_cells_folder) / port_file(written.nodes, port),
                         Json{{"receptor_type", port}}.dump(1) + "\n");
    }
    for (const EdgePopulation& edges : written.edges) {
        Json params = edges.nest_params;
        if (has_ports(written.nodes[edges.post])) params["receptor_type"] = edges.excites ? 1 : 2;
        folder.write(fs::path(k_cells_folder) / edge_file(written.nodes, edges),
                     params.dump(1) + "\n");
    }
}

void write_cells(const FolderOutput& folder, const Written& written, bool pynn) {
    namespace fs = std::filesystem;
    if (pynn)
        folder.write(fs::path(k_pynn_cells_folder) / (name_of_virtual(written.nodes) + ".json"),
                     "{}\n");
    for (std::size_t n = 0; n < written.nodes.size(); ++n) {
        const NodePopulation& population = written.nodes[n];
        if (population.cells == nullptr) continue;
        CellModel model = nest_model(population.cells->neuron);
        model.params["V_m"] = common_V_m_mV(written, n);
        if (const auto tau_ms = nest_tau_minus_ms(written, n)) model.params["tau_minus"] = *tau_ms;
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
                          const Written& written,
                          const Json& extension) {
    Json config = circuit(k_common, written);
    config["spikewell"] = extension;
    folder.write("circuit_config.json", config.dump(1) + "\n");
    folder.write("circuit_config.nest.json", circuit(k_nest, written).dump(1) + "\n");
    folder.write("circuit_config.libsonata.json", circuit(k_libsonata, written).dump(1) + "\n");
    for (const Runner& runner : k_runners)
        folder.write(fmt::format("simulation_config{}.json", runner.suffix),
                     simulation(runner, written).dump(1) + "\n");
    const bool pynn = not_of_pynn(written.nodes).empty();
    for (const NodesFile& file : k_nodes_files) {
        folder.write(fmt::format("{}.csv", file.types), node_types(file, written.nodes, false));
        if (pynn)
            folder.write(fmt::format("{}.pynn.csv", file.types),
                         node_types(file, written.nodes, true));
    }
    folder.write("edge_types.csv", edge_types(written));
    folder.write("edge_types.nest.csv", edge_types_of_nest(written));
    if (pynn) {
        folder.write("circuit_config.pynn.json", circuit(k_pynn, written).dump(1) + "\n");
        folder.write("edge_types.pynn.csv", edge_types_of_pynn(written));
    }
    Json sets = Json::object();
    Json receivers = Json::array();
    for (const NodePopulation& population : written.nodes) {
        sets[population.name] = {{"population", population.name}};
        if (population.cells != nullptr) receivers.push_back(population.name);
    }
    sets[name_of_receivers(written.nodes)] = receivers;
    folder.write("node_sets.json", sets.dump(1) + "\n");
    write_edge_files(folder, written);
    write_cells(folder, written, pynn);
}

} // namespace spikewell::io::sonata
