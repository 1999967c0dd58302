#include "network/engine/dyadic/crowd_kernels.hpp"

#include "core/clones.hpp"
#include "core/lane_math.hpp"
#include "core/philox_lanes.hpp"
#include "network/engine/dyadic/quantised_couplings.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#ifdef SPIKEWELL_HAS_CLONES
#include <immintrin.h>
#endif

namespace spikewell::detail {

namespace {

constexpr std::size_t k_sums = 2 * k_strip_width; // of a bunch

/// Two 16-bit numbers that lie side by side.
[[gnu::always_inline]] inline std::int32_t pair_at(const std::int16_t* numbers) {
    std::int32_t pair = 0;
    std::memcpy(&pair, numbers, sizeof pair);
    return pair;
}

/// Asks for what will be needed: the columns of a later pair, and lines for the next strip.
class Fetch {
  public:
    explicit Fetch(const ColumnSums& in) : in_(in), line_(in.next_first) {}
    [[gnu::always_inline]] void ahead_of(std::size_t arrival) {
        __builtin_prefetch(in_.columns + in_.offset[arrival + k_lookahead]);
        __builtin_prefetch(in_.columns + in_.offset[arrival + k_lookahead + 1]);
        const std::int16_t* const next = in_.next + (line_ >> k_log2_line_parts) * k_strip_width;
        __builtin_prefetch(next, 0, 2);
        __builtin_prefetch(next + k_strip_width, 0, 2);
        line_ += in_.next_step;
    }

  private:
    const ColumnSums& in_;
    std::size_t line_;
};

/// One arrival's column, times its change and its weight.
[[gnu::always_inline]] inline void add_column(const ColumnSums& in,
                                              std::size_t arrival,
                                              std::int32_t (&change)[k_strip_width],
                                              std::int32_t (&through)[k_strip_width]) {
    const std::int16_t* const column = in.columns + in.offset[arrival];
    const std::int32_t dx = in.change[arrival];
    const std::int32_t w = in.weight[arrival];
    for (std::size_t i = 0; i < k_strip_width; ++i) {
        change[i] += column[i] * dx;
        through[i] += column[i] * w;
    }
}

#ifdef SPIKEWELL_HAS_CLONES

// Products of 16-bit numbers summed by pairs into 32 bits: what vector units offer and the compiler
// does not find by itself.
__attribute__((target("arch=x86-64-v4"))) void sum_pairs(const ColumnSums& in, std::int32_t* sums) {
    Fetch fetch(in);
    std::size_t a = 0;
    for (std::size_t b = 0; b < in.n_bunches; ++b, sums += k_sums) {
        __m512i change_low = _mm512_setzero_si512();
        __m512i change_high = change_low;
        __m512i through_low = change_low;
        __m512i through_high = change_low;
        for (const std::size_t end = a + in.per_bunch; a < end; a += 2) {
            fetch.ahead_of(a);
            const __m512i first = _mm512_load_si512(in.columns + in.offset[a]);
            const __m512i second = _mm512_load_si512(in.columns + in.offset[a + 1]);
            const __m512i low = _mm512_unpacklo_epi16(first, second);
            const __m512i high = _mm512_unpackhi_epi16(first, second);
            const __m512i dx = _mm512_set1_epi32(pair_at(in.change + a));
            const __m512i w = _mm512_set1_epi32(pair_at(in.weight + a));
            change_low = _mm512_add_epi32(change_low, _mm512_madd_epi16(low, dx));
            change_high = _mm512_add_epi32(change_high, _mm512_madd_epi16(high, dx));
            through_low = _mm512_add_epi32(through_low, _mm512_madd_epi16(low, w));
            through_high = _mm512_add_epi32(through_high, _mm512_madd_epi16(high, w));
        }
        _mm512_storeu_si512(sums, change_low);
        _mm512_storeu_si512(sums + 16, change_high);
        _mm512_storeu_si512(sums + 32, through_low);
        _mm512_storeu_si512(sums + 48, through_high);
    }
}

// Of the arrivals begin .. begin + per_bunch - 1, and of 16 lanes.
__attribute__((target("arch=x86-64-v3"))) inline void sum_half(const ColumnSums& in,
                                                               std::size_t begin,
                                                               std::size_t half,
                                                               std::int32_t* sums) {
    __m256i change_low = _mm256_setzero_si256();
    __m256i change_high = change_low;
    __m256i through_low = change_low;
    __m256i through_high = change_low;
    for (std::size_t a = begin; a < begin + in.per_bunch; a += 2) {
        const auto* const first =
            reinterpret_cast<const __m256i*>(in.columns + in.offset[a] + half);
        const auto* const second =
            reinterpret_cast<const __m256i*>(in.columns + in.offset[a + 1] + half);
        const __m256i low = _mm256_unpacklo_epi16(*first, *second);
        const __m256i high = _mm256_unpackhi_epi16(*first, *second);
        const __m256i dx = _mm256_set1_epi32(pair_at(in.change + a));
        const __m256i w = _mm256_set1_epi32(pair_at(in.weight + a));
        change_low = _mm256_add_epi32(change_low, _mm256_madd_epi16(low, dx));
        change_high = _mm256_add_epi32(change_high, _mm256_madd_epi16(high, dx));
        through_low = _mm256_add_epi32(through_low, _mm256_madd_epi16(low, w));
        through_high = _mm256_add_epi32(through_high, _mm256_madd_epi16(high, w));
    }
    auto* const to = reinterpret_cast<__m256i*>(sums + half / 2);
    _mm256_storeu_si256(to, change_low);
    _mm256_storeu_si256(to + 2, change_high);
    _mm256_storeu_si256(to + 4, through_low);
    _mm256_storeu_si256(to + 6, through_high);
}

__attribute__((target("arch=x86-64-v3"))) void sum_pairs(const ColumnSums& in, std::int32_t* sums) {
    Fetch fetch(in);
    for (std::size_t b = 0; b < in.n_bunches; ++b, sums += k_sums) {
        const std::size_t begin = b * in.per_bunch;
        for (std::size_t a = begin; a < begin + in.per_bunch; a += 2)
            fetch.ahead_of(a);
        for (std::size_t half = 0; half < k_strip_width; half += 16)
            sum_half(in, begin, half, sums);
    }
}

__attribute__((target("default")))
#endif
void sum_pairs(const ColumnSums& in, std::int32_t* sums) {
    Fetch fetch(in);
    std::size_t a = 0;
    for (std::size_t b = 0; b < in.n_bunches; ++b, sums += k_sums) {
        std::int32_t change[k_strip_width] = {};
        std::int32_t through[k_strip_width] = {};
        for (const std::size_t end = a + in.per_bunch; a < end; a += 2) {
            fetch.ahead_of(a);
            for (std::size_t k = a; k < a + 2; ++k)
                add_column(in, k, change, through);
        }
        for (std::size_t i = 0; i < k_strip_width; ++i) {
            sums[i] = change[slot_of(i)];
            sums[k_strip_width + i] = through[slot_of(i)];
        }
    }
}

} // namespace

// The loader's choice among versions is only made where all of them are seen.
void sum_columns(const ColumnSums& in, std::int32_t* sums) {
    sum_pairs(in, sums);
}

SPIKEWELL_CLONES
void relax_bunches(const Bunch* bunches,
                   const std::int32_t* sums,
                   std::size_t n_bunches,
                   const GroupLanes& lanes,
                   float* value) {
    // Both tiles at once: each waits for itself from bunch to bunch.
    static_assert(k_strip_width == 2 * k_lane_quantum);
    Tile v[2];
    Tile low[2];
    Tile high[2];
    IntTile drive[2];
    for (std::size_t t = 0; t < 2; ++t) {
        const std::size_t lane = t * k_lane_quantum;
        v[t] = tile(lanes.potential + lane);
        low[t] = tile(lanes.low + lane);
        high[t] = tile(lanes.high + lane);
        drive[t] = tile(lanes.drive + lane);
    }
    for (std::size_t b = 0; b < n_bunches; ++b, sums += k_sums, value += k_strip_width) {
        const auto keep = static_cast<float>(bunches[b].keep);
        const auto lose = static_cast<float>(1.0 - bunches[b].keep);
        for (std::size_t t = 0; t < 2; ++t) {
            const std::size_t lane = t * k_lane_quantum;
            const Tile h = __builtin_convertvector(drive[t], Tile) * tile(lanes.quantum + lane);
            const Tile through =
                __builtin_convertvector(tile(sums + k_strip_width + lane), Tile) * bunches[b].unit;
            v[t] = v[t] * keep + (h * lose + through * tile(lanes.scale + lane));
            drive[t] += tile(sums + lane);
            low[t] = v[t] < low[t] ? v[t] : low[t];
            high[t] = v[t] > high[t] ? v[t] : high[t];
            tile(value + lane) = v[t];
        }
    }
    for (std::size_t t = 0; t < 2; ++t) {
        const std::size_t lane = t * k_lane_quantum;
        tile(lanes.potential + lane) = v[t];
        tile(lanes.low + lane) = low[t];
        tile(lanes.high + lane) = high[t];
        tile(lanes.drive + lane) = drive[t];
    }
}

namespace {

/// The bunch's sums of coupling times change, times what is through, and times lever, of one tile.
struct DirectSums {
    Tile change{};
    Tile through{};
    Tile lever{};
};

template <bool t_means, bool t_fetches>
[[gnu::always_inline]] inline void add_arrivals(const DirectArrivals& arrivals,
                                                std::size_t first,
                                                const float* columns,
                                                DirectSums (&sums)[2]) {
    for (std::size_t s = first; s < first + arrivals.per_bunch; ++s) {
        const float* const column = columns + arrivals.at[s];
        const float* const later = columns + arrivals.at[s + k_direct_lookahead];
        for (std::size_t t = 0; t < 2; ++t) {
            if constexpr (t_fetches) __builtin_prefetch(later + t * k_lane_quantum);
            const Tile w = tile(column + t * k_lane_quantum);
            sums[t].change += w * arrivals.dx[s];
            sums[t].through += w * arrivals.through[s];
            if constexpr (t_means) sums[t].lever += w * arrivals.lever[s];
        }
    }
}

/// What a bunch's mean potentials follow from: potentials before and after, drive, and its lever.
struct MeanParts {
    const Tile& before;
    const Tile& after;
    const Tile& h;
    const Tile& lever;
};

/// tau_m dV/dt = h - V, so the integral of V is that of h less tau_m times what V gains. A bunch without
/// length has per_ms = 0.
[[gnu::always_inline]] inline void put_mean(const MeanParts& of,
                                            float tau_m_ms,
                                            float per_ms,
                                            float* mean) {
    const Tile gained = (of.after - of.before) * tau_m_ms;
    const Tile whole = of.h + (of.lever - gained) * per_ms;
    tile(mean) = per_ms > 0.0F ? whole : of.after;
}

template <bool t_means, bool t_fetches>
[[gnu::always_inline]] inline void relax_bunches_directly(const DirectArrivals& arrivals,
                                                          std::span<const Bunch> bunches,
                                                          double tau_m_ms,
                                                          const float* columns,
                                                          const DirectLanes& lanes,
                                                          const DirectTrace& trace) {
    Tile v[2];
    Tile h[2];
    Tile low[2];
    Tile high[2];
    for (std::size_t t = 0; t < 2; ++t) {
        const std::size_t lane = t * k_lane_quantum;
        h[t] = tile(lanes.drive + lane);
        v[t] = low[t] = high[t] = tile(lanes.potential + lane);
        tile(trace.value + lane) = v[t];
        tile(trace.drive + lane) = h[t];
    }
    for (std::size_t b = 0; b < bunches.size(); ++b) {
        DirectSums sums[2];
        add_arrivals<t_means, t_fetches>(arrivals, b * arrivals.per_bunch, columns, sums);
        const auto keep = static_cast<float>(bunches[b].keep);
        const auto lose = static_cast<float>(1.0 - bunches[b].keep);
        const double length_ms = bunches[b].end_ms - bunches[b].begin_ms;
        const auto per_ms = length_ms > 0.0 ? static_cast<float>(1.0 / length_ms) : 0.0F;
        for (std::size_t t = 0; t < 2; ++t) {
            const std::size_t lane = t * k_lane_quantum;
            const Tile before = v[t];
            v[t] = before * keep + (h[t] * lose + sums[t].through);
            if constexpr (t_means)
                put_mean({before, v[t], h[t], sums[t].lever}, static_cast<float>(tau_m_ms), per_ms,
                         trace.mean + b * trace.mean_stride + lane);
            h[t] += sums[t].change;
            low[t] = v[t] < low[t] ? v[t] : low[t];
            high[t] = v[t] > high[t] ? v[t] : high[t];
            tile(trace.value + (b + 1) * k_strip_width + lane) = v[t];
            tile(trace.drive + (b + 1) * k_strip_width + lane) = h[t];
        }
    }
    for (std::size_t t = 0; t < 2; ++t) {
        const std::size_t lane = t * k_lane_quantum;
        tile(lanes.drive + lane) = h[t];
        tile(lanes.potential + lane) = v[t];
        tile(lanes.low + lane) = low[t];
        tile(lanes.high + lane) = high[t];
    }
}

} // namespace

SPIKEWELL_CLONES
void relax_direct(const DirectArrivals& arrivals,
                  std::span<const Bunch> bunches,
                  double tau_m_ms,
                  const float* columns,
                  const DirectLanes& lanes,
                  const DirectTrace& trace) {
    static_assert(k_strip_width == 2 * k_lane_quantum);
    if (trace.mean != nullptr) {
        relax_bunches_directly<true, true>(arrivals, bunches, tau_m_ms, columns, lanes, trace);
    } else if (arrivals.fetch) {
        relax_bunches_directly<false, true>(arrivals, bunches, tau_m_ms, columns, lanes, trace);
    } else {
        relax_bunches_directly<false, false>(arrivals, bunches, tau_m_ms, columns, lanes, trace);
    }
}

namespace {

using TimeTile = double __attribute__((
    vector_size(k_lane_quantum * sizeof(double)), aligned(alignof(double)), may_alias));
using ShortLanes = std::int16_t __attribute__((
    vector_size(k_lane_quantum * sizeof(std::int16_t)), aligned(alignof(std::int16_t)), may_alias));
using Half = float __attribute__((vector_size(32)));
using Quarter = float __attribute__((vector_size(16)));

/// Sums in an order that is the same everywhere.
[[gnu::always_inline]] inline float sum_of(const Tile& x) {
    const Half half = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
                      __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    const Quarter quarter = __builtin_shufflevector(half, half, 0, 1, 2, 3) +
                            __builtin_shufflevector(half, half, 4, 5, 6, 7);
    return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

[[gnu::always_inline]] inline float greatest_of(const Tile& x) {
    const Half a = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
    const Half b = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    const Half half = a > b ? a : b;
    const Quarter c = __builtin_shufflevector(half, half, 0, 1, 2, 3);
    const Quarter d = __builtin_shufflevector(half, half, 4, 5, 6, 7);
    const Quarter quarter = c > d ? c : d;
    return std::max(std::max(quarter[0], quarter[1]), std::max(quarter[2], quarter[3]));
}

// Rounded to whole units, weights stay within 16 bits and their sizes' sum within 2^16, so that sums
// with couplings of 16 bits stay within 31.
constexpr float k_largest_weight = 32700.0F;
constexpr float k_largest_sum = 65400.0F;

/// Weights of one bunch, its unit and slack; what rounding leaves is added to `errors`.
[[gnu::always_inline]] inline void weigh_bunch(const WeighedArrivals& arrivals,
                                               std::size_t first,
                                               std::size_t end,
                                               const WeightScale& scale,
                                               Bunch& bunch,
                                               Tile& errors) {
    const double length_ms = bunch.end_ms - bunch.begin_ms;
    const auto length = static_cast<float>(length_ms / scale.tau_m_ms);
    const float per_length = length > 0.0F ? 1.0F / length : 0.0F;
    const double per_tau_m = 1.0 / scale.tau_m_ms;
    Tile sizes{};
    Tile greatest{};
    Tile slack{};
    for (std::size_t s = first; s < end; s += k_lane_quantum) {
        const auto& times_ms = *reinterpret_cast<const TimeTile*>(arrivals.time_ms + s);
        const auto& changes = *reinterpret_cast<const ShortLanes*>(arrivals.change + s);
        const Tile after = __builtin_convertvector((bunch.end_ms - times_ms) * per_tau_m, Tile);
        const Tile dx = __builtin_convertvector(changes, Tile) * scale.quantum;
        Tile left;
        tile_exp(-after, left);
        const Tile through = dx * (1.0F - left);
        tile(arrivals.through + s) = through;
        Tile size;
        absolute(through, size);
        sizes += size;
        greatest = size > greatest ? size : greatest;
        // Between the bunch's ends V is as if all relaxed together, but for w (1 - exp(-u / tau_m))
        // / (1 - keep) of each arrival, u after the bunch's begin: that fraction is at most
        // u / length (1 + length / tau_m), and at most 1.
        const Tile share = (length - after) * (per_length * (1.0F + length));
        slack += size * (share < 1.0F ? share : Tile{} + 1.0F);
    }
    bunch.slack = sum_of(slack);
    bunch.unit = std::max(sum_of(sizes) / k_largest_sum, greatest_of(greatest) / k_largest_weight);
    const float per_unit = bunch.unit > 0.0F ? 1.0F / bunch.unit : 0.0F;
    for (std::size_t s = first; s < end; s += k_lane_quantum) {
        const Tile through = tile(arrivals.through + s);
        const Tile scaled = through * per_unit;
        const IntTile weight = __builtin_convertvector(
            scaled + (scaled < 0.0F ? Tile{} - 0.5F : Tile{} + 0.5F), IntTile);
        Tile error;
        absolute(through - __builtin_convertvector(weight, Tile) * bunch.unit, error);
        errors += error;
        *reinterpret_cast<ShortLanes*>(arrivals.weight + s) =
            __builtin_convertvector(weight, ShortLanes);
    }
}

} // namespace

SPIKEWELL_CLONES
float weigh_arrivals(const WeighedArrivals& arrivals,
                     std::size_t per_bunch,
                     const WeightScale& scale,
                     Bunch* bunches,
                     std::size_t n_bunches) {
    Tile errors{};
    for (std::size_t b = 0; b < n_bunches; ++b) {
        Bunch& bunch = bunches[b];
        bunch.keep = lane_exp((bunch.begin_ms - bunch.end_ms) / scale.tau_m_ms);
        bunch.per_through = bunch.keep < 1.0 ? 1.0 / (1.0 - bunch.keep) : 0.0;
    }
    for (std::size_t b = 0; b < n_bunches; ++b)
        weigh_bunch(arrivals, b * per_bunch, (b + 1) * per_bunch, scale, bunches[b], errors);
    return sum_of(errors);
}

SPIKEWELL_CLONES
void weigh_candidates(CandidateLanes& lanes, double tau_m_ms) {
    static_assert(k_candidates == k_philox_lanes);
    PhiloxLanes bits;
    double since[k_candidates];
    double per_through[k_candidates];
    for (std::size_t l = 0; l < k_candidates; ++l) {
        const philox4x32_ctr_t counter = lanes.stream[l]->next_counter();
        for (std::size_t w = 0; w < 4; ++w)
            bits.word[w].at[l] = counter[w];
        since[l] = (lanes.bunch[l]->begin_ms - lanes.t_ms[l]) / tau_m_ms;
        per_through[l] = lanes.bunch[l]->per_through;
    }
    philox<10>(bits, lanes.stream[0]->seed());
    for (std::size_t l = 0; l < k_candidates; ++l) {
        lanes.residual[l] = -lane_log(RandomStream::unit(bits.word[0].at[l], bits.word[1].at[l]));
        const double firing =
            (lanes.exponent[l] +
             lane_log(RandomStream::unit(bits.word[2].at[l], bits.word[3].at[l]))) /
            lanes.c[l];
        const double share = (1.0 - lane_exp(since[l])) * per_through[l];
        const double near = lanes.begin[l] + share * (lanes.end[l] - lanes.begin[l]);
        lanes.firing_potential[l] = firing;
        lanes.above[l] = near + lanes.bias[l] - firing;
    }
}

} // namespace spikewell::detail
