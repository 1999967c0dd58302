#pragma once

#include "mapping/board.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Chips of a machine in a hexagonal grid, which may close to a torus.
///
///     link      0 east  1 north-east  2 north  3 west  4 south-west  5 south
///     (dx, dy)  (1, 0)  (1, 1)        (0, 1)   (-1, 0) (-1, -1)      (0, -1)
namespace spikewell::mapping {

struct ChipCoord {
    int x = 0;
    int y = 0;
    auto operator<=>(const ChipCoord&) const = default;
};

/// x * height + y: chips in the order of (x, y).
using ChipIndex = std::uint32_t;
constexpr ChipIndex k_no_chip = ~ChipIndex{0};

constexpr unsigned k_links = 6;
constexpr std::array<ChipCoord, k_links> k_link_steps{
    {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}}};
constexpr std::array<const char*, k_links> k_link_names{
    {"east", "north-east", "north", "west", "south-west", "south"}};
[[nodiscard]] constexpr unsigned opposite(unsigned link) {
    return (link + 3) % k_links;
}

struct Chip {
    bool present = false; ///< dead chips and places without a chip are not
    int cores = 0;        ///< working ones, monitors included; they count 0 .. cores - 1
    int monitors = 0;     ///< cores 0 .. monitors - 1 are the system's
    std::int64_t sdram_bytes = 0;
    int router_entries = 0;
    std::uint8_t links = 0; ///< bit l: link l works in this direction and leads to a present chip
    ChipCoord ethernet;     ///< the chip through which its board is reached
    bool operator==(const Chip&) const = default;
};

/// A machine by value.
struct Machine {
    std::string name;  ///< the preset or file it came from
    std::string board; ///< a name of boards()
    int width = 0;     ///< 1 .. 256
    int height = 0;    ///< 1 .. 256
    bool wraps_x = false;
    bool wraps_y = false;
    std::vector<Chip> chips; // [width * height], by ChipIndex

    [[nodiscard]] ChipIndex index(ChipCoord at) const {
        return static_cast<ChipIndex>(at.x * height + at.y);
    }
    [[nodiscard]] ChipCoord coord(ChipIndex chip) const {
        return {static_cast<int>(chip) / height, static_cast<int>(chip) % height};
    }
    [[nodiscard]] bool contains(ChipCoord at) const {
        return at.x >= 0 && at.x < width && at.y >= 0 && at.y < height;
    }
    /// Where link l of a chip would lead, working or not.
    [[nodiscard]] ChipIndex neighbour(ChipIndex chip, unsigned link) const;
    [[nodiscard]] bool has_link(ChipIndex chip, unsigned link) const {
        return ((unsigned{chips[chip].links} >> link) & 1U) != 0;
    }
    bool operator==(const Machine&) const = default;
};

/// "(3, 4)"
[[nodiscard]] std::string to_text(ChipCoord at);

/// Cores of a chip that the user's vertices may have; 0 where there is no chip.
[[nodiscard]] int user_cores(const Machine& machine, ChipIndex chip);

/// The parts of the machine that hang together over working links, by their chips, the largest part
/// first. Vertices are placed on that one only: packets could not reach the others.
[[nodiscard]] std::vector<std::vector<ChipIndex>> pieces_of(const Machine& machine);
/// Cores that the user's vertices may have in the largest piece.
[[nodiscard]] std::uint64_t placeable_cores(const Machine& machine);
/// "the machine is in 2 pieces, of 47 chips with (0, 0), 1 chip with (7, 7); only the first can be
/// used"; empty when it is whole.
[[nodiscard]] std::string pieces_text(const Machine& machine);

/// Least number of links between two chips of the whole grid, were nothing dead: with
/// (dx, dy) of one sign max(|dx|, |dy|), else |dx| + |dy|, least over the ways round.
[[nodiscard]] int grid_distance(const Machine& machine, ChipCoord from, ChipCoord to);

/// A dead link in one direction.
struct DeadLink {
    ChipCoord chip;
    unsigned link = 0;
    bool operator==(const DeadLink&) const = default;
};
/// One dead core. Working cores are numbered without gaps, so only their number matters.
struct DeadCore {
    ChipCoord chip;
    int core = 0;
    bool operator==(const DeadCore&) const = default;
};
struct DeadParts {
    std::vector<ChipCoord> chips;
    std::vector<DeadLink> links;
    std::vector<DeadCore> cores;
};

enum class OneWayLinks {
    refuse, ///< an error that names the link
    repair, ///< kill the other direction too
};

/// The machine without these parts. Links of dead chips die with them. Throws ParameterError for a
/// part that is not there, and for a link that is then dead in one direction only unless
/// repaired.
[[nodiscard]] Machine without(Machine machine, const DeadParts& dead, OneWayLinks one_way);

/// Throws ParameterError naming what is wrong: sizes, cores, a link to no chip, a one-way link.
void validate(const Machine& machine);

/// "1,7:9,10" -> chips; "6,9,2:6,10,5" -> links; "0,0,5:1,1,3-7" -> cores. Throws ParameterError.
[[nodiscard]] std::vector<ChipCoord> parse_chips(std::string_view text);
[[nodiscard]] std::vector<DeadLink> parse_links(std::string_view text);
[[nodiscard]] std::vector<DeadCore> parse_cores(std::string_view text);

/// A machine that can be named.
struct Preset {
    std::string name;
    std::string text; ///< one line for `machines`
};
/// All of them, and "WxH" for the form of multi-board sizes.
[[nodiscard]] const std::vector<Preset>& machine_presets();

/// The machine of a preset's name or of "WxH" in chips. Throws ParameterError that says which sizes
/// there are.
[[nodiscard]] Machine make_machine(std::string_view preset);
/// SpiNN-5 boards: each of width and height is 8 (one board), 12 a (closed to a torus) or 12 a + 4
/// (open).
[[nodiscard]] Machine make_spinn5_machine(int width, int height);
/// A single SpiNN-3 board: 2 x 2 chips.
[[nodiscard]] Machine make_spinn3_machine();

} // namespace spikewell::mapping
