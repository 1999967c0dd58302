#include "network/engine/lif/own_delays.hpp"

#include "core/clones.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

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

/// Numbers of delays in a table, in the order in which they first come; empty: there are too many.
struct DelayTable {
    std::vector<float> delays_ms;
    LargeVector<std::uint16_t> code;
};
DelayTable table_of_delays(std::span<const float> delays_ms) {
    // Delays that are drawn from a continuum differ nearly all: a look at some tells.
    constexpr std::size_t k_sample = 4096;
    constexpr std::size_t k_many_of_sample = k_sample * 3 / 4;
    DelayTable table;
    std::unordered_map<float, std::uint16_t> number_of;
    for (std::size_t s = 0; s < delays_ms.size(); ++s) {
        const auto [at, is_new] =
            number_of.try_emplace(delays_ms[s], static_cast<std::uint16_t>(table.delays_ms.size()));
        if (is_new && table.delays_ms.size() == OwnDelays::k_most_distinct) return {};
        if (is_new) table.delays_ms.push_back(delays_ms[s]);
        if (s == k_sample && table.delays_ms.size() < k_many_of_sample)
            table.code.reserve(delays_ms.size());
        table.code.push_back(at->second);
    }
    return table;
}

} // namespace

OwnDelays::OwnDelays(std::span<const float> delays_ms) {
    if (delays_ms.empty()) return;
    const auto [least, greatest] = std::minmax_element(delays_ms.begin(), delays_ms.end());
    greatest_ms_ = static_cast<double>(*greatest);
    if (delays_ms.size() <= k_most_distinct) {
        each_ms_.assign(delays_ms.begin(), delays_ms.end());
        return;
    }
    DelayTable table = table_of_delays(delays_ms);
    if (!table.delays_ms.empty()) {
        table_ms_ = std::move(table.delays_ms);
        code_ = std::move(table.code);
        return;
    }
    constexpr auto k_levels = static_cast<double>(k_most_distinct - 1);
    low_ms_ = static_cast<double>(*least);
    step_ms_ = (greatest_ms_ - low_ms_) / k_levels;
    code_.resize(delays_ms.size());
    const double per_ms = 1.0 / step_ms_;
    for (std::size_t s = 0; s < delays_ms.size(); ++s)
        code_[s] = static_cast<std::uint16_t>(
            std::min((static_cast<double>(delays_ms[s]) - low_ms_) * per_ms + 0.5, k_levels));
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
