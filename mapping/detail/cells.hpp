#pragma once

#include "mapping/machine.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace spikewell::mapping {

/// Between places of the whole grid, were nothing dead, from their coordinates in half chips: twice the hops.
class GridMetric {
  public:
    explicit GridMetric(const Machine& machine)
        : around_x_(machine.wraps_x ? 2 * machine.width : 0),
          around_y_(machine.wraps_y ? 2 * machine.height : 0) {}

    [[nodiscard]] int operator()(int dx, int dy) const {
        int best = hops(dx, dy);
        if (around_x_ == 0 && around_y_ == 0) return best;
        const int ax = dx > 0 ? dx - around_x_ : dx + around_x_;
        const int ay = dy > 0 ? dy - around_y_ : dy + around_y_;
        if (around_x_ != 0) best = std::min(best, hops(ax, dy));
        if (around_y_ != 0) best = std::min(best, hops(dx, ay));
        if (around_x_ != 0 && around_y_ != 0) best = std::min(best, hops(ax, ay));
        return best;
    }

  private:
    [[nodiscard]] static int hops(int dx, int dy) {
        return std::max({std::abs(dx), std::abs(dy), std::abs(dx - dy)});
    }
    int around_x_; ///< 0: does not close
    int around_y_;
};

/// The machine from afar: squares of 2^level x 2^level chips.
struct Cells {
    struct Cell {
        std::int32_t x = 0; ///< of its middle, in half chips
        std::int32_t y = 0;
        std::int64_t cores = 0;
        std::int32_t column = 0; ///< among cells
        std::int32_t row = 0;
    };
    static constexpr std::uint32_t k_none = ~std::uint32_t{0};

    unsigned level = 0;
    std::vector<Cell> cells; ///< those that have cores, along a Hilbert curve
    std::vector<std::array<std::uint32_t, 8>> beside; ///< [cells] or k_none
    std::vector<std::uint32_t> of_chip;               ///< [n_chips] or k_none
};

/// Of these chips.
[[nodiscard]] Cells make_cells(const Machine& machine,
                               const std::vector<ChipIndex>& chips,
                               unsigned level);

} // namespace spikewell::mapping
