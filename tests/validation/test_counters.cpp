#include "support/naive_network.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

using namespace spikewell;
using namespace spikewell::test;

// What a run counts, against counts made in another way.

namespace {

/// Sources of listed spikes, some at once, onto LIF neurons, which are joined among themselves.
Network network_with(const SynapticProjection& among) {
    SpikeListPopulation sources{"sources", 5, {}};
    for (std::uint32_t k = 0; k < 200; ++k)
        sources.spikes.push_back({0.37 * k, k % 5});
    LifDelta neuron;
    neuron.V_th_mV = 5.0;
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 40;
    cells.neuron = neuron;
    SynapticProjection input;
    input.pre.population = {0};
    input.post = {{1}, 3, 30};
    input.connector = AllToAll{};
    input.weight = Constant{1.5};
    Network network;
    network.populations = {sources, cells};
    network.projections = {input, among};
    return network;
}

SynapticProjection among_cells(bool self_connections) {
    SynapticProjection among;
    among.pre.population = {1};
    among.post.population = {1};
    among.connector = AllToAll{};
    among.weight = Constant{0.01};
    among.delay_ms = Constant{2.0};
    among.self_connections = self_connections;
    return among;
}

/// A population whose V counts what it receives: it neither leaks nor fires.
NeuronPopulation counting(std::size_t size) {
    LifDelta neuron;
    neuron.tau_m_ms = 1e9;
    neuron.V_th_mV = 1e6;
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = size;
    cells.neuron = neuron;
    return cells;
}

} // namespace

TEST_CASE("Synaptic events are the arrivals that the naive implementation counts") {
    SynapticProjection among = among_cells(GENERATE(true, false));
    const int kind = GENERATE(0, 1, 2);
    if (kind == 1) {
        PairStdp rule;
        rule.lambda = 0.0;
        among.plasticity = rule;
    } else if (kind == 2) {
        among.pre = {{1}, 4, 20};
        among.post = {{1}, 10, {}};
    }
    const Network network = network_with(among);
    const double end_ms = 60.0;
    const NaiveRun naive = run_naive(network, end_ms);
    REQUIRE(naive.n_lif_spikes > 100);
    Simulator simulator(network);
    simulator.run(end_ms);
    CHECK(simulator.counters().synaptic_events == naive.n_arrivals);
    CHECK(simulator.counters().poisson_inputs == 0);
}

TEST_CASE("Poisson inputs are what neurons that do not leak have received") {
    const std::size_t size = GENERATE(7U, 64U, 1000U);
    NeuronPopulation cells = counting(size);
    const double weight_mV = 0.25; // sums of it are exact
    SECTION("of all neurons") {
        cells.inputs = {{PoissonRate::constant(700.0), weight_mV, 0, {}}};
    }
    SECTION("of ranges, of one rate and in steps") {
        cells.inputs = {{PoissonRate::constant(2500.0), weight_mV, 3, 2},
                        {PoissonRate{{0.0, 33.3, 71.0}, {100.0, 4000.0, 50.0}}, weight_mV, 1, {}}};
    }
    Network network;
    network.populations = {cells};
    Simulator simulator(network);
    simulator.run(100.0);
    double n = 0.0;
    for (const double V_mV : simulator.potentials({0}))
        n += V_mV / weight_mV;
    REQUIRE(n > 100.0);
    CHECK(static_cast<double>(simulator.counters().poisson_inputs) == Approx(n).epsilon(1e-5));
    CHECK(simulator.counters().synaptic_events == 0);
}

TEST_CASE(
    "Poisson inputs are of their law where so many come at once that none would be 0 as a number") {
    NeuronPopulation cells = counting(500); // 1e5 inputs each, 1,562 in a pass
    cells.inputs = {{PoissonRate::constant(1e6), 0x1.0p-20, 0, {}}};
    Network network;
    network.populations = {cells};
    Simulator simulator(network);
    simulator.run(100.0);
    const double expected = 1e6 * 0.1;
    double mean = 0.0;
    double squares = 0.0;
    for (const double V_mV : simulator.potentials({0})) {
        const double deviation = V_mV * 0x1.0p20 - expected;
        mean += deviation / 500.0;
        squares += deviation * deviation / 500.0;
    }
    CHECK(std::abs(mean) < 5.0 * std::sqrt(expected / 500.0));
    CHECK(squares == Approx(expected).epsilon(5.0 * std::sqrt(2.0 / 500.0)));
    CHECK(static_cast<double>(simulator.counters().poisson_inputs) ==
          Approx(500.0 * (expected + mean)).epsilon(1e-6));
}

TEST_CASE("Poisson inputs by exponential synapses are as many as their rates say") {
    LifExp neuron;
    neuron.tau_syn_exc_ms = GENERATE(5.0, 20.0);
    NeuronPopulation cells;
    cells.size = 500;
    cells.neuron = neuron;
    cells.V_init_mV = Constant{neuron.V_reset_mV};
    cells.inputs = {{PoissonRate::constant(1000.0), 1e-3, 100, 300}};
    Network network;
    network.populations = {cells};
    Simulator simulator(network);
    simulator.run(1000.0);
    const double expected = 300.0 * 1000.0;
    CHECK(std::abs(static_cast<double>(simulator.counters().poisson_inputs) - expected) <
          5.0 * std::sqrt(expected));
}
