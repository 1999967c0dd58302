#include "network/engine/lif/own_delays.hpp"

#include "core/clones.hpp"

#include <algorithm>
#include <bit>

namespace spikewell::detail {

namespace {

SPIKEWELL_CLONES
void add_each_delay(const float* delays_ms, std::size_t n, double t_ms, double* arrive_ms) {
    for (std::size_t k = 0; k < n; ++k)
        arrive_ms[k] = t_ms + static_cast<double>(delays_ms[k]);
}

struct Levels {
    double low_ms;
    double step_ms;
};
SPIKEWELL_CLONES
void add_levels(const Levels& levels,
                const std::uint16_t* code,
                std::size_t n,
                double t_ms,
                double* arrive_ms) {
    const Levels l = levels;
    for (std::size_t k = 0; k < n; ++k)
        arrive_ms[k] = t_ms + (l.low_ms + l.step_ms * static_cast<double>(code[k]));
}

/// Numbers of delays in a table, in the order in which they first come.
class DelayNumbers {
  public:
    /// Of a delay, which may be new; `k_most_distinct`: there is no room for it.
    std::size_t number_of(float delay_ms) {
        const auto bits = std::bit_cast<std::uint32_t>(delay_ms);
        std::size_t slot = (bits * k_golden) >> k_shift;
        while (number_[slot] != k_empty && table_ms[number_[slot]] != delay_ms)
            slot = (slot + 1) % k_slots;
        if (number_[slot] != k_empty) return number_[slot];
        if (table_ms.size() < OwnDelays::k_most_distinct) {
            number_[slot] = static_cast<std::uint32_t>(table_ms.size());
            table_ms.push_back(delay_ms);
        } else {
            return OwnDelays::k_most_distinct;
        }
        return number_[slot];
    }

    std::vector<float> table_ms;

  private:
    static constexpr std::size_t k_slots = 4 * OwnDelays::k_most_distinct;
    static constexpr int k_shift = 64 - 18;
    static_assert(k_slots == std::size_t{1} << 18U);
    static constexpr std::uint32_t k_empty = ~0U;
    static constexpr std::uint64_t k_golden = 0x9e3779b97f4a7c15; // 2^64 / golden ratio, odd
    std::vector<std::uint32_t> number_ = std::vector<std::uint32_t>(k_slots, k_empty);
};

} // namespace

OwnDelays::OwnDelays(std::span<const Synapse> synapses) {
    const std::size_t n = synapses.size();
    if (n == 0) return;
    const auto [least, greatest] = std::minmax_element(
        synapses.begin(), synapses.end(),
        [](const Synapse& a, const Synapse& b) { return a.delay_ms < b.delay_ms; });
    low_ms_ = static_cast<double>(least->delay_ms);
    greatest_ms_ = static_cast<double>(greatest->delay_ms);
    if (n <= k_most_distinct) {
        each_ms_.resize(n);
        for (std::size_t s = 0; s < n; ++s)
            each_ms_[s] = synapses[s].delay_ms;
        return;
    }
    code_.resize(n);
    if (!number(synapses)) take_levels(synapses);
}

bool OwnDelays::number(std::span<const Synapse> synapses) {
    DelayNumbers numbers;
    for (std::size_t s = 0; s < synapses.size(); ++s) {
        const std::size_t number = numbers.number_of(synapses[s].delay_ms);
        if (number == k_most_distinct) return false;
        code_[s] = static_cast<std::uint16_t>(number);
    }
    table_ms_ = std::move(numbers.table_ms);
    return true;
}

void OwnDelays::take_levels(std::span<const Synapse> synapses) {
    constexpr auto k_levels = static_cast<double>(k_most_distinct - 1);
    step_ms_ = (greatest_ms_ - low_ms_) / k_levels;
    const double per_ms = 1.0 / step_ms_;
    for (std::size_t s = 0; s < synapses.size(); ++s)
        code_[s] = static_cast<std::uint16_t>(std::min(
            (static_cast<double>(synapses[s].delay_ms) - low_ms_) * per_ms + 0.5, k_levels));
}

void OwnDelays::arrivals_ms(std::size_t first,
                            std::size_t n,
                            double t_ms,
                            double* arrive_ms) const {
    if (!each_ms_.empty()) return add_each_delay(each_ms_.data() + first, n, t_ms, arrive_ms);
    if (table_ms_.empty())
        return add_levels({low_ms_, step_ms_}, code_.data() + first, n, t_ms, arrive_ms);
    for (std::size_t k = 0; k < n; ++k)
        arrive_ms[k] = t_ms + static_cast<double>(table_ms_[code_[first + k]]);
}

} // namespace spikewell::detail
