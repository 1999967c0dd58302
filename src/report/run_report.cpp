#include "report/run_report.hpp"

#include "report/format.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::report {

namespace {

using Json = nlohmann::ordered_json;

double number_in(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_number() ? found->get<double>()
                                                     : std::numeric_limits<double>::quiet_NaN();
}

std::string with_sd(const Json& json, const char* key, const char* sd) {
    const double value = number_in(json, key);
    if (!std::isfinite(value)) return "–";
    return fmt::format("{:.3g} ± {:.2g}", value, number_in(json, sd));
}

Section statistics_section(const Json& run) {
    Table table{"Means ± standard deviations over neurons, from the end of the warm-up on",
                {"population", "neurons", "spikes", "rate, Hz", "silent", "CV of intervals",
                 "correlation of counts"},
                {}};
    for (const auto& [name, figures] : run.at("populations").items()) {
        const auto found = figures.find("correlation");
        table.rows.push_back(
            {name, figures.at("neurons").dump(), figures.at("spikes").dump(),
             with_sd(figures, "rate_Hz", "rate_sd_Hz"),
             figures.contains("silent_neurons") ? figures.at("silent_neurons").dump() : "–",
             with_sd(figures, "cv_isi", "cv_isi_sd"),
             found != figures.end() && found->is_object() ? with_sd(*found, "mean", "sd") : "–"});
    }
    return {"Result",
            {Paragraph{fmt::format(
                 "{:g} of {:g} ms simulated in {:.3g} s; seed {}; {} spikes, {} synaptic events.",
                 number_in(run, "simulated_ms"), number_in(run, "duration_ms"),
                 number_in(run, "wall_s"), run.at("seed").dump(),
                 run.at("counters").at("spikes").dump(),
                 run.at("counters").at("synaptic_events").dump())},
             std::move(table)}};
}

std::string shown_or_dash(const Json& json, const char* key) {
    const double value = number_in(json, key);
    return std::isfinite(value) ? fmt::format("{:.3g}", value) : "–";
}

/// What the run did, and what that took; a column for each machine.
std::vector<Section> energy_sections(const Json& run) {
    if (!run.contains("energy")) return {}; // written by an earlier version
    const Json& here = run.at("energy");
    const Json& counters = run.at("counters");
    Table work{"Work of the whole run", {"", "count"}, {}};
    for (const auto& [key, name] :
         {std::pair{"spikes", "spikes"}, std::pair{"synaptic_events", "synaptic events"},
          std::pair{"poisson_inputs", "Poisson inputs"},
          std::pair{"arrivals", "edges of pulses at nodes"},
          std::pair{"candidates", "candidates drawn for spikes of nodes"}})
        work.rows.push_back({name, counters.at(key).dump()});
    std::vector<std::pair<std::string, const Json*>> columns = {{"this machine", &here}};
    if (const auto board = here.find("board"); board != here.end())
        columns.emplace_back(board->at("machine").get<std::string>(), &*board);
    Table energy{
        "Energy",
        {""},
        {{""}, {"J"}, {"uJ a synaptic event"}, {"uJ an input, Poisson inputs counted, too"}}};
    Section section{"Work and energy", {std::move(work)}};
    std::vector<Paragraph> sources;
    for (const auto& [name, of] : columns) {
        energy.header.push_back(name);
        energy.rows[0].push_back(of->at("how").get<std::string>());
        energy.rows[1].push_back(shown_or_dash(*of, "J"));
        energy.rows[2].push_back(shown_or_dash(*of, "uJ_per_synaptic_event"));
        energy.rows[3].push_back(shown_or_dash(*of, "uJ_per_input"));
        std::string text = fmt::format("{}: {}: {}.", name, of->at("how").get<std::string>(),
                                       of->at("source").get<std::string>());
        if (of->contains("why_not_measured"))
            text +=
                fmt::format(" Not measured: {}.", of->at("why_not_measured").get<std::string>());
        sources.push_back({std::move(text)});
    }
    section.blocks.emplace_back(std::move(energy));
    for (Paragraph& source : sources)
        section.blocks.emplace_back(std::move(source));
    return {std::move(section)};
}

/// Kolmogorov and Smirnov's distances from the run that run.json names.
Table reference_table(const Json& reference) {
    Table table{
        fmt::format(
            "Kolmogorov–Smirnov distances from {}, {} of {} ms counted; of runs that differ by "
            "chance only they are what those of two seeds are",
            reference.at("path").get<std::string>(),
            reference.at("runs") == 1 ? "a run" : reference.at("runs").dump() + " runs",
            reference.at("counted_ms").dump()),
        {"population", "rates", "CV of intervals", "correlations of counts"},
        {}};
    for (const auto& [name, of] : reference.at("populations").items()) {
        table.rows.push_back({name});
        for (const char* key : {"rates_Hz", "cv_isi", "correlations"})
            table.rows.back().push_back(shown(number_in(of, key)));
    }
    return table;
}

void add_distributions(Document& document, const RunDistributions& of, const Json& run) {
    Section section{"Distributions", {}};
    PlotGrid plots;
    if (!of.rates_Hz.empty())
        plots.plots.push_back({"Rates of the neurons since the warm-up.",
                               distribution_curves(of.rates_Hz, "rate / Hz")});
    if (!of.cvs.empty())
        plots.plots.push_back(
            {"Coefficients of variation of the intervals, of neurons with three spikes or more.",
             distribution_curves(of.cvs, "CV of intervals")});
    if (!of.correlations.empty())
        plots.plots.push_back({"Correlations of spike counts of two neurons.",
                               distribution_curves(of.correlations, "correlation of counts")});
    if (!plots.plots.empty()) section.blocks.emplace_back(std::move(plots));
    if (run.contains("reference"))
        section.blocks.emplace_back(reference_table(run.at("reference")));
    if (!section.blocks.empty()) document.sections.push_back(std::move(section));
}

/// About 25 bins for what all samples hold, of a width of 1, 2 or 5.
double bin_of(const std::vector<Sample>& samples) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const Sample& sample : samples) {
        for (const double x : sample.values) {
            low = std::min(low, x);
            high = std::max(high, x);
        }
    }
    if (!(high > low)) return std::max(1e-9, std::isfinite(high) ? 0.1 * std::abs(high) : 1.0);
    constexpr double k_bins = 25.0;
    const double raw = (high - low) / k_bins;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double step : {1.0, 2.0, 5.0}) {
        if (step * power >= raw) return step * power;
    }
    return 10.0 * power;
}

/// Spikes up to when there are enough to be seen one by one.
Plot raster_of(const RecordedSpikes& recorded, double read_ms) {
    constexpr std::size_t k_shown_spikes = 20'000;
    std::span<const Spike> spikes = recorded.spikes;
    double shown_ms = read_ms;
    const bool in_colours = is_density(0, recorded.neurons);
    if (!in_colours && spikes.size() > k_shown_spikes) {
        spikes = spikes.first(k_shown_spikes);
        shown_ms = spikes.back().t_ms;
    }
    return {
        fmt::format("{}: {}, {:g} ms.", recorded.population,
                    in_colours ? "rates of neighbouring neurons" : "every spike", shown_ms),
        linked(spike_plot(spikes, recorded.neurons, shown_ms, {"time / ms", "neuron"}), "time")};
}

Section spikes_section(const RecordedRun& recorded, double simulated_ms) {
    PlotGrid rasters{{}, 520};
    for (const RecordedSpikes& one : recorded.spikes)
        rasters.plots.push_back(raster_of(one, recorded.read_ms));
    Section section{"Spikes", {}};
    if (recorded.read_ms < simulated_ms)
        section.blocks.emplace_back(Paragraph{fmt::format(
            "Plots of spikes are of the first {:g} ms of {:g}.", recorded.read_ms, simulated_ms)});
    section.blocks.emplace_back(std::move(rasters));
    return section;
}

void add_weights(Section& section, const RecordedWeights& weights) {
    Series over_time{weights.name, weights.times_ms, weights.means};
    for (std::size_t k = 0; k < weights.means.size(); ++k) {
        over_time.low.push_back(weights.means[k] - weights.sds[k]);
        over_time.high.push_back(weights.means[k] + weights.sds[k]);
    }
    std::vector<Sample> samples{
        {fmt::format("at {:g} ms", weights.times_ms.front()), weights.first}};
    if (weights.times_ms.size() > 1)
        samples.push_back({fmt::format("at {:g} ms", weights.times_ms.back()), weights.last});
    const std::vector<Series> series{std::move(over_time)};
    section.blocks.emplace_back(
        PlotGrid{{{fmt::format("{}: mean, and a standard deviation to each side, of {} weights.",
                               weights.name, weights.last.size()),
                   linked(line_plot(series, {"time / ms", weights.title}), "time of samples")},
                  {fmt::format("{}: distribution.", weights.name),
                   histogram(samples, weights.title, bin_of(samples))}}});
}

} // namespace

Document run_document(const RecordedRun& recorded, const Json& run) {
    Document document{"A simulated network",
                      fmt::format("Spikewell simulate – {}, seed {}",
                                  run.at("network").get<std::string>(), run.at("seed").dump()),
                      {}};
    document.sections.push_back(statistics_section(run));
    for (Section& section : energy_sections(run))
        document.sections.push_back(std::move(section));
    add_distributions(document, recorded.distributions, run);
    if (!recorded.spikes.empty())
        document.sections.push_back(spikes_section(recorded, number_in(run, "simulated_ms")));
    if (!recorded.rates.empty())
        document.sections.push_back(
            {"Rates",
             {Plot{"Mean rates of the recorded neurons, by bin.",
                   linked(line_plot(recorded.rates, {"time / ms", "rate / Hz"}), "time")}}});
    if (!recorded.values.empty()) {
        PlotGrid plots;
        for (const RecordedValues& values : recorded.values)
            plots.plots.push_back(
                {fmt::format("{}{}", values.name, values.left_out),
                 linked(line_plot(values.series, {"time / ms", values.title}), "time")});
        document.sections.push_back({"States", {std::move(plots)}});
    }
    if (!recorded.weights.empty()) {
        document.sections.push_back({"Weights", {}});
        for (const RecordedWeights& weights : recorded.weights)
            add_weights(document.sections.back(), weights);
    }
    return document;
}

} // namespace spikewell::report
