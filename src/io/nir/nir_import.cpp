#include "core/error.hpp"
#include "io/nir/nir_convention.hpp"
#include "io/nir/nir_ways.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spikewell::io {

namespace {

using namespace nir;
namespace fs = std::filesystem;

constexpr double k_no_leak_ms = 1e9; // longer than any run

/// Currents of LI nodes before a membrane, or of its own synapses.
struct Receptor {
    std::string node; ///< LI, or the membrane itself
    Incoming incoming;
};

struct Import {
    const ReadGraph& graph;
    NirImport result = {};
    std::map<std::string, PopulationId> sources = {};
    std::set<std::string> names = {}; ///< of populations
    std::map<std::string, std::size_t> last_numbers = {};
    std::set<std::string> seen = {};   ///< nodes that lead to neurons
    std::set<std::string> biased = {}; ///< that have a bias
    std::size_t n_synapses = 0;

    [[nodiscard]] Network& network() { return result.description.network; }
    void note(std::string line) { result.notes.push_back(std::move(line)); }
};

// --- Numbers of neurons ---

/// A time constant of an element as it was written.
double written_ms(const ReadGraph& graph,
                  const std::string& name,
                  const char* param,
                  std::size_t element) {
    const double s = graph.at(name).param(param, element);
    if (!(s > 0.0)) graph.fail(name, fmt::format("{} must be > 0 s, got {}", param, s));
    const double ms = s * k_ms_per_s;
    if (!graph.is_stepped()) return ms;
    constexpr double k_rounding = 1e-5; // of single precision
    if (ms < graph.step_ms * (1.0 - k_rounding))
        graph.fail(
            name,
            fmt::format("{} must be at least a step, {} s, got {} s: in Euler's steps it would "
                        "not decay (--nir-dt-ms sets the step, --nir-convention dirac reads "
                        "equations without steps)",
                        param, graph.step_ms / k_ms_per_s, s));
    return std::max(ms, graph.step_ms);
}

const char* membrane_tau(const ReadNode& node) {
    return node.type == "CubaLIF" ? "tau_mem" : "tau";
}

/// Where files of ours were written for steps, what the time constants were.
double tau_ms(const ReadGraph& graph,
              const std::string& name,
              const char* param,
              std::size_t element) {
    const std::vector<double>& own = graph.at(name).own.tau_ms;
    if (own.empty()) return written_ms(graph, name, param, element);
    return std::string_view(param) == "tau_syn" ? own.back() : own.front();
}

double tau_m_ms(const ReadGraph& graph, const std::string& name, std::size_t element) {
    const ReadNode& node = graph.at(name);
    return node.type == "IF" ? k_no_leak_ms : tau_ms(graph, name, membrane_tau(node), element);
}

/// What V, or a current, jumps by where 1 comes in: of an LI or a membrane whose gain and time constant these are.
double jump_of(const ReadGraph& graph,
               const std::string& name,
               const char* gain,
               const char* tau,
               std::size_t element) {
    const double r = graph.at(name).param(gain, element);
    return r / jump_gain(graph.convention, written_ms(graph, name, tau, element), graph.step_ms);
}

/// mV of current, or of V where it has no currents, that a weight of 1 into a receptor is.
double mV_of_weight(const ReadGraph& graph,
                    const std::string& membrane,
                    const std::string& receptor,
                    std::size_t element) {
    const ReadNode& cell = graph.at(membrane);
    const double r = cell.param("r", element);
    if (cell.type == "IF") return r;
    const bool cuba = cell.type == "CubaLIF";
    if (receptor == membrane && !cuba) return jump_of(graph, membrane, "r", "tau", element);
    const double jump = cuba ? jump_of(graph, membrane, "w_in", "tau_syn", element)
                             : jump_of(graph, receptor, "r", "tau", element);
    if (cell.own.tau_ms.empty()) return jump * r;
    // Made for steps: after one, V is where the neuron without steps has it.
    const double after_step_mV = jump * jump_of(graph, membrane, "r", membrane_tau(cell), element);
    return after_step_mV / psp_factor(tau_ms(graph, membrane, membrane_tau(cell), element),
                                      tau_ms(graph, receptor, cuba ? "tau_syn" : "tau", element),
                                      graph.step_ms);
}

/// mV of drive that a constant input of 1 into a receptor is.
double drive_of_input(const ReadGraph& graph,
                      const std::string& membrane,
                      const std::string& receptor,
                      std::size_t element) {
    const ReadNode& cell = graph.at(membrane);
    const double r = cell.param("r", element);
    if (cell.type == "IF")
        graph.fail(membrane, "has a bias before it, allowed before LIF, CubaLIF");
    if (cell.type == "CubaLIF") return cell.param("w_in", element) * r;
    return receptor == membrane ? r : graph.at(receptor).param("r", element) * r;
}

/// Gives neurons a number of each element.
template <class ValueOf>
void set_numbers(const ReadGraph& graph,
                 const std::string& name,
                 const char* param,
                 NeuronPopulation& cells,
                 const char* key,
                 const ValueOf& value_of) {
    std::vector<double> values;
    for (std::size_t k = 0; k < cells.size; ++k)
        values.push_back(value_of(k));
    set_number(cells.neuron, key, values.front());
    if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end())
        return;
    const std::optional<NumberOfModel> number = number_of(cells.neuron, key);
    if (!number || !number->may_vary)
        throw IoError(graph.file, fmt::format("{}/{}: must be the same for all elements",
                                              graph.at(name).path, param));
    cells.varied.push_back({key, Constant{}, std::move(values)});
}

// --- Populations ---

/// Letters, digits, _ and - of a name, with _ for others.
std::string word_of(std::string name) {
    for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-') c = '_';
    }
    return name.substr(0, 80); // more is added
}

/// "X.lif" is X; where that is taken, X-2, X-3 ...
std::string population_name(Import& in, std::string name) {
    if (name.ends_with(".lif")) name.resize(name.size() - 4);
    name = name.empty() ? "node" : word_of(std::move(name));
    std::size_t& number = in.last_numbers.try_emplace(name, 1).first->second;
    std::string unique = name;
    while (!in.names.insert(unique).second)
        unique = fmt::format("{}-{}", name, ++number);
    return unique;
}

bool all_of_sign(const Incoming& incoming, double sign) {
    return std::all_of(incoming.ways.begin(), incoming.ways.end(), [&](const Way& way) {
        return std::all_of(way.map.entries.begin(), way.map.entries.end(),
                           [&](const MapEntry& entry) { return entry.weight * sign >= 0.0; });
    });
}

/// Where weights of either sign come into a membrane.
struct Receptors {
    std::vector<Receptor> all;
    const Receptor* exc = nullptr;
    const Receptor* inh = nullptr; ///< the same where one takes both
};

/// The LI nodes before a LIF.
std::vector<std::string> currents_before(const ReadGraph& graph, const std::string& name) {
    std::vector<std::string> currents;
    if (graph.at(name).type != "LIF") return currents;
    for (const std::string& from : graph.at(name).from)
        if (graph.at(from).type == "LI") currents.push_back(from);
    return currents;
}

/// Finds out which of the LI nodes, all but the first, take weights of which sign.
void tell_signs(const ReadGraph& graph, Receptors& receptors) {
    const bool is_alone = receptors.all.size() == 2;
    for (std::size_t k = 1; k < receptors.all.size(); ++k) {
        const Receptor& receptor = receptors.all[k];
        const bool excites = all_of_sign(receptor.incoming, 1.0);
        const bool inhibits = all_of_sign(receptor.incoming, -1.0);
        const bool both = is_alone && !excites && !inhibits;
        if ((excites || both) && receptors.exc == nullptr)
            receptors.exc = &receptor;
        else if (inhibits && receptors.inh == nullptr)
            receptors.inh = &receptor;
        else
            graph.fail(receptor.node,
                       "must lead weights of one sign, and there be one LI node for each");
        if (both) receptors.inh = &receptor;
    }
}

Receptors receptors_of(Import& in, const std::string& name) {
    const ReadGraph& graph = in.graph;
    Receptors receptors;
    receptors.all.push_back({name, ways_into(graph, name, in.seen)});
    const std::vector<std::string> currents = currents_before(graph, name);
    if (currents.empty()) {
        receptors.exc = receptors.inh = receptors.all.data();
        return receptors;
    }
    if (!receptors.all.front().incoming.ways.empty())
        graph.fail(receptors.all.front().incoming.ways.front().through,
                   fmt::format("leads to {} beside LI nodes", name));
    for (const std::string& current : currents) {
        if (!graph.at(current).is_uniform("v_leak") || graph.at(current).param("v_leak", 0) != 0.0)
            graph.fail(current, "v_leak must be 0 before a LIF node");
        in.seen.insert(current);
        receptors.all.push_back({current, ways_into(graph, current, in.seen)});
    }
    tell_signs(graph, receptors);
    return receptors;
}

PointNeuron blank_neuron(const ReadGraph& graph, const ReadNode& node, bool has_currents) {
    if (graph.is_stepped()) {
        LifStep steps;
        steps.step_ms = graph.step_ms;
        steps.t_ref_ms = node.own.t_ref_ms;
        return steps;
    }
    const auto with_own = [&](auto neuron) -> PointNeuron {
        neuron.t_ref_ms = node.own.t_ref_ms;
        neuron.escape = node.own.escape;
        return neuron;
    };
    return has_currents ? with_own(LifExp{}) : with_own(LifDelta{});
}

void set_synapses(const ReadGraph& graph,
                  const std::string& name,
                  NeuronPopulation& cells,
                  const Receptors& receptors) {
    const auto set = [&](const Receptor* receptor, const char* key) {
        if (receptor == nullptr) return;
        const char* tau = receptor->node == name ? "tau_syn" : "tau";
        set_numbers(graph, receptor->node, tau, cells, key,
                    [&](std::size_t k) { return tau_ms(graph, receptor->node, tau, k); });
    };
    set(receptors.exc, "tau_syn_exc_ms");
    set(receptors.inh, "tau_syn_inh_ms");
}

void set_membrane(const ReadGraph& graph, const std::string& name, NeuronPopulation& cells) {
    const ReadNode& node = graph.at(name);
    const auto set = [&](const char* param, const char* key, const auto& value_of) {
        set_numbers(graph, name, param, cells, key, value_of);
    };
    const auto of_element = [&](const char* param) {
        return [&node, param](std::size_t k) { return node.param(param, k); };
    };
    for (std::size_t k = 0; k < node.n && !node.own.escape; ++k) {
        const double threshold = node.param("v_threshold", k);
        const double reset = node.param("v_reset", k);
        if (!(threshold > reset))
            graph.fail(name,
                       fmt::format("v_threshold must be > v_reset = {}, got {}", reset, threshold));
    }
    set(membrane_tau(node), "tau_m_ms", [&](std::size_t k) { return tau_m_ms(graph, name, k); });
    if (node.type == "IF")
        set_number(cells.neuron, "E_L_mV", 0.0);
    else
        set("v_leak", "E_L_mV", of_element("v_leak"));
    set("v_threshold", "V_th_mV", of_element("v_threshold"));
    set("v_reset", "V_reset_mV", of_element("v_reset"));
}

void set_drive(Import& in,
               const std::string& name,
               NeuronPopulation& cells,
               const Receptors& receptors) {
    std::vector<double> drive_mV(cells.size);
    for (const Receptor& receptor : receptors.all) {
        const std::vector<double>& bias = receptor.incoming.bias;
        in.biased.insert(receptor.incoming.biased.begin(), receptor.incoming.biased.end());
        for (std::size_t k = 0; k < bias.size(); ++k)
            drive_mV[k] += bias[k] * drive_of_input(in.graph, name, receptor.node, k);
    }
    set_numbers(in.graph, name, "v_leak", cells, "drive_mV",
                [&](std::size_t k) { return drive_mV[k]; });
}

/// At rest, where that is below the threshold.
double start_mV(Import& in, const std::string& name) {
    const ReadNode& node = in.graph.at(name);
    if (node.type == "IF") return std::min(0.0, node.param("v_threshold", 0));
    double V_mV = node.param("v_leak", 0);
    bool at_threshold = false;
    for (std::size_t k = 0; k < node.n; ++k) {
        const double threshold = node.param("v_threshold", k);
        at_threshold |= node.param("v_leak", k) >= threshold;
        V_mV = std::min({V_mV, node.param("v_leak", k), threshold});
    }
    if (at_threshold && !node.own.escape)
        in.note(
            fmt::format("{} ({}): v_leak is at or above v_threshold; it starts at the threshold "
                        "at most, and fires on its own",
                        node.path, node.type));
    return V_mV;
}

Receptors add_neurons(Import& in, const std::string& name) {
    const ReadGraph& graph = in.graph;
    const ReadNode& node = graph.at(name);
    Receptors receptors = receptors_of(in, name);
    const bool has_currents = node.type == "CubaLIF" || receptors.all.size() > 1;
    NeuronPopulation cells{population_name(in, name),
                           node.n,
                           blank_neuron(graph, node, has_currents),
                           Constant{0.0},
                           {}};
    set_membrane(graph, name, cells);
    if (has_currents) set_synapses(graph, name, cells, receptors);
    set_drive(in, name, cells, receptors);
    cells.V_init_mV = Constant{start_mV(in, name)};
    const PopulationId id{static_cast<std::uint32_t>(in.network().populations.size())};
    in.sources[name] = id;
    in.result.description.recordings.push_back(
        {fmt::format("spikes_{}", cells.name), SpikeRecording{{id, 0, {}}}});
    in.network().populations.emplace_back(std::move(cells));
    return receptors;
}

// --- Projections ---

float delay_of(const ReadGraph& graph, const Way& way, const MapEntry& entry) {
    // To the middle of a step, where no rounding moves it into another one.
    if (graph.is_stepped()) return static_cast<float>(entry.delay_ms + 0.5 * graph.step_ms);
    return static_cast<float>(way.has_delay ? entry.delay_ms : k_step_ms);
}

SynapseList synapses_of(const ReadGraph& graph,
                        const std::string& membrane,
                        const Receptor& receptor,
                        const Way& way) {
    std::vector<double> mV_of_1; // [n]
    for (std::size_t k = 0; k < graph.at(membrane).n; ++k)
        mV_of_1.push_back(mV_of_weight(graph, membrane, receptor.node, k));
    SynapseList list;
    for (const MapEntry& entry : way.map.entries) {
        const auto weight_mV = static_cast<float>(entry.weight * mV_of_1[entry.out]);
        if (weight_mV == 0.0F) continue;
        if (!(std::abs(weight_mV) <= 1e6F))
            graph.fail(way.through,
                       fmt::format("weight must be -1e+06 .. 1e+06 mV, got {}", weight_mV));
        const float delay_ms = delay_of(graph, way, entry);
        if (!(delay_ms >= static_cast<float>(k_least_delay_ms) && delay_ms <= 1e6F))
            graph.fail(way.through, fmt::format("delay must be 1e-07 .. 1000 s, got {}",
                                                entry.delay_ms / k_ms_per_s));
        list.synapses.push_back({entry.in, entry.out, weight_mV, delay_ms});
    }
    return list;
}

void add_projections(Import& in, const std::string& name, const Receptors& receptors) {
    for (const Receptor& receptor : receptors.all) {
        for (const Way& way : receptor.incoming.ways) {
            // One matrix may lead from many nodes to many.
            in.n_synapses += way.map.entries.size();
            require_memory(static_cast<double>(in.n_synapses * sizeof(Synapse)),
                           in.graph.file + ": synapses");
            SynapticProjection projection;
            projection.name =
                fmt::format("{}-{}", word_of(fmt::format("{}-{}", way.through, way.source)),
                            in.network().projections.size());
            projection.pre.population = in.sources.at(way.source);
            projection.post.population = in.sources.at(name);
            projection.connector = synapses_of(in.graph, name, receptor, way);
            in.network().projections.emplace_back(std::move(projection));
        }
    }
}

/// A ring of Delay nodes leads nowhere, so that nobody else would see it.
void require_no_ring_of_delays(const ReadGraph& graph) {
    for (const auto& [name, node] : graph.nodes) {
        std::string at = name;
        for (std::size_t steps = 0; graph.at(at).type == "Delay" && !graph.at(at).from.empty();
             ++steps) {
            if (steps == graph.nodes.size()) graph.fail(at, "is in a ring of Delay nodes");
            at = graph.at(at).from.front();
        }
    }
}

// --- The whole ---

void add_source(Import& in, const std::string& name) {
    in.sources[name] = {static_cast<std::uint32_t>(in.network().populations.size())};
    in.network().populations.emplace_back(
        SpikeListPopulation{population_name(in, name), in.graph.at(name).n, {}});
}

void add_populations_and_projections(Import& in) {
    std::map<std::string, Receptors> receptors;
    for (const auto& [name, node] : in.graph.nodes) {
        if (node.type == "Input") add_source(in, name);
        if (node.is_membrane()) receptors.try_emplace(name, add_neurons(in, name));
    }
    if (receptors.empty()) throw IoError(in.graph.file, "/node/nodes: has no LIF or CubaLIF node");
    for (const auto& [name, of_neuron] : receptors)
        add_projections(in, name, of_neuron);
}

void take_input(Import& in, const fs::path& path) {
    std::map<std::string, std::size_t> sizes;
    for (const auto& [name, node] : in.graph.nodes) {
        if (node.type == "Input") sizes[name] = node.n;
    }
    if (path.empty()) {
        for (const auto& [name, size] : sizes)
            in.note(fmt::format("{} (Input): does not fire; spikes for it are given by --input",
                                in.graph.at(name).path));
        return;
    }
    InputSpikes input = read_input(path, sizes, in.result.notes);
    for (auto& [name, spikes] : input.of_input) {
        Population& population = in.network().populations[in.sources.at(name).index];
        std::get<SpikeListPopulation>(population).spikes = std::move(spikes);
    }
    in.result.description.duration_ms = input.end_ms;
}

void note_steps(Import& in) {
    if (!in.graph.is_stepped()) return;
    in.note(fmt::format(
        "neurons take Euler's steps of {:g} ms (--nir-dt-ms), as importers do: they fire once a "
        "step at most, which is a refractory period of one, and are told to fire at its "
        "end; every neuron on a way adds a step",
        in.graph.step_ms));
    for (const auto& [name, node] : in.graph.nodes) {
        if (node.type == "IF")
            in.note(fmt::format(
                "{} (IF): a spike moves V by r times its weight, as importers have it", node.path));
    }
}

void note_rest(Import& in) {
    note_steps(in);
    for (const std::string& name : in.biased)
        in.note(fmt::format(
            "{} ({}): its bias is drive_mV of the neurons that it leads to, in full from "
            "the start",
            in.graph.at(name).path, in.graph.at(name).type));
    for (const auto& [name, node] : in.graph.nodes) {
        const bool left_out = (node.is_map() && node.type != "Passage") || node.type == "LI";
        if (left_out && !in.seen.contains(name))
            in.note(
                fmt::format("{} ({}): leads to no neuron and is left out", node.path, node.type));
    }
}

} // namespace

NirImport import_nir(const fs::path& path, const NirImportOptions& options) {
    const ReadGraph graph = read_graph(path, options);
    require_no_ring_of_delays(graph);
    Import in{graph};
    add_populations_and_projections(in);
    take_input(in, options.input);
    note_rest(in);
    validate(in.result.description);
    return std::move(in.result);
}

} // namespace spikewell::io
