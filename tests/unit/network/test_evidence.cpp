#include "core/error.hpp"
#include "network/engine/memory.hpp"
#include "neuron_models/langevin.hpp"
#include "support/networks.hpp"
#include "support/thread_ranks.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <numeric>

// Evidence that a network gives its nodes, constant or over time (network.hpp).

using namespace spikewell;
using namespace spikewell::test;

namespace {

Evidence& evidence_of(Network& network) {
    return std::get<DyadicPopulation>(network.populations[0]).evidence;
}

double average(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of another size and sign at each node and time.
Evidence changing(const Network& network, std::vector<double> times_ms) {
    const std::size_t n = code_of(network.populations[0]).n_nodes;
    Evidence evidence{std::move(times_ms), {}};
    evidence.values = Matrix(n, evidence.times_ms.size());
    for (std::size_t k = 0; k < evidence.values.cols; ++k) {
        for (std::size_t i = 0; i < n; ++i)
            evidence.values(i, k) = 1.5 * std::sin(static_cast<double>(1 + i + 7 * k));
    }
    return evidence;
}

constexpr double k_not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double k_run_ms = 120.0;
// Sums and differences of these are exact.
const std::vector<double> k_times_ms{30.0, 55.5, 80.25};

const std::vector<std::string> k_kinds{"spiking", "expected", "blocks", "crowded", "sequential"};

/// Nodes of one of the engine's ways to follow them, all under evidence that changes.
Network driven(const std::string& kind, const std::vector<double>& times_ms = k_times_ms) {
    Network network = recurrent(random_couplings(150, 0.01, 2), 4, 3.0, 3.93, 1); // crowded
    if (kind == "spiking") network = learning(Prediction::spiking);
    if (kind == "expected") network = learning(Prediction::expected);
    if (kind == "blocks") network = learning_in_blocks(Prediction::spiking);
    if (kind == "sequential") network = recurrent(random_couplings(100, 0.1, 2), 4, 3.0, 0.0, 1);
    evidence_of(network) = changing(network, times_ms);
    return network;
}

/// All that a run is compared by.
struct End {
    std::vector<Spike> spikes;
    std::vector<double> coupling;
    std::uint64_t candidates = 0;
    std::uint64_t windows = 0;
    std::string saved;
    bool operator==(const End&) const = default;
};

class SomaticSpikes final : public Recorder {
  public:
    void on_spikes(PopulationId population,
                   SpikeKind kind,
                   std::span<const Spike> spikes) override {
        if (population.index == 0 && kind == SpikeKind::somatic)
            all.insert(all.end(), spikes.begin(), spikes.end());
    }
    std::vector<Spike> all;
};

End end_of(const Simulator& simulator, std::vector<Spike> spikes) {
    const Counters counters = simulator.counters();
    return {std::move(spikes), simulator.coupling({0}).values, counters.candidates,
            counters.windows, simulator.save()};
}

End run_whole(const Network& network, int n_threads = 1, bool learns = true) {
    Simulator simulator(network, n_threads);
    if (!learns) simulator.set_learning({0}, false);
    SomaticSpikes spikes;
    const std::array<Recorder*, 1> recorders{&spikes};
    simulator.run(k_run_ms, recorders);
    return end_of(simulator, std::move(spikes.all));
}

} // namespace

TEST_CASE("A node under constant evidence is on as often as the logistic law says") {
    constexpr std::size_t n = 20000;
    const double b = GENERATE(-2.5, -0.4, 0.0, 0.4, 2.5);
    Network network = lone_nodes(n, 1, 3.0, 5);
    std::get<DyadicPopulation>(network.populations[0]).inverse_temperature = 0.7;
    evidence_of(network) = Evidence::constant({b}); // one value for all
    Simulator simulator(network);
    // Until neurons that begin to fire together, at 0, have lost step.
    simulator.run(400.0);
    const std::vector<double> state = simulator.state(k_first);
    const auto on = static_cast<double>(
        std::count_if(state.begin(), state.end(), [](double s) { return s > 0.0; }));
    const double expected = 1.0 / (1.0 + std::exp(-2.0 * 0.5 * 0.7 * b));
    // Nodes are independent: four standard errors, five figures, false alarms once in 3,000 seeds.
    CHECK(std::abs(on / n - expected) < 4.0 * std::sqrt(expected * (1.0 - expected) / n));
}

TEST_CASE("Means follow evidence from segment to segment, of each node its own") {
    constexpr std::size_t n = 20000; // half of them under the opposite
    constexpr int n_bits = 4;
    const std::vector<double> b{1.2, -1.5, 0.5};
    Network network = lone_nodes(n, n_bits, 3.0, 6);
    Evidence& evidence = evidence_of(network);
    evidence = {{150.0, 300.0, 450.0}, Matrix(n, 3)};
    for (std::size_t k = 0; k < 3; ++k)
        for (std::size_t i = 0; i < n; ++i)
            evidence.values(i, k) = i < n / 2 ? b[k] : -b[k];
    Simulator simulator(network);
    // At the end of each segment, 15 tau_ref after its begin; first without evidence.
    for (const double u : {0.0, b[0], b[1], b[2], b[2]}) {
        simulator.run(150.0 - 1.0 / 64.0);
        const std::vector<double> state = simulator.state(k_first);
        const std::vector<double> first(state.begin(), state.begin() + n / 2);
        const std::vector<double> second(state.begin() + n / 2, state.end());
        const double error = std::sqrt(dyadic_variance(u, n_bits) / (n / 2.0));
        CAPTURE(u);
        CHECK(std::abs(average(first) - dyadic_langevin(u, n_bits)) < 4.0 * error);
        CHECK(std::abs(average(second) - dyadic_langevin(-u, n_bits)) < 4.0 * error);
        simulator.run(1.0 / 64.0);
    }
}

TEST_CASE("A change acts at its time, not before") {
    constexpr std::size_t n = 4000;
    const double change_ms = GENERATE(0.0, 20.0 + 1.0 / 3.0, 41.7);
    Network network = lone_nodes(n, 1, 3.0, 7);
    evidence_of(network) = {{change_ms}, Matrix(1, 1, 40.0)}; // who is off fires within 1e-7 ms
    Simulator simulator(network);
    const std::vector<Spike> spikes = record_spikes(simulator, 60.0);
    Simulator none(lone_nodes(n, 1, 3.0, 7));
    const std::vector<Spike> without = record_spikes(none, change_ms);
    CHECK(without.empty() == (change_ms == 0.0));
    REQUIRE(spikes.size() > without.size());
    CHECK(std::equal(without.begin(), without.end(), spikes.begin()));
    CHECK(spikes[without.size()].t_ms >= change_ms);
    const auto at_once = std::count_if(spikes.begin(), spikes.end(), [&](const Spike& spike) {
        return spike.t_ms >= change_ms && spike.t_ms < change_ms + 1e-4;
    });
    // Those that were off, about half.
    CHECK(at_once > static_cast<std::ptrdiff_t>(n * 45 / 100));
    CHECK(at_once < static_cast<std::ptrdiff_t>(n * 55 / 100));
}

TEST_CASE("Evidence over time is evidence that is set by hand, spike for spike") {
    const std::string kind = GENERATE(from_range(k_kinds));
    const bool learns = GENERATE(true, false);
    CAPTURE(kind, learns);
    const Network network = driven(kind);
    const End end = run_whole(network, 1, learns);
    REQUIRE(end.spikes.size() > 300);

    Network bare = network;
    const Evidence evidence = std::exchange(evidence_of(bare), {});
    Simulator simulator(bare);
    if (!learns) simulator.set_learning({0}, false);
    SomaticSpikes spikes;
    const std::array<Recorder*, 1> recorders{&spikes};
    double now_ms = 0.0;
    for (std::size_t k = 0; k < k_times_ms.size(); ++k) {
        simulator.run(k_times_ms[k] - now_ms, recorders);
        now_ms = k_times_ms[k];
        simulator.set_evidence(k_first, evidence.values.column(k));
    }
    simulator.run(k_run_ms - now_ms, recorders);
    CHECK((spikes.all == end.spikes));
    CHECK((simulator.coupling({0}).values == end.coupling));
    CHECK(simulator.counters().candidates == end.candidates);
    CHECK(simulator.counters().windows == end.windows);
    CHECK_FALSE(run_whole(bare).spikes == end.spikes); // it does something
}

TEST_CASE("Evidence over time is the same for any threads and ranks") {
    const std::string kind = GENERATE(from_range(k_kinds));
    CAPTURE(kind);
    const Network network = driven(kind);
    const End one = run_whole(network);
    for (const int n_threads : {2, 4})
        CHECK((run_whole(network, n_threads) == one));
    for (const std::size_t n_ranks : {2U, 3U}) {
        const auto ends = run_ranks(n_ranks, [&](Exchange& exchange) {
            Simulator simulator(network, 1, exchange);
            SomaticSpikes spikes;
            const std::array<Recorder*, 1> recorders{&spikes};
            simulator.run(k_run_ms, recorders);
            return end_of(simulator, std::move(spikes.all));
        });
        INFO(ends[0].told);
        REQUIRE(ends[0].value);
        CHECK((ends[0].value->spikes == one.spikes));
        CHECK((ends[0].value->coupling == one.coupling));
        CHECK((ends[0].value->saved == one.saved));
    }
}

TEST_CASE("A run under changing evidence that is saved and loaded goes on as if it had not been") {
    const std::string kind = GENERATE(from_range(k_kinds));
    // Before, between, at (windows end there) and after the changes.
    const double stop_ms = GENERATE(0.1, 30.0, 55.0, 55.5, 100.0);
    CAPTURE(kind, stop_ms);
    const Network network = driven(kind);
    const End whole = run_whole(network, 1);
    SomaticSpikes spikes;
    const std::array<Recorder*, 1> recorders{&spikes};
    Simulator first(network);
    REQUIRE_FALSE(first.run(k_run_ms, recorders, [&](double t_ms) { return t_ms < stop_ms; }));
    Simulator second(network, 2);
    second.load(first.save());
    REQUIRE(second.resume(recorders));
    CHECK((end_of(second, spikes.all) == whole));
}

TEST_CASE("A change at the end of a run has happened by then, and counts once") {
    const std::string kind = GENERATE(from_range(k_kinds));
    CAPTURE(kind);
    const Network network = driven(kind, {50.0});
    Simulator one(network);
    one.run(50.0);
    Network bare = network;
    const Evidence evidence = std::exchange(evidence_of(bare), {});
    Simulator other(bare);
    other.run(50.0);
    SECTION("it is there") {
        other.set_evidence(k_first, evidence.values.column(0));
    }
    SECTION("what is set afterwards is there instead") {
        for (Simulator* simulator : {&one, &other})
            simulator->set_evidence(k_first, std::vector<double>(evidence.values.rows, -0.25));
    }
    CHECK((record_spikes(one, 50.0) == record_spikes(other, 50.0)));
}

TEST_CASE("What is set lasts until the network's own evidence changes") {
    Network network = driven("crowded", {60.0});
    Simulator one(network);
    const std::vector<double> set(150, 0.5);
    one.set_evidence(k_first, set);
    const std::vector<Spike> spikes = record_spikes(one, 100.0);
    Evidence& evidence = evidence_of(network);
    Evidence both{{0.0, 60.0}, Matrix(150, 2, 0.5)};
    std::copy_n(evidence.values.values.begin(), 150, both.values.column(1).begin());
    evidence = both;
    Simulator other(network);
    CHECK((record_spikes(other, 100.0) == spikes));
}

TEST_CASE("Changes that rounding puts beside the end of a run make no window of their own") {
    const std::string kind = GENERATE(as<std::string>(), "crowded", "sequential");
    Network network = driven(kind, {0.3, 0.7, 2.1});
    Simulator simulator(network);
    Simulator other(network);
    for (int k = 0; k < 40; ++k) { // ends at 0.30000000000000004, 0.7999999999999999 ..
        simulator.run(0.1);
        other.run(0.1);
    }
    CHECK(simulator.time_ms() == Approx(4.0));
    if (kind == "crowded") CHECK(simulator.counters().windows == 40);
    // None was lost: it is under the last.
    other.set_evidence(k_first, evidence_of(network).values.column(2));
    CHECK((record_spikes(simulator, 20.0) == record_spikes(other, 20.0)));
}

TEST_CASE("A network of other evidence is another network") {
    Network network = driven("crowded");
    Simulator simulator(network);
    simulator.run(10.0);
    const std::string saved = simulator.save();
    Evidence& evidence = evidence_of(network);
    SECTION("a value") {
        evidence.values(3, 1) += 1e-9;
    }
    SECTION("a time") {
        evidence.times_ms[2] += 0.5;
    }
    SECTION("none") {
        evidence = {};
    }
    Simulator other(network);
    CHECK_THROWS_WITH(other.load(saved), Catch::Contains("is of another network"));
}

TEST_CASE("Evidence that cannot be is refused with what was allowed") {
    Network network = lone_nodes(2, 3, 3.0, 1);
    Evidence& evidence = evidence_of(network);
    std::string told;
    SECTION("a value") {
        evidence = Evidence::constant({0.5, GENERATE(1.1e6, -1.1e6, k_not_a_number)});
        told = "-1000000 .. 1000000";
    }
    SECTION("too many nodes") {
        evidence = Evidence::constant({0.5, 1.0, 2.0});
        told = "evidence must be 2 x 1 (nodes, or 1, x times), got 3 x 1";
    }
    SECTION("fewer values than times") {
        evidence = {{0.0, 1.0}, Matrix(2, 1)};
        told = "evidence must be 2 x 2 (nodes, or 1, x times), got 2 x 1";
    }
    SECTION("a first time") {
        evidence = {{GENERATE(-1.0, 1e-5, 1e13, k_not_a_number)}, Matrix(1, 1)};
        told = "0, or 0.0001 .. 1000000000000";
    }
    SECTION("a time too early") {
        evidence = {{10.0, GENERATE(5.0, 10.0, 10.00001, k_not_a_number)}, Matrix(1, 2)};
        told = ">= 10 + 0.0001, the time before";
    }
    CHECK_THROWS_WITH(validate(network), Catch::Contains(told));
    CHECK_THROWS(Simulator(network));
}

TEST_CASE("Times that are 1e-4 apart in decimal are far enough apart") {
    Network network = lone_nodes(1, 3, 3.0, 1);
    Evidence& evidence = evidence_of(network);
    for (int k = 0; k < 1000; ++k)
        evidence.times_ms.push_back(7000.0 + k * 1e-4);
    evidence.values = Matrix(1, evidence.times_ms.size(), 0.5);
    validate(network);
    Simulator simulator(network);
    simulator.run(7001.0);
    CHECK(simulator.counters().windows == 700 + 1000); // of 10 ms, and one from each change on
}

TEST_CASE("Evidence counts as memory that a network needs") {
    Network network = lone_nodes(100, 3, 3.0, 1);
    const double without = required_bytes(network, 1);
    evidence_of(network) = changing(network, {0.0, 1.0, 2.0});
    CHECK(required_bytes(network, 1) - without >= 100 * 3 * sizeof(double));
}
