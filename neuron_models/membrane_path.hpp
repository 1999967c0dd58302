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

/// Segments whose bounds are kept together: one look replaces this many.
constexpr std::size_t k_segments_per_block = 16;

/// The times of a stretch of arrivals, common to all nodes of a population.
struct PathTimes {
    std::span<const double> time_ms; // [n_segments + 1], first = window start, last = window end
    std::span<const float> decay;    // [n_segments + 1], exp(-(time_ms[s] - origin_ms) / tau_m)
    double origin_ms;                // when the constant input had its excess; <= time_ms[0]
    double tau_m_ms;
};

/// The potential of one node through one window: the exact solution of tau_m dV/dt = -(V - drive(t)) for a drive that is
/// constant on each segment, plus a filtered constant input (the evidence),
///
///     V(t) = target_s + (value_s - target_s) e^-(t - t_s)/tau_m + level + excess e^-(t - origin)/tau_m.
///
/// Arrays are strided views into those of the node's block (structure of arrays, one lane per node).
class NodePath {
  public:
    struct Lanes {
        const float* value;      // [n_segments + 1][stride], recurrent potential at time_ms[s]
        const float* target;     // [n_segments][stride], what it relaxes to within segment s
        const float* block_low;  // [n_blocks][stride], least value over a block's segments, both ends included
        const float* block_high; // [n_blocks][stride], greatest
        float low;               // over the whole window
        float high;
        std::size_t stride;
    };
    struct Bias {
        double level = 0.0;  // asymptote of the constant input
        double excess = 0.0; // its distance from `level` at the origin; 0 for tau_m = 0
    };

    NodePath(const PathTimes& times, const Lanes& lanes, const Bias& bias)
        : times_(times), lanes_(lanes), bias_(bias) {}

    [[nodiscard]] double begin_ms() const { return times_.time_ms.front(); }
    [[nodiscard]] double end_ms() const { return times_.time_ms.back(); }
    [[nodiscard]] double segment_end_ms(std::size_t s) const { return times_.time_ms[s + 1]; }

    /// The segment that holds t_ms, searched forward from `from`; the last one for t_ms = end.
    [[nodiscard]] std::size_t segment_at(double t_ms, std::size_t from) const {
        const std::size_t last = times_.time_ms.size() - 2;
        while (from + k_segments_per_block < last &&
               times_.time_ms[from + k_segments_per_block] <= t_ms) {
            from += k_segments_per_block;
        }
        while (from < last && times_.time_ms[from + 1] <= t_ms) ++from;
        return from;
    }

    /// V(t_ms), t_ms in segment s.
    [[nodiscard]] double potential(std::size_t s, double t_ms) const {
        const double target = lanes_.target[s * lanes_.stride];
        const double value = lanes_.value[s * lanes_.stride];
        const double away = times_.tau_m_ms > 0.0 ? value - target : 0.0;
        const double relaxed =
            away == 0.0 ? target
                        : target + away * std::exp((times_.time_ms[s] - t_ms) / times_.tau_m_ms);
        return relaxed + bias_at(t_ms);
    }

    /// Bounds over the whole window.
    [[nodiscard]] PathRange whole() const {
        return with_bias({lanes_.low, lanes_.high, end_ms()}, times_.decay.front(),
                         times_.decay.back());
    }

    /// Bounds over the block of segments that holds s, to the block's end.
    [[nodiscard]] PathRange block(std::size_t s) const {
        const std::size_t b = s / k_segments_per_block;
        const std::size_t first = b * k_segments_per_block;
        const std::size_t last =
            std::min(first + k_segments_per_block, times_.time_ms.size() - 1);
        return with_bias({lanes_.block_low[b * lanes_.stride], lanes_.block_high[b * lanes_.stride],
                          times_.time_ms[last]},
                         times_.decay[first], times_.decay[last]);
    }

    /// Bounds from t_ms to until_ms, both in segment s: the recurrent part and the bias are each monotone there.
    [[nodiscard]] PathRange within(std::size_t s, double t_ms, double until_ms) const {
        if (times_.tau_m_ms == 0.0) {
            const double v = static_cast<double>(lanes_.target[s * lanes_.stride]) + bias_.level;
            return {v, v, until_ms};
        }
        const double bias_a = bias_at(t_ms);
        const double bias_b = bias_at(until_ms);
        const double a = potential(s, t_ms) - bias_a;
        const double b = potential(s, until_ms) - bias_b;
        return {std::min(a, b) + std::min(bias_a, bias_b), std::max(a, b) + std::max(bias_a, bias_b),
                until_ms};
    }

  private:
    [[nodiscard]] double bias_at(double t_ms) const {
        if (bias_.excess == 0.0) return bias_.level;
        return bias_.level + bias_.excess * std::exp((times_.origin_ms - t_ms) / times_.tau_m_ms);
    }
    [[nodiscard]] PathRange with_bias(PathRange range, float decay_a, float decay_b) const {
        const double a = bias_.level + bias_.excess * static_cast<double>(decay_a);
        const double b = bias_.level + bias_.excess * static_cast<double>(decay_b);
        return {range.low + std::min(a, b), range.high + std::max(a, b), range.until_ms};
    }

    PathTimes times_;
    Lanes lanes_;
    Bias bias_;
};

} // namespace spikewell
