#include "core/error.hpp"
#include "mapping/capability.hpp"
#include "mapping/check.hpp"
#include "mapping/model_support.hpp"
#include "mapping/partition.hpp"
#include "mapping/precision.hpp"
#include "network/expansion.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

Network nodes(std::size_t n) {
    return test::recurrent(test::random_couplings(n, 0.1, 3), 5, 3.0, 3.93, 11);
}

Partition cut(const Network& network, const char* name, const Pace& pace) {
    return partition(network, board(name), pace, estimated_rates(network));
}

Network one_pair(double weight_mV, double delay_ms) {
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 4;
    cells.V_init_mV = Constant{-60.0};
    cells.neuron = LifExp{};
    PoissonPopulation noise{"noise", 4, PoissonRate::constant(10.0)};
    SynapticProjection projection;
    projection.pre.population = {1};
    projection.post.population = {0};
    projection.connector = OneToOne{};
    projection.weight = Constant{weight_mV};
    projection.delay_ms = Constant{delay_ms};
    return {{cells, noise}, {projection}, 1};
}

} // namespace

TEST_CASE("A node's neurons stay together and slices cover all of them once") {
    const Partition parts = cut(nodes(100), "spinnaker1", {});
    REQUIRE(parts.slices.size() > 1);
    std::uint32_t next = 0;
    for (const Slice& slice : parts.slices) {
        CHECK(slice.first == next);
        CHECK(slice.first % 5 == 0);
        CHECK(slice.count % 5 == 0);
        CHECK(slice.twins == 0);
        next += slice.count;
    }
    CHECK(next == 500);
    CHECK(parts.loads.size() == parts.slices.size());
}

TEST_CASE("What a network was cut into is laid out with its slices, loads and pace") {
    const Partition parts = cut(nodes(100), "spinnaker1", {});
    const Pace pace{1.0, 2.0};
    const Layout layout = map_partition(parts, make_machine("spinn3"), {}, pace, "of whom");
    CHECK(check_layout(layout).n_faults == 0);
    CHECK(layout.slices == parts.slices);
    CHECK(layout.populations == parts.populations);
    REQUIRE(layout.network);
    CHECK(*layout.network == MappedNetwork{"of whom", pace, parts.loads});
}

TEST_CASE("A slice is as large as its cycles allow and no larger") {
    const Network network = nodes(400);
    const Board& b = board("spinnaker1");
    const Pace pace;
    const Partition parts = cut(network, "spinnaker1", pace);
    for (const CoreLoad& load : parts.loads)
        CHECK_FALSE(shortage_of(load, b, pace).has_value());
    // 2000 neurons at 50 Hz are 100 packets a ms, 539 + 30 n cycles each; 201 a neuron, 3850 a step:
    // 3850 + 53,900 + (3000 + 1005) n <= 80 % of 200,000, so 25 nodes.
    CHECK(parts.slices.size() == 16);
    CHECK(parts.slices.front().count == 25 * 5);
    CHECK(parts.loads.front().cycles ==
          Approx(3850.0 + 100.0 * (539.0 + 30.0 * (25.0 - 25.0 / 400.0)) + 201.0 * 125.0));
    CHECK(parts.loads.front().packets_per_ms == Approx(100.0));
}

TEST_CASE("Rows of a node serve all of its neurons and lie in the chip's memory") {
    const Partition parts = cut(nodes(100), "spinnaker1", {});
    const CoreLoad& load = parts.loads.front();
    const std::uint32_t n = parts.slices.front().count / 5;
    CHECK(load.rows == 100);
    CHECK(load.synapses == n * 100 - n);
    CHECK(load.row_words == n);
    // Bits for the nodes, one for the type, and ceil(3.93 + 10) + 1 = 15 slots of delay.
    CHECK(load.ring_buffer_bits == static_cast<int>(std::ceil(std::log2(n))) + 1 + 4);
    CHECK(load.sdram_bytes == 412 + 2 * 64 * n * 5 + 100 * (n + 3) * 4 + 8 + 16);
}

TEST_CASE("A rule that learns puts twins beside their neurons and needs more of a core") {
    Network network = nodes(40);
    const Partition fixed = cut(network, "spinnaker1", {1.0, 10.0});
    factorised(network.projections[0]).plasticity = PredictiveHebbian{0.001, Prediction::spiking};
    const Partition plastic = cut(network, "spinnaker1", {1.0, 10.0});
    CHECK(plastic.slices.size() > fixed.slices.size());
    for (std::size_t s = 0; s < plastic.slices.size(); ++s) {
        CHECK(plastic.slices[s].twins == plastic.slices[s].count);
        CHECK(plastic.loads[s].neurons == 2 * plastic.slices[s].count);
        CHECK(plastic.loads[s].neurons <= 256);
    }
}

namespace {

/// 3,200 neurons that excite and 800 that inhibit all, every 50th of them.
Network balanced(bool plastic) {
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 4000;
    SynapticProjection exc;
    exc.pre = {{0}, 0, 3200};
    exc.post = {{0}, 0, std::nullopt};
    exc.connector = FixedProbability{0.02};
    exc.weight = Constant{1.0};
    SynapticProjection inh = exc;
    inh.pre = {{0}, 3200, std::nullopt};
    inh.weight = Constant{-5.0};
    if (plastic) inh.plasticity = InhibitoryStdp{};
    return {{cells}, {exc, inh}, 1};
}

} // namespace

TEST_CASE("Slices whose projections read parts of a population count each packet once") {
    // On a board of clock 200 MHz "needed 168227, available 160000" was said, on the other "needed
    // 121705, available 120000": of the slice that both projections read, every packet counted twice.
    const auto [name, plastic, most] = GENERATE(std::tuple{"spinnaker1", true, std::size_t{20}},
                                                std::tuple{"spinnaker2", false, std::size_t{18}});
    const Partition parts = cut(balanced(plastic), name, {});
    CHECK(parts.slices.size() <= most);
    for (const CoreLoad& load : parts.loads) {
        CHECK_FALSE(shortage_of(load, board(name), {}).has_value());
        CHECK(load.packets_per_ms == Approx(4000 * 0.030));
    }
}

TEST_CASE("Sources are cut finer where coarse ones send more than even one neuron could take") {
    Network network = one_pair(0.5, 1.0);
    std::get<NeuronPopulation>(network.populations[0]).size = 600;
    std::get<PoissonPopulation>(network.populations[1]) = {"noise", 600,
                                                           PoissonRate::constant(3000.0)};
    const Partition parts = cut(network, "spinnaker1", {});
    for (const CoreLoad& load : parts.loads)
        CHECK_FALSE(shortage_of(load, board("spinnaker1"), {}).has_value());
    // 600 neurons, each of which costs 3 packets a ms of 554 cycles and 171 more: 8 cores at least, and as
    // many for their sources, or more where these must be in step with them.
    CHECK(parts.slices.size() <= 40);
}

TEST_CASE("When cores run out it is said of which population and what would help, that helps") {
    const Network network = balanced(true);
    const auto cut_into = [&](double slow_down, std::uint64_t cores) {
        return partition(network, board("spinnaker1"), {1.0, slow_down}, estimated_rates(network),
                         cores);
    };
    CHECK_NOTHROW(cut_into(1.0, 17));
    CHECK_THROWS_WITH(cut_into(1.0, 16),
                      Catch::Contains("cores: needed ") &&
                          Catch::Contains(", available 16; population cells takes ") &&
                          Catch::Contains("for want of cycles") &&
                          Catch::Contains("--slow-down or --rates-from-ms would help"));
    CHECK_NOTHROW(cut_into(2.0, 16));
}

TEST_CASE("The slow-down that a message advises is enough, and little more") {
    const Network network = nodes(1600);
    std::string text;
    try {
        (void)cut(network, "spinnaker1", {});
    } catch (const MappingError& error) {
        text = error.what();
    }
    const std::size_t at = text.find("--slow-down ");
    REQUIRE(at != std::string::npos);
    const double advised = std::stod(text.substr(at + 12));
    CHECK(advised > 1.0);
    CHECK_NOTHROW(cut(network, "spinnaker1", {1.0, advised}));
    CHECK_THROWS_AS(cut(network, "spinnaker1", {1.0, 0.995 * advised}), MappingError);
}

TEST_CASE("Synapses of a neuron are those of the one that has most, not of a mean one") {
    Network network = one_pair(0.5, 1.0);
    SynapseList list;
    for (std::uint32_t i = 0; i < 300; ++i)
        list.synapses.push_back({i % 4, 1, 0.5F, 1.0F});
    std::get<SynapticProjection>(network.projections[0]).connector = list;
    CHECK_THROWS_WITH(cut(network, "brainscales2", {0.0, 1.0}),
                      Catch::Contains("synapses of a neuron: needed 300, available 256"));
}

TEST_CASE("Axons are counted as the nets have them, whole slices") {
    // Half of the sources of each slice have a row: all of them are heard.
    Network network = one_pair(0.5, 1.0);
    SynapseList list;
    for (std::uint32_t i = 0; i < 4; i += 2)
        list.synapses.push_back({i, 1, 0.5F, 1.0F});
    std::get<SynapticProjection>(network.projections[0]).connector = list;
    const Partition parts = cut(network, "loihi2", {});
    REQUIRE(parts.slices.size() == 2);
    CHECK(parts.loads[0].in_axons == 4);
    CHECK(parts.loads[1].out_axons == 4);
}

TEST_CASE("Nets end where rows are") {
    Network network = one_pair(0.5, 1.0);
    std::get<NeuronPopulation>(network.populations[0]).size = 600;
    std::get<PoissonPopulation>(network.populations[1]).size = 600;
    const Partition parts = cut(network, "spinnaker1", {});
    REQUIRE(parts.slices.size() == 6);
    REQUIRE(parts.graph.nets.size() == 3);
    for (const Net& net : parts.graph.nets) {
        CHECK(net.source >= 3);
        CHECK(net.sinks == std::vector<VertexIndex>{net.source - 3});
        CHECK(net.weight == Approx(10.0 * parts.slices[net.source].count));
    }
}

TEST_CASE("What no core can hold is said with the resource") {
    const auto says = [](const Network& network, const char* name, const Pace& pace,
                         const std::string& text) {
        try {
            (void)cut(network, name, pace);
            FAIL("fits");
        } catch (const MappingError& error) {
            CHECK_THAT(error.what(), Catch::Contains(text));
        }
    };
    says(nodes(64), "brainscales2", {0.0, 1.0}, "input axons of a core");
    says(nodes(1600), "spinnaker1", {}, "cycles of a core in a time step");
    says(nodes(900), "loihi2", {}, "input axons of a core: needed 4495, available 4096");
    says(one_pair(0.5, 20000.0), "spinnaker1", {}, "data memory of a core in bytes");
    CHECK_THROWS_AS(cut(nodes(4), "spinnaker1", {0.0, 1.0}), ParameterError);
    CHECK_THROWS_AS(cut(nodes(4), "spinnaker1", {1.0, 0.5}), ParameterError);
}

TEST_CASE("784 nodes of 5 neurons fit a Loihi 2 chip's cores") {
    const Partition parts = cut(nodes(784), "loihi2", {});
    CHECK(parts.slices.size() <= 120);
    for (const CoreLoad& load : parts.loads) {
        CHECK(load.in_axons == 784 * 5);
        CHECK(load.synapse_bits <= 16384L * 64);
        CHECK(load.out_axons <= 4096);
    }
}

TEST_CASE("Weights are rounded to the board's steps and delays to its time step") {
    const Network network = one_pair(0.3, 1.37);
    const Pace pace{0.1, 1.0};
    const RoundedNetwork rounded =
        round_to_board(network, board("spinnaker1"), pace, estimated_rates(network), 16);
    const auto& projection = std::get<SynapticProjection>(rounded.network.projections[0]);
    const RoundedWeights& told = rounded.projections.front();
    // A target gets 0.001 spikes a step: 0.0003 + 5 * 0.3 * sqrt(0.001) = 0.0477 < 0.3, so that the
    // weight itself decides: 2^(-1 + 1 - 16 + ...) with floor(log2 0.3) + 1 = -1.
    CHECK(told.step == std::ldexp(1.0, -1 + 1 - 16));
    const double weight = std::get<Constant>(projection.weight).value;
    CHECK(std::abs(weight - 0.3) <= told.step / 2);
    CHECK(weight / told.step == std::round(weight / told.step));
    CHECK(std::get<Constant>(projection.delay_ms).value == Approx(1.4));
    CHECK(told.greatest_delay_change_ms == Approx(0.03));
}

TEST_CASE("Weights and delays that vary are rounded as they are drawn, not listed") {
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 300;
    cells.neuron = LifExp{};
    SynapticProjection projection;
    projection.connector =
        GENERATE(Connector{FixedProbability{0.1}}, Connector{FixedOutdegree{20, false}});
    projection.weight = Normal{0.1, 0.05, 0.0, 1.0};
    projection.delay_ms = Uniform{0.3, 3.0};
    const Network network{{cells}, {projection}, 5};
    const Pace pace{0.1, 1.0};
    const RoundedNetwork rounded =
        round_to_board(network, board("spinnaker1"), pace, estimated_rates(network), 8);
    const RoundedWeights& told = rounded.projections.front();
    const auto& made = std::get<SynapticProjection>(rounded.network.projections.front());
    CHECK_FALSE(std::holds_alternative<SynapseList>(made.connector));
    const std::vector<Synapse> before = expand_all(network, 0);
    const std::vector<Synapse> after = expand_all(rounded.network, 0);
    REQUIRE(after.size() == before.size());
    REQUIRE(after.size() > 5000);
    double greatest = 0.0;
    double squares = 0.0;
    double changes = 0.0;
    bool same = true;
    for (std::size_t s = 0; s < after.size(); ++s) {
        const auto weight = static_cast<double>(before[s].weight);
        const double change = std::round(weight / told.step) * told.step - weight;
        same &= after[s].pre == before[s].pre && after[s].post == before[s].post &&
                after[s].weight == static_cast<float>(weight + change) &&
                std::abs(static_cast<double>(after[s].delay_ms) -
                         0.1 * std::round(static_cast<double>(before[s].delay_ms) / 0.1)) < 1e-6;
        greatest = std::max(greatest, std::abs(change));
        squares += weight * weight;
        changes += change * change;
    }
    CHECK(same);
    CHECK(greatest > 0.0);
    CHECK(told.greatest_change == Approx(greatest));
    CHECK(told.relative_rms == Approx(std::sqrt(changes / squares)));
    CHECK(told.greatest_delay_change_ms == Approx(0.05).epsilon(0.01));
}

TEST_CASE("Fewer bits change couplings more, a step is a power of two, none is clipped") {
    const Network network = nodes(50);
    double last = 0.0;
    for (const int bits : {16, 12, 8, 6}) {
        const RoundedNetwork rounded =
            round_to_board(network, board("loihi2"), {}, estimated_rates(network), bits);
        const RoundedWeights& told = rounded.projections.front();
        CHECK(std::log2(told.step) == std::round(std::log2(told.step)));
        CHECK(told.greatest_change <= told.step / 2);
        CHECK(told.relative_rms > last);
        last = told.relative_rms;
    }
}

TEST_CASE("Every board says what it runs of each model, none runs the rule today") {
    std::size_t n = 0;
    for (const Board& b : boards()) {
        const std::vector<Capability> all = capabilities(b);
        CHECK(all.size() == model_support().size());
        for (const Capability& c : all) {
            CHECK_FALSE(c.how.empty());
            if (c.model == "predictive Hebbian rule") {
                CHECK_FALSE(c.ships);
                ++n;
            }
        }
    }
    CHECK(n == boards().size());
    Network network = nodes(4);
    CHECK(capabilities(board("spinnaker1"), network).size() == 1);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{0.001, Prediction::spiking};
    CHECK(capabilities(board("spinnaker1"), network).size() == 2);
}
