#include "experiments/regimes_study.hpp"

#include "core/statistics.hpp"
#include "experiments/runs.hpp"

#include <array>
#include <cmath>

namespace spikewell::experiments {

namespace {

constexpr std::size_t k_evidences = 20;
constexpr std::size_t k_temperatures = 19;

Config config_of(const RegimesPlan& plan) {
    Config config;
    config.training.presentations = plan.presentations;
    return config;
}

/// The points of `of` that `is_in`, of which the best has the greatest `worth`.
template <class IsIn, class Worth>
Region region(std::string name,
              const std::vector<const RegimesPoint*>& of,
              IsIn&& is_in,
              Worth&& worth) {
    Region result{std::move(name), {}, nullptr};
    for (const RegimesPoint* point : of) {
        if (!is_in(*point)) continue;
        result.points.push_back(point);
        if (result.best == nullptr || worth(*point) > worth(*result.best)) result.best = point;
    }
    return result;
}

} // namespace

std::vector<double> grid_evidences(std::size_t every) {
    std::vector<double> evidences;
    for (std::size_t e = 0; e < k_evidences; e += every)
        evidences.push_back(static_cast<double>(e + 1));
    return evidences;
}

std::vector<double> grid_inverse_temperatures(std::size_t every) {
    std::vector<double> temperatures;
    for (std::size_t t = 0; t < k_temperatures; t += every)
        temperatures.push_back(std::pow(10.0, -2.0 + static_cast<double>(t) / 9.0));
    return temperatures;
}

std::span<const Quantity> quantities() {
    static constexpr std::array<Quantity, 4> all = {
        {{"retrieval_dr2_median", "retrieval, median ΔR²", "retrieval", &RegimesPoint::retrieval},
         {"generalization_dr2_median", "generalization, median ΔR²", "generalization",
          &RegimesPoint::generalization},
         {"attractors", "attractors", "attractors", &RegimesPoint::attractors},
         {"orthogonality_deviation_deg", "deviation from orthogonality, deg", "deviation",
          &RegimesPoint::deviation_deg}}};
    return all;
}

double mean_of(const RegimesPoint& point, const Quantity& quantity) {
    std::vector<double> finite;
    for (const double value : point.*quantity.values) {
        if (std::isfinite(value)) finite.push_back(value);
    }
    return finite.empty() ? std::numeric_limits<double>::quiet_NaN() : mean(finite);
}

std::vector<Region> regions_of(const RegimesStudy& study, Backend backend) {
    std::vector<const RegimesPoint*> here;
    for (const RegimesPoint& point : study.points) {
        if (point.backend == backend) here.push_back(&point);
    }
    const auto of = [](std::size_t q) {
        return [q](const RegimesPoint& point) { return mean_of(point, quantities()[q]); };
    };
    const auto retrieval = of(0);
    const auto generalization = of(1);
    const auto attractors = of(2);
    const auto deviation = of(3);
    const auto orthogonality = [&](const RegimesPoint& point) { return -deviation(point); };
    const auto near_best = [&](const auto& figure) {
        double best = 0.0;
        for (const RegimesPoint* point : here)
            best = std::fmax(best, figure(*point));
        return [best, figure](const RegimesPoint& point) {
            return best > 0.0 && figure(point) >= 0.9 * best;
        };
    };
    const auto n_images = static_cast<double>(study.plan.digits.train.cols);
    return {region("retrieval at least 90 % of the best", here, near_best(retrieval), retrieval),
            region("generalization at least 90 % of the best", here, near_best(generalization),
                   generalization),
            region(
                "a single attractor", here,
                [&](const auto& point) { return attractors(point) == 1.0; }, generalization),
            region(
                "an attractor for each image", here,
                [&](const auto& point) { return attractors(point) == n_images; }, retrieval),
            region(
                "images that lead to no attractor", here,
                [](const auto& point) { return mean(point.unsettled) > 0.0; }, retrieval),
            region(
                "attractors nearer to orthogonality than the images", here,
                [&](const auto& point) { return deviation(point) < study.data_deviation_deg; },
                orthogonality)};
}

double estimated_s(const RegimesPlan& plan) {
    constexpr std::size_t k_part = 5;
    Config config = at_point(config_of(plan), published_points().front());
    const auto whole = static_cast<double>(config.training.presentations);
    config.training.presentations = (config.training.presentations + k_part - 1) / k_part;
    config.evaluation.trials /= k_part;
    const double factor = whole / static_cast<double>(config.training.presentations);
    double total_s = 0.0;
    for (const Backend backend : plan.backends) {
        total_s += factor * seconds_of([&] {
                       (void)run_regime(backend, plan.digits, config, plan.first_seed);
                   });
    }
    return total_s * static_cast<double>(plan.n_seeds * grid_evidences(plan.every).size() *
                                         grid_inverse_temperatures(plan.every).size());
}

RegimesStudy study_regimes(const RegimesPlan& plan, const Watch& watch) {
    RegimesStudy study{plan,
                       grid_evidences(plan.every),
                       grid_inverse_temperatures(plan.every),
                       deviation_from_orthogonality_deg(angles_between_images(plan.digits.train)),
                       {}};
    const std::vector<double> none(plan.n_seeds);
    for (const Backend backend : plan.backends) {
        for (const double evidence : study.evidences) {
            for (const double iT : study.inverse_temperatures)
                study.points.push_back({backend, evidence, iT, none, none, none, none, none});
        }
    }
    run_all(
        study.points.size() * plan.n_seeds, plan.n_threads, watch,
        [&](std::size_t task) {
            RegimesPoint& point = study.points[task / plan.n_seeds];
            const std::size_t s = task % plan.n_seeds;
            const Config config =
                at_point(config_of(plan), {point.evidence, point.inverse_temperature});
            const Regime regime =
                run_regime(point.backend, plan.digits, config, plan.first_seed + s);
            point.retrieval[s] = regime.evaluation.retrieval.median;
            point.generalization[s] = regime.evaluation.generalization.median;
            point.attractors[s] = static_cast<double>(regime.figures.n_attractors);
            point.deviation_deg[s] = regime.figures.orthogonality_deviation_deg;
            point.unsettled[s] = static_cast<double>(regime.figures.n_unsettled);
        },
        [&](auto& archive, std::size_t task) {
            RegimesPoint& point = study.points[task / plan.n_seeds];
            const std::size_t s = task % plan.n_seeds;
            archive(point.retrieval[s], point.generalization[s], point.attractors[s],
                    point.deviation_deg[s], point.unsettled[s]);
        });
    return study;
}

} // namespace spikewell::experiments
