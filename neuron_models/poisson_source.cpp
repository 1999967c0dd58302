#include "neuron_models/poisson_source.hpp"

#include "core/error.hpp"
#include "neuron_models/ranges.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>

namespace spikewell {

namespace {

constexpr const char* k_model = "Poisson source";

void validate_times(const std::vector<double>& times_ms) {
    for (std::size_t k = 0; k < times_ms.size(); ++k) {
        if (!(times_ms[k] >= 0.0) || !std::isfinite(times_ms[k])) {
            throw ParameterError(k_model, "times_ms", times_ms[k], ">= 0 and finite");
        }
        if (k > 0 && !(times_ms[k] > times_ms[k - 1])) {
            throw ParameterError(k_model, "times_ms", times_ms[k],
                                 fmt::format("increasing: > {} before it", times_ms[k - 1]));
        }
    }
}

} // namespace

void validate(const PoissonRate& params) {
    validate_times(params.times_ms);
    if (params.rates_Hz.size() != params.times_ms.size()) {
        throw ParameterError(k_model, "rates_Hz", fmt::format("{} rates", params.rates_Hz.size()),
                             fmt::format("as many as times, {}", params.times_ms.size()));
    }
    for (const double rate_Hz : params.rates_Hz)
        require_within(k_model, "rates_Hz", rate_Hz, k_rates_Hz);
}

} // namespace spikewell
