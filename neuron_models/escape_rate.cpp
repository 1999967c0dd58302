#include "neuron_models/escape_rate.hpp"

#include "core/error.hpp"

#include <cmath>

namespace spikewell {

namespace {
constexpr const char* k_model = "escape rate";
}

void validate(const EscapeRate& params) {
    if (!(params.rate_Hz > 0.0) || !std::isfinite(params.rate_Hz)) {
        throw ParameterError(k_model, "rate_Hz", params.rate_Hz, "> 0 and finite");
    }
    if (!std::isfinite(params.theta_mV)) {
        throw ParameterError(k_model, "theta_mV", params.theta_mV, "finite");
    }
    if (!(params.slope_mV > 0.0) || !std::isfinite(params.slope_mV)) {
        throw ParameterError(k_model, "slope_mV", params.slope_mV, "> 0 and finite");
    }
}

} // namespace spikewell
