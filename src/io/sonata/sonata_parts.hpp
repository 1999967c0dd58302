#pragma once

#include "io/folder_output.hpp"
#include "io/hdf5.hpp"
#include "io/json_reader.hpp"
#include "io/results/export_report.hpp"
#include "network/description.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

/// The parts that SONATA networks are written and read with; src/io/sonata/sonata.hpp is the door.
namespace spikewell::io::sonata {

using Json = nlohmann::ordered_json;

/// A neuron model as another simulator knows it: "nest:iaf_psc_exp" and its parameters there.
struct CellModel {
    std::string model_template;
    Json params;
    std::vector<std::string> approximated; ///< in what it differs from ours
    bool ports_by_sign = false; ///< edges > 0 are of receptor port 1, edges < 0 of port 2
};
[[nodiscard]] CellModel nest_model(const PointNeuron& neuron);
/// Throws NetworkError where PyNN has none.
[[nodiscard]] CellModel pynn_model(const PointNeuron& neuron);
[[nodiscard]] bool has_pynn_model(const PointNeuron& neuron);

/// The reverse. Potentials in mV, times in ms; whatever their unit of current, weights times
/// `weight_mV` are in mV.
struct Cell {
    PointNeuron neuron;
    double V_init_mV = 0.0;
    double weight_mV = 1.0;
    double drive_per_current =
        1.0;                    ///< of what is injected: NEST's pA, PyNN's nA, in the drive's unit
    double tau_minus_ms = 20.0; ///< of STDP of the synapses onto it, which NEST gives its neurons
    bool ports_by_sign = false; ///< as of CellModel; else ports are alike
    std::vector<double> port_taus_ms = {}; ///< of each receptor port; none: there are no ports
};
/// `params` are those of `model_template`; what is wrong is added to `problems`, each with its place
/// below `pointer`; keys that are not known to `unknown`.
[[nodiscard]] Cell cell_of(const std::string& model_template,
                           const nlohmann::json& params,
                           const std::string& pointer,
                           std::vector<Problem>& problems,
                           std::vector<Problem>& unknown);
/// What NEST has for V of a model at time 0, and back: some count from E_L.
[[nodiscard]] double nest_V_m_mV(const PointNeuron& neuron, double V_mV);
[[nodiscard]] bool is_known_template(const std::string& model_template);
[[nodiscard]] const std::vector<std::string>& known_templates();

/// A population of nodes to be written.
struct NodePopulation {
    std::string name;
    std::size_t size = 0;
    const NeuronPopulation* cells = nullptr; ///< none: virtual
    std::int64_t type_id = 0;
};

/// A population of edges to be written; their indices are those of nodes.
struct EdgePopulation {
    std::string name;
    std::uint32_t pre = 0; ///< index of a node population
    std::uint32_t post = 0;
    std::int64_t type_id = 0;
    bool excites = true;
    std::vector<Synapse> synapses;             ///< sorted by (post, pre)
    std::string nest_model = "static_synapse"; ///< as NEST has its rule
    Json nest_params = Json::object();         ///< of that
};

/// Files of nodes: NEST takes one kind of them a file.
struct NodesFile {
    const char* name;
    const char* types; ///< the table of their types, less ".csv"
    bool of_sources;   ///< virtual nodes
    [[nodiscard]] bool holds(const NodePopulation& nodes) const {
        return of_sources == (nodes.cells == nullptr);
    }
};
inline constexpr std::array<NodesFile, 2> k_nodes_files{
    {{"nodes.h5", "node_types", false}, {"sources.h5", "source_types", true}}};

/// Files of edges: NEST divides by how many there are.
struct EdgesFile {
    const char* name;
    bool of_empty; ///< populations without edges
    [[nodiscard]] bool holds(const EdgePopulation& edges) const {
        return of_empty == edges.synapses.empty();
    }
};
inline constexpr std::array<EdgesFile, 2> k_edges_files{
    {{"edges.h5", false}, {"edges_empty.h5", true}}};

/// Spikes of sources; those at 0 ms, which NEST and bmtk refuse, are later in the second.
constexpr const char* k_inputs_file = "inputs.h5";
constexpr const char* k_later_inputs_file = "inputs_after_0.h5";
constexpr double k_later_ms = 1e-3;

/// Writes a population of edges below /edges.
void write_edges(const hdf5::Group& all,
                 const EdgePopulation& population,
                 const std::vector<NodePopulation>& nodes);

// --- What SONATA has no field for, kept as differences between network files ---

/// A population as a network file has it that knows only what SONATA says.
[[nodiscard]] Json plain_cells(const std::string& name, std::size_t size, const Cell& cell);
[[nodiscard]] Json plain_virtual(const std::string& name, std::size_t size);
/// A projection likewise.
[[nodiscard]] Json plain_projection(const std::string& name,
                                    const std::string& pre,
                                    const std::string& post);

/// What makes `full` of `plain`, key by key (RFC 7386): null takes a key away.
[[nodiscard]] Json difference(const Json& plain, const Json& full);

/// Names of the populations that stand for Poisson inputs, [n_populations][n_inputs]: POPULATION_input_K,
/// or what no other population is called where that is taken.
[[nodiscard]] std::vector<std::vector<std::string>> input_names(const Network& network);

/// What the neurons of all populations have of their own, which neither SONATA nor PyNN gets.
[[nodiscard]] std::vector<std::string> own_of(const Network& network);

/// Spikes of everything that fires by itself, as `simulate` draws them.
struct DrawnSources {
    std::vector<std::vector<Spike>> of_population;          ///< [n_populations], empty for LIF
    std::vector<std::vector<std::vector<Spike>>> of_inputs; ///< [n_populations][n_inputs]
    std::vector<std::vector<double>> V_init_mV;             ///< [n_populations], of LIF only
};
[[nodiscard]] DrawnSources draw_sources(const NetworkDescription& description);
/// Throws NetworkError when more spikes are to be expected of them than anybody can keep.
void require_drawable(const NetworkDescription& description);

// --- Configurations ---

/// The names of populations whose model PyNN does not have.
[[nodiscard]] std::vector<std::string> not_of_pynn(const std::vector<NodePopulation>& nodes);
/// What configurations tell of.
struct Written {
    const NetworkDescription& description;
    const std::vector<NodePopulation>& nodes;
    const std::vector<EdgePopulation>& edges;
    const DrawnSources& drawn;
    bool starts_at_0 = false; ///< spikes of sources do: there is k_later_inputs_file
};
/// The step that NEST is asked to take: 0.1 ms, or as short as the least delay, or its shortest.
[[nodiscard]] double nest_step_ms(const std::vector<EdgePopulation>& edges);
/// tau_minus of plasticity onto a population, which NEST gives its neurons; none: nothing is plastic in NEST.
[[nodiscard]] std::optional<double> nest_tau_minus_ms(const Written& written, std::size_t nodes);
/// Gives edges the synapse model that NEST has for their projection; false: it has none for its rule.
bool give_nest_rule(const SynapticProjection& projection, EdgePopulation& part);
/// What is other in NEST, by its own loader of SONATA.
[[nodiscard]] ExportReport nest_report(const Written& written);
/// The files that say what is in those of nodes, edges and inputs; those for PyNN where it has all models.
void write_configurations(const FolderOutput& folder,
                          const Written& written,
                          const Json& extension);

} // namespace spikewell::io::sonata
