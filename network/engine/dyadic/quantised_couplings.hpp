#pragma once

#include "network/engine/dyadic/part_couplings.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace spikewell::detail {

/// Rows whose couplings of 16 bits share a cache line.
constexpr std::size_t k_strip_width = 32;

/// Where lane `lane` of a strip lies in a column: such that interleaving the halves of 16 bytes of
/// two columns puts lanes 0 .. 15 into one vector and 16 .. 31 into the other.
constexpr std::size_t slot_of(std::size_t lane) {
    return lane % 16 / 4 * 8 + lane / 16 * 4 + lane % 4;
}

/// The couplings of all projections onto a population, rounded to 16 bits, and what the rounding
/// costs: for sums that a decision needs only to within a bound. Half the memory of the couplings
/// and integers, whose sums are exact in any order.
///
///     J(i, j) = scale_i q(i, j) + rest,   |sum_j rest f_j| <= error_i for all |f_j| <= 1
class QuantisedCouplings {
  public:
    /// Of parts begin .. end - 1 of `incoming`, whose columns lie one projection's behind the
    /// other's. Sums of q f stay within 31 bits for |f_j| <= 2^log2_quanta.
    QuantisedCouplings(std::span<PartCouplings* const> incoming,
                       std::size_t begin,
                       std::size_t end,
                       int log2_quanta);

    /// To be called once for each of the parts, in any order, before they are used.
    void quantise(std::size_t part, std::span<PartCouplings* const> incoming);

    [[nodiscard]] std::size_t n_columns() const { return n_columns_; }
    [[nodiscard]] std::size_t strips_per_part() const { return strips_; }
    [[nodiscard]] const std::int16_t* strip(std::size_t part, std::size_t g) const {
        return values_.data() + ((part - begin_) * strips_ + g) * n_columns_ * k_strip_width;
    }
    // [strips_per_part x k_strip_width] of a part each; padding lanes are 0 throughout.
    [[nodiscard]] const float* scale(std::size_t part) const { return of_lanes(scale_, part); }
    [[nodiscard]] const float* largest(std::size_t part) const { return of_lanes(largest_, part); }
    [[nodiscard]] const float* error(std::size_t part) const { return of_lanes(error_, part); }

  private:
    [[nodiscard]] const float* of_lanes(const std::vector<float>& of, std::size_t part) const {
        return of.data() + (part - begin_) * strips_ * k_strip_width;
    }

    std::size_t width_;
    std::size_t begin_;
    std::size_t n_columns_ = 0;
    std::size_t strips_;
    double largest_sum_;                                         // of |q| in a lane
    std::vector<std::int16_t, LargePages<std::int16_t>> values_; // [part][strip][column][lane]
    std::vector<float> scale_, largest_, error_;                 // [part][strip][lane]
};

} // namespace spikewell::detail
