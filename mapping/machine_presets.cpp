#include "core/error.hpp"
#include "mapping/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace spikewell::mapping {

namespace {

constexpr int k_board_side = 8;  ///< a board's chips lie in 8 x 8 places
constexpr int k_triad_side = 12; ///< three boards fill 12 x 12

/// First and last x of each row of a 48-chip board (SpiNNMachine version_48_chips.py).
constexpr std::array<std::array<int, 2>, k_board_side> k_board_rows{
    {{0, 4}, {0, 5}, {0, 6}, {0, 7}, {1, 7}, {2, 7}, {3, 7}, {4, 7}}};
/// Chips of a SpiNN-5 board that are sold with 17 working cores (SpiNNMachine version_5.py).
constexpr std::array<ChipCoord, 8> k_spinn5_17_cores{
    {{1, 1}, {3, 1}, {5, 2}, {1, 3}, {3, 3}, {5, 4}, {3, 5}, {5, 6}}};
/// Ethernet chips of a triad's three boards (SpiNNMachine spinnaker_triad_geometry.py).
constexpr std::array<ChipCoord, 3> k_triad_boards{{{0, 0}, {4, 8}, {8, 4}}};
/// Links that a SpiNN-3 board lacks: east and north-east of x = 1, west and south-west of x = 0.
constexpr std::array<std::array<unsigned, 2>, 2> k_spinn3_dead_links{{{3, 4}, {0, 1}}};

Machine empty_machine(std::string name, const Board& board, int width, int height) {
    Machine machine;
    machine.name = std::move(name);
    machine.board = board.name;
    machine.width = width;
    machine.height = height;
    machine.chips.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    return machine;
}

Chip chip_of(const Board& board, ChipCoord ethernet) {
    Chip chip;
    chip.present = true;
    chip.cores = board.cores;
    chip.monitors = board.monitors;
    chip.sdram_bytes = board.sdram_bytes;
    chip.router_entries = board.router_entries;
    chip.ethernet = ethernet;
    return chip;
}

/// The 48 chips of the board whose Ethernet chip is at `ethernet`, round the machine's edges.
void add_board(Machine& machine, const Board& board, ChipCoord ethernet) {
    for (int y = 0; y < k_board_side; ++y) {
        const auto& row = k_board_rows[static_cast<std::size_t>(y)];
        for (int x = row[0]; x <= row[1]; ++x) {
            const ChipCoord at{(ethernet.x + x) % machine.width, (ethernet.y + y) % machine.height};
            machine.chips[machine.index(at)] = chip_of(board, ethernet);
        }
    }
}

void take_17th_cores(Machine& machine, ChipCoord ethernet) {
    for (const ChipCoord local : k_spinn5_17_cores) {
        const ChipCoord at{(ethernet.x + local.x) % machine.width,
                           (ethernet.y + local.y) % machine.height};
        machine.chips[machine.index(at)].cores = 17;
    }
}

/// Every link between two chips that are there, across an edge only where it wraps.
void connect(Machine& machine) {
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        if (!machine.chips[chip].present) continue;
        const ChipCoord at = machine.coord(chip);
        for (unsigned link = 0; link < k_links; ++link) {
            const int x = at.x + k_link_steps[link].x;
            const int y = at.y + k_link_steps[link].y;
            const bool inside_x = x >= 0 && x < machine.width;
            const bool inside_y = y >= 0 && y < machine.height;
            const bool there = (inside_x || machine.wraps_x) && (inside_y || machine.wraps_y) &&
                               machine.chips[machine.neighbour(chip, link)].present;
            if (there) machine.chips[chip].links |= static_cast<std::uint8_t>(1U << link);
        }
    }
}

bool legal_side(int side) {
    return side >= k_triad_side && (side % k_triad_side == 0 || side % k_triad_side == 4);
}

Machine make_spinnaker2_machine() {
    const Board& b = board("spinnaker2");
    Machine machine = empty_machine("spinnaker2", b, k_board_side, k_board_side);
    add_board(machine, b, {0, 0});
    connect(machine);
    return machine;
}

Machine make_single_chip(const std::string& name) {
    const Board& b = board(name);
    Machine machine = empty_machine(name, b, 1, 1);
    machine.chips[0] = chip_of(b, {0, 0});
    return machine;
}

std::optional<std::array<int, 2>> parse_size(std::string_view text) {
    std::array<int, 2> size{};
    const char* const end = text.data() + text.size();
    const auto [x, error] = std::from_chars(text.data(), end, size[0]);
    if (error != std::errc{} || x == end || *x != 'x') return std::nullopt;
    const auto [last, error_2] = std::from_chars(x + 1, end, size[1]);
    if (error_2 != std::errc{} || last != end) return std::nullopt;
    return size;
}

} // namespace

namespace {

/// Boards whose Ethernet chips are there, seen from a triad's first one.
void add_spinn5_boards(Machine& machine,
                       const Board& board,
                       ChipCoord triad,
                       std::span<const ChipCoord> ethernets) {
    for (const ChipCoord local : ethernets) {
        const ChipCoord ethernet{triad.x + local.x, triad.y + local.y};
        add_board(machine, board, ethernet);
        take_17th_cores(machine, ethernet);
    }
}

} // namespace

const std::vector<Preset>& machine_presets() {
    static const std::vector<Preset> all{
        {"spinn3", "SpiNN-3 board: 2 x 2 chips of 18 cores"},
        {"spinn5", "SpiNN-5 board: 48 chips of 17 or 18 cores"},
        {"spinn5x3", "three SpiNN-5 boards closed to a torus of 12 x 12 chips"},
        {"WxH", "SpiNN-5 boards, each side 12 a (closed) or 12 a + 4 (open), up to 240x240"},
        {"spinnaker2", "SpiNNaker2 board: 48 chips of 153 cores (preliminary numbers)"},
        {"loihi2", "one Loihi 2 chip: 120 neuron cores"},
        {"brainscales2", "one BrainScaleS-2 chip: 512 analogue neurons in two halves"},
    };
    return all;
}

Machine make_spinn5_machine(int width, int height) {
    const bool one_board = width == k_board_side && height == k_board_side;
    if (!one_board && (!legal_side(width) || !legal_side(height) || width > 256 || height > 256)) {
        throw ParameterError("machine", "size", fmt::format("{}x{}", width, height),
                             "8x8, or sides of 12 a (closed to a torus) or 12 a + 4 (open) up to "
                             "256: 12, 16, 24, 28, 36, ...");
    }
    const Board& b = board("spinnaker1");
    Machine machine = empty_machine(fmt::format("{}x{}", width, height), b, width, height);
    machine.wraps_x = width % k_triad_side == 0;
    machine.wraps_y = height % k_triad_side == 0;
    const std::span<const ChipCoord> boards =
        std::span(k_triad_boards).first(one_board ? 1 : k_triad_boards.size());
    for (int x = 0; x + k_board_side <= width; x += k_triad_side) {
        for (int y = 0; y + k_board_side <= height; y += k_triad_side)
            add_spinn5_boards(machine, b, {x, y}, boards);
    }
    connect(machine);
    return machine;
}

Machine make_spinn3_machine() {
    const Board& b = board("spinnaker1");
    Machine machine = empty_machine("spinn3", b, 2, 2);
    machine.wraps_x = machine.wraps_y = true;
    for (Chip& chip : machine.chips)
        chip = chip_of(b, {0, 0});
    connect(machine);
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        for (const unsigned link :
             k_spinn3_dead_links[static_cast<std::size_t>(machine.coord(chip).x)])
            machine.chips[chip].links &= static_cast<std::uint8_t>(~(1U << link));
    }
    return machine;
}

Machine make_machine(std::string_view preset) {
    if (preset == "spinn3") return make_spinn3_machine();
    if (preset == "spinnaker2") return make_spinnaker2_machine();
    if (preset == "loihi2" || preset == "brainscales2")
        return make_single_chip(std::string(preset));
    std::optional<std::array<int, 2>> size = parse_size(preset);
    if (preset == "spinn5") size = {{k_board_side, k_board_side}};
    if (preset == "spinn5x3") size = {{k_triad_side, k_triad_side}};
    if (!size) {
        std::vector<std::string> names;
        std::string list;
        for (const Preset& known : machine_presets()) {
            names.push_back(known.name);
            list += (list.empty() ? "" : ", ") + known.name;
        }
        const std::string nearest = nearest_name(preset, names);
        throw ParameterError("machine", "preset",
                             std::string(preset) +
                                 (nearest.empty() ? "" : "; did you mean " + nearest + "?"),
                             "one of " + list);
    }
    Machine machine = make_spinn5_machine((*size)[0], (*size)[1]);
    machine.name = preset;
    return machine;
}

} // namespace spikewell::mapping
