#include "core/error.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace spikewell;
using namespace spikewell::test;

namespace {

/// One node driven by one source neuron that fires once, at `spike_ms`.
Network driven_once(double spike_ms, double delay_ms, Prediction prediction) {
    Network network = lone_nodes(1, 3, 3.0, 1);
    network.populations.emplace_back(SpikeListSource{"input", {1, 1, 10.0}, {{spike_ms, 0}}});
    Matrix coupling(1, 1, 0.5);
    network.projections = {
        FactorisedProjection{{1}, {0}, coupling, delay_ms, PredictiveHebbian{0.01, prediction}}};
    return network;
}

} // namespace

// Times within a window are float: this one rounds to past the window's end.
TEST_CASE("A change a hair before the window's end neither hangs nor is lost") {
    for (const Prediction prediction : {Prediction::expected, Prediction::spiking}) {
        Simulator simulator(driven_once(3.4 - 1e-9, 3.4, prediction));
        simulator.run(3.4);
        CHECK(simulator.time_ms() == 3.4);
        CHECK(simulator.state(k_second)[0] > 0.0);
    }
}

TEST_CASE("Feed-forward couplings learn too") {
    Simulator simulator(driven_once(1.0, 3.4, Prediction::spiking));
    simulator.set_evidence(k_first, std::vector<double>{5.0});
    simulator.run(30.0);
    CHECK(simulator.coupling({0})(0, 0) != Approx(0.5).epsilon(1e-6));
}

TEST_CASE("Couplings of nodes that a mask does not couple are 0 and are not learnt") {
    constexpr std::size_t n = 100; // two blocks
    Network network = recurrent(random_couplings(n, 0.3, 1), 4, 3.0, 3.93, 1);
    FactorisedProjection& projection = factorised(network.projections[0]);
    projection.plasticity = PredictiveHebbian{0.01, Prediction::spiking};
    projection.mask = FixedIndegree{7, false}; // drawn without replacement all the same
    Simulator simulator(network);
    const Matrix before = simulator.coupling({0});
    simulator.run(200.0);
    const Matrix after = simulator.coupling({0});
    for (std::size_t i = 0; i < n; ++i) {
        std::size_t n_coupled = 0;
        for (std::size_t j = 0; j < n; ++j) {
            const bool is_coupled = before(i, j) != 0.0;
            n_coupled += is_coupled ? 1 : 0;
            if (is_coupled) {
                CHECK(before(i, j) == Approx(projection.coupling(i, j)).epsilon(1e-6));
                CHECK(after(i, j) != before(i, j));
            } else {
                CHECK(after(i, j) == 0.0);
            }
        }
        CHECK(n_coupled == 7);
    }
}

TEST_CASE("A mask may be a list of nodes, or one to one, between populations") {
    Network network = lone_nodes(3, 4, 3.0, 1);
    network.populations.emplace_back(SpikeListSource{"input", {3, 1, 10.0}, {{1.0, 0}}});
    FactorisedProjection projection{{1}, {0}, Matrix(3, 3, 0.5), 2.0, {}};
    Matrix expected(3, 3);
    SECTION("list: weights and delays do not count") {
        projection.mask = SynapseList{{{0, 2, 0.0F, 0.0F}, {1, 1, 9.0F, -1.0F}}};
        expected(2, 0) = expected(1, 1) = 0.5;
    }
    SECTION("one to one") {
        projection.mask = OneToOne{};
        expected(0, 0) = expected(1, 1) = expected(2, 2) = 0.5;
    }
    network.projections = {projection};
    CHECK(Simulator(network).coupling({0}) == expected);
}

TEST_CASE("Potentials as large as couplings may be neither hang nor stop the clock") {
    const double delay_ms = GENERATE(0.0, 3.0);
    Matrix coupling(3, 3);
    coupling(0, 1) = coupling(2, 1) = 1e6;
    coupling(1, 0) = coupling(1, 2) = -1e6;
    Simulator simulator(recurrent(coupling, 5, 3.0, delay_ms, 1));
    simulator.run(100.0);
    CHECK(simulator.time_ms() == Approx(100.0));
}

TEST_CASE("Couplings that diverge end the run with an error that names the learning rate") {
    Network network = recurrent(random_couplings(8, 0.5, 1), 5, 3.0, 3.93, 1);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{1e6, Prediction::spiking};
    Simulator simulator(network);
    RandomStream stream(1, Purpose::evaluation_noise, 0);
    try {
        // What is learnt of one evidence is wrong for the next.
        for (int k = 0; k < 200; ++k) {
            std::vector<double> evidence(8);
            for (double& value : evidence)
                value = stream.uniform() < 0.5 ? -1e6 : 1e6;
            simulator.set_evidence({0}, evidence);
            simulator.run(100.0);
        }
        FAIL("no error");
    } catch (const ParameterError& error) {
        CHECK(error.field() == "learning_rate");
    }
}

TEST_CASE("Learning that is off leaves couplings alone, twins silent, and goes on when turned on") {
    Network network = recurrent(random_couplings(8, 0.5, 1), 5, 3.0, 3.93, 1);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{};
    Simulator simulator(network);
    simulator.set_learning({0}, false);
    const Matrix before = simulator.coupling({0});
    CHECK(record_spikes(simulator, 100.0, k_first, SpikeKind::predicted).empty());
    CHECK(simulator.coupling({0}) == before);
    simulator.set_learning({0}, true);
    CHECK_FALSE(record_spikes(simulator, 100.0, k_first, SpikeKind::predicted).empty());
    CHECK_FALSE(simulator.coupling({0}) == before);
}

TEST_CASE("Inputs out of range are refused") {
    Simulator simulator(lone_nodes(2, 3, 3.0, 1));
    CHECK_THROWS_AS(simulator.set_evidence(k_first, std::vector<double>{1.0}), NetworkError);
    CHECK_THROWS_AS(simulator.set_evidence(
                        k_first, std::vector<double>{1.0, std::numeric_limits<double>::infinity()}),
                    ParameterError);
    CHECK_THROWS_AS(simulator.set_inverse_temperature(k_first, -1.0), ParameterError);
    CHECK_THROWS_AS(simulator.run(-1.0), ParameterError);
    CHECK_THROWS_AS(Simulator(lone_nodes(2, 3, 3.0, 1), 0), ParameterError);
}

TEST_CASE("A pulse reaches its target after the delay and lasts tau_ref") {
    // A node so sharp that it fires at once where the input lifts its field, and never elsewhere.
    Network network = driven_once(5.0, 2.0, Prediction::spiking);
    factorised(network.projections[0]).plasticity.reset();
    factorised(network.projections[0]).coupling(0, 0) = 100.0;
    std::get<DyadicPopulation>(network.populations[0]).neurons_per_node = 1;
    std::get<DyadicPopulation>(network.populations[0]).neuron.tau_m_ms = 0.0;
    const double duration_ms = GENERATE(12.0, 40.0);
    Simulator simulator(network);
    simulator.set_evidence(k_first, std::vector<double>{0.0});
    const std::vector<Spike> spikes = record_spikes(simulator, duration_ms);
    REQUIRE_FALSE(spikes.empty());
    for (const Spike& spike : spikes) {
        CHECK(spike.t_ms >= 7.0);
        CHECK(spike.t_ms < 17.0);
    }
}
