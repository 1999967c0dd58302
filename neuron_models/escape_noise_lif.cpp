#include "neuron_models/escape_noise_lif.hpp"

#include "core/error.hpp"
#include "neuron_models/ranges.hpp"

#include <fmt/format.h>

namespace spikewell {

void validate(const EscapeNoiseLif& params) {
    constexpr const char* k_model = "escape-noise LIF";
    require_within(k_model, "tau_ref_ms", params.tau_ref_ms, k_time_constants_ms);
    if (params.tau_m_ms == 0.0 || k_time_constants_ms.contains(params.tau_m_ms)) return;
    throw ParameterError(
        k_model, "tau_m_ms", params.tau_m_ms,
        fmt::format("0, or {} .. {}", k_time_constants_ms.low, k_time_constants_ms.high));
}

EscapeNoiseState resting_state(RandomStream stream, double t_ms, double tau_ref_ms) {
    EscapeNoiseState state;
    state.stream = stream;
    const RandomStream::Pair on = state.stream.next_pair();
    state.free_at_ms = on.first < 0.5 ? t_ms + on.second * tau_ref_ms : t_ms;
    state.residual = -std::log(state.stream.uniform());
    return state;
}

} // namespace spikewell
