#pragma once

#include "network/network.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spikewell {

/// Spikes of a range of neurons.
struct SpikeRecording {
    NeuronRange neurons;
};
/// V of a range of point neurons at 0, interval_ms, 2 interval_ms ... before any event
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

constexpr std::size_t k_max_name_length = 100;   ///< a file name may have 255 bytes
constexpr std::size_t k_max_projections = 65536; ///< 16 bits of a random stream's key
constexpr std::size_t k_max_recordings = 65536;
constexpr double k_max_samples = 1e9; ///< of a recording in a run

/// Letters, digits, _ and -, at least one: a name that files, groups and scripts can bear.
[[nodiscard]] bool is_word(std::string_view name);

/// A network and what is to be done with it: what a network file says (network/FORMAT.md).
struct NetworkDescription {
    Network network;
    double duration_ms = 1000.0; ///< >= 0
    std::vector<Recording> recordings;

    /// Adds a recording: record("V", PotentialRecording{E.first(3), 0.1}).
    template <class What> void record(std::string name, What what) {
        recordings.push_back({std::move(name), std::move(what)});
    }
};

/// Throws as validate(network) does, and NetworkError for recordings of what is not there, for names
/// that are missing, taken or no words (projections may have none, or any text), and for more than
/// anybody can keep. A network file is read where and only where what it says passes.
void validate(const NetworkDescription& description);

} // namespace spikewell
