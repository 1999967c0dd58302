#pragma once

#include "experiments/config.hpp"
#include "network/engine/simulator.hpp"
#include "rate/attractor_network.hpp"
#include "rate/large_network.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The two forms of one network behind one set of functions, so that every protocol is written
/// once.
namespace spikewell::experiments {

enum class Backend { rate, spiking };

/// "rate" or "spiking".
[[nodiscard]] const char* name_of(Backend backend);

/// From how many nodes on the rate form is rate::LargeNetwork.
constexpr std::size_t k_large_network = 512;

using RateNetwork = std::variant<rate::AttractorNetwork, rate::LargeNetwork>;

struct RateForm {
    RateNetwork network;
    double learning_rate = 0.0;
    rate::Pairing pairing = rate::Pairing::renewed;
};

struct SpikingForm {
    Simulator simulator;
    DyadicCode code;
};

using Form = std::variant<RateForm, SpikingForm>;

/// How a form runs and learns beside what the configuration says.
struct FormOptions {
    int n_threads = 1; ///< >= 1; they change no result
    /// How old the state is that errors are paired with: rates 0 or 1 steps, spikes any number of tau_ref.
    double pairing_delay_steps = 0.0;
};

/// The spiking form's network: one population that learns from itself.
[[nodiscard]] Network network_of(const Matrix& coupling,
                                 const Config& config,
                                 std::uint64_t seed,
                                 double pairing_delay_steps = 0.0);

/// A network with the given couplings [n_nodes x n_nodes], learning at
/// config.training.learning_rate when asked to. Throws ParameterError, NetworkError (memory).
[[nodiscard]] Form make_form(Backend backend,
                             const Matrix& coupling,
                             const Config& config,
                             std::uint64_t seed,
                             const FormOptions& options = {});

/// The same without couplings yet.
[[nodiscard]] Form untrained_form(Backend backend,
                                  std::size_t n_nodes,
                                  const Config& config,
                                  std::uint64_t seed,
                                  const FormOptions& options = {});

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
    std::span<Recorder* const> recorders = {}; ///< of the spiking form, where not samples are kept
};

/// Runs `steps` steps under constant evidence [n_nodes]; the state carries over from run to run.
/// Returns what is kept of each step [n_nodes x steps].
Matrix run(Form& form,
           std::span<const double> evidence,
           std::size_t steps,
           const RunOptions& options);

/// Sets the state of each node [n_nodes] between runs; what nodes were before has no part in what comes.
/// In spikes states are drawn with these means, as far as means of -1 .. 1 go (Simulator::set_state).
void set_state(Form& form, std::span<const double> state);

/// Begins a presentation of evidence [n_nodes] at states of 0: what comes of its first step, J has no part
/// in. In spikes states are drawn as the evidence alone gives them, which is the rate form's first step,
/// and dendrites see states of 0 until the delay has passed. Drawn fairly instead, nodes would go up at
/// once but down only as refractory periods end: a tau_ref with a mean above 0, which images that have
/// something in common would store, more with each presentation.
void begin_presentation(Form& form, std::span<const double> evidence, double inverse_temperature);

[[nodiscard]] Matrix coupling_of(const Form& form);

/// Everything that a form's future depends on, between runs, as bytes.
[[nodiscard]] std::string save_form(Form& form);
/// Back to there, of a form that was made alike, with any number of threads. Throws NetworkError for bytes
/// that are not of such a form.
void load_form(Form& form, std::string_view saved);

/// Mean over steps of each node.
[[nodiscard]] std::vector<double> mean_state(const Matrix& states);

/// factor * x.
[[nodiscard]] std::vector<double> scaled(std::span<const double> x, double factor);

} // namespace spikewell::experiments
