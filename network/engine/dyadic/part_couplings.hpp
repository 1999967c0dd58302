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

/// Lanes of a part in a population of n nodes: as few as hold it, at most k_max_part_width.
inline std::size_t part_width(std::size_t n_nodes) {
    const std::size_t padded = (n_nodes + k_lane_quantum - 1) / k_lane_quantum * k_lane_quantum;
    return std::min(padded, k_max_part_width);
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

/// Dense couplings in float32, cut into parts of postsynaptic nodes: a part's columns lie
/// together, [part][pre][width], so that a part streams through one piece of
/// memory. Padding lanes stay 0.
class PartCouplings {
  public:
    /// Of all parts, begin .. end - 1 are held here.
    PartCouplings(const Matrix& coupling, std::size_t begin, std::size_t end)
        : n_post_(coupling.rows), n_pre_(coupling.cols), width_(part_width(n_post_)), first_(begin),
          values_((end - begin) * n_pre_ * width_, 0.0F) {
        const std::size_t end_post = std::min(n_post_, end * width_);
        for (std::size_t j = 0; j < n_pre_; ++j) {
            for (std::size_t i = begin * width_; i < end_post; ++i) {
                column(i / width_, j)[i % width_] = static_cast<float>(coupling(i, j));
            }
        }
    }

    [[nodiscard]] std::size_t n_pre() const { return n_pre_; }
    [[nodiscard]] std::size_t n_parts() const { return (n_post_ + width_ - 1) / width_; }
    /// Couplings of a part, padding included.
    [[nodiscard]] std::size_t part_size() const { return n_pre_ * width_; }
    [[nodiscard]] float* of_part(std::size_t b) {
        return values_.data() + (b - first_) * part_size();
    }
    [[nodiscard]] const float* of_part(std::size_t b) const {
        return values_.data() + (b - first_) * part_size();
    }
    [[nodiscard]] float* column(std::size_t b, std::size_t pre) {
        return of_part(b) + pre * width_;
    }
    [[nodiscard]] const float* column(std::size_t b, std::size_t pre) const {
        return of_part(b) + pre * width_;
    }
    [[nodiscard]] std::size_t width() const { return width_; }

    /// Couples only the pairs whose bit is 1: [part held here][pre], a bit for each lane.
    void set_mask(std::vector<std::uint64_t> coupled) {
        coupled_ = std::move(coupled);
        for (std::size_t b = 0; b * n_pre_ < coupled_.size(); ++b)
            keep_mask(first_ + b);
    }
    [[nodiscard]] bool masked() const { return !coupled_.empty(); }
    /// Whether a part's lane is coupled to node `pre`.
    [[nodiscard]] bool couples(std::size_t b, std::size_t pre, std::size_t lane) const {
        return coupled_.empty() || (coupled_[(b - first_) * n_pre_ + pre] >> lane & 1U) != 0;
    }
    /// To be called when couplings of a part have changed: those of pairs not coupled become 0.
    void keep_mask(std::size_t b) {
        if (coupled_.empty()) return;
        clear_uncoupled(of_part(b), coupled_.data() + (b - first_) * n_pre_, n_pre_, width_);
    }
    /// Greatest size onto each node held here, padding lanes included.
    [[nodiscard]] std::vector<float> node_limits() const {
        std::vector<float> limits(values_.size() / n_pre_);
        for (std::size_t at = 0; at < values_.size(); at += width_) {
            const std::size_t first = at / part_size() * width_;
            for (std::size_t i = 0; i < width_; ++i)
                limits[first + i] = std::max(limits[first + i], std::abs(values_[at + i]));
        }
        return limits;
    }

    /// Whether every coupling is finite and at most `limit` in size.
    [[nodiscard]] bool within(float limit) const {
        return std::all_of(values_.begin(), values_.end(),
                           [limit](float w) { return std::abs(w) <= limit; });
    }

    /// Of the parts held here.
    [[nodiscard]] std::size_t n_bytes() const { return values_.size() * sizeof(float); }
    [[nodiscard]] std::string_view bytes(std::size_t b) {
        return {reinterpret_cast<const char*>(of_part(b)), part_size() * sizeof(float)};
    }

    /// The parts held here, one behind the other.
    [[nodiscard]] std::vector<float> values() const { return {values_.begin(), values_.end()}; }

    /// From the values of all parts.
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
    std::size_t first_; // part held here
    std::vector<float, LargePages<float>> values_;
    std::vector<std::uint64_t> coupled_; // see set_mask; empty: all are coupled
    static_assert(k_max_part_width <= 64);
};

} // namespace spikewell::detail
