#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace spikewell {

/// Bounds on a potential from now up to `until_ms`.
struct PathRange {
    double low;
    double high;
    double until_ms;
};

/// Segments whose bounds are kept together: one look replaces this many.
constexpr std::uint32_t k_log2_segments_per_block = 4;
constexpr std::size_t k_segments_per_block = std::size_t{1} << k_log2_segments_per_block;

/// Where in a list of times to begin looking for one: cells of equal length, about one a time.
struct TimeGrid {
    std::vector<std::uint32_t> cells; // [cell] last index whose time lies in an earlier cell, or 0
    double begin_ms = 0.0;
    double cells_per_ms = 0.0;

    [[nodiscard]] std::size_t cell_of(double t_ms) const {
        const double cell = (t_ms - begin_ms) * cells_per_ms;
        return std::min(static_cast<std::size_t>(std::max(cell, 0.0)), cells.size() - 1);
    }
    /// `time_ms` ascending, at least two of them.
    void index(std::span<const double> time_ms) {
        begin_ms = time_ms.front();
        const double length_ms = time_ms.back() - begin_ms;
        cells.assign(time_ms.size() + 1, 0);
        cells_per_ms = length_ms > 0.0 ? static_cast<double>(time_ms.size()) / length_ms : 0.0;
        for (std::size_t s = 0; s < time_ms.size(); ++s) {
            const std::size_t later = cell_of(time_ms[s]) + 1;
            cells[std::min(later, cells.size() - 1)] = static_cast<std::uint32_t>(s);
        }
        // The last cell also took in times of its own.
        cells.back() = 0;
        for (std::size_t cell = 1; cell < cells.size(); ++cell)
            cells[cell] = std::max(cells[cell], cells[cell - 1]);
    }
};

/// The times of a stretch of arrivals, common to all nodes of a population.
struct PathTimes {
    std::span<const double>
        time_ms; // [n_segments + 1], first = begin of the stretch, last = its end
    double tau_m_ms;
    const TimeGrid* grid =
        nullptr; // over a list of times that holds these from `first` on, or none
    std::size_t first = 0;
};

/// How a segment ends, for all nodes alike: an arrival from one column of couplings, or none (dx 0).
struct PathStep {
    std::uint32_t projection; // whose couplings
    std::uint32_t offset;     // of the column in them
    float dx;                 // by how much the presynaptic state changes
    float keep;               // exp(-dt / tau_m) over the segment
    float weight; // dx times what of a change is through the membrane when the segment's
                  // block ends
};

/// Follows the segments from a stored one on.
struct PathSteps {
    const PathStep* step = nullptr; // [n_segments]
    const float* const* columns =
        nullptr;                    // [projection] couplings onto this node; step.offset apart
    std::uint32_t log2_spacing = 0; // each 2^this-th segment is stored
};

/// The potential of one node through a stretch of time: the exact solution of tau_m dV/dt = -(V -
/// drive(t)) for a drive that is constant on each segment, plus a constant,
///
///     V(t) = target_s + (value_s - target_s) e^-(t - t_s)/tau_m + bias.
///
/// Arrays are strided views into those of the node's block (structure of arrays, one lane per
/// node).
class NodePath {
  public:
    struct Lanes {
        const float* value;      // [n_stored][stride], filtered potential at time_ms[s]
        const float* target;     // [n_stored][stride], what it relaxes to within segment s
        const float* block_low;  // [n_blocks][stride], least value over a block's segments, both
                                 // ends included
        const float* block_high; // [n_blocks][stride], greatest
        std::size_t stride;
        std::size_t lane = 0;
        PathSteps steps = {};
    };

    NodePath(const PathTimes& times, const Lanes& lanes, double bias)
        : times_(times), lanes_(lanes), bias_(bias) {}

    [[nodiscard]] double begin_ms() const { return times_.time_ms.front(); }
    [[nodiscard]] double end_ms() const { return times_.time_ms.back(); }
    [[nodiscard]] double segment_end_ms(std::size_t s) const { return times_.time_ms[s + 1]; }

    /// The segment that holds t_ms, searched forward from `from`; the last one for t_ms = end.
    [[nodiscard]] std::size_t segment_at(double t_ms, std::size_t from) const {
        const std::size_t last = times_.time_ms.size() - 2;
        if (times_.grid != nullptr) {
            const std::size_t near = times_.grid->cells[times_.grid->cell_of(t_ms)];
            from = std::max(from, near - std::min(near, times_.first));
        }
        while (from + k_segments_per_block < last &&
               times_.time_ms[from + k_segments_per_block] <= t_ms) {
            from += k_segments_per_block;
        }
        while (from < last && times_.time_ms[from + 1] <= t_ms)
            ++from;
        return from;
    }

    /// V(t_ms), t_ms in segment s.
    [[nodiscard]] double potential(std::size_t s, double t_ms) const {
        const PathSteps& steps = lanes_.steps;
        const std::size_t stored = s >> steps.log2_spacing;
        float v = lanes_.value[stored * lanes_.stride];
        float h = lanes_.target[stored * lanes_.stride];
        for (std::size_t r = stored << steps.log2_spacing; r < s; ++r) {
            const PathStep& step = steps.step[r];
            v = h + (v - h) * step.keep;
            h += steps.columns[step.projection][step.offset + lanes_.lane] * step.dx;
        }
        const auto target = static_cast<double>(h);
        if (times_.tau_m_ms == 0.0) return target + bias_;
        const double away = static_cast<double>(v) - target;
        return target + away * std::exp((times_.time_ms[s] - t_ms) / times_.tau_m_ms) + bias_;
    }

    /// Bounds over the block of segments that holds s, to the block's end.
    [[nodiscard]] PathRange block(std::size_t s) const {
        const std::size_t b = s / k_segments_per_block;
        const std::size_t last =
            std::min((b + 1) * k_segments_per_block, times_.time_ms.size() - 1);
        return {static_cast<double>(lanes_.block_low[b * lanes_.stride]) + bias_,
                static_cast<double>(lanes_.block_high[b * lanes_.stride]) + bias_,
                times_.time_ms[last]};
    }

    /// Bounds from t_ms to until_ms, both in segment s, where V is monotone.
    [[nodiscard]] PathRange within(std::size_t s, double t_ms, double until_ms) const {
        const double a = potential(s, t_ms);
        const double b = potential(s, until_ms);
        return {std::min(a, b), std::max(a, b), until_ms};
    }

  private:
    PathTimes times_;
    Lanes lanes_;
    double bias_;
};

} // namespace spikewell
