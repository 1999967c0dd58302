#include "benchmark_networks.hpp"
#include "network/engine/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

// How cost grows with size (tests/benchmark/README.md): Brunel's balanced network at a fixed number
// of synapses a neuron and ever more neurons. All neurons, of every size, get input of one mean and
// variance and fire alike; what grows is how far synapses and neurons lie apart in memory.
// bench_growth [MOST_SYNAPSES [THREADS]].

using namespace spikewell;

namespace {

using Clock = std::chrono::steady_clock;

constexpr double k_least_synapses = 1e5;
// Of the synapses a neuron has. Fewer neurons share too many of their sources to fire independently:
// 2,530 of 1,250 synapses each fire together, 333 times a second.
constexpr double k_least_neurons = 6.3;
constexpr double k_root_of_ten = 3.1622776601683795;
// Of each network; the fastest counts, as others may use the machine.
constexpr int k_stretches = 3;
// Synapses times ms of a stretch: about as many events at every size.
constexpr double k_synapse_ms = 2e9;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double processor_s() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Stretch {
    double wall_s = 0.0;
    double cpu_s = 0.0;  ///< of all threads
    double events = 0.0; ///< synaptic
    double inputs = 0.0; ///< Poisson
    double spikes = 0.0;

    [[nodiscard]] double ns_per_event() const { return 1e9 * cpu_s / events; }
};

Stretch run_stretch(Simulator& simulator, double duration_ms) {
    const Counters before = simulator.counters();
    const Clock::time_point wall = Clock::now();
    const double cpu_s = processor_s();
    simulator.run(duration_ms);
    Stretch stretch{seconds_since(wall), processor_s() - cpu_s};
    const Counters after = simulator.counters();
    stretch.events = static_cast<double>(after.synaptic_events - before.synaptic_events);
    stretch.inputs = static_cast<double>(after.poisson_inputs - before.poisson_inputs);
    stretch.spikes = static_cast<double>(after.spikes - before.spikes);
    return stretch;
}

/// Prints a row and returns the processor time of an event in ns.
double measure(benchmark::Balanced plan, double n_synapses, int threads) {
    const double indegree = 1.25 * static_cast<double>(plan.indegree);
    plan.n_exc = static_cast<std::size_t>(std::lround(n_synapses / indegree / 1.25 / 4.0)) * 4;
    const double neurons = 1.25 * static_cast<double>(plan.n_exc);
    const double synapses = neurons * indegree;
    const Clock::time_point build = Clock::now();
    Simulator simulator(benchmark::balanced(plan, 1), threads);
    const double build_s = seconds_since(build);
    simulator.run(100.0); // out of the start, where all neurons are alike
    const double duration_ms = std::clamp(k_synapse_ms / synapses, 50.0, 5000.0);
    std::vector<Stretch> stretches;
    for (int k = 0; k < k_stretches; ++k)
        stretches.push_back(run_stretch(simulator, duration_ms));
    const Stretch best = *std::min_element(
        stretches.begin(), stretches.end(),
        [](const Stretch& a, const Stretch& b) { return a.ns_per_event() < b.ns_per_event(); });
    fmt::print(
        "{:>10.3g} {:>9.0f} {:>9.0f} {:>9.3f} {:>11.1f} {:>9.2f} {:>9.3f} {:>9.3f} {:>13.4g} "
        "{:>13.4g} {:>9.2f} {:>11.2f}\n",
        synapses, neurons, indegree, build_s, 1e9 * build_s / synapses,
        best.spikes / (neurons * 1e-3 * duration_ms), best.wall_s, best.cpu_s, best.events,
        best.inputs, best.ns_per_event(),
        static_cast<double>(simulator.synapse_bytes()) / synapses);
    std::fflush(stdout);
    return best.ns_per_event();
}

void measure_growth(const benchmark::Balanced& plan, double most_synapses, int threads) {
    std::vector<double> ns_per_event;
    const double indegree = 1.25 * static_cast<double>(plan.indegree);
    for (double n = k_least_synapses; n <= most_synapses * 1.001; n *= k_root_of_ten) {
        if (n / indegree > k_least_neurons * indegree)
            ns_per_event.push_back(measure(plan, n, threads));
    }
    if (ns_per_event.empty()) return;
    const auto [least, most] = std::minmax_element(ns_per_event.begin(), ns_per_event.end());
    fmt::print("{:.0f} synapses a neuron: most over least ns/event {:.2f}\n\n", indegree,
               *most / *least);
}

} // namespace

int main(int argc, char** argv) {
    const double most = argc > 1 ? std::atof(argv[1]) : 1e8;
    const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
    if (!(most >= k_least_synapses && most <= 1e12) || threads < 1 || threads > 4096 || argc > 3) {
        fmt::print(stderr, "bench_growth: usage: bench_growth [MOST_SYNAPSES (1e5 .. 1e12, default "
                           "1e8) [THREADS (1 .. 4096, default 1)]]\n");
        return 1;
    }
    fmt::print("{:>10} {:>9} {:>9} {:>9} {:>11} {:>9} {:>9} {:>9} {:>13} {:>13} {:>9} {:>11}\n",
               "synapses", "neurons", "in-degree", "build s", "ns/synapse", "rate Hz", "wall s",
               "cpu s", "events", "inputs", "ns/event", "bytes/syn.");
    const benchmark::Balanced plan;
    try {
        measure_growth(benchmark::with_a_tenth_of_the_input(plan), most, threads);
        measure_growth(plan, most, threads);
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench_growth: {}\n", error.what());
        return 1;
    }
    return 0;
}
