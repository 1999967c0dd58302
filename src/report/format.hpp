#pragma once

#include "report/document.hpp"
#include "report/plots.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <string>
#include <vector>

/// How numbers are said in reports.
namespace spikewell::report {

[[nodiscard]] inline std::string shown(double x, int decimals = 3) {
    return std::isfinite(x) ? fmt::format("{:.{}f}", x, decimals) : std::string("–");
}

/// "3 seeds from 1 on", of a plan.
template <class Plan> [[nodiscard]] std::string seeds_of(const Plan& plan) {
    return fmt::format("{} seed{} from {} on", plan.n_seeds, plan.n_seeds == 1 ? "" : "s",
                       plan.first_seed);
}

/// mean ± standard error over seeds, "–" for none.
[[nodiscard]] std::string mean_and_error(std::span<const double> values, int decimals = 3);

/// Means of finite values over seeds, a list for each x; where seeds are more than one with a band of a
/// standard error to each side.
[[nodiscard]] Series mean_series(const std::string& name,
                                 const std::vector<double>& x,
                                 const std::vector<std::vector<double>>& values);
/// What captions say of such bands; nothing for a single seed.
[[nodiscard]] std::string band_text(std::size_t n_seeds);

/// The mean of finite values over seeds as a bar, with its standard error where seeds are more than one.
[[nodiscard]] Bar mean_bar(const std::string& group,
                           const std::string& series,
                           std::span<const double> values);

/// A column of a matrix as an image `width` pixels wide.
[[nodiscard]] Matrix image_of(std::span<const double> column, std::size_t width);

/// Columns as a row of images on a common scale; captions may be empty.
[[nodiscard]] ImageRow image_row(const std::string& caption,
                                 const Matrix& columns,
                                 std::size_t width,
                                 double limit,
                                 const std::vector<std::string>& captions);

/// Greatest absolute value, at least a little.
[[nodiscard]] double largest(const Matrix& values);

} // namespace spikewell::report
