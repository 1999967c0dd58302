#pragma once

#include "experiments/runs.hpp"
#include "experiments/simulations.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Simulation 2 over its grid: 20 evidences times 19 inverse temperatures.
namespace spikewell::experiments {

struct RegimesPlan {
    Dataset digits;
    std::vector<Backend> backends = {Backend::rate, Backend::spiking};
    std::size_t n_seeds = 1;
    std::uint64_t first_seed = 1;
    std::size_t every = 1; ///< every n-th evidence and inverse temperature, from the first on
    std::size_t presentations = 5000;
    int n_threads = 1; ///< 0: all cores
};

/// 1 .. 20, and 19 log-spaced from 0.01 to 1.
[[nodiscard]] std::vector<double> grid_evidences(std::size_t every = 1);
[[nodiscard]] std::vector<double> grid_inverse_temperatures(std::size_t every = 1);

struct RegimesPoint {
    Backend backend = Backend::rate;
    double evidence = 0.0;
    double inverse_temperature = 0.0;
    std::vector<double> retrieval;      // [seed] median dR2
    std::vector<double> generalization; // [seed] median dR2
    std::vector<double> attractors;     // [seed]
    std::vector<double> deviation_deg;  // [seed] from orthogonality; NaN for a single attractor
    std::vector<double> unsettled;      // [seed] images that lead to no attractor
};

/// What is measured at a point.
struct Quantity {
    const char* key;  ///< in files
    const char* name; ///< in reports
    const char* head; ///< of a column, shorter
    std::vector<double> RegimesPoint::*values;
};
[[nodiscard]] std::span<const Quantity> quantities();

/// Mean over seeds of those that are finite; NaN where none is.
[[nodiscard]] double mean_of(const RegimesPoint& point, const Quantity& quantity);

/// Points of one form that have something in common.
struct Region {
    std::string name;
    std::vector<const RegimesPoint*> points;
    const RegimesPoint* best = nullptr; ///< where it is strongest; none where it is empty
};

struct RegimesStudy {
    RegimesPlan plan;
    std::vector<double> evidences;
    std::vector<double> inverse_temperatures;
    double data_deviation_deg = 0.0;  ///< from orthogonality, of the images
    std::vector<RegimesPoint> points; ///< form by form, evidence by evidence
};

/// Best retrieval and generalization (at least 90 % of the best), a single attractor, an attractor for each
/// image, images without one (states that asymmetric couplings turn round), and attractors nearer to
/// orthogonality than the images.
[[nodiscard]] std::vector<Region> regions_of(const RegimesStudy& study, Backend backend);

/// Seconds of one thread that the study will take here: a part of a run of each form is timed.
[[nodiscard]] double estimated_s(const RegimesPlan& plan);

/// Each run depends on its seed alone, so the result does not depend on the threads.
[[nodiscard]] RegimesStudy study_regimes(const RegimesPlan& plan, const Watch& watch = {});

} // namespace spikewell::experiments
