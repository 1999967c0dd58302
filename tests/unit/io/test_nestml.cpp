#include "io/nestml/nestml.hpp"
#include "support/output.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <set>

using namespace spikewell;
using namespace spikewell::io;
using spikewell::test::published;
using spikewell::test::ScratchFolder;

namespace {

std::string without_comments(const std::string& text) {
    return std::regex_replace(text, std::regex("#[^\n]*"), "");
}

/// What is called in a model, with its arguments up to the first bracket that closes.
std::set<std::string> calls_of(const std::string& text) {
    std::set<std::string> names;
    const std::regex call("([A-Za-z_]+)\\(");
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at)
        names.insert((*at)[1]);
    return names;
}

/// The models of a network at the defaults.
struct Models {
    std::string neuron;
    std::string synapse;
    Models() {
        const ScratchFolder folder;
        (void)published(folder / "n", [&](const FolderOutput& output) {
            return export_nestml({}, "m.json", output);
        });
        neuron = folder.content("n/attractor_neuron.nestml");
        synapse = folder.content("n/predictive_hebbian_synapse.nestml");
    }
};

} // namespace

TEST_CASE("NESTML models carry the network's parameters") {
    experiments::Config config;
    config.training.learning_rate = 0.0025;
    const ScratchFolder folder;
    (void)published(folder / "n", [&](const FolderOutput& output) {
        return export_nestml(nestml_defaults(config, 64), "m.json", output);
    });
    const std::string neuron = folder.content("n/attractor_neuron.nestml");
    const std::string synapse = folder.content("n/predictive_hebbian_synapse.nestml");
    for (const std::string& text : {neuron, synapse})
        CHECK_FALSE(std::regex_search(text, std::regex("@\\w+@")));
    CHECK_THAT(neuron, Catch::Contains("tau_m ms = 3 ms"));
    CHECK_THAT(synapse, Catch::Contains("learning_rate real = 0.0025"));
    CHECK_THAT(synapse, Catch::Contains("with a delay of 3.93147"));
    NestmlDefaults no_leak;
    no_leak.tau_m_ms = 0.0;
    CHECK_THROWS_WITH(
        published(folder / "o",
                  [&](const FolderOutput& output) { return export_nestml(no_leak, "m", output); }),
        "NESTML: tau_m_ms must be > 0: its membrane is an ODE, got 0");
    CHECK_THROWS_WITH(nestml_defaults(Network{}),
                      Catch::Contains("has no dyadic_attractor population"));
}

TEST_CASE("NESTML says what else a network has") {
    Network network;
    DyadicPopulation nodes;
    for (const char* name : {"A", "B"}) {
        nodes.name = name;
        network.populations.emplace_back(nodes);
    }
    FactorisedProjection learns{{0}, {0}, Matrix(1, 1), 2.5, PredictiveHebbian{0.01}};
    learns.plasticity->prediction = Prediction::expected;
    learns.plasticity->pairing_delay_ms = 1.5;
    network.projections = {learns, FactorisedProjection{{0}, {1}, Matrix(1, 1), 4.0, {}}};
    const NestmlDefaults defaults = nestml_defaults(network);
    CHECK(defaults.delay_ms == 2.5);
    CHECK(defaults.learning_rate == 0.01);
    const ScratchFolder folder;
    const ExportReport report = published(folder / "n", [&](const FolderOutput& output) {
        return export_nestml(defaults, "n.json", output);
    });
    for (const std::string expected :
         {"prediction by the twin's mean: by its spikes", "pairing delay of 1.5 ms",
          "population B: the neuron is that of A", "projection 1: delay and learning rate"}) {
        INFO(expected);
        CHECK(std::count(report.lost.begin(), report.lost.end(), expected) == 1);
    }
}

// NESTML 8: pynestml/cocos, which tests/exchange/real_readers/nestml_check.py runs.
TEST_CASE("NESTML models call what NESTML has, as it lets them") {
    const Models models;
    const std::set<std::string> predefined{
        "exp",      "min",       "max",         "random_uniform", "emit_spike",
        "timestep", "onReceive", "onCondition", "integrate_odes"};
    for (const std::string& model : {models.neuron, models.synapse}) {
        const std::string text = without_comments(model);
        const std::set<std::string> calls = calls_of(text);
        CHECK(calls.size() > 1);
        for (const std::string& name : calls) {
            INFO(name);
            CHECK(predefined.contains(name));
        }
        CHECK_FALSE(std::regex_search(text, std::regex("emit_spike\\([^()]*,")));
        // timestep() has its place in the block `update`.
        const std::size_t update = text.find("    update:");
        const std::size_t conditions = text.find("    onCondition");
        for (std::size_t at = text.find("timestep()"); at != std::string::npos;
             at = text.find("timestep()", at + 1)) {
            CHECK(at > update);
            CHECK(at < conditions);
        }
    }
}

// C++ has no std::max of an int and a double, which NESTML makes of "max(0 ms, t)".
TEST_CASE("NESTML models compare like with like") {
    const Models models;
    for (const std::string& model : {models.neuron, models.synapse})
        CHECK_FALSE(
            std::regex_search(without_comments(model), std::regex("(min|max)\\([0-9]+( ms)?,")));
}
