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
/// -mean/sd, as published; columns: the same with mean and sd of each column by itself, which is what the
/// published program does where it is given a data frame: no longer symmetric, and its spectrum is that of
/// its symmetric part; spectral: J over its largest eigenvalue.
enum class Scaling { none, zscore, columns, spectral };

/// Throws ParameterError for couplings that have no such scale: constant ones, or no eigenvalue > 0.
[[nodiscard]] Matrix scaled_couplings(const Matrix& coupling, Scaling scaling);

struct Spectrum {
    std::vector<double> values; // [n] descending
    Matrix vectors;             // [n x n], a column each
};
/// Of a matrix's symmetric part.
[[nodiscard]] Spectrum spectrum_of(const Matrix& coupling);

/// The beta from which on s = 0 is unstable: 1/lambda_1 for tanh, 3/lambda_1 for L. NaN without an eigenvalue > 0.
[[nodiscard]] double onset_of(double largest_eigenvalue, MapNode node);

/// Starts as published: tanh of ten entries 0.1 (fewer with fewer nodes) in random places [n_nodes x n].
[[nodiscard]] Matrix sparse_starts(std::size_t n_nodes, std::size_t n, std::uint64_t seed);

constexpr std::size_t k_most_iterations = 100000;

/// Where a start leads: a state that the map keeps; 0 (no entry beyond 1e-6); states that follow one another
/// in turn, which a synchronous map has where beta |lambda_min| is beyond the onset (of symmetric couplings
/// two of them, Goles & Olivos 1981); nothing of the kind within k_most_iterations.
enum class Ending { fixed, vanished, cycle, unsettled };

/// One of each start.
struct Settled {
    Matrix states; // [n_nodes x n] at the end
    std::vector<Ending> endings;
    std::vector<std::size_t> iterations; ///< until |change of E| <= 1e-9 |E|; E = -1/2 s'Js
    /// Until two successive E are the same double; of a cycle, until E is that of two steps before. It counts
    /// the rounding of E, too: sums in another order change the median by about 1 %.
    std::vector<std::size_t> paper_iterations;
};
/// Runs the map from each start. Below the onset, where states are so small that the map is linear in double
/// precision, most of the way to underflow is taken at once in the basis of the eigenvectors. A start's result
/// depends on itself alone, whatever the threads (0: all).
[[nodiscard]] Settled settle(
    const Matrix& coupling, double beta, MapNode node, const Matrix& starts, int n_threads = 1);

struct LandscapePoint {
    double beta = 0.0;
    double criticality = 0.0; ///< beta over the onset
    Matrix attractors;        // [n_nodes x n], the most visited first
    std::vector<double> basins; ///< share of all starts in each
    std::size_t vanished = 0;   ///< starts that end at 0, which is no attractor
    std::size_t cycles = 0;     ///< starts that end in a cycle, which is none
    std::size_t unsettled = 0;  ///< nor are those
    double iterations_median = 0.0;
    double paper_iterations_median = 0.0;
    double orthogonality_deviation_deg = 0.0; ///< NaN with fewer than two directions
    std::vector<double> eigenvector_alignment; ///< largest |correlation| with an eigenvector, each attractor
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
    /// The given couplings, or, beside phase-randomised series where couplings are given, those that the same
    /// estimator makes of the series as they are.
    bool of_estimate = false;
    double criticality = 0.0;      ///< of what is compared
    double mean_criticality = 0.0; ///< of the surrogates
    std::vector<NullFigure> figures;
};
[[nodiscard]] NullFigure null_figure(std::string name, double observed, const std::vector<double>& surrogates);

/// Forms that run free: the published stochastic map at plan.noise; the network of this project in rates and
/// in spikes, whose couplings are scale x J without diagonal.
enum class FreeForm { stochastic_map, rate, spiking };
[[nodiscard]] const char* name_of(FreeForm form);

/// Free states and where they are.
struct FreeStates {
    FreeForm form = FreeForm::stochastic_map;
    double gain = 0.0; ///< beta, or scale
    Matrix states;     // [n_nodes x n_steps]
    Matrix attractors; // [n_nodes x n] of the deterministic map at plan.node and plan.beta, for all forms
    std::vector<double> by_basin;   // [n] share of (up to 2,000) states that the map takes to each
    std::vector<double> by_nearest; // [n] share of states, by correlation
    /// Of the states' partial correlations with J, off the diagonal; NaN where a node never moves.
    double partial_correlation = 0.0;
    double functional_correlation = 0.0; ///< of their correlations with J
    Matrix functional_connectivity;      // [n_nodes x n_nodes]
    Matrix projection;                   // [2 x n_steps] on the first two principal components
    Matrix projected_attractors;         // [2 x n]
    Matrix flow; // [4 x n_cells]: x, y, and mean change (x, y) in a step of the states of a cell
};
/// Shares summed over an attractor and its mirror image, in the order of without_mirror_images.
[[nodiscard]] std::vector<double> by_pair(const std::vector<double>& shares, const Matrix& attractors);

/// What runs free.
struct FreeRunPlan {
    MapNode node = MapNode::tanh; ///< of the stochastic map, and of the one whose attractors states are held to
    double beta = 0.0;            ///< of both
    double noise = 0.37; ///< of the stochastic map: standard deviation within the node's argument
    double scale = 0.0;  ///< of the network
    std::size_t steps = 20000;   ///< of tau_ref in spikes; 1,000 before them are dropped
    std::size_t n_starts = 1000; ///< for the attractors
    std::uint64_t seed = 1;
    int n_threads = 1;
};
/// Throws ParameterError, NetworkError (memory).
[[nodiscard]] FreeStates free_states(FreeForm form, const Matrix& coupling, const FreeRunPlan& plan);

struct LandscapePlan {
    Scaling scaling = Scaling::zscore;
    MapNode node = MapNode::tanh;
    std::vector<double> betas; ///< none: eight from 0.9 to 3 times the onset
    std::size_t n_starts = 1000;
    std::vector<std::string> nulls; ///< permuted, phase
    std::size_t n_surrogates = 100;
    std::size_t null_starts = 100;
    std::vector<Matrix> series;
    bool estimated = false;      ///< the couplings are the mean partial correlations of the series
    double shown_beta = 0.0;     ///< of nulls and of the stochastic map; 0: the first beyond the onset
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
