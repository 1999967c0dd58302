#pragma once

#include "network/engine/loop/state.hpp"
#include "network/engine/loop/window.hpp"

/// Crowded windows in which couplings change and arrivals are summed directly (Crowd::direct), for one
/// population; prepare_crowd (crowded_windows.hpp) decides which these are.
namespace spikewell::detail {

/// Advances a part through such a window, to its spikes.
void advance_direct(EngineState& engine,
                    const PopulationState& population,
                    Part& part,
                    CrowdScratch& scratch,
                    const Window& window);
/// To be called when all parts have come to the end of such a window.
void end_direct_window(EngineState& engine, const PopulationState& population);

} // namespace spikewell::detail
