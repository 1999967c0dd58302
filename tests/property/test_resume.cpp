#include "core/error.hpp"
#include "support/everything.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::test;

// A run that is stopped, saved and gone on with in another simulator is the run that was not.

namespace {

constexpr double k_resumed_run_ms = 120.0;

std::size_t count(const FullRecorder& recorder) {
    std::size_t n = 0;
    for (const auto& spikes : recorder.spikes)
        n += spikes.size();
    return n;
}

void check_same(const FullRecorder& a, const FullRecorder& b) {
    CHECK((a.spikes == b.spikes));
    CHECK((a.times_ms == b.times_ms));
    CHECK((a.states == b.states));
    CHECK((a.weight_times_ms == b.weight_times_ms));
    CHECK((a.synapses == b.synapses));
}

void check_same(const Simulator& a, const Simulator& b, const Network& network) {
    CHECK(a.time_ms() == b.time_ms());
    CHECK(a.counters().spikes == b.counters().spikes);
    CHECK(a.counters().synaptic_events == b.counters().synaptic_events);
    CHECK(a.counters().poisson_inputs == b.counters().poisson_inputs);
    CHECK(a.counters().candidates == b.counters().candidates);
    CHECK(a.counters().windows == b.counters().windows);
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        if (std::holds_alternative<NeuronPopulation>(network.populations[p]))
            CHECK((a.potentials({p}) == b.potentials({p})));
        if (is_dyadic(network.populations[p])) CHECK((a.state({p}) == b.state({p})));
    }
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        if (std::holds_alternative<SynapticProjection>(network.projections[p])) {
            CHECK((a.synapses({p}) == b.synapses({p})));
        } else {
            CHECK((a.coupling({p}) == b.coupling({p})));
        }
    }
}

/// Runs for a while, so that time and windows are not the first ones.
void begin(Simulator& simulator, const Network& network) {
    if (is_dyadic(network.populations[0])) {
        simulator.set_evidence(k_first, std::vector<double>(150, 0.3));
        simulator.set_inverse_temperature(k_first, 0.7);
    }
    simulator.run(30.0);
}

void check_resumed(const Network& network, double stop_ms, int n_threads) {
    FullRecorder whole(network);
    Simulator one(network);
    begin(one, network);
    REQUIRE(one.run(k_resumed_run_ms, std::array<Recorder*, 1>{&whole}));
    REQUIRE(count(whole) > 1000);

    FullRecorder parts(network);
    const std::array<Recorder*, 1> recorders{&parts};
    Simulator first(network, n_threads);
    begin(first, network);
    REQUIRE_FALSE(
        first.run(k_resumed_run_ms, recorders, [&](double t_ms) { return t_ms < stop_ms; }));
    const std::string saved = first.save();
    CHECK(first.save() == saved);
    Simulator second(network, 3 - n_threads);
    second.run(7.0); // what it did before does not matter
    second.load(saved);
    check_same(first, second, network);
    CHECK(second.save() == saved);
    REQUIRE(second.resume(recorders));
    check_same(whole, parts);
    check_same(one, second, network);
    // And beyond the run.
    one.run(20.0);
    second.run(20.0);
    check_same(one, second, network);
}

} // namespace

TEST_CASE("A LIF network that is saved and loaded goes on as if it had not been") {
    check_resumed(everything(1), 30.0 + GENERATE(0.1, 41.0, 100.0), GENERATE(1, 2));
}

TEST_CASE("Spikes that are added while running are as if listed from the start, and are saved") {
    constexpr PopulationId k_listed{5};
    const Network network = everything(1);
    const std::vector<Spike> added{{90.0, 19}, {44.25, 7}, {31.0, 3}, {44.25, 2}, {30.0, 4}};
    Network whole = network;
    auto& listed = std::get<SpikeListPopulation>(whole.populations[k_listed.index]).spikes;
    listed.insert(listed.end(), added.begin(), added.end());
    std::sort(listed.begin(), listed.end());
    FullRecorder expected(network);
    Simulator one(whole);
    one.run(30.0, {&expected});
    one.run(80.0, {&expected});

    FullRecorder told(network);
    const std::array<Recorder*, 1> recorders{&told};
    Simulator first(network);
    first.run(30.0, recorders);
    first.add_spikes(k_listed, added);
    CHECK_THROWS_WITH(first.add_spikes(k_listed, std::array{Spike{29.0, 3}}),
                      Catch::Matchers::Contains("t_ms"));
    CHECK_THROWS_WITH(first.add_spikes(k_listed, std::array{Spike{40.0, 20}}),
                      Catch::Matchers::Contains("< 20"));
    CHECK_THROWS_AS(first.add_spikes({0}, added), NetworkError);
    first.run(80.0, recorders, [](double t_ms) { return t_ms < 60.0; });
    Simulator second(network);
    second.load(first.save());
    REQUIRE(second.resume(recorders));
    check_same(expected, told);
    check_same(one, second, network);
}

TEST_CASE("A learning dyadic network that is saved and loaded goes on as if it had not been") {
    check_resumed(learning(GENERATE(Prediction::spiking, Prediction::expected)),
                  30.0 + GENERATE(0.1, 57.0), GENERATE(1, 2));
}

TEST_CASE("So do nodes that are driven over synapses") {
    check_resumed(driven(GENERATE(Prediction::spiking, Prediction::expected)),
                  30.0 + GENERATE(0.1, 57.0), GENERATE(1, 2));
}

TEST_CASE("So does one that learns while its arrivals are followed in blocks") {
    Network network = learning_in_blocks(GENERATE(Prediction::spiking, Prediction::expected));
    if (GENERATE(false, true)) factorised(network.projections[0]).mask = FixedIndegree{30};
    check_resumed(network, 30.0 + GENERATE(0.1, 57.0), GENERATE(1, 2));
}

TEST_CASE("A sparse learning network that is saved and loaded goes on as if it had not been") {
    Network network = learning(Prediction::spiking);
    factorised(network.projections[0]).mask = FixedIndegree{30};
    factorised(network.projections[1]).mask = FixedProbability{0.5};
    check_resumed(network, 87.0, GENERATE(1, 2));
}

TEST_CASE("What learns, and twins that ran before, are saved too") {
    const Network network = learning(Prediction::spiking);
    Simulator one(network);
    one.run(30.0);
    one.set_learning({0}, false);
    one.run(20.0);
    Simulator second(network);
    second.load(one.save());
    for (Simulator* simulator : {&one, &second}) {
        simulator->run(20.0);
        simulator->set_learning({0}, true); // twins begin anew, their streams do not
        simulator->run(20.0);
    }
    check_same(one, second, network);
    CHECK(one.counters().predicted_spikes == second.counters().predicted_spikes);
}

TEST_CASE("A simulator with a delay of 0 is saved and loaded") {
    const Network network = recurrent(random_couplings(20, 0.3, 2), 4, 0.0, 0.0, 1);
    Simulator one(network);
    one.run(50.0);
    Simulator second(network);
    second.load(one.save());
    one.run(50.0);
    second.run(50.0);
    check_same(one, second, network);
}

TEST_CASE("A run stopped twice in one simulator is the run that was not") {
    const Network network = everything(2);
    FullRecorder whole(network);
    FullRecorder parts(network);
    Simulator one(network);
    one.run(k_resumed_run_ms, std::array<Recorder*, 1>{&whole});
    Simulator other(network);
    const std::array<Recorder*, 1> recorders{&parts};
    CHECK_FALSE(other.run(k_resumed_run_ms, recorders, [](double t_ms) { return t_ms < 20.0; }));
    CHECK_FALSE(other.resume(recorders, [](double t_ms) { return t_ms < 60.0; }));
    CHECK(other.resume(recorders));
    check_same(whole, parts);
    check_same(one, other, network);
}

TEST_CASE("Bytes of another network, or not all of them, are refused and change nothing") {
    const Network network = everything(1);
    Simulator simulator(network);
    simulator.run(20.0);
    const std::string saved = simulator.save();
    Network other = network;
    SECTION("seed") {
        other.seed = 2;
    }
    SECTION("a parameter") {
        std::get<LifDelta>(std::get<NeuronPopulation>(other.populations[0]).neuron).t_ref_ms = 1.0;
    }
    SECTION("a listed spike") {
        std::get<SpikeListPopulation>(other.populations[5]).spikes[7].t_ms += 0.1;
    }
    SECTION("a rule") {
        std::get<SynapticProjection>(other.projections[0]).plasticity =
            PairStdp{.lambda = 0.05, .w_max = 0.9};
    }
    SECTION("a projection less") {
        other.projections.pop_back();
    }
    Simulator target(other);
    target.run(10.0);
    const std::string before = target.save();
    if (saved.substr(8, 8) == before.substr(8, 8)) FAIL("no difference");
    CHECK_THROWS_AS(target.load(saved), NetworkError);
    CHECK(target.save() == before);
}

TEST_CASE("Bytes that are cut anywhere are refused and change nothing") {
    const Network network = everything(1);
    Simulator simulator(network);
    simulator.run(20.0);
    const std::string saved = simulator.save();
    simulator.run(1.0);
    const std::string before = simulator.save();
    for (std::size_t n = 0; n < saved.size(); n += n < 64 ? 1 : saved.size() / 37)
        REQUIRE_THROWS_AS(simulator.load(std::string_view(saved).substr(0, n)), NetworkError);
    CHECK_THROWS_AS(simulator.load(saved + "x"), NetworkError);
    CHECK_THROWS_AS(simulator.load(std::string(100, 'x')), NetworkError);
    CHECK(simulator.save() == before);
}

TEST_CASE("A dyadic network of other static couplings is another network") {
    Network network = recurrent(random_couplings(20, 0.3, 2), 4, 3.0, 3.93, 1);
    const std::string saved = Simulator(network).save();
    factorised(network.projections[0]).coupling(3, 4) += 0.5;
    Simulator other(network);
    CHECK_THROWS_AS(other.load(saved), NetworkError);
}

TEST_CASE("A dyadic network of other coupled nodes is another network, also where they learn") {
    Network network = learning(Prediction::spiking);
    factorised(network.projections[0]).mask = FixedIndegree{30};
    const std::string saved = Simulator(network).save();
    factorised(network.projections[0]).mask = FixedIndegree{31};
    Simulator other(network);
    CHECK_THROWS_AS(other.load(saved), NetworkError);
}
