#include "report/mapping_report.hpp"

#include "mapping/traffic.hpp"
#include "report/hex_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace spikewell::report {

namespace {

using namespace mapping;

/// Beyond so many places for chips a map is drawn as pixels.
constexpr std::size_t k_most_hexagons = 2500;
constexpr std::size_t k_fullest = 10;

} // namespace

Block chip_map(const Machine& machine,
               const std::function<double(ChipIndex)>& value,
               const std::vector<HexLink>& links,
               const HexTitles& titles) {
    if (machine.chips.size() > k_most_hexagons) {
        Matrix pixels(static_cast<std::size_t>(machine.height),
                      static_cast<std::size_t>(machine.width));
        double most = 1e-9;
        for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
            const ChipCoord at = machine.coord(chip);
            const double v = machine.chips[chip].present ? value(chip)
                                                         : std::numeric_limits<double>::quiet_NaN();
            pixels(static_cast<std::size_t>(machine.height - 1 - at.y),
                   static_cast<std::size_t>(at.x)) = v;
            if (v > most) most = v;
        }
        const int size = std::max(1, 700 / std::max(machine.width, machine.height));
        return ImageRow{titles.cells, {{pixels, "x to the right, y up"}}, most, size};
    }
    std::vector<HexCell> cells;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        if (!machine.chips[chip].present) continue;
        const ChipCoord at = machine.coord(chip);
        cells.push_back({at.x, at.y, value(chip),
                         fmt::format("{}: {:g} {}", to_text(at), value(chip), titles.cells)});
    }
    return Plot{titles.cells + (links.empty() ? "" : ", and links"), hex_map(cells, links, titles)};
}

std::vector<HexLink> busy_links(const Machine& machine, const std::vector<double>& traffic) {
    std::vector<HexLink> links;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        const ChipCoord at = machine.coord(chip);
        for (unsigned link = 0; link < k_links; ++link) {
            const double value = traffic[chip * k_links + link];
            if (value > 0.0)
                links.push_back({at.x, at.y, k_link_steps[link].x, k_link_steps[link].y, value});
        }
    }
    return links;
}

namespace {

/// "spinn5 (8 x 8 chips)"; sizes that are the name are not said twice.
std::string machine_text(const Machine& machine) {
    if (machine.name == fmt::format("{}x{}", machine.width, machine.height))
        return fmt::format("{} x {} chips", machine.width, machine.height);
    return fmt::format("{} ({} x {} chips)", machine.name, machine.width, machine.height);
}

std::vector<double> cores_used(const Layout& layout) {
    std::vector<double> used(layout.machine.chips.size(), 0.0);
    for (const Place& place : layout.places)
        used[place.chip] += 1.0;
    return used;
}

Section result_section(const Layout& layout, const LayoutCheck& check) {
    const LayoutStatistics& s = layout.statistics;
    const auto row = [](const char* name, auto value) {
        return std::vector<std::string>{name, fmt::format("{}", value)};
    };
    Table figures{"",
                  {"quantity", "value"},
                  {row("slices", layout.graph.vertices.size()),
                   row("nets", layout.graph.nets.size()), row("chips used", s.chips),
                   row("hops", s.hops), row("entries of the fullest table", s.table_entries_max),
                   row("– before minimisation", s.table_entries_max_unminimised),
                   row("entries of all tables", s.table_entries_total),
                   row("passages by default routing", check.default_routed),
                   row("attempts until tables fitted", s.attempts)}};
    const std::string verdict =
        check.n_faults == 0
            ? fmt::format(
                  "Checked: {} sets of keys reach exactly their targets, once, over working "
                  "links; keys, tables and memory are within limits.",
                  check.packets)
            : fmt::format("The check found {} faults.", check.n_faults);
    return {"Result", {Paragraph{verdict}, figures}};
}

Table fullest_tables(const Layout& layout) {
    std::vector<ChipIndex> order;
    for (ChipIndex chip = 0; chip < layout.tables.size(); ++chip) {
        if (!layout.tables[chip].empty()) order.push_back(chip);
    }
    std::stable_sort(order.begin(), order.end(), [&](ChipIndex a, ChipIndex b) {
        return layout.tables[a].size() > layout.tables[b].size();
    });
    Table table{"The fullest tables", {"chip", "entries", "allowed"}, {}};
    for (std::size_t i = 0; i < std::min(k_fullest, order.size()); ++i) {
        table.rows.push_back({to_text(layout.machine.coord(order[i])),
                              fmt::format("{}", layout.tables[order[i]].size()),
                              fmt::format("{}", layout.machine.chips[order[i]].router_entries)});
    }
    return table;
}

} // namespace

Document mapping_document(const Layout& layout, const LayoutCheck& check) {
    const std::vector<double> used = cores_used(layout);
    const std::vector<double> traffic = link_traffic(layout);
    const auto of_links = [&](ChipIndex chip) {
        double sum = 0.0;
        for (unsigned link = 0; link < k_links; ++link)
            sum += traffic[chip * k_links + link];
        return sum;
    };
    Document document;
    document.title = "Layout of " + (layout.graph.name.empty() ? "a graph" : layout.graph.name);
    document.subtitle =
        fmt::format("On {}, placer {}, router {}, minimiser {}, seed {}",
                    machine_text(layout.machine), layout.options.placer, layout.options.router,
                    layout.options.minimiser, layout.options.seed);
    document.sections.push_back(result_section(layout, check));
    document.sections.push_back({"Load",
                                 {Paragraph{"Chip (0, 0) is at the left of the lowest row; x "
                                            "grows to the right, y upwards. A gap is a place "
                                            "without a working chip."},
                                  chip_map(layout.machine, [&](ChipIndex c) { return used[c]; }, {},
                                           {"cores in use", ""})}});
    document.sections.push_back(
        {"Tables",
         {chip_map(layout.machine,
                   [&](ChipIndex c) { return static_cast<double>(layout.tables[c].size()); }, {},
                   {"table entries", ""}),
          fullest_tables(layout)}});
    document.sections.push_back(
        {"Traffic",
         {chip_map(layout.machine, of_links, busy_links(layout.machine, traffic),
                   {"traffic sent on", "traffic of a link"}),
          Paragraph{"In the unit of the nets' weights, which are taken as packets in equal times. "
                    "Each half of a link is coloured by what its chip sends."}}});
    return document;
}

} // namespace spikewell::report
