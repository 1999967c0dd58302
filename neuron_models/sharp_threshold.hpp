#pragma once

namespace spikewell {

/// Where who knows no escape noise has a sharp threshold: at the soft one, unless the neuron would fire there
/// without end; then V_th, which the neuron itself does not use.
template <class Lif> [[nodiscard]] double sharp_threshold_mV(const Lif& neuron) {
    if constexpr (requires { neuron.escape; }) {
        if (neuron.escape && neuron.escape->theta_mV > neuron.V_reset_mV)
            return neuron.escape->theta_mV;
    }
    return neuron.V_th_mV;
}

} // namespace spikewell
