#include "network/engine/dyadic/direct_path.hpp"

#include "core/lane_math.hpp"

namespace spikewell::detail {

bool DirectPath::exceeds(std::size_t b, double t_ms, double potential_then) const {
    const double share = share_by(crowd_.arrivals.blocks[b], t_ms, tau_m_ms_);
    const double near = at(b) + share * (at(b + 1) - at(b)) + bias_;
    const double reach = around(b);
    if (near - reach > potential_then) return true;
    if (near + reach <= potential_then) return false;
    return exceeds_exactly(b, t_ms, potential_then);
}

double DirectPath::potential(std::size_t b, double t_ms) const {
    const CrowdedArrivals& arrivals = crowd_.arrivals;
    const CrowdBlock& block = arrivals.blocks[b];
    // Of an arrival's dx, dx - through is what the membrane still lacks at the block's end.
    const double since_end = lane_exp((block.end_ms - t_ms) / tau_m_ms_);
    const std::size_t first = b * arrivals.per_block;
    double v = 0.0;
    for (std::size_t s = first; s < first + arrivals.per_block; ++s) {
        const auto dx = static_cast<double>(crowd_.direct_dx[s]);
        const double through = dx - (dx - static_cast<double>(arrivals.through[s])) * since_end;
        const auto w = static_cast<double>(column_[crowd_.direct_at[s]]);
        v += arrivals.time_ms[s] < t_ms ? w * through : 0.0;
    }
    const auto drive = static_cast<double>(drive_[b * k_group_width]);
    return drive + (at(b) - drive) * lane_exp((block.begin_ms - t_ms) / tau_m_ms_) + v + bias_;
}

double DirectPath::next_arrival_ms(std::size_t b, double t_ms) const {
    const CrowdedArrivals& arrivals = crowd_.arrivals;
    double next_ms = arrivals.blocks[b].end_ms;
    const std::size_t first = b * arrivals.per_block;
    for (std::size_t s = first; s < first + arrivals.per_block; ++s) {
        if (arrivals.time_ms[s] > t_ms) next_ms = std::min(next_ms, arrivals.time_ms[s]);
    }
    return next_ms;
}

} // namespace spikewell::detail
