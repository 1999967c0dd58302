#include "core/error.hpp"
#include "mapping/rows.hpp"
#include "network/engine/simulator.hpp"
#include "network/lif_equivalent.hpp"
#include "support/network_text.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <functional>

// Synapses that end on nodes: what is asked of them, and what becomes of them in files and copies.

using namespace spikewell;
using namespace spikewell::test;

namespace {

/// Six sensors onto four nodes of five neurons.
Network sensors_onto_nodes() {
    Network network = lone_nodes(4, 5, 3.0, 1);
    const Neurons nodes{k_first, 0, 20};
    const Neurons sensors =
        network.add(PoissonPopulation{"sensors", 6, PoissonRate::constant(50.0)});
    network.connect(sensors, nodes, {AllToAll{}, Constant{0.5}, Constant{1.5}});
    return network;
}

SynapticProjection& drive_of(Network& network) {
    return std::get<SynapticProjection>(network.projections.back());
}

constexpr const char* k_nodes =
    R"({"name": "P", "model": "poisson", "size": 5, "rate_Hz": 10},
       {"name": "A", "model": "dyadic_attractor", "n_nodes": 4},
       {"name": "S", "model": "dyadic_spike_list", "n_nodes": 2, "spikes": []})";

std::vector<std::string> problems_with(const std::string& projection) {
    std::vector<std::string> told;
    for (const Problem& problem : problems_of(network(k_nodes, projection)))
        told.push_back(problem.pointer + ": " + problem.message);
    return told;
}

} // namespace

TEST_CASE("Synapses end on nodes: as many targets as there are") {
    Network network = sensors_onto_nodes();
    CHECK(drive_of(network).post.count == 4U);
    CHECK(weight_unit_of(drive_of(network), network) == "field");
    CHECK(rule_of(drive_of(network), network).n_post == 4);
    drive_of(network).post = {k_first, 1, {}};
    CHECK(rule_of(drive_of(network), network).n_post == 3);
    const std::vector<Synapse> synapses = Simulator(network).synapses({0});
    REQUIRE(synapses.size() == 18);
    CHECK(synapses.back().pre == 5);
    CHECK(synapses.back().post == 2);
    CHECK(synapses.back().weight == 0.5F);
    // Neurons stand for their node, all of them together.
    const Neurons nodes{k_first, 0, 20};
    network.connect({k_second, 0, 1}, nodes.slice(5, 10), {});
    CHECK(drive_of(network).post.first == 1);
    CHECK(drive_of(network).post.count == 2U);
    CHECK_THROWS_WITH(network.connect({k_second, 0, 1}, nodes.slice(5, 7), {}),
                      "attractor: synapses end on nodes, of 5 neurons each: neurons 5 .. 11 are no "
                      "whole ones");
}

TEST_CASE("What synapses onto nodes cannot be is told in a line") {
    Network network = sensors_onto_nodes();
    std::string message;
    SECTION("plastic") {
        drive_of(network).plasticity = PairStdp{};
        message = "synapses onto nodes must be static: no rule of plasticity";
    }
    SECTION("of short_term") {
        drive_of(network).short_term = TsodyksMarkram{};
        message = "synapses onto nodes must be static: no short_term";
    }
    SECTION("without a neuron's onto itself") {
        drive_of(network).self_connections = false;
        message = "self_connections must be true onto nodes, which are no neurons";
    }
    SECTION("onto neurons of nodes") {
        drive_of(network).post = {k_first, 0, 20};
        message = "nodes 0 .. 19 are not all among 0 .. 3";
    }
    SECTION("one to one with more sources") {
        drive_of(network).connector = OneToOne{};
        message = "one to one needs ranges of one size, got 6 and 4";
    }
    SECTION("of weights that are too large") {
        drive_of(network).weight = Constant{2e6};
        message = "weight_field must be ";
    }
    SECTION("without delay") {
        drive_of(network).delay_ms = Constant{0.0};
        message = "delay_ms must be ";
    }
    SECTION("onto a source of dyadic spikes") {
        network.populations.emplace_back(SpikeListSource{"list", {4, 2, 10.0}, {}});
        drive_of(network).post = {PopulationId{2}, 0, {}};
        message = "its targets must be point neurons or nodes of a dyadic_attractor, but list are "
                  "none";
    }
    SECTION("beside a delay of 0") {
        network.populations.pop_back();
        network.couple({k_first, 0, 20}, {k_first, 0, 20}, Matrix(4, 4), 0.0);
        std::swap(network.projections[0], network.projections[1]);
        drive_of(network).pre.population = k_first;
        message = "runs by the sequential queue, which has no synapses onto nodes";
    }
    CHECK_THROWS_WITH(validate(network), Catch::Contains(message));
}

TEST_CASE("A network file says synapses onto nodes, and is written as it was read") {
    const std::string text = network(
        k_nodes,
        R"({"name": "drive", "pre": "P", "post": {"population": "A", "first": 1, "count": 2},
            "connector": "fixed_indegree", "indegree": 3,
            "weight_field": {"distribution": "uniform", "low": -1, "high": 2}, "delay_ms": 2.5})",
        R"({"name": "weights", "record": "weights", "projection": "drive"})");
    const NetworkDescription read = parsed(text);
    const auto& drive = std::get<SynapticProjection>(read.network.projections.at(0));
    CHECK(drive.post.count == 2U);
    CHECK(drive.weight == Distribution{Uniform{-1.0, 2.0}});
    const nlohmann::json written = io::network_to_json(read);
    CHECK(written["projections"][0].contains("weight_field"));
    CHECK(io::network_to_json(parsed(written.dump())) == written);
}

TEST_CASE("Problems of a file's synapses onto nodes are told with their place") {
    const std::string begin = R"({"pre": "P", "post": "A", "connector": "all_to_all", )";
    using Told = std::vector<std::string>;
    CHECK(problems_with(begin + R"("weight_field": 1})").empty());
    CHECK(problems_with(begin + R"("weight_mV": 1})") ==
          Told{"/projections/0/weight_mV: must be weight_field: weights onto dyadic_attractor are "
               "in field",
               "/projections/0/weight_field: is missing"});
    CHECK(problems_with(begin + R"("weight_field": 1, "plasticity": {"rule": "pair_stdp"}})") ==
          Told{"/projections/0/plasticity: must be absent: synapses onto nodes are static"});
    CHECK(
        problems_with(begin + R"("weight_field": 1, "short_term": {"rule": "tsodyks_markram"}})") ==
        Told{"/projections/0/short_term: must be absent: synapses onto nodes are static"});
    CHECK(problems_with(begin + R"("weight_field": 1, "self_connections": false})") ==
          Told{"/projections/0/self_connections: must be true onto nodes, which are no neurons"});
    CHECK(problems_with(R"({"pre": "P", "post": {"population": "A", "first": 2, "count": 3},
                           "connector": "all_to_all", "weight_field": 1})") ==
          Told{"/projections/0/post/count: must be <= 2: \"A\" has 2 nodes from first = 2 on, got "
               "3"});
    CHECK(problems_with(
              R"({"pre": "P", "post": "A", "connector": "one_to_one", "weight_field": 1})") ==
          Told{"/projections/0/connector: \"one_to_one\" needs ranges of one size, got 5 and 4 "
               "neurons"});
    CHECK(problems_with(
              R"({"pre": "P", "post": "S", "connector": "all_to_all", "weight_field": 1})") ==
          Told{"/projections/0/post: must be a population of model lif_delta, lif_exp, lif_alpha, "
               "lif_cond_exp, adex, izhikevich, lif_adapt, glif, lif_step or dyadic_attractor, got "
               "\"S\" of "
               "model "
               "dyadic_spike_list"});
}

TEST_CASE("In a copy of LIF neurons spikes onto nodes are pulses onto each bit") {
    NetworkDescription description{sensors_onto_nodes(), 100.0, {}};
    drive_of(description.network).name = "drive";
    description.record("weights", WeightRecording{{0}, 10.0});
    const NetworkDescription copy = lif_equivalent(description);
    REQUIRE(copy.network.populations.size() == 6);
    REQUIRE(copy.network.projections.size() == 10); // a begin and an end for each of five bits
    const auto synapses = [&](std::size_t p) {
        const auto& projection = std::get<SynapticProjection>(copy.network.projections.at(p));
        return std::get<SynapseList>(projection.connector).synapses;
    };
    const Pulse pulse = pulse_onto({10.0, 3.0}, 10.0);
    REQUIRE(synapses(0).size() == 24);
    CHECK(synapses(0)[7].weight == Approx(0.5 * pulse.opening()));
    CHECK(synapses(1)[7].weight == Approx(-0.5 * pulse.opening() * pulse.left_over()));
    CHECK(synapses(0)[7].delay_ms == 1.5F);
    CHECK(synapses(1)[7].delay_ms == 11.5F);
    CHECK(copy.recordings.empty());
}

TEST_CASE("A board's rows of synapses onto nodes are of nodes") {
    Network network = sensors_onto_nodes();
    drive_of(network).post = {k_first, 1, 2};
    const auto blocks = mapping::rows_onto(network, {0, 10, 10}); // nodes 2 and 3
    REQUIRE(blocks.size() == 1);
    CHECK(blocks[0].onto_nodes);
    CHECK(blocks[0].synapses == std::vector<std::uint32_t>(6, 1));
    CHECK(blocks[0].fan_in == std::vector<std::uint32_t>{6, 0});
    CHECK(blocks[0].longest_delay_ms == 11.5); // to the end of the pulse
    CHECK(blocks[0].both_signs);               // its end is its begin taken away
    CHECK(mapping::rows_onto(network, {0, 15, 5}).empty());
}

TEST_CASE("States of nodes whose own spikes are on their way to nodes cannot be set") {
    Network network = sensors_onto_nodes();
    Simulator sound(network);
    sound.set_state(k_first, std::vector<double>(4, 0.5));
    drive_of(network).pre = {k_first, 0, {}};
    Simulator simulator(network);
    CHECK_THROWS_WITH(simulator.set_state(k_first, std::vector<double>(4, 0.5)),
                      Catch::Contains("spikes on their way would be lost"));
}

TEST_CASE("Spikes onto nodes are counted as edges of pulses") {
    Network network = lone_nodes(4, 5, 3.0, 1);
    network.populations.emplace_back(
        SpikeListPopulation{"list", 3, {{5.0, 0}, {11.0, 2}, {13.0, 1}, {40.0, 0}}});
    network.connect({k_second, 0, 2}, {k_first, 0, 20}, {AllToAll{}, Constant{0.5}, Constant{4.0}});
    Simulator simulator(network);
    simulator.run(26.0); // of neurons 0 and 1: begins at 9 and 17, an end at 19
    CHECK(simulator.counters().arrivals == 3);
    simulator.run(74.0);
    CHECK(simulator.counters().arrivals == 6);
}
