#include "report/mapping_report.hpp"

#include "mapping/traffic.hpp"
#include "report/hex_map.hpp"
#include "report/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <limits>

namespace spikewell::report {

namespace {

using namespace mapping;

/// Beyond so many places for chips a map is drawn as cells.
constexpr std::size_t k_most_hexagons = 2500;
constexpr std::size_t k_fullest = 10;

std::string titled(const ChipQuantity& quantity) {
    return quantity.unit.empty() ? quantity.name
                                 : fmt::format("{} / {}", quantity.name, quantity.unit);
}

std::string captioned(const ChipQuantity& quantity, const char* more) {
    std::string text = fmt::format("{} by chip{}.", quantity.name, more);
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

Plot cell_map(const Machine& machine, const ChipQuantity& quantity) {
    Matrix cells(static_cast<std::size_t>(machine.height), static_cast<std::size_t>(machine.width));
    double most = 1e-9;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        const ChipCoord at = machine.coord(chip);
        const double value = machine.chips[chip].present ? quantity.value(chip)
                                                         : std::numeric_limits<double>::quiet_NaN();
        cells(static_cast<std::size_t>(at.y), static_cast<std::size_t>(at.x)) = value;
        if (value > most) most = value;
    }
    nlohmann::json plot = matrix_plot(cells, {"x of the chip", "y", titled(quantity)}, most);
    nlohmann::json& panel = plot["panels"][0];
    panel["y"]["down"] = false;
    panel["marks"][0]["colours"] = "sequential";
    panel["marks"][0]["range"] = {0.0, most};
    return {captioned(quantity, ""), linked(std::move(plot), "chips")};
}

} // namespace

Plot chip_map(const Machine& machine,
              const ChipQuantity& quantity,
              const std::vector<HexLink>& links,
              const std::vector<std::string>& told) {
    if (machine.chips.size() > k_most_hexagons) return cell_map(machine, quantity);
    std::vector<HexCell> cells;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        if (!machine.chips[chip].present) continue;
        const ChipCoord at = machine.coord(chip);
        const double value = quantity.value(chip);
        std::string text = fmt::format("chip {}\n{}: {:.4g}{}{}", to_text(at), quantity.name, value,
                                       quantity.unit.empty() ? "" : " ", quantity.unit);
        if (chip < told.size() && !told[chip].empty()) text += "\n" + told[chip];
        cells.push_back({at.x, at.y, value, std::move(text)});
    }
    return {captioned(quantity, links.empty() ? "" : ", and links"),
            hex_map(cells, links, {titled(quantity), quantity.links})};
}

std::vector<std::string> slices_by_chip(const Layout& layout) {
    constexpr std::size_t k_told = 6;
    std::vector<std::vector<std::string>> labels(layout.machine.chips.size());
    for (const Place& place : layout.places)
        labels[place.chip].push_back(layout.graph.vertices[place.vertex].label);
    std::vector<std::string> told(labels.size());
    for (std::size_t chip = 0; chip < labels.size(); ++chip) {
        const std::vector<std::string>& names = labels[chip];
        for (std::size_t k = 0; k < std::min(k_told, names.size()); ++k)
            told[chip] += (k == 0 ? "" : "\n") + names[k];
        if (names.size() > k_told)
            told[chip] += fmt::format("\n… and {} more", names.size() - k_told);
    }
    return told;
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
    const std::vector<std::string> slices = slices_by_chip(layout);
    // What a net carries is what the network was mapped with; of a bare graph its file's own unit.
    const bool of_network = layout.network.has_value();
    const std::string unit = of_network ? "packets per s" : "";
    const std::string of_link =
        of_network ? "traffic of a link / packets per s" : "traffic of a link";
    constexpr int k_width_px = 380;
    document.sections.push_back(
        {"Chips",
         {Paragraph{
              "Chip (0, 0) is at the left of the lowest row; x grows to the right, y upwards. "
              "A gap is a place without a working chip."},
          PlotGrid{
              {chip_map(layout.machine, {"cores in use", "", [&](ChipIndex c) { return used[c]; }},
                        {}, slices),
               chip_map(layout.machine,
                        {"table entries", "",
                         [&](ChipIndex c) { return static_cast<double>(layout.tables[c].size()); }},
                        {}, slices),
               chip_map(layout.machine, {"traffic sent on", unit, of_links, of_link},
                        busy_links(layout.machine, traffic), slices)},
              k_width_px},
          Paragraph{
              of_network
                  ? "Traffic at the rates that the network was mapped for. Each half of a "
                    "link is coloured by what its chip sends."
                  : "Traffic is in the unit of the nets' weights, which are taken as packets "
                    "in equal times. Each half of a link is coloured by what its chip sends."},
          fullest_tables(layout)}});
    return document;
}

} // namespace spikewell::report
