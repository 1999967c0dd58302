#include "neuron_models/escape_noise_lif.hpp"

namespace spikewell {

EscapeNoiseState resting_state(RandomStream stream, double t_ms, double tau_ref_ms) {
    EscapeNoiseState state;
    state.stream = stream;
    const RandomStream::Pair on = state.stream.next_pair();
    state.free_at_ms = on.first < 0.5 ? t_ms + on.second * tau_ref_ms : t_ms;
    state.residual = -std::log(state.stream.uniform());
    return state;
}

} // namespace spikewell
