#include "report/plots.hpp"

#include "report/plot_parts.hpp"
#include "report/png.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>

namespace spikewell::report {

using nlohmann::json;

json number(double x) {
    if (!std::isfinite(x)) return nullptr;
    return std::strtod(fmt::format("{:.7g}", x).c_str(), nullptr);
}

json numbers(std::span<const double> values) {
    json list = json::array();
    for (const double x : values)
        list.push_back(number(x));
    return list;
}

json panel_plot(json x, json y, json marks, int height) {
    json panel{
        {"height", height}, {"x", std::move(x)}, {"y", std::move(y)}, {"marks", std::move(marks)}};
    return {{"panels", json::array({std::move(panel)})}};
}

namespace {

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

json histogram(std::span<const Sample> samples, const std::string& x_title, double bin_step) {
    assert(bin_step > 0.0);
    json marks = json::array();
    // Bars of one bin stand beside each other: overlaid ones of similar samples cannot be told apart.
    const double width = 0.92 * bin_step / static_cast<double>(samples.size());
    for (std::size_t s = 0; s < samples.size(); ++s) {
        std::vector<double> from;
        std::vector<double> to;
        std::vector<double> left;
        std::vector<double> right;
        std::vector<double> counts;
        for (const auto& [bin, count] : counts_by_bin(samples[s].values, bin_step)) {
            from.push_back(static_cast<double>(bin) * bin_step);
            to.push_back(static_cast<double>(bin + 1) * bin_step);
            left.push_back(from.back() + 0.04 * bin_step + width * static_cast<double>(s));
            right.push_back(left.back() + width);
            counts.push_back(static_cast<double>(count));
        }
        marks.push_back({{"kind", "bars"},
                         {"name", samples[s].name},
                         {"x", numbers(left)},
                         {"x2", numbers(right)},
                         {"from", numbers(from)},
                         {"to", numbers(to)},
                         {"y", numbers(counts)}});
    }
    return panel_plot({{"title", x_title}}, {{"title", "count"}}, std::move(marks));
}

json cumulative(std::span<const Sample> samples,
                const std::string& x_title,
                std::pair<double, double> domain,
                const MarkedValue& marked) {
    json marks = json::array();
    for (const Sample& sample : samples) {
        std::vector<double> sorted;
        std::copy_if(sample.values.begin(), sample.values.end(), std::back_inserter(sorted),
                     [](double x) { return std::isfinite(x); });
        if (sorted.empty()) continue;
        std::sort(sorted.begin(), sorted.end());
        std::vector<double> x{domain.first};
        std::vector<double> share{0.0};
        for (std::size_t k = 0; k < sorted.size(); ++k) {
            if (k + 1 < sorted.size() && sorted[k + 1] == sorted[k]) continue;
            x.push_back(sorted[k]);
            share.push_back(100.0 * static_cast<double>(k + 1) /
                            static_cast<double>(sorted.size()));
        }
        x.push_back(domain.second);
        share.push_back(100.0);
        marks.push_back({{"kind", "line"},
                         {"name", sample.name},
                         {"steps", true},
                         {"x", numbers(x)},
                         {"y", numbers(share)}});
    }
    marks.push_back({{"kind", "rule"}, {"x", number(marked.x)}, {"label", marked.label}});
    return panel_plot({{"title", x_title}, {"domain", {domain.first, domain.second}}},
                      {{"title", "pairs up to it / %"}, {"domain", {0, 100}}}, std::move(marks));
}

json distribution_curves(std::span<const Sample> samples, const std::string& x_title) {
    constexpr std::size_t k_points = 200;
    constexpr double k_left_out = 0.002; // of a sample, at either end
    json marks = json::array();
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const Sample& sample : samples) {
        if (sample.values.empty()) continue;
        std::vector<double> sorted = sample.values;
        std::sort(sorted.begin(), sorted.end());
        const auto n = static_cast<double>(sorted.size());
        low = std::min(low, sorted[static_cast<std::size_t>(k_left_out * n)]);
        high = std::max(high, sorted[static_cast<std::size_t>((1.0 - k_left_out) * (n - 1.0))]);
        std::vector<double> x;
        std::vector<double> share;
        const std::size_t every = (sorted.size() + k_points - 1) / k_points;
        for (std::size_t k = 0; k < sorted.size(); k += every) {
            if (!x.empty() && sorted[k] == x.back()) continue;
            const auto up_to = std::upper_bound(sorted.begin(), sorted.end(), sorted[k]);
            x.push_back(sorted[k]);
            share.push_back(100.0 * static_cast<double>(up_to - sorted.begin()) / n);
        }
        marks.push_back({{"kind", "line"},
                         {"name", sample.name},
                         {"steps", true},
                         {"x", numbers(x)},
                         {"y", numbers(share)}});
    }
    json axis{{"title", x_title}};
    if (high > low) axis["domain"] = {number(low), number(high)};
    return panel_plot(std::move(axis), {{"title", "share up to it / %"}, {"domain", {0, 100}}},
                      std::move(marks));
}

json line_plot(std::span<const Series> series, const AxisTitles& titles) {
    json marks = json::array();
    for (const Series& one : series) {
        assert(one.x.size() == one.y.size());
        json mark{
            {"kind", "line"}, {"name", one.name}, {"x", numbers(one.x)}, {"y", numbers(one.y)}};
        if (!one.low.empty()) {
            assert(one.low.size() == one.x.size() && one.high.size() == one.x.size());
            mark["low"] = numbers(one.low);
            mark["high"] = numbers(one.high);
        }
        marks.push_back(std::move(mark));
    }
    return panel_plot({{"title", titles.x}}, {{"title", titles.y}, {"margin", true}},
                      std::move(marks));
}

json with_level(json plot, double y, const std::string& label) {
    plot["panels"][0]["marks"].push_back({{"kind", "rule"}, {"y", number(y)}, {"label", label}});
    return plot;
}

json grouped_bars(std::span<const Bar> bars, const std::string& y_title) {
    std::vector<std::string> groups;
    std::vector<std::string> series;
    const auto place = [](std::vector<std::string>& names, const std::string& name) {
        const auto found = std::find(names.begin(), names.end(), name);
        const auto at = static_cast<std::size_t>(found - names.begin());
        if (found == names.end()) names.push_back(name);
        return at;
    };
    for (const Bar& bar : bars) {
        place(groups, bar.group);
        place(series, bar.series);
    }
    json marks = json::array();
    for (const std::string& name : series)
        marks.push_back({{"kind", "bars"},
                         {"name", name},
                         {"x", json::array()},
                         {"x2", json::array()},
                         {"y", json::array()},
                         {"errors", json::array()}});
    const double width = 0.72 / static_cast<double>(std::max<std::size_t>(1, series.size()));
    for (const Bar& bar : bars) {
        const std::size_t s = place(series, bar.series);
        const double left =
            static_cast<double>(place(groups, bar.group)) - 0.36 + width * static_cast<double>(s);
        marks[s]["x"].push_back(number(left));
        marks[s]["x2"].push_back(number(left + width));
        marks[s]["y"].push_back(number(bar.value));
        marks[s]["errors"].push_back(bar.error ? number(*bar.error) : json(nullptr));
    }
    return panel_plot({{"categories", groups}}, {{"title", y_title}}, std::move(marks));
}

json stacked(json top, json bottom) {
    top["panels"][0]["x"]["title"] = "";
    for (json& panel : bottom["panels"])
        top["panels"].push_back(std::move(panel));
    return top;
}

json with_pictures(json plot, std::span<const Picture> pictures, double limit) {
    json strip{{"x", json::array()},
               {"x2", json::array()},
               {"images", json::array()},
               {"labels", json::array()}};
    std::map<std::vector<double>, std::string> made; // many are the same
    for (const Picture& picture : pictures) {
        std::string& uri = made[picture.values.values];
        if (uri.empty()) uri = data_uri(matrix_png(picture.values, limit));
        strip["x"].push_back(number(picture.from));
        strip["x2"].push_back(number(picture.to));
        strip["images"].push_back(uri);
        strip["labels"].push_back(picture.label);
    }
    plot["panels"][0]["strip"] = std::move(strip);
    return plot;
}

json linked(json plot, const std::string& name) {
    plot["link"] = name;
    return plot;
}

json flow_map(std::span<const Places> places,
              std::span<const Step> steps,
              const AxisTitles& titles) {
    json marks = json::array();
    for (const Places& one : places)
        marks.push_back({{"kind", "points"},
                         {"name", one.name},
                         {"size", one.size_px},
                         {"x", numbers(one.x)},
                         {"y", numbers(one.y)}});
    json lines{{"kind", "segments"}};
    for (const auto& [key, member] :
         {std::pair{"x", &Step::x}, {"y", &Step::y}, {"x2", &Step::x2}, {"y2", &Step::y2}}) {
        lines[key] = json::array();
        for (const Step& step : steps)
            lines[key].push_back(number(step.*member));
    }
    marks.push_back(std::move(lines));
    json plot =
        panel_plot({{"title", titles.x}, {"margin", true}}, {{"title", titles.y}, {"margin", true}},
                   std::move(marks), 2 * k_panel_height);
    plot["zoom"] = "xy";
    return plot;
}

} // namespace spikewell::report
