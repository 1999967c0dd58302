// What inhibitory_plasticity.cpp measures, as a table, a report and results.json: example_inhibitory_plasticity --out FOLDER
#include "inhibitory_plasticity/inhibitory_plasticity.hpp"
#include "page.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <fmt/format.h>

namespace spikewell::examples {

namespace {

using Figure = FigureOf<Outcome, 2>;

std::vector<Figure> figures() {
    return {
        {"before_Hz", "nothing learnt: rate, Hz",
         [](const Outcome& o) { return o.before.rate_Hz; }},
        {"before_cv", "– CV of intervals", [](const Outcome& o) { return o.before.cv_isi; }},
        {"after_Hz", "inhibition learnt: rate, Hz",
         [](const Outcome& o) { return o.after.rate_Hz; }},
        {"after_sd_Hz", "– standard deviation over neurons, Hz",
         [](const Outcome& o) { return o.after.sd_Hz; }},
        {"after_cv", "– CV of intervals", [](const Outcome& o) { return o.after.cv_isi; }},
        {"after_synchrony", "– synchrony", [](const Outcome& o) { return o.after.synchrony; }, 3},
        {"inhibitory_Hz", "– inhibitory neurons: rate, Hz",
         [](const Outcome& o) { return o.inhibitory_after.rate_Hz; }},
        {"weight_nS", "– mean inhibitory weight, nS", [](const Outcome& o) { return o.weight_nS; }},
        {"assembly_inhibition_before", "– weights onto the assembly to be, over those onto others",
         [](const Outcome& o) { return o.assembly_inhibition_before; }, 3},
        {"even_Hz", "each weight at that mean: rate, Hz",
         [](const Outcome& o) { return o.even.rate_Hz; }},
        {"even_sd_Hz", "– standard deviation over neurons, Hz",
         [](const Outcome& o) { return o.even.sd_Hz; }},
        {"even_synchrony", "– synchrony", [](const Outcome& o) { return o.even.synchrony; }, 3},
        {"strengthened_Hz", "assembly strengthened: its rate, Hz",
         [](const Outcome& o) { return o.strengthened.assembly_Hz; }},
        {"strengthened_others_Hz", "– others, Hz",
         [](const Outcome& o) { return o.strengthened.others_Hz; }},
        {"balanced_Hz", "inhibition learnt again: its rate, Hz",
         [](const Outcome& o) { return o.balanced.assembly_Hz; }},
        {"balanced_others_Hz", "– others, Hz",
         [](const Outcome& o) { return o.balanced.others_Hz; }},
        {"assembly_inhibition", "– inhibitory weights onto it, over those onto others",
         [](const Outcome& o) { return o.assembly_inhibition; }, 3},
        {"recall_before_Hz", "a quarter cued: the other three quarters before, Hz",
         [](const Outcome& o) { return o.recall.before.uncued_Hz; }},
        {"recall_Hz", "– during the cue, Hz",
         [](const Outcome& o) { return o.recall.cued.uncued_Hz; }},
        {"recall_others_before_Hz", "– neurons of no assembly before, Hz",
         [](const Outcome& o) { return o.recall.before.others_Hz; }},
        {"recall_others_Hz", "– during the cue, Hz",
         [](const Outcome& o) { return o.recall.cued.others_Hz; }},
        {"naive_before_Hz", "the same before it was strengthened: three quarters before, Hz",
         [](const Outcome& o) { return o.naive.before.uncued_Hz; }},
        {"naive_Hz", "– during the cue, Hz",
         [](const Outcome& o) { return o.naive.cued.uncued_Hz; }},
    };
}

report::Table table_of(const std::vector<Outcome>& all) {
    report::Table table{"", {"", "mean ± standard error over seeds"}, {}};
    for (const Figure& figure : figures())
        table.rows.push_back(
            {figure.text, report::mean_and_error(over_seeds(all, figure.of), figure.decimals)});
    return table;
}

nlohmann::json json_of(const std::vector<Outcome>& all, const Options& options) {
    nlohmann::json document = {
        {"neurons", options.neurons},         {"eta_nS", options.eta_nS},
        {"target_Hz", k_target_Hz},           {"learning_ms", options.learning_ms},
        {"measured_ms", options.measured_ms}, {"seeds", options.seeds}};
    for (const Figure& figure : figures())
        document["figures"][figure.key] = over_seeds(all, figure.of);
    return document;
}

/// Rates of some neurons in bins, from the phase's beginning at 0.
report::Series series_of(const std::string& name,
                         const Phase& phase,
                         const Cells& cells,
                         double bin_ms) {
    report::Series series{name, {}, rate_over_time_Hz(phase.spikes, cells, phase.span, bin_ms)};
    for (std::size_t k = 0; k < series.y.size(); ++k)
        series.x.push_back((static_cast<double>(k) + 0.5) * bin_ms / 1000.0);
    return series;
}

/// Of each `every`th neuron, for so long, from the phase's beginning at 0.
report::Plot raster_of(const std::string& caption,
                       const Phase& phase,
                       std::uint32_t every,
                       double length_ms) {
    std::vector<Spike> some;
    for (const Spike& spike : phase.spikes) {
        const double t_ms = spike.t_ms - phase.span.from_ms;
        if (t_ms >= 0.0 && t_ms < length_ms && spike.source % every == 0)
            some.push_back({t_ms, spike.source / every});
    }
    return {caption, report::raster(some, {"time, ms", "neuron"})};
}

report::Section learning_section(const Outcome& o, const Parts& parts) {
    constexpr std::uint32_t k_rows = 200;
    const std::uint32_t every = std::max(1U, parts.all.count / k_rows);
    const std::vector<report::Series> rate = {
        series_of("excitatory neurons", o.shown.learning, parts.all, 100.0)};
    const std::vector<report::Sample> rates = {{"inhibition learnt", o.shown.rates_Hz},
                                               {"each weight at its mean", o.shown.rates_even_Hz}};
    return {
        "Inhibition learns, seed 1",
        {raster_of("Nothing learnt", o.shown.before, every, 100.0),
         report::Plot{"Learning", report::line_plot(rate, {"time, s", "rate, Hz"})},
         raster_of("Learnt", o.shown.after, every, 500.0),
         report::Plot{"Rates of excitatory neurons", report::histogram(rates, "rate, Hz", 2.0)}}};
}

report::Section assembly_section(const Outcome& o, const Parts& parts) {
    const std::vector<report::Series> balancing = {
        series_of("assembly", o.shown.balancing, parts.assembly, 200.0),
        series_of("others", o.shown.balancing, parts.others, 200.0)};
    const std::vector<report::Series> recall = {
        series_of("cued quarter", o.shown.recall, parts.cued, 20.0),
        series_of("rest of the assembly", o.shown.recall, parts.uncued, 20.0),
        series_of("others", o.shown.recall, parts.others, 20.0)};
    Phase of_some = o.shown.recall; // the assembly, and as many others
    std::erase_if(of_some.spikes,
                  [&](const Spike& spike) { return spike.source >= 2 * parts.assembly.count; });
    const std::uint32_t every = std::max(1U, parts.assembly.count / 100U);
    return {"An assembly, seed 1",
            {report::Plot{"Excitation within it was strengthened; inhibition learns",
                          report::line_plot(balancing, {"time, s", "rate, Hz"})},
             report::Plot{fmt::format("A quarter of it is cued from {:g} to {:g} s",
                                      k_cued_ms / 1000.0, 2.0 * k_cued_ms / 1000.0),
                          report::line_plot(recall, {"time, s", "rate, Hz"})},
             raster_of("The same: below the assembly, the cued quarter first; above others",
                       of_some, every, 3.0 * k_cued_ms)}};
}

report::Document document_of(const std::vector<Outcome>& all, const Options& options) {
    const Parts parts = parts_of(options.neurons);
    return {"Inhibition learns to balance excitation",
            fmt::format("{} neurons, step {:g} nS, target {:g} Hz, learning for {:g} s and again, "
                        "measured for {:g} s; seeds 1 .. {}",
                        options.neurons, options.eta_nS, k_target_Hz, options.learning_ms / 1000.0,
                        options.measured_ms / 1000.0, options.seeds),
            {{"Figures", {table_of(all)}},
             learning_section(all.front(), parts),
             assembly_section(all.front(), parts)}};
}

void show(const Options& options) {
    io::FolderOutput output = output_of(options);
    const std::vector<Outcome> all = measure_all(options);
    publish(output, document_of(all, options), json_of(all, options), {table_of(all)});
}

} // namespace

} // namespace spikewell::examples

int main(int argc, char** argv) {
    using namespace spikewell::examples;
    return exit_code_of([&] {
        Options options;
        options.seeds = 3;
        CLI::App app("Inhibition learns to balance excitation");
        app.add_option("--neurons", options.neurons)
            ->check(CLI::Range(500, 1000000))
            ->capture_default_str();
        app.add_option("--eta-nS", options.eta_nS, "Step of the rule")
            ->check(CLI::Range(0.0, 10.0))
            ->capture_default_str();
        app.add_option("--learning-ms", options.learning_ms)
            ->check(CLI::Range(1000.0, 1e6))
            ->capture_default_str();
        app.add_option("--measured-ms", options.measured_ms, "With weights that stay")
            ->check(CLI::Range(500.0, 1e6))
            ->capture_default_str();
        add_options(app, options, 1000);
        CLI11_PARSE(app, argc, argv);
        show(options);
        return 0;
    });
}
