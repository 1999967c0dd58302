#include "network/engine/simulator.hpp"

#include <cstdio>

int main() { // Brunel's balanced network: 1,000 excitatory and 250 inhibitory neurons
    spikewell::LifPopulation cells;
    cells.size = 1250;
    cells.inputs = {{spikewell::PoissonRate::constant(2000.0), /*mV*/ 1.0, 0, {}}};
    spikewell::SynapticProjection exc, inh;
    exc.pre = {{0}, 0, 1000};
    exc.connector = spikewell::FixedIndegree{100};
    exc.weight_mV = spikewell::Constant{1.0};
    inh.pre = {{0}, 1000, {}};
    inh.connector = spikewell::FixedIndegree{25};
    inh.weight_mV = spikewell::Constant{-5.0};
    spikewell::Simulator simulator({{cells}, {exc, inh}, /*seed*/ 1});
    simulator.run(1000.0);
    std::printf("spikes: %llu\n", static_cast<unsigned long long>(simulator.counters().spikes));
}
