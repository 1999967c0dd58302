#pragma once

#include "core/matrix.hpp"
#include "network/engine/detail/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace spikewell::detail {

/// Lanes of a block in a population of n nodes: as few as hold it, at most k_max_block_width.
inline std::size_t block_width(std::size_t n_nodes) {
    const std::size_t padded = (n_nodes + k_lane_quantum - 1) / k_lane_quantum * k_lane_quantum;
    return std::min(padded, k_max_block_width);
}

/// Dense couplings in float32, cut into blocks of postsynaptic nodes: a block's columns lie
/// together, [block][pre][width], so that the part that owns the block streams through one piece of
/// memory. Padding lanes stay 0.
class CouplingBlocks {
  public:
    explicit CouplingBlocks(const Matrix& coupling)
        : n_post_(coupling.rows), n_pre_(coupling.cols), width_(block_width(n_post_)),
          values_((n_post_ + width_ - 1) / width_ * n_pre_ * width_, 0.0F) {
        for (std::size_t j = 0; j < n_pre_; ++j) {
            for (std::size_t i = 0; i < n_post_; ++i) {
                column(i / width_, j)[i % width_] = static_cast<float>(coupling(i, j));
            }
        }
    }

    [[nodiscard]] std::size_t n_pre() const { return n_pre_; }
    [[nodiscard]] float* block(std::size_t b) { return values_.data() + b * n_pre_ * width_; }
    [[nodiscard]] float* column(std::size_t b, std::size_t pre) { return block(b) + pre * width_; }

    /// Whether every coupling is finite and at most `limit` in size.
    [[nodiscard]] bool within(float limit) const {
        return std::all_of(values_.begin(), values_.end(),
                           [limit](float w) { return std::abs(w) <= limit; });
    }

    [[nodiscard]] Matrix to_matrix() const {
        Matrix coupling(n_post_, n_pre_);
        for (std::size_t j = 0; j < n_pre_; ++j) {
            for (std::size_t i = 0; i < n_post_; ++i) {
                const std::size_t at = (i / width_ * n_pre_ + j) * width_ + i % width_;
                coupling(i, j) = static_cast<double>(values_[at]);
            }
        }
        return coupling;
    }

  private:
    std::size_t n_post_;
    std::size_t n_pre_;
    std::size_t width_;
    std::vector<float> values_;
};

} // namespace spikewell::detail
