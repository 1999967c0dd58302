#include "core/random.hpp"
#include "network/engine/simulator.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

// What inference with the free-energy attractor network costs: n nodes of 5 neurons, dense random couplings of variance 1/n,
// evidence of order 1, no learning, in 25 runs that go on from one another. tau_refs: of all of them together.

using namespace spikewell;

namespace {

constexpr double k_tau_ref_ms = 10.0;

Network attractor(std::size_t n_nodes) {
    RandomStream stream(1, Purpose::initial_couplings, 0);
    Matrix coupling(n_nodes, n_nodes);
    const double scale = 1.0 / std::sqrt(static_cast<double>(n_nodes));
    for (std::size_t j = 0; j < n_nodes; ++j) {
        for (std::size_t i = 0; i < n_nodes; ++i) {
            if (i != j) coupling(i, j) = scale * stream.normal();
        }
    }
    DyadicPopulation population;
    population.n_nodes = n_nodes;
    population.neuron.tau_ref_ms = k_tau_ref_ms;
    Network network;
    network.populations = {population};
    FactorisedProjection projection;
    projection.pre = projection.post = PopulationId{0};
    projection.coupling = std::move(coupling);
    network.projections.push_back(std::move(projection));
    return network;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: bench_dyadic NODES THREADS TAU_REFS\n");
        return 2;
    }
    const auto n_nodes = static_cast<std::size_t>(std::atol(argv[1]));
    const int n_threads = std::atoi(argv[2]);
    constexpr int n_runs = 25;
    const double tau_refs = std::max(1.0, std::atof(argv[3]) / n_runs);
    Simulator simulator(attractor(n_nodes), n_threads);
    RandomStream stream(2, Purpose::evaluation_noise, 0);
    std::vector<double> evidence(n_nodes);
    for (double& b : evidence)
        b = stream.normal();
    simulator.set_evidence(PopulationId{0}, evidence);
    simulator.run(5.0 * k_tau_ref_ms);

    const Counters before = simulator.counters();
    std::vector<double> wall_ms;
    const std::clock_t cpu_start = std::clock();
    for (int r = 0; r < n_runs; ++r) {
        const auto start = std::chrono::steady_clock::now();
        simulator.run(tau_refs * k_tau_ref_ms);
        const std::chrono::duration<double, std::milli> wall =
            std::chrono::steady_clock::now() - start;
        wall_ms.push_back(wall.count() / tau_refs);
    }
    const double cpu_ms = 1e3 * static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
    std::sort(wall_ms.begin(), wall_ms.end());
    const Counters after = simulator.counters();
    const auto per_tau_ref = [&](std::uint64_t a, std::uint64_t b) {
        return static_cast<double>(b - a) / (n_runs * tau_refs);
    };
    std::printf(
        "nodes %zu threads %d: median %.3f ms, least %.3f ms, all threads' time %.3f ms; "
        "per tau_ref "
        "%.0f spikes, %.0f candidates, %.0f arrivals, %.2f windows\n",
        n_nodes, n_threads, wall_ms[n_runs / 2], wall_ms[0], cpu_ms / (n_runs * tau_refs),
        per_tau_ref(before.spikes, after.spikes), per_tau_ref(before.candidates, after.candidates),
        per_tau_ref(before.arrivals, after.arrivals), per_tau_ref(before.windows, after.windows));
    return 0;
}
