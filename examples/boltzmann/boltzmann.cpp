// Three nodes without delay or leak sample the Boltzmann law p ~ exp(1/2 sigma^T J sigma) of their couplings: with J(0, 1) = 1 the
// first two nodes agree more often than not, the third goes its own way.
#include "core/statistics.hpp"
#include "network/engine/simulator.hpp"

#include <array>
#include <cstdio>

int main() {
    spikewell::DyadicPopulation population; // nodes of escape-noise LIF neurons
    population.n_nodes = 3;
    population.neurons_per_node = 2;
    population.neuron = {.tau_ref_ms = 10.0, .tau_m_ms = 0.0};
    spikewell::FactorisedProjection recurrent; // all to all, J(i, j) from j to i
    recurrent.coupling = spikewell::Matrix(3, 3);
    recurrent.coupling(0, 1) = recurrent.coupling(1, 0) = 1.0;
    recurrent.delay_ms = 0.0;
    spikewell::Simulator simulator({{population}, {recurrent}, /*seed*/ 1});

    std::array<std::vector<double>, 3> states;
    for (int sample = 0; sample < 20000; ++sample) {
        simulator.run(20.0);
        const std::vector<double> now = simulator.state({0});
        for (std::size_t i = 0; i < 3; ++i)
            states[i].push_back(now[i]);
    }
    std::printf("correlation of nodes 0 and 1: %.2f, of nodes 0 and 2: %.2f\n",
                spikewell::correlation(states[0], states[1]),
                spikewell::correlation(states[0], states[2]));
    return 0;
}
