#pragma once

#include "core/ids.hpp"
#include "core/matrix.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

/// Plots as values. Each function returns what the page's script (assets/plot.js) draws:
///
///     {"panels": [{"height": pixels | "aspect": height over width, "x": axis, "y": axis,
///                  "marks": [mark ...], "strip": pictures above it}, ...],
///      "zoom": "xy",     zooms in both directions, else along x
///      "link": name}     shares its zoom with all plots of that name in the page
///     axis: {"title", "domain": [from, to], "scale": "log", "categories": [...], "integer",
///            "down": grows downwards, "hidden", "margin": not tight}
///     mark: {"kind": line | points | bars | ticks | cells | hexagons | segments | rule, "name", ...}; of
///           cells "clear": nothing is drawn where there is no value
///
/// A plot carries its data, and axes where they are not those of the data; colours, fonts, ticks are the
/// page's. Panels stand one below another on one x axis. Numbers carry seven significant digits.
/// Series are drawn and listed in the order given.
namespace spikewell::report {

/// Values to be counted.
struct Sample {
    std::string name;
    std::vector<double> values;
};

struct Series {
    std::string name;
    std::vector<double> x;
    std::vector<double> y;         ///< as many as x; NaN interrupts the line
    std::vector<double> low = {};  ///< of a band around the line, as many as x, or none
    std::vector<double> high = {}; ///< the same
};

/// One bar among those of its group.
struct Bar {
    std::string group;
    std::string series; ///< e.g. "published", "rate", "spiking"
    double value = 0.0;
    std::optional<double> error; ///< half the length of the error bar
};

struct AxisTitles {
    std::string x;
    std::string y;
};

/// The columns of a heat strip on its x axis: column c covers start + c step .. start + (c + 1)
/// step.
struct ColumnScale {
    double start = 0.0;
    double step = 1.0; ///< > 0
};

/// What stands beside a heat strip.
struct StripTitles {
    std::string x;
    std::string y;
    std::string colour;
};

/// Numbers as whole ones of so many bits (8 or 16) between their least and their greatest, in base64:
/// for matrices. NaN is the least whole number.
[[nodiscard]] nlohmann::json packed(std::span<const double> values, int bits);

/// Counts in bins k bin_step .. (k + 1) bin_step; the bars of several samples stand side by side.
/// Values that are not finite are not counted.
[[nodiscard]] nlohmann::json histogram(std::span<const Sample> samples,
                                       const std::string& x_title,
                                       double bin_step);

/// The share of each sample's finite values up to x, in per cent, over `domain`, of samples that have
/// some; a dashed line at `marked`.
struct MarkedValue {
    double x = 0.0;
    std::string label;
};
[[nodiscard]] nlohmann::json cumulative(std::span<const Sample> samples,
                                        const std::string& x_title,
                                        std::pair<double, double> domain,
                                        const MarkedValue& marked);

/// The share of each sample's values up to x, in per cent, of samples that have some, at 200 of their values at most; x
/// leaves out what few of them reach.
[[nodiscard]] nlohmann::json distribution_curves(std::span<const Sample> samples,
                                                 const std::string& x_title);

[[nodiscard]] nlohmann::json line_plot(std::span<const Series> series, const AxisTitles& titles);

/// A dashed line across a plot's first panel at a value of y.
[[nodiscard]] nlohmann::json with_level(nlohmann::json plot, double y, const std::string& label);

/// A tick a spike, x in ms, source 0 at the bottom. Meant for up to some 20,000 spikes.
[[nodiscard]] nlohmann::json raster(std::span<const Spike> spikes, const AxisTitles& titles);

/// The same of `n_sources` neurons up to `duration_ms`; where they are more than 500, or spikes more
/// than 50,000, their mean rates over neighbours and time in colours instead.
[[nodiscard]] nlohmann::json spike_plot(std::span<const Spike> spikes,
                                        std::size_t n_sources,
                                        double duration_ms,
                                        const AxisTitles& titles);
/// Whether `spike_plot` draws rates.
[[nodiscard]] bool is_density(std::size_t n_spikes, std::size_t n_sources);

/// Two rasters of the same `n_sources` neurons up to `duration_ms`, the first in the upper half of each
/// neuron's row, the second in the lower; where `spike_plot` draws rates the difference of the second's
/// from the first's.
struct NamedSpikes {
    std::string name;
    std::span<const Spike> spikes;
};
[[nodiscard]] nlohmann::json raster_difference(const NamedSpikes& first,
                                               const NamedSpikes& second,
                                               std::size_t n_sources,
                                               double duration_ms,
                                               const AxisTitles& titles);

/// The matrix in colours from -limit to limit, row 0 at the bottom (as in `raster`), columns along
/// x. `limit` > 0.
[[nodiscard]] nlohmann::json heat_strip(const Matrix& values,
                                        const ColumnScale& columns,
                                        const StripTitles& titles,
                                        double limit);

/// A matrix as it is written, row 0 at the top, in colours from -limit to limit; x: column, y: row.
/// `in_parts`: of a square one its symmetric and antisymmetric part can be chosen.
[[nodiscard]] nlohmann::json matrix_plot(const Matrix& values,
                                         const StripTitles& titles,
                                         double limit,
                                         bool in_parts = false);

/// y against x, a point each; beyond 5,000 points their number in colours. The line y = x where
/// `diagonal`.
[[nodiscard]] nlohmann::json scatter(std::span<const double> x,
                                     std::span<const double> y,
                                     const AxisTitles& titles,
                                     bool diagonal = false);

/// A ring on a heat map.
struct MarkedPoint {
    double x = 0.0;
    double y = 0.0;
    std::string label;
};

/// The matrix in colours of its own range, row 0 at the bottom. Cell (r, c) covers x_edges[c] ..
/// x_edges[c + 1] on a logarithmic axis and y_edges[r] .. y_edges[r + 1]; NaN is grey. x_edges > 0.
[[nodiscard]] nlohmann::json heat_map(const Matrix& values,
                                      std::span<const double> x_edges,
                                      std::span<const double> y_edges,
                                      const StripTitles& titles,
                                      std::span<const MarkedPoint> marks);

/// Points of one meaning.
struct Places {
    std::string name;
    std::vector<double> x;
    std::vector<double> y;
    double size_px = 5.0;
};
/// From a place to where what is there goes.
struct Step {
    double x = 0.0;
    double y = 0.0;
    double x2 = 0.0;
    double y2 = 0.0;
};
/// Points in a colour for each meaning, and lines that begin at a dot.
[[nodiscard]] nlohmann::json flow_map(std::span<const Places> places,
                                      std::span<const Step> steps,
                                      const AxisTitles& titles);

/// Bars of one group side by side, a colour for each series.
[[nodiscard]] nlohmann::json grouped_bars(std::span<const Bar> bars, const std::string& y_title);

/// One plot below another on one x axis, titled at the bottom: a raster below decoded states.
[[nodiscard]] nlohmann::json stacked(nlohmann::json top, nlohmann::json bottom);

/// Pictures above a plot's first panel, each over a stretch of x, with a line where one begins.
struct Picture {
    double from = 0.0;
    double to = 0.0;
    Matrix values;
    std::string label;
};
[[nodiscard]] nlohmann::json with_pictures(nlohmann::json plot,
                                           std::span<const Picture> pictures,
                                           double limit);

/// Shares the plot's zoom with all others of that name.
[[nodiscard]] nlohmann::json linked(nlohmann::json plot, const std::string& name);

} // namespace spikewell::report
