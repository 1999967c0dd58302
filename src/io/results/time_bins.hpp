#pragma once

#include <cmath>
#include <cstdint>

namespace spikewell::io {

/// Bins of time, of which number k begins at start_ms + k width_ms as rounded.
struct TimeBins {
    static constexpr double k_rounding = 1e-9; ///< of a bin: a remainder that is rounding, not time

    double start_ms = 0.0;
    double width_ms = 1.0;

    [[nodiscard]] double begin_ms(std::uint64_t k) const {
        return start_ms + static_cast<double>(k) * width_ms;
    }
    /// The bin of a time that is start_ms or later; a quotient may round to the neighbour.
    [[nodiscard]] std::uint64_t at(double t_ms) const {
        const auto k = static_cast<std::uint64_t>((t_ms - start_ms) / width_ms);
        if (begin_ms(k) > t_ms) return k - 1;
        return begin_ms(k + 1) <= t_ms ? k + 1 : k;
    }
    /// Bins that are over at t_ms, or as good as.
    [[nodiscard]] std::uint64_t over_at(double t_ms) const {
        const double n = std::floor((t_ms - start_ms) / width_ms + k_rounding);
        return n > 0.0 ? static_cast<std::uint64_t>(n) : 0;
    }
};

} // namespace spikewell::io
