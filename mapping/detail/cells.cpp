#include "mapping/detail/cells.hpp"

namespace spikewell::mapping {

namespace {

constexpr std::array<ChipCoord, 8> k_beside{
    {{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}, {0, 1}, {1, -1}, {1, 0}, {1, 1}}};

/// Of a grid of `size` squares along one side that begins at 0; k_none outside.
int around(int at, int size, bool wraps) {
    if (at >= 0 && at < size) return at;
    return wraps ? (at + size) % size : -1;
}

} // namespace

Cells make_cells(const Machine& machine, const std::vector<ChipIndex>& chips, unsigned level) {
    const auto squares = [&](int side) { return ((side - 1) >> level) + 1; };
    const int width = squares(machine.width);
    const int height = squares(machine.height);
    const auto square = [&](int x, int y) {
        return static_cast<std::size_t>(x) * static_cast<std::size_t>(height) +
               static_cast<std::size_t>(y);
    };
    Cells result;
    result.level = level;
    result.of_chip.assign(machine.chips.size(), Cells::k_none);
    std::vector<std::uint32_t> cell_of(square(width, 0), Cells::k_none);
    for (const ChipIndex chip : chips) {
        const int cores = user_cores(machine, chip);
        if (cores <= 0) continue;
        const ChipCoord at = machine.coord(chip);
        const int x = at.x >> level;
        const int y = at.y >> level;
        std::uint32_t& cell = cell_of[square(x, y)];
        if (cell == Cells::k_none) {
            cell = static_cast<std::uint32_t>(result.cells.size());
            result.cells.push_back({(x << level) + std::min(machine.width, (x + 1) << level) - 1,
                                    (y << level) + std::min(machine.height, (y + 1) << level) - 1,
                                    0, x, y});
        }
        result.cells[cell].cores += cores;
        result.of_chip[chip] = cell;
    }
    for (const Cells::Cell& cell : result.cells) {
        std::array<std::uint32_t, k_beside.size()> beside{};
        for (std::size_t k = 0; k < beside.size(); ++k) {
            const int x = around(cell.column + k_beside[k].x, width, machine.wraps_x);
            const int y = around(cell.row + k_beside[k].y, height, machine.wraps_y);
            beside[k] = x < 0 || y < 0 ? Cells::k_none : cell_of[square(x, y)];
        }
        result.beside.push_back(beside);
    }
    return result;
}

} // namespace spikewell::mapping
