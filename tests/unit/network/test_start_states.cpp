#include "core/error.hpp"
#include "neuron_models/langevin.hpp"
#include "support/networks.hpp"
#include "support/thread_ranks.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

// States that are set between runs (Simulator::set_state).

using namespace spikewell;
using namespace spikewell::test;

namespace {

class Spikes final : public Recorder {
  public:
    void on_spikes(PopulationId population,
                   SpikeKind kind,
                   std::span<const Spike> spikes) override {
        if (population.index == 0 && kind == SpikeKind::somatic)
            all.insert(all.end(), spikes.begin(), spikes.end());
    }
    std::vector<Spike> all;
};

std::vector<Spike> spikes_of(Simulator& simulator, double duration_ms) {
    Spikes spikes;
    const std::array<Recorder*, 1> recorders{&spikes};
    simulator.run(duration_ms, recorders);
    return spikes.all;
}

std::vector<double> alternating(std::size_t n) {
    std::vector<double> means(n);
    for (std::size_t i = 0; i < n; ++i)
        means[i] = i % 3 == 0 ? 0.5 : -0.25;
    return means;
}

/// Runs, sets states, learns on, again and again.
std::vector<Spike> run_with_starts(Simulator& simulator, std::size_t n_nodes) {
    std::vector<Spike> all;
    for (int k = 0; k < 4; ++k) {
        simulator.set_state(k_first,
                            k % 2 == 0 ? alternating(n_nodes) : std::vector<double>(n_nodes, 0.0));
        const std::vector<Spike> more = spikes_of(simulator, 17.0);
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

} // namespace

TEST_CASE("States that are set have the means asked for") {
    constexpr std::size_t n = 20000;
    const int n_bits = GENERATE(1, 3, 5);
    const double mean = GENERATE(-0.9, -0.3, 0.0, 0.01, 0.4, 0.95, 1.0);
    Simulator simulator(lone_nodes(n, n_bits, 3.0, 5));
    simulator.run(3.0);
    simulator.set_state(k_first, std::vector<double>(n, mean));
    const std::vector<double> state = simulator.state(k_first);
    const double greatest = 1.0 - std::ldexp(1.0, -n_bits);
    const double expected = std::clamp(mean, -greatest, greatest);
    const double u = inverse_dyadic_langevin(mean, n_bits);
    const double variance = std::isfinite(u) ? dyadic_variance(u, n_bits) : 0.0;
    const double drawn = std::accumulate(state.begin(), state.end(), 0.0) / n;
    CAPTURE(n_bits, mean);
    // Five standard errors: 21 figures, false alarms once in 80,000 runs.
    CHECK(std::abs(drawn - expected) <= 5.0 * std::sqrt(variance / n) + 1e-6);
}

TEST_CASE("A neuron that is set is on for a rest of its refractory period that is uniform") {
    constexpr std::size_t n = 20000;
    Simulator simulator(lone_nodes(n, 1, 0.0, 5));
    simulator.set_evidence(k_first, std::vector<double>(n, -50.0)); // who is off stays off
    simulator.set_state(k_first, std::vector<double>(n, 1.0));
    for (const double t_ms : {2.5, 5.0, 7.5}) {
        simulator.run(t_ms - simulator.time_ms());
        const std::vector<double> state = simulator.state(k_first);
        const auto on = static_cast<double>(
            std::count_if(state.begin(), state.end(), [](double s) { return s > 0.0; }));
        const double expected = 1.0 - t_ms / 10.0;
        CHECK(std::abs(on / n - expected) < 5.0 * std::sqrt(expected * (1.0 - expected) / n));
    }
}

TEST_CASE("Until the delay has passed dendrites see states of 0, then those that were set") {
    const double delay_ms = GENERATE(0.0, 3.93);
    const double tau_m_ms = GENERATE(0.0, 3.0);
    const double before = GENERATE(-0.9, 0.9);
    constexpr std::size_t n = 3000; // the first drives all others
    Matrix coupling(n, n);
    for (std::size_t i = 1; i < n; ++i)
        coupling(i, 0) = 60.0;
    Network network = recurrent(coupling, 1, tau_m_ms, delay_ms, 3);
    Simulator simulator(network);
    const auto hold = [&](double drive) {
        std::vector<double> evidence(n, 0.0);
        evidence[0] = drive; // a neuron's own evidence is not seen by its dendrite
        simulator.set_evidence(k_first, evidence);
    };
    const auto share_on = [&] {
        const std::vector<double> state = simulator.state(k_first);
        return static_cast<double>(std::count_if(state.begin() + 1, state.end(),
                                                 [](double s) { return s > 0.0; })) /
               static_cast<double>(n - 1);
    };
    CAPTURE(delay_ms, tau_m_ms, before);
    hold(100.0 * before);
    if (delay_ms > 0.0) simulator.run(40.0);
    std::vector<double> means(n, 0.0);
    means[0] = -before;
    hold(-100.0 * before);
    simulator.set_state(k_first, means);
    const double error = 0.5 / std::sqrt(static_cast<double>(n - 1));
    if (delay_ms > 0.0) {
        simulator.run(delay_ms); // resting neurons go on resting
        CHECK(std::abs(share_on() - 0.5) < 5.0 * error);
    }
    simulator.run(25.0);
    CHECK((before > 0.0 ? share_on() < 0.01 : share_on() > 0.99));
}

TEST_CASE("What was sent before states were set has no part in what comes") {
    constexpr std::size_t n = 70; // two parts
    Network strong = recurrent(random_couplings(n, 3.0, 1), 4, 3.0, 3.93, 9);
    Network none = recurrent(Matrix(n, n), 4, 3.0, 3.93, 9);
    Simulator coupled(strong);
    Simulator alone(none);
    for (Simulator* simulator : {&coupled, &alone})
        simulator->set_state(k_first, alternating(n));
    const std::vector<Spike> until_then = spikes_of(coupled, 3.93);
    CHECK_FALSE(until_then.empty());
    CHECK(until_then == spikes_of(alone, 3.93));
    CHECK(spikes_of(coupled, 20.0) != spikes_of(alone, 20.0));
}

TEST_CASE("States that are set are the same for any threads and ranks, and in a resumed run") {
    const Prediction prediction = GENERATE(Prediction::spiking, Prediction::expected);
    const Network network = learning(prediction);
    const std::size_t n = std::get<DyadicPopulation>(network.populations[0]).n_nodes;
    Simulator one(network);
    const std::vector<Spike> expected = run_with_starts(one, n);
    const Matrix coupling = one.coupling({0});
    Simulator two(network, 2);
    CHECK(run_with_starts(two, n) == expected);
    CHECK(two.coupling({0}) == coupling);
    const auto of_ranks = run_ranks(3, [&](Exchange& exchange) {
        Simulator shared(network, 1, exchange);
        return run_with_starts(shared, n);
    });
    REQUIRE(of_ranks[0].value);
    CHECK(*of_ranks[0].value == expected);

    Simulator first(network);
    first.set_state(k_first, alternating(n));
    first.run(1.0); // the set states are still held back
    const std::string saved = first.save();
    Simulator second(network);
    second.load(saved);
    CHECK(spikes_of(second, 30.0) == spikes_of(first, 30.0));
    CHECK(second.coupling({0}) == first.coupling({0}));
}

TEST_CASE("States are set where arrivals crowd, too") {
    constexpr std::size_t n = 600;
    Network network = recurrent(random_couplings(n, 0.01, 4), 5, 3.0, 3.93, 2);
    Simulator simulator(network);
    simulator.run(50.0);
    simulator.set_state(k_first, std::vector<double>(n, 1.0));
    const std::vector<double> state = simulator.state(k_first);
    CHECK(*std::min_element(state.begin(), state.end()) == 1.0 - std::ldexp(1.0, -5));
    CHECK(spikes_of(simulator, 50.0).size() > n);
}

TEST_CASE("What cannot be set is told") {
    Simulator simulator(lone_nodes(3, 4, 3.0, 1));
    CHECK_THROWS_WITH(simulator.set_state(k_first, std::vector<double>(2, 0.0)),
                      Catch::Contains("one value for each node"));
    CHECK_THROWS_WITH(simulator.set_state(k_first, std::vector<double>(3, 1.5)),
                      Catch::Contains("-1 .. 1"));
    Network network = lone_nodes(3, 4, 3.0, 1);
    NeuronPopulation cells;
    cells.size = 2;
    network.populations.emplace_back(cells);
    SynapticProjection projection;
    projection.pre = {{0}, 0, {}};
    projection.post = {{1}, 0, {}};
    projection.connector = AllToAll{};
    projection.weight = Constant{1.0};
    projection.delay_ms = Constant{1.0};
    network.projections = {projection};
    Simulator onto_lif(network);
    CHECK_THROWS_WITH(onto_lif.set_state(k_first, std::vector<double>(3, 0.0)),
                      Catch::Contains("onto LIF neurons"));
}
