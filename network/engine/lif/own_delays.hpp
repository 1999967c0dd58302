#pragma once

#include "core/large_vector.hpp"
#include "network/connector.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Delays of the synapses of a projection onto a block, where they differ.
namespace spikewell::detail {

/// Each is kept in one of three ways: as it is; where there are more synapses than `k_most_distinct`, as a number into a
/// table of those there are; and where those are more, too, as one of 65,536 levels between the least and the greatest.
class OwnDelays {
  public:
    static constexpr std::size_t k_most_distinct = 65536;

    OwnDelays() = default;
    explicit OwnDelays(std::span<const Synapse> synapses);

    [[nodiscard]] bool empty() const { return each_ms_.empty() && code_.empty(); }
    [[nodiscard]] double at(std::size_t synapse) const {
        if (!each_ms_.empty()) return static_cast<double>(each_ms_[synapse]);
        if (!table_ms_.empty()) return static_cast<double>(table_ms_[code_[synapse]]);
        return low_ms_ + step_ms_ * static_cast<double>(code_[synapse]);
    }
    [[nodiscard]] double greatest_ms() const { return greatest_ms_; }
    [[nodiscard]] std::size_t bytes() const {
        return sizeof(float) * (each_ms_.size() + table_ms_.size()) +
               sizeof(std::uint16_t) * code_.size();
    }

    /// When n synapses from `first` on deliver what leaves at t_ms.
    void arrivals_ms(std::size_t first, std::size_t n, double t_ms, double* arrive_ms) const;
    /// What synapse `at` and the next ones need.
    [[gnu::always_inline]] void fetch(std::size_t at) const {
        if (code_.empty()) {
            __builtin_prefetch(each_ms_.data() + at);
            __builtin_prefetch(each_ms_.data() + at + k_line / sizeof(float));
        } else {
            __builtin_prefetch(code_.data() + at);
        }
    }

  private:
    static constexpr std::size_t k_line = 64;

    /// Whether a table has room for them.
    bool number(std::span<const Synapse> synapses);
    void take_levels(std::span<const Synapse> synapses);

    FilledVector<float> each_ms_;
    FilledVector<std::uint16_t> code_;
    std::vector<float> table_ms_;
    double low_ms_ = 0.0;
    double step_ms_ = 0.0;
    double greatest_ms_ = 0.0;
};

} // namespace spikewell::detail
