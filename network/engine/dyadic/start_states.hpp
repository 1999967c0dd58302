#pragma once

#include "network/engine/loop/state.hpp"

#include <algorithm>

/// Setting the states of a dyadic population between runs (Simulator::set_state).
namespace spikewell::detail {

/// Draws the states of a population's nodes now, with the given means [n_nodes], and begins twins anew.
/// What it sent before reaches nobody: until a projection's delay has passed its dendrites see states of
/// 0, from then on those that were drawn.
void set_state(EngineState& engine, std::uint32_t index, std::span<const double> means);

/// Reads the changes of `pre` that a reader with a lag has before `until_ms`: calls `take(StateChange)` for
/// each, in order. While the reader is held nothing is seen; then the states as they are, at once.
template <class Take>
void read_held(PulseReader& reader,
               double& held_until_ms,
               const PopulationState& pre,
               double until_ms,
               Take&& take) {
    const double tau_ref_ms = pre.code.tau_ref_ms;
    if (held_until_ms >= 0.0) {
        const double release_ms = held_until_ms;
        // Seen by nobody.
        reader.pass(reader.edges_until(std::min(until_ms, release_ms), pre.history, tau_ref_ms));
        if (!(release_ms < until_ms)) return;
        held_until_ms = -1.0;
        const std::vector<float> state = state_of(reader, pre);
        for (std::uint32_t node = 0; node < state.size(); ++node)
            take(StateChange{release_ms, node, state[node]});
    }
    reader.read_until(until_ms, pre.history, tau_ref_ms, pre.outputs, take);
}

/// The changes that a projection brings.
template <class Take>
void read_arrivals(ProjectionState& projection,
                   const PopulationState& pre,
                   double until_ms,
                   Take&& take) {
    read_held(projection.delayed, projection.held_until_ms, pre, until_ms, take);
}

} // namespace spikewell::detail
