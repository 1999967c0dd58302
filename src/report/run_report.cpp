#include "report/run_report.hpp"

#include "core/statistics.hpp"
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

/// Spikes of each neuron over the time read, and the variation of its intervals where it has three.
struct OfNeurons {
    std::vector<double> rates_Hz;
    std::vector<double> cvs;
};

OfNeurons figures_of_neurons(const RecordedSpikes& recorded, double read_ms) {
    std::vector<std::vector<double>> times(recorded.neurons);
    for (const Spike& spike : recorded.spikes)
        times[spike.source].push_back(spike.t_ms);
    OfNeurons figures;
    for (const std::vector<double>& of_neuron : times) {
        figures.rates_Hz.push_back(1000.0 * static_cast<double>(of_neuron.size()) / read_ms);
        if (of_neuron.size() < 3) continue;
        std::vector<double> intervals;
        for (std::size_t k = 1; k < of_neuron.size(); ++k)
            intervals.push_back(of_neuron[k] - of_neuron[k - 1]);
        const double middle = mean(intervals);
        if (middle > 0.0) figures.cvs.push_back(standard_deviation(intervals) / middle);
    }
    return figures;
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
    std::vector<Sample> rates;
    std::vector<Sample> cvs;
    for (const RecordedSpikes& one : recorded.spikes) {
        rasters.plots.push_back(raster_of(one, recorded.read_ms));
        OfNeurons figures = figures_of_neurons(one, recorded.read_ms);
        rates.push_back({one.population, std::move(figures.rates_Hz)});
        if (!figures.cvs.empty()) cvs.push_back({one.population, std::move(figures.cvs)});
    }
    Section section{"Spikes", {}};
    if (recorded.read_ms < simulated_ms)
        section.blocks.emplace_back(Paragraph{fmt::format(
            "Plots of spikes are of the first {:g} ms of {:g}.", recorded.read_ms, simulated_ms)});
    section.blocks.emplace_back(std::move(rasters));
    PlotGrid distributions{
        {{"Rates of the neurons.",
          // In the time read a spike more is a step of so much.
          histogram(rates, "rate / Hz", std::max(bin_of(rates), 1000.0 / recorded.read_ms))}}};
    if (!cvs.empty())
        distributions.plots.push_back(
            {"Coefficients of variation of the intervals, of neurons with three spikes or more.",
             histogram(cvs, "CV of intervals", bin_of(cvs))});
    section.blocks.emplace_back(std::move(distributions));
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
