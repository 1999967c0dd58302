#include "neuron_models/escape_noise_lif.hpp"

#include "core/error.hpp"

namespace spikewell {

void validate(const EscapeNoiseLif& params) {
    if (!(params.tau_ref_ms > 0.0) || !std::isfinite(params.tau_ref_ms)) {
        throw ParameterError("escape-noise LIF", "tau_ref_ms", params.tau_ref_ms, "> 0 and finite");
    }
    if (!(params.tau_m_ms >= 0.0) || !std::isfinite(params.tau_m_ms)) {
        throw ParameterError("escape-noise LIF", "tau_m_ms", params.tau_m_ms, ">= 0 and finite");
    }
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
