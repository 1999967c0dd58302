// What measured.cpp measures, as tables, a report and results.json: example_microcircuit --out FOLDER
#include "core/error.hpp"
#include "core/statistics.hpp"
#include "microcircuit/measured.hpp"
#include "page.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

namespace spikewell::examples {

namespace {

using nlohmann::json;

struct Measured {
    const MicrocircuitOptions& options;
    std::vector<MicrocircuitReference> known;
    std::vector<MicrocircuitOutcome> outcomes;
    std::vector<io::MeasuredRun> runs; ///< of the outcomes
    std::vector<io::MeasuredRun> reference;

    template <class Of> [[nodiscard]] std::vector<double> over(std::size_t p, Of&& of) const {
        return over_seeds(outcomes,
                          [&](const MicrocircuitOutcome& o) { return of(o.populations[p]); });
    }
};

double rate_of(const PopulationOutcome& o) {
    return o.rate_Hz;
}
double cv_of(const PopulationOutcome& o) {
    return o.cv_isi;
}
double correlation_of(const PopulationOutcome& o) {
    return o.correlation;
}

/// What is known of a model of these scales, of each population: of the full one rates, of a tenth of it rates and CVs.
struct Known {
    std::string of;
    std::vector<KnownFigure> rates_Hz;
    std::vector<KnownFigure> cvs;
    std::size_t seeds = 0; ///< that spreads are of
};
Known known_of(const MicrocircuitPlan& plan, const std::vector<MicrocircuitReference>& all) {
    Known known;
    const auto is = [&](double share) { return plan.scale == share && plan.k_scale == share; };
    if (is(1.0)) {
        known.of = "NEST at full size";
        for (const MicrocircuitReference& one : all)
            known.rates_Hz.push_back({one.rate_Hz, 0.0});
    }
    if (is(0.1) && plan.background == Background::poisson) {
        known.seeds = known_tenth_seeds();
        known.of = fmt::format("NEST, {} seeds", known.seeds);
        for (const MicrocircuitReference& one : all) {
            known.rates_Hz.push_back(one.tenth_rate_Hz);
            known.cvs.push_back(one.tenth_cv_isi);
        }
    }
    return known;
}

/// Adds to a row what is known, and how far a mean is from it: in per cent, and in standard errors of the difference.
void add_known(std::vector<std::string>& row,
               const std::vector<double>& values,
               const KnownFigure& known,
               std::size_t seeds) {
    const double off = mean(values) - known.mean;
    const double their_error = seeds > 0 ? known.sd / std::sqrt(static_cast<double>(seeds)) : 0.0;
    const double error = std::hypot(standard_error(values), their_error);
    row.push_back(fmt::format("{:.3f}", known.mean));
    if (their_error > 0.0) row.back() += fmt::format(" ± {:.3f}", their_error);
    row.push_back(fmt::format("{:+.1f} %", 100.0 * off / known.mean));
    if (values.size() > 1) row.back() += fmt::format("; {:+.1f}", off / error);
}

report::Table figures_table(const Measured& m) {
    const Known known = known_of(m.options.plan, m.known);
    report::Table table{
        "Mean ± standard error over seeds", {"population", "neurons", "rate, Hz"}, {}};
    if (!known.rates_Hz.empty()) {
        table.caption += fmt::format("; known: {}; and how far from it, in per cent and in "
                                     "standard errors of the difference",
                                     known.of);
        table.header.insert(table.header.end(), {"known", "off"});
    }
    table.header.emplace_back("CV of intervals");
    if (!known.cvs.empty()) table.header.insert(table.header.end(), {"known", "off"});
    table.header.emplace_back("correlation of counts");
    for (std::size_t p = 0; p < m.known.size(); ++p) {
        const std::vector<double> rates = m.over(p, rate_of);
        const std::vector<double> cvs = m.over(p, cv_of);
        std::vector<std::string>& row = table.rows.emplace_back();
        row = {m.known[p].name, std::to_string(m.runs.front().populations[p].rates_Hz.size()),
               report::mean_and_error(rates, 3)};
        if (!known.rates_Hz.empty()) add_known(row, rates, known.rates_Hz[p], known.seeds);
        row.push_back(report::mean_and_error(cvs, 3));
        if (!known.cvs.empty()) add_known(row, cvs, known.cvs[p], known.seeds);
        row.push_back(report::mean_and_error(m.over(p, correlation_of), 4));
    }
    return table;
}

// --- distances of distributions ---

/// A distribution that is compared, by its name in results.json and in the table.
struct Compared {
    const char* key;
    const char* text;
    double io::Distances::*distance;
    std::vector<double> io::Distributions::*values;
    const char* axis;
};
constexpr std::array<Compared, 3> k_compared{
    {{"rates", "rates", &io::Distances::rates, &io::Distributions::rates_Hz, "rate, Hz"},
     {"cvs", "CV of intervals", &io::Distances::cvs, &io::Distributions::cvs, "CV of intervals"},
     {"correlations", "correlations of counts", &io::Distances::correlations,
      &io::Distributions::correlations, "correlation of counts"}}};

std::vector<double> values_of(const std::vector<io::Distances>& all,
                              double io::Distances::*distance) {
    std::vector<double> values;
    for (const io::Distances& one : all) {
        if (std::isfinite(one.*distance)) values.push_back(one.*distance);
    }
    return values;
}

/// "0.012 (0.021)": mean and greatest.
std::string mean_and_greatest(const std::vector<double>& values) {
    if (values.empty()) return "–";
    return fmt::format("{:.3f} ({:.3f})", mean(values),
                       *std::max_element(values.begin(), values.end()));
}

report::Table distances_table(const Measured& m) {
    report::Table table{
        "Kolmogorov–Smirnov distances: mean (greatest) over pairs of seeds", {"population"}, {}};
    if (!m.reference.empty())
        table.caption += fmt::format(", and over pairs of a seed and a reference run, {} of them",
                                     m.reference.size());
    for (const Compared& compared : k_compared) {
        table.header.emplace_back(compared.text);
        if (!m.reference.empty()) table.header.emplace_back("– from the reference");
    }
    for (std::size_t p = 0; p < m.known.size(); ++p) {
        const auto seeds = distances_of(p, m.runs);
        const auto others = distances_of(p, m.runs, m.reference);
        table.rows.push_back({m.known[p].name});
        for (const Compared& compared : k_compared) {
            std::vector<std::string>& row = table.rows.back();
            row.push_back(mean_and_greatest(values_of(seeds, compared.distance)));
            if (!m.reference.empty())
                row.push_back(mean_and_greatest(values_of(others, compared.distance)));
        }
    }
    return table;
}

/// Of a population: the first and the last seed's values, and those of the first run they are compared with.
std::vector<report::Sample> samples_of(const Measured& m, std::size_t p, const Compared& compared) {
    const auto of_seed = [&](const io::MeasuredRun& run) -> report::Sample {
        return {fmt::format("seed {}", run.seed), run.populations[p].*compared.values};
    };
    std::vector<report::Sample> samples{of_seed(m.runs.front())};
    if (m.runs.size() > 1) samples.push_back(of_seed(m.runs.back()));
    if (m.reference.empty()) return samples;
    for (const io::Distributions& of : m.reference.front().populations) {
        if (of.population == m.known[p].name) samples.push_back({"reference", of.*compared.values});
    }
    return samples;
}

report::Section distributions_section(const Measured& m) {
    report::Section section{"Distributions", {distances_table(m)}};
    for (const Compared& compared : k_compared) {
        report::PlotGrid grid{{}, 300};
        for (std::size_t p = 0; p < m.known.size(); ++p)
            grid.plots.push_back({m.known[p].name, report::distribution_curves(
                                                       samples_of(m, p, compared), compared.axis)});
        section.blocks.emplace_back(std::move(grid));
    }
    return section;
}

// --- raster ---

/// A panel for each population, the uppermost layer at the top, as high as it has neurons.
report::Section raster_section(const Measured& m) {
    constexpr double k_px_each = 0.7;
    const std::uint32_t every = shown_every(m.options.plan);
    json plot;
    for (std::size_t p = m.known.size(); p > 0; --p) {
        const std::vector<Spike>& spikes = m.outcomes.front().shown[p - 1];
        json panel = report::raster(spikes, {"time, ms", m.known[p - 1].name});
        panel["panels"][0]["marks"][0]["name"] = m.known[p - 1].name;
        const double neurons =
            static_cast<double>(m.runs.front().populations[p - 1].rates_Hz.size()) / every;
        panel["panels"][0]["height"] = std::lround(std::max(18.0, k_px_each * neurons));
        panel["panels"][0]["x"]["domain"] = {m.options.warm_up_ms,
                                             m.options.warm_up_ms + k_shown_ms};
        plot =
            plot.is_null() ? std::move(panel) : report::stacked(std::move(panel), std::move(plot));
    }
    return {fmt::format("Spikes of one neuron in {}, seed 1", every), {report::Plot{"", plot}}};
}

// --- what it took ---

double energy_in(const RunCost& cost, const char* key) {
    const auto of = nlohmann::ordered_json::parse(cost.energy).at(key);
    return of.is_number() ? of.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

report::Table cost_table(const Measured& m) {
    const auto row = [&](const char* text, auto&& of, int decimals) -> std::vector<std::string> {
        const auto of_run = [&](const MicrocircuitOutcome& o) {
            return static_cast<double>(of(o.cost));
        };
        return {text, report::mean_and_error(over_seeds(m.outcomes, of_run), decimals)};
    };
    const auto energy = nlohmann::ordered_json::parse(m.outcomes.front().cost.energy);
    return {fmt::format("Energy: {}, {}", energy.at("how").get<std::string>(),
                        energy.at("source").get<std::string>()),
            {fmt::format("{} thread{}", m.options.threads, m.options.threads == 1 ? "" : "s"),
             "mean ± standard error over seeds"},
            {row(
                 "building, s", [](const RunCost& c) { return c.build_s; }, 2),
             row(
                 "simulating, s", [](const RunCost& c) { return c.wall_s; }, 2),
             row(
                 "q, wall time over model time", [](const RunCost& c) { return c.q; }, 3),
             row(
                 "spikes", [](const RunCost& c) { return c.counters.spikes; }, 0),
             row(
                 "synaptic events", [](const RunCost& c) { return c.counters.synaptic_events; }, 0),
             row(
                 "Poisson inputs", [](const RunCost& c) { return c.counters.poisson_inputs; }, 0),
             row(
                 "energy, J", [](const RunCost& c) { return energy_in(c, "J"); }, 1),
             row(
                 "– µJ a synaptic event",
                 [](const RunCost& c) { return energy_in(c, "uJ_per_synaptic_event"); }, 3),
             row(
                 "– µJ with Poisson inputs",
                 [](const RunCost& c) { return energy_in(c, "uJ_per_input"); }, 3)}};
}

// --- results.json ---

json distances_json(const std::vector<io::Distances>& all) {
    json document;
    for (const Compared& compared : k_compared)
        document[compared.key] = values_of(all, compared.distance);
    return document;
}

json json_of(const KnownFigure& known) {
    return {{"mean", known.mean}, {"sd", known.sd}};
}

json population_json(const Measured& m, std::size_t p) {
    json document = {{"name", m.known[p].name},
                     {"neurons", m.runs.front().populations[p].rates_Hz.size()},
                     {"rate_Hz", m.over(p, rate_of)},
                     {"cv_isi", m.over(p, cv_of)},
                     {"correlation", m.over(p, correlation_of)},
                     {"ks_of_seeds", distances_json(distances_of(p, m.runs))}};
    const Known known = known_of(m.options.plan, m.known);
    if (!known.rates_Hz.empty()) document["known_rate_Hz"] = json_of(known.rates_Hz[p]);
    if (!known.cvs.empty()) document["known_cv_isi"] = json_of(known.cvs[p]);
    if (!m.reference.empty())
        document["ks_from_reference"] = distances_json(distances_of(p, m.runs, m.reference));
    return document;
}

std::string background_of(const MicrocircuitOptions& options) {
    return options.plan.background == Background::dc ? "dc" : "poisson";
}

json json_of(const Measured& m) {
    const MicrocircuitOptions& options = m.options;
    json document = {
        {"scale", options.plan.scale},
        {"k_scale", options.plan.k_scale},
        {"background", background_of(options)},
        {"seeds", options.seeds},
        {"duration_ms", options.duration_ms},
        {"warm_up_ms", options.warm_up_ms},
        {"threads", options.threads},
        {"correlation",
         {{"bin_ms", k_correlations.bin_ms}, {"most_neurons", k_correlations.most_neurons}}},
        {"references", options.references}};
    const Known known = known_of(options.plan, m.known);
    if (!known.of.empty()) document["known"] = {{"of", known.of}, {"seeds", known.seeds}};
    for (std::size_t p = 0; p < m.known.size(); ++p)
        document["populations"].push_back(population_json(m, p));
    for (const MicrocircuitOutcome& o : m.outcomes)
        document["runs"].push_back({{"seed", o.measured.seed},
                                    {"build_s", o.cost.build_s},
                                    {"wall_s", o.cost.wall_s},
                                    {"q", o.cost.q},
                                    {"spikes", o.cost.counters.spikes},
                                    {"synaptic_events", o.cost.counters.synaptic_events},
                                    {"poisson_inputs", o.cost.counters.poisson_inputs},
                                    {"energy", nlohmann::ordered_json::parse(o.cost.energy)}});
    return document;
}

report::Document document_of(const Measured& m) {
    const MicrocircuitOptions& options = m.options;
    return {"The cortical microcircuit",
            fmt::format("{:g} of the neurons, {:g} of the in-degrees, background {}; {:g} ms of "
                        "which {:g} are left "
                        "out; seeds 1 .. {}",
                        options.plan.scale, options.plan.k_scale, background_of(options),
                        options.duration_ms, options.warm_up_ms, options.seeds),
            {{"Figures", {figures_table(m)}},
             raster_section(m),
             distributions_section(m),
             {"What it took", {cost_table(m)}}}};
}

void show(const MicrocircuitOptions& options) {
    io::FolderOutput output({options.out,
                             options.force ? Overwrite::allow : Overwrite::refuse,
                             {"report.html", "results.json", io::k_distributions_file},
                             {options.references.begin(), options.references.end()}});
    Measured m{options, microcircuit_reference(), {}, {}, references_of(options)};
    m.outcomes = measure_all(options);
    for (const MicrocircuitOutcome& o : m.outcomes)
        m.runs.push_back(o.measured);
    output.write(io::k_distributions_file, io::distributions_text(m.runs));
    publish(output, document_of(m), json_of(m),
            {figures_table(m), distances_table(m), cost_table(m)});
}

} // namespace

} // namespace spikewell::examples

int main(int argc, char** argv) {
    using namespace spikewell::examples;
    return exit_code_of([&] {
        MicrocircuitOptions options;
        options.plan.scale = 0.1;
        options.seeds = 3;
        CLI::App app("The cortical microcircuit of Potjans & Diesmann 2014");
        app.add_option("--scale", options.plan.scale, "Share of the neurons")
            ->capture_default_str();
        CLI::Option* k_scale = app.add_option("--k-scale", options.plan.k_scale,
                                              "Share of the in-degrees; default: of the neurons");
        app.add_option("--background", options.plan.background, "poisson or dc")
            ->transform(CLI::Transformer(std::map<std::string, Background>{
                {"poisson", Background::poisson}, {"dc", Background::dc}}));
        app.add_option("--duration-ms", options.duration_ms, "Of a run")
            ->check(CLI::Range(1.0, 1e9))
            ->capture_default_str();
        app.add_option("--warm-up-ms", options.warm_up_ms, "Of it, left out of all figures")
            ->check(CLI::Range(0.0, 1e9))
            ->capture_default_str();
        app.add_option(
            "--references", options.references,
            "Runs to compare with: a folder that has distributions.json or spikes, or such a file");
        add_options(app, options, 1000);
        CLI11_PARSE(app, argc, argv);
        if (k_scale->empty()) options.plan.k_scale = options.plan.scale;
        if (!(options.warm_up_ms < options.duration_ms))
            throw spikewell::ParameterError("microcircuit", "warm_up_ms", options.warm_up_ms,
                                            "< duration_ms");
        show(options);
        return 0;
    });
}
