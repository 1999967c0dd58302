#pragma once

#include "mapping/resources.hpp"
#include "network/network.hpp"

#include <vector>

namespace spikewell::mapping {

/// What a projection's weights became.
struct RoundedWeights {
    std::uint32_t projection = 0;
    double step = 0.0;            ///< least difference of two weights, in their unit
    double greatest_change = 0.0; ///< of a weight
    double relative_rms = 0.0;    ///< root mean square of the changes over that of the weights
    double greatest_delay_change_ms = 0.0;
    bool operator==(const RoundedWeights&) const = default;
};

struct RoundedNetwork {
    Network network;
    std::vector<RoundedWeights> projections;
};

/// The network as a board can hold it: weights in `weight_bits` bits, delays in whole time steps (at
/// least one; left alone in continuous time). Evidence is left as it is.
///
/// On boards with ring buffers weights share the 16-bit cells in which inputs of one step add up: the
/// weight step is the one that sPyNNaker would choose, from the mean and 5 standard deviations of
/// what a target receives in a step, at least the largest weight. A row of couplings serves all K
/// neurons of its source node, so its step is 2^(K-1) times as large: the smallest gain's share is
/// then still a whole number of steps. Elsewhere the step follows from the largest weight, with a
/// sign in one of the bits where the board keeps it there.
[[nodiscard]] RoundedNetwork round_to_board(const Network& network,
                                            const Board& board,
                                            const Pace& pace,
                                            const SpikeRates& rates,
                                            int weight_bits);

} // namespace spikewell::mapping
