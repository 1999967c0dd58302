#include "core/pairs_ahead.hpp"

#include "core/clones.hpp"
#include "core/philox_lanes.hpp"

#include <algorithm>

namespace spikewell {

namespace {

SPIKEWELL_CLONES
void units_of(const PhiloxLanes& bits, RandomStream::Pair* pairs) {
    for (std::size_t l = 0; l < k_philox_lanes; ++l)
        pairs[l] = {RandomStream::unit(bits.word[0].at[l], bits.word[1].at[l]),
                    RandomStream::unit(bits.word[2].at[l], bits.word[3].at[l])};
}

} // namespace

void PairsAhead::draw_ahead() {
    static_assert(k_ahead == k_philox_lanes);
    PhiloxLanes lanes;
    for (std::size_t l = 0; l < k_ahead; ++l) {
        const auto counter = stream_.next_counter();
        for (std::size_t w = 0; w < 4; ++w)
            lanes.word[w].at[l] = counter[w];
    }
    fastest_philox<10>()(lanes, stream_.seed());
    units_of(lanes, ahead_.data());
    at_ = 0;
    n_ = k_ahead;
    n_expected_ -= std::min(n_expected_, k_ahead);
}

} // namespace spikewell
