// What bars_and_stripes.cpp measures, as a table, a report and results.json: example_bars_and_stripes [half|thin] --out FOLDER
#include "bars_and_stripes/bars_and_stripes.hpp"
#include "core/statistics.hpp"
#include "page.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::examples {

namespace {

using Figure = FigureOf<Outcome, 3>;

std::vector<Figure> figures() {
    return {
        {"own_attractors", "parts that are attractors, share",
         [](const Outcome& o) { return o.own_attractors; }},
        {"projector", "couplings: correlation with the projector",
         [](const Outcome& o) { return o.projector; }},
        {"hebb", "– with Hebb's", [](const Outcome& o) { return o.hebb; }},
        {"near", "left alone: time near a part or its negative",
         [](const Outcome& o) { return o.learnt.near; }},
        {"visited", "– how many of them are visited",
         [](const Outcome& o) { return o.learnt.visited; }, 1},
        {"evenly", "– as if so many were visited evenly",
         [](const Outcome& o) { return o.learnt.evenly; }, 1},
        {"rows", "– share of that time that is near rows",
         [](const Outcome& o) { return o.learnt.rows; }},
        {"moves", "– moves from one to another in 1,000 steps",
         [](const Outcome& o) { return o.learnt.moves; }, 1},
        {"near_bars", "– time near a picture of columns only or rows only",
         [](const Outcome& o) { return o.learnt.near_bars; }},
        {"hebb_near", "Hebb's couplings left alone, where they are most even: near",
         [](const Outcome& o) { return best_wandering(o).near; }},
        {"hebb_visited", "– visited", [](const Outcome& o) { return best_wandering(o).visited; },
         1},
        {"hebb_evenly", "– as if evenly", [](const Outcome& o) { return best_wandering(o).evenly; },
         1},
        {"hebb_rows", "– share near rows", [](const Outcome& o) { return best_wandering(o).rows; }},
        {"near_own", "shown a column and a row: time near one of the two",
         [](const Outcome& o) { return o.combining.near_own; }},
        {"near_others", "– near any other",
         [](const Outcome& o) { return o.combining.near_others; }},
        {"own_moves", "– moves between the two in 1,000 steps",
         [](const Outcome& o) { return o.combining.moves; }, 1},
        {"one_state", "– correlation of a state with both together",
         [](const Outcome& o) { return o.combining.one_state; }},
        {"whole", "– correlation of the mean state",
         [](const Outcome& o) { return o.combining.whole; }},
        {"cue", "shown with noise: correlation of what is shown",
         [](const Outcome& o) { return o.answers.cue; }},
        {"response", "– of the answer", [](const Outcome& o) { return o.answers.response; }},
        {"both", "– of the answer with the part it has less of",
         [](const Outcome& o) { return o.answers.both; }},
        {"hebb_response", "– of the best of Hebb's answers",
         [](const Outcome& o) { return best_answers(o).response; }},
        {"hebb_both", "– of that with the part it has less of",
         [](const Outcome& o) { return best_answers(o).both; }},
    };
}

report::Table table_of(const Outcomes& all) {
    report::Table table{"", {"", "rate", "spiking"}, {}};
    for (const Figure& figure : figures()) {
        table.rows.push_back(
            {figure.text, report::mean_and_error(over_seeds(all[0], figure.of), figure.decimals),
             report::mean_and_error(over_seeds(all[1], figure.of), figure.decimals)});
    }
    return table;
}

/// All that Hebb's couplings were asked: a row a temperature or scale, "this; that" for each form.
report::Table hebb_table(const Outcomes& all) {
    report::Table table{"Hebb's couplings", {"", "rate", "spiking"}, {}};
    const auto row = [&](const std::string& name, auto&& first, auto&& second) {
        std::vector<std::string> cells = {name};
        for (const auto& outcomes : all) {
            cells.push_back(fmt::format("{}; {}",
                                        report::mean_and_error(over_seeds(outcomes, first)),
                                        report::mean_and_error(over_seeds(outcomes, second))));
        }
        table.rows.push_back(std::move(cells));
    };
    for (std::size_t k = 0; k < k_hebb_wandering.size(); ++k)
        row(
            fmt::format("left alone at iT {:g}: time near a part; share near rows",
                        k_hebb_wandering[k]),
            [&](const Outcome& o) { return o.hebbian[k].near; },
            [&](const Outcome& o) { return o.hebbian[k].rows; });
    for (std::size_t k = 0; k < k_hebb_scales.size(); ++k)
        row(
            fmt::format("answer at {:g} |J|; with the part it has less of", k_hebb_scales[k]),
            [&](const Outcome& o) { return o.hebbian_answers[k].response; },
            [&](const Outcome& o) { return o.hebbian_answers[k].both; });
    return table;
}

/// {"figures": {form: {key: [a value a seed]}}, "occupancy": {form: {"learnt" | "hebb": [parts, negatives]}}}
nlohmann::json json_of(const Outcomes& all, const Options& options) {
    nlohmann::json document = {{"parts", options.parts},
                               {"columns_per_row", options.columns_per_row},
                               {"presentations", options.presentations},
                               {"steps", options.steps},
                               {"seeds", options.seeds}};
    for (std::size_t f = 0; f < all.size(); ++f) {
        const std::string form = name_of(k_forms[f]);
        for (const Figure& figure : figures())
            document["figures"][form][figure.key] = over_seeds(all[f], figure.of);
        for (const Outcome& o : all[f]) {
            document["occupancy"][form]["learnt"].push_back(o.learnt.occupancy);
            document["occupancy"][form]["hebb"].push_back(best_wandering(o).occupancy);
        }
    }
    return document;
}

report::Plot strip(const std::string& caption, const Matrix& states, const Matrix& parts) {
    constexpr std::size_t k_shown = 300; // windows
    Matrix r = likeness(states, parts);
    r.cols = std::min(r.cols, k_shown);
    r.values.resize(r.rows * r.cols);
    return {
        fmt::format("{} (0 .. {} columns, {} .. {} rows)", caption, parts.cols / 2 - 1,
                    parts.cols / 2, parts.cols - 1),
        report::heat_strip(r, {0.0, static_cast<double>(k_window)}, {"step", "part", "r"}, 1.0)};
}

std::vector<double> occupancies(const std::vector<Outcome>& outcomes, bool hebb, std::size_t part) {
    return over_seeds(outcomes, [&](const Outcome& o) {
        return (hebb ? best_wandering(o) : o.learnt).occupancy[part];
    });
}

/// Of each part and its negative.
void append_bars(std::vector<report::Bar>& bars,
                 const std::vector<Outcome>& outcomes,
                 bool hebb,
                 const std::string& series) {
    const std::size_t n = outcomes.front().learnt.occupancy.size();
    for (std::size_t p = 0; p < n; ++p) {
        const std::vector<double> values = occupancies(outcomes, hebb, p);
        bars.push_back({fmt::format("{}{}", p < n / 2 ? "" : "–", p % (n / 2)), series,
                        mean(values), standard_error(values)});
    }
}

report::Plot occupancy_plot(const Outcomes& all) {
    std::vector<report::Bar> bars;
    for (const bool hebb : {false, true}) {
        for (std::size_t f = 0; f < all.size(); ++f)
            append_bars(bars, all[f], hebb,
                        fmt::format("{}, {}", hebb ? "Hebb" : "learnt", name_of(k_forms[f])));
    }
    return {"Left alone: share of time near each part (– its negative), mean ± standard error over "
            "seeds",
            report::grouped_bars(bars, "share of time")};
}

report::Document document_of(const Matrix& parts, const Outcomes& all, const Options& options) {
    report::Document document{
        "Bars and stripes",
        fmt::format("Single parts learnt in {} presentations, columns {} times as often as rows, "
                    "then {} steps free; seeds 1 .. {}, "
                    "mean ± standard error",
                    options.presentations, options.columns_per_row, options.steps, options.seeds),
        {}};
    report::Section learnt{"What was learnt", {}};
    learnt.blocks.emplace_back(
        report::image_row("Parts, one at a time", parts, k_side, report::largest(parts), {}));
    for (std::size_t f = 0; f < all.size(); ++f)
        learnt.blocks.emplace_back(
            report::image_row(fmt::format("Where each leads, {} form", name_of(k_forms[f])),
                              all[f].front().attractors, k_side, 1.0, {}));
    report::Section free{"Left alone", {}};
    for (std::size_t f = 0; f < all.size(); ++f) {
        const Outcome& o = all[f].front();
        Matrix some(parts.rows, 16);
        for (std::size_t k = 0; k < some.cols; ++k) {
            const auto from = o.learnt.states.column(
                k * std::min<std::size_t>(300, o.learnt.states.cols) / some.cols);
            std::copy(from.begin(), from.end(), some.column(k).begin());
        }
        free.blocks.emplace_back(report::image_row(
            fmt::format("States on the way, {} form, seed 1", name_of(k_forms[f])), some, k_side,
            1.0, {}));
        free.blocks.emplace_back(
            strip(fmt::format("Correlation with each part, {} form, seed 1", name_of(k_forms[f])),
                  o.learnt.states, parts));
    }
    report::Section shown{"A column and a row shown together", {}};
    for (std::size_t f = 0; f < all.size(); ++f) {
        const Combining& c = all[f].front().combining;
        Matrix pair(parts.rows, 2);
        std::copy(c.example.image.begin(), c.example.image.end(), pair.column(0).begin());
        const std::vector<double> mean = mean_state(c.states);
        std::copy(mean.begin(), mean.end(), pair.column(1).begin());
        shown.blocks.emplace_back(
            report::image_row(fmt::format("Parts {} and {}, {} form, seed 1", c.example.column,
                                          c.example.row, name_of(k_forms[f])),
                              pair, k_side, 1.0, {"shown", "mean state"}));
        shown.blocks.emplace_back(
            strip(fmt::format("Correlation with each part, {} form", name_of(k_forms[f])), c.states,
                  parts));
    }
    free.blocks.emplace_back(strip(
        "The same with Hebb's couplings at the temperature where they are most even, spiking form",
        best_wandering(all[1].front()).states, parts));
    free.blocks.emplace_back(occupancy_plot(all));
    document.sections = {learnt, free, shown, {"Figures", {table_of(all), hebb_table(all)}}};
    return document;
}

void show(const Options& options) {
    io::FolderOutput output = output_of(options);
    const Matrix parts = single_parts(options.parts);
    const Outcomes all = measure_all(parts, options);
    publish(output, document_of(parts, all, options), json_of(all, options),
            {table_of(all), hebb_table(all)});
}

} // namespace

} // namespace spikewell::examples

int main(int argc, char** argv) {
    using namespace spikewell::examples;
    return exit_code_of([&] {
        Options options;
        CLI::App app("Bars and stripes: states that wander among learnt parts");
        app.add_option("PARTS", options.parts, "half: bars four pixels wide; thin: of one pixel")
            ->check(CLI::IsMember({"half", "thin"}))
            ->capture_default_str();
        app.add_option("--columns-per-row", options.columns_per_row,
                       "How much more often a column is shown than a row")
            ->check(CLI::Range(1, 100))
            ->capture_default_str();
        app.add_option("--presentations", options.presentations)
            ->check(CLI::Range(1, 10000000))
            ->capture_default_str();
        app.add_option("--steps", options.steps, "Of each free run")
            ->check(CLI::Range(100, 10000000))
            ->capture_default_str();
        add_options(app, options, 1000);
        CLI11_PARSE(app, argc, argv);
        show(options);
        return 0;
    });
}
