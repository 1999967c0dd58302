#include "network/engine/detail/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

// The loader picks the clone for the machine. Thread sanitizer cannot run the resolvers that this
// needs.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define SPIKEWELL_CLONES                                                                           \
    __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define SPIKEWELL_CLONES
#endif

namespace spikewell::detail {

namespace {

// One tile of lanes in registers: the compiler lowers it to whatever vectors the instruction set
// has.
using Tile = float __attribute__((
    vector_size(k_lane_quantum * sizeof(float)), aligned(alignof(float)), may_alias));
// Four, not eight: this compiler takes comparisons of eight apart into scalars.
constexpr std::size_t k_doubles = 4;
using DoubleTile = double
    __attribute__((vector_size(k_doubles * sizeof(double)), aligned(alignof(double)), may_alias));
using LongTile = std::int64_t __attribute__((vector_size(k_doubles * sizeof(double)), may_alias));
using IntTile = std::int32_t __attribute__((vector_size(k_lane_quantum * sizeof(float))));

[[gnu::always_inline]] inline Tile& tile(float* lanes) {
    return *reinterpret_cast<Tile*>(lanes);
}
[[gnu::always_inline]] inline const Tile& tile(const float* lanes) {
    return *reinterpret_cast<const Tile*>(lanes);
}

// Lanes followed at a time: two sums each stay in registers.
constexpr std::size_t k_group_tiles = 4;
// How many steps ahead columns are asked for: they come from beyond the second-level cache.
constexpr std::size_t k_prefetch_steps = 24;
constexpr std::size_t k_line_floats = 16;

// Not a function of its own: it is compiled into each clone of its caller. Pointers are to the group's first lane.
template <std::size_t n_tiles>
[[gnu::always_inline]] inline void trace_group(const CrowdedPath& path,
                                               std::size_t width,
                                               std::size_t lane,
                                               float* drive,
                                               float* potential,
                                               const BlockPath& out) {
    // Of the next block's couplings, fetched in each step: two steps a column are usual.
    constexpr std::size_t k_next = std::max(n_tiles * k_lane_quantum / 2, k_line_floats);
    const PathStep* const steps = path.steps;
    const float* const* const columns = path.columns;
    const std::size_t n = path.n;
    const float* next = path.next + lane * path.n_next;
    const float* const next_end = next + n_tiles * k_lane_quantum * path.n_next;
    Tile lowest[n_tiles];
    Tile highest[n_tiles];
    for (std::size_t t = 0; t < n_tiles; ++t)
        lowest[t] = highest[t] = tile(potential + t * k_lane_quantum);
    std::size_t row = lane;
    for (std::size_t first = 0; first < n; first += k_segments_per_block, row += width) {
        const std::size_t end = std::min(first + k_segments_per_block, n);
        Tile change[n_tiles]{};
        Tile through[n_tiles]{};
        for (std::size_t s = first; s < end; ++s) {
            if (next < next_end) {
                for (std::size_t i = 0; i < k_next; i += k_line_floats)
                    __builtin_prefetch(next + i, 0, 2);
                next += k_next;
            }
            const PathStep& later = steps[std::min(s + k_prefetch_steps, n - 1)];
            const float* const later_column = columns[later.projection] + later.offset + lane;
            for (std::size_t i = 0; i < n_tiles * k_lane_quantum; i += k_line_floats)
                __builtin_prefetch(later_column + i);
            const PathStep& step = steps[s];
            const float* const column = columns[step.projection] + step.offset + lane;
            for (std::size_t t = 0; t < n_tiles; ++t) {
                const Tile coupling = tile(column + t * k_lane_quantum);
                change[t] += coupling * step.dx;
                through[t] += coupling * step.weight;
            }
        }
        const float keep = path.keep[first / k_segments_per_block];
        const float slack = path.slack[first / k_segments_per_block];
        for (std::size_t t = 0; t < n_tiles; ++t) {
            const std::size_t at = row + t * k_lane_quantum;
            const Tile v = tile(potential + t * k_lane_quantum);
            const Tile h = tile(drive + t * k_lane_quantum);
            const Tile relaxed = h + (v - h) * keep;
            const Tile low = (v < relaxed ? v : relaxed) - slack;
            const Tile high = (v > relaxed ? v : relaxed) + slack;
            tile(out.value + at) = v;
            tile(out.target + at) = h;
            tile(out.block_low + at) = low;
            tile(out.block_high + at) = high;
            lowest[t] = low < lowest[t] ? low : lowest[t];
            highest[t] = high > highest[t] ? high : highest[t];
            tile(potential + t * k_lane_quantum) = relaxed + through[t];
            tile(drive + t * k_lane_quantum) = h + change[t];
        }
    }
    for (std::size_t t = 0; t < n_tiles; ++t) {
        tile(out.low + lane + t * k_lane_quantum) = lowest[t];
        tile(out.high + lane + t * k_lane_quantum) = highest[t];
    }
}

} // namespace

SPIKEWELL_CLONES
void trace_blocks(const CrowdedPath& path,
                  std::size_t width,
                  float* drive,
                  float* potential,
                  const BlockPath& out) {
    constexpr std::size_t k_group = k_group_tiles * k_lane_quantum;
    std::size_t lane = 0;
    for (; lane + k_group <= width; lane += k_group)
        trace_group<k_group_tiles>(path, width, lane, drive + lane, potential + lane, out);
    for (; lane < width; lane += k_lane_quantum)
        trace_group<1>(path, width, lane, drive + lane, potential + lane, out);
}

SPIKEWELL_CLONES
void trace_path(const BlockSegment* segments,
                std::size_t n,
                std::size_t width,
                float* drive,
                float* potential,
                const BlockPath& path) {
    for (std::size_t lane = 0; lane < width; lane += k_lane_quantum) {
        Tile v = *reinterpret_cast<const Tile*>(potential + lane);
        Tile h = *reinterpret_cast<const Tile*>(drive + lane);
        Tile low = v;
        Tile high = v;
        Tile lowest = v;
        Tile highest = v;
        for (std::size_t s = 0; s < n; ++s) {
            if (s % k_segments_per_block == 0) low = high = v;
            *reinterpret_cast<Tile*>(path.value + s * width + lane) = v;
            *reinterpret_cast<Tile*>(path.target + s * width + lane) = h;
            v = h + (v - h) * segments[s].keep;
            low = v < low ? v : low;
            high = v > high ? v : high;
            if ((s + 1) % k_segments_per_block == 0 || s + 1 == n) {
                const std::size_t block = s / k_segments_per_block * width + lane;
                *reinterpret_cast<Tile*>(path.block_low + block) = low;
                *reinterpret_cast<Tile*>(path.block_high + block) = high;
                lowest = low < lowest ? low : lowest;
                highest = high > highest ? high : highest;
            }
            if (segments[s].column != nullptr) {
                h += *reinterpret_cast<const Tile*>(segments[s].column + lane) * segments[s].dx;
            }
        }
        *reinterpret_cast<Tile*>(potential + lane) = v;
        *reinterpret_cast<Tile*>(drive + lane) = h;
        *reinterpret_cast<Tile*>(path.low + lane) = lowest;
        *reinterpret_cast<Tile*>(path.high + lane) = highest;
    }
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
void integrate_errors(const LearnStep* steps,
                      std::size_t n,
                      float rate,
                      std::size_t width,
                      float* __restrict offset,
                      float* __restrict error) {
    for (std::size_t s = 0; s < n; ++s) {
        const LearnStep& step = steps[s];
        if (step.column != nullptr) {
            float* __restrict column = step.column;
            const float scale = rate * step.dx;
            const float t_ms = step.t_ms;
            for (std::size_t i = 0; i < width; ++i) {
                column[i] -= scale * (offset[i] + error[i] * t_ms);
            }
        }
        if (step.lane >= 0) {
            offset[step.lane] -= step.d_error * step.t_ms;
            error[step.lane] += step.d_error;
        }
    }
}

SPIKEWELL_CLONES
void add_expected_state(const float* value,
                        const float* target,
                        float away,
                        float duration,
                        int neurons_per_node,
                        std::size_t width,
                        float* integral) {
    // tanh(g_k u) = (1 - q) / (1 + q) with q = exp(-2 g_k |u|); the last neuron's q gives the
    // others by squaring.
    const float last_gain = std::ldexp(1.0F, -neurons_per_node);
    for (std::size_t lane = 0; lane < width; lane += k_lane_quantum) {
        const Tile h = *reinterpret_cast<const Tile*>(target + lane);
        const Tile u = h + (*reinterpret_cast<const Tile*>(value + lane) - h) * away;
        const Tile magnitude = u < 0.0F ? -u : u;
        const Tile x = magnitude * (-2.0F * last_gain);
        // exp(x) for x <= 0: 2^n times a polynomial on [-ln2/2, ln2/2], error < 2e-7 relative
        // (Cephes' expf coefficients).
        const Tile bounded = x < -87.0F ? Tile{} - 87.0F : x;
        const IntTile n = __builtin_convertvector(bounded * 1.44269504F - 0.5F, IntTile);
        const Tile whole = __builtin_convertvector(n, Tile);
        const Tile r = (bounded - whole * 0.693359375F) + whole * 2.12194440e-4F;
        Tile p = r * 1.9875691500e-4F + 1.3981999507e-3F;
        p = p * r + 8.3334519073e-3F;
        p = p * r + 4.1665795894e-2F;
        p = p * r + 1.6666665459e-1F;
        p = p * r + 5.0000001201e-1F;
        Tile q = (p * r * r + r + 1.0F) * reinterpret_cast<Tile>((n + 127) << 23);
        Tile sum{};
        float gain = last_gain;
        for (int k = 0; k < neurons_per_node; ++k, gain *= 2.0F) {
            sum += (1.0F - q) / (1.0F + q) * gain;
            q *= q;
        }
        *reinterpret_cast<Tile*>(integral + lane) += (u < 0.0F ? -sum : sum) * duration;
    }
}

SPIKEWELL_CLONES
void add_outer_product(float* __restrict columns,
                       const float* __restrict state,
                       std::size_t n_pre,
                       float rate,
                       const float* __restrict integral,
                       std::size_t width) {
    for (std::size_t j = 0; j < n_pre; ++j) {
        float* __restrict column = columns + j * width;
        const float scale = rate * state[j];
        for (std::size_t i = 0; i < width; ++i)
            column[i] += scale * integral[i];
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
