#include "embedded/pynn_network.hpp"

#include "core/build_info.hpp"
#include "io/names.hpp"
#include "io/pynn/pynn.hpp"
#include "io/pynn/script_template.hpp"
#include "io/sonata/sonata_parts.hpp"
#include "network/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::io {

namespace {

using sonata::CellModel;
using sonata::DrawnSources;
using sonata::Json;

struct Export {
    const NetworkDescription& description;
    const FolderOutput& folder;
    const DrawnSources& drawn;
    std::vector<std::vector<std::string>> input_names; ///< [n_populations][n_inputs]
    std::string cells = "{\n";
    std::string sources = "{\n";
    std::string projections = "[\n";
    std::string recorded = "[";
    ExportReport report = {};
    std::size_t n_synapses = 0;
    std::size_t n_drawn = 0;
};

void write_spikes(Export& out, const std::string& name, const std::vector<Spike>& spikes) {
    std::string csv = "t_ms,neuron\n";
    for (const Spike& spike : spikes)
        csv += fmt::format("{},{}\n", spike.t_ms, spike.source);
    out.folder.write(name, csv);
}

void add_source(Export& out,
                const std::string& name,
                std::size_t size,
                const std::vector<Spike>& spikes) {
    const std::string file = fmt::format("spikes_{}.csv", name);
    write_spikes(out, file, spikes);
    out.sources += fmt::format("    \"{}\": ({}, \"{}\"),\n", name, size, file);
}

/// Constant rates are PyNN's; of others the spikes are drawn.
void add_poisson(Export& out,
                 const std::string& name,
                 std::size_t size,
                 const PoissonRate& rate,
                 const std::vector<Spike>& spikes) {
    // No rate at all is a source that never fires.
    if (!rate.rates_Hz.empty() && rate == PoissonRate::constant(rate.rates_Hz.front())) {
        out.sources += fmt::format("    \"{}\": ({}, {}),\n", name, size, rate.rates_Hz.front());
        return;
    }
    add_source(out, name, size, spikes);
    out.n_drawn += spikes.size();
}

void write_synapses(Export& out,
                    const std::string& pre,
                    const std::string& post,
                    const std::vector<Synapse>& synapses,
                    const std::string& rule) {
    const std::string file = fmt::format(
        "synapses_{}.csv", std::count(out.projections.begin(), out.projections.end(), '\n') - 1);
    std::string csv = "pre,post,weight,delay\n";
    for (const Synapse& s : synapses)
        fmt::format_to(std::back_inserter(csv), "{},{},{},{}\n", s.pre, s.post, s.weight,
                       s.delay_ms);
    out.folder.write(file, csv);
    out.n_synapses += synapses.size();
    out.projections += fmt::format("    (\"{}\", \"{}\", \"{}\", {}),\n", pre, post, file, rule);
}

void add_inputs(Export& out, std::size_t p, const NeuronPopulation& cells) {
    for (std::size_t k = 0; k < cells.inputs.size(); ++k) {
        const PoissonInput& input = cells.inputs[k];
        const std::string& name = out.input_names[p][k];
        const auto size =
            static_cast<std::uint32_t>(input.count ? *input.count : cells.size - input.first);
        add_poisson(out, name, size, input.rate, out.drawn.of_inputs[p][k]);
        std::vector<Synapse> synapses;
        for (std::uint32_t i = 0; i < size; ++i)
            synapses.push_back({i, input.first + i, static_cast<float>(input.weight), 0.0F});
        write_synapses(out, name, cells.name, synapses, "None");
        out.report.approximated.push_back(
            fmt::format("Poisson input {} of {}: arrives a time step late", k, cells.name));
    }
}

void add_cells(Export& out, std::size_t p, const NeuronPopulation& cells) {
    CellModel model = sonata::pynn_model(cells.neuron);
    std::string initial;
    if (const auto* constant = std::get_if<Constant>(&cells.V_init_mV)) {
        initial = fmt::format("{}", constant->value);
    } else {
        const std::string file = fmt::format("initial_{}.csv", cells.name);
        std::string csv = "V_mV\n";
        for (const double V_mV : out.drawn.V_init_mV[p])
            csv += fmt::format("{}\n", V_mV);
        out.folder.write(file, csv);
        initial = fmt::format("\"{}\"", file);
    }
    const std::string type = model.model_template.substr(model.model_template.find(':') + 1);
    out.cells += fmt::format("    \"{}\": ({}, \"{}\", {}, {}),\n", cells.name, cells.size, type,
                             model.params.dump(), initial);
    for (const std::string& difference : model.approximated)
        out.report.approximated.push_back(fmt::format("{}: {}", cells.name, difference));
    if (type == "IF_curr_delta")
        out.report.lost.push_back(
            fmt::format("{} on pyNN.neuron, which has no IF_curr_delta", cells.name));
    add_inputs(out, p, cells);
}

void add_population(Export& out, std::size_t p) {
    const Population& population = out.description.network.populations[p];
    const std::string& name = name_of(population);
    if (const auto* cells = std::get_if<NeuronPopulation>(&population))
        add_cells(out, p, *cells);
    else if (const auto* poisson = std::get_if<PoissonPopulation>(&population))
        add_poisson(out, name, poisson->size, poisson->rate, out.drawn.of_population[p]);
    else
        add_source(out, name, size_of(population), out.drawn.of_population[p]);
    if (positions_of(population)) out.report.lost.push_back(fmt::format("positions of {}", name));
}

std::string pynn_rule(Export&, const std::monostate&, const std::string&) {
    return "None";
}
template <class Rule> std::string pynn_rule(Export& out, const Rule&, const std::string& where) {
    out.report.lost.push_back(fmt::format("{} of {}: its weights stay", Card<Rule>::name, where));
    return "None";
}
std::string pynn_rule(Export& out, const PairStdp& rule, const std::string& where) {
    const bool additive = rule.dependence == WeightDependence::additive;
    out.report.approximated.push_back(
        fmt::format("STDP of {}: all its weights start as the first; the dendritic part of the "
                    "delay is what each back end takes",
                    where));
    return fmt::format("{{\"additive\": {}, \"tau_plus\": {}, \"tau_minus\": {}, \"A_plus\": {}, "
                       "\"A_minus\": {}, \"w_min\": {}, \"w_max\": {}}}",
                       additive ? "True" : "False", rule.tau_plus_ms, rule.tau_minus_ms,
                       rule.lambda, rule.lambda * rule.alpha, rule.w_min, rule.w_max);
}

std::string rule_of_plasticity(Export& out,
                               const SynapticProjection& projection,
                               const std::string& where) {
    return std::visit([&](const auto& rule) { return pynn_rule(out, rule, where); },
                      projection.plasticity);
}

void add_projection(Export& out, std::size_t index) {
    const Network& network = out.description.network;
    const auto& projection = std::get<SynapticProjection>(network.projections[index]);
    const std::vector<Synapse> synapses =
        expand_among_neurons(network, static_cast<std::uint32_t>(index));
    const auto name = [&](PopulationId id) { return name_of(network.populations[id.index]); };
    const std::string pre = name(projection.pre.population);
    const std::string post = name(projection.post.population);
    const std::string where =
        projection.name.empty() ? fmt::format("{} to {}", pre, post) : projection.name;
    if (projection.short_term)
        out.report.lost.push_back(fmt::format("{} of {}: spikes deliver the whole weight",
                                              Card<TsodyksMarkram>::name, where));
    write_synapses(out, pre, post, synapses, rule_of_plasticity(out, projection, where));
}

void add_recordings(Export& out) {
    std::vector<std::string> names;
    for (const Recording& recording : out.description.recordings) {
        const auto* spikes = std::get_if<SpikeRecording>(&recording.what);
        if (spikes == nullptr) {
            out.report.lost.push_back(fmt::format("recording {}", recording.name));
            continue;
        }
        const std::string name =
            name_of(out.description.network.populations[spikes->neurons.population.index]);
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    for (const std::string& name : names)
        out.recorded += fmt::format("{}\"{}\"", name == names.front() ? "" : ", ", name);
}

} // namespace

ExportReport export_pynn(const NetworkDescription& description,
                         const std::string& source,
                         const FolderOutput& output) {
    validate(description);
    require_plain_populations(description.network, "PyNN");
    sonata::require_drawable(description);
    const DrawnSources drawn = sonata::draw_sources(description);
    Export out{description, output, drawn, sonata::input_names(description.network)};
    for (std::size_t p = 0; p < description.network.populations.size(); ++p)
        add_population(out, p);
    for (std::size_t index = 0; index < description.network.projections.size(); ++index)
        add_projection(out, index);
    add_recordings(out);
    output.write("network.py", filled(std::string(embedded::pynn_network()),
                                      {{"source", printable(source)},
                                       {"version", build_info_text()},
                                       {"duration_ms", fmt::format("{}", description.duration_ms)},
                                       {"seed", fmt::format("{}", description.network.seed)},
                                       {"cells", out.cells + "}"},
                                       {"sources", out.sources + "}"},
                                       {"projections", out.projections + "]"},
                                       {"recorded", out.recorded + "]"}}));
    const std::vector<std::string> own = sonata::own_of(out.description.network);
    out.report.lost.insert(out.report.lost.end(), own.begin(), own.end());
    out.report.exact.push_back(
        fmt::format("{} synapses: sources, targets, weights; neuron parameters{}", out.n_synapses,
                    own.empty() ? "" : " but for what is lost"));
    if (out.n_drawn > 0)
        out.report.approximated.push_back(
            fmt::format("Poisson sources of changing rate: one draw of {} spikes", out.n_drawn));
    out.report.approximated.emplace_back(
        "time: delays and spikes are rounded to the back end's step");
    out.report.lost.emplace_back("the seed's streams: other random numbers");
    return std::move(out.report);
}

} // namespace spikewell::io
