#include "report/plot_parts.hpp"
#include "report/plots.hpp"
#include "report/png.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace spikewell::report {

using nlohmann::json;

namespace {

/// Beyond so many elements 8 bits have to do, or pages of 784 nodes would be too large.
constexpr std::size_t k_most_fine = 150'000;
constexpr std::size_t k_most_points = 5000;
constexpr std::size_t k_most_ticks = 50'000;
constexpr std::size_t k_most_rows = 500;

std::pair<double, double> finite_range(std::span<const double> values) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const double x : values) {
        if (!std::isfinite(x)) continue;
        low = std::min(low, x);
        high = std::max(high, x);
    }
    return low <= high ? std::pair{low, high} : std::pair{0.0, 0.0};
}

json regular(double start, double step, std::size_t n) {
    return {{"start", number(start)}, {"step", number(step)}, {"n", n + 1}};
}

json cells_of(const Matrix& values, const std::string& title) {
    return {{"kind", "cells"},
            {"rows", values.rows},
            {"cols", values.cols},
            {"title", title},
            {"values", packed(values.values, values.values.size() > k_most_fine ? 8 : 16)}};
}

/// In colours from -limit to limit; the scale tells where values lie beyond.
void colour_both_ways(json& mark, const Matrix& values, double limit) {
    assert(limit > 0.0);
    const auto [low, high] = finite_range(values.values);
    mark["colours"] = "diverging";
    mark["range"] = {number(-limit), number(limit)};
    mark["clipped"] = {low<-limit, high> limit};
}

} // namespace

json packed(std::span<const double> values, int bits) {
    assert(bits == 8 || bits == 16);
    const auto [low, high] = finite_range(values);
    const double most = bits == 8 ? 127.0 : 32767.0;
    const double offset = (low + high) / 2.0;
    const double step = high > low ? (high - low) / 2.0 / most : 1.0;
    std::string bytes;
    bytes.reserve(values.size() * static_cast<std::size_t>(bits / 8));
    for (const double x : values) {
        const auto whole = static_cast<std::uint16_t>(static_cast<std::int16_t>(
            std::isfinite(x) ? std::clamp(std::round((x - offset) / step), -most, most)
                             : -most - 1.0));
        bytes.push_back(static_cast<char>(whole & 0xFFU));
        if (bits == 16) bytes.push_back(static_cast<char>(whole >> 8U));
    }
    return {{"packed", base64(bytes)}, {"bits", bits}, {"offset", offset}, {"step", step}};
}

json raster(std::span<const Spike> spikes, const AxisTitles& titles) {
    json times = json::array();
    json sources = json::array();
    std::uint32_t last = 0;
    for (const Spike& spike : spikes) {
        times.push_back(number(spike.t_ms));
        sources.push_back(spike.source);
        last = std::max(last, spike.source);
    }
    return panel_plot({{"title", titles.x}},
                      {{"title", titles.y}, {"domain", {-0.5, last + 0.5}}, {"integer", true}},
                      json::array({{{"kind", "ticks"},
                                    {"n", last + 1},
                                    {"x", std::move(times)},
                                    {"y", std::move(sources)}}}));
}

bool is_density(std::size_t n_spikes, std::size_t n_sources) {
    return n_sources > k_most_rows || n_spikes > k_most_ticks;
}

namespace {

/// Mean rates / Hz of neighbouring neurons over time [rows x columns]. Rows have as many neurons each, to
/// one; columns are as many as have a spike a cell in the mean, within bounds.
Matrix density_of(std::span<const Spike> spikes,
                  std::size_t n_sources,
                  double duration_ms,
                  std::size_t n_spikes) {
    const std::size_t rows = std::min<std::size_t>(n_sources, 128);
    const std::size_t cols = std::clamp<std::size_t>(n_spikes / rows, 50, 400);
    const auto row_of = [&](std::size_t source) { return source * rows / n_sources; };
    std::vector<double> neurons(rows, 0.0);
    for (std::size_t source = 0; source < n_sources; ++source)
        neurons[row_of(source)] += 1.0;
    const double bin_ms = duration_ms / static_cast<double>(cols);
    Matrix rates(rows, cols);
    for (const Spike& spike : spikes) {
        const auto col = std::min(static_cast<std::size_t>(spike.t_ms / bin_ms), cols - 1);
        const std::size_t row = row_of(spike.source);
        rates(row, col) += 1000.0 / bin_ms / neurons[row];
    }
    return rates;
}

json time_axis(const AxisTitles& titles, double duration_ms) {
    return {{"title", titles.x}, {"domain", {0.0, number(duration_ms)}}};
}

json source_axis(const AxisTitles& titles, std::size_t n_sources) {
    return {{"title", titles.y},
            {"domain", {-0.5, static_cast<double>(n_sources) - 0.5}},
            {"integer", true}};
}

json density_plot(const Matrix& rates,
                  std::size_t n_sources,
                  double duration_ms,
                  const AxisTitles& titles,
                  json mark) {
    mark["x"] = regular(0.0, duration_ms / static_cast<double>(rates.cols), rates.cols);
    mark["y"] =
        regular(-0.5, static_cast<double>(n_sources) / static_cast<double>(rates.rows), rates.rows);
    return panel_plot(time_axis(titles, duration_ms), source_axis(titles, n_sources),
                      json::array({std::move(mark)}));
}

} // namespace

json spike_plot(std::span<const Spike> spikes,
                std::size_t n_sources,
                double duration_ms,
                const AxisTitles& titles) {
    assert(n_sources > 0 && duration_ms > 0.0);
    if (is_density(spikes.size(), n_sources)) {
        const Matrix rates = density_of(spikes, n_sources, duration_ms, spikes.size());
        return density_plot(rates, n_sources, duration_ms, titles, cells_of(rates, "rate / Hz"));
    }
    json plot = raster(spikes, titles);
    json& panel = plot["panels"][0];
    panel["x"] = time_axis(titles, duration_ms);
    panel["y"] = source_axis(titles, n_sources);
    panel["marks"][0]["n"] = n_sources;
    return plot;
}

json raster_difference(const NamedSpikes& first,
                       const NamedSpikes& second,
                       std::size_t n_sources,
                       double duration_ms,
                       const AxisTitles& titles) {
    const std::size_t n_spikes = std::max(first.spikes.size(), second.spikes.size());
    if (is_density(n_spikes, n_sources)) {
        Matrix rates = density_of(second.spikes, n_sources, duration_ms, n_spikes);
        const Matrix before = density_of(first.spikes, n_sources, duration_ms, n_spikes);
        double most = 1e-9;
        for (std::size_t k = 0; k < rates.values.size(); ++k) {
            rates.values[k] -= before.values[k];
            most = std::max(most, std::abs(rates.values[k]));
        }
        json mark = cells_of(rates, fmt::format("rate {} less {} / Hz", second.name, first.name));
        colour_both_ways(mark, rates, most);
        return density_plot(rates, n_sources, duration_ms, titles, std::move(mark));
    }
    json plot = spike_plot(first.spikes, n_sources, duration_ms, titles);
    // Both halves of a row are to be seen.
    plot["panels"][0]["height"] =
        std::clamp(3 * static_cast<int>(n_sources), k_panel_height, 3 * k_panel_height);
    json& marks = plot["panels"][0]["marks"];
    marks[0]["name"] = first.name;
    marks[0]["half"] = "upper";
    marks.push_back(raster(second.spikes, titles)["panels"][0]["marks"][0]);
    marks[1]["name"] = second.name;
    marks[1]["half"] = "lower";
    marks[1]["n"] = n_sources;
    return plot;
}

json heat_strip(const Matrix& values,
                const ColumnScale& columns,
                const StripTitles& titles,
                double limit) {
    assert(columns.step > 0.0);
    const auto n_rows = static_cast<double>(values.rows);
    json mark = cells_of(values, titles.colour);
    mark["x"] = regular(columns.start, columns.step, values.cols);
    mark["y"] = regular(-0.5, 1.0, values.rows);
    mark["lines"] = json::array();
    for (std::size_t row = 0; row < values.rows; ++row)
        mark["lines"].push_back(row);
    colour_both_ways(mark, values, limit);
    return panel_plot({{"title", titles.x}},
                      {{"title", titles.y}, {"domain", {-0.5, n_rows - 0.5}}, {"integer", true}},
                      json::array({std::move(mark)}),
                      static_cast<int>(std::clamp(12.0 * n_rows, 60.0, double{k_panel_height})));
}

json matrix_plot(const Matrix& values, const StripTitles& titles, double limit, bool in_parts) {
    json mark = cells_of(values, titles.colour);
    mark["whole"] = true;
    mark["x"] = regular(-0.5, 1.0, values.cols);
    mark["y"] = regular(-0.5, 1.0, values.rows);
    if (in_parts) {
        assert(values.rows == values.cols);
        mark["parts"] = true;
    }
    colour_both_ways(mark, values, limit);
    json plot = panel_plot({{"title", titles.x}, {"integer", true}},
                           {{"title", titles.y}, {"integer", true}, {"down", true}},
                           json::array({std::move(mark)}));
    json& panel = plot["panels"][0];
    panel["grid"] = false;
    panel["y"]["domain"] = {-0.5, static_cast<double>(values.rows) - 0.5};
    panel["x"]["domain"] = {-0.5, static_cast<double>(values.cols) - 0.5};
    panel["aspect"] = static_cast<double>(values.rows) / static_cast<double>(values.cols);
    plot["zoom"] = "xy";
    return plot;
}

namespace {

/// How many points lie in each cell of a grid, as the logarithm of one more.
json point_density(std::span<const double> x,
                   std::span<const double> y,
                   std::pair<double, double> range) {
    constexpr std::size_t k_cells = 80;
    const double step = (range.second - range.first) / static_cast<double>(k_cells);
    Matrix counts(k_cells, k_cells, 0.0);
    const auto cell = [&](double value) {
        return static_cast<std::size_t>(
            std::clamp((value - range.first) / step, 0.0, static_cast<double>(k_cells - 1)));
    };
    for (std::size_t k = 0; k < x.size(); ++k)
        counts(cell(y[k]), cell(x[k])) += 1.0;
    for (double& count : counts.values)
        count = count > 0.0 ? std::log10(count) : std::numeric_limits<double>::quiet_NaN();
    json mark = cells_of(counts, "log10 of the number of pairs");
    mark["x"] = regular(range.first, step, k_cells);
    mark["y"] = mark["x"];
    mark["clear"] = true;
    return mark;
}

} // namespace

json scatter(std::span<const double> x,
             std::span<const double> y,
             const AxisTitles& titles,
             bool diagonal) {
    assert(x.size() == y.size());
    const auto [x_low, x_high] = finite_range(x);
    const auto [y_low, y_high] = finite_range(y);
    const double low = std::min(x_low, y_low);
    const double high = std::max({x_high, y_high, low + 1e-9});
    json marks = json::array();
    if (x.size() > k_most_points)
        marks.push_back(point_density(x, y, {low, high}));
    else
        marks.push_back(
            {{"kind", "points"}, {"size", 3.5}, {"x", packed(x, 16)}, {"y", packed(y, 16)}});
    if (diagonal)
        marks.push_back({{"kind", "line"},
                         {"name", "equal"},
                         {"colour", 1},
                         {"x", {number(low), number(high)}},
                         {"y", {number(low), number(high)}}});
    json plot = panel_plot({{"title", titles.x}, {"margin", true}},
                           {{"title", titles.y}, {"margin", true}}, std::move(marks));
    plot["panels"][0]["aspect"] = 1.0;
    plot["zoom"] = "xy";
    return plot;
}

json heat_map(const Matrix& values,
              std::span<const double> x_edges,
              std::span<const double> y_edges,
              const StripTitles& titles,
              std::span<const MarkedPoint> marks) {
    assert(x_edges.size() == values.cols + 1 && y_edges.size() == values.rows + 1);
    json mark = cells_of(values, titles.colour);
    mark["x"] = numbers(x_edges);
    mark["y"] = numbers(y_edges);
    json rings{
        {"kind", "points"}, {"name", "published"}, {"ring", true},       {"size", 7},
        {"colour", 1},      {"x", json::array()},  {"y", json::array()}, {"labels", json::array()}};
    for (const MarkedPoint& point : marks) {
        rings["x"].push_back(number(point.x));
        rings["y"].push_back(number(point.y));
        rings["labels"].push_back(point.label);
    }
    json all = json::array({std::move(mark)});
    if (!marks.empty()) all.push_back(std::move(rings));
    json plot = panel_plot(
        {{"title", titles.x},
         {"scale", "log"},
         {"domain", {number(x_edges.front()), number(x_edges.back())}}},
        {{"title", titles.y}, {"domain", {number(y_edges.front()), number(y_edges.back())}}},
        std::move(all), k_panel_height + k_panel_height / 4);
    plot["panels"][0]["grid"] = false;
    plot["panels"][0]["legend"] = !marks.empty();
    plot["zoom"] = "xy";
    return plot;
}

} // namespace spikewell::report
