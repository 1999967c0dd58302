// What sensory_digits.cpp measures, as a table, a report and results.json: example_sensory_digits --out FOLDER
#include "core/statistics.hpp"
#include "page.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"
#include "sensory_digits/sensory_digits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::examples {

namespace {

using Figure = FigureOf<Outcome, 3>;

std::vector<Figure> figures() {
    return {
        {"injected", "retrieval, evidence injected",
         [](const Outcome& o) { return o.injected.retrieval; }},
        {"sensory", "retrieval, sensory neurons fire",
         [](const Outcome& o) { return o.sensory.retrieval; }},
        {"difference", "difference of the two",
         [](const Outcome& o) { return o.sensory.retrieval - o.injected.retrieval; }},
        {"difference_seeds", "difference by other random numbers, evidence injected",
         [](const Outcome& o) { return o.other_seed.retrieval - o.injected.retrieval; }},
        {"likeness", "answers to both: correlation", [](const Outcome& o) { return o.likeness; }},
        {"likeness_seeds", "answers to evidence by other random numbers: correlation",
         [](const Outcome& o) { return o.likeness_seeds; }},
        {"field_sd", "field of the brightest pixel: standard deviation over mean",
         [](const Outcome& o) { return o.field_sd; }},
    };
}

report::Table table_of(const std::vector<Outcome>& all) {
    report::Table table{"", {"", "mean ± standard error over seeds"}, {}};
    for (const Figure& figure : figures())
        table.rows.push_back(
            {figure.text, report::mean_and_error(over_seeds(all, figure.of), figure.decimals)});
    table.rows.push_back({"cores on the board", fmt::format("{}", all.front().cores)});
    table.rows.push_back(
        {"through the layout the same spikes",
         std::all_of(all.begin(), all.end(), [](const Outcome& o) { return o.same_spikes; })
             ? "yes"
             : "no"});
    return table;
}

nlohmann::json json_of(const std::vector<Outcome>& all, const Options& options) {
    nlohmann::json document = {{"presentations", options.presentations},
                               {"trials", options.trials},
                               {"steps", options.steps},
                               {"sources", options.sources},
                               {"seeds", options.seeds}};
    for (const Figure& figure : figures())
        document["figures"][figure.key] = over_seeds(all, figure.of);
    for (const Outcome& o : all) {
        document["cores"].push_back(o.cores);
        document["same_spikes"].push_back(o.same_spikes);
    }
    return document;
}

Matrix first_columns(const Matrix& matrix) {
    constexpr std::size_t k_shown = 10;
    Matrix some(matrix.rows, std::min(matrix.cols, k_shown));
    std::copy_n(matrix.values.begin(), some.values.size(), some.values.begin());
    return some;
}

report::Document document_of(const std::vector<Outcome>& all, const Options& options) {
    constexpr std::size_t k_side = 8;
    report::Document document{
        "Digits seen by spiking sensory neurons",
        fmt::format(
            "Learnt from evidence in {} presentations; then {} noisy digits, for {} tau_ref "
            "each, as evidence or as rates of {} Poisson neurons a pixel; seeds 1 .. {}",
            options.presentations, options.trials, options.steps, options.sources, options.seeds),
        {}};
    const Outcome& o = all.front();
    const Matrix inputs = first_columns(o.cues.inputs);
    report::Section answers{"Answers, seed 1", {}};
    answers.blocks.emplace_back(
        report::image_row("Noisy digits", inputs, k_side, report::largest(inputs), {}));
    answers.blocks.emplace_back(report::image_row(
        "Answers to evidence", first_columns(o.injected.states), k_side, 1.0, {}));
    answers.blocks.emplace_back(report::image_row(
        "Answers to sensory neurons", first_columns(o.sensory.states), k_side, 1.0, {}));
    document.sections = {{"Figures", {table_of(all)}}, answers};
    return document;
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
        CLI::App app("Digits seen by spiking sensory neurons");
        app.add_option("--presentations", options.presentations)
            ->check(CLI::Range(1, 10000000))
            ->capture_default_str();
        app.add_option("--trials", options.trials)
            ->check(CLI::Range(1, 100000))
            ->capture_default_str();
        app.add_option("--steps", options.steps, "Of a trial, a tau_ref each")
            ->check(CLI::Range(1, 1000000))
            ->capture_default_str();
        app.add_option("--sources", options.sources, "Sensory neurons a pixel")
            ->check(CLI::Range(2, 10000))
            ->capture_default_str();
        add_options(app, options, 1000);
        CLI11_PARSE(app, argc, argv);
        show(options);
        return 0;
    });
}
