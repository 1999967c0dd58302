#pragma once

#include "network/engine/detail/kernels.hpp"

#include <vector>

namespace spikewell::detail {

/// A population's path through a window in which many arrivals fall into one membrane time constant, so that few of them move a
/// potential within a block of k_segments_per_block: potentials are then followed from block to block, in sums over arrivals
/// that wait for nothing, and looked into only where a neuron may fire (see trace_blocks). The same for all of the
/// population's parts.
struct Crowd {
    bool active = false;         // whether this window is followed so
    std::vector<PathStep> steps; // [n_segments]
    std::vector<float> limits;   // [n_segments] greatest size of a step's couplings
    std::vector<float> keep;     // [block] exp(-dt / tau_m) over it
    std::vector<float> slack;    // [block] what its arrivals move a potential by at most within it
    TimeGrid grid;               // over the path's times

    /// Fills in what follows from the steps' dx and keep. Active where potentials move by less than `greatest_slack` within a block, on average.
    void prepare(std::span<const double> time_ms, float greatest_slack);
};

} // namespace spikewell::detail
