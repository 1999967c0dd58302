#include "neuron_models/predictive_hebbian.hpp"

#include "core/error.hpp"

#include <cmath>

namespace spikewell {

void validate(const PredictiveHebbian& params) {
    if (!(params.learning_rate >= 0.0) || !std::isfinite(params.learning_rate)) {
        throw ParameterError("predictive Hebbian rule", "learning_rate", params.learning_rate,
                             ">= 0 and finite");
    }
}

} // namespace spikewell
