#include "experiments/sleep_study.hpp"

#include "experiments/runs.hpp"

#include <algorithm>

namespace spikewell::experiments {

namespace {

Config config_of(const SleepPlan& plan) {
    return capacity_config({plan.n_nodes, plan.presentations, {}});
}

SleepFigures room_for(std::size_t n_seeds) {
    const std::vector<double> none(n_seeds);
    return {none, none, none};
}

Matrix asleep(
    Backend backend, const Matrix& coupling, const SleepPlan& plan, double iT, std::uint64_t seed) {
    Form form = make_form(backend, coupling, config_of(plan), seed);
    run(form, std::vector<double>(plan.n_nodes, 0.0), plan.free_steps, {iT, true, Keep::nothing});
    return coupling_of(form);
}

void measure(SleepFigures& figures,
             std::size_t s,
             Backend backend,
             const Matrix& coupling,
             const SleepPlan& plan,
             const Matrix& patterns) {
    const std::uint64_t seed = plan.first_seed + s;
    Form form = make_form(backend, coupling, config_of(plan), seed);
    for (std::uint64_t cue = 0; cue < k_sleep_cues; ++cue)
        figures.reconstruction[s] += reconstruct(form, patterns, seed + (cue << 32U)).correlation /
                                     static_cast<double>(k_sleep_cues);
    figures.retrieval[s] = retrieval_success(coupling, patterns, seed, {k_sleep_flips});
    figures.norm[s] = rate::frobenius_norm(coupling);
}

void run_seed(const SleepPlan& plan, SleepPoint& point, std::size_t s) {
    const std::uint64_t seed = plan.first_seed + s;
    const Matrix patterns = random_patterns(plan.n_nodes, point.patterns, seed);
    const Matrix learnt = coupling_of(train(point.backend, patterns, config_of(plan), seed).form);
    measure(point.before, s, point.backend, learnt, plan, patterns);
    for (std::size_t t = 0; t < plan.inverse_temperatures.size(); ++t) {
        const Matrix after =
            asleep(point.backend, learnt, plan, plan.inverse_temperatures[t], seed);
        measure(point.after[t], s, point.backend, after, plan, patterns);
        point.after[t].norm[s] /= point.before.norm[s];
    }
    point.before.norm[s] = 1.0;
}

} // namespace

std::vector<double> gain(const std::vector<double>& before, const std::vector<double>& after) {
    std::vector<double> result(before.size());
    std::transform(after.begin(), after.end(), before.begin(), result.begin(), std::minus<>());
    return result;
}

double estimated_s(const SleepPlan& plan) {
    constexpr std::size_t k_stretches = 50;
    double total_s = 0.0;
    for (const Backend backend : plan.backends) {
        Config config = config_of(plan);
        const std::size_t whole = config.training.presentations;
        config.training.presentations = std::max<std::size_t>(1, whole / k_stretches);
        const Training part =
            train(backend, random_patterns(plan.n_nodes, plan.patterns.front(), plan.first_seed),
                  config, plan.first_seed);
        const double step_s = part.wall_s / static_cast<double>(part.steps);
        const std::size_t steps = whole * config.training.steps_per_presentation +
                                  plan.inverse_temperatures.size() * plan.free_steps;
        total_s += step_s * static_cast<double>(steps * plan.n_seeds * plan.patterns.size());
    }
    return total_s;
}

SleepStudy study_sleep(const SleepPlan& plan, const Watch& watch) {
    SleepStudy study{plan, {}};
    for (const Backend backend : plan.backends) {
        for (const std::size_t patterns : plan.patterns) {
            const SleepFigures room = room_for(plan.n_seeds);
            study.points.push_back(
                {backend, patterns, room,
                 std::vector<SleepFigures>(plan.inverse_temperatures.size(), room)});
        }
    }
    run_all(
        study.points.size() * plan.n_seeds, plan.n_threads, watch,
        [&](std::size_t task) {
            run_seed(plan, study.points[task / plan.n_seeds], task % plan.n_seeds);
        },
        [&](auto& archive, std::size_t task) {
            SleepPoint& point = study.points[task / plan.n_seeds];
            point.before.archive(archive, task % plan.n_seeds);
            for (SleepFigures& after : point.after)
                after.archive(archive, task % plan.n_seeds);
        });
    return study;
}

} // namespace spikewell::experiments
