#include "mapping/machine.hpp"

#include "core/error.hpp"
#include "mapping/detail/grid_metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace spikewell::mapping {

namespace {

constexpr int k_max_side = 256;

int wrapped(int value, int size) {
    return ((value % size) + size) % size;
}

[[noreturn]] void refuse(std::string_view field,
                         const std::string& value,
                         const std::string& allowed) {
    throw ParameterError("machine", field, value, allowed);
}

std::string link_text(const Machine& machine, ChipIndex chip, unsigned link) {
    return fmt::format("link {} ({}) of chip {}", link, k_link_names[link],
                       to_text(machine.coord(chip)));
}

void kill_link(Machine& machine, ChipIndex chip, unsigned link) {
    machine.chips[chip].links &= static_cast<std::uint8_t>(~(1U << link));
}

void kill_chip(Machine& machine, ChipIndex chip) {
    for (unsigned link = 0; link < k_links; ++link) {
        const ChipIndex other = machine.neighbour(chip, link);
        kill_link(machine, other, opposite(link));
    }
    machine.chips[chip] = Chip{};
}

ChipIndex present_chip(const Machine& machine, ChipCoord at, std::string_view field) {
    if (!machine.contains(at) || !machine.chips[machine.index(at)].present) {
        refuse(field, to_text(at),
               fmt::format("a chip of this {} x {} machine", machine.width, machine.height));
    }
    return machine.index(at);
}

/// The first link that works in one direction only.
std::optional<std::pair<ChipIndex, unsigned>> one_way_link(const Machine& machine) {
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        for (unsigned link = 0; link < k_links; ++link) {
            if (!machine.has_link(chip, link)) continue;
            const ChipIndex other = machine.neighbour(chip, link);
            if (!machine.has_link(other, opposite(link))) return std::pair{chip, link};
        }
    }
    return std::nullopt;
}

/// `most` 0: the board sets no such limit.
void require_of_board(const std::string& field, std::int64_t value, std::int64_t most) {
    if (value >= 0 && (most == 0 || value <= most)) return;
    refuse(field, fmt::format("{}", value),
           most == 0 ? ">= 0" : fmt::format("0 .. {}, what the board has", most));
}

// --- Lists of parts

int parse_integer(std::string_view text, std::string_view whole) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        refuse("list of parts", std::string(whole), "numbers like 1,7:9,10");
    return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    if (text.empty()) return parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// The comma-separated fields of one part, `n` of them.
std::vector<std::string_view> fields_of(std::string_view part,
                                        std::size_t n,
                                        const std::string& form) {
    std::vector<std::string_view> fields = split(part, ',');
    if (fields.size() != n) refuse("list of parts", std::string(part), form);
    return fields;
}

} // namespace

std::string to_text(ChipCoord at) {
    return fmt::format("({}, {})", at.x, at.y);
}

ChipIndex Machine::neighbour(ChipIndex chip, unsigned link) const {
    const ChipCoord at = coord(chip);
    return index({wrapped(at.x + k_link_steps[link].x, width),
                  wrapped(at.y + k_link_steps[link].y, height)});
}

int user_cores(const Machine& machine, ChipIndex chip) {
    const Chip& c = machine.chips[chip];
    return c.present ? std::max(0, c.cores - c.monitors) : 0;
}

namespace {

/// The chips that links lead to from the first, itself among them; none of them has been met before.
std::vector<ChipIndex> piece_with(const Machine& machine, ChipIndex first, std::vector<char>& met) {
    std::vector<ChipIndex> piece{first};
    met[first] = 1;
    for (std::size_t i = 0; i < piece.size(); ++i) {
        for (unsigned link = 0; link < k_links; ++link) {
            if (!machine.has_link(piece[i], link)) continue;
            const ChipIndex other = machine.neighbour(piece[i], link);
            if (met[other] == 0) piece.push_back(other);
            met[other] = 1;
        }
    }
    return piece;
}

} // namespace

std::vector<std::vector<ChipIndex>> pieces_of(const Machine& machine) {
    std::vector<std::vector<ChipIndex>> pieces;
    std::vector<char> met(machine.chips.size(), 0);
    for (ChipIndex first = 0; first < machine.chips.size(); ++first) {
        if (machine.chips[first].present && met[first] == 0)
            pieces.push_back(piece_with(machine, first, met));
    }
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return pieces;
}

std::uint64_t placeable_cores(const Machine& machine) {
    std::uint64_t cores = 0;
    const auto pieces = pieces_of(machine);
    if (pieces.empty()) return 0;
    for (const ChipIndex chip : pieces.front())
        cores += static_cast<std::uint64_t>(user_cores(machine, chip));
    return cores;
}

std::string pieces_text(const Machine& machine) {
    constexpr std::size_t k_told = 5;
    const auto pieces = pieces_of(machine);
    if (pieces.size() < 2) return "";
    std::string text = fmt::format("the machine is in {} pieces, of", pieces.size());
    for (std::size_t i = 0; i < std::min(k_told, pieces.size()); ++i)
        text += fmt::format("{} {} chip{} with {}", i > 0 ? "," : "", pieces[i].size(),
                            pieces[i].size() > 1 ? "s" : "", to_text(machine.coord(pieces[i][0])));
    if (pieces.size() > k_told) text += fmt::format(" and {} more", pieces.size() - k_told);
    return text + "; only the first can be used";
}

int grid_distance(const Machine& machine, ChipCoord from, ChipCoord to) {
    return GridMetric(machine)(to.x - from.x, to.y - from.y);
}

Machine without(Machine machine, const DeadParts& dead, OneWayLinks one_way) {
    for (const ChipCoord at : dead.chips)
        kill_chip(machine, present_chip(machine, at, "dead chip"));
    for (const DeadLink& part : dead.links) {
        // A link of a chip that is dead already died with it.
        if (machine.contains(part.chip) && !machine.chips[machine.index(part.chip)].present)
            continue;
        if (part.link >= k_links) refuse("dead link", fmt::format("{}", part.link), "0 .. 5");
        const ChipIndex chip = present_chip(machine, part.chip, "dead link's chip");
        kill_link(machine, chip, part.link);
        if (one_way == OneWayLinks::repair)
            kill_link(machine, machine.neighbour(chip, part.link), opposite(part.link));
    }
    for (const DeadCore& part : dead.cores) {
        Chip& chip = machine.chips[present_chip(machine, part.chip, "dead core's chip")];
        if (part.core < 0 || part.core >= board(machine.board).cores)
            refuse("dead core", fmt::format("{}", part.core), "a core of the chip");
        chip.cores = std::max(0, chip.cores - 1);
    }
    validate(machine);
    return machine;
}

namespace {

void validate_chip(const Machine& machine, ChipIndex chip, const Board& hardware) {
    const Chip& c = machine.chips[chip];
    const std::string where = fmt::format("chip {}: ", to_text(machine.coord(chip)));
    if (c.cores < 0 || c.cores > hardware.cores)
        refuse(where + "cores", fmt::format("{}", c.cores), fmt::format("0 .. {}", hardware.cores));
    if (c.monitors < 0) refuse(where + "monitors", fmt::format("{}", c.monitors), ">= 0");
    require_of_board(where + "sdram", c.sdram_bytes, hardware.sdram_bytes);
    require_of_board(where + "routerEntries", c.router_entries, hardware.router_entries);
    for (unsigned link = 0; link < k_links; ++link) {
        if (!machine.has_link(chip, link)) continue;
        if (!c.present || !machine.chips[machine.neighbour(chip, link)].present)
            refuse(link_text(machine, chip, link), "a link to no chip", "dead");
    }
}

} // namespace

void validate(const Machine& machine) {
    const auto side = [](const char* name, int value) {
        if (value < 1 || value > k_max_side)
            refuse(name, fmt::format("{}", value), fmt::format("1 .. {}", k_max_side));
    };
    side("width", machine.width);
    side("height", machine.height);
    const Board& hardware = board(machine.board);
    bool any = false;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        any = any || machine.chips[chip].present;
        validate_chip(machine, chip, hardware);
    }
    if (!any) refuse("chips", "none", "at least one");
    if (const auto bad = one_way_link(machine)) {
        const ChipIndex other = machine.neighbour(bad->first, bad->second);
        refuse(link_text(machine, other, opposite(bad->second)),
               fmt::format("dead, while {} works", link_text(machine, bad->first, bad->second)),
               "alive or dead in both directions (repair kills both)");
    }
}

std::vector<ChipCoord> parse_chips(std::string_view text) {
    std::vector<ChipCoord> chips;
    for (const std::string_view part : split(text, ':')) {
        const auto f = fields_of(part, 2, "x,y for each chip, ':' between chips");
        chips.push_back({parse_integer(f[0], part), parse_integer(f[1], part)});
    }
    return chips;
}

std::vector<DeadLink> parse_links(std::string_view text) {
    std::vector<DeadLink> links;
    for (const std::string_view part : split(text, ':')) {
        const auto f = fields_of(part, 3, "x,y,link for each link, ':' between links");
        const int link = parse_integer(f[2], part);
        if (link < 0 || link >= static_cast<int>(k_links))
            refuse("dead link", std::string(part), "a link 0 .. 5 at the end");
        links.push_back(
            {{parse_integer(f[0], part), parse_integer(f[1], part)}, static_cast<unsigned>(link)});
    }
    return links;
}

std::vector<DeadCore> parse_cores(std::string_view text) {
    std::vector<DeadCore> cores;
    for (const std::string_view part : split(text, ':')) {
        const auto f = fields_of(part, 3, "x,y,core or x,y,first-last, ':' between them");
        const ChipCoord chip{parse_integer(f[0], part), parse_integer(f[1], part)};
        const std::size_t dash = f[2].find('-');
        const int first = parse_integer(f[2].substr(0, dash), part);
        const int last =
            dash == std::string_view::npos ? first : parse_integer(f[2].substr(dash + 1), part);
        if (first < 0 || last < first || last > 255)
            refuse("dead core", std::string(part), "cores first <= last within 0 .. 255");
        for (int core = first; core <= last; ++core)
            cores.push_back({chip, core});
    }
    return cores;
}

} // namespace spikewell::mapping
