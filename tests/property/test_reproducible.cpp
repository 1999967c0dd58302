#include "benchmark/benchmark_networks.hpp"
#include "support/everything.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::test;

namespace {

// 150 nodes: three parts, the last one narrower than the others.
Network plastic(std::uint64_t seed) {
    Network network = recurrent(random_couplings(150, 0.1, 2), 4, 3.0, 3.93, seed);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{0.005, Prediction::spiking};
    return network;
}

struct RunOutcome {
    std::vector<Spike> spikes;
    Matrix coupling;
    bool operator==(const RunOutcome&) const = default;
};

RunOutcome outcome(const Network& network, int n_threads, bool recorded) {
    Simulator simulator(network, n_threads);
    simulator.set_evidence(k_first, std::vector<double>(150, 0.3));
    simulator.set_inverse_temperature(k_first, 0.7);
    if (recorded) {
        static_cast<void>(record_states(
            simulator, std::get<DyadicPopulation>(network.populations[0]).code(), 7.0, 20));
    } else {
        simulator.run(140.0);
    }
    RunOutcome result;
    result.spikes = record_spikes(simulator, 60.0);
    result.coupling = simulator.coupling({0});
    return result;
}

} // namespace

TEST_CASE("The same seed gives the same spikes and couplings for any number of threads") {
    const RunOutcome one = outcome(plastic(1), 1, false);
    REQUIRE(one.spikes.size() > 1000);
    const int n_threads = GENERATE(2, 3, 8);
    CHECK(outcome(plastic(1), n_threads, false) == one);
}

TEST_CASE("So it does where nodes are driven over synapses") {
    const RunOutcome one = outcome(driven(Prediction::spiking), 1, false);
    REQUIRE(one.spikes.size() > 1000);
    CHECK(outcome(driven(Prediction::spiking), GENERATE(2, 8), true) == one);
}

TEST_CASE("So it does where couplings are sparse") {
    Network network = plastic(1);
    factorised(network.projections[0]).mask = FixedProbability{0.2};
    const RunOutcome one = outcome(network, 1, false);
    REQUIRE(one.spikes.size() > 1000);
    CHECK(outcome(network, GENERATE(2, 8), true) == one);
}

TEST_CASE("A mask that couples all gives, bit for bit, what no mask gives") {
    const Prediction prediction = GENERATE(Prediction::spiking, Prediction::expected);
    Network network = GENERATE(false, true) ? learning_in_blocks(prediction) : plastic(1);
    FactorisedProjection& projection = factorised(network.projections[0]);
    projection.plasticity = PredictiveHebbian{0.005, prediction};
    const bool learns = GENERATE(true, false);
    if (!learns) projection.plasticity.reset();
    const RunOutcome without = outcome(network, 1, false);
    projection.mask =
        GENERATE(Connector{AllToAll{}}, Connector{FixedProbability{1.0}},
                 Connector{FixedIndegree{149, false}}, Connector{FixedOutdegree{149, false}});
    CHECK(outcome(network, 1, false) == without);
    projection.mask = FixedProbability{0.9};
    CHECK_FALSE(outcome(network, 1, false) == without);
}

TEST_CASE("So it does where arrivals are followed in blocks while couplings change") {
    const Network network = learning_in_blocks(GENERATE(Prediction::spiking, Prediction::expected));
    const RunOutcome one = outcome(network, 1, false);
    REQUIRE(one.spikes.size() > 1000);
    CHECK(outcome(network, GENERATE(2, 3, 8), true) == one);
}

TEST_CASE("So it does where arrivals crowd") {
    const Network network = recurrent(random_couplings(150, 0.01, 2), 4, 3.0, 3.93, 1);
    const RunOutcome one = outcome(network, 1, false);
    REQUIRE(one.spikes.size() > 1000);
    CHECK(outcome(network, 2, true) == one);
}

TEST_CASE("Recording states and couplings of nodes changes nothing") {
    const Network network =
        GENERATE(learning(Prediction::spiking), learning(Prediction::expected),
                 learning_in_blocks(Prediction::spiking), learning_in_blocks(Prediction::expected));
    const auto run = [&](const std::vector<Recorder*>& recorders) {
        Simulator simulator(network, 2);
        simulator.run(100.0, recorders);
        return simulator.save();
    };
    FullRecorder recorder(network);
    const std::string recorded = run({&recorder});
    REQUIRE(recorder.synapses[0].size() == 4 * 150 * 149); // 31 and 31.1 are of one window
    REQUIRE(recorder.states[0].size() > 100);
    CHECK((recorded == run({})));
}

TEST_CASE("Recording changes nothing") {
    CHECK(outcome(plastic(1), 1, true) == outcome(plastic(1), 1, false));
}

namespace {

/// All that a LIF network of everything does in 150 ms, watched in full or not at all.
struct LifOutcome {
    std::vector<std::vector<Spike>> spikes;
    std::vector<std::vector<double>> V_mV;
    std::vector<std::vector<Synapse>> synapses;
    std::vector<std::vector<double>> end_potentials;
    std::uint64_t events = 0;
    bool operator==(const LifOutcome&) const = default;
};

LifOutcome lif_outcome(int n_threads, bool recorded) {
    const Network network = everything(1);
    Simulator simulator(network, n_threads);
    FullRecorder first(network);
    if (recorded) {
        simulator.run(100.0, std::array<Recorder*, 1>{&first});
    } else {
        simulator.run(100.0);
    }
    FullRecorder then(network);
    simulator.run(50.0, std::array<Recorder*, 1>{&then});
    LifOutcome outcome{then.spikes, then.states, then.synapses, {}, 0};
    for (std::uint32_t p = 0; p < 4; ++p)
        outcome.end_potentials.push_back(simulator.potentials({p}));
    for (std::uint32_t p = 0; p < 3; ++p)
        outcome.synapses.push_back(simulator.synapses({p}));
    outcome.events = simulator.counters().synaptic_events;
    return outcome;
}

} // namespace

TEST_CASE("A LIF network gives the same for any number of threads, observed or not") {
    const LifOutcome one = lif_outcome(1, false);
    for (const auto& spikes : one.spikes)
        REQUIRE(spikes.size() > 20);
    CHECK((lif_outcome(1, true) == one));
    const int n_threads = GENERATE(2, 3, 8);
    CHECK((lif_outcome(n_threads, true) == one));
}

// 5,000 neurons with Poisson input: the threads share every window.
TEST_CASE("So does one whose windows are worth sharing, plastic or not") {
    benchmark::Balanced plan = benchmark::with_a_tenth_of_the_input({.n_exc = 4000});
    if (GENERATE(false, true)) plan.plasticity = PairStdp{};
    const Network network = benchmark::balanced(plan, 1);
    const auto run = [&](int n_threads) {
        Simulator simulator(network, n_threads);
        std::vector<std::vector<Spike>> spikes = {record_spikes(simulator, 40.0, k_second)};
        simulator.run(20.0);
        for (const PopulationId population : {k_first, k_second})
            spikes.push_back(record_spikes(simulator, 20.0, population));
        return std::pair(spikes, simulator.synapses({0}));
    };
    const auto one = run(1);
    for (const auto& spikes : one.first)
        REQUIRE(spikes.size() > 500);
    CHECK((run(2) == one));
    CHECK((run(3) == one));
    CHECK((run(8) == one));
}

TEST_CASE("Another seed gives other spikes") {
    CHECK_FALSE(outcome(plastic(1), 1, false) == outcome(plastic(2), 1, false));
}

TEST_CASE("Spikes of a run are sorted and no neuron fires while refractory") {
    const std::vector<Spike> spikes = outcome(plastic(3), 1, false).spikes;
    REQUIRE(std::is_sorted(spikes.begin(), spikes.end()));
    std::vector<double> free_at_ms(600, 0.0);
    for (const Spike& spike : spikes) {
        REQUIRE(spike.t_ms >= free_at_ms[spike.source]);
        free_at_ms[spike.source] = spike.t_ms + 10.0;
    }
}

TEST_CASE("The state a recorder decodes is the state the simulator holds") {
    Simulator simulator(recurrent(random_couplings(20, 0.3, 2), 5, 3.0, 3.93, 1));
    simulator.run(37.0);
    const Matrix bins = record_states(simulator, {20, 5, 10.0}, 1e-6, 1);
    const std::vector<double> state = simulator.state(k_first);
    for (std::size_t i = 0; i < 20; ++i)
        CHECK(bins(i, 0) == Approx(state[i]).margin(1e-9));
}

// The two loops draw different numbers, so only their laws can agree: mean state of 8 coupled nodes
// over 400 blocks of 50 ms; z = 4 on the difference of two batch means, 8 checks: false alarm 0.05
// % in all.
TEST_CASE("The sequential queue and the windowed loop follow the same law at the same delay") {
    const Matrix coupling = random_couplings(8, 0.8, 6);
    Network windowed = recurrent(coupling, 3, 2.0, 3.0, 3);
    Network sequential = windowed;
    sequential.seed = 4;
    // A second, silent projection of delay 0 forces the sequential loop.
    FactorisedProjection silent;
    silent.coupling = Matrix(8, 8);
    silent.delay_ms = 0.0;
    sequential.projections.emplace_back(silent);
    std::array<Matrix, 2> states;
    for (std::size_t form = 0; form < 2; ++form) {
        Simulator simulator(form == 0 ? windowed : sequential);
        simulator.set_evidence(k_first, std::vector<double>(8, 0.2));
        simulator.run(200.0);
        states[form] = record_states(simulator, {8, 3, 10.0}, 50.0, 400);
    }
    for (std::size_t i = 0; i < 8; ++i) {
        std::array<double, 2> mean{};
        double variance = 0.0;
        for (std::size_t form = 0; form < 2; ++form) {
            double squares = 0.0;
            for (std::size_t b = 0; b < 400; ++b)
                mean[form] += states[form](i, b) / 400.0;
            for (std::size_t b = 0; b < 400; ++b) {
                squares += std::pow(states[form](i, b) - mean[form], 2) / 399.0;
            }
            variance += squares / 400.0;
        }
        CAPTURE(i);
        CHECK(std::abs(mean[0] - mean[1]) < 4.0 * std::sqrt(variance));
    }
}
