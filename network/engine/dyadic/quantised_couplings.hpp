#pragma once

#include "network/engine/dyadic/coupling_blocks.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace spikewell::detail {

/// Rows whose couplings of 16 bits share a cache line.
constexpr std::size_t k_group_width = 32;

/// Where row `lane` of a group lies in a column: such that interleaving the halves of 16 bytes of
/// two columns puts rows 0 .. 15 into one vector and 16 .. 31 into the other.
constexpr std::size_t place_of(std::size_t lane) {
    return lane % 16 / 4 * 8 + lane / 16 * 4 + lane % 4;
}

/// The couplings of all projections onto a population, rounded to 16 bits, and what the rounding
/// costs: for sums that a decision needs only to within a bound. Half the memory of the couplings
/// and integers, whose sums are exact in any order.
///
///     J(i, j) = scale_i q(i, j) + rest,   |sum_j rest f_j| <= error_i for all |f_j| <= 1
class QuantisedCouplings {
  public:
    /// Of blocks begin .. end - 1 of `incoming`, whose columns lie one projection's behind the
    /// other's. Sums of q f stay within 31 bits for |f_j| <= 2^log2_quanta.
    QuantisedCouplings(std::span<CouplingBlocks* const> incoming,
                       std::size_t begin,
                       std::size_t end,
                       int log2_quanta);

    /// To be called once for each of the blocks, in any order, before they are used.
    void quantise(std::size_t block, std::span<CouplingBlocks* const> incoming);

    [[nodiscard]] std::size_t n_columns() const { return n_columns_; }
    [[nodiscard]] std::size_t groups_per_block() const { return groups_; }
    [[nodiscard]] const std::int16_t* group(std::size_t block, std::size_t g) const {
        return values_.data() + ((block - begin_) * groups_ + g) * n_columns_ * k_group_width;
    }
    // [groups_per_block x k_group_width] of a block each; padding rows are 0 throughout.
    [[nodiscard]] const float* scale(std::size_t block) const { return rows(scale_, block); }
    [[nodiscard]] const float* largest(std::size_t block) const { return rows(largest_, block); }
    [[nodiscard]] const float* error(std::size_t block) const { return rows(error_, block); }

  private:
    [[nodiscard]] const float* rows(const std::vector<float>& of, std::size_t block) const {
        return of.data() + (block - begin_) * groups_ * k_group_width;
    }

    std::size_t width_;
    std::size_t begin_;
    std::size_t n_columns_ = 0;
    std::size_t groups_;
    double largest_sum_;                                         // of |q| in a row
    std::vector<std::int16_t, LargePages<std::int16_t>> values_; // [block][group][column][row]
    std::vector<float> scale_, largest_, error_;                 // [block][group][row]
};

} // namespace spikewell::detail
