#pragma once

#include "mapping/machine.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace spikewell::mapping {

/// Hops between any two chips, looked up. On machines of up to k_exact_chips places over working
/// links; on larger ones over the grid as if nothing were dead.
class Distances {
  public:
    static constexpr std::size_t k_exact_chips = 1024;
    static constexpr std::uint16_t k_unreachable = 10000;

    explicit Distances(const Machine& machine);

    [[nodiscard]] std::size_t n_chips() const { return row_.size(); }

    /// Hops from one chip, for many others.
    class From {
      public:
        From(const std::uint16_t* row, const std::uint32_t* column) : row_(row), column_(column) {}
        [[nodiscard]] std::uint16_t to(ChipIndex chip) const { return row_[column_[chip]]; }

      private:
        const std::uint16_t* row_;
        const std::uint32_t* column_;
    };
    [[nodiscard]] From from(ChipIndex chip) const {
        return {table_.data() + row_[chip], column_.data()};
    }
    [[nodiscard]] std::uint16_t operator()(ChipIndex a, ChipIndex b) const { return from(a).to(b); }

  private:
    // Pairs of chips on a small machine, differences (dx, dy) on a large one; in both the place of
    // (a, b) is a sum of what a and b give.
    std::vector<std::uint16_t> table_;
    std::vector<std::uint32_t> row_;    // [n_chips]
    std::vector<std::uint32_t> column_; // [n_chips]
};

/// Hops of a minimum spanning tree over chips (Prim's algorithm); reorders them. `nearest` is room
/// to work in.
[[nodiscard]] unsigned spanning_length(std::span<ChipIndex> chips,
                                       const Distances& distances,
                                       std::vector<std::uint16_t>& nearest);

/// Chips of the largest part of the machine that hangs together, in the order of a Hilbert curve
/// through the grid. Vertices are placed on no others: packets could not reach them.
[[nodiscard]] std::vector<ChipIndex> chips_along_curve(const Machine& machine);

} // namespace spikewell::mapping
