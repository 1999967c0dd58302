#include "bars_and_stripes/bars_and_stripes.hpp"

#include "core/statistics.hpp"
#include "experiments/evaluation.hpp"
#include "experiments/runs.hpp"
#include "rate/competing_rules.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::examples {

namespace {

/// Inverse temperatures: of free runs (much higher, and a part holds the state for good), and of answers to
/// noisy pictures (their mean is wanted, not one part).
constexpr double k_wandering = 0.8;
constexpr double k_reconstructing = 0.5;

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

/// How many states are near one of the two parts shown, near others, and how often they went from the one
/// to the other.
struct Nearness {
    double n_own = 0.0;
    double n_others = 0.0;
    double n_moves = 0.0;
};

Nearness nearness_to(const Combination& shown,
                     const std::vector<std::size_t>& nearest,
                     const Matrix& parts) {
    const std::size_t none = 2 * parts.cols;
    Nearness near;
    std::size_t last = none;
    for (const std::size_t part : nearest) {
        if (part == none) continue;
        const bool own = part == shown.column || part == shown.row;
        (own ? near.n_own : near.n_others) += 1.0;
        if (!own) continue;
        if (last != none && part != last) near.n_moves += 1.0;
        last = part;
    }
    return near;
}

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
        const Nearness near = nearness_to(shown, nearest_parts(likeness(states, parts)), parts);
        c.near_own += share * near.n_own;
        c.near_others += share * near.n_others;
        c.moves += 1000.0 / static_cast<double>(steps_each) / n * near.n_moves;
        c.whole += correlation(mean_state(states), shown.image) / n;
        for (std::size_t s = 0; s < states.cols; ++s)
            c.one_state += share * correlation(states.column(s), shown.image);
        if (shown.image == c.example.image) c.states = std::move(states);
    }
    return c;
}

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

} // namespace

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

Matrix likeness(const Matrix& states, const Matrix& parts) {
    Matrix r(parts.cols, states.cols);
    for (std::size_t s = 0; s < states.cols; ++s) {
        for (std::size_t p = 0; p < parts.cols; ++p)
            r(p, s) = correlation(states.column(s), parts.column(p));
    }
    return r;
}

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

} // namespace spikewell::examples
