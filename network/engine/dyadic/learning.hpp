#pragma once

#include "network/engine/loop/state.hpp"
#include "network/engine/loop/window.hpp"

namespace spikewell::detail {

/// Whether some projection onto the population learns now.
[[nodiscard]] bool learns(const EngineState& engine, const PopulationState& population);

/// Once a window, before its parts learn: lists what happened in it. The population's changes, its and
/// the presynaptic states are those of the end.
void prepare_learning(EngineState& engine, const Window& window);

/// Changes this part's rows of the plastic couplings by what happened in the window (neuron_models/predictive_hebbian.hpp), and
/// brings its errors up to the window's end.
void learn_part(EngineState& engine,
                const PopulationState& population,
                Part& part,
                const Window& window);

/// Throws ParameterError when couplings have grown beyond what potentials can follow.
void require_bounded_couplings(EngineState& engine);

} // namespace spikewell::detail
