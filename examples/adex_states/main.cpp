// What adex_states.cpp measures, as tables, a report and results.json: example_adex_states --out FOLDER
#include "adex_states/adex_states.hpp"
#include "page.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <fmt/format.h>

namespace spikewell::examples {

namespace {

/// Of a network's state.
using Figure = FigureOf<State, 2>;

std::vector<Figure> figures() {
    return {
        {"rate_Hz", "rate, Hz", [](const State& s) { return s.activity.rate_Hz; }, 1},
        {"cv", "CV of intervals", [](const State& s) { return s.activity.cv_isi; }},
        {"synchrony", "synchrony", [](const State& s) { return s.activity.synchrony; }, 3},
        {"down_share", "time down, below 1 Hz", [](const State& s) { return s.down_share; }},
        {"ups_per_s", "up states a second", [](const State& s) { return s.ups_per_s; }},
        {"modulation", "standard deviation of the rate over its mean",
         [](const State& s) { return s.modulation; }},
    };
}

/// Of a b, a state a seed.
std::vector<double> values_of(const std::vector<Outcome>& all,
                              std::size_t b,
                              const Figure& figure) {
    return over_seeds(all, [&](const Outcome& o) { return figure.of(o[b]); });
}

std::string name_of_b(const Options& options, std::size_t b) {
    return fmt::format("b = {:g} pA", options.adaptation * k_b_pA[b]);
}

report::Table states_table(const std::vector<Outcome>& all, const Options& options) {
    report::Table table{"Networks, mean ± standard error over seeds", {""}, {}};
    for (std::size_t b = 0; b < k_b_pA.size(); ++b)
        table.header.push_back(name_of_b(options, b));
    for (const Figure& figure : figures()) {
        table.rows.push_back({figure.text});
        for (std::size_t b = 0; b < k_b_pA.size(); ++b)
            table.rows.back().push_back(
                report::mean_and_error(values_of(all, b, figure), figure.decimals));
    }
    return table;
}

std::string listed(const std::vector<double>& intervals_ms, std::size_t begin, std::size_t end) {
    std::string text;
    for (std::size_t k = begin; k < std::min(end, intervals_ms.size()); ++k)
        text += fmt::format("{}{:.1f}", text.empty() ? "" : " ", intervals_ms[k]);
    return text.empty() ? "–" : text;
}

report::Table patterns_table(const std::vector<Answer>& answers) {
    report::Table table{fmt::format("One neuron, a step of {:g} ms", k_step.to_ms - k_step.from_ms),
                        {"", "spikes", "first, ms", "first intervals, ms", "last intervals, ms",
                         "different in the later half"},
                        {}};
    const std::vector<Pattern> all = patterns();
    for (std::size_t k = 0; k < all.size(); ++k) {
        const Answer& a = answers[k];
        const std::size_t n = a.intervals_ms.size();
        table.rows.push_back(
            {all[k].name, fmt::format("{}", a.spikes_ms.size()),
             a.spikes_ms.empty() ? "–" : fmt::format("{:.1f}", a.spikes_ms.front()),
             listed(a.intervals_ms, 0, 4), listed(a.intervals_ms, n < 5 ? n : n - 5, n),
             fmt::format("{}", n_different(a.intervals_ms))});
    }
    return table;
}

nlohmann::json json_of(const std::vector<Outcome>& all,
                       const std::vector<Answer>& answers,
                       const Options& options) {
    nlohmann::json document = {{"neurons", options.neurons},
                               {"measured_ms", options.measured_ms},
                               {"seeds", options.seeds}};
    for (std::size_t b = 0; b < k_b_pA.size(); ++b) {
        nlohmann::json of_b = {{"b_pA", options.adaptation * k_b_pA[b]}};
        for (const Figure& figure : figures())
            of_b[figure.key] = values_of(all, b, figure);
        document["networks"].push_back(of_b);
    }
    const std::vector<Pattern> of = patterns();
    for (std::size_t k = 0; k < of.size(); ++k)
        document["patterns"][of[k].name] = {{"spikes_ms", answers[k].spikes_ms},
                                            {"intervals_ms", answers[k].intervals_ms},
                                            {"different", n_different(answers[k].intervals_ms)}};
    return document;
}

report::Section patterns_section(const std::vector<Answer>& answers) {
    report::Section section{"One neuron under a step of current", {patterns_table(answers)}};
    const std::vector<Pattern> all = patterns();
    for (std::size_t k = 0; k < all.size(); ++k) {
        report::Series V{all[k].name, {}, answers[k].V_mV};
        for (std::size_t j = 0; j < V.y.size(); ++j)
            V.x.push_back(static_cast<double>(j) * k_sampled_ms);
        section.blocks.emplace_back(report::Plot{
            all[k].name, report::line_plot(std::vector{V}, {"time, ms", "potential, mV"})});
    }
    return section;
}

/// The first seconds of a network, seed 1: some neurons' spikes below all neurons' rate.
report::Plot trace_of(const State& s, const std::string& caption, std::uint32_t n_excitatory) {
    constexpr double k_shown_ms = 3000.0;
    constexpr std::uint32_t k_rows = 100;
    const std::uint32_t every = std::max(1U, n_excitatory / k_rows);
    std::vector<Spike> some;
    for (const Spike& spike : s.spikes) {
        if (spike.t_ms < k_shown_ms && spike.source % every == 0)
            some.push_back({spike.t_ms, spike.source / every});
    }
    report::Series rate{caption, {}, {}};
    for (std::size_t k = 0;
         static_cast<double>(k + 1) * k_rate_bin_ms <= k_shown_ms && k < s.rate_Hz.size(); ++k) {
        rate.x.push_back((static_cast<double>(k) + 0.5) * k_rate_bin_ms);
        rate.y.push_back(s.rate_Hz[k]);
    }
    return {caption, report::stacked(report::line_plot(std::vector{rate}, {"time, ms", "rate, Hz"}),
                                     report::raster(some, {"time, ms", "excitatory neuron"}))};
}

report::Document document_of(const std::vector<Outcome>& all,
                             const std::vector<Answer>& answers,
                             const Options& options) {
    report::Section networks{"Networks, seed 1", {}};
    for (std::size_t b = 0; b < k_b_pA.size(); ++b)
        networks.blocks.emplace_back(
            trace_of(all.front()[b], name_of_b(options, b), options.neurons / 5 * 4));
    return {"What adaptation makes of neurons and networks",
            fmt::format("Networks of {} adaptive exponential neurons, measured for {:g} s; seeds 1 "
                        ".. {}",
                        options.neurons, options.measured_ms / 1000.0, options.seeds),
            {{"Figures", {states_table(all, options)}}, networks, patterns_section(answers)}};
}

void show(const Options& options) {
    io::FolderOutput output = output_of(options);
    const std::vector<Outcome> all = measure_all(options);
    const std::vector<Answer> of_cells = answers();
    publish(output, document_of(all, of_cells, options), json_of(all, of_cells, options),
            {states_table(all, options), patterns_table(of_cells)});
}

} // namespace

} // namespace spikewell::examples

int main(int argc, char** argv) {
    using namespace spikewell::examples;
    return exit_code_of([&] {
        Options options;
        options.seeds = 3;
        CLI::App app("What adaptation makes of neurons and networks");
        app.add_option("--neurons", options.neurons)
            ->check(CLI::Range(500, 1000000))
            ->capture_default_str();
        app.add_option("--measured-ms", options.measured_ms)
            ->check(CLI::Range(2000.0, 1e6))
            ->capture_default_str();
        app.add_option("--adaptation", options.adaptation, "Scales what a spike brings of it")
            ->check(CLI::Range(0.0, 10.0))
            ->capture_default_str();
        add_options(app, options, 1000);
        CLI11_PARSE(app, argc, argv);
        show(options);
        return 0;
    });
}
