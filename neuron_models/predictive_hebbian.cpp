#include "neuron_models/predictive_hebbian.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell {

double learning_rate_of(const std::optional<double>& given, double n_presynaptic) {
    constexpr double k_shared_by_all_nodes = 0.064;
    return given ? *given : k_shared_by_all_nodes / std::max(n_presynaptic, 1.0);
}

void validate(const PredictiveHebbian& params) {
    const double rate = params.learning_rate.value_or(0.0);
    if (!(rate >= 0.0) || !std::isfinite(rate)) {
        throw ParameterError("predictive Hebbian rule", "learning_rate", rate, ">= 0 and finite");
    }
}

} // namespace spikewell
