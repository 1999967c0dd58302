#include "neuron_models/lif_exp.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

namespace spikewell {

namespace {

constexpr const char* k_model = "LIF neuron with exponential synapses";

void require(bool holds, std::string_view field, double value, std::string_view allowed) {
    if (!holds || !std::isfinite(value)) throw ParameterError(k_model, field, value, allowed);
}

} // namespace

void validate(const LifExp& params) {
    require(params.tau_m_ms > 0.0, "tau_m_ms", params.tau_m_ms, "> 0 and finite");
    require(params.tau_syn_exc_ms > 0.0, "tau_syn_exc_ms", params.tau_syn_exc_ms, "> 0 and finite");
    require(params.tau_syn_inh_ms > 0.0, "tau_syn_inh_ms", params.tau_syn_inh_ms, "> 0 and finite");
    require(true, "E_L_mV", params.E_L_mV, "finite");
    require(true, "drive_mV", params.drive_mV, "finite");
    require(true, "V_th_mV", params.V_th_mV, "finite");
    require(true, "V_reset_mV", params.V_reset_mV, "finite");
    require(params.escape || params.V_th_mV > params.V_reset_mV, "V_th_mV", params.V_th_mV,
            fmt::format("> V_reset_mV = {}", params.V_reset_mV));
    require(params.t_ref_ms >= 0.0, "t_ref_ms", params.t_ref_ms, ">= 0 and finite");
    if (params.escape) validate(*params.escape);
}

} // namespace spikewell
