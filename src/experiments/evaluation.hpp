#pragma once

#include "core/energy.hpp"
#include "core/random.hpp"
#include "experiments/complexity.hpp"
#include "experiments/metrics.hpp"
#include "experiments/training.hpp"

#include <limits>

namespace spikewell::experiments {

/// One trial kept to be looked at.
struct Example {
    std::vector<double> input;    // [n_nodes]
    std::vector<double> response; // [n_nodes]
    std::vector<double> target;   // [n_nodes]
};

struct Scores {
    std::vector<double> dr2;                                  // [trials]
    double median = std::numeric_limits<double>::quiet_NaN(); ///< NaN without trials
    std::vector<Example> examples;                            ///< of the first trials
};

/// What a trained network can do; the same noise and images for every form at one seed.
struct Evaluation {
    Scores retrieval;      ///< of noisy training images
    Scores generalization; ///< of noisy test images never seen
    double wall_s = 0.0;
    EnergyUse energy;      ///< likewise, of all trials
    Complexity complexity; ///< likewise
};

/// A target with Gaussian noise, whose standard deviation is the target's over `snr`.
[[nodiscard]] std::vector<double> noisy_input(std::span<const double> target,
                                              double snr,
                                              RandomStream noise);

/// The paper's retrieval and one-shot generalization (simulation 2): evidence = target + noise,
/// learning off, the state carried over from trial to trial, response = mean state.
[[nodiscard]] Evaluation evaluate(Form& form,
                                  const Dataset& data,
                                  const Config& config,
                                  std::uint64_t seed,
                                  const Progress& progress = {});

/// The figures of a set of couplings by themselves.
struct CouplingFigures {
    Matrix attractors;            // [n_nodes x n_train], where each training image leads
    std::size_t n_attractors = 0; ///< distinct ones, without the unsettled
    std::size_t n_unsettled = 0;  ///< images that lead to no fixed point
    double orthogonality_deviation_deg =
        0.0; ///< of settled ones, over pairs; NaN for a single attractor
    double orthogonality_deviation_paper_deg = 0.0; ///< as the paper counts images
    double asymmetry = 0.0;
    double norm = 0.0;
};
[[nodiscard]] CouplingFigures figures_of(const Matrix& coupling,
                                         const Matrix& train_images,
                                         const Config& config);

/// Free run without evidence or learning.
struct Dream {
    Matrix states;                    // [n_nodes x steps], one a tau_ref
    std::vector<std::size_t> nearest; // [steps] column of `references` each correlates with most
    Walk walk;                        ///< without references, nothing
};
/// `references` [n_nodes x n]: images or attractors that states are compared with.
[[nodiscard]] Dream dream(Form& form,
                          const Matrix& references,
                          std::size_t steps,
                          double inverse_temperature,
                          const std::function<void(std::size_t steps_done)>& progress = {});

/// A free run beside the attractors that images lead to, of which those of images have an order.
struct DreamInLandscape {
    Landscape landscape;
    Dream dream;
};
/// `form` runs with `coupling`; precision, and the strength of images, are those of config's evaluation.
[[nodiscard]] DreamInLandscape dream_in_landscape(
    Form& form,
    const Matrix& coupling,
    const Matrix& images,
    const Config& config,
    std::size_t steps,
    const std::function<void(std::size_t steps_done)>& progress = {});

} // namespace spikewell::experiments
