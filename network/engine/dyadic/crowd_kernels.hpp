#pragma once

#include "core/lane_math.hpp"
#include "core/random.hpp"
#include "network/engine/dyadic/tiles.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

/// Inner loops of crowded windows (crowd.hpp). Sums of couplings are sums of integers; the rest is
/// never contracted: the same bits on every instruction set.
namespace spikewell::detail {

/// Arrivals of some bunches, all of equally many, an even number.
struct ColumnSums {
    const std::int16_t* columns; // of a strip of k_strip_width lanes
    const std::uint32_t* offset; // [arrival], readable k_lookahead further
    const std::int16_t* change;  // [arrival]
    const std::int16_t* weight;  // [arrival]
    std::size_t n_bunches;
    std::size_t per_bunch;
    const std::int16_t* next; // lines to be fetched meanwhile: what the next strip will need
    std::size_t next_first;   // of them, in 2^-16 lines, with the first pair of arrivals
    std::size_t next_step;    // and how much further with each pair; two lines are, at a time
};
constexpr std::size_t k_log2_line_parts = 16;

/// How many arrivals ahead of their use columns are asked for, and one more.
constexpr std::size_t k_lookahead = 16;

/// Sums over each bunch's arrivals of coupling times change and of coupling times weight: sums
/// [bunch][2][k_strip_width]. Both must stay within 31 bits.
void sum_columns(const ColumnSums& in, std::int32_t* sums);

/// A bunch of arrivals, as all lanes see it.
struct Bunch {
    double begin_ms;
    double end_ms;
    double keep;        // exp(-length / tau_m)
    double per_through; // 1 / (1 - keep); 0 for a bunch of no length
    float unit;         // of its weights
    float slack;        // sum of what its arrivals may move a potential by at most, away from what
                        // the bunch's ends tell, by couplings of 1
};

/// Of what relaxes within a bunch, the share that has by t_ms in it.
[[nodiscard]] inline double relaxed_by(const Bunch& bunch, double t_ms, double tau_m_ms) {
    return (1.0 - lane_exp((bunch.begin_ms - t_ms) / tau_m_ms)) * bunch.per_through;
}

/// Lanes of a strip, [k_strip_width] each.
struct GroupLanes {
    const float* scale;   // of couplings
    const float* quantum; // of the drive
    std::int32_t* drive;
    float* potential;
    float* low;  // of values
    float* high; // of values
};

/// Follows drive and potential from bunch to bunch, given their sums; `value` [bunch][k_strip_width]
/// is the potential at each bunch's end.
void relax_bunches(const Bunch* bunches,
                   const std::int32_t* sums,
                   std::size_t n_bunches,
                   const GroupLanes& lanes,
                   float* value);

/// How many arrivals ahead of its use a column is asked for, in direct sums.
constexpr std::size_t k_direct_lookahead = 32;

/// Arrivals of bunches, to be summed over couplings that are no integers.
struct DirectArrivals {
    const std::uint32_t*
        at;               // [arrival] where its column begins; readable k_direct_lookahead further
    const float* dx;      // [arrival]
    const float* through; // [arrival], see WeighedArrivals
    const float* lever;   // [arrival] dx (t_end - t), ms
    std::size_t per_bunch;
    bool fetch; // whether columns are asked for ahead: not worth it where they are in the cache
};
/// Lanes of a strip, [k_strip_width] each.
struct DirectLanes {
    float* drive;
    float* potential;
    float* low;  // set: of values
    float* high; // set: of values
};
/// What is known of a strip's path.
struct DirectTrace {
    float* value; // [bunch + 1][k_strip_width] potential where bunches begin and end
    float* drive; // [bunch + 1][k_strip_width] drive there
    float* mean;  // [bunch][mean_stride] mean potential over the bunch; null where nobody asks
    std::size_t mean_stride;
};
/// Follows drive and potential of a strip from bunch to bunch. `columns` begin with the strip's first
/// lane.
void relax_direct(const DirectArrivals& arrivals,
                  std::span<const Bunch> bunches,
                  double tau_m_ms,
                  const float* columns,
                  const DirectLanes& lanes,
                  const DirectTrace& trace);

/// Arrivals of bunches, padded to whole tiles.
struct WeighedArrivals {
    const double* time_ms;
    const std::int16_t* change;
    float* through;       // dx (1 - exp(-(t_end - t) / tau_m)): what is through the membrane at the
                          // bunch's end
    std::int16_t* weight; // the same in units of the bunch
};
struct WeightScale {
    float quantum; // of changes
    double tau_m_ms;
};
/// Weighs the arrivals of bunches of at most 64 whose times are known. Returns the sum of |through - unit weight|.
float weigh_arrivals(const WeighedArrivals& arrivals,
                     std::size_t per_bunch,
                     const WeightScale& scale,
                     Bunch* bunches,
                     std::size_t n_bunches);

constexpr std::size_t k_candidates = 16;
/// Thinning candidates, one a neuron.
struct CandidateLanes {
    RandomStream* stream[k_candidates];
    double t_ms[k_candidates];
    double c[k_candidates];        // 2 gain iT
    double exponent[k_candidates]; // of the bound that it was drawn against
    double bias[k_candidates];
    const Bunch* bunch[k_candidates];
    double begin[k_candidates];  // potential where the bunch begins
    double end[k_candidates];    // and where it ends
    double around[k_candidates]; // how far V may be from what these tell
    // Set:
    double residual[k_candidates];         // the next unit-exponential variate
    double firing_potential[k_candidates]; // the candidate is a spike where V exceeds this
    double above[k_candidates];            // by how much V exceeds it, +- around
};
/// Draws for each candidate what it needs and weighs it.
void weigh_candidates(CandidateLanes& lanes, double tau_m_ms);

} // namespace spikewell::detail
