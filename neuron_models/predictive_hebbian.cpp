#include "neuron_models/predictive_hebbian.hpp"

#include <algorithm>

namespace spikewell {

double learning_rate_of(const std::optional<double>& given, double n_presynaptic) {
    constexpr double k_shared_by_all_nodes = 0.064;
    return given ? *given : k_shared_by_all_nodes / std::max(n_presynaptic, 1.0);
}

} // namespace spikewell
