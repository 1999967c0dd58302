#include "mapping/detail/cells.hpp"

namespace spikewell::mapping {

namespace {

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
    result.beside.resize(result.cells.size());
    for (std::size_t c = 0; c < result.cells.size(); ++c) {
        std::size_t k = 0;
        for (int dx = -1; dx <= 1; ++dx) {
            for (int dy = -1; dy <= 1; ++dy) {
                if (dx == 0 && dy == 0) continue;
                const int x = around(result.cells[c].column + dx, width, machine.wraps_x);
                const int y = around(result.cells[c].row + dy, height, machine.wraps_y);
                result.beside[c][k++] = x < 0 || y < 0 ? Cells::k_none : cell_of[square(x, y)];
            }
        }
    }
    return result;
}

} // namespace spikewell::mapping
