#pragma once

#include "experiments/capacity.hpp"
#include "experiments/runs.hpp"
#include "experiments/training.hpp"

#include <cstdint>
#include <vector>

/// What free running with learning on does to stored patterns: simulation 5's training, then steps without
/// evidence at an inverse temperature. At 1 the mean change is 0; below it what the network dreams is
/// unlearnt a little, the strongest most (Hopfield, Feinstein & Palmer 1983, doi:10.1038/304158a0).
namespace spikewell::experiments {

struct SleepPlan {
    std::vector<Backend> backends = {Backend::rate, Backend::spiking};
    std::size_t n_seeds = 3;
    std::uint64_t first_seed = 1;
    std::size_t n_nodes = 100;
    std::vector<std::size_t> patterns = {10, 20, 30, 40};
    std::vector<double> inverse_temperatures = {0.1, 0.17, 0.3, 0.5,
                                                0.8, 1.0,  1.2}; ///< of the sleep
    std::size_t free_steps = 20000;
    std::size_t presentations = CapacityPlan{}.presentations; ///< before it
    int n_threads = 1;                                        ///< 0: all cores
};

/// What couplings do with the patterns, by seed.
struct SleepFigures {
    std::vector<double> reconstruction; // [seed] experiments::reconstruct, mean over k_sleep_cues
    std::vector<double> retrieval;      // [seed] retrieval_success from 20 % of flips
    std::vector<double> norm;           // [seed] |J| over that before sleep

    /// What a seed's run has found.
    template <class Archive> void archive(Archive& archive, std::size_t seed) {
        archive(reconstruction[seed], retrieval[seed], norm[seed]);
    }
};
constexpr double k_sleep_flips = 0.2;
constexpr std::uint64_t k_sleep_cues = 10; ///< noisy copies of each pattern

struct SleepPoint {
    Backend backend = Backend::rate;
    std::size_t patterns = 0;
    SleepFigures before;
    std::vector<SleepFigures> after; // [inverse temperature]
};

struct SleepStudy {
    SleepPlan plan;
    std::vector<SleepPoint> points; ///< form by form, by number of patterns
};

/// after - before, by seed.
[[nodiscard]] std::vector<double> gain(const std::vector<double>& before,
                                       const std::vector<double>& after);

/// Seconds of one thread that the study will take here: a part of each form's run is timed.
[[nodiscard]] double estimated_s(const SleepPlan& plan);

/// Each run depends on its seed alone, so the result does not depend on the threads.
[[nodiscard]] SleepStudy study_sleep(const SleepPlan& plan, const Watch& watch = {});

} // namespace spikewell::experiments
