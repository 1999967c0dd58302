#include "neuron_models/predictive_hebbian.hpp"

#include "neuron_models/ranges.hpp"

#include <algorithm>

namespace spikewell {

double learning_rate_of(const std::optional<double>& given, double n_presynaptic) {
    constexpr double k_shared_by_all_nodes = 0.064;
    return given ? *given : k_shared_by_all_nodes / std::max(n_presynaptic, 1.0);
}

void validate(const PredictiveHebbian& params) {
    require_within("predictive Hebbian rule", "learning_rate", params.learning_rate.value_or(0.0),
                   k_learning_steps);
    require_within("predictive Hebbian rule", "pairing_delay_ms", params.pairing_delay_ms,
                   k_pairing_delays_ms);
}

} // namespace spikewell
