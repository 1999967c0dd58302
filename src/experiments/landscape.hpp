#pragma once

#include "experiments/training.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The attractors of given symmetric couplings, a connectivity matrix say, and what they are worth beside
/// those of null models (Englert et al. 2026, eLife 98725).
namespace spikewell::experiments {

/// The deterministic map is s' = tanh(beta J s), or s' = L(beta J s) with L(u) = coth u - 1/u.
enum class MapNode { tanh, langevin };
/// none; zscore: diagonal 0, then (J - mean)/sd over all entries, the diagonal's too, which is then
/// -mean/sd, as published; spectral: J over its largest eigenvalue.
enum class Scaling { none, zscore, spectral };

/// Throws ParameterError for couplings that have no such scale: constant ones, or no eigenvalue > 0.
[[nodiscard]] Matrix scaled_couplings(const Matrix& coupling, Scaling scaling);

struct Spectrum {
    std::vector<double> values; // [n] descending
    Matrix vectors;             // [n x n], a column each
};
/// Of a symmetric matrix.
[[nodiscard]] Spectrum spectrum_of(const Matrix& coupling);

/// The beta from which on s = 0 is unstable: 1/lambda_1 for tanh, 3/lambda_1 for L. NaN without an eigenvalue > 0.
[[nodiscard]] double onset_of(double largest_eigenvalue, MapNode node);

/// Starts as published: tanh of ten entries 0.1 (fewer with fewer nodes) in random places [n_nodes x n].
[[nodiscard]] Matrix sparse_starts(std::size_t n_nodes, std::size_t n, std::uint64_t seed);

constexpr std::size_t k_most_iterations = 100000;

struct Settled {
    Matrix states;                             // [n_nodes x n], where the energy repeated
    std::vector<std::size_t> iterations;       ///< until |change of E| <= 1e-9 |E|; E = -1/2 s'Js
    std::vector<std::size_t> paper_iterations; ///< until E repeats exactly
    std::size_t unsettled = 0;                 ///< after k_most_iterations
};
/// Runs the map from each start. Cycles of two states, which a synchronous map has where beta |lambda_min| is beyond
/// the onset, are not told apart from fixed points: their energy may repeat, or never. A start's result depends on itself alone, whatever the threads (0: all).
[[nodiscard]] Settled settle(
    const Matrix& coupling, double beta, MapNode node, const Matrix& starts, int n_threads = 1);

struct LandscapePoint {
    double beta = 0.0;
    double criticality = 0.0; ///< beta over the onset
    Matrix attractors;        // [n_nodes x n], the most visited first
    std::vector<double> basins; ///< share of starts in each
    std::size_t vanished = 0;   ///< starts that end at 0, which is no attractor
    std::size_t unsettled = 0;
    double iterations_median = 0.0;
    double paper_iterations_median = 0.0;
    double orthogonality_deviation_deg = 0.0; ///< NaN with fewer than two directions
    std::vector<double> eigenvector_alignment; ///< largest |correlation| with an eigenvector, each attractor
    double projector_cosine = 0.0; ///< of J with the projector couplings of the attractors, off the diagonal
};
[[nodiscard]] LandscapePoint landscape_point(const Matrix& coupling,
                                             const Spectrum& spectrum,
                                             double beta,
                                             MapNode node,
                                             const Matrix& starts,
                                             int n_threads = 1);
/// For each state [n_nodes x n] the attractor that it is within 1 % of; the number of attractors where none is.
[[nodiscard]] std::vector<std::size_t> basins_of(const Matrix& settled, const Matrix& attractors);

/// The upper triangle in random order, mirrored; the diagonal stays.
[[nodiscard]] Matrix permuted(const Matrix& coupling, std::uint64_t seed, std::uint32_t surrogate);
/// Each column of [n_times x n_regions] with its power spectrum and independent uniform phases.
[[nodiscard]] Matrix phase_randomised(const Matrix& series, std::uint64_t seed, std::uint32_t surrogate);
/// Partial correlations (diagonal 0) from the inverse of the correlation matrix of [n_times x n_regions], shrunk
/// towards the identity by the factor of Ledoit & Wolf 2004 (doi:10.1016/S0047-259X(03)00096-4). Throws ParameterError for
/// constant regions and fewer than 4 times.
[[nodiscard]] Matrix shrunk_partial_correlations(const Matrix& series);
/// Mean over the series.
[[nodiscard]] Matrix mean_partial_correlations(const std::vector<Matrix>& series);

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
    double beta = 0.0; ///< of the observed couplings
    std::string null;  ///< permuted or phase
    bool equal_criticality = false; ///< else equal beta
    double mean_criticality = 0.0;  ///< of the surrogates
    std::vector<NullFigure> figures;
};
[[nodiscard]] NullFigure null_figure(std::string name, double observed, const std::vector<double>& surrogates);

/// A run of states and where they are: [n_nodes x n].
struct FreeStates {
    std::string form; ///< rate or spiking
    Matrix states;
    Matrix attractors;                // [n_nodes x n] of the map of that form
    std::vector<double> by_basin;     ///< share of looked-at states that the map takes to each
    std::vector<double> by_nearest;   ///< share nearest by correlation
    double partial_correlation = 0.0; ///< of the states' partial correlations with J, off the diagonal
    double functional_correlation = 0.0; ///< of their correlations with J
    Matrix functional_connectivity;      // [n_nodes x n_nodes]
    Matrix projection;                   // [2 x n] on the first two principal components
};

struct LandscapePlan {
    Scaling scaling = Scaling::zscore;
    MapNode node = MapNode::tanh;
    std::vector<double> betas;
    std::size_t n_starts = 1000;
    std::vector<std::string> nulls; ///< permuted, phase
    std::size_t n_surrogates = 100;
    std::size_t null_starts = 100;
    std::vector<Matrix> series;
    double noise = 0.37; ///< standard deviation within the node's argument
    std::size_t stochastic_steps = 10000;
    double shown_beta = 0.0; ///< of nulls and stochastic states
    std::size_t spiking_steps = 0;
    double spiking_scale = 0.0; ///< 0: 1.09 times the onset 3/lambda_1
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
    double estimator_correlation = 0.0; ///< of the series' J with the given one; NaN without series
    std::vector<FreeStates> free;
};
/// Throws ParameterError.
[[nodiscard]] CouplingLandscape study_landscape(const Matrix& coupling,
                                                LandscapePlan plan,
                                                const Progress& progress = {});

} // namespace spikewell::experiments
