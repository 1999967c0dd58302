#include "neuron_models/lif_delta.hpp"

#include "core/error.hpp"
#include "neuron_models/ranges.hpp"

#include <fmt/format.h>

#include <string_view>

namespace spikewell {

namespace {

constexpr const char* k_model = "LIF neuron with delta synapses";

void require(std::string_view field, double value, const Interval& allowed) {
    require_within(k_model, field, value, allowed);
}

} // namespace

void validate(const LifDelta& params) {
    require("tau_m_ms", params.tau_m_ms, k_time_constants_ms);
    require("E_L_mV", params.E_L_mV, k_potentials_mV);
    require("drive_mV", params.drive_mV, k_potentials_mV);
    require("V_th_mV", params.V_th_mV, k_potentials_mV);
    require("V_reset_mV", params.V_reset_mV, k_potentials_mV);
    if (!params.escape && !(params.V_th_mV > params.V_reset_mV)) {
        throw ParameterError(k_model, "V_th_mV", params.V_th_mV,
                             fmt::format("> V_reset_mV = {}", params.V_reset_mV));
    }
    require("t_ref_ms", params.t_ref_ms, k_refractory_periods_ms);
    if (params.escape) validate(*params.escape);
}

} // namespace spikewell
