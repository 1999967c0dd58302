#include "neuron_models/pair_stdp.hpp"

#include "core/error.hpp"
#include "neuron_models/ranges.hpp"

#include <fmt/format.h>

#include <string_view>

namespace spikewell {

namespace {

constexpr const char* k_model = "pair STDP";

void require(bool holds, std::string_view field, double value, std::string_view allowed) {
    if (!holds) throw ParameterError(k_model, field, value, allowed);
}

/// Depression is w <- w (1 - lambda alpha): beyond these the weight would change its sign, or never
/// be driven back to w_min.
void validate_multiplicative(const PairStdp& params) {
    require(params.lambda * params.alpha <= 1.0, "alpha", params.alpha,
            fmt::format("<= 1 / lambda, lambda = {}, for multiplicative weight dependence",
                        params.lambda));
    require(params.w_min_mV == 0.0, "w_min_mV", params.w_min_mV,
            "0 for multiplicative weight dependence");
}

} // namespace

void validate(const PairStdp& params) {
    require_within(k_model, "tau_plus_ms", params.tau_plus_ms, k_time_constants_ms);
    require_within(k_model, "tau_minus_ms", params.tau_minus_ms, k_time_constants_ms);
    require_within(k_model, "lambda", params.lambda, {0.0, 1.0});
    require_within(k_model, "alpha", params.alpha, k_learning_steps);
    require_within(k_model, "w_min_mV", params.w_min_mV, {0.0, k_weight_limits_mV.high});
    require_within(k_model, "w_max_mV", params.w_max_mV, k_weight_limits_mV);
    require(params.w_max_mV > params.w_min_mV, "w_max_mV", params.w_max_mV,
            fmt::format("> w_min_mV = {}", params.w_min_mV));
    if (params.dependence == WeightDependence::multiplicative) validate_multiplicative(params);
}

} // namespace spikewell
