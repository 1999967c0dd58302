#pragma once

#include "core/matrix.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Connectivity matrices: their scale, their spectrum, their estimate from series of regions, and
/// surrogates of both (Englert et al. 2026, eLife 98725).
namespace spikewell::experiments {

/// none; zscore: diagonal 0, then (J - mean)/sd over all entries, the diagonal's too, which is then
/// -mean/sd, as published; columns: the same with mean and sd of each column by itself, which is what the
/// published program does where it is given a data frame: no longer symmetric, and its spectrum is that of
/// its symmetric part; spectral: J over its largest eigenvalue.
enum class Scaling { none, zscore, columns, spectral };
[[nodiscard]] const char* name_of(Scaling scaling);
[[nodiscard]] std::vector<Scaling> scalings();
/// None: no scaling is called so.
[[nodiscard]] std::optional<Scaling> scaling_named(std::string_view name);

/// Throws ParameterError for couplings that have no such scale: constant ones, or no eigenvalue > 0.
[[nodiscard]] Matrix scaled_couplings(const Matrix& coupling, Scaling scaling);

struct Spectrum {
    std::vector<double> values; // [n] descending
    Matrix vectors;             // [n x n], a column each
};
/// Of a matrix's symmetric part.
[[nodiscard]] Spectrum spectrum_of(const Matrix& coupling);

/// What lies above the diagonal, column by column.
[[nodiscard]] std::vector<double> off_diagonal(const Matrix& m);

/// The upper triangle in random order, mirrored; the diagonal stays.
[[nodiscard]] Matrix permuted(const Matrix& coupling, std::uint64_t seed, std::uint32_t surrogate);
/// Each column of [n_times x n_regions] with its power spectrum and independent uniform phases.
[[nodiscard]] Matrix phase_randomised(const Matrix& series,
                                      std::uint64_t seed,
                                      std::uint32_t surrogate);
/// Partial correlations (diagonal 0) from the inverse of the correlation matrix of [n_times x n_regions], shrunk
/// towards the identity by the factor of Ledoit & Wolf 2004 (doi:10.1016/S0047-259X(03)00096-4). Throws ParameterError for
/// constant regions and fewer than 4 times.
[[nodiscard]] Matrix shrunk_partial_correlations(const Matrix& series);
/// Mean over the series.
[[nodiscard]] Matrix mean_partial_correlations(const std::vector<Matrix>& series);

} // namespace spikewell::experiments
