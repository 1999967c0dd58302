#pragma once

#include "network/engine/dyadic/tiles.hpp"
#include "neuron_models/membrane_path.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

/// The inner loops of the engine, over the lanes of one part. Compiled for several
/// instruction sets and chosen at run time; sums and products are never contracted, so every
/// instruction set gives the same bits.
namespace spikewell::detail {

/// Nodes of a part: its columns for 4,096 presynaptic nodes fill the second-level cache.
constexpr std::size_t k_max_part_width = 64;

/// One segment of a path as a part sees it, and the arrival that ends it.
struct PathSegment {
    const float* column; // [width], couplings from the node that changed; null where no arrival
                         // ends the segment
    float dx;            // by how much that node's state changed
    float keep;          // exp(-dt / tau_m) over the segment; 0 for tau_m = 0
};

/// Arrays of a part's path through one window, [segment][width] each.
struct PathArrays {
    float* value;
    float* target;
    float* chunk_low;  // [chunk of segments][width]
    float* chunk_high; // [chunk of segments][width]
    float* low;        // [width]
    float* high;       // [width]
};

/// Follows potential and drive [width] through n >= 1 segments.
void trace_path(const PathSegment* segments,
                std::size_t n,
                std::size_t width,
                float* drive,
                float* potential,
                const PathArrays& path);

/// y = exp(c x), as if x were no further out than exp allows.
void exponentials(double c, const double* x, std::size_t n, double* y);

/// The neurons of one gain in a part, and bounds on their hazard over a stretch of time.
struct GainLevel {
    double* residual;         // [width]
    const double* free_at_ms; // [width]
    const double* low;        // [width] bounds on the field
    const double* high;       // [width]
    double* growth;           // [width] exp(c high); squared on return, for the next gain
    double* rate_per_ms;      // [width] set to growth / tau_ref
    double c;                 // 2 gain iT
    double tau_ref_ms;
    double loose_nats; // bounds that vary by more are not tight
    double begin_ms;
    double end_ms;
};

/// Lets all neurons that surely do not fire before the end use up their hazard, and lists the lanes
/// of the others that are not refractory throughout. Returns how many; `pending` has room for
/// `width`.
std::size_t pass_quiet_neurons(const GainLevel& level, std::size_t width, std::uint16_t* pending);

/// drive += J state, in order of the presynaptic node; columns are `width` apart.
void add_product(
    const float* columns, const float* state, std::size_t n_pre, std::size_t width, float* drive);

/// The same, and the greatest size of each row into `largest` [width].
void add_product_and_sizes(const float* columns,
                           const float* state,
                           std::size_t n_pre,
                           std::size_t width,
                           float* drive,
                           float* largest);

/// A change of a presynaptic state in a window, as all parts of the postsynaptic population see it.
struct PreStep {
    std::uint32_t at; // where the node's couplings begin in a part: node times width
    float t_ms;       // since the window's start
    float dx;
};

/// A change of one lane's error.
struct LaneEvent {
    float t_ms; // since the window's start
    std::uint32_t lane;
    float d_error;
};

/// How many steps ahead of its use a column is asked for.
constexpr std::size_t k_steps_ahead = 32;

/// A stretch of a window: what happens in it, each list in order of time.
struct LearnStretch {
    std::span<const PreStep> steps; // readable k_steps_ahead further
    std::span<const LaneEvent> events;
};

/// Walks through a stretch: couplings of each step's node -= rate dx E(t), with E(t) = offset +
/// error t, which the events change; offset and error [width] are left as of its end. E is
/// continuous, so the order at one time is free. `columns` are those of a part.
void integrate_errors(const LearnStretch& stretch,
                      float rate,
                      std::size_t width,
                      float* columns,
                      float* offset,
                      float* error);

/// Lanes' potentials on their way: target + (value - target) away.
struct LanesOnTheWay {
    const float* value;  // [width]
    const float* target; // [width]
    float away;
};

/// integral += duration L_K(potential): the mean state of a dyadic node of K neurons, per lane; 1e-7.
void add_expected_state(const LanesOnTheWay& lanes,
                        float duration,
                        int neurons_per_node,
                        std::size_t width,
                        float* integral);

/// What a window's end adds to a part's couplings, and how the drive is summed from the new ones.
struct WindowEnd {
    const float* state;    // [n_pre] presynaptic states now
    const float* delayed;  // [n_pre] those that the drive is made of
    const float* integral; // [width] of the errors
    float rate;
    std::size_t
        own_first; // node of lane 0, which has no coupling to itself; n_pre where lanes are others' nodes
};

/// columns += rate integral state^T, but for couplings of nodes to themselves, which stay 0; drive
/// [width] = the new columns times `delayed`, in order of the presynaptic node; largest [width] = the
/// greatest size of each row.
void end_window(const WindowEnd& end,
                float* columns,
                std::size_t n_pre,
                std::size_t width,
                float* drive,
                float* largest);

/// Sets to 0 the couplings of lanes whose bit in `coupled` [n_pre] is 0.
void clear_uncoupled(float* columns,
                     const std::uint64_t* coupled,
                     std::size_t n_pre,
                     std::size_t width);

} // namespace spikewell::detail
