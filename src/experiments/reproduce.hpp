#pragma once

#include "experiments/capacity.hpp"
#include "experiments/compare.hpp"
#include "experiments/image_memory.hpp"
#include "experiments/runs.hpp"

#include <array>
#include <string>
#include <vector>

namespace spikewell::experiments {

template <class T> struct Seeded {
    std::uint64_t seed = 0;
    T value;
};

/// Results of one simulation for both forms, one entry a seed.
template <class T> struct BothForms {
    std::vector<Seeded<T>> rate;
    std::vector<Seeded<T>> spiking;

    [[nodiscard]] std::vector<Seeded<T>>& of(Backend backend) {
        return backend == Backend::rate ? rate : spiking;
    }
    [[nodiscard]] const std::vector<Seeded<T>>& of(Backend backend) const {
        return backend == Backend::rate ? rate : spiking;
    }
};

/// What `reproduce` is asked to run.
struct ReproducePlan {
    std::array<bool, 6> simulations = {true, true, true, true, false, false}; ///< 1 .. 6
    std::vector<Backend> backends = {Backend::rate, Backend::spiking};
    std::size_t n_seeds = 10;
    std::uint64_t first_seed = 1;
    std::vector<GridPoint> points;                       ///< of simulation 2
    std::array<std::size_t, 2> steps_per_digit = {1, 1}; ///< of simulation 3: rate, spiking
    std::size_t free_steps = 50000;                      ///< of simulation 4
    std::size_t presentations = 5000;                    ///< of simulations 2 and 4
    CapacityPlan capacity;                               ///< of simulation 5
    std::vector<std::size_t> runtime_nodes;              ///< of its runtime table; none: no table
    ImageMemoryPlan image_memory;                        ///< of simulation 6
    StoredImages stored;                                 ///< its images; none where it is not run
    int n_threads = 1;                                   ///< 0: all cores
};

/// In what the plan differs from the published runs and from the ten seeds of a full one, a line each
/// for what of it concerns `simulation` (1 .. 6).
[[nodiscard]] std::vector<std::string> remarks_of(const ReproducePlan& plan,
                                                  std::size_t simulation);

struct Reproduction {
    ReproducePlan plan;
    BothForms<OrthogonalBasis> basis;
    BothForms<std::vector<Regime>> regimes; ///< one entry a point, in the plan's order
    BothForms<SequenceReplay> sequence;
    BothForms<Forgetting> forgetting;
    BothForms<std::vector<CapacityPoint>> capacity; ///< one entry a number of patterns
    BothForms<ImageMemory> images;
    std::vector<double> steps_per_s; ///< of the rate form [runtime_nodes], all threads on each
};

/// Runs the plan's runs in parallel; each depends on its own seed alone, so the result does not
/// depend on the threads.
[[nodiscard]] Reproduction reproduce(const ReproducePlan& plan,
                                     const Dataset& digits,
                                     const Watch& watch = {});

/// The figures published in the paper and its notebooks, one run each.
struct Published {
    std::array<double, 2> attractor_correlation = {-0.19, -0.20};
    double data_correlation = 0.77;
    struct Point {
        double evidence;
        double inverse_temperature;
        double retrieval_dr2_median;
        double generalization_dr2_median;
        double attractors;
        double orthogonality_deviation_deg; ///< NaN where there is a single attractor
    };
    std::array<Point, 3> points;
    double data_orthogonality_deviation_paper_deg = 29.94;
    /// Of simulation 5, for 100 nodes.
    struct Capacity {
        std::size_t patterns;
        double retention;
        double reconstruction;
        double pattern_correlation; ///< the largest between two stored patterns
    };
    std::array<Capacity, 9> capacity;
    /// Learning steps a second of the published program, JAX on an M3 Max.
    struct Runtime {
        std::size_t n_nodes;
        double steps_per_s;
    };
    std::array<Runtime, 6> runtime;
    double asymmetry = 0.981;
    double attractors_matched = 3.0;
};
[[nodiscard]] Published published_figures();

} // namespace spikewell::experiments
