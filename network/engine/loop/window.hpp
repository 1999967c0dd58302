#pragma once

namespace spikewell::detail {

/// [begin_ms, end_ms), no longer than the least delay.
struct Window {
    double begin_ms;
    double end_ms;
};

} // namespace spikewell::detail
