#include "network/engine/detail/kernels.hpp"

#include "neuron_models/membrane_path.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

// The loader picks the clone for the machine. Thread sanitizer cannot run the resolvers that this needs.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__SANITIZE_ADDRESS__)
#define SPIKEWELL_CLONES \
    __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define SPIKEWELL_CLONES
#endif

namespace spikewell::detail {

// One tile of lanes in registers: the compiler lowers it to whatever vectors the instruction set has.
using Tile = float __attribute__((vector_size(k_lane_quantum * sizeof(float)), aligned(alignof(float)), may_alias));

SPIKEWELL_CLONES
void trace_path(const BlockSegment* segments, std::size_t n, std::size_t width, float* drive,
                float* potential, const BlockPath& path) {
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
void add_product(const float* __restrict columns, const float* __restrict state, std::size_t n_pre,
                 std::size_t width, float* __restrict drive) {
    for (std::size_t j = 0; j < n_pre; ++j) {
        const float* __restrict column = columns + j * width;
        const float x = state[j];
        for (std::size_t i = 0; i < width; ++i) drive[i] += x * column[i];
    }
}

SPIKEWELL_CLONES
void integrate_errors(const LearnStep* steps, std::size_t n, float rate, std::size_t width,
                      float* __restrict offset, float* __restrict error) {
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

namespace {
// exp(x) for x <= 0 in float: 2^n times a degree-6 polynomial on [-ln2/2, ln2/2], error < 2e-7 relative (Cody & Waite split).
// Inline and branch-free, so that the loops around it vectorise.
inline float exp_negative(float x) {
    const float bounded = std::max(x, -87.0F);
    const auto n = static_cast<std::int32_t>(bounded * 1.44269504F - 0.5F);
    const auto whole = static_cast<float>(n);
    const float r = (bounded - whole * 0.693359375F) + whole * 2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    return (p * r * r + r + 1.0F) * std::bit_cast<float>((n + 127) << 23);
}
} // namespace

SPIKEWELL_CLONES
void add_expected_state(const float* __restrict value, const float* __restrict target, float away,
                        float duration, int neurons_per_node, std::size_t width,
                        float* __restrict integral) {
    // tanh(g_k u) = (1 - q) / (1 + q) with q = exp(-2 g_k |u|); the last neuron's q gives the others by squaring.
    const float last_gain = std::ldexp(1.0F, -neurons_per_node);
    for (std::size_t i = 0; i < width; ++i) {
        const float u = target[i] + (value[i] - target[i]) * away;
        float q = exp_negative(-2.0F * last_gain * std::abs(u));
        float gain = last_gain;
        float sum = 0.0F;
        for (int k = 0; k < neurons_per_node; ++k) {
            sum += gain * (1.0F - q) / (1.0F + q);
            q *= q;
            gain *= 2.0F;
        }
        integral[i] += duration * std::copysign(sum, u);
    }
}

SPIKEWELL_CLONES
void add_outer_product(float* __restrict columns, const float* __restrict state, std::size_t n_pre,
                       float rate, const float* __restrict integral, std::size_t width) {
    for (std::size_t j = 0; j < n_pre; ++j) {
        float* __restrict column = columns + j * width;
        const float scale = rate * state[j];
        for (std::size_t i = 0; i < width; ++i) column[i] += scale * integral[i];
    }
}

} // namespace spikewell::detail
