#pragma once

#include <span>
#include <vector>

namespace spikewell {

/// Arithmetic mean; 0 for no values.
[[nodiscard]] double mean(std::span<const double> x);
/// Population variance (divides by n); 0 for no values.
[[nodiscard]] double variance(std::span<const double> x);
/// Population standard deviation (divides by n).
[[nodiscard]] double standard_deviation(std::span<const double> x);
/// Sample standard deviation (divides by n - 1); 0 for fewer than two values.
[[nodiscard]] double sample_standard_deviation(std::span<const double> x);
/// Standard error of the mean: sample standard deviation / sqrt(n).
[[nodiscard]] double standard_error(std::span<const double> x);
/// Median; mean of the middle two for even n; NaN for no values.
[[nodiscard]] double median(std::vector<double> x);
/// Pearson's correlation; 0 when either side is constant (numpy gives NaN there).
[[nodiscard]] double correlation(std::span<const double> x, std::span<const double> y);
/// Kolmogorov and Smirnov's distance of two samples of finite values: the greatest difference of the shares of values up to x, 0 .. 1; NaN
/// where one is empty.
[[nodiscard]] double kolmogorov_distance(std::vector<double> a, std::vector<double> b);
[[nodiscard]] double dot(std::span<const double> x, std::span<const double> y);
/// Standard error of the mean of a correlated series, from `n_batches` equal batch means.
[[nodiscard]] double batch_standard_error(std::span<const double> x, std::size_t n_batches);

} // namespace spikewell
