#include "embedded/pynn_network.hpp"

#include "core/build_info.hpp"
#include "embedded/pynn_back_ends.hpp"
#include "io/names.hpp"
#include "io/pynn/pynn.hpp"
#include "io/pynn/pynn_parts.hpp"
#include "io/pynn/script_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace spikewell::io {

namespace pynn {

namespace {

// Above this share of steps with a spike a draw a step is no longer much as a Poisson process.
constexpr double k_sparse = 0.05;
constexpr double k_ms_per_s = 1000.0;

/// Spikes that fall into a time step of another of the same neuron.
std::size_t in_one_step(const std::vector<Spike>& spikes, double step_ms) {
    std::set<std::pair<std::uint32_t, double>> steps;
    for (const Spike& spike : spikes)
        steps.insert({spike.source, std::nearbyint(spike.t_ms / step_ms)});
    return spikes.size() - steps.size();
}

void report_thinning(Export& out, const std::string& name, const std::vector<Spike>& spikes) {
    for (const auto& [step_ms, where] :
         {std::pair{k_step_ms, ""}, std::pair{k_spinnaker_step_ms, " on spiNNaker"}}) {
        const std::size_t lost = in_one_step(spikes, step_ms);
        if (lost > 0)
            out.report.lost.push_back(
                fmt::format("{} of {} spikes of {}: a neuron's second and more in a time step of "
                            "{} ms{}",
                            lost, spikes.size(), name, step_ms, where));
    }
}

void add_spikes(Export& out,
                const std::string& name,
                std::size_t size,
                const std::vector<Spike>& spikes) {
    const std::string file = fmt::format("spikes_{}.csv", name);
    std::string csv = "t_ms,neuron\n";
    for (const Spike& spike : spikes)
        csv += fmt::format("{},{}\n", spike.t_ms, spike.source);
    out.folder.write(file, csv);
    out.sources += fmt::format("    \"{}\": ({}, \"{}\"),\n", name, size, file);
    report_thinning(out, name, spikes);
}

void add_drawn(Export& out,
               const std::string& name,
               std::size_t size,
               const std::vector<Spike>& spikes) {
    add_spikes(out, name, size, spikes);
    out.report.approximated.push_back(fmt::format("{}: one draw of {} spikes until {} ms", name,
                                                  spikes.size(), out.description.duration_ms));
}

/// Constant rates are PyNN's; of others the spikes are drawn.
void add_poisson(Export& out,
                 const std::string& name,
                 std::size_t size,
                 const PoissonRate& rate,
                 const std::vector<Spike>& spikes) {
    // No rate at all is a source that never fires.
    if (rate.rates_Hz.empty() || rate != PoissonRate::constant(rate.rates_Hz.front()))
        return add_drawn(out, name, size, spikes);
    const double rate_Hz = rate.rates_Hz.front();
    out.sources += fmt::format("    \"{}\": ({}, {}),\n", name, size, rate_Hz);
    const double share = rate_Hz * k_step_ms / k_ms_per_s;
    if (share > k_sparse)
        out.report.approximated.push_back(fmt::format(
            "{}: {} Hz; pyNN.brian2 gives a neuron at most a spike in a time step ({:.3g} "
            "on average in {} ms)",
            name, rate_Hz, share, k_step_ms));
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
        write_synapses(out, name, cells.name, synapses);
        out.report.approximated.push_back(
            fmt::format("Poisson input {} of {}: arrives a time step late", k, cells.name));
    }
}

void add_positions(Export& out, std::size_t p) {
    const Population& population = out.description.network.populations[p];
    const std::optional<Positions> positions = positions_of(population);
    if (!positions) return;
    const Placement placement{*positions, out.description.network.seed,
                              static_cast<std::uint16_t>(p)};
    constexpr double k_um_per_mm = 1000.0; // PyNN's unit
    const std::string file = fmt::format("positions_{}.csv", name_of(population));
    std::string csv = "x_um,y_um,z_um\n";
    for (std::size_t n = 0; n < size_of(population); ++n) {
        const Point at = position_of(placement, n);
        csv += fmt::format("{},{},{}\n", k_um_per_mm * at[0], k_um_per_mm * at[1],
                           k_um_per_mm * at[2]);
    }
    out.folder.write(file, csv);
    out.positions += fmt::format("    \"{}\": \"{}\",\n", name_of(population), file);
}

void add_population(Export& out, std::size_t p) {
    const Population& population = out.description.network.populations[p];
    const std::string& name = name_of(population);
    const std::vector<Spike>& spikes = out.drawn.of_population[p];
    if (const auto* cells = std::get_if<NeuronPopulation>(&population)) {
        add_cells(out, p, *cells);
        add_inputs(out, p, *cells);
    } else if (const auto* poisson = std::get_if<PoissonPopulation>(&population)) {
        add_poisson(out, name, poisson->size, poisson->rate, spikes);
    } else if (std::holds_alternative<SpikeListPopulation>(population)) {
        add_spikes(out, name, size_of(population), spikes);
    } else {
        add_drawn(out, name, size_of(population), spikes);
    }
    add_positions(out, p);
}

/// Populations whose spikes are recorded, in Python.
std::string recorded(Export& out) {
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
    std::string list = "[";
    for (const std::string& name : names)
        list += fmt::format("{}\"{}\"", name == names.front() ? "" : ", ", name);
    return list + "]";
}

void report_all(Export& out) {
    out.report.exact.push_back(fmt::format("{} synapses: sources, targets, weights; neuron "
                                           "parameters but for what is said below",
                                           out.n_synapses));
    out.report.approximated.emplace_back(
        "time: delays, spikes and refractory periods are rounded to the back end's step");
    out.report.lost.emplace_back("the seed's streams: other random numbers");
}

} // namespace

} // namespace pynn

ExportReport export_pynn(const NetworkDescription& description,
                         const std::string& source,
                         const FolderOutput& output) {
    validate(description);
    require_plain_populations(description.network, "PyNN");
    sonata::require_drawable(description);
    const sonata::DrawnSources drawn = sonata::draw_sources(description);
    pynn::Export out{description, output, drawn, sonata::input_names(description.network)};
    for (std::size_t p = 0; p < description.network.populations.size(); ++p)
        pynn::add_population(out, p);
    for (std::size_t index = 0; index < description.network.projections.size(); ++index)
        pynn::add_projection(out, index);
    const std::string recorded = pynn::recorded(out);
    output.write("back_ends.py", std::string(embedded::pynn_back_ends()));
    output.write("network.py", filled(std::string(embedded::pynn_network()),
                                      {{"source", printable(source)},
                                       {"version", build_info_text()},
                                       {"duration_ms", fmt::format("{}", description.duration_ms)},
                                       {"warm_up_ms", fmt::format("{}", description.warm_up_ms)},
                                       {"seed", fmt::format("{}", description.network.seed)},
                                       {"cells", out.cells + "}"},
                                       {"sources", out.sources + "}"},
                                       {"positions", out.positions + "}"},
                                       {"currents", out.currents + "]"},
                                       {"projections", out.projections + "]"},
                                       {"recorded", recorded}}));
    pynn::report_all(out);
    return std::move(out.report);
}

} // namespace spikewell::io
