#include "report/hex_map.hpp"

#include "report/plot_parts.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::report {

namespace {

using nlohmann::json;

constexpr double k_row = 0.86602540378443865; ///< height of a row in widths of a hexagon

/// Where a chip lies: its six neighbours are equally far.
double across(int x, int y) {
    return x - 0.5 * y;
}
double up(int y) {
    return k_row * y;
}

/// Of each link the half at the chip that sends.
json halves_of(const std::vector<HexLink>& links, const std::string& title) {
    json halves{{"kind", "segments"}, {"title", title}, {"colours", "flow"}};
    for (const char* key : {"x", "y", "x2", "y2", "value"})
        halves[key] = json::array();
    for (const HexLink& link : links) {
        const double u = across(link.x, link.y);
        const double v = up(link.y);
        halves["x"].push_back(number(u));
        halves["y"].push_back(number(v));
        halves["x2"].push_back(number(u + 0.5 * across(link.dx, link.dy)));
        halves["y2"].push_back(number(v + 0.5 * up(link.dy)));
        halves["value"].push_back(number(link.value));
    }
    return halves;
}

} // namespace

json hex_map(const std::vector<HexCell>& cells,
             const std::vector<HexLink>& links,
             const HexTitles& titles) {
    json chips{{"kind", "hexagons"}, {"title", titles.cells}};
    for (const char* key : {"x", "y", "value", "labels"})
        chips[key] = json::array();
    double left = 0.0;
    double right = 0.0;
    double top = 0.0;
    for (const HexCell& cell : cells) {
        left = std::min(left, across(cell.x, cell.y));
        right = std::max(right, across(cell.x, cell.y));
        top = std::max(top, up(cell.y));
        chips["x"].push_back(number(across(cell.x, cell.y)));
        chips["y"].push_back(number(up(cell.y)));
        chips["value"].push_back(number(cell.value));
        chips["labels"].push_back(cell.tooltip);
    }
    json marks = json::array({std::move(chips)});
    if (!links.empty()) marks.push_back(halves_of(links, titles.links));
    const double width = right - left + 1.2;
    const double height = top + 1.4;
    json plot = panel_plot({{"hidden", true}, {"domain", {left - 0.6, right + 0.6}}},
                           {{"hidden", true}, {"domain", {-0.7, top + 0.7}}}, std::move(marks));
    plot["panels"][0]["aspect"] = height / width;
    // A cell is not larger than it need be to be told from others.
    constexpr double k_largest_cell_px = 64.0;
    plot["panels"][0]["most"] = std::min(640.0, height * k_largest_cell_px);
    plot["zoom"] = "xy";
    plot["link"] = "chips";
    return plot;
}

} // namespace spikewell::report
