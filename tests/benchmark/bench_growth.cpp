#include "benchmark_networks.hpp"
#include "network/engine/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

// How cost grows with size: Brunel's balanced network from 1e5 to 1e8 synapses. Neurons of every
// size get input of one mean and variance (1,250 synapses each; where there are too few neurons
// 125, of which each weighs more), so they fire alike, and what grows is how far synapses and
// neurons lie apart in memory.
// bench_growth [MOST_SYNAPSES [THREADS]].

using namespace spikewell;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

benchmark::Balanced plan_of(double n_synapses) {
    benchmark::Balanced plan;
    const auto neurons_of = [&](std::size_t indegree) {
        return n_synapses / (1.25 * static_cast<double>(indegree)) / 1.25;
    };
    if (neurons_of(plan.indegree) < 1000.0) {
        plan = benchmark::with_a_tenth_of_the_input(plan);
    }
    plan.n_exc = static_cast<std::size_t>(neurons_of(plan.indegree) / 4.0 + 0.5) * 4;
    return plan;
}

void measure(double n_synapses, int threads) {
    const benchmark::Balanced plan = plan_of(n_synapses);
    const double neurons = 1.25 * static_cast<double>(plan.n_exc);
    const double synapses = neurons * 1.25 * static_cast<double>(plan.indegree);
    const Clock::time_point build = Clock::now();
    Simulator simulator(benchmark::balanced(plan, 1), threads);
    const double build_s = seconds_since(build);
    simulator.run(100.0); // out of the start, where all neurons are alike
    const Counters before = simulator.counters();
    // As many events at every size, within bounds.
    const double duration_ms = std::min(5000.0, std::max(200.0, 2e10 / synapses));
    const Clock::time_point run = Clock::now();
    simulator.run(duration_ms);
    const double wall_s = seconds_since(run);
    const Counters after = simulator.counters();
    const auto events = static_cast<double>(after.synaptic_events - before.synaptic_events);
    const double rate_Hz =
        static_cast<double>(after.spikes - before.spikes) / (neurons * 1e-3 * duration_ms);
    fmt::print("{:>10.3g} {:>9.0f} {:>9} {:>9.3f} {:>11.1f} {:>9.2f} {:>9.3f} {:>13.4g} {:>9.2f} "
               "{:>11.2f}\n",
               synapses, neurons, plan.indegree, build_s, 1e9 * build_s / synapses, rate_Hz, wall_s,
               events, 1e9 * wall_s / events,
               static_cast<double>(simulator.synapse_bytes()) / synapses);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const double most = argc > 1 ? std::atof(argv[1]) : 1e8;
    const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
    if (most < 1e5 || threads < 1) {
        fmt::print(stderr, "usage: bench_growth [MOST_SYNAPSES [THREADS]]\n");
        return 1;
    }
    fmt::print("{:>10} {:>9} {:>9} {:>9} {:>11} {:>9} {:>9} {:>13} {:>9} {:>11}\n", "synapses",
               "neurons", "exc. in", "build s", "ns/synapse", "rate Hz", "run s", "events",
               "ns/event", "bytes/syn.");
    for (double n = 1e5; n <= most * 1.001; n *= 3.1622776601683795)
        measure(n, threads);
    return 0;
}
