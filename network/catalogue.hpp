#pragma once

#include "neuron_models/facts.hpp"

namespace spikewell {

/// All that network files know by name and that has a card: neuron models, their parts, plasticity rules,
/// connectors.
[[nodiscard]] std::vector<ModelFacts> all_models();

} // namespace spikewell
