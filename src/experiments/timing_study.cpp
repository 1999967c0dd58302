#include "experiments/timing_study.hpp"

#include "core/statistics.hpp"
#include "experiments/runs.hpp"
#include "experiments/simulations.hpp"

namespace spikewell::experiments {

namespace {

std::vector<TimingPoint> points_of(const TimingPlan& plan) {
    std::vector<TimingPoint> points;
    for (const Backend backend : plan.backends) {
        const std::vector<double> delays =
            backend == Backend::rate ? std::vector<double>{0.0, 1.0} : plan.spiking_delays_steps;
        for (const double delay : delays)
            points.push_back({backend, delay, std::vector<double>(plan.n_seeds),
                              std::vector<double>(plan.n_seeds)});
    }
    return points;
}

} // namespace

double estimated_s(const TimingPlan& plan) {
    constexpr std::size_t k_part = 50;
    double total_s = 0.0;
    for (const Backend backend : plan.backends) {
        Config config = basis_config({});
        config.training.presentations /= k_part;
        const double took_s = train(backend, basis_images(), config, plan.first_seed).wall_s;
        const std::size_t n_points =
            backend == Backend::rate ? 2 : plan.spiking_delays_steps.size();
        total_s += took_s * static_cast<double>(k_part * n_points * plan.n_seeds);
    }
    return total_s;
}

TimingStudy study_timing(const TimingPlan& plan, const Watch& watch) {
    const Matrix images = basis_images();
    TimingStudy study{plan, correlation(images.column(0), images.column(1)), points_of(plan)};
    run_all(
        study.points.size() * plan.n_seeds, plan.n_threads, watch,
        [&](std::size_t task) {
            TimingPoint& point = study.points[task / plan.n_seeds];
            const std::size_t s = task % plan.n_seeds;
            const Training training =
                train(point.backend, images, basis_config({}), plan.first_seed + s,
                      {0, {}, {1, point.pairing_delay_steps}});
            const Matrix coupling = coupling_of(training.form);
            const Matrix attractors = basis_attractors(coupling);
            point.attractor_correlation[s] =
                correlation(attractors.column(0), attractors.column(1));
            point.asymmetry[s] = rate::asymmetry(coupling);
        },
        [&](auto& archive, std::size_t task) {
            TimingPoint& point = study.points[task / plan.n_seeds];
            const std::size_t s = task % plan.n_seeds;
            archive(point.attractor_correlation[s], point.asymmetry[s]);
        });
    return study;
}

} // namespace spikewell::experiments
