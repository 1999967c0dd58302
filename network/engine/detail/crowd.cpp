#include "network/engine/detail/crowd.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

void Crowd::prepare(std::span<const double> time_ms, float greatest_slack) {
    // A bound must hold for sums that were rounded in another order.
    constexpr float k_round_off = 1e-5F;
    keep.clear();
    slack.clear();
    float sum = 0.0F;
    for (std::size_t first = 0; first < steps.size(); first += k_segments_per_block) {
        // From the block's end backwards: what is left, then, of a difference from before a step.
        float left = 1.0F;
        float moved = 0.0F;
        for (std::size_t s = std::min(first + k_segments_per_block, steps.size()); s-- > first;) {
            steps[s].weight = steps[s].dx * (1.0F - left);
            moved += limits[s] * std::abs(steps[s].weight);
            left *= steps[s].keep;
        }
        keep.push_back(left);
        slack.push_back(moved * (1.0F + k_round_off) + k_round_off);
        sum += slack.back();
    }
    active = sum < greatest_slack * static_cast<float>(slack.size());
    if (active) grid.index(time_ms);
}

} // namespace spikewell::detail
