#include "neuron_models/escape_rate.hpp"

#include "neuron_models/ranges.hpp"

namespace spikewell {

namespace {
constexpr const char* k_model = "escape rate";
}

void validate(const EscapeRate& params) {
    require_within(k_model, "rate_Hz", params.rate_Hz, k_escape_rates_Hz);
    require_within(k_model, "theta_mV", params.theta_mV, k_potentials_mV);
    require_within(k_model, "slope_mV", params.slope_mV, k_escape_slopes_mV);
}

} // namespace spikewell
