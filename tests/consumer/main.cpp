#include "core/error.hpp"
#include "core/statistics.hpp"
#include "network/description.hpp"
#include "network/engine/recorder.hpp"
#include "network/engine/simulator.hpp"
#include "network/network.hpp"

#include <cstdio>

// A balanced network from the installed headers and library; 0 when it fires at a sensible rate.
int main() {
    spikewell::LifPopulation exc;
    exc.name = "exc";
    exc.size = 800;
    exc.inputs = {{spikewell::PoissonRate::constant(2000.0), 1.0, 0, {}}};
    spikewell::LifPopulation inh = exc;
    inh.name = "inh";
    inh.size = 200;
    spikewell::Network network;
    network.populations = {exc, inh};
    for (unsigned pre = 0; pre < 2; ++pre) {
        for (unsigned post = 0; post < 2; ++post) {
            spikewell::SynapticProjection projection;
            projection.pre.population = {pre};
            projection.post.population = {post};
            projection.connector = spikewell::FixedIndegree{pre == 0 ? 80U : 20U};
            projection.weight_mV = spikewell::Constant{pre == 0 ? 1.0 : -5.0};
            projection.delay_ms = spikewell::Constant{1.5};
            network.projections.emplace_back(projection);
        }
    }
    spikewell::Simulator simulator(network);
    spikewell::SpikeRecorder recorder({0});
    spikewell::Recorder* const recorders[] = {&recorder};
    simulator.run(500.0, recorders);
    const double rate_Hz = static_cast<double>(recorder.spikes().size()) / (800.0 * 0.5);
    std::printf("mean rate: %.1f Hz\n", rate_Hz);
    return rate_Hz > 1.0 && rate_Hz < 200.0 ? 0 : 1;
}
