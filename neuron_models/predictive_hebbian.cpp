#include "neuron_models/predictive_hebbian.hpp"

#include "neuron_models/ranges.hpp"

namespace spikewell {

void validate(const PredictiveHebbian& params) {
    require_within("predictive Hebbian rule", "learning_rate", params.learning_rate,
                   k_learning_steps);
}

} // namespace spikewell
