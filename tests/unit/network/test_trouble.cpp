#include "core/error.hpp"
#include "network/engine/loop/state.hpp"
#include "network/engine/simulator.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>

using namespace spikewell;
using Catch::Matchers::Contains;

// Runs that cannot go on end with one line; runs that are to stop do.

namespace {

constexpr double k_unknown = std::numeric_limits<double>::quiet_NaN();

NeuronPopulation population_of(const PointNeuron& neuron, std::size_t size = 1) {
    NeuronPopulation population;
    population.name = "cells";
    population.size = size;
    population.neuron = neuron;
    return population;
}

Network network_of(Population population) {
    Network network;
    network.populations.emplace_back(std::move(population));
    return network;
}

/// What ends a run; "" where it comes to its end.
std::string end_of(const Network& network, double duration_ms) {
    try {
        Simulator simulator(network);
        simulator.run(duration_ms);
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <class Neuron> Neuron steep(double slope_mV) {
    Neuron neuron;
    neuron.E_L_mV = 0.0;
    neuron.V_reset_mV = 0.0;
    neuron.V_th_mV = 20.0;
    neuron.escape = EscapeRate{1000.0, 20.0, slope_mV};
    return neuron;
}

/// Two nodes with a strong coupling of either sign, by the sequential queue.
Network immediate(double coupling, double inverse_temperature = 1.0) {
    DyadicPopulation nodes;
    nodes.name = "nodes";
    nodes.n_nodes = 2;
    nodes.inverse_temperature = inverse_temperature;
    FactorisedProjection recurrent;
    recurrent.coupling = Matrix(2, 2);
    recurrent.coupling(0, 1) = recurrent.coupling(1, 0) = coupling;
    recurrent.delay_ms = 0.0;
    Network network = network_of(nodes);
    network.projections.emplace_back(recurrent);
    return network;
}

std::vector<Spike> spikes_of(const Network& network, double duration_ms) {
    Simulator simulator(network);
    SpikeRecorder recorder({0});
    Recorder* const recorders[] = {&recorder};
    simulator.run(duration_ms, recorders);
    return recorder.spikes();
}

} // namespace

TEMPLATE_TEST_CASE("A soft threshold of any slope takes time that is bounded",
                   "",
                   LifDelta,
                   LifExp) {
    // Poisson input moves V by 0.5 mV at a time: far more than these slopes.
    const double slope_mV = GENERATE(1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6);
    CAPTURE(slope_mV);
    NeuronPopulation cells = population_of(steep<TestType>(slope_mV), 50);
    const double weight_mV = std::is_same_v<TestType, LifDelta> ? 0.5 : 2.0;
    cells.inputs = {{PoissonRate::constant(2000.0), weight_mV, 0, {}}};
    const auto start = std::chrono::steady_clock::now();
    const std::size_t n_soft = spikes_of(network_of(cells), 500.0).size();
    CHECK(seconds_since(start) < 20.0);
    // In the limit the threshold is sharp.
    auto sharp = steep<TestType>(slope_mV);
    sharp.escape.reset();
    cells.neuron = sharp;
    const auto n_sharp = static_cast<double>(spikes_of(network_of(cells), 500.0).size());
    REQUIRE(n_sharp > 200.0);
    if (slope_mV <= 1e-3) CHECK(static_cast<double>(n_soft) == Approx(n_sharp).epsilon(0.1));
}

TEST_CASE("A neuron that fires without time going on ends the run") {
    auto neuron = steep<LifDelta>(1e-6);
    neuron.t_ref_ms = 0.0;
    neuron.V_reset_mV = 30.0; // above the soft threshold
    NeuronPopulation soft = population_of(neuron);
    soft.V_init_mV = Constant{30.0};
    CHECK_THAT(end_of(network_of(soft), 10.0),
               Contains("population \"cells\", neuron 0, at ") && Contains("ms: fires on and on"));
    LifDelta sharp;
    sharp.t_ref_ms = 0.0;
    sharp.drive_mV = 1e6;
    sharp.V_reset_mV = std::nextafter(20.0, 0.0);
    NeuronPopulation cells = population_of(sharp);
    cells.V_init_mV = Constant{0.0};
    CHECK_THAT(end_of(network_of(cells), 10.0), Contains("neuron 0, at") && Contains("t_ref_ms"));
}

TEST_CASE(
    "A population that runs away ends the run in one line, the same for any number of threads") {
    LifDelta fast; // each neuron at 1 MHz
    fast.t_ref_ms = 0.0;
    fast.V_th_mV = 20.0;
    fast.tau_m_ms = 1000.0;
    fast.drive_mV = 1e6;
    fast.V_reset_mV = 19.0;
    NeuronPopulation cells = population_of(fast, 300);
    const auto size = GENERATE(as<std::size_t>{}, 1, 300, 20000);
    cells.size = size;
    CAPTURE(size);
    const auto told = [&](const Network& network, int n_threads, double limit_Hz) {
        Simulator simulator(network, n_threads);
        simulator.set_rate_limit(limit_Hz);
        try {
            simulator.run(0.9);
        } catch (const NetworkError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    Network network = network_of(cells);
    network.populations.emplace_back(SpikeListPopulation{"source", 1, {}});
    SynapticProjection ends_windows;
    ends_windows.pre.population = {1};
    ends_windows.connector = AllToAll{};
    ends_windows.delay_ms = Constant{GENERATE(0.05, 2.0)};
    network.projections.emplace_back(ends_windows);
    const std::string one = told(network, 1, k_rate_limit_Hz);
    CHECK_THAT(one, Contains("population \"cells\", from 0 ms on") &&
                        Contains(" Hz or more, allowed 20000 Hz") && Contains("--rate-limit-Hz"));
    CHECK(one.find('\n') == std::string::npos);
    CHECK(told(network, 3, k_rate_limit_Hz) == one);
    if (size < 1000) CHECK(told(network, 1, 2e6).empty());
    CHECK_THROWS_AS(Simulator(network).set_rate_limit(0.0), ParameterError);
}

TEST_CASE("Sources may fire as they are told") {
    PoissonPopulation source;
    source.name = "source";
    source.size = 100;
    source.rate = PoissonRate::constant(1e5);
    CHECK(end_of(network_of(source), 20.0).empty());
    SpikeListPopulation list{"list", 1, {}};
    for (int k = 0; k < 5000; ++k)
        list.spikes.push_back({1e-3 * k, 0});
    CHECK(end_of(network_of(list), 20.0).empty());
}

TEST_CASE("Nodes of any inverse temperature that is allowed take time that is bounded") {
    const double inverse_temperature = GENERATE(1.0, 1e3, 1e6);
    const double tau_m_ms = GENERATE(0.0, 1e-4, 3.0);
    CAPTURE(inverse_temperature, tau_m_ms);
    DyadicPopulation nodes;
    nodes.name = "nodes";
    nodes.n_nodes = 8;
    nodes.neuron.tau_m_ms = tau_m_ms;
    nodes.inverse_temperature = inverse_temperature;
    FactorisedProjection recurrent;
    recurrent.coupling = Matrix(8, 8);
    for (std::size_t i = 0; i < 8; ++i) {
        for (std::size_t j = 0; j < 8; ++j)
            recurrent.coupling(i, j) = i == j ? 0.0 : (i + j) % 2 == 0 ? 1.0 : -1.0;
    }
    Network network = network_of(nodes);
    network.projections.emplace_back(recurrent);
    CHECK(end_of(network, 200.0) == "");
    nodes.inverse_temperature = 1e20;
    CHECK_THAT(end_of(network_of(nodes), 1.0),
               Contains("inverse_temperature") && Contains("1e+20") && Contains("0 .. 1000000"));
}

TEST_CASE("A state that is no number ends the run, and says whose and when") {
    const bool exponential = GENERATE(false, true);
    Network network =
        network_of(exponential ? population_of(LifExp{}, 100) : population_of(LifDelta{}, 100));
    detail::EngineState engine = detail::make_engine_state(network, 1, nullptr);
    engine.plan = detail::plan_run(engine, engine.time_ms, 5.0);
    REQUIRE(detail::run_windows(engine, {}, {}));
    engine.populations[0].lif->blocks[0].y[9] = k_unknown;
    engine.plan = detail::plan_run(engine, engine.time_ms, 5.0);
    CHECK_THROWS_WITH(detail::run_windows(engine, {}, {}),
                      Contains("population \"cells\", neuron 9, at 10 ms: its state is no finite"));
}

TEST_CASE("A potential that is no number is not recorded") {
    class PotentialsOf final : public Recorder {
      public:
        void on_spikes(PopulationId, SpikeKind, std::span<const Spike>) override {}
        [[nodiscard]] std::vector<SampleRequest> samples() const override {
            return {{{0}, {2, 3}, 1.0, 0.0}};
        }
        void on_samples(std::size_t, std::span<const double>, std::span<const double> V) override {
            n += V.size();
        }
        std::size_t n = 0;
    };
    detail::EngineState engine =
        detail::make_engine_state(network_of(population_of(LifDelta{}, 20)), 1, nullptr);
    engine.populations[0].lif->blocks[0].y[3] = k_unknown;
    engine.plan = detail::plan_run(engine, engine.time_ms, 5.0);
    PotentialsOf recorder;
    Recorder* const recorders[] = {&recorder};
    CHECK_THROWS_WITH(detail::run_windows(engine, recorders, {}),
                      Contains("population \"cells\", neuron 3, at 0 ms"));
    CHECK(recorder.n == 0);
}

TEST_CASE("Values beyond the physical ranges are refused") {
    const auto refused = [](const Population& population, const char* field) {
        CHECK_THAT(end_of(network_of(population), 1.0), Contains(field));
    };
    for (const double drive_mV : {1e308, -1e308, 1.1e6}) {
        LifDelta neuron;
        neuron.drive_mV = drive_mV;
        refused(population_of(neuron), "drive_mV");
    }
    LifDelta fast;
    fast.tau_m_ms = 1e-9;
    refused(population_of(fast), "tau_m_ms");
    DyadicPopulation nodes;
    nodes.neuron.tau_ref_ms = 1e-9;
    refused(nodes, "tau_ref_ms");
    Simulator simulator(network_of(DyadicPopulation{}));
    const double evidence[] = {1e308};
    CHECK_THROWS_AS(simulator.set_evidence({0}, evidence), ParameterError);
    CHECK_THROWS_AS(simulator.set_inverse_temperature({0}, 1e20), ParameterError);
    CHECK_THROWS_AS(simulator.run(1e300), ParameterError);
}

TEST_CASE("Windows that cannot be told apart are refused before the run") {
    Network network = network_of(population_of(LifDelta{}));
    SynapticProjection projection;
    projection.connector = OneToOne{};
    projection.delay_ms = Constant{1e-4};
    network.projections.emplace_back(projection);
    CHECK_THAT(end_of(network, 1e12), Contains("windows of 0.0001 ms cannot be told apart"));
    CHECK(end_of(network, 0.01) == "");
}

TEST_CASE("A sequential run stops when it is told to, and goes on as if it had not") {
    const Network network = immediate(1.0);
    const std::vector<Spike> whole = spikes_of(network, 20000.0);
    Simulator simulator(network);
    SpikeRecorder recorder({0});
    Recorder* const recorders[] = {&recorder};
    int n_stops = 0;
    const auto never = [](double) { return false; };
    bool done = simulator.run(20000.0, recorders, never);
    REQUIRE(!done);
    REQUIRE(simulator.time_ms() < 20000.0);
    Simulator other(network);
    other.load(simulator.save());
    SpikeRecorder later({0});
    Recorder* const later_recorders[] = {&later};
    REQUIRE(other.resume(later_recorders));
    for (; !done; ++n_stops)
        done = simulator.resume(recorders, never);
    CHECK(n_stops > 1);
    CHECK(simulator.time_ms() == 20000.0);
    CHECK(recorder.spikes() == whole);
    const std::vector<Spike>& rest = later.spikes();
    REQUIRE(rest.size() < whole.size());
    CHECK(std::equal(rest.begin(), rest.end(),
                     whole.end() - static_cast<std::ptrdiff_t>(rest.size())));
}

TEST_CASE("A run can be given up in the middle of a long window") {
    NeuronPopulation cells = population_of(LifDelta{}, 200'000);
    cells.inputs = {{PoissonRate::constant(1e6), 1e-6, 0, {}}}; // 1e10 inputs in a window
    Simulator simulator(network_of(cells), GENERATE(1, 2));
    const auto start = std::chrono::steady_clock::now();
    simulator.set_give_up([&] { return seconds_since(start) > 0.2; });
    CHECK_THROWS_AS(simulator.run(1000.0), Abandoned);
    CHECK(seconds_since(start) < 5.0); // tools of tests are slow; see tests/cli for the bound
    CHECK(simulator.time_ms() == 0.0);
}

TEST_CASE("Windows hold no more spikes than memory can") {
    PoissonPopulation source;
    source.name = "source";
    source.size = 1'000'000;
    source.rate = PoissonRate::constant(1e5);
    Simulator simulator(network_of(source));
    std::size_t n_windows = 0;
    simulator.run(400.0, {}, [&](double t_ms) {
        ++n_windows;
        return t_ms < 0.0;
    });
    CHECK(n_windows == 1);
    CHECK(simulator.time_ms() <= 0.2);
}
