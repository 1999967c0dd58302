#pragma once

#include "core/ids.hpp"
#include "core/matrix.hpp"
#include "neuron_models/escape_noise_lif.hpp"
#include "neuron_models/predictive_hebbian.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spikewell {

/// How nodes are made of neurons: node i is neurons i K .. i K + K - 1, neuron k (0-based) has gain
/// g = 2^-(k+1), and
///
///     sigma_i(t) = sum_k g_k (2 z_ik(t) - 1)     z = 1 for tau_ref after a spike
///
/// A continuous-Bernoulli node made of K spiking neurons, exactly up to a tail of variance 4^-K
/// / 3.
struct DyadicCode {
    std::size_t n_nodes = 1;  ///< >= 1
    int neurons_per_node = 5; ///< K, 1 .. 20
    double tau_ref_ms = 10.0; ///< > 0, length of the pulse a spike causes

    [[nodiscard]] std::size_t n_neurons() const {
        return n_nodes * static_cast<std::size_t>(neurons_per_node);
    }
    [[nodiscard]] std::uint32_t node_of(std::uint32_t neuron) const {
        return neuron / static_cast<std::uint32_t>(neurons_per_node);
    }
    /// g of a neuron, 1/2 for the first of a node.
    [[nodiscard]] double gain_of(std::uint32_t neuron) const {
        return std::ldexp(
            1.0, -1 - static_cast<int>(neuron % static_cast<std::uint32_t>(neurons_per_node)));
    }
    /// The state of a node whose neurons are all silent: -(1 - 2^-K).
    [[nodiscard]] double silent_state() const { return std::ldexp(1.0, -neurons_per_node) - 1.0; }
    bool operator==(const DyadicCode&) const = default;
};

/// Nodes of escape-noise LIF neurons under evidence and recurrent input.
struct DyadicPopulation {
    std::string name = "attractor";
    std::size_t n_nodes = 1;
    int neurons_per_node = 5;
    EscapeNoiseLif neuron;
    double inverse_temperature = 1.0; ///< iT >= 0, precision of the somatic state; the twins' is 1

    [[nodiscard]] DyadicCode code() const { return {n_nodes, neurons_per_node, neuron.tau_ref_ms}; }
};

/// Nodes that fire at listed times, for input and for tests. Spikes need not be sorted; times >= 0.
struct SpikeListSource {
    std::string name = "source";
    DyadicCode layout;
    std::vector<Spike> spikes;

    [[nodiscard]] DyadicCode code() const { return layout; }
};

using Population = std::variant<DyadicPopulation, SpikeListSource>;

/// All nodes of `pre` to all nodes of `post` through dense couplings J (i, j) from j to i.
/// Factorised: neuron (j, l) to neuron (i, k) weighs J_ij 2 g_l 2 g_k iT, so a spike is delivered
/// to nodes (one column of J), not to neurons. A spike at t raises h_i by 2 g_l J_ij from t + delay
/// to t + tau_ref + delay.
struct FactorisedProjection {
    PopulationId pre;
    PopulationId post;
    Matrix coupling; // [n_post_nodes x n_pre_nodes]; self-coupling must be 0 where pre == post
    double delay_ms =
        3.93; ///< dendritic, >= 0; 0 makes the whole network run by the sequential queue
    std::optional<PredictiveHebbian> plasticity; ///< none: static couplings
};

using Projection = FactorisedProjection;

/// Largest coupling in size: beyond it float potentials have no resolution left.
constexpr double k_max_coupling = 1e6;

/// What is connected to what, by value. Everything that happens follows from this, the inputs, and
/// the seed.
struct Network {
    std::vector<Population> populations;
    std::vector<Projection> projections;
    std::uint64_t seed = 1;
};

[[nodiscard]] DyadicCode code_of(const Population& population);

/// Throws NetworkError or ParameterError naming the population or projection that cannot be built
/// or run.
void validate(const Network& network);

/// Delay that makes a node's own delayed state uncorrelated with its present one: tau_ref ln 2 -
/// tau_m. With zero field a neuron's autocorrelation is P(on at t | on at 0) = exp(-t / tau_ref),
/// which is 1/2, no memory, at this lag. Throws ParameterError when tau_m > tau_ref ln 2 (no such
/// delay).
[[nodiscard]] double memoryless_delay_ms(const EscapeNoiseLif& neuron);

/// Bytes the simulator will hold for this network.
[[nodiscard]] double required_bytes(const Network& network);
/// The same for an attractor network of n nodes of K neurons, before any matrix is made.
[[nodiscard]] double attractor_network_bytes(double n_nodes, int neurons_per_node);
/// Throws NetworkError saying bytes needed and available when `bytes` exceeds the machine's memory.
void require_memory(double bytes, const std::string& what);

} // namespace spikewell
