#pragma once

#include "network/network.hpp"

#include <string>
#include <variant>
#include <vector>

namespace spikewell {

/// Spikes of a range of neurons.
struct SpikeRecording {
    NeuronRange neurons;
};
/// V of a range of neurons of a LIF population at 0, interval_ms, 2 interval_ms ... before any event
/// at that very time.
struct PotentialRecording {
    NeuronRange neurons;
    double interval_ms = 1.0; ///< > 0
};
/// Weights of a synaptic projection every interval_ms, at the end of the window that reaches it.
struct WeightRecording {
    ProjectionId projection;
    double interval_ms = 1000.0; ///< > 0
};
/// Mean rate of a range of neurons in bins.
struct RateRecording {
    NeuronRange neurons;
    double bin_ms = 10.0; ///< > 0
};
/// What a run writes; `name` becomes part of file names: letters, digits, _ and -, each name once.
struct Recording {
    std::string name;
    std::variant<SpikeRecording, PotentialRecording, WeightRecording, RateRecording> what;
};

/// A network and what is to be done with it: what a network file says (network/FORMAT.md).
struct NetworkDescription {
    Network network;
    double duration_ms = 1000.0; ///< >= 0
    std::vector<Recording> recordings;
};

/// Throws as validate(network) does, and NetworkError for recordings of what is not there.
void validate(const NetworkDescription& description);

} // namespace spikewell
