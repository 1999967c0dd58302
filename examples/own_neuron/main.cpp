#include "quadratic.hpp"
#include "spikewell/spikewell.hpp"

#include <cstdio>

// A neuron model of a program's own, which knows Spikewell as installed: alone under constant drive, where its
// rate has a closed form, and in a network with synapses, plasticity, Poisson inputs and noise.

namespace {

/// Whether the rate under a drive is that of the closed form.
bool fires_as_it_should(double drive_mV) {
    Quadratic neuron;
    neuron.drive_mV = drive_mV;
    spikewell::Network net;
    const auto cell =
        net.add(spikewell::NeuronPopulation{.name = "cell",
                                            .neuron = spikewell::custom_neuron(neuron),
                                            .V_init_mV = spikewell::Constant{-200.0}});
    spikewell::Simulator simulator(net);
    spikewell::SpikeRecorder spikes(cell);
    simulator.run(10'000.0, {&spikes});
    const double root = std::sqrt(drive_mV / neuron.V_0_mV);
    const double interval_ms = neuron.tau_ms / root *
                               (std::atan(neuron.V_peak_mV / neuron.V_0_mV / root) -
                                std::atan(neuron.V_reset_mV / neuron.V_0_mV / root));
    const std::size_t n = spikes.spikes().size();
    const double measured_ms = spikes.spikes().back().t_ms / static_cast<double>(n);
    std::printf("drive %5.1f mV: %.6f Hz, closed form %.6f Hz\n", drive_mV, 1000.0 / measured_ms,
                1000.0 / interval_ms);
    return std::abs(measured_ms - interval_ms) < 1e-9 * interval_ms;
}

/// A network of them; its rate, on so many threads.
double network_rate_Hz(int n_threads) {
    Quadratic neuron;
    neuron.drive_mV = -1.0;
    neuron.t_ref_ms = 2.0;
    spikewell::Network net;
    spikewell::NeuronPopulation cells{
        .name = "cells",
        .size = 1000,
        .neuron = spikewell::custom_neuron(neuron),
        .inputs = {{spikewell::PoissonRate::constant(1000.0), 1.0, 0, {}}}};
    cells.currents = {{spikewell::NoiseCurrent{0.0, 2.0, 5.0, 0.5}, 0, {}}};
    const auto all = net.add(cells);
    spikewell::PairStdp stdp;
    stdp.w_max = 1.0;
    net.connect(all.first(800), all,
                {.connector = spikewell::FixedIndegree{40},
                 .weight = spikewell::Constant{0.5},
                 .plasticity = stdp});
    net.connect(all.slice(800, 200), all,
                {.connector = spikewell::FixedIndegree{10}, .weight = spikewell::Constant{-2.0}});
    spikewell::Simulator simulator(net, n_threads);
    simulator.run(500.0);
    return static_cast<double>(simulator.counters().spikes) / 500.0;
}

} // namespace

int main() {
    bool right = true;
    for (const double drive_mV : {0.1, 1.0, 10.0})
        right = fires_as_it_should(drive_mV) && right;
    const double rate_Hz = network_rate_Hz(1);
    std::printf("network: %.2f Hz\n", rate_Hz);
    right = right && rate_Hz > 0.5 && rate_Hz < 100.0 && network_rate_Hz(2) == rate_Hz;
    std::puts(right ? "all is as it should be" : "something is wrong");
    return right ? 0 : 1;
}
