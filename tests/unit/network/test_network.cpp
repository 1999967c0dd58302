#include "core/error.hpp"
#include "io/output.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <sstream>

using namespace spikewell;
using namespace spikewell::test;

namespace {

Network driven_nodes() {
    return recurrent(random_couplings(2, 0.5, 1), 3, 3.0, 3.93, 1);
}

} // namespace

TEST_CASE("The default delay and the leak add up to tau_ref ln 2") {
    CHECK(memoryless_delay_ms({10.0, 3.0}) == Approx(10.0 * std::log(2.0) - 3.0).epsilon(1e-15));
    CHECK(memoryless_delay_ms({20.0, 0.0}) == Approx(20.0 * std::log(2.0)).epsilon(1e-15));
    CHECK_THROWS_AS(memoryless_delay_ms({10.0, 7.0}), ParameterError);
}

TEST_CASE("A network that cannot run is refused with the reason") {
    Network network = driven_nodes();
    SECTION("self-coupling") {
        factorised(network.projections[0]).coupling(1, 1) = 0.1;
    }
    SECTION("coupling that is not finite") {
        factorised(network.projections[0]).coupling(0, 1) =
            std::numeric_limits<double>::quiet_NaN();
    }
    SECTION("coupling beyond what float potentials resolve") {
        factorised(network.projections[0]).coupling(0, 1) = 1e39;
    }
    SECTION("couplings of the wrong size") {
        factorised(network.projections[0]).coupling = Matrix(3, 2);
    }
    SECTION("a population that is not there") {
        factorised(network.projections[0]).pre = {7};
    }
    SECTION("negative delay") {
        factorised(network.projections[0]).delay_ms = -1.0;
    }
    SECTION("plastic without delay") {
        factorised(network.projections[0]).delay_ms = 0.0;
        factorised(network.projections[0]).plasticity = PredictiveHebbian{};
    }
    SECTION("plastic beside a projection without delay, which would keep it from learning") {
        factorised(network.projections[0]).plasticity = PredictiveHebbian{};
        network.projections.emplace_back(driven_nodes().projections[0]);
        factorised(network.projections[1]).delay_ms = 0.0;
    }
    SECTION("two kinds of prediction on one population") {
        factorised(network.projections[0]).plasticity = PredictiveHebbian{0.1, Prediction::spiking};
        network.projections.emplace_back(network.projections[0]);
        factorised(network.projections[1]).plasticity =
            PredictiveHebbian{0.1, Prediction::expected};
    }
    SECTION("a mask that lists nodes that are not there") {
        factorised(network.projections[0]).mask = SynapseList{{{0, 2, 0.0F, 0.0F}}};
    }
    SECTION("a mask that couples a node to itself") {
        factorised(network.projections[0]).mask = SynapseList{{{1, 1, 0.0F, 0.0F}}};
    }
    SECTION("a mask that draws more nodes than there are others") {
        factorised(network.projections[0]).mask = FixedIndegree{2, false};
    }
    SECTION("a mask with a probability beyond 1") {
        factorised(network.projections[0]).mask = FixedProbability{1.5};
    }
    SECTION("a source that receives") {
        network.populations[0] = SpikeListSource{"source", {2, 3, 10.0}, {}};
    }
    SECTION("no refractory period") {
        std::get<DyadicPopulation>(network.populations[0]).neuron.tau_ref_ms = 0.0;
    }
    SECTION("negative leak") {
        std::get<DyadicPopulation>(network.populations[0]).neuron.tau_m_ms = -1.0;
    }
    SECTION("no neurons") {
        std::get<DyadicPopulation>(network.populations[0]).neurons_per_node = 0;
    }
    SECTION("negative learning rate") {
        factorised(network.projections[0]).plasticity =
            PredictiveHebbian{-0.1, Prediction::spiking};
    }
    CHECK_THROWS_AS(Simulator(network), Error);
}

TEST_CASE("A network that can run is taken") {
    CHECK_NOTHROW(Simulator(driven_nodes()));
}

TEST_CASE("Memory is asked for before it is taken") {
    CHECK_NOTHROW(require_memory(1e6, "test"));
    try {
        require_memory(1e18, "network of many nodes");
        FAIL("no error");
    } catch (const NetworkError& error) {
        CHECK(std::string(error.what()).find("1e+18 bytes") != std::string::npos);
    }
}

TEST_CASE("README's C++ is the balanced network's example") {
    const std::string example =
        io::read_text(SPIKEWELL_SOURCE_DIR "/examples/balanced_network/main.cpp");
    const std::string readme = io::read_text(SPIKEWELL_SOURCE_DIR "/README.md");
    const std::string from = "    // README: from here\n";
    const std::size_t begin = example.find(from) + from.size();
    std::stringstream lines(example.substr(begin, example.find("    // to here") - begin));
    std::string snippet;
    for (std::string line; std::getline(lines, line);)
        snippet += line.substr(4) + "\n";
    REQUIRE(snippet.size() > 400);
    CHECK_THAT(readme, Catch::Contains("```cpp\n" + snippet + "```\n"));
}

TEST_CASE("Handles name populations and ranges of their neurons") {
    Network net;
    const Neurons source = net.add(PoissonPopulation{"source", 10, PoissonRate::constant(5.0)});
    const Neurons cells = net.add(NeuronPopulation{.name = "cells", .size = 100});
    CHECK(cells.size() == 100);
    CHECK(PopulationId(cells) == PopulationId{1});
    const Neurons part = cells.slice(20, 50).first(10);
    const NeuronRange range = part;
    CHECK(range.population == PopulationId{1});
    CHECK(range.first == 20);
    CHECK(range.count == std::optional<std::uint32_t>(10));
    const ProjectionId projection =
        net.connect(source, part, {.connector = OneToOne{}, .weight = Constant{2.0}, .name = "in"});
    CHECK(projection == ProjectionId{0});
    CHECK(rule_of(std::get<SynapticProjection>(net.projections[0]), net).n_post == 10);
    CHECK_NOTHROW(validate(net));
    for (const auto& [begin, n] : {std::pair{0U, 101U}, {100U, 1U}, {99U, 2U}, {5U, 0U}})
        CHECK_THROWS_AS(cells.slice(begin, n), NetworkError);
}
