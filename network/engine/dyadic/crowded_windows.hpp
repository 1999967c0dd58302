#pragma once

#include "network/engine/loop/state.hpp"
#include "network/engine/loop/window.hpp"

/// Windows in which arrivals crowd (crowd.hpp), for one population.
namespace spikewell::detail {

/// Decides how the population follows the window. Where its arrivals crowd, takes them from the
/// readers and prepares them.
void prepare_crowd(EngineState& engine, PopulationState& population, const Window& window);

/// Crowded windows have ended: delayed states are the projections' own again.
void end_crowd(EngineState& engine, PopulationState& population);
/// Where crowded windows have ended: potential and drive of a part from those of its crowd lanes.
void leave_crowd(EngineState& engine, const PopulationState& population, Part& part);

/// Advances a part through a crowded window, to its spikes.
void advance_crowded(EngineState& engine,
                     const PopulationState& population,
                     Part& part,
                     CrowdScratch& scratch,
                     const Window& window);

/// Delayed and filtered states as they will be at the window's end; may go on beside the parts.
void follow_crowd(PopulationState& population, const Window& window);
/// To be called when all parts have come there.
void end_crowded_window(PopulationState& population, const Window& window);

} // namespace spikewell::detail
