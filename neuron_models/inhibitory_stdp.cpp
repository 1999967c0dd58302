#include "neuron_models/inhibitory_stdp.hpp"

#include "core/error.hpp"

#include <cmath>
#include <string_view>

namespace spikewell {

namespace {

constexpr const char* k_model = "inhibitory STDP";

void require(bool holds, std::string_view field, double value, std::string_view allowed) {
    if (!holds || !std::isfinite(value)) throw ParameterError(k_model, field, value, allowed);
}

} // namespace

void validate(const InhibitoryStdp& params) {
    require(params.tau_ms > 0.0, "tau_ms", params.tau_ms, "> 0 and finite");
    require(params.eta_mV >= 0.0, "eta_mV", params.eta_mV, ">= 0 and finite");
    require(params.target_rate_Hz >= 0.0, "target_rate_Hz", params.target_rate_Hz,
            ">= 0 and finite");
    require(params.w_max_mV > 0.0, "w_max_mV", params.w_max_mV, "> 0 and finite");
}

} // namespace spikewell
