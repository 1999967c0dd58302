#include "core/error.hpp"
#include "io/names.hpp"
#include "io/nir/nir_neurons.hpp"
#include "network/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace spikewell::io {

namespace {

using namespace nir;

void add_population(NirExport& out, std::uint32_t p) {
    const Population& population = out.description.network.populations[p];
    const std::string& name = name_of(population);
    const std::size_t n = size_of(population);
    if (positions_of(population)) out.report.lost.push_back(fmt::format("positions of {}", name));
    if (const auto* cells = std::get_if<NeuronPopulation>(&population))
        return add_cells(out, p, *cells);
    out.graph.nodes[name] = {"Input", {}, n};
    out.report.lost.push_back(fmt::format("spikes of the source {}", name));
}

// --- Projections ---

/// Weights from `pre` to `post` that one Linear node may hold: of one delay, and of one sign where
/// the target has a current for each.
struct Branch {
    std::uint32_t pre = 0;
    std::uint32_t post = 0;
    std::string receptor; ///< ".lif", ".exc", ".inh"
    double delay_ms = 0.0;
    auto operator<=>(const Branch&) const = default;
};

/// A delay as it is written: on a grid as whole steps beyond the one that every spike takes.
double written_delay_ms(const NirExport& out, double ms) {
    if (!out.graph.on_grid) return ms;
    constexpr double k_hair = 1e-6;
    return std::floor(ms / out.graph.step_ms + k_hair) * out.graph.step_ms;
}

/// The delay that the synapses of a projection get: their own, or their mean where they differ.
double delay_of(NirExport& out,
                const SynapticProjection& projection,
                const std::vector<Synapse>& synapses) {
    if (synapses.empty()) return written_delay_ms(out, support(projection.delay_ms).low);
    double sum_ms = 0.0;
    auto low_ms = static_cast<double>(synapses.front().delay_ms);
    double high_ms = low_ms;
    for (const Synapse& synapse : synapses) {
        const auto ms = static_cast<double>(synapse.delay_ms);
        sum_ms += ms;
        low_ms = std::min(low_ms, ms);
        high_ms = std::max(high_ms, ms);
    }
    const double written_ms = written_delay_ms(out, low_ms);
    if (low_ms == high_ms || (out.graph.on_grid && written_ms == written_delay_ms(out, high_ms)))
        return written_ms;
    const double mean_ms = sum_ms / static_cast<double>(synapses.size());
    out.report.approximated.push_back(fmt::format(
        "delays of {}, {:.6g} .. {:.6g} ms, as their mean, {:.6g} ms",
        projection.name.empty() ? "a projection" : projection.name, low_ms, high_ms, mean_ms));
    return written_delay_ms(out, mean_ms);
}

using Branches = std::map<Branch, Param>;

void add_synapses(NirExport& out, std::size_t index, Branches& branches) {
    const Network& network = out.description.network;
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const auto& cells = std::get<NeuronPopulation>(out.population(projection.post.population));
    const std::size_t n_pre = size_of(out.population(projection.pre.population));
    require_weights(fmt::format("projection {}", index), cells.size, n_pre);
    const std::vector<Synapse> synapses = expand_all(network, static_cast<std::uint32_t>(index));
    const std::uint32_t post = projection.post.population.index;
    Branch branch{projection.pre.population.index, post, ".lif", 0.0};
    if (!out.is_strict()) branch.delay_ms = delay_of(out, projection, synapses);
    const Entry entry = entry_of(out, cells.name);
    std::vector<WeightFactors> factors; // of each target, or of all
    for (const PointNeuron& neuron : out.neurons_of.at(post))
        factors.push_back(weight_factors(out, entry, neuron));
    for (const Synapse& synapse : synapses) {
        const bool excites = synapse.weight >= 0.0F;
        if (entry == Entry::two_currents) branch.receptor = excites ? ".exc" : ".inh";
        Param& weights = branches[branch];
        if (weights.values.empty())
            weights = {std::vector<double>(cells.size * n_pre), {cells.size, n_pre}};
        const std::size_t target = synapse.post + projection.post.first;
        const auto [exc, inh] = factors[factors.size() == 1 ? 0 : target];
        weights.values[target * n_pre + synapse.pre + projection.pre.first] +=
            (excites ? exc : inh) * static_cast<double>(synapse.weight);
    }
    const std::string where = projection.name.empty() ? "a projection" : projection.name;
    if (projection.plasticity.index() != 0)
        out.report.lost.push_back(fmt::format("plasticity of {}", where));
    if (projection.short_term)
        out.report.lost.push_back(fmt::format("{} of {}", Card<TsodyksMarkram>::name, where));
}

/// A map onto a population; the first one has its bias.
WrittenNode linear_with_bias(NirExport& out, const std::string& post, Param weights) {
    WrittenNode node{"Linear", {{"weight", std::move(weights)}}};
    const auto bias = out.bias_of.find(post);
    if (bias == out.bias_of.end()) return node;
    node.type = "Affine";
    node.params["bias"] = std::move(bias->second);
    out.bias_of.erase(bias);
    return node;
}

/// Whether spikes of a population go to another one.
bool leads_on(const Network& network, std::uint32_t index) {
    return std::any_of(
        network.projections.begin(), network.projections.end(), [&](const Projection& projection) {
            const auto& p = std::get<SynapticProjection>(projection);
            return p.pre.population.index == index && p.post.population.index != index;
        });
}

/// One of each population; NIRTorch, which snnTorch imports with, takes one in all: of the last that leads nowhere, or
/// the last.
void add_outputs(NirExport& out) {
    const Network& network = out.description.network;
    std::vector<std::uint32_t> shown;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        if (!std::holds_alternative<NeuronPopulation>(network.populations[p])) continue;
        shown.push_back(p);
    }
    if (out.is_strict() && shown.size() > 1) {
        const auto last = std::find_if(shown.rbegin(), shown.rend(),
                                       [&](std::uint32_t p) { return !leads_on(network, p); });
        shown = {last == shown.rend() ? shown.back() : *last};
        out.report.lost.push_back(fmt::format("Outputs but of {}, as NIRTorch takes one",
                                              name_of(network.populations[shown.front()])));
    }
    for (const std::uint32_t p : shown) {
        const std::string& name = name_of(network.populations[p]);
        out.graph.nodes[name + ".out"] = {"Output", {}, size_of(network.populations[p])};
        out.graph.edges.emplace_back(name + ".lif", name + ".out");
    }
}

/// An Input that fires nothing, for who wants one.
std::string add_silent_input(NirExport& out, const std::string& population, std::size_t n) {
    std::string name = free_name(population + ".in", [&](const std::string& other) {
        return out.graph.nodes.contains(other);
    });
    out.graph.nodes[name] = {"Input", {}, n};
    out.graph.metadata[k_silent_of + name] = {1.0};
    return name;
}

/// Populations that nothing leads to have their bias from an Input that fires nothing; and readers want an Input
/// to begin at.
void add_silent_inputs(NirExport& out) {
    WrittenGraph& graph = out.graph;
    for (const Population& population : out.description.network.populations) {
        const std::string& name = name_of(population);
        if (!out.bias_of.contains(name)) continue;
        const std::size_t n = size_of(population);
        const std::string input = add_silent_input(out, name, 1);
        graph.nodes[name + ".drive"] =
            linear_with_bias(out, name, {std::vector<double>(n), {n, 1}});
        graph.edges.emplace_back(input, name + ".drive");
        graph.edges.emplace_back(name + ".drive", name + ".lif");
    }
    const bool begins = std::any_of(graph.edges.begin(), graph.edges.end(), [&](const auto& edge) {
        return graph.nodes.at(edge.first).type == "Input";
    });
    if (begins) return;
    for (const Population& population : out.description.network.populations) {
        if (!std::holds_alternative<NeuronPopulation>(population)) continue;
        const std::string& name = name_of(population);
        graph.edges.emplace_back(add_silent_input(out, name, size_of(population)), name + ".lif");
        out.report.approximated.push_back(fmt::format(
            "no source: an Input that fires nothing leads to {}, as readers begin at one", name));
        return;
    }
}

void add_branch(NirExport& out, const Branch& branch, Param weights) {
    const std::string pre = name_of(out.population({branch.pre}));
    const std::string post = name_of(out.population({branch.post}));
    const bool from_cells = std::holds_alternative<NeuronPopulation>(out.population({branch.pre}));
    WrittenGraph& graph = out.graph;
    // `X.lif` and `X.w_rec` alone are what snnTorch folds into a recurrent layer X.
    std::string name =
        branch.pre == branch.post && branch.receptor == ".lif"
            ? post + ".w_rec"
            : fmt::format("{}-{}{}", pre, post, branch.receptor == ".lif" ? "" : branch.receptor);
    const auto is_taken = [&](const std::string& other) { return graph.nodes.contains(other); };
    name = free_name(name, is_taken);
    const std::size_t n = weights.shape[0];
    graph.nodes[name] = linear_with_bias(out, post, std::move(weights));
    graph.edges.emplace_back(from_cells ? pre + ".lif" : pre, name);
    const std::string target = post + branch.receptor;
    if (branch.delay_ms == 0.0) { // the strict profile, or the next step of a grid
        graph.edges.emplace_back(name, target);
        return;
    }
    const std::string delay = free_name(name + "-delay", is_taken);
    graph.nodes[delay] = {"Delay", {{"delay", everywhere(seconds(branch.delay_ms), n)}}};
    graph.edges.emplace_back(name, delay);
    graph.edges.emplace_back(delay, target);
}

void report_rest(NirExport& out, const Branches& branches) {
    std::size_t weights = 0;
    for (const auto& [branch, param] : branches)
        weights += param.values.size();
    out.report.exact.push_back(
        fmt::format("membranes and {} weights, dense, with a spike "
                    "read as {}",
                    weights,
                    out.has_steps() ? fmt::format("1 for a step of {:g} ms", out.graph.step_ms)
                                    : "a Dirac pulse"));
    if (out.has_steps() && !out.graph.on_grid)
        out.report.approximated.emplace_back(
            "time constants and weights: written so that Euler's steps of 0.1 ms end where the "
            "neurons are; spikes are at the ends of steps, one at most");
    if (out.is_strict())
        out.report.approximated.emplace_back(
            "potentials: written from V_reset, to which snnTorch sets V; rest is a bias, that the "
            "synaptic current takes up from 0");
    if (out.is_strict() && !branches.empty()) out.report.lost.emplace_back("delays");
    out.report.lost.emplace_back("units, seed, duration and recordings");
}

} // namespace

ExportReport export_nir(const NetworkDescription& description,
                        const FolderOutput& output,
                        const NirOptions& options) {
    validate(description);
    require_plain_populations(description.network, "NIR");
    NirExport out{description, options};
    take_grid(out);
    for (std::uint32_t p = 0; p < description.network.populations.size(); ++p)
        add_population(out, p);
    add_outputs(out);
    Branches branches;
    for (std::size_t index = 0; index < description.network.projections.size(); ++index)
        add_synapses(out, index, branches);
    for (const auto& [branch, weights] : branches)
        add_branch(out, branch, weights);
    add_silent_inputs(out);
    report_rest(out, branches);
    write_graph(out.graph, options.convention, output / k_nir_file);
    return out.report;
}

} // namespace spikewell::io
