#pragma once

#include "network/engine/loop/state.hpp"

/// Evidence over time (network.hpp): runs are cut where it changes, so that it changes between windows.
namespace spikewell::detail {

/// As many of the steps that a clock of 64 bits counts in as windows have at least.
[[nodiscard]] double hair_ms(double t_ms);

/// The parts of a run between changes of evidence, without windows yet. Changes within a hair of each
/// other, or of the run's end, make no part of their own.
[[nodiscard]] std::vector<Stretch> stretches_of(const EngineState& engine,
                                                double start_ms,
                                                double duration_ms);

/// Sets evidence that has changed after begin_ms and by end_ms, give or take the same hair.
void take_up_evidence(EngineState& engine, double begin_ms, double end_ms);
/// Sets evidence that is there from the start.
void begin_evidence(PopulationState& population);

} // namespace spikewell::detail
