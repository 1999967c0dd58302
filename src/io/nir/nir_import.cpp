#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/nir/nir_convention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

namespace spikewell::io {

namespace {

using namespace nir;
namespace fs = std::filesystem;

/// A node as it was read. What its type does not have is empty.
struct ReadNode {
    std::string type;
    std::size_t n = 0;                         ///< elements that leave it
    std::size_t n_in = 0;                      ///< elements that come in
    std::map<std::string, double> params = {}; ///< the one value of all elements
    std::vector<double> weights = {};          ///< [n x n_in]
    std::optional<EscapeRate> escape = {};     ///< what only our own files tell
    double t_ref_ms = 0.0;
    std::vector<std::string> from = {};
    std::vector<std::string> to = {};
};

/// What each type is read with.
struct Type {
    const char* name;
    std::vector<const char*> params;
    const char* optional = "";
};
const std::vector<Type>& types() {
    static const std::vector<Type> all{
        {"Input", {}},
        {"Output", {}},
        {"Linear", {}},
        {"Affine", {}},
        {"Delay", {"delay"}},
        {"LI", {"tau", "r", "v_leak"}},
        {"LIF", {"tau", "r", "v_leak", "v_threshold", "v_reset"}, "v_reset"},
        {"CubaLIF",
         {"tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"},
         "v_reset"}};
    return all;
}

struct ReadGraph {
    std::string file;
    NirConvention convention;
    std::map<std::string, ReadNode> nodes = {};

    [[noreturn]] void fail(const std::string& node, std::string_view what) const {
        throw IoError(file, fmt::format("/node/nodes/{}: {}", node, what));
    }
    [[nodiscard]] const ReadNode& at(const std::string& name) const { return nodes.at(name); }
};

// --- Reading ---

std::string text_of(const hdf5::Group& group, const std::string& name) {
    const hdf5::Dataset dataset = group.dataset(name);
    if (dataset.size() != 1)
        throw IoError(dataset.file(), fmt::format("{}: must be one text", dataset.path()));
    return dataset.read<std::string>().front();
}

std::vector<double> numbers_of(const hdf5::Group& group,
                               const std::string& name,
                               std::size_t dimensions) {
    const hdf5::Dataset dataset = group.dataset(name);
    const auto fail = [&](std::string_view what) {
        throw IoError(dataset.file(), fmt::format("{}: {}", dataset.path(), what));
    };
    if (dataset.kind() != hdf5::Kind::real_number && dataset.kind() != hdf5::Kind::whole_number)
        fail("must hold numbers");
    if (dataset.shape().size() != dimensions)
        fail(fmt::format("must have {} dimensions, got {}", dimensions, dataset.shape().size()));
    std::vector<double> values = dataset.read<double>();
    if (values.empty()) fail("must not be empty");
    if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
        fail("must hold finite numbers");
    return values;
}

/// A parameter, of which a population of Spikewell's has one value.
void read_param(const hdf5::Group& group, const std::string& name, ReadNode& node) {
    const std::vector<double> values = numbers_of(group, name, 1);
    const std::string where = fmt::format("{}/{}", group.path(), name);
    if (values.size() != 1 && node.n != 0 && values.size() != node.n)
        throw IoError(group.file(), fmt::format("{}: must have {} elements like the others, got {}",
                                                where, node.n, values.size()));
    if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end())
        throw IoError(group.file(), fmt::format("{}: must be the same for all elements", where));
    node.params[name] = values.front();
    node.n = node.n_in = std::max(node.n, values.size());
}

void read_shape(const hdf5::Group& group, ReadNode& node) {
    const std::vector<double> shape = numbers_of(group, "shape", 1);
    double n = 1.0;
    for (const double extent : shape)
        n *= extent;
    if (!(n >= 1.0 && n <= 4e9) || n != std::floor(n))
        throw IoError(group.file(), fmt::format("{}/shape: must be of 1 .. 4e9 elements, got {}",
                                                group.path(), n));
    node.n = node.n_in = static_cast<std::size_t>(n);
}

void read_weights(const hdf5::Group& group, ReadNode& node) {
    node.weights = numbers_of(group, "weight", 2);
    const std::vector<std::size_t> shape = group.dataset("weight").shape();
    node.n = shape[0];
    node.n_in = shape[1];
}

/// Affine maps are Linear where they add nothing.
void read_bias(const hdf5::Group& group) {
    const std::vector<double> bias = numbers_of(group, "bias", 1);
    if (std::any_of(bias.begin(), bias.end(), [](double b) { return b != 0.0; }))
        throw IoError(group.file(), fmt::format("{}/bias: must be 0", group.path()));
}

ReadNode read_node(const hdf5::Group& group) {
    ReadNode node{text_of(group, "type")};
    const auto type = std::find_if(types().begin(), types().end(),
                                   [&](const Type& t) { return node.type == t.name; });
    if (type == types().end()) {
        std::vector<std::string> names;
        for (const Type& known : types())
            names.emplace_back(known.name);
        throw IoError(group.file(),
                      fmt::format("{}: type \"{}\" cannot be simulated, allowed {}", group.path(),
                                  printable(node.type), fmt::join(names, ", ")));
    }
    if (node.type == "Input" || node.type == "Output") read_shape(group, node);
    if (node.type == "Linear" || node.type == "Affine") read_weights(group, node);
    if (node.type == "Affine") {
        read_bias(group);
        return node;
    }
    for (const char* name : type->params) {
        if (!group.has(name) && std::string(type->optional) == name)
            node.params[name] = 0.0;
        else
            read_param(group, name, node);
    }
    return node;
}

/// What our own files tell of a node beyond NIR.
void read_metadata(const hdf5::Group& metadata, const std::string& name, ReadNode& node) {
    const auto values_of = [&](const std::string& key, std::size_t n) {
        std::vector<double> values = numbers_of(metadata, key, 1);
        if (values.size() != n)
            throw IoError(metadata.file(), fmt::format("{}/{}: must have {} elements, got {}",
                                                       metadata.path(), key, n, values.size()));
        return values;
    };
    if (const std::string key = k_escape_of + name; metadata.has(key)) {
        const std::vector<double> values = values_of(key, 3);
        node.escape = EscapeRate{values[0], values[1], values[2]};
    }
    if (const std::string key = k_t_ref_of + name; metadata.has(key))
        node.t_ref_ms = values_of(key, 1).front() * k_ms_per_s;
}

void read_edges(const hdf5::Group& root, ReadGraph& graph) {
    const hdf5::Dataset dataset = root.dataset("edges");
    const std::vector<std::size_t> shape = dataset.shape();
    const bool none = dataset.size() == 0; // of any shape and type
    if (!none && (shape.size() != 2 || shape[1] != 2))
        throw IoError(graph.file, "/node/edges: must be pairs of names");
    const std::vector<std::string> ends =
        none ? std::vector<std::string>{} : dataset.read<std::string>();
    std::set<std::pair<std::string, std::string>> seen;
    for (std::size_t e = 0; e + 1 < ends.size(); e += 2) {
        for (const std::string& end : {ends[e], ends[e + 1]}) {
            if (!graph.nodes.contains(end))
                throw IoError(graph.file, fmt::format("/node/edges: edge {} joins \"{}\", which is "
                                                      "no node",
                                                      e / 2, printable(end)));
        }
        if (!seen.emplace(ends[e], ends[e + 1]).second) continue;
        ReadNode& from = graph.nodes[ends[e]];
        ReadNode& to = graph.nodes[ends[e + 1]];
        if (from.n != to.n_in)
            throw IoError(graph.file, fmt::format("/node/edges: edge {} leads {} elements of {} to "
                                                  "{} of {}",
                                                  e / 2, from.n, ends[e], to.n_in, ends[e + 1]));
        from.to.push_back(ends[e + 1]);
        to.from.push_back(ends[e]);
    }
}

ReadGraph read_graph(const fs::path& path, NirConvention otherwise) {
    const hdf5::File file = hdf5::File::open(path);
    ReadGraph graph{path.string(), otherwise};
    const hdf5::Group root = file.root().group("node");
    const std::string type = text_of(root, "type");
    if (type != "NIRGraph")
        throw IoError(graph.file,
                      fmt::format("/node/type: must be NIRGraph, got {}", printable(type)));
    std::optional<hdf5::Group> metadata;
    if (root.has_group("metadata")) metadata = root.group("metadata");
    if (metadata && metadata->has("spikewell_convention")) {
        const std::string told = text_of(*metadata, "spikewell_convention");
        if (told != "dt" && told != "dirac")
            throw IoError(graph.file, fmt::format("/node/metadata/spikewell_convention: must be dt "
                                                  "or dirac, got {}",
                                                  printable(told)));
        graph.convention = told == "dt" ? NirConvention::dt : NirConvention::dirac;
    }
    const hdf5::Group nodes = root.group("nodes");
    std::size_t n_weights = 0; // one matrix may have many names
    for (const std::string& name : nodes.names()) {
        ReadNode& node = graph.nodes[name] = read_node(nodes.group(name));
        if (metadata) read_metadata(*metadata, name, node);
        n_weights += node.weights.size();
        require_memory(static_cast<double>(n_weights * sizeof(double)), graph.file + ": weights");
    }
    read_edges(root, graph);
    return graph;
}

// --- From the graph to a network ---

/// A membrane, and the currents of LI nodes that lead to it.
struct Cells {
    PopulationId id;
    std::string exc; ///< names of LI nodes
    std::string inh;
};

struct Import {
    const ReadGraph& graph;
    NetworkDescription description = {};
    std::map<std::string, PopulationId> sources = {};
    std::map<std::string, Cells> cells = {};
    std::set<std::string> names = {}; ///< of populations
    std::size_t n_synapses = 0;
    std::map<std::string, std::size_t> last_numbers = {}; ///< of names that are taken
};

bool is_membrane(const ReadNode& node) {
    return node.type == "LIF" || node.type == "CubaLIF";
}

double ms_of(const ReadGraph& graph, const std::string& name, const char* param) {
    const double ms = graph.at(name).params.at(param) * k_ms_per_s;
    if (!(ms > 0.0))
        graph.fail(name, fmt::format("{} must be > 0 s, got {}", param, ms / k_ms_per_s));
    return ms;
}

template <class Neuron> void read_membrane(Neuron& neuron, const ReadNode& node) {
    neuron.E_L_mV = node.params.at("v_leak");
    neuron.drive_mV = 0.0;
    neuron.V_th_mV = node.params.at("v_threshold");
    neuron.V_reset_mV = node.params.at("v_reset");
    neuron.t_ref_ms = node.t_ref_ms;
    neuron.escape = node.escape;
}

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

/// Whether weights of a sign go through an LI node: all that lead to it must be of that sign.
bool all_of_sign(const ReadGraph& graph, const std::string& current, bool excites) {
    for (const std::string& through : graph.at(current).from) {
        const ReadNode* linear = &graph.at(through);
        if (linear->type == "Delay" && linear->from.size() == 1)
            linear = &graph.at(linear->from.front());
        const auto right = [&](double w) { return excites ? w >= 0.0 : w <= 0.0; };
        if (!std::all_of(linear->weights.begin(), linear->weights.end(), right)) return false;
    }
    return true;
}

void add_currents(Import& in, const std::string& name, LifExp& neuron, Cells& cells) {
    for (const std::string& from : in.graph.at(name).from) {
        if (in.graph.at(from).type != "LI") continue;
        if (in.graph.at(from).params.at("v_leak") != 0.0)
            in.graph.fail(from, "v_leak must be 0 before a LIF node");
        const bool excites = cells.exc.empty() && all_of_sign(in.graph, from, true);
        const bool inhibits = !excites && cells.inh.empty() && all_of_sign(in.graph, from, false);
        if (!excites && !inhibits)
            in.graph.fail(from, "must lead weights of one sign, and there be one LI node for each");
        (excites ? cells.exc : cells.inh) = from;
        (excites ? neuron.tau_syn_exc_ms : neuron.tau_syn_inh_ms) = ms_of(in.graph, from, "tau");
    }
}

PointNeuron neuron_of(Import& in, const std::string& name, Cells& cells) {
    const ReadNode& node = in.graph.at(name);
    const double V_reset_mV = node.params.at("v_reset");
    if (!node.escape && !(node.params.at("v_threshold") > V_reset_mV))
        in.graph.fail(name, fmt::format("v_threshold must be > v_reset = {}, got {}", V_reset_mV,
                                        node.params.at("v_threshold")));
    LifExp exp;
    read_membrane(exp, node);
    if (node.type == "CubaLIF") {
        exp.tau_m_ms = ms_of(in.graph, name, "tau_mem");
        exp.tau_syn_exc_ms = exp.tau_syn_inh_ms = ms_of(in.graph, name, "tau_syn");
        return exp;
    }
    add_currents(in, name, exp, cells);
    exp.tau_m_ms = ms_of(in.graph, name, "tau");
    if (!cells.exc.empty() || !cells.inh.empty()) return exp;
    LifDelta delta;
    read_membrane(delta, node);
    delta.tau_m_ms = exp.tau_m_ms;
    return delta;
}

void add_populations(Import& in) {
    auto& populations = in.description.network.populations;
    for (const auto& [name, node] : in.graph.nodes) {
        const PopulationId id{static_cast<std::uint32_t>(populations.size())};
        if (node.type == "Input") {
            populations.emplace_back(SpikeListPopulation{population_name(in, name), node.n, {}});
            in.sources[name] = id;
        } else if (is_membrane(node)) {
            Cells cells{id, {}, {}};
            const PointNeuron neuron = neuron_of(in, name, cells);
            const double V_mV = std::min(node.params.at("v_leak"), node.params.at("v_threshold"));
            populations.emplace_back(
                NeuronPopulation{population_name(in, name), node.n, neuron, Constant{V_mV}, {}});
            in.sources[name] = id;
            in.cells[name] = cells;
            in.description.recordings.push_back(
                {fmt::format("spikes_{}", name_of(populations.back())),
                 SpikeRecording{{id, 0, {}}}});
        }
    }
    if (in.cells.empty()) throw IoError(in.graph.file, "/node/nodes: has no LIF or CubaLIF node");
}

/// mV that a weight of 1 into `target` (a membrane, or an LI node before `membrane`) is.
double mV_of_weight(const Import& in, const std::string& target, const std::string& membrane) {
    const auto& params = in.graph.at(membrane).params;
    const double r = params.at("r");
    const NirConvention convention = in.graph.convention;
    if (target != membrane)
        return current_mV(convention, in.graph.at(target).params.at("r"),
                          ms_of(in.graph, target, "tau"), r);
    if (in.graph.at(membrane).type == "CubaLIF")
        return current_mV(convention, params.at("w_in"), ms_of(in.graph, membrane, "tau_syn"), r);
    return jump_mV(convention, r, ms_of(in.graph, membrane, "tau"));
}

SynapseList synapses_of(const Import& in, const std::string& linear, double mV, double delay_ms) {
    const ReadNode& node = in.graph.at(linear);
    SynapseList list;
    for (std::size_t post = 0; post < node.n; ++post) {
        for (std::size_t pre = 0; pre < node.n_in; ++pre) {
            const auto weight_mV = static_cast<float>(node.weights[post * node.n_in + pre] * mV);
            if (weight_mV == 0.0F) continue;
            if (!(std::abs(weight_mV) <= 1e6F))
                in.graph.fail(linear,
                              fmt::format("weight must be -1e+06 .. 1e+06 mV, got {}", weight_mV));
            list.synapses.push_back({static_cast<std::uint32_t>(pre),
                                     static_cast<std::uint32_t>(post), weight_mV,
                                     static_cast<float>(delay_ms)});
        }
    }
    return list;
}

/// A way into a membrane: from `begin` on back over a Delay and a Linear node to a source.
void add_way(Import& in,
             const std::string& membrane,
             const std::string& target,
             const std::string& begin) {
    std::string linear = begin;
    double delay_ms = k_step_ms;
    if (in.graph.at(begin).type == "Delay") {
        const ReadNode& delay = in.graph.at(begin);
        if (delay.from.size() != 1)
            in.graph.fail(begin, fmt::format("must have one edge in, got {}", delay.from.size()));
        delay_ms = delay.params.at("delay") * k_ms_per_s;
        // In the precision of lists: seconds and back lose a bit.
        const auto rounded_ms = static_cast<float>(delay_ms);
        if (!(rounded_ms >= static_cast<float>(k_least_delay_ms) && rounded_ms <= 1e6F))
            in.graph.fail(begin, fmt::format("delay must be 1e-07 .. 1000 s, got {}",
                                             delay.params.at("delay")));
        linear = delay.from.front();
    }
    const ReadNode& node = in.graph.at(linear);
    if (node.type != "Linear" && node.type != "Affine")
        in.graph.fail(linear, fmt::format("leads to {} as {}, allowed Linear, and Delay behind it",
                                          membrane, node.type));
    for (const std::string& from : node.from) {
        const auto source = in.sources.find(from);
        if (source == in.sources.end())
            in.graph.fail(from, fmt::format("leads to {} as {}, allowed Input, LIF, CubaLIF",
                                            linear, in.graph.at(from).type));
        SynapticProjection projection;
        projection.name = fmt::format("{}-{}", word_of(fmt::format("{}-{}", linear, from)),
                                      in.description.network.projections.size());
        projection.pre.population = source->second;
        projection.post.population = in.cells.at(membrane).id;
        // One matrix may lead from many nodes to many.
        in.n_synapses += node.weights.size();
        require_memory(static_cast<double>(in.n_synapses * sizeof(Synapse)),
                       in.graph.file + ": synapses");
        projection.connector =
            synapses_of(in, linear, mV_of_weight(in, target, membrane), delay_ms);
        in.description.network.projections.emplace_back(std::move(projection));
    }
}

/// From one node onto cells: its own way, or those through an LI node of theirs.
void add_ways(Import& in, const std::string& name, const Cells& cells, const std::string& from) {
    if (from != cells.exc && from != cells.inh) {
        if (!cells.exc.empty() || !cells.inh.empty())
            in.graph.fail(from, fmt::format("leads to {} beside LI nodes", name));
        add_way(in, name, name, from);
        return;
    }
    for (const std::string& through : in.graph.at(from).from)
        add_way(in, name, from, through);
}

void add_projections(Import& in) {
    for (const auto& [name, cells] : in.cells) {
        for (const std::string& from : in.graph.at(name).from)
            add_ways(in, name, cells, from);
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

} // namespace

NetworkDescription import_nir(const fs::path& path, NirConvention otherwise) {
    const ReadGraph graph = read_graph(path, otherwise);
    require_no_ring_of_delays(graph);
    Import in{graph};
    add_populations(in);
    add_projections(in);
    validate(in.description);
    return std::move(in.description);
}

} // namespace spikewell::io
