// A network learns single bars (columns) and stripes (rows) of an 8 x 8 grid, in rates and in spikes, columns three times as often as
// rows. Left alone it wanders from part to part; shown a column and a row together, which it never saw, it goes to and fro between
// them, and cleans the picture of noise. README.md has the figures. Usage: example_bars_and_stripes [half|thin] --out FOLDER
#include "core/statistics.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/runs.hpp"
#include "io/folder_output.hpp"
#include "rate/competing_rules.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/html.hpp"
#include "report/plots.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

constexpr std::size_t k_side = 8;
constexpr std::size_t k_window = 5; // steps whose mean is one state that is looked at
constexpr double k_near = 0.7;      // correlation from which on a state is near a part
constexpr double k_wandering =
    0.8; // inverse temperature of free runs: much higher, and a part holds the state for good
constexpr double k_reconstructing =
    0.5; // of the answers to noisy pictures: their mean is wanted, not one part
constexpr std::array k_hebb_scales = {0.25, 0.5, 1.0, 2.0};
constexpr std::array k_hebb_wandering = {0.3, 0.4, 0.5, 0.6, 0.8};

struct Options {
    std::string parts = "half";
    std::size_t seeds = 5;
    std::size_t columns_per_row = 3; // how much more often a column is shown
    std::size_t presentations = 5000;
    std::size_t steps = 10000;
    int threads = 1;
    std::string out;
    bool force = false;
};

/// Single parts [64 x n], columns first, then rows, z-scored. "half": bars four pixels wide at four places;
/// their negatives are the bars at the other four places of a ring. "thin": all eight bars of one pixel.
Matrix single_parts(const std::string& kind) {
    const std::size_t width = kind == "half" ? k_side / 2 : 1;
    const std::size_t places = kind == "half" ? k_side / 2 : k_side;
    Matrix parts(k_side * k_side, 2 * places);
    for (std::size_t p = 0; p < parts.cols; ++p) {
        std::vector<double> image(parts.rows);
        for (std::size_t i = 0; i < image.size(); ++i) {
            const std::size_t at = p < places ? i % k_side : i / k_side;
            image[i] = at >= p % places && at < p % places + width ? 1.0 : 0.0;
        }
        image = preprocess(image, Preprocess::zscore);
        std::copy(image.begin(), image.end(), parts.column(p).begin());
    }
    return parts;
}

/// The images to be drawn from, each column several times.
Matrix shown_parts(const Matrix& parts, std::size_t columns_per_row) {
    const std::size_t places = parts.cols / 2;
    Matrix shown(parts.rows, places * (columns_per_row + 1));
    for (std::size_t k = 0; k < shown.cols; ++k) {
        const std::size_t of_columns = places * columns_per_row;
        const auto part = parts.column(k < of_columns ? k % places : places + k - of_columns);
        std::copy(part.begin(), part.end(), shown.column(k).begin());
    }
    return shown;
}

/// A column and a row together.
struct Combination {
    std::size_t column = 0;
    std::size_t row = 0;
    std::vector<double> image; // [64] their sum, z-scored
};
std::vector<Combination> combinations_of(const Matrix& parts) {
    std::vector<Combination> all;
    for (std::size_t c = 0; c < parts.cols / 2; ++c) {
        for (std::size_t r = parts.cols / 2; r < parts.cols; ++r) {
            std::vector<double> sum(parts.rows);
            for (std::size_t i = 0; i < sum.size(); ++i)
                sum[i] = parts(i, c) + parts(i, r);
            all.push_back({c, r, preprocess(std::move(sum), Preprocess::zscore)});
        }
    }
    return all;
}

/// Means over k_window steps [64 x steps / k_window].
Matrix windows_of(const Matrix& states) {
    Matrix means(states.rows, states.cols / k_window);
    for (std::size_t s = 0; s < means.cols * k_window; ++s) {
        for (std::size_t i = 0; i < means.rows; ++i)
            means(i, s / k_window) += states(i, s) / static_cast<double>(k_window);
    }
    return means;
}

/// Correlation of states with each part [n_parts x n_states].
Matrix likeness(const Matrix& states, const Matrix& parts) {
    Matrix r(parts.cols, states.cols);
    for (std::size_t s = 0; s < states.cols; ++s) {
        for (std::size_t p = 0; p < parts.cols; ++p)
            r(p, s) = correlation(states.column(s), parts.column(p));
    }
    return r;
}

/// Which part a state is near, p, or n_parts + p for its negative (the network is odd: what is an attractor,
/// its negative is one, too); 2 n_parts where it is near none.
std::vector<std::size_t> nearest_parts(const Matrix& r) {
    std::vector<std::size_t> nearest(r.cols, 2 * r.rows);
    for (std::size_t s = 0; s < r.cols; ++s) {
        double most = k_near;
        for (std::size_t p = 0; p < r.rows; ++p) {
            if (std::abs(r(p, s)) <= most) continue;
            most = std::abs(r(p, s));
            nearest[s] = r(p, s) > 0.0 ? p : r.rows + p;
        }
    }
    return nearest;
}

/// Correlation of a state with the picture of nothing but whole columns, or whole rows, that is most like it.
double likeness_to_bars(std::span<const double> state) {
    double most = 0.0;
    for (const bool rows : {false, true}) {
        std::array<double, k_side> sums{};
        for (std::size_t i = 0; i < state.size(); ++i)
            sums[rows ? i / k_side : i % k_side] += state[i];
        std::vector<double> picture(state.size());
        for (std::size_t i = 0; i < state.size(); ++i)
            picture[i] = sums[rows ? i / k_side : i % k_side] > 0.0 ? 1.0 : -1.0;
        most = std::max(most, correlation(state, picture));
    }
    return most;
}

/// Where a run without evidence has been.
struct Wandering {
    double near = 0.0; ///< share of windows that are near a part or its negative
    double near_bars =
        0.0; ///< share that correlate as well with whole columns or whole rows, one or several
    double visited = 0.0; ///< parts and negatives that some window was near
    double evenly = 0.0;  ///< exp(entropy) of the time near each: as if so many were visited evenly
    double rows = 0.0;    ///< share of the time near parts that is near rows
    double moves = 0.0;   ///< from one to another, in 1,000 steps
    std::vector<double> occupancy; ///< [2 n_parts] shares of all windows
    Matrix states;                 // [64 x windows]
};
Wandering wander(Form& form, const Matrix& parts, std::size_t steps, double inverse_temperature) {
    const std::vector<double> nothing(parts.rows, 0.0);
    set_state(form, nothing);
    run(form, nothing, 100, {inverse_temperature, false, Keep::nothing});
    Wandering w;
    w.states = windows_of(run(form, nothing, steps, {inverse_temperature, false, Keep::mean}));
    w.occupancy.assign(2 * parts.cols, 0.0);
    const double share = 1.0 / static_cast<double>(w.states.cols);
    std::size_t last = 2 * parts.cols;
    for (const std::size_t part : nearest_parts(likeness(w.states, parts))) {
        if (part == 2 * parts.cols) continue;
        w.near += share;
        w.occupancy[part] += share;
        if (last != 2 * parts.cols && part != last) w.moves += 1000.0 / static_cast<double>(steps);
        last = part;
    }
    for (std::size_t s = 0; s < w.states.cols; ++s)
        w.near_bars += likeness_to_bars(w.states.column(s)) > k_near ? share : 0.0;
    double entropy = 0.0;
    for (std::size_t p = 0; p < w.occupancy.size(); ++p) {
        if (w.occupancy[p] <= 0.0) continue;
        const double time = w.occupancy[p] / w.near;
        w.visited += 1.0;
        entropy -= time * std::log(time);
        w.rows += p % parts.cols < parts.cols / 2 ? 0.0 : time;
    }
    w.evenly = w.visited > 0.0 ? std::exp(entropy) : 0.0;
    return w;
}

/// Under weak evidence of combinations, at the temperature at which it wanders.
struct Combining {
    double near_own = 0.0;    ///< share of windows near one of the two parts shown
    double near_others = 0.0; ///< near any other part or negative
    double moves = 0.0;       ///< from one of the two to the other, in 1,000 steps
    double whole = 0.0;       ///< correlation of the mean state with what was shown
    double one_state = 0.0;   ///< mean correlation of single windows with it
    Combination example;      ///< one that was shown
    Matrix states;            // [64 x windows] under it
};
Combining combine(Form& form, const Matrix& parts, std::size_t steps_each) {
    constexpr double k_weak = 0.4; // strength of the evidence; it was 11 in training
    const std::vector<Combination> all = combinations_of(parts);
    const auto n = static_cast<double>(all.size());
    Combining c;
    c.example = all[parts.cols / 2 + 2];
    for (const Combination& shown : all) {
        set_state(form, std::vector<double>(parts.rows, 0.0));
        Matrix states = windows_of(
            run(form, scaled(shown.image, k_weak), steps_each, {k_wandering, false, Keep::mean}));
        const double share = 1.0 / static_cast<double>(states.cols) / n;
        std::size_t last = 2 * parts.cols;
        for (const std::size_t part : nearest_parts(likeness(states, parts))) {
            if (part == 2 * parts.cols) continue;
            const bool own = part == shown.column || part == shown.row;
            (own ? c.near_own : c.near_others) += share;
            if (own && last != 2 * parts.cols && part != last)
                c.moves += 1000.0 / static_cast<double>(steps_each) / n;
            if (own) last = part;
        }
        c.whole += correlation(mean_state(states), shown.image) / n;
        for (std::size_t s = 0; s < states.cols; ++s)
            c.one_state += share * correlation(states.column(s), shown.image);
        if (shown.image == c.example.image) c.states = std::move(states);
    }
    return c;
}

/// Answers to combinations with as much noise as signal.
struct Answers {
    double cue = 0.0;      ///< correlation of what was shown with the clean picture
    double response = 0.0; ///< of the mean state of 100 steps
    double both = 0.0;     ///< lesser correlation of it with the two parts, at most 0.71
};
Answers answer(Form& form, const Matrix& parts, double strength, std::uint64_t seed) {
    const std::vector<Combination> all = combinations_of(parts);
    const auto n = static_cast<double>(all.size());
    Answers a;
    for (std::size_t k = 0; k < all.size(); ++k) {
        const RandomStream noise(seed, Purpose::evaluation_noise, static_cast<std::uint32_t>(k), 6);
        const std::vector<double> shown = noisy_input(scaled(all[k].image, strength), 1.0, noise);
        set_state(form, std::vector<double>(parts.rows, 0.0));
        const std::vector<double> mean =
            mean_state(run(form, shown, 100, {k_reconstructing, false, Keep::mean}));
        a.cue += correlation(shown, all[k].image) / n;
        a.response += correlation(mean, all[k].image) / n;
        a.both += std::min(correlation(mean, parts.column(all[k].column)),
                           correlation(mean, parts.column(all[k].row))) /
                  n;
    }
    return a;
}

/// All that is measured of a form at a seed.
struct Outcome {
    double own_attractors = 0.0; ///< share of parts that lead to an attractor at r > 0.9 with them
    Matrix attractors;           // [64 x n_parts]
    double projector = 0.0;      ///< correlation of the couplings with X X^+ of the parts
    double hebb = 0.0;           ///< with Hebb's couplings
    Wandering learnt;
    std::vector<Wandering> hebbian; ///< [k_hebb_wandering], at the same |J|
    Combining combining;
    Answers answers;
    std::vector<Answers> hebbian_answers; ///< [scales] of |J|
};

/// Of Hebb's couplings, what comes nearest to what is claimed.
const Wandering& best_wandering(const Outcome& o) {
    return *std::max_element(
        o.hebbian.begin(), o.hebbian.end(),
        [](const Wandering& a, const Wandering& b) { return a.evenly < b.evenly; });
}
const Answers& best_answers(const Outcome& o) {
    return *std::max_element(
        o.hebbian_answers.begin(), o.hebbian_answers.end(),
        [](const Answers& a, const Answers& b) { return a.response < b.response; });
}

Outcome measure(Backend backend, const Matrix& parts, const Options& options, std::uint64_t seed) {
    Config config; // evidence 11 at inverse temperature 0.167, as in examples/digits
    config.training.presentations = options.presentations;
    const Matrix shown = shown_parts(parts, options.columns_per_row);
    Training training = train(backend, shown, config, seed);
    const Matrix coupling = coupling_of(training.form);
    const Matrix hebb = rate::hebb_couplings(shown);
    const double norm = rate::frobenius_norm(coupling);
    const double strength = config.evaluation.signal_strength * config.training.evidence;
    Outcome o;
    o.attractors = figures_of(coupling, parts, config).attractors;
    for (std::size_t p = 0; p < parts.cols; ++p) {
        if (correlation(o.attractors.column(p), parts.column(p)) > 0.9)
            o.own_attractors += 1.0 / static_cast<double>(parts.cols);
    }
    o.projector = correlation(coupling.values, projector_couplings(parts).values);
    o.hebb = correlation(coupling.values, hebb.values);
    Form hebbian = make_form(backend, rate::with_norm(hebb, norm), config, seed);
    o.learnt = wander(training.form, parts, options.steps, k_wandering);
    for (const double inverse_temperature : k_hebb_wandering)
        o.hebbian.push_back(wander(hebbian, parts, options.steps, inverse_temperature));
    o.combining = combine(training.form, parts, std::max<std::size_t>(100, options.steps / 5));
    o.answers = answer(training.form, parts, strength, seed);
    for (const double scale : k_hebb_scales) {
        Form scaled_form = make_form(backend, rate::with_norm(hebb, scale * norm), config, seed);
        o.hebbian_answers.push_back(answer(scaled_form, parts, strength, seed));
    }
    return o;
}

using Outcomes = std::array<std::vector<Outcome>, 2>; // [form][seed]
constexpr std::array k_forms = {Backend::rate, Backend::spiking};

Outcomes measure_all(const Matrix& parts, const Options& options) {
    Outcomes all;
    for (auto& of_form : all)
        of_form.resize(options.seeds);
    run_all(2 * options.seeds, options.threads, Progress{}, [&](std::size_t k) {
        const std::size_t s = k / 2;
        all[k % 2][s] = measure(k_forms[k % 2], parts, options, 1 + s);
    });
    return all;
}

/// A figure by its name, as results.json and the table have it.
struct Figure {
    std::string key;
    std::string text;
    double (*of)(const Outcome&);
    int decimals = 3;
};
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

std::vector<double> over_seeds(const std::vector<Outcome>& outcomes, double (*of)(const Outcome&)) {
    std::vector<double> values;
    for (const Outcome& o : outcomes)
        values.push_back(of(o));
    return values;
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
            std::vector<double> a, b;
            for (const Outcome& o : outcomes) {
                a.push_back(first(o));
                b.push_back(second(o));
            }
            cells.push_back(
                fmt::format("{}; {}", report::mean_and_error(a), report::mean_and_error(b)));
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

report::Plot occupancy_plot(const Outcomes& all) {
    std::vector<report::Bar> bars;
    for (const bool hebb : {false, true}) {
        for (std::size_t f = 0; f < all.size(); ++f) {
            const std::size_t n = all[f].front().learnt.occupancy.size();
            for (std::size_t p = 0; p < n; ++p) {
                std::vector<double> values;
                for (const Outcome& o : all[f])
                    values.push_back((hebb ? best_wandering(o) : o.learnt).occupancy[p]);
                bars.push_back(
                    {fmt::format("{}{}", p < n / 2 ? "" : "–", p % (n / 2)),
                     fmt::format("{}, {}", hebb ? "Hebb" : "learnt", name_of(k_forms[f])),
                     mean(values), standard_error(values)});
            }
        }
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
    io::FolderOutput output({options.out,
                             options.force ? Overwrite::allow : Overwrite::refuse,
                             {"report.html", "results.json"}});
    const Matrix parts = single_parts(options.parts);
    const Outcomes all = measure_all(parts, options);
    output.publish({{"report.html", report::to_html(document_of(parts, all, options))},
                    {"results.json", json_of(all, options).dump(1)}});
    fmt::print("{}\n{}\nReport: {}\n", report::to_text(table_of(all)),
               report::to_text(hebb_table(all)), (output.folder() / "report.html").string());
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Bars and stripes: states that wander among learnt parts");
    app.add_option("PARTS", options.parts, "half: bars four pixels wide; thin: of one pixel")
        ->check(CLI::IsMember({"half", "thin"}))
        ->capture_default_str();
    app.add_option("--seeds", options.seeds)->check(CLI::Range(1, 1000))->capture_default_str();
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
    app.add_option("--threads", options.threads, "0: all cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--out", options.out, "Folder for report.html and results.json")->required();
    app.add_flag("--force", options.force, "Overwrite them");
    CLI11_PARSE(app, argc, argv);
    try {
        show(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    return 0;
}
