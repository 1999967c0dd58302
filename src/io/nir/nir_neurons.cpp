#include "io/nir/nir_neurons.hpp"

#include "core/error.hpp"
#include "neuron_models/sharp_threshold.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

namespace spikewell::io::nir {

namespace {

/// Neurons of one population and model.
template <class Neuron> struct Cells {
    std::string name;
    std::size_t n;
    std::vector<Neuron> neurons; ///< [n], or one for all

    [[nodiscard]] const Neuron& first() const { return neurons.front(); }
    /// What `value` is of each.
    [[nodiscard]] Param each(const auto& value) const {
        if (neurons.size() == 1) return everywhere(value(first()), n);
        Param param{{}, {n}};
        for (const Neuron& neuron : neurons)
            param.values.push_back(value(neuron));
        return param;
    }
};

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

/// mV that a membrane is held at by 1 before its node.
double gain_of(const WrittenNode& node) {
    return node.params.at("r").values.front() *
           (node.type == "CubaLIF" ? node.params.at("w_in").values.front() : 1.0);
}

/// What holds V at rest, in the strict profile, whose potentials count from the reset.
template <class Neuron>
void add_bias(NirExport& out, const WrittenNode& node, const Cells<Neuron>& cells) {
    const auto held_mV = [](const Neuron& neuron) { return neuron.V_inf_mV() - neuron.V_reset_mV; };
    if (held_mV(cells.first()) == 0.0) return;
    out.bias_of[cells.name] =
        cells.each([&](const Neuron& neuron) { return held_mV(neuron) / gain_of(node); });
}

/// Potentials of a population as they are written: as they are, or from the reset, to which readers of the strict
/// profile set V; what holds V at rest is then a bias.
template <class Neuron>
void add_potentials(NirExport& out, WrittenNode& node, const Cells<Neuron>& cells) {
    const std::string name = cells.name + ".lif";
    const bool strict = out.is_strict();
    const auto from_mV = [&](const Neuron& neuron) { return strict ? neuron.V_reset_mV : 0.0; };
    if (strict) add_bias(out, node, cells);
    node.params["v_leak"] =
        cells.each([&](const Neuron& neuron) { return strict ? 0.0 : neuron.V_inf_mV(); });
    node.params["v_threshold"] = cells.each([&](const Neuron& neuron) {
        if constexpr (requires { neuron.escape; })
            return sharp_threshold_mV(neuron) - from_mV(neuron);
        else
            return neuron.V_th_mV - from_mV(neuron);
    });
    node.params["v_reset"] =
        cells.each([&](const Neuron& neuron) { return neuron.V_reset_mV - from_mV(neuron); });
    const Neuron& first = cells.first();
    if constexpr (requires { first.escape; }) {
        for (const Neuron& neuron : cells.neurons)
            require_threshold(out, cells.name, neuron);
        if (first.escape)
            out.graph.metadata[k_escape_of + name] = {first.escape->rate_Hz,
                                                      first.escape->theta_mV - from_mV(first),
                                                      first.escape->slope_mV};
    }
    if (first.t_ref_ms > 0.0) out.graph.metadata[k_t_ref_of + name] = {seconds(first.t_ref_ms)};
}

/// Time constants (ms) as they are written, and, where that is not as they are, what they are: the same of all, as they
/// must be of neurons without steps.
template <class Neuron>
Param written_taus(NirExport& out,
                   const std::string& node,
                   const Cells<Neuron>& cells,
                   double Neuron::*tau_ms) {
    if constexpr (std::is_same_v<Neuron, LifStep>) {
        return cells.each([&](const Neuron& neuron) { return neuron.*tau_ms; });
    } else {
        const double own_ms = cells.first().*tau_ms;
        if (out.has_steps()) out.graph.metadata[k_tau_of + node].push_back(seconds(own_ms));
        return everywhere(written_tau_ms(out.options.convention, own_ms), cells.n);
    }
}

Param mapped(Param param, const auto& function) {
    for (double& value : param.values)
        value = function(value);
    return param;
}

/// Gains of jumps by time constants in ms.
Param jump_gains(const NirExport& out, const Param& taus_ms) {
    return mapped(taus_ms, [&](double ms) {
        return jump_gain(out.options.convention, ms, out.graph.step_ms);
    });
}

Param in_seconds(const Param& taus_ms) {
    return mapped(taus_ms, seconds);
}

/// Membranes that spikes move.
template <class Neuron> void add_jumping(NirExport& out, const Cells<Neuron>& cells) {
    WrittenNode node{"LIF"};
    const Param taus_ms = written_taus(out, cells.name + ".lif", cells, &Neuron::tau_m_ms);
    node.params["tau"] = in_seconds(taus_ms);
    node.params["r"] = jump_gains(out, taus_ms);
    add_potentials(out, node, cells);
    out.graph.nodes[cells.name + ".lif"] = std::move(node);
}

void add_neurons(NirExport& out, const Cells<LifDelta>& cells) {
    add_jumping(out, cells);
}

/// A synaptic current of one sign before a membrane.
template <class Neuron>
void add_receptor(NirExport& out,
                  const std::string& sign,
                  const Cells<Neuron>& cells,
                  double Neuron::*tau_ms) {
    WrittenNode node{"LI"};
    const Param taus_ms = written_taus(out, cells.name + sign, cells, tau_ms);
    node.params["tau"] = in_seconds(taus_ms);
    node.params["r"] = jump_gains(out, taus_ms);
    node.params["v_leak"] = everywhere(0.0, cells.n);
    out.graph.nodes[cells.name + sign] = std::move(node);
    out.graph.edges.emplace_back(cells.name + sign, cells.name + ".lif");
}

/// Whether neurons have one current for both signs; in the strict profile all have.
template <class Neuron> bool has_one_current(const NirExport& out, const Cells<Neuron>& cells) {
    return out.is_strict() ||
           std::all_of(cells.neurons.begin(), cells.neurons.end(), [](const Neuron& neuron) {
               return neuron.tau_syn_exc_ms == neuron.tau_syn_inh_ms;
           });
}

/// Membranes that currents drive.
template <class Neuron> void add_driven(NirExport& out, const Cells<Neuron>& cells) {
    const std::string& name = cells.name;
    const bool one_current = has_one_current(out, cells);
    const Neuron& first = cells.first();
    if (one_current && first.tau_syn_exc_ms != first.tau_syn_inh_ms)
        out.report.approximated.push_back(fmt::format(
            "inhibitory currents of {}: decay with {:g} ms in place of {:g} ms, of the same "
            "charge, as CubaLIF has one time constant",
            name, first.tau_syn_exc_ms, first.tau_syn_inh_ms));
    WrittenNode node{one_current ? "CubaLIF" : "LIF"};
    const Param taus_m_ms = written_taus(out, name + ".lif", cells, &Neuron::tau_m_ms);
    node.params["r"] = mapped(taus_m_ms, [&](double ms) {
        return membrane_gain(out.options.convention, ms, out.graph.step_ms);
    });
    node.params[one_current ? "tau_mem" : "tau"] = in_seconds(taus_m_ms);
    if (one_current) {
        const Param taus_syn_ms = written_taus(out, name + ".lif", cells, &Neuron::tau_syn_exc_ms);
        node.params["tau_syn"] = in_seconds(taus_syn_ms);
        node.params["w_in"] = jump_gains(out, taus_syn_ms);
    } else {
        add_receptor(out, ".exc", cells, &Neuron::tau_syn_exc_ms);
        add_receptor(out, ".inh", cells, &Neuron::tau_syn_inh_ms);
    }
    add_potentials(out, node, cells);
    out.graph.nodes[name + ".lif"] = std::move(node);
}

void add_neurons(NirExport& out, const Cells<LifExp>& cells) {
    add_driven(out, cells);
}

/// As importers have it that take steps.
void add_neurons(NirExport& out, const Cells<LifStep>& cells) {
    const bool jumps = cells.first().tau_syn_exc_ms == 0.0;
    for (const LifStep& neuron : cells.neurons) {
        if ((neuron.tau_syn_exc_ms == 0.0) == jumps && (neuron.tau_syn_inh_ms == 0.0) == jumps)
            continue;
        throw NetworkError(cells.name,
                           "tau_syn_exc_ms and tau_syn_inh_ms must both be 0, or both not: "
                           "NIR has no neuron with one current");
    }
    if (jumps)
        add_jumping(out, cells);
    else
        add_driven(out, cells);
}

/// What NIR has no node for.
template <HasCard Neuron> void add_neurons(NirExport&, const Cells<Neuron>& cells) {
    throw NetworkError(
        cells.name, fmt::format("NIR has no node for model {} ({}); it has some for {}, {} and {}",
                                Card<Neuron>::key, Card<Neuron>::name, Card<LifDelta>::key,
                                Card<LifExp>::key, Card<LifStep>::key));
}

/// Whether a node has an element of it for each neuron, and import_nir reads that.
bool is_written_of_each(const NirExport& out, const VariedNumber& number) {
    constexpr std::array<std::string_view, 7> k_written{
        "tau_m_ms", "tau_syn_exc_ms", "tau_syn_inh_ms", "E_L_mV",
        "drive_mV", "V_th_mV",        "V_reset_mV"};
    return !out.is_strict() &&
           std::find(k_written.begin(), k_written.end(), number.key) != k_written.end();
}

void report_own(NirExport& out, const NeuronPopulation& population) {
    NeuronPopulation unwritten = population;
    std::erase_if(unwritten.varied,
                  [&](const VariedNumber& number) { return is_written_of_each(out, number); });
    const std::vector<std::string> own = own_of(unwritten);
    out.report.lost.insert(out.report.lost.end(), own.begin(), own.end());
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
    report_own(out, population);
    if (!population.inputs.empty())
        out.report.lost.push_back(fmt::format("Poisson inputs of {}", population.name));
    out.report.lost.push_back(fmt::format("initial potentials of {}", population.name));
}

/// Neurons as a node has them: each, where that has an element for what differs, or one for all.
std::vector<PointNeuron> neurons_of(const NirExport& out,
                                    std::uint32_t p,
                                    const NeuronPopulation& population) {
    const NeuronsOf who{out.description.network.seed, p};
    std::vector<PointNeuron> neurons{population.neuron};
    for (const VariedNumber& number : population.varied) {
        if (!is_written_of_each(out, number)) continue;
        const std::vector<double> values =
            values_of(number, number_of(population.neuron, number.key)->place, who, 0,
                      static_cast<std::uint32_t>(population.size));
        neurons.resize(values.size(), population.neuron);
        for (std::size_t n = 0; n < values.size(); ++n)
            set_number(neurons[n], number.key, values[n]);
    }
    return neurons;
}

template <class Neuron>
WeightFactors weight_factors(const NirExport& out, Entry entry, const Neuron& neuron) {
    const auto factor = [&](double tau_syn_ms) {
        if constexpr (std::is_same_v<Neuron, LifStep>)
            return neuron.step_ms / neuron.tau_m_ms;
        else
            return weight_factor(out.options.convention, neuron.tau_m_ms, tau_syn_ms);
    };
    const double exc = factor(neuron.tau_syn_exc_ms);
    if (entry == Entry::one_current)
        return {exc, exc * neuron.tau_syn_inh_ms / neuron.tau_syn_exc_ms};
    return {exc, factor(neuron.tau_syn_inh_ms)};
}

} // namespace

/// The step of neurons on a grid: then all must be, of one.
void take_grid(NirExport& out) {
    std::optional<double> step_ms;
    std::string without;
    for (const Population& population : out.description.network.populations) {
        const auto* cells = std::get_if<NeuronPopulation>(&population);
        if (cells == nullptr) continue;
        const auto* stepped = std::get_if<LifStep>(&cells->neuron);
        if (stepped == nullptr)
            without = cells->name;
        else if (step_ms.value_or(stepped->step_ms) == stepped->step_ms)
            step_ms = stepped->step_ms;
        else
            throw NetworkError(cells->name,
                               fmt::format("step_ms must be that of all in NIR, {:g}, got {:g}",
                                           *step_ms, stepped->step_ms));
    }
    if (!step_ms) return;
    if (!without.empty())
        throw NetworkError(
            without, fmt::format("must be of model {}, too: in NIR all take steps, or none does",
                                 Card<LifStep>::key));
    if (!out.has_steps())
        throw NetworkError("network",
                           fmt::format("model {} takes steps, which --nir-convention dirac has not",
                                       Card<LifStep>::key));
    if (out.is_strict() && *step_ms != k_step_ms)
        throw NetworkError(
            "network",
            fmt::format("step_ms must be {:g}, snnTorch's, with --nir-profile strict, got {:g}",
                        k_step_ms, *step_ms));
    out.graph.on_grid = true;
    out.graph.step_ms = *step_ms;
}

void add_cells(NirExport& out, std::uint32_t p, const NeuronPopulation& population) {
    const std::vector<PointNeuron>& neurons = out.neurons_of[p] = neurons_of(out, p, population);
    std::visit(
        [&]<class Neuron>(const Neuron&) {
            Cells<Neuron> cells{population.name, population.size, {}};
            for (const PointNeuron& neuron : neurons)
                cells.neurons.push_back(std::get<Neuron>(neuron));
            add_neurons(out, cells);
        },
        population.neuron);
    report_neurons(out, population);
}

Entry entry_of(const NirExport& out, const std::string& post) {
    if (out.graph.nodes.contains(post + ".exc")) return Entry::two_currents;
    return out.graph.nodes.at(post + ".lif").type == "CubaLIF" ? Entry::one_current
                                                               : Entry::membrane;
}

WeightFactors weight_factors(const NirExport& out, Entry entry, const PointNeuron& any) {
    if (entry == Entry::membrane) return {};
    return std::visit(
        [&](const auto& neuron) -> WeightFactors {
            if constexpr (requires {
                              neuron.tau_syn_exc_ms;
                              neuron.tau_m_ms;
                          })
                return weight_factors(out, entry, neuron);
            else
                return {};
        },
        any);
}

} // namespace spikewell::io::nir
