#pragma once

#include "experiments/form.hpp"
#include "experiments/runs.hpp"
#include "experiments/training.hpp"

#include <cstdint>
#include <vector>

/// Which state the error has to meet (the paper's prediction P3): simulation 1 learnt with the error paired
/// with the renewed state, which is the rule, and with ever older ones. Of rates there are two cases, the
/// renewed and the preceding state; of spikes a curve over the delay, in tau_ref.
namespace spikewell::experiments {

struct TimingPlan {
    std::vector<Backend> backends = {Backend::rate, Backend::spiking};
    std::size_t n_seeds = 10;
    std::uint64_t first_seed = 1;
    std::vector<double> spiking_delays_steps = {0.0, 0.1, 0.2, 0.3, 0.4,  0.5, 0.6,
                                                0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0};
    int n_threads = 1; ///< 0: all cores
};

struct TimingPoint {
    Backend backend = Backend::rate;
    double pairing_delay_steps = 0.0;
    std::vector<double> attractor_correlation; // [seed] of the two images' attractors
    std::vector<double> asymmetry;             // [seed] of J
};

struct TimingStudy {
    TimingPlan plan;
    double data_correlation = 0.0;   ///< of the two images
    std::vector<TimingPoint> points; ///< rates, then spikes, by delay
};

/// Seconds of one thread that the study will take here: a fiftieth of each form's run is timed.
[[nodiscard]] double estimated_s(const TimingPlan& plan);

/// Each run depends on its seed alone, so the result does not depend on the threads.
[[nodiscard]] TimingStudy study_timing(const TimingPlan& plan, const Watch& watch = {});

} // namespace spikewell::experiments
