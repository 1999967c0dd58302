#pragma once

#include "core/random.hpp"
#include "network/engine/loop/trouble.hpp"
#include "network/engine/loop/window.hpp"
#include "network/network.hpp"

#include <cstdint>
#include <vector>

/// Populations that fire at random: Poisson, gamma and correlated trains.
namespace spikewell::detail {

/// Neurons that fire at random and advance together.
struct PoissonBlock {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::vector<double>
        next_ms; ///< next spike of each neuron; of trains with spikes in common: of these
    std::vector<RandomStream>
        streams;               ///< of each neuron; or of the common spikes, and of who gets them
    std::vector<Spike> spikes; ///< of the window, sorted
};

struct PoissonState {
    PoissonRate rate;
    double shape = 1.0;       ///< of intervals
    double correlation = 0.0; ///< of trains with spikes in common
    std::vector<PoissonBlock> blocks;
};

[[nodiscard]] PoissonState make_poisson_state(const Network& network, std::uint32_t index);

void advance_block(const PoissonState& source,
                   PoissonBlock& block,
                   const Window& window,
                   const GiveUp& give_up);

} // namespace spikewell::detail
