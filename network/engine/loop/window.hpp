#pragma once

#include <cstdint>

namespace spikewell::detail {

/// [begin_ms, end_ms), no longer than the least delay.
struct Window {
    double begin_ms;
    double end_ms;
};

/// Of a run: numbers of passes, 64 a window, have 48 bits (lif/poisson_input.hpp).
inline constexpr std::uint64_t k_most_windows = std::uint64_t{1} << 42U;

} // namespace spikewell::detail
