#include "core/pairs_ahead.hpp"

#include "core/clones.hpp"
#include "core/lane_math.hpp"
#include "core/philox_lanes.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell {

namespace {

SPIKEWELL_CLONES
void units_of(const PhiloxLanes& bits, RandomStream::Pair* pairs) {
    for (std::size_t l = 0; l < k_philox_lanes; ++l)
        pairs[l] = {RandomStream::unit(bits.word[0].at[l], bits.word[1].at[l]),
                    RandomStream::unit(bits.word[2].at[l], bits.word[3].at[l])};
}

/// Squares of radii and unit vectors of Box and Muller's method.
struct Polar {
    double square[k_philox_lanes];
    SinCos of[k_philox_lanes];
};
SPIKEWELL_CLONES
void polar_of(const RandomStream::Pair* u, std::size_t n, Polar& polar) {
    for (std::size_t l = 0; l < n; ++l) {
        polar.square[l] = -2.0 * lane_log(u[l].first);
        polar.of[l] = lane_sincos_of_turn(u[l].second);
    }
}

/// Uniform numbers to normal ones.
void make_normal(RandomStream::Pair* pairs, std::size_t n) {
    Polar polar;
    polar_of(pairs, n, polar);
    for (std::size_t l = 0; l < n; ++l) {
        const double radius = std::sqrt(polar.square[l]);
        pairs[l] = {radius * polar.of[l].cos, radius * polar.of[l].sin};
    }
}

} // namespace

RandomStream::Pair PairsAhead::normals_of(const RandomStream::Pair& u) {
    RandomStream::Pair pair = u;
    make_normal(&pair, 1);
    return pair;
}

void PairsAhead::draw_ahead(bool normals) {
    static_assert(k_ahead == k_philox_lanes);
    PhiloxLanes lanes;
    for (std::size_t l = 0; l < k_ahead; ++l) {
        const auto counter = stream_.next_counter();
        for (std::size_t w = 0; w < 4; ++w)
            lanes.word[w].at[l] = counter[w];
    }
    fastest_philox<10>()(lanes, stream_.seed());
    units_of(lanes, ahead_.data());
    if (normals) make_normal(ahead_.data(), k_ahead);
    at_ = 0;
    n_ = k_ahead;
    n_expected_ -= std::min(n_expected_, k_ahead);
}

} // namespace spikewell
