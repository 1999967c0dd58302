#pragma once

#include "neuron_models/facts.hpp"

namespace spikewell {

/// All that network files know by name and that has a card: neuron models, their parts, plasticity rules,
/// connectors, populations, recordings; and the file itself.
[[nodiscard]] std::vector<ModelFacts> all_models();

} // namespace spikewell
