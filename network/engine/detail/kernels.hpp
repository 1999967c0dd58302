#pragma once

#include "network/engine/detail/tiles.hpp"
#include "neuron_models/membrane_path.hpp"

#include <cstddef>
#include <cstdint>

/// The inner loops of the engine, over the lanes of one block of nodes. Compiled for several
/// instruction sets and chosen at run time; sums and products are never contracted, so every
/// instruction set gives the same bits.
namespace spikewell::detail {

/// Nodes of a block: its columns for 4,096 presynaptic nodes fill the second-level cache.
constexpr std::size_t k_max_block_width = 64;

/// One segment of a path as a block sees it, and the arrival that ends it.
struct BlockSegment {
    const float* column; // [width], couplings from the node that changed; null where no arrival
                         // ends the segment
    float dx;            // by how much that node's state changed
    float keep;          // exp(-dt / tau_m) over the segment; 0 for tau_m = 0
};

/// Arrays of a block's path through one window, [segment][width] each.
struct BlockPath {
    float* value;
    float* target;
    float* block_low;  // [block of segments][width]
    float* block_high; // [block of segments][width]
    float* low;        // [width]
    float* high;       // [width]
};

/// Follows potential and drive [width] through n >= 1 segments.
void trace_path(const BlockSegment* segments,
                std::size_t n,
                std::size_t width,
                float* drive,
                float* potential,
                const BlockPath& path);

/// y = exp(c x), as if x were no further out than exp allows.
void exponentials(double c, const double* x, std::size_t n, double* y);

/// The neurons of one gain in a block, and bounds on their hazard over a stretch of time.
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

/// One step of the plasticity integral.
struct LearnStep {
    float* column; // [width] couplings from the presynaptic node that changed; null for a change of
                   // error alone
    float t_ms;    // since the window's start
    float dx;      // change of that node's state
    std::int32_t lane; // lane whose error changes here, -1 for none
    float d_error;     // by how much
};

/// Walks through a window's steps: column -= rate dx E(t), with E(t) = offset + error t; offset and
/// error [width] are updated.
void integrate_errors(const LearnStep* steps,
                      std::size_t n,
                      float rate,
                      std::size_t width,
                      float* offset,
                      float* error);

/// integral += duration L_K(target + (value - target) away): the mean state of a dyadic node of K
/// neurons, per lane; 1e-7.
void add_expected_state(const float* value,
                        const float* target,
                        float away,
                        float duration,
                        int neurons_per_node,
                        std::size_t width,
                        float* integral);

/// columns += rate E state^T.
void add_outer_product(float* columns,
                       const float* state,
                       std::size_t n_pre,
                       float rate,
                       const float* integral,
                       std::size_t width);

/// Sets to 0 the couplings of lanes whose bit in `coupled` [n_pre] is 0.
void clear_uncoupled(float* columns,
                     const std::uint64_t* coupled,
                     std::size_t n_pre,
                     std::size_t width);

} // namespace spikewell::detail
