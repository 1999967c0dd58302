#include "report/hex_map.hpp"

#include "report/plots.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::report {

namespace {

using nlohmann::json;

constexpr double k_row = 0.86602540378443865; ///< height of a row in widths of a hexagon
// A hexagon with a corner up, of radius 1.
constexpr const char* k_hexagon = "M0,-1L0.866,-0.5L0.866,0.5L0,1L-0.866,0.5L-0.866,-0.5Z";

/// Where a chip lies: its six neighbours are equally far.
double across(int x, int y) {
    return x - 0.5 * y;
}
double up(int y) {
    return k_row * y;
}

json channel(const char* field, double low, double high) {
    return {{"field", field},
            {"type", "quantitative"},
            {"axis", nullptr},
            {"scale", {{"domain", {low, high}}, {"nice", false}, {"zero", false}}}};
}

json colour(const char* field, const std::string& title, const char* scheme) {
    return {{"field", field},
            {"type", "quantitative"},
            {"title", title},
            {"scale", {{"scheme", scheme}}}};
}

/// Of each link the half at the chip that sends.
json halves_of(const std::vector<HexLink>& links) {
    json halves = json::array();
    for (const HexLink& link : links) {
        const double u = across(link.x, link.y);
        const double v = up(link.y);
        halves.push_back({{"u", u},
                          {"v", v},
                          {"u2", u + 0.5 * across(link.dx, link.dy)},
                          {"v2", v + 0.5 * up(link.dy)},
                          {"traffic", link.value}});
    }
    return halves;
}

} // namespace

json hex_map(const std::vector<HexCell>& cells,
             const std::vector<HexLink>& links,
             const HexTitles& titles) {
    constexpr double k_most_pixels = 820.0;
    constexpr double k_largest_cell = 46.0;
    double left = 0.0;
    double right = 0.0;
    double top = 0.0;
    json values = json::array();
    for (const HexCell& cell : cells) {
        left = std::min(left, across(cell.x, cell.y));
        right = std::max(right, across(cell.x, cell.y));
        top = std::max(top, up(cell.y));
        values.push_back({{"u", across(cell.x, cell.y)},
                          {"v", up(cell.y)},
                          {"value", cell.value},
                          {"chip", cell.tooltip}});
    }
    const double width = right - left + 1.2;
    const double height = top + 1.4;
    const double pixels = std::min(k_largest_cell, k_most_pixels / width);
    const double radius = 0.97 * pixels / std::sqrt(3.0);
    const json x = channel("u", left - 0.6, right + 0.6);
    const json y = channel("v", -0.7, top + 0.7);
    json hexagons{{"data", {{"values", std::move(values)}}},
                  {"mark",
                   {{"type", "point"},
                    {"filled", true},
                    {"opacity", 1},
                    {"shape", k_hexagon},
                    {"size", 4.0 * radius * radius}}},
                  {"encoding",
                   {{"x", x},
                    {"y", y},
                    {"color", colour("value", titles.cells, "blues")},
                    {"tooltip", {{"field", "chip"}, {"type", "nominal"}}}}}};
    json layers = json::array({std::move(hexagons)});
    if (!links.empty()) {
        layers.push_back(
            {{"data", {{"values", halves_of(links)}}},
             {"mark", {{"type", "rule"}, {"strokeWidth", std::max(1.0, pixels / 12.0)}}},
             {"encoding",
              {{"x", x},
               {"y", y},
               {"x2", {{"field", "u2"}}},
               {"y2", {{"field", "v2"}}},
               {"color", colour("traffic", titles.links, "oranges")}}}});
    }
    return {{"$schema", k_vega_lite},
            {"width", width * pixels},
            {"height", height * pixels},
            {"layer", std::move(layers)},
            {"resolve", {{"scale", {{"color", "independent"}}}}}};
}

} // namespace spikewell::report
