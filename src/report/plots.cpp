#include "report/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>

namespace spikewell::report {

namespace {

using nlohmann::json;

constexpr int k_height = 240; // screen pixels

json plot(json values, int height) {
    return {{"$schema", k_vega_lite},
            {"width", "container"},
            {"height", height},
            {"data", {{"values", std::move(values)}}}};
}

json quantity(const std::string& field, const std::string& title) {
    return {{"field", field}, {"type", "quantitative"}, {"title", title}};
}

/// The matrix as it lies in memory, column after column. A bare null is no datum to Vega, so NaN is
/// written as one with a null.
json flat(const Matrix& matrix) {
    json values = json::array();
    for (const double value : matrix.values) {
        values.push_back(std::isnan(value) ? json{{"data", nullptr}} : json(value));
    }
    return values;
}

/// An axis that ends where the data end.
json tight(json channel) {
    channel["scale"] = {{"zero", false}, {"nice", false}};
    return channel;
}

/// The colour of a series. Sorted by null: in order of appearance. One series needs no legend.
json series_colour(std::size_t n_series) {
    json channel = {
        {"field", "series"}, {"type", "nominal"}, {"title", nullptr}, {"sort", nullptr}};
    if (n_series < 2) {
        channel["legend"] = nullptr;
    }
    return channel;
}

/// Counts by bin index: bin k is k step .. (k + 1) step.
std::map<long long, std::size_t> counts_by_bin(std::span<const double> values, double step) {
    // A value that is meant to lie on an edge (0.3 in steps of 0.1) may come out below it by
    // rounding.
    constexpr double slack = 1e-9;
    std::map<long long, std::size_t> counts;
    for (const double value : values) {
        if (std::isfinite(value)) {
            ++counts[static_cast<long long>(std::floor(value / step + slack))];
        }
    }
    return counts;
}

} // namespace

namespace {

/// Bars of one bin stand beside each other: overlaid ones of similar samples cannot be told apart.
json side_by_side(std::span<const Sample> samples) {
    json names = json::array();
    for (const Sample& sample : samples)
        names.push_back(sample.name);
    const std::string number = "indexof(" + names.dump() + ", datum.series)";
    const std::string width = "(datum.to - datum.from) * 0.92 / " + std::to_string(samples.size());
    const std::string left = "datum.from + (datum.to - datum.from) * 0.04 + " + width + " * ";
    return {{{"calculate", left + number}, {"as", "left"}},
            {{"calculate", left + "(" + number + " + 1)"}, {"as", "right"}}};
}

} // namespace

json histogram(std::span<const Sample> samples, const std::string& x_title, double bin_step) {
    assert(bin_step > 0.0);
    json values = json::array();
    for (const Sample& sample : samples) {
        for (const auto& [bin, count] : counts_by_bin(sample.values, bin_step)) {
            const auto k = static_cast<double>(bin);
            values.push_back({{"series", sample.name},
                              {"from", k * bin_step},
                              {"to", (k + 1.0) * bin_step},
                              {"count", count}});
        }
    }
    json spec = plot(std::move(values), k_height);
    spec["transform"] = side_by_side(samples);
    json x = tight(quantity("left", x_title));
    x["bin"] = "binned";
    json y = quantity("count", "count");
    y["stack"] = nullptr;
    spec["mark"] = {{"type", "bar"}, {"opacity", 0.9}, {"binSpacing", 0.5}};
    spec["encoding"] = {
        {"x", x}, {"x2", {{"field", "right"}}}, {"y", y}, {"color", series_colour(samples.size())}};
    return spec;
}

json line_plot(std::span<const Series> series, const AxisTitles& titles) {
    json values = json::array();
    for (const Series& one : series) {
        assert(one.x.size() == one.y.size());
        for (std::size_t i = 0; i < one.x.size(); ++i) {
            values.push_back({{"series", one.name}, {"x", one.x[i]}, {"y", one.y[i]}});
        }
    }
    json spec = plot(std::move(values), k_height);
    json y = quantity("y", titles.y);
    y["scale"] = {{"zero", false}};
    spec["mark"] = "line";
    spec["encoding"] = {
        {"x", tight(quantity("x", titles.x))}, {"y", y}, {"color", series_colour(series.size())}};
    return spec;
}

json raster(std::span<const Spike> spikes, const AxisTitles& titles) {
    json values = json::array();
    std::uint32_t last = 0;
    for (const Spike& spike : spikes) {
        values.push_back({{"t", spike.t_ms}, {"n", spike.source}});
        last = std::max(last, spike.source);
    }
    json spec = plot(std::move(values), k_height);
    const double row_height = k_height / (last + 1.0);
    spec["mark"] = {{"type", "tick"},
                    {"orient", "vertical"},
                    {"thickness", 1},
                    {"size", std::clamp(0.8 * row_height, 1.5, 8.0)},
                    {"opacity", 0.8}};
    json y = quantity("n", titles.y);
    y["scale"] = {{"domain", {-0.5, last + 0.5}}, {"nice", false}};
    y["axis"] = {{"tickMinStep", 1}, {"grid", false}};
    spec["encoding"] = {{"x", tight(quantity("t", titles.x))}, {"y", y}};
    return spec;
}

json heat_strip(const Matrix& values,
                const ColumnScale& columns,
                const StripTitles& titles,
                double limit) {
    assert(columns.step > 0.0 && limit > 0.0);
    // Places follow from the running number of an element.
    const auto n_rows = static_cast<double>(values.rows);
    json spec =
        plot(flat(values), static_cast<int>(std::clamp(12.0 * n_rows, 60.0, double{k_height})));
    spec["transform"] = json::array({
        {{"window", json::array({{{"op", "row_number"}, {"as", "k"}}})}},
        {{"calculate", fmt::format("(datum.k - 1) % {}", values.rows)}, {"as", "row"}},
        {{"calculate", "datum.row - 0.5"}, {"as", "bottom"}},
        {{"calculate", "datum.row + 0.5"}, {"as", "top"}},
        {{"calculate", fmt::format("{} + {} * floor((datum.k - 1) / {})", columns.start,
                                   columns.step, values.rows)},
         {"as", "from"}},
        {{"calculate", fmt::format("datum.from + {}", columns.step)}, {"as", "to"}},
        {{"calculate", "datum.data"}, {"as", "outline"}},
    });
    json y = quantity("bottom", titles.y);
    y["scale"] = {{"domain", {-0.5, n_rows - 0.5}}, {"nice", false}};
    y["axis"] = {{"tickMinStep", 1}, {"grid", false}};
    const bool clipped = std::any_of(values.values.begin(), values.values.end(),
                                     [&](double x) { return std::abs(x) > limit; });
    const std::string beyond = clipped ? fmt::format(" (clipped at ±{:g})", limit) : "";
    json colour = quantity("data", titles.colour + beyond);
    colour["scale"] = {{"range", "diverging"}, {"domain", {-limit, limit}}, {"clamp", true}};
    // Outlined in its own colour, or a cell would show a seam where it ends between two screen
    // pixels. By a field of its own: Vega-Lite joins the legends of one field, here to one without
    // a colour bar.
    json outline = colour;
    outline["field"] = "outline";
    outline["legend"] = nullptr;
    spec["mark"] = {{"type", "rect"}, {"strokeWidth", 0.6}, {"invalid", "show"}};
    spec["encoding"] = {
        {"x", tight(quantity("from", titles.x))},
        {"x2", {{"field", "to"}}},
        {"y", y},
        {"y2", {{"field", "top"}}},
        {"color", colour},
        {"stroke", outline},
        {"tooltip", json::array({quantity("from", titles.x), quantity("row", titles.y),
                                 quantity("data", titles.colour)})}};
    return spec;
}

json heat_map(const Matrix& values,
              std::span<const double> x_edges,
              std::span<const double> y_edges,
              const StripTitles& titles,
              std::span<const MarkedPoint> marks) {
    assert(x_edges.size() == values.cols + 1 && y_edges.size() == values.rows + 1);
    json cells = json::array();
    for (std::size_t c = 0; c < values.cols; ++c) {
        for (std::size_t r = 0; r < values.rows; ++r)
            cells.push_back({{"x", x_edges[c]},
                             {"x2", x_edges[c + 1]},
                             {"y", y_edges[r]},
                             {"y2", y_edges[r + 1]},
                             {"value", values(r, c)}}); // NaN is written as null
    }
    json points = json::array();
    for (const MarkedPoint& mark : marks)
        points.push_back({{"x", mark.x}, {"y", mark.y}, {"label", mark.label}});
    json spec = plot(std::move(cells), k_height + k_height / 4);
    json x = quantity("x", titles.x);
    x["scale"] = {{"type", "log"}, {"domain", {x_edges.front(), x_edges.back()}}, {"nice", false}};
    json y = quantity("y", titles.y);
    y["scale"] = {{"domain", {y_edges.front(), y_edges.back()}}, {"nice", false}};
    y["axis"] = {{"grid", false}};
    json colour = quantity("value", titles.colour);
    colour["scale"] = {{"scheme", "viridis"}, {"zero", false}, {"nice", false}};
    const json rectangles = {
        {"mark", {{"type", "rect"}, {"invalid", "show"}}},
        {"encoding", {{"x2", {{"field", "x2"}}}, {"y2", {{"field", "y2"}}}, {"color", colour}}}};
    // Each twice, light around dark, to be seen on any colour.
    const auto ring = [&](const char* stroke, double width) {
        return json{{"data", {{"values", points}}},
                    {"mark",
                     {{"type", "point"},
                      {"shape", "circle"},
                      {"size", 130},
                      {"stroke", stroke},
                      {"strokeWidth", width},
                      {"opacity", 1},
                      {"filled", false}}}};
    };
    const auto label = [&](const char* stroke, double width) {
        return json{{"data", {{"values", points}}},
                    {"mark",
                     {{"type", "text"},
                      {"dx", 10},
                      {"align", "left"},
                      {"fill", "black"},
                      {"stroke", stroke},
                      {"strokeWidth", width}}},
                    {"encoding", {{"text", {{"field", "label"}}}}}};
    };
    spec["encoding"] = {{"x", x}, {"y", y}};
    spec["layer"] = json::array({rectangles, ring("white", 4.0), ring("black", 1.5),
                                 label("white", 3.0), label("white", 0.0)});
    return spec;
}

json grouped_bars(std::span<const Bar> bars, const std::string& y_title) {
    json values = json::array();
    for (const Bar& bar : bars) {
        json value = {{"group", bar.group}, {"series", bar.series}, {"value", bar.value}};
        if (bar.error) {
            value["low"] = bar.value - *bar.error;
            value["high"] = bar.value + *bar.error;
        }
        values.push_back(std::move(value));
    }
    const json group = {
        {"field", "group"},
        {"type", "nominal"},
        {"title", nullptr},
        {"sort", nullptr},
        {"scale", {{"paddingInner", 0.45}, {"paddingOuter", 0.3}}},
        {"axis",
         {{"labelAngle", 0}, {"labelFontSize", 12}, {"ticks", false}, {"labelPadding", 6}}}};
    const json offset = {{"field", "series"}, {"type", "nominal"}, {"sort", nullptr}};
    json spec = plot(std::move(values), k_height);
    spec["encoding"] = {{"x", group}, {"xOffset", offset}};
    const json bar_layer = {
        {"mark", "bar"},
        {"encoding", {{"y", quantity("value", y_title)}, {"color", series_colour(2)}}}};
    const json error_layer = {
        {"transform", json::array({{{"filter", "isValid(datum.low)"}}})},
        {"mark", "rule"},
        {"encoding", {{"y", quantity("low", y_title)}, {"y2", {{"field", "high"}}}}}};
    spec["layer"] = json::array({bar_layer, error_layer});
    return spec;
}

json stacked(json top, json bottom) {
    for (json* part : {&top, &bottom}) {
        part->erase("$schema");
        // Vega-Lite fits only single plots to their place. The page widens stacked ones itself,
        // from this width on.
        (*part)["width"] = 600;
    }
    json& top_x = top["encoding"]["x"];
    top_x["title"] = nullptr;
    top_x["axis"]["labels"] = false;
    const json scales = {{"x", "shared"}, {"color", "independent"}, {"stroke", "independent"}};
    return {{"$schema", k_vega_lite},
            {"vconcat", json::array({std::move(top), std::move(bottom)})},
            {"spacing", 12},
            {"resolve", {{"scale", scales}}}};
}

json flow_map(json points, json lines, const AxisTitles& titles) {
    const json x = quantity("x", titles.x);
    const json y = quantity("y", titles.y);
    json colour = {{"field", "what"}, {"type", "nominal"}, {"title", nullptr}, {"sort", nullptr}};
    const auto layer = [](json values, json mark, json encoding) {
        return json{{"data", {{"values", std::move(values)}}},
                    {"mark", std::move(mark)},
                    {"encoding", std::move(encoding)}};
    };
    json spec = plot(json::array(), 2 * k_height);
    spec.erase("data");
    json dots = layer(lines, {{"type", "point"}, {"filled", true}, {"size", 8}, {"color", "black"}},
                      {{"x", x}, {"y", y}});
    json rules = layer(std::move(lines), {{"type", "rule"}, {"color", "black"}},
                       {{"x", x}, {"y", y}, {"x2", {{"field", "x2"}}}, {"y2", {{"field", "y2"}}}});
    json places = layer(
        std::move(points), {{"type", "point"}, {"filled", true}, {"opacity", 0.7}},
        {{"x", x},
         {"y", y},
         {"color", colour},
         {"size",
          {{"condition", {{"test", "datum.what == 'states'"}, {"value", 10}}}, {"value", 160}}}});
    spec["layer"] = {std::move(places), std::move(rules), std::move(dots)};
    return spec;
}

} // namespace spikewell::report
