#pragma once

#include "experiments/simulations.hpp"

namespace spikewell::experiments {

/// A stretch of both trained networks at work, to be looked at.
struct SpikeTrace {
    std::vector<Spike> spikes; // t_ms from the stretch's start
    Matrix states;             // [n_nodes x n_bins] decoded, mean over each bin
    Matrix rate_states;        // [n_nodes x n_bins] of the rate form, a step each bin
    double bin_ms = 0.0;
    double image_ms = 0.0; ///< each training image in turn is shown for this long
    std::size_t n_images = 0;
};

/// Both forms trained from the same data and seed, evaluated on the same trials.
struct Comparison {
    Config config;
    Dataset data;
    Regime rate;
    Regime spiking;
    Evaluation transfer; ///< the rate-trained couplings run in spikes
    SpikeTrace trace;
    std::vector<InferencePoint> rate_inference;    ///< under the training images
    std::vector<InferencePoint> spiking_inference; ///< the same with what spikes learned
    double coupling_correlation = 0.0;             ///< of what rates and spikes learned
};

/// `progress` is told a stage's name, the fraction of the stage and the time simulated in it.
using StageProgress =
    std::function<void(const std::string& stage, double fraction, double simulated_ms)>;

[[nodiscard]] Comparison compare(const Config& config,
                                 Dataset data,
                                 const StageProgress& progress = {});

} // namespace spikewell::experiments
