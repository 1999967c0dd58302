#include "network/engine/dyadic/kernels.hpp"

#include "core/clones.hpp"
#include "core/lane_math.hpp"
#include "network/engine/dyadic/tiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

namespace spikewell::detail {

namespace {

// Four, not eight: this compiler takes comparisons of eight apart into scalars.
constexpr std::size_t k_doubles = 4;
using DoubleTile = double
    __attribute__((vector_size(k_doubles * sizeof(double)), aligned(alignof(double)), may_alias));
using LongTile = std::int64_t __attribute__((vector_size(k_doubles * sizeof(double)), may_alias));

// Of a tile.
constexpr IntTile k_lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// A tile of lanes on their way: potential and drive.
struct Trace {
    Tile v;
    Tile h;
};

/// Widens the bounds to hold v.
[[gnu::always_inline]] inline void widen(const Tile& v, Tile& low, Tile& high) {
    low = v < low ? v : low;
    high = v > high ? v : high;
}

/// The path of the tile of lanes from `lane` on.
[[gnu::always_inline]] inline void trace_lanes(std::span<const PathSegment> segments,
                                               std::size_t width,
                                               std::size_t lane,
                                               Trace& trace,
                                               const PathArrays& path) {
    Tile lowest = trace.v;
    Tile highest = trace.v;
    for (std::size_t s = 0; s < segments.size();) {
        const std::size_t chunk = s / k_segments_per_chunk * width + lane;
        Tile low = trace.v;
        Tile high = trace.v;
        for (const std::size_t end = std::min(s + k_segments_per_chunk, segments.size()); s < end;
             ++s) {
            tile(path.value + s * width + lane) = trace.v;
            tile(path.target + s * width + lane) = trace.h;
            trace.v = trace.h + (trace.v - trace.h) * segments[s].keep;
            widen(trace.v, low, high);
            if (segments[s].column != nullptr)
                trace.h += tile(segments[s].column + lane) * segments[s].dx;
        }
        tile(path.chunk_low + chunk) = low;
        tile(path.chunk_high + chunk) = high;
        lowest = low < lowest ? low : lowest;
        highest = high > highest ? high : highest;
    }
    tile(path.low + lane) = lowest;
    tile(path.high + lane) = highest;
}

/// A coupling's tile: its share of the drive at state x, and its size.
[[gnu::always_inline]] inline void add_and_size(const Tile& w, float x, Tile& sum, Tile& most) {
    Tile size;
    absolute(w, size);
    sum += w * x;
    most = size > most ? size : most;
}

} // namespace

SPIKEWELL_CLONES
void trace_path(const PathSegment* segments,
                std::size_t n,
                std::size_t width,
                float* drive,
                float* potential,
                const PathArrays& path) {
    for (std::size_t lane = 0; lane < width; lane += k_lane_quantum) {
        Trace trace{tile(potential + lane), tile(drive + lane)};
        trace_lanes({segments, n}, width, lane, trace, path);
        tile(potential + lane) = trace.v;
        tile(drive + lane) = trace.h;
    }
}

SPIKEWELL_CLONES
void exponentials(double c, const double* __restrict x, std::size_t n, double* __restrict y) {
    for (std::size_t i = 0; i < n; ++i)
        y[i] = lane_exp(c * x[i]);
}

SPIKEWELL_CLONES
std::size_t pass_quiet_neurons(const GainLevel& level, std::size_t width, std::uint16_t* pending) {
    std::size_t n = 0;
    for (std::size_t lane = 0; lane < width; lane += k_doubles) {
        auto& residual = *reinterpret_cast<DoubleTile*>(level.residual + lane);
        auto& growth = *reinterpret_cast<DoubleTile*>(level.growth + lane);
        const auto& low = *reinterpret_cast<const DoubleTile*>(level.low + lane);
        const auto& high = *reinterpret_cast<const DoubleTile*>(level.high + lane);
        const auto& free_at = *reinterpret_cast<const DoubleTile*>(level.free_at_ms + lane);
        const DoubleTile begin = DoubleTile{} + level.begin_ms;
        const DoubleTile end = DoubleTile{} + level.end_ms;
        const DoubleTile start = free_at > begin ? free_at : begin;
        const DoubleTile rate = growth / level.tau_ref_ms;
        const DoubleTile hazard = rate * (end - start);
        const LongTile tight = ((high - low) * level.c < level.loose_nats) | (hazard < 1.0);
        const LongTile active = start < end;
        const LongTile quiet = active & tight & (residual >= hazard);
        *reinterpret_cast<DoubleTile*>(level.rate_per_ms + lane) = rate;
        growth *= growth;
        // Masked by bits: the compiler takes a choice between vectors apart into scalars here.
        residual -= reinterpret_cast<DoubleTile>(reinterpret_cast<LongTile>(hazard) & quiet);
        const LongTile fires = active & ~quiet;
        std::int64_t may_fire[k_doubles];
        std::memcpy(may_fire, &fires, sizeof may_fire);
        for (std::size_t i = 0; i < k_doubles; ++i) {
            pending[n] = static_cast<std::uint16_t>(lane + i);
            n += static_cast<std::size_t>(may_fire[i] & 1);
        }
    }
    return n;
}

SPIKEWELL_CLONES
void add_product(const float* __restrict columns,
                 const float* __restrict state,
                 std::size_t n_pre,
                 std::size_t width,
                 float* __restrict drive) {
    for (std::size_t j = 0; j < n_pre; ++j) {
        const float* __restrict column = columns + j * width;
        const float x = state[j];
        for (std::size_t i = 0; i < width; ++i)
            drive[i] += x * column[i];
    }
}

SPIKEWELL_CLONES
void add_product_and_sizes(const float* columns,
                           const float* state,
                           std::size_t n_pre,
                           std::size_t width,
                           float* drive,
                           float* largest) {
    for (std::size_t lane = 0; lane < width; lane += 2 * k_lane_quantum) {
        Tile sum[2];
        Tile most[2];
        for (std::size_t t = 0; t < 2; ++t) {
            sum[t] = tile(drive + lane + t * k_lane_quantum);
            most[t] = tile(largest + lane + t * k_lane_quantum);
        }
        for (std::size_t j = 0; j < n_pre; ++j) {
            const float* const column = columns + j * width + lane;
            for (std::size_t t = 0; t < 2; ++t)
                add_and_size(tile(column + t * k_lane_quantum), state[j], sum[t], most[t]);
        }
        for (std::size_t t = 0; t < 2; ++t) {
            tile(drive + lane + t * k_lane_quantum) = sum[t];
            tile(largest + lane + t * k_lane_quantum) = most[t];
        }
    }
}

namespace {

/// One step of the walk: E(t) = e0 + e t.
template <std::size_t n_tiles>
[[gnu::always_inline]] inline void take_step(const PreStep* step,
                                             float rate,
                                             float* columns,
                                             const Tile (&e0)[n_tiles],
                                             const Tile (&e)[n_tiles]) {
    const float* const later = columns + step[k_steps_ahead].at;
    float* const column = columns + step->at;
    const float scale = rate * step->dx;
    for (std::size_t t = 0; t < n_tiles; ++t) {
        __builtin_prefetch(later + t * k_lane_quantum, 1, 3);
        tile(column + t * k_lane_quantum) -= (e0[t] + e[t] * step->t_ms) * scale;
    }
}

/// A part of so many tiles: their errors stay in registers.
template <std::size_t n_tiles>
[[gnu::always_inline]] inline void walk_errors(
    const LearnStretch& stretch, float rate, float* columns, float* offset, float* error) {
    Tile e[n_tiles];
    Tile e0[n_tiles];
    for (std::size_t t = 0; t < n_tiles; ++t) {
        e0[t] = tile(offset + t * k_lane_quantum);
        e[t] = tile(error + t * k_lane_quantum);
    }
    const PreStep* step = stretch.steps.data();
    const PreStep* const end = step + stretch.steps.size();
    const LaneEvent* event = stretch.events.data();
    const LaneEvent* const last = event + stretch.events.size();
    while (true) {
        const float until_ms = event != last ? event->t_ms : std::numeric_limits<float>::infinity();
        for (; step != end && step->t_ms <= until_ms; ++step)
            take_step(step, rate, columns, e0, e);
        if (event == last) break;
        for (std::size_t t = 0; t < n_tiles; ++t) {
            const auto lane = static_cast<std::int32_t>(event->lane) -
                              static_cast<std::int32_t>(t * k_lane_quantum);
            const Tile d_error = k_lanes == lane ? Tile{} + event->d_error : Tile{};
            e0[t] -= d_error * event->t_ms;
            e[t] += d_error;
        }
        ++event;
    }
    for (std::size_t t = 0; t < n_tiles; ++t) {
        tile(offset + t * k_lane_quantum) = e0[t];
        tile(error + t * k_lane_quantum) = e[t];
    }
}

} // namespace

SPIKEWELL_CLONES
void integrate_errors(const LearnStretch& stretch,
                      float rate,
                      std::size_t width,
                      float* columns,
                      float* offset,
                      float* error) {
    static_assert(k_max_part_width == 4 * k_lane_quantum);
    switch (width / k_lane_quantum) {
    case 1:
        return walk_errors<1>(stretch, rate, columns, offset, error);
    case 2:
        return walk_errors<2>(stretch, rate, columns, offset, error);
    case 3:
        return walk_errors<3>(stretch, rate, columns, offset, error);
    default:
        return walk_errors<4>(stretch, rate, columns, offset, error);
    }
}

SPIKEWELL_CLONES
void add_expected_state(const LanesOnTheWay& lanes,
                        float duration,
                        int neurons_per_node,
                        std::size_t width,
                        float* integral) {
    // tanh(g_k u) = (1 - q) / (1 + q) with q = exp(-2 g_k |u|); the last neuron's q gives the
    // others by squaring.
    const float last_gain = std::ldexp(1.0F, -neurons_per_node);
    for (std::size_t lane = 0; lane < width; lane += k_lane_quantum) {
        const Tile h = tile(lanes.target + lane);
        const Tile u = h + (tile(lanes.value + lane) - h) * lanes.away;
        const Tile magnitude = u < 0.0F ? -u : u;
        const Tile x = magnitude * (-2.0F * last_gain);
        Tile q;
        tile_exp(x, q);
        Tile sum{};
        float gain = last_gain;
        for (int k = 0; k < neurons_per_node; ++k, gain *= 2.0F) {
            sum += (1.0F - q) / (1.0F + q) * gain;
            q *= q;
        }
        *reinterpret_cast<Tile*>(integral + lane) += (u < 0.0F ? -sum : sum) * duration;
    }
}

namespace {

template <std::size_t n_tiles>
[[gnu::always_inline]] inline void end_window_of(
    const WindowEnd& end, float* columns, std::size_t n_pre, float* drive, float* largest) {
    constexpr std::size_t width = n_tiles * k_lane_quantum;
    Tile integral[n_tiles];
    Tile sum[n_tiles] = {};
    Tile most[n_tiles] = {};
    for (std::size_t t = 0; t < n_tiles; ++t)
        integral[t] = tile(end.integral + t * k_lane_quantum);
    for (std::size_t j = 0; j < n_pre; ++j) {
        float* const column = columns + j * width;
        const float scale = end.rate * end.state[j];
        const float delayed = end.delayed[j];
        for (std::size_t t = 0; t < n_tiles; ++t)
            tile(column + t * k_lane_quantum) += integral[t] * scale;
        const std::size_t own_lane = j - end.own_first; // beyond the width for others' nodes
        if (own_lane < width) column[own_lane] = 0.0F;
        for (std::size_t t = 0; t < n_tiles; ++t)
            add_and_size(tile(column + t * k_lane_quantum), delayed, sum[t], most[t]);
    }
    for (std::size_t t = 0; t < n_tiles; ++t) {
        tile(drive + t * k_lane_quantum) = sum[t];
        tile(largest + t * k_lane_quantum) = most[t];
    }
}

} // namespace

SPIKEWELL_CLONES
void end_window(const WindowEnd& end,
                float* columns,
                std::size_t n_pre,
                std::size_t width,
                float* drive,
                float* largest) {
    switch (width / k_lane_quantum) {
    case 1:
        return end_window_of<1>(end, columns, n_pre, drive, largest);
    case 2:
        return end_window_of<2>(end, columns, n_pre, drive, largest);
    case 3:
        return end_window_of<3>(end, columns, n_pre, drive, largest);
    default:
        return end_window_of<4>(end, columns, n_pre, drive, largest);
    }
}

SPIKEWELL_CLONES
void clear_uncoupled(float* __restrict columns,
                     const std::uint64_t* __restrict coupled,
                     std::size_t n_pre,
                     std::size_t width) {
    for (std::size_t j = 0; j < n_pre; ++j) {
        float* __restrict column = columns + j * width;
        const std::uint64_t bits = coupled[j];
        for (std::size_t i = 0; i < width; ++i)
            column[i] = (bits >> i & 1U) != 0 ? column[i] : 0.0F;
    }
}

} // namespace spikewell::detail
