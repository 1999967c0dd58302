#pragma once

#include "mapping/machine.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace spikewell::mapping {

/// The machine from afar: squares of 2^level x 2^level chips.
struct Cells {
    static constexpr int k_parts = 2; ///< of a chip, in which coordinates count
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
