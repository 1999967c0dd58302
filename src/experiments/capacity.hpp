#pragma once

#include "experiments/form.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

/// Simulation 5 of the paper's published version: how many independent patterns of +-1 a network keeps,
/// and what it makes of noisy ones. Each presentation begins at states of 0 (training.reset_state).
namespace spikewell::experiments {

/// A column each: entries +-1, independent and fair. Those of one seed and number of nodes are a part of
/// one list, whatever their number.
[[nodiscard]] Matrix random_patterns(std::size_t n_nodes,
                                     std::size_t n_patterns,
                                     std::uint64_t seed);

/// The greatest |correlation| of two columns; NaN where there are fewer than two.
[[nodiscard]] double largest_correlation(const Matrix& patterns);

/// Mean over patterns [n_nodes x n] of the correlation of a pattern with where the deterministic map
/// s' = L(iT J s), begun at it, is after `steps`; without evidence. Zero temperature: a large iT.
struct RetentionOptions {
    double inverse_temperature = 100.0;
    std::size_t steps = 200;
};
[[nodiscard]] double retention_of(const Matrix& coupling,
                                  const Matrix& patterns,
                                  const RetentionOptions& options = {});

/// `pattern` with the signs of a share of its nodes (rounded to a number of nodes) turned, which `choice` draws.
[[nodiscard]] std::vector<double> with_flips(std::span<const double> pattern,
                                             double share,
                                             RandomStream choice);

/// Share of the patterns [n_nodes x n] that are retrieved from copies with flips: r of the signs of what
/// `retrieve` makes of a copy with those of the pattern is above `threshold`. One seed's flips are the same
/// for all that is compared.
struct RetrievalOptions {
    double flips = 0.1;
    double threshold = 0.9;
    std::size_t steps = 200; ///< at most, of couplings
};
using Retrieve = std::function<std::vector<double>(const std::vector<double>& cue)>;
[[nodiscard]] double retrieval_success(const Retrieve& retrieve,
                                       const Matrix& patterns,
                                       std::uint64_t seed,
                                       const RetrievalOptions& options = {});
/// Of couplings at zero temperature: s' = sign(J s), of all nodes at once, without evidence.
[[nodiscard]] double retrieval_success(const Matrix& coupling,
                                       const Matrix& patterns,
                                       std::uint64_t seed,
                                       const RetrievalOptions& options = {});

/// Noisy patterns, each both start state and evidence of a run of the form's own dynamics; the response
/// is the mean state. Means over the patterns.
struct Reconstruction {
    double correlation = 0.0;     ///< of the response with the pattern
    double cue_correlation = 0.0; ///< of what was given
    Matrix cues;                  // [n_nodes x kept], of the first patterns
    Matrix responses;             // [n_nodes x kept]
};
struct ReconstructionOptions {
    double noise = 2.0;           ///< standard deviation, in those of the pattern
    double signal_strength = 1.0; ///< evidence = this times the cue
    double inverse_temperature = 1.0;
    std::size_t steps = 20;
    std::size_t left_out_steps =
        0;                      ///< of them, at the beginning, that the mean leaves out; < steps
    std::size_t n_patterns = 0; ///< the first so many; 0: all
    std::size_t kept = 0;       ///< of the first so many cue and response are returned
};
[[nodiscard]] Reconstruction reconstruct(Form& form,
                                         const Matrix& patterns,
                                         std::uint64_t seed,
                                         const ReconstructionOptions& options = {});

/// Learning steps a second of the rate form on random patterns, of which at least a second is timed.
[[nodiscard]] double learning_steps_per_s(std::size_t n_nodes, int n_threads);

struct CapacityPlan {
    std::size_t n_nodes = 100;         ///< >= 10
    std::size_t presentations = 10000; ///< of 10 steps
    SpikingConfig spiking;
};
/// Numbers of patterns of simulation 5: 10 .. 90 % of the number of nodes.
[[nodiscard]] std::vector<std::size_t> pattern_counts(std::size_t n_nodes);
/// Presentations of 10 steps, in random order, at iT 1, each from states of 0.
[[nodiscard]] TrainingConfig memory_training(double evidence,
                                             double learning_rate,
                                             std::size_t presentations);
/// Its training: evidence 2, iT 1, alpha 0.05 / n_nodes (0.0005 at 100).
[[nodiscard]] Config capacity_config(const CapacityPlan& plan);

struct CapacityPoint {
    std::size_t patterns = 0;
    double retention = std::numeric_limits<double>::quiet_NaN();
    double reconstruction = std::numeric_limits<double>::quiet_NaN();
    double cue_correlation = std::numeric_limits<double>::quiet_NaN();
    double projector_correlation = std::numeric_limits<double>::quiet_NaN(); ///< of J with X+ X
    double pattern_correlation = std::numeric_limits<double>::quiet_NaN(); ///< largest_correlation

    template <class Archive> void archive(Archive& archive) {
        archive(patterns, retention, reconstruction, cue_correlation, projector_correlation,
                pattern_correlation);
    }
};
[[nodiscard]] CapacityPoint run_capacity(Backend backend,
                                         const CapacityPlan& plan,
                                         std::size_t n_patterns,
                                         std::uint64_t seed);

} // namespace spikewell::experiments
