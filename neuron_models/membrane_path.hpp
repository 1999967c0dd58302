#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace spikewell {

/// Bounds on a potential from now up to `until_ms`.
struct PathRange {
    double low;
    double high;
    double until_ms;
};

/// Bounds on a potential that is monotone from t_ms to until_ms: over as much of that as `fits(range)`
/// allows, by halves.
template <class Potential, class Fits>
[[nodiscard]] PathRange monotone_range(Potential&& potential,
                                       double t_ms,
                                       double until_ms,
                                       Fits&& fits) {
    while (true) {
        const double here = potential(t_ms);
        const double there = potential(until_ms);
        const PathRange range{std::min(here, there), std::max(here, there), until_ms};
        if (fits(range)) return range;
        const double nearer_ms = t_ms + 0.5 * (until_ms - t_ms);
        // No time lies between: the field changes faster than time can be told apart.
        if (!(nearer_ms > t_ms && nearer_ms < until_ms)) return range;
        until_ms = nearer_ms;
    }
}

/// Segments whose bounds are kept together: one look replaces this many.
constexpr std::size_t k_segments_per_chunk = 16;

/// The times of a stretch of arrivals, common to all nodes of a population.
struct PathTimes {
    std::span<const double>
        time_ms; // [n_segments + 1], first = begin of the stretch, last = its end
    double tau_m_ms;
};

/// The potential of one node through a stretch of time: the exact solution of tau_m dV/dt = -(V -
/// drive(t)) for a drive that is constant on each segment, plus a constant,
///
///     V(t) = target_s + (value_s - target_s) e^-(t - t_s)/tau_m + bias.
///
/// Arrays are strided views into those of the node's part (structure of arrays, one lane per
/// node).
class NodePath {
  public:
    struct Lane {
        const float* value;      // [n_segments][stride], filtered potential at time_ms[s]
        const float* target;     // [n_segments][stride], what it relaxes to within segment s
        const float* chunk_low;  // [n_chunks][stride], least value over a chunk's segments, both
                                 // ends included
        const float* chunk_high; // [n_chunks][stride], greatest
        std::size_t stride;
    };

    NodePath(const PathTimes& times, const Lane& lane, double bias)
        : times_(times), lane_(lane), bias_(bias) {}

    [[nodiscard]] double begin_ms() const { return times_.time_ms.front(); }
    [[nodiscard]] double end_ms() const { return times_.time_ms.back(); }

    /// The segment that holds t_ms, searched forward from `from`; the last one for t_ms = end.
    [[nodiscard]] std::size_t segment_at(double t_ms, std::size_t from) const {
        const std::size_t last = times_.time_ms.size() - 2;
        while (from + k_segments_per_chunk < last &&
               times_.time_ms[from + k_segments_per_chunk] <= t_ms) {
            from += k_segments_per_chunk;
        }
        while (from < last && times_.time_ms[from + 1] <= t_ms)
            ++from;
        return from;
    }

    /// V(t_ms), t_ms in segment s.
    [[nodiscard]] double potential(std::size_t s, double t_ms) const {
        const auto target = static_cast<double>(lane_.target[s * lane_.stride]);
        if (times_.tau_m_ms == 0.0) return target + bias_;
        const double away = static_cast<double>(lane_.value[s * lane_.stride]) - target;
        return target + away * std::exp((times_.time_ms[s] - t_ms) / times_.tau_m_ms) + bias_;
    }
    /// Whether V(t_ms) > potential, t_ms in segment s.
    [[nodiscard]] bool exceeds(std::size_t s, double t_ms, double potential_then) const {
        return potential(s, t_ms) > potential_then;
    }

    /// Bounds from t_ms (in segment s) on that satisfy `fits(range)`, as far as a look shows some.
    template <class Fits>
    [[nodiscard]] PathRange range_from(double t_ms, std::size_t s, Fits&& fits) const {
        PathRange range = chunk(s);
        if (fits(range)) return range;
        return monotone_range([&](double at_ms) { return potential(s, at_ms); }, t_ms,
                              times_.time_ms[s + 1], fits);
    }

    /// Bounds over the chunk of segments that holds s, to the chunk's end.
    [[nodiscard]] PathRange chunk(std::size_t s) const {
        const std::size_t b = s / k_segments_per_chunk;
        const std::size_t last =
            std::min((b + 1) * k_segments_per_chunk, times_.time_ms.size() - 1);
        return {static_cast<double>(lane_.chunk_low[b * lane_.stride]) + bias_,
                static_cast<double>(lane_.chunk_high[b * lane_.stride]) + bias_,
                times_.time_ms[last]};
    }

  private:
    PathTimes times_;
    Lane lane_;
    double bias_;
};

} // namespace spikewell
