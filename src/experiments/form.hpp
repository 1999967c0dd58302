#pragma once

#include "experiments/config.hpp"
#include "network/engine/simulator.hpp"
#include "rate/attractor_network.hpp"

#include <span>
#include <variant>

/// The two forms of one network behind one set of functions, so that every protocol is written
/// once.
namespace spikewell::experiments {

enum class Backend { rate, spiking };

/// "rate" or "spiking".
[[nodiscard]] const char* name_of(Backend backend);

struct RateForm {
    rate::AttractorNetwork network;
    double learning_rate = 0.0;
};

struct SpikingForm {
    Simulator simulator;
    DyadicCode code;
};

using Form = std::variant<RateForm, SpikingForm>;

/// The spiking form's network: one population that learns from itself.
[[nodiscard]] Network network_of(const Matrix& coupling, const Config& config, std::uint64_t seed);

/// A network with the given couplings [n_nodes x n_nodes], learning at
/// config.training.learning_rate when asked to. Throws ParameterError, NetworkError (memory).
[[nodiscard]] Form make_form(Backend backend,
                             const Matrix& coupling,
                             const Config& config,
                             std::uint64_t seed);

/// What is kept of each step.
enum class Keep {
    nothing,
    mean,   ///< spiking: the mean decoded state over the step's tau_ref; rate: the sampled state
    sample, ///< the state at the step's end, a sample in both forms
};

struct RunOptions {
    double inverse_temperature = 1.0;
    bool learn = false;
    Keep keep = Keep::mean;
};

/// Runs `steps` steps under constant evidence [n_nodes]; the state carries over from run to run.
/// Returns what is kept of each step [n_nodes x steps].
Matrix run(Form& form,
           std::span<const double> evidence,
           std::size_t steps,
           const RunOptions& options);

[[nodiscard]] Matrix coupling_of(const Form& form);

/// Mean over steps of each node.
[[nodiscard]] std::vector<double> mean_state(const Matrix& states);

/// factor * x.
[[nodiscard]] std::vector<double> scaled(std::span<const double> x, double factor);

} // namespace spikewell::experiments
