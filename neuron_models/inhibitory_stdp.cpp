#include "neuron_models/inhibitory_stdp.hpp"

#include "neuron_models/ranges.hpp"

namespace spikewell {

namespace {
constexpr const char* k_model = "inhibitory STDP";
}

void validate(const InhibitoryStdp& params) {
    require_within(k_model, "tau_ms", params.tau_ms, k_time_constants_ms);
    require_within(k_model, "eta_mV", params.eta_mV, k_learning_steps);
    require_within(k_model, "target_rate_Hz", params.target_rate_Hz, k_target_rates_Hz);
    require_within(k_model, "w_max_mV", params.w_max_mV, k_weight_limits_mV);
}

} // namespace spikewell
