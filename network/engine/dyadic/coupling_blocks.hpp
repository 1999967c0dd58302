#pragma once

#include "core/matrix.hpp"
#include "network/engine/dyadic/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <string_view>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace spikewell::detail {

/// Lanes of a block in a population of n nodes: as few as hold it, at most k_max_block_width.
inline std::size_t block_width(std::size_t n_nodes) {
    const std::size_t padded = (n_nodes + k_lane_quantum - 1) / k_lane_quantum * k_lane_quantum;
    return std::min(padded, k_max_block_width);
}

/// Couplings begin at a cache line and, where they are many, lie in large pages: columns are read in any order.
template <class T> struct LargePages {
    using value_type = T;
    static constexpr std::size_t k_line = 64;
    static constexpr std::size_t k_page = std::size_t{1} << 21U;

    static std::align_val_t alignment(std::size_t n) {
        return std::align_val_t{n * sizeof(T) >= k_page ? k_page : k_line};
    }
    static T* allocate(std::size_t n) {
        void* memory = ::operator new(n * sizeof(T), alignment(n));
#ifdef MADV_HUGEPAGE
        if (n * sizeof(T) >= k_page) ::madvise(memory, n * sizeof(T), MADV_HUGEPAGE);
#endif
        return static_cast<T*>(memory);
    }
    static void deallocate(T* memory, std::size_t n) {
        ::operator delete(memory, alignment(n));
    }
    bool operator==(const LargePages&) const = default;
};

/// Dense couplings in float32, cut into blocks of postsynaptic nodes: a block's columns lie
/// together, [block][pre][width], so that the part that owns the block streams through one piece of
/// memory. Padding lanes stay 0.
class CouplingBlocks {
  public:
    /// Of all blocks, begin .. end - 1 are held here.
    CouplingBlocks(const Matrix& coupling, std::size_t begin, std::size_t end)
        : n_post_(coupling.rows), n_pre_(coupling.cols), width_(block_width(n_post_)),
          first_(begin), values_((end - begin) * n_pre_ * width_, 0.0F) {
        const std::size_t end_post = std::min(n_post_, end * width_);
        for (std::size_t j = 0; j < n_pre_; ++j) {
            for (std::size_t i = begin * width_; i < end_post; ++i) {
                column(i / width_, j)[i % width_] = static_cast<float>(coupling(i, j));
            }
        }
    }

    [[nodiscard]] std::size_t n_pre() const { return n_pre_; }
    [[nodiscard]] std::size_t n_blocks() const { return (n_post_ + width_ - 1) / width_; }
    /// Couplings of a block, padding included.
    [[nodiscard]] std::size_t block_size() const { return n_pre_ * width_; }
    [[nodiscard]] float* block(std::size_t b) {
        return values_.data() + (b - first_) * block_size();
    }
    [[nodiscard]] const float* block(std::size_t b) const {
        return values_.data() + (b - first_) * block_size();
    }
    [[nodiscard]] float* column(std::size_t b, std::size_t pre) { return block(b) + pre * width_; }
    [[nodiscard]] const float* column(std::size_t b, std::size_t pre) const {
        return block(b) + pre * width_;
    }
    [[nodiscard]] std::size_t width() const { return width_; }

    /// Couples only the pairs whose bit is 1: [block held here][pre], a bit for each lane.
    void set_mask(std::vector<std::uint64_t> coupled) {
        coupled_ = std::move(coupled);
        for (std::size_t b = 0; b * n_pre_ < coupled_.size(); ++b)
            keep_mask(first_ + b);
    }
    [[nodiscard]] bool masked() const { return !coupled_.empty(); }
    /// To be called when couplings of a block have changed: those of pairs not coupled become 0.
    void keep_mask(std::size_t b) {
        if (coupled_.empty()) return;
        clear_uncoupled(block(b), coupled_.data() + (b - first_) * n_pre_, n_pre_, width_);
    }
    /// Greatest size in each row held here, padding lanes included.
    [[nodiscard]] std::vector<float> row_limits() const {
        std::vector<float> limits(values_.size() / n_pre_);
        for (std::size_t at = 0; at < values_.size(); at += width_) {
            float* const of_block = limits.data() + at / block_size() * width_;
            for (std::size_t i = 0; i < width_; ++i)
                of_block[i] = std::max(of_block[i], std::abs(values_[at + i]));
        }
        return limits;
    }

    /// Whether every coupling is finite and at most `limit` in size.
    [[nodiscard]] bool within(float limit) const {
        return std::all_of(values_.begin(), values_.end(),
                           [limit](float w) { return std::abs(w) <= limit; });
    }

    /// Of the blocks held here.
    [[nodiscard]] std::size_t n_bytes() const { return values_.size() * sizeof(float); }
    [[nodiscard]] std::string_view bytes(std::size_t b) {
        return {reinterpret_cast<const char*>(block(b)), block_size() * sizeof(float)};
    }

    /// The blocks held here, one behind the other.
    [[nodiscard]] std::vector<float> values() const { return {values_.begin(), values_.end()}; }

    /// From the values of all blocks.
    [[nodiscard]] Matrix to_matrix(const std::vector<float>& values) const {
        Matrix coupling(n_post_, n_pre_);
        for (std::size_t j = 0; j < n_pre_; ++j) {
            for (std::size_t i = 0; i < n_post_; ++i) {
                const std::size_t at = (i / width_ * n_pre_ + j) * width_ + i % width_;
                coupling(i, j) = static_cast<double>(values[at]);
            }
        }
        return coupling;
    }

  private:
    std::size_t n_post_;
    std::size_t n_pre_;
    std::size_t width_;
    std::size_t first_; // block held here
    std::vector<float, LargePages<float>> values_;
    std::vector<std::uint64_t> coupled_; // see set_mask; empty: all are coupled
    static_assert(k_max_block_width <= 64);
};

} // namespace spikewell::detail
