#pragma once

#include "network/engine/simulator.hpp"

#include <array>

/// Small networks that tests build on.
namespace spikewell::test {

constexpr PopulationId k_first{0};
constexpr PopulationId k_second{1};

/// n independent nodes of K neurons under no input but evidence.
inline Network lone_nodes(std::size_t n_nodes,
                          int neurons_per_node,
                          double tau_m_ms,
                          std::uint64_t seed) {
    DyadicPopulation population;
    population.n_nodes = n_nodes;
    population.neurons_per_node = neurons_per_node;
    population.neuron.tau_m_ms = tau_m_ms;
    return {{population}, {}, seed};
}

/// One recurrent population with these couplings.
inline Network recurrent(const Matrix& coupling,
                         int neurons_per_node,
                         double tau_m_ms,
                         double delay_ms,
                         std::uint64_t seed) {
    Network network = lone_nodes(coupling.rows, neurons_per_node, tau_m_ms, seed);
    FactorisedProjection projection;
    projection.coupling = coupling;
    projection.delay_ms = delay_ms;
    network.projections = {projection};
    return network;
}

/// Couplings of order `scale`, not symmetric, diagonal 0, a function of the seed.
inline Matrix random_couplings(std::size_t n_nodes, double scale, std::uint64_t seed) {
    Matrix coupling(n_nodes, n_nodes);
    RandomStream stream(seed, Purpose::initial_couplings, 0);
    for (std::size_t j = 0; j < n_nodes; ++j) {
        for (std::size_t i = 0; i < n_nodes; ++i) {
            coupling(i, j) = i == j ? 0.0 : scale * stream.normal();
        }
    }
    return coupling;
}

/// 150 nodes, in three parts, that learn from themselves and from listed spikes.
inline Network learning(Prediction prediction) {
    Network network = recurrent(random_couplings(150, 0.1, 2), 4, 3.0, 3.93, 1);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{0.005, prediction};
    SpikeListSource source;
    source.layout = {10, 3, 10.0};
    for (std::uint32_t k = 0; k < 900; ++k) {
        const std::uint32_t round = k / 30;
        source.spikes.push_back({11.0 * round + 0.1 * (k % 30), k % 30});
    }
    network.populations.emplace_back(source);
    FactorisedProjection input;
    input.pre = {1};
    input.post = {0};
    input.coupling = Matrix(150, 10, 0.05);
    network.projections.emplace_back(input);
    return network;
}

/// 150 nodes whose many arrivals are followed in blocks while they learn from themselves.
inline Network learning_in_blocks(Prediction prediction) {
    Network network = recurrent(random_couplings(150, 0.1, 2), 7, 3.0, 3.93, 1);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{0.005, prediction};
    return network;
}

/// 150 nodes, in three parts, that learn from themselves, are driven by Poisson and listed neurons and by
/// their own spikes over synapses of all kinds, and drive point neurons.
inline Network driven(Prediction prediction) {
    Network network = learning(prediction);
    network.populations.emplace_back(
        PoissonPopulation{"sensors", 300, PoissonRate::constant(40.0)});
    SpikeListPopulation listed{"listed", 30, {}};
    for (std::uint32_t k = 0; k < 300; ++k)
        listed.spikes.push_back({0.5 * k, k * 7 % 30});
    network.populations.emplace_back(listed);
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 70;
    network.populations.emplace_back(cells);
    const auto join = [&](std::uint32_t pre, Connector how, Distribution w, Distribution d) {
        SynapticProjection p;
        p.pre.population = {pre};
        p.post.population = k_first;
        p.connector = std::move(how);
        p.weight = w;
        p.delay_ms = d;
        network.projections.emplace_back(p);
    };
    join(2, FixedIndegree{40, false}, Uniform{-0.2, 0.3}, Constant{2.5});
    join(2, FixedProbability{0.05}, Constant{0.1}, Uniform{1.5, 17.0});
    join(3, FixedOutdegree{20, true}, Normal{0.1, 0.1, -1.0, 1.0}, Constant{4.0});
    join(0, FixedIndegree{3, false}, Constant{-0.1}, Uniform{2.0, 5.0});
    SynapticProjection some;
    some.pre = {{3}, 5, 20};
    some.post = {k_first, 70, 20};
    some.connector = OneToOne{};
    some.weight = Constant{0.5};
    some.delay_ms = Constant{3.0};
    network.projections.emplace_back(some);
    some.pre = {k_first, 0, {}};
    some.post = {{4}, 0, {}};
    some.connector = FixedIndegree{30, false};
    network.projections.emplace_back(some);
    return network;
}

/// Spikes of one population over a run.
inline std::vector<Spike> record_spikes(Simulator& simulator,
                                        double duration_ms,
                                        PopulationId population = k_first,
                                        SpikeKind kind = SpikeKind::somatic) {
    SpikeRecorder recorder(population, kind);
    const std::array<Recorder*, 1> recorders{&recorder};
    simulator.run(duration_ms, recorders);
    return recorder.spikes();
}

/// Mean state of each node over n bins of bin_ms.
inline Matrix record_states(Simulator& simulator,
                            const DyadicCode& code,
                            double bin_ms,
                            std::size_t n_bins) {
    StateRecorder recorder(k_first, code, bin_ms, n_bins);
    const std::array<Recorder*, 1> recorders{&recorder};
    simulator.run(bin_ms * static_cast<double>(n_bins), recorders);
    return recorder.states();
}

} // namespace spikewell::test
