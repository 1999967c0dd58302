#include "network/engine/dyadic/direct_path.hpp"

#include "core/lane_math.hpp"

namespace spikewell::detail {

bool DirectPath::exceeds(std::size_t b, double t_ms, double potential_then) const {
    const double share = relaxed_by(crowd_.arrivals.bunches[b], t_ms, tau_m_ms_);
    const double near = at(b) + share * (at(b + 1) - at(b)) + bias_;
    const double reach = around(b);
    if (near - reach > potential_then) return true;
    if (near + reach <= potential_then) return false;
    return exceeds_exactly(b, t_ms, potential_then);
}

double DirectPath::potential(std::size_t b, double t_ms) const {
    const CrowdedArrivals& arrivals = crowd_.arrivals;
    const Bunch& bunch = arrivals.bunches[b];
    // Of an arrival's dx, dx - through is what the membrane still lacks at the bunch's end.
    const double since_end = lane_exp((bunch.end_ms - t_ms) / tau_m_ms_);
    const std::size_t first = b * arrivals.per_bunch;
    double v = 0.0;
    for (std::size_t s = first; s < first + arrivals.per_bunch; ++s) {
        const auto dx = static_cast<double>(crowd_.direct_dx[s]);
        const double through = dx - (dx - static_cast<double>(arrivals.through[s])) * since_end;
        const auto w = static_cast<double>(column_[crowd_.direct_at[s]]);
        v += arrivals.time_ms[s] < t_ms ? w * through : 0.0;
    }
    const auto drive = static_cast<double>(drive_[b * k_strip_width]);
    return drive + (at(b) - drive) * lane_exp((bunch.begin_ms - t_ms) / tau_m_ms_) + v + bias_;
}

double DirectPath::next_arrival_ms(std::size_t b, double t_ms) const {
    const CrowdedArrivals& arrivals = crowd_.arrivals;
    double next_ms = arrivals.bunches[b].end_ms;
    const std::size_t first = b * arrivals.per_bunch;
    for (std::size_t s = first; s < first + arrivals.per_bunch; ++s) {
        if (arrivals.time_ms[s] > t_ms) next_ms = std::min(next_ms, arrivals.time_ms[s]);
    }
    return next_ms;
}

} // namespace spikewell::detail
