#include "core/error.hpp"
#include "support/outcome.hpp"
#include "support/thread_ranks.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::test;

// Ranks that share a network, here threads of one process, tell what one process tells.

namespace {

void check_same(const Outcome& a, const Outcome& b) {
    REQUIRE(a.size() == b.size());
    for (const auto& [name, bytes] : a) {
        INFO(name);
        CHECK((bytes == b.at(name)));
    }
}

Outcome outcome_of_ranks(const std::string& name, std::size_t n_ranks, int n_threads) {
    auto ends = run_ranks(n_ranks, [&](Exchange& exchange) {
        const Network network = shared_network(name);
        Simulator simulator(network, n_threads, exchange);
        return outcome_of_run(simulator, network);
    });
    INFO(ends[0].told);
    REQUIRE(ends[0].value.has_value());
    return *ends[0].value;
}

Outcome outcome_of_one(const std::string& name) {
    const Network network = shared_network(name);
    Simulator simulator(network);
    return outcome_of_run(simulator, network);
}

/// One rank's view of a run that is stopped or gone on with: rank 0 has the recorder and the bytes.
struct Stage {
    Outcome recorded;
    Outcome end;
    std::string saved;
};

constexpr double k_ranks_run_ms = 60.0;

/// Runs until `stop_ms` as the last rank asks for, or goes on from `saved` to the end.
Stage run_stage(const Network& network,
                std::size_t n_ranks,
                double stop_ms,
                const std::string& saved,
                FullRecorder& recorder) {
    auto ends = run_ranks(n_ranks, [&](Exchange& exchange) {
        Simulator simulator(network, 1, exchange);
        std::vector<Recorder*> recorders;
        if (exchange.rank() == 0) recorders = {&recorder};
        std::function<bool(double)> go_on;
        if (saved.empty()) {
            set_inputs(simulator, network);
            if (exchange.rank() + 1 == n_ranks) go_on = [&](double t_ms) { return t_ms < stop_ms; };
            simulator.run(k_ranks_run_ms, recorders, go_on);
        } else {
            simulator.load(saved);
            simulator.resume(recorders);
        }
        Stage stage;
        stage.saved = simulator.save();
        stage.end = outcome_of(simulator, network);
        return stage;
    });
    INFO(ends[0].told);
    REQUIRE(ends[0].value.has_value());
    Stage stage = *ends[0].value;
    stage.recorded = outcome_of(recorder);
    return stage;
}

} // namespace

TEST_CASE("Any number of ranks tells what one process tells") {
    const std::string name = GENERATE(from_range(k_shared_networks));
    CAPTURE(name);
    const Outcome one = outcome_of_one(name);
    REQUIRE(one.at("spikes").size() > 12 * 500);
    check_same(one, outcome_of_ranks(name, 1, 1));
    check_same(one, outcome_of_ranks(name, 2, 1));
    check_same(one, outcome_of_ranks(name, 2, 2));
    check_same(one, outcome_of_ranks(name, 4, 1));
    check_same(one, outcome_of_ranks(name, 31, 1)); // more than there are blocks
}

TEST_CASE("A run saved by some ranks goes on with any others") {
    const Network network = shared_network(GENERATE(from_range(k_shared_networks)));
    const auto [first, second] =
        GENERATE(table<std::size_t, std::size_t>({{1, 3}, {3, 1}, {2, 4}, {4, 2}}));
    const double stop_ms = GENERATE(0.1, 31.0);
    CAPTURE(first, second, stop_ms);
    FullRecorder whole(network);
    const Stage one = run_stage(network, 1, 1e9, "", whole);

    FullRecorder parts(network);
    const Stage begun = run_stage(network, first, stop_ms, "", parts);
    REQUIRE(begun.saved != one.saved);
    const Stage ended = run_stage(network, second, 0.0, begun.saved, parts);

    check_same(one.end, ended.end);
    check_same(one.recorded, ended.recorded);
}

TEST_CASE("Ranks hold shares of the synapses that make up the whole") {
    const std::string name = GENERATE(from_range(k_shared_networks));
    CAPTURE(name);
    const std::size_t whole = Simulator(shared_network(name)).synapse_bytes();
    const auto ends = run_ranks(2, [&](Exchange& exchange) {
        return Simulator(shared_network(name), 1, exchange).synapse_bytes();
    });
    REQUIRE((ends[0].value && ends[1].value));
    CHECK(*ends[0].value + *ends[1].value == whole);
    CHECK(*ends[0].value > whole / 5);
    CHECK(*ends[1].value > whole / 5);
}

TEST_CASE("A network with a delay of 0 is run whole by each rank") {
    const Network network = recurrent(random_couplings(20, 0.3, 2), 4, 0.0, 0.0, 1);
    Simulator one(network);
    const Outcome outcome = outcome_of_run(one, network);
    const auto ends = run_ranks(3, [&](Exchange& exchange) {
        Simulator simulator(network, 1, exchange);
        return outcome_of_run(simulator, network);
    });
    for (const auto& end : ends) {
        REQUIRE(end.value.has_value());
        check_same(outcome, *end.value);
    }
}

TEST_CASE("All ranks see all spikes, of both kinds where any rank wants them") {
    const Network network = learning(Prediction::spiking);
    const auto spikes_of = [&](SpikeKind kind) {
        Simulator simulator(network);
        return record_spikes(simulator, 40.0, k_first, kind);
    };
    const auto ends = run_ranks(3, [&](Exchange& exchange) {
        Simulator simulator(network, 1, exchange);
        const SpikeKind kind = exchange.rank() == 2 ? SpikeKind::predicted : SpikeKind::somatic;
        return record_spikes(simulator, 40.0, k_first, kind);
    });
    REQUIRE(spikes_of(SpikeKind::predicted).size() > 100);
    CHECK((ends[0].value == spikes_of(SpikeKind::somatic)));
    CHECK((ends[1].value == spikes_of(SpikeKind::somatic)));
    CHECK((ends[2].value == spikes_of(SpikeKind::predicted)));
}

TEST_CASE("When one rank fails, all end, and it alone tells why") {
    const Network network = everything(1);
    const auto ends = run_ranks(4, [&](Exchange& exchange) {
        Simulator simulator(network, 1, exchange);
        return simulator.run(50.0, {}, [&](double t_ms) {
            if (exchange.rank() == 2 && t_ms > 20.0) throw NetworkError("rank 2", "is ill");
            return true;
        });
    });
    for (std::size_t r = 0; r < 4; ++r) {
        CAPTURE(r);
        CHECK_FALSE(ends[r].value.has_value());
        CHECK(ends[r].exit_code == 1);
        CHECK(ends[r].told == (r == 2 ? "rank 2: is ill" : ""));
    }
}

TEST_CASE("Ranks with other networks, times or wishes than can be are refused on all") {
    const auto told = [](const auto& body) {
        const auto ends = run_ranks(3, body);
        for (const auto& end : ends)
            CHECK(end.exit_code == 1);
        return ends[0].told;
    };
    SECTION("another seed") {
        CHECK(told([](Exchange& exchange) {
                  return Simulator(everything(exchange.rank() == 1 ? 2 : 1), 1, exchange).time_ms();
              }) == "network: is another one on rank 1 than on rank 0");
    }
    SECTION("another coupling") {
        CHECK(told([](Exchange& exchange) {
                  Network network = learning(Prediction::spiking);
                  if (exchange.rank() == 2) factorised(network.projections[0]).coupling(3, 4) = 9.0;
                  return Simulator(network, 1, exchange).time_ms();
              }) == "network: is another one on rank 2 than on rank 0");
    }
    SECTION("another duration") {
        CHECK(told([](Exchange& exchange) {
                  Simulator simulator(everything(1), 1, exchange);
                  return simulator.run(exchange.rank() == 2 ? 21.0 : 20.0);
              }) == "run: rank 2 is to run other windows than rank 0");
    }
    SECTION("a recorder of what there is not") {
        CHECK(
            told([](Exchange& exchange) {
                const Network network = everything(1);
                Simulator simulator(network, 1, exchange);
                Network larger = network;
                std::get<NeuronPopulation>(larger.populations[0]).size = 10;
                std::swap(larger.populations[0],
                          larger.populations[4]); // 4 holds Poisson neurons
                FullRecorder recorder(larger);
                std::vector<Recorder*> recorders;
                if (exchange.rank() == 0) recorders = {&recorder};
                return simulator.run(20.0, recorders);
            }) == "recorder: potentials and other states are those of LIF and dyadic populations");
    }
}
