#pragma once

#include "experiments/evaluation.hpp"

/// The paper's four simulations (arXiv:2505.22749 and its notebooks), each a function from (form,
/// data, seed) to its figures.
namespace spikewell::experiments {

/// Simulation 1: two correlated bar images; their attractors become orthogonal; a new image is
/// explained by combining them.
struct OrthogonalBasis {
    double data_correlation = 0.0;
    double attractor_correlation = 0.0;
    bool collapsed = false; ///< both images lead to one attractor (correlation > 0.99)
    Matrix images;          // [25 x 2]
    Matrix attractors;      // [25 x 2]
    double retrieval_correlation =
        0.0; ///< of the mean response to a noisy bar with the first image
    Matrix
        combination; // [20 x 2] projections of the sampled response to the cross on both attractors
    double combination_correlation = 0.0; ///< of the two over 500 more steps; < 0: they take turns
};
/// Its images [25 x 2], its training, and where each image leads.
[[nodiscard]] Matrix basis_images();
[[nodiscard]] Config basis_config(const SpikingConfig& spiking);
[[nodiscard]] Matrix basis_attractors(const Matrix& coupling);
[[nodiscard]] OrthogonalBasis run_orthogonal_basis(Backend backend,
                                                   const SpikingConfig& spiking,
                                                   std::uint64_t seed);

/// Simulation 2 at one point of its grid: trained, then evaluated.
struct Regime {
    double evidence = 0.0;
    double inverse_temperature = 0.0;
    Matrix coupling;
    CouplingFigures figures;
    Evaluation evaluation;
    double train_wall_s = 0.0;
    std::size_t train_steps = 0;
    std::size_t neurons = 0; ///< 0 for the rate form, like the next two
    std::uint64_t spikes = 0;
    double simulated_ms = 0.0;
    double data_orthogonality_deviation_deg = 0.0;       ///< of the training images, over pairs
    double data_orthogonality_deviation_paper_deg = 0.0; ///< as the paper counts them
    double projector_correlation = 0.0; ///< of the couplings with X^+ X of the training images
    std::vector<FreeEnergyPoint> free_energy;
};
struct RegimeOptions {
    std::size_t free_energy_points = 0;
    Progress train_progress;
    Progress evaluate_progress;
};
[[nodiscard]] Regime run_regime(Backend backend,
                                const Dataset& digits,
                                const Config& config,
                                std::uint64_t seed,
                                const RegimeOptions& options = {});

/// A point of simulation 2's grid.
struct GridPoint {
    double evidence;
    double inverse_temperature;
};
/// `config` at another point.
[[nodiscard]] Config at_point(Config config, const GridPoint& point);
/// The three points whose figures are published.
[[nodiscard]] std::vector<GridPoint> published_points();

/// Simulation 3: digits shown in turn become a sequence that the free network walks through. Each
/// is shown for `steps_per_digit` steps (the paper: 1), 2000 presentations in all.
struct SequenceReplay {
    double asymmetry = 0.0;
    std::size_t attractors_matched = 0; ///< of 3
    Dream dream;
};
/// Its images [64 x 3], the digits 1, 2, 3, and its training: `config` with that of simulation 3.
[[nodiscard]] Matrix sequence_images(const Dataset& digits);
[[nodiscard]] Config sequence_config(Config config, std::size_t steps_per_digit = 1);
[[nodiscard]] SequenceReplay run_sequence(Backend backend,
                                          const Dataset& digits,
                                          const Config& config,
                                          std::uint64_t seed,
                                          std::size_t steps_per_digit = 1);

/// Simulation 4: free running with learning on does not wipe out what was learnt.
struct Forgetting {
    struct Moment {
        double retrieval_dr2_median = 0.0;
        double generalization_dr2_median = 0.0;
        std::size_t attractors = 0;
        double coupling_correlation = 1.0; ///< with the couplings before
    };
    Moment before;
    Moment after;
};
[[nodiscard]] Forgetting run_forgetting(Backend backend,
                                        const Dataset& digits,
                                        const Config& config,
                                        std::uint64_t seed,
                                        std::size_t free_steps = 50000);

} // namespace spikewell::experiments
