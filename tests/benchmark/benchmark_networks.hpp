#pragma once

#include "network/network.hpp"

#include <string_view>

/// The networks that are measured.
namespace spikewell::benchmark {

/// A network and how long it is run.
struct Case {
    Network network;
    double duration_ms = 1000.0;
};

[[nodiscard]] bool is_point_neurons(std::string_view name);
/// "A", "A20": Vogels & Abbott's current-based network of 4,000 and 20,000 neurons. "B": Brunel's
/// balanced network of 12,500 neurons with 1,250 synapses each. "C": the same with multiplicative
/// STDP of the excitatory synapses, "T": with the triplet rule; "S": "B" with short-term plasticity of these. "COBA": 4,000 neurons with conductance synapses. "D": 1,000 escape-noise neurons, all to all, with STDP.
[[nodiscard]] Case point_neurons(std::string_view name, std::uint64_t seed);

/// Brunel's balanced network: n_exc excitatory neurons and a quarter as many inhibitory ones, each
/// of which has `indegree` excitatory synapses and a quarter as many inhibitory ones.
struct Balanced {
    std::size_t n_exc = 10000;
    std::size_t indegree = 1000; ///< a multiple of 4
    double exc_mV = 0.1;
    double inh_mV = -0.5;
    double drive_mV = 0.0;
    double input_Hz = 20000.0; ///< of each neuron's Poisson input
    double input_mV = 0.1;
    SynapticRule plasticity = {};                  ///< excitatory to excitatory
    std::optional<TsodyksMarkram> short_term = {}; ///< likewise
};
/// The same mean and variance of all input from a tenth of the synapses and of the Poisson input.
[[nodiscard]] Balanced with_a_tenth_of_the_input(Balanced plan);
[[nodiscard]] Network balanced(const Balanced& plan, std::uint64_t seed);

/// The free-energy attractor network of n nodes of 5 neurons: dense random couplings of variance
/// 1/n, no learning.
[[nodiscard]] Network attractor(std::size_t n_nodes, std::uint64_t seed);
/// Random evidence of order 1 for it.
[[nodiscard]] std::vector<double> evidence(std::size_t n_nodes, std::uint64_t seed);

} // namespace spikewell::benchmark
