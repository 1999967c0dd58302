#pragma once

#include "network/description.hpp"
#include "network/engine/recorder.hpp"

#include <string>
#include <vector>

/// What the engine is asked for, of what a description records.
namespace spikewell::io {

/// The recorded state variables, in the order of the request's columns.
[[nodiscard]] std::vector<std::string> variables_of(const PotentialRecording& what);
[[nodiscard]] std::vector<std::string> variables_of(const StateRecording& what);

/// The recording must pass validate(description).
[[nodiscard]] SampleRequest request_of(const PotentialRecording& what, const Network& network);
[[nodiscard]] SampleRequest request_of(const StateRecording& what, const Network& network);
[[nodiscard]] WeightRequest request_of(const WeightRecording& what);
[[nodiscard]] WeightRequest request_of(const CouplingRecording& what);

} // namespace spikewell::io
