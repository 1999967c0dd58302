#pragma once

#include "experiments/dataset.hpp"
#include "experiments/form.hpp"

namespace spikewell::experiments {

/// How a trained network is asked what another simulator's copy of it is asked, too.
struct ProbePlan {
    std::size_t noisy_trials = 20; ///< after a trial of each training image
    std::size_t settle_steps = 20; ///< of a tau_ref each, at the begin of a trial, not counted
    std::size_t steps = 600;       ///< counted here: many, so that the copy alone brings noise
    std::size_t copy_steps = 60;   ///< counted by the copy, whose simulator is slower
};

/// Trials of constant evidence, one after another, and what the network makes of them.
struct Probe {
    ProbePlan plan;
    std::size_t n_clean = 0; ///< trials of training images; those after them have noise
    Matrix targets;          // [n_nodes x trials] images at the strength of the evaluation
    Matrix evidence;         // [n_nodes x trials] targets, with noise behind n_clean
    Matrix states;           // [n_nodes x trials] mean over the counted steps
};

/// Learning off, precision and signal-to-noise ratio as in config.evaluation; the images' noise is
/// that of evaluate's trials of retrieval.
[[nodiscard]] Probe probe(Form& form,
                          const Dataset& data,
                          const Config& config,
                          const ProbePlan& plan);

} // namespace spikewell::experiments
