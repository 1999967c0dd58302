#pragma once

#include "core/ids.hpp"
#include "core/matrix.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

/// Plots as values: each function returns a Vega-Lite specification (version 6) that carries its
/// data and fills the width it is given. Colours, fonts and axes are the page's (assets/page.js).
/// Series are drawn and listed in the order given.
namespace spikewell::report {

/// The language of plots.
inline constexpr const char* k_vega_lite = "https://vega.github.io/schema/vega-lite/v6.json";

/// Values to be counted.
struct Sample {
    std::string name;
    std::vector<double> values;
};

struct Series {
    std::string name;
    std::vector<double> x;
    std::vector<double> y; ///< as many as x; NaN interrupts the line
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

/// Counts in bins k bin_step .. (k + 1) bin_step; the bars of several samples stand side by side.
/// Values that are not finite are not counted.
[[nodiscard]] nlohmann::json histogram(std::span<const Sample> samples,
                                       const std::string& x_title,
                                       double bin_step);

[[nodiscard]] nlohmann::json line_plot(std::span<const Series> series, const AxisTitles& titles);

/// A tick a spike, x in ms, source 0 at the bottom. Meant for up to some 20,000 spikes.
[[nodiscard]] nlohmann::json raster(std::span<const Spike> spikes, const AxisTitles& titles);

/// The matrix in colours from -limit to limit, row 0 at the bottom (as in `raster`), columns along
/// x. `limit` > 0.
[[nodiscard]] nlohmann::json heat_strip(const Matrix& values,
                                        const ColumnScale& columns,
                                        const StripTitles& titles,
                                        double limit);

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

/// Points {"x", "y", "what"} in a colour for each "what", and lines {"x", "y"} to {"x2", "y2"} that begin at a
/// dot, as they are in the lists.
[[nodiscard]] nlohmann::json flow_map(nlohmann::json points,
                                      nlohmann::json lines,
                                      const AxisTitles& titles);

/// Bars of one group side by side, a colour for each series.
[[nodiscard]] nlohmann::json grouped_bars(std::span<const Bar> bars, const std::string& y_title);

/// One plot below another on one x axis, titled at the bottom: a raster below decoded states.
[[nodiscard]] nlohmann::json stacked(nlohmann::json top, nlohmann::json bottom);

} // namespace spikewell::report
