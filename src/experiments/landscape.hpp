#pragma once

#include "experiments/connectivity.hpp"
#include "experiments/free_states.hpp"
#include "experiments/landscape_map.hpp"

#include <string>
#include <vector>

/// The attractors of given symmetric couplings, a connectivity matrix say, and what they are worth beside
/// those of null models (Englert et al. 2026, eLife 98725).
namespace spikewell::experiments {

struct LandscapePoint {
    double beta = 0.0;
    double criticality = 0.0;   ///< beta over the onset
    Matrix attractors;          // [n_nodes x n], the most visited first
    std::vector<double> basins; ///< share of all starts in each
    std::size_t vanished = 0;   ///< starts that end at 0, which is no attractor
    std::size_t cycles = 0;     ///< starts that end in a cycle, which is none
    std::size_t unsettled = 0;  ///< nor are those
    double iterations_median = 0.0;
    double paper_iterations_median = 0.0;
    double orthogonality_deviation_deg = 0.0; ///< NaN with fewer than two directions
    std::vector<double>
        eigenvector_alignment; ///< largest |correlation| with an eigenvector, each attractor
    /// Of J with X (X'X)^-1 X', off the diagonal; X: attractors, of mirror images one.
    double projector_cosine = 0.0;
};
[[nodiscard]] LandscapePoint landscape_point(const Matrix& coupling,
                                             const Spectrum& spectrum,
                                             double beta,
                                             MapNode node,
                                             const Matrix& starts,
                                             int n_threads = 1);
/// Attractors, of mirror images the first.
[[nodiscard]] Matrix without_mirror_images(const Matrix& attractors);
/// For each attractor which of those it is, or mirrors.
[[nodiscard]] std::vector<std::size_t> pairs_of(const Matrix& attractors);
/// For each state [n_nodes x n] the attractor that it is within 1 % of; the number of attractors where none is.
[[nodiscard]] std::vector<std::size_t> basins_of(const Matrix& settled, const Matrix& attractors);

/// Shares summed over an attractor and its mirror image, in the order of without_mirror_images.
[[nodiscard]] std::vector<double> by_pair(const std::vector<double>& shares,
                                          const Matrix& attractors);

/// One statistic beside its null distribution; p = share of {observed, surrogates} at least as extreme, two-sided.
struct NullFigure {
    std::string name;
    double observed = 0.0;
    double mean = 0.0;
    double sd = 0.0; ///< of the sample
    double p = 0.0;
    std::size_t n = 0; ///< surrogates for which the statistic exists
};
struct NullComparison {
    double beta = 0.0;              ///< of the observed couplings
    std::string null;               ///< permuted or phase
    bool equal_criticality = false; ///< else equal beta
    /// The given couplings, or, beside phase-randomised series where couplings are given, those that the same
    /// estimator makes of the series as they are.
    bool of_estimate = false;
    double criticality = 0.0;      ///< of what is compared
    double mean_criticality = 0.0; ///< of the surrogates
    std::vector<NullFigure> figures;
};
[[nodiscard]] NullFigure null_figure(std::string name,
                                     double observed,
                                     const std::vector<double>& surrogates);

struct LandscapePlan {
    Scaling scaling = Scaling::zscore;
    MapNode node = MapNode::tanh;
    std::vector<double> betas; ///< none: eight from 0.9 to 3 times the onset
    std::size_t n_starts = 1000;
    std::vector<std::string> nulls; ///< permuted, phase
    std::size_t n_surrogates = 100;
    std::size_t null_starts = 100;
    std::vector<Matrix> series;
    bool estimated = false;  ///< the couplings are the mean partial correlations of the series
    double shown_beta = 0.0; ///< of nulls and of the stochastic map; 0: the first beyond the onset
    double noise = 0.37;
    std::size_t free_steps = 20000; ///< 0: nothing runs free
    double scale = 0.0;             ///< 0: 1.09 times the onset of the Langevin node
    std::uint64_t seed = 1;
    int n_threads = 1;
};

struct CouplingLandscape {
    LandscapePlan plan;
    Matrix coupling; ///< scaled
    Spectrum spectrum;
    double onset = 0.0;
    std::vector<LandscapePoint> points;
    std::vector<NullComparison> nulls;
    double estimator_correlation = 0.0; ///< of the series' J with the given one; NaN without both
    std::vector<FreeStates> free;
};
/// Throws ParameterError.
[[nodiscard]] CouplingLandscape study_landscape(const Matrix& coupling,
                                                LandscapePlan plan,
                                                const Progress& progress = {});

} // namespace spikewell::experiments
