#include "network/engine/simulator.hpp"

#include <cstdio>

int main() { // Brunel's balanced network: 1,000 excitatory and 250 inhibitory neurons
    // README: from here
    spikewell::Network net;
    const auto cells = net.add(spikewell::NeuronPopulation{
        .name = "cells",
        .size = 1250,
        .inputs = {{spikewell::PoissonRate::constant(2000.0), /*mV*/ 1.0, 0, {}}}});
    net.connect(cells.first(1000), cells,
                {.connector = spikewell::FixedIndegree{100}, .weight = spikewell::Constant{1.0}});
    net.connect(cells.slice(1000, 250), cells,
                {.connector = spikewell::FixedIndegree{25}, .weight = spikewell::Constant{-5.0}});
    spikewell::Simulator simulator(net);
    spikewell::SpikeRecorder spikes(cells);
    simulator.run(1000.0, {&spikes});
    // to here
    std::printf("spikes: %llu\n", static_cast<unsigned long long>(simulator.counters().spikes));
}
