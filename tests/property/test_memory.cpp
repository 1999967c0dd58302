#include "mapping/emulate.hpp"
#include "mapping/partition.hpp"
#include "network/engine/memory.hpp"
#include "network/engine/simulator.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace spikewell;

// What `required_bytes` says against what the system counts: of 1e7 synapses each, built and run in a
// process of its own.

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool k_memory_is_ours = false; // sanitizers keep as much again
#else
constexpr bool k_memory_is_ours = true;
#endif

constexpr double k_tolerance = 0.15;

/// "VmHWM" and such, in bytes.
double of_process(const std::string& field) {
    std::ifstream file("/proc/self/status");
    for (std::string word; file >> word;) {
        double kib = 0.0;
        if (word == field + ":" && file >> kib) return 1024.0 * kib;
    }
    return 0.0;
}

/// How far the peak of a process that does this lies above what it began with.
double peak_bytes(const std::function<void()>& work) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::ofstream("/proc/self/clear_refs") << "5"; // the peak begins now
        const double before = of_process("VmRSS");
        work();
        const double bytes = of_process("VmHWM") - before;
        const bool told = ::write(ends[1], &bytes, sizeof bytes) == sizeof bytes;
        ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    double bytes = 0.0;
    REQUIRE(::read(ends[0], &bytes, sizeof bytes) == sizeof bytes);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return bytes;
}

NeuronPopulation cells_of(std::size_t size) {
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = size;
    cells.neuron = LifDelta{};
    cells.inputs = {{PoissonRate::constant(12'000.0), 0.1, 0, {}}};
    cells.positions = UniformPositions{{1.0, 1.0}};
    return cells;
}

Network network_of(const SynapticProjection& projection, std::size_t size) {
    Network network;
    network.populations = {cells_of(size)};
    network.projections = {projection};
    return network;
}

/// 1,000 synapses a neuron.
SynapticProjection one_weight() {
    SynapticProjection projection;
    projection.connector = FixedIndegree{1000, false};
    projection.weight = Constant{0.01};
    projection.delay_ms = Constant{1.5};
    return projection;
}

SynapticProjection made(const std::string& kind) {
    SynapticProjection projection = one_weight();
    if (kind == "distributed weights") projection.weight = Normal{0.01, 0.001, 0.0, 1.0};
    if (kind == "distributed weights and delays") {
        projection.weight = Normal{0.01, 0.001, 0.0, 1.0};
        projection.delay_ms = Uniform{0.5, 2.5};
    }
    if (kind == "plastic") projection.plasticity = PairStdp{};
    if (kind == "all to all") projection.connector = AllToAll{};
    if (kind == "outdegree") projection.connector = FixedOutdegree{1000, false};
    if (kind == "probability") projection.connector = FixedProbability{0.1};
    if (kind == "distance") projection.connector = DistanceDisc{0.5, 0.2523, true}; // of 0.2
    return projection;
}

void check_peak(const Network& network, int n_threads) {
    const double needed = required_bytes(network, n_threads);
    const double peak = peak_bytes([&] {
        Simulator simulator(network, n_threads);
        simulator.run(20.0);
    });
    CAPTURE(needed, peak, needed / peak);
    CHECK(needed > (1.0 - k_tolerance) * peak);
    // Of several threads the peaks need not fall together: that is chance.
    if (n_threads == 1) CHECK(needed < (1.0 + k_tolerance) * peak);
}

} // namespace

TEST_CASE("The memory that a network is said to need is what it takes") {
    if (!k_memory_is_ours) return;
    const std::string kind =
        GENERATE("one weight", "distributed weights", "distributed weights and delays", "plastic",
                 "all to all", "outdegree", "probability", "distance");
    CAPTURE(kind);
    check_peak(network_of(made(kind), kind == "all to all" ? 3163 : 10'000), GENERATE(1, 2));
}

TEST_CASE("The same of synapses onto nodes") {
    if (!k_memory_is_ours) return;
    Network network;
    DyadicPopulation nodes;
    nodes.n_nodes = 10'000;
    network.populations = {nodes, PoissonPopulation{"sensors", 10'000, PoissonRate::constant(1.0)}};
    SynapticProjection drive;
    drive.pre.population = {1};
    drive.post.population = {0};
    drive.connector = FixedIndegree{1000, false};
    network.projections.emplace_back(drive);
    check_peak(network, 1);
}

TEST_CASE("The same of few synapses a neuron, and of dense couplings") {
    if (!k_memory_is_ours) return;
    SynapticProjection sparse = one_weight();
    sparse.connector = FixedIndegree{100, false};
    check_peak(network_of(sparse, 100'000), 1);
    Network dense;
    DyadicPopulation nodes;
    nodes.n_nodes = 3200;
    dense.populations = {nodes};
    FactorisedProjection recurrent;
    recurrent.coupling = Matrix(3200, 3200);
    dense.projections.emplace_back(recurrent);
    const double needed = required_bytes(dense, 1);
    // The matrix is the caller's here, and another is the simulator's.
    const double peak = peak_bytes([&] { Simulator simulator(dense, 1); });
    CAPTURE(needed, peak);
    CHECK(needed > (1.0 - k_tolerance) * peak);
    CHECK(needed < (1.0 + k_tolerance) * peak);
}

TEST_CASE(
    "An emulation on many cores takes the memory of its network, and half as much again at most") {
    if (!k_memory_is_ours) return;
    Network network = network_of(made("distributed weights and delays"), 10'000);
    std::get<NeuronPopulation>(network.populations.front()).inputs.clear();
    const mapping::Machine machine = mapping::make_machine("spinn5");
    mapping::Board limits = mapping::board(machine.board);
    limits.core.neurons = 64;
    const mapping::Pace pace{0.1, 1000.0};
    const mapping::Partition parts =
        mapping::partition(network, limits, pace, mapping::estimated_rates(network));
    const mapping::Layout layout = mapping::map_partition(parts, machine, {}, pace);
    REQUIRE(layout.slices.size() > 150);
    const double alone = peak_bytes([&] {
        Simulator simulator(network, 2);
        simulator.run(20.0);
    });
    const double emulated = peak_bytes([&] {
        (void)mapping::emulate(network, layout, {0.0, 2}, 20.0);
    });
    CAPTURE(alone, emulated, emulated / alone);
    CHECK(alone > 5e7);
    CHECK(emulated < 1.5 * alone);
}
