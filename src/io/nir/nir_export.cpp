#include "core/error.hpp"
#include "io/names.hpp"
#include "io/nir/nir_convention.hpp"
#include "io/nir/nir_write.hpp"
#include "network/expansion.hpp"
#include "neuron_models/sharp_threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace spikewell::io {

namespace {

using namespace nir;

struct NirExport {
    const NetworkDescription& description;
    NirOptions options;
    WrittenGraph graph = {};
    std::map<std::string, double> bias_of =
        {}; ///< of populations: what holds them at rest, in the strict profile
    ExportReport report = {};

    [[nodiscard]] bool is_strict() const { return options.profile == NirProfile::strict; }
    [[nodiscard]] bool has_steps() const { return options.convention == NirConvention::dt; }

    [[nodiscard]] const Population& population(PopulationId id) const {
        return description.network.populations[id.index];
    }
};

// --- Neurons ---

/// What readers that take steps would fire in each: NIR has neither chance nor refractory periods.
template <class Neuron>
void require_threshold(const NirExport& out, const std::string& name, const Neuron& neuron) {
    if (!out.has_steps() || !neuron.escape || neuron.escape->theta_mV > neuron.V_reset_mV) return;
    throw NetworkError(
        name,
        fmt::format(
            "fires by chance alone: its soft threshold, theta_mV {:g}, is not above V_reset_mV "
            "{:g}; NIR has neither chance nor refractory periods, and readers that take "
            "steps would fire in each (--nir-convention dirac writes it for Spikewell)",
            neuron.escape->theta_mV, neuron.V_reset_mV));
}

/// Potentials of a population as they are written: as they are, or from the reset, to which readers of the strict
/// profile set V; what holds V at rest is then a bias.
template <class Neuron>
void add_potentials(NirExport& out,
                    const std::string& population,
                    WrittenNode& node,
                    const Neuron& neuron,
                    std::size_t n) {
    const std::string name = population + ".lif";
    require_threshold(out, population, neuron);
    const double rest_mV = neuron.V_inf_mV();
    const double shift_mV = out.is_strict() ? neuron.V_reset_mV : 0.0;
    if (out.is_strict() && rest_mV != shift_mV) {
        const bool cuba = node.type == "CubaLIF";
        const double gain = node.params.at("r").values.front() *
                            (cuba ? node.params.at("w_in").values.front() : 1.0);
        out.bias_of[population] = (rest_mV - shift_mV) / gain;
    }
    node.params["v_leak"] = everywhere(out.is_strict() ? 0.0 : rest_mV, n);
    node.params["v_threshold"] = everywhere(sharp_threshold_mV(neuron) - shift_mV, n);
    node.params["v_reset"] = everywhere(neuron.V_reset_mV - shift_mV, n);
    if (neuron.escape)
        out.graph.metadata[k_escape_of + name] = {
            neuron.escape->rate_Hz, neuron.escape->theta_mV - shift_mV, neuron.escape->slope_mV};
    if (neuron.t_ref_ms > 0.0) out.graph.metadata[k_t_ref_of + name] = {seconds(neuron.t_ref_ms)};
}

/// Time constants as they are written, and, where that is not as they are, what they are.
double written_tau(NirExport& out, const std::string& node, double tau_ms) {
    if (out.has_steps()) out.graph.metadata[k_tau_of + node].push_back(seconds(tau_ms));
    return written_tau_ms(out.options.convention, tau_ms);
}

void add_neurons(NirExport& out, const std::string& name, std::size_t n, const LifDelta& neuron) {
    WrittenNode node{"LIF"};
    const double tau_ms = written_tau(out, name + ".lif", neuron.tau_m_ms);
    node.params["tau"] = everywhere(seconds(tau_ms), n);
    node.params["r"] = everywhere(jump_gain(out.options.convention, tau_ms), n);
    add_potentials(out, name, node, neuron, n);
    out.graph.nodes[name + ".lif"] = std::move(node);
}

/// A synaptic current of one sign before a membrane.
void add_receptor(NirExport& out,
                  const std::string& name,
                  const std::string& sign,
                  std::size_t n,
                  double tau_ms) {
    WrittenNode node{"LI"};
    const double written_ms = written_tau(out, name + sign, tau_ms);
    node.params["tau"] = everywhere(seconds(written_ms), n);
    node.params["r"] = everywhere(jump_gain(out.options.convention, written_ms), n);
    node.params["v_leak"] = everywhere(0.0, n);
    out.graph.nodes[name + sign] = std::move(node);
    out.graph.edges.emplace_back(name + sign, name + ".lif");
}

/// Whether a neuron has one current for both signs; in the strict profile all have.
bool has_one_current(const NirExport& out, const LifExp& neuron) {
    return out.is_strict() || neuron.tau_syn_exc_ms == neuron.tau_syn_inh_ms;
}

void add_neurons(NirExport& out, const std::string& name, std::size_t n, const LifExp& neuron) {
    const NirConvention convention = out.options.convention;
    const bool one_current = has_one_current(out, neuron);
    if (one_current && neuron.tau_syn_exc_ms != neuron.tau_syn_inh_ms)
        out.report.approximated.push_back(fmt::format(
            "inhibitory currents of {}: decay with {:g} ms in place of {:g} ms, of the same "
            "charge, as CubaLIF has one time constant",
            name, neuron.tau_syn_exc_ms, neuron.tau_syn_inh_ms));
    WrittenNode node{one_current ? "CubaLIF" : "LIF"};
    const double tau_m_ms = written_tau(out, name + ".lif", neuron.tau_m_ms);
    node.params["r"] = everywhere(membrane_gain(convention, tau_m_ms), n);
    if (one_current) {
        const double tau_syn_ms = written_tau(out, name + ".lif", neuron.tau_syn_exc_ms);
        node.params["tau_mem"] = everywhere(seconds(tau_m_ms), n);
        node.params["tau_syn"] = everywhere(seconds(tau_syn_ms), n);
        node.params["w_in"] = everywhere(jump_gain(convention, tau_syn_ms), n);
    } else {
        node.params["tau"] = everywhere(seconds(tau_m_ms), n);
        add_receptor(out, name, ".exc", n, neuron.tau_syn_exc_ms);
        add_receptor(out, name, ".inh", n, neuron.tau_syn_inh_ms);
    }
    add_potentials(out, name, node, neuron, n);
    out.graph.nodes[name + ".lif"] = std::move(node);
}

/// What NIR has no node for.
template <HasCard Neuron>
void add_neurons(NirExport&, const std::string& name, std::size_t, const Neuron&) {
    throw NetworkError(name,
                       fmt::format("NIR has no node for model {} ({}); it has some for {} and {}",
                                   Card<Neuron>::key, Card<Neuron>::name, Card<LifDelta>::key,
                                   Card<LifExp>::key));
}

void report_neurons(NirExport& out, const NeuronPopulation& population) {
    std::visit(
        [&](const auto& neuron) {
            if (neuron.t_ref_ms > 0.0)
                out.report.lost.push_back(fmt::format("refractory period of {}, {} ms",
                                                      population.name, neuron.t_ref_ms));
            if constexpr (requires { neuron.escape; }) {
                if (neuron.escape)
                    out.report.lost.push_back(
                        fmt::format("escape noise of {}: a sharp threshold at {} mV",
                                    population.name, sharp_threshold_mV(neuron)));
            }
        },
        population.neuron);
    const std::vector<std::string> own = own_of(population);
    out.report.lost.insert(out.report.lost.end(), own.begin(), own.end());
    if (!population.inputs.empty())
        out.report.lost.push_back(fmt::format("Poisson inputs of {}", population.name));
    out.report.lost.push_back(fmt::format("initial potentials of {}", population.name));
}

void add_population(NirExport& out, const Population& population) {
    const std::string& name = name_of(population);
    const std::size_t n = size_of(population);
    if (positions_of(population)) out.report.lost.push_back(fmt::format("positions of {}", name));
    if (const auto* cells = std::get_if<NeuronPopulation>(&population)) {
        std::visit([&](const auto& neuron) { add_neurons(out, name, n, neuron); }, cells->neuron);
        report_neurons(out, *cells);
        return;
    }
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

/// What a weight in mV is multiplied with, by its sign.
struct WeightFactors {
    double exc = 1.0;
    double inh = 1.0;
};
WeightFactors weight_factors(const NirExport& out, const PointNeuron& neuron) {
    const auto* exp = std::get_if<LifExp>(&neuron);
    if (exp == nullptr) return {};
    const NirConvention convention = out.options.convention;
    const double exc = weight_factor(convention, exp->tau_m_ms, exp->tau_syn_exc_ms);
    if (has_one_current(out, *exp)) return {exc, exc * exp->tau_syn_inh_ms / exp->tau_syn_exc_ms};
    return {exc, weight_factor(convention, exp->tau_m_ms, exp->tau_syn_inh_ms)};
}

std::string receptor_of(const NirExport& out, const PointNeuron& neuron, float weight) {
    const auto* exp = std::get_if<LifExp>(&neuron);
    if (exp == nullptr || has_one_current(out, *exp)) return ".lif";
    return weight >= 0.0F ? ".exc" : ".inh";
}

/// The delay that the synapses of a projection get: their own, or their mean where they differ.
double delay_of(NirExport& out,
                const SynapticProjection& projection,
                const std::vector<Synapse>& synapses) {
    if (synapses.empty()) return support(projection.delay_ms).low;
    double sum_ms = 0.0;
    auto low_ms = static_cast<double>(synapses.front().delay_ms);
    double high_ms = low_ms;
    for (const Synapse& synapse : synapses) {
        const auto ms = static_cast<double>(synapse.delay_ms);
        sum_ms += ms;
        low_ms = std::min(low_ms, ms);
        high_ms = std::max(high_ms, ms);
    }
    if (low_ms == high_ms) return low_ms;
    const double mean_ms = sum_ms / static_cast<double>(synapses.size());
    out.report.approximated.push_back(fmt::format(
        "delays of {}, {:.6g} .. {:.6g} ms, as their mean, {:.6g} ms",
        projection.name.empty() ? "a projection" : projection.name, low_ms, high_ms, mean_ms));
    return mean_ms;
}

using Branches = std::map<Branch, Param>;

void add_synapses(NirExport& out, std::size_t index, Branches& branches) {
    const Network& network = out.description.network;
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const auto& cells = std::get<NeuronPopulation>(out.population(projection.post.population));
    const std::size_t n_pre = size_of(out.population(projection.pre.population));
    require_weights(fmt::format("projection {}", index), cells.size, n_pre);
    const std::vector<Synapse> synapses = expand_all(network, static_cast<std::uint32_t>(index));
    Branch branch{projection.pre.population.index, projection.post.population.index, {}, 0.0};
    if (!out.is_strict()) branch.delay_ms = delay_of(out, projection, synapses);
    const WeightFactors factors = weight_factors(out, cells.neuron);
    for (const Synapse& synapse : synapses) {
        branch.receptor = receptor_of(out, cells.neuron, synapse.weight);
        Param& weights = branches[branch];
        if (weights.values.empty())
            weights = {std::vector<double>(cells.size * n_pre), {cells.size, n_pre}};
        weights.values[(synapse.post + projection.post.first) * n_pre + synapse.pre +
                       projection.pre.first] +=
            (synapse.weight >= 0.0F ? factors.exc : factors.inh) *
            static_cast<double>(synapse.weight);
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
    node.params["bias"] = everywhere(bias->second, node.params.at("weight").shape[0]);
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
    if (out.is_strict()) {
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
                    weights, out.has_steps() ? "1 for a step of 0.1 ms" : "a Dirac pulse"));
    if (out.has_steps())
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
    for (const Population& population : description.network.populations)
        add_population(out, population);
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
