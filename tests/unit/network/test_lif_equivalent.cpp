#include "core/error.hpp"
#include "network/engine/simulator.hpp"
#include "network/lif_equivalent.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <span>

using namespace spikewell;

namespace {

/// Two nodes of two bits that a source of the same kind reaches, all of it recorded.
NetworkDescription two_nodes() {
    DyadicPopulation nodes;
    nodes.name = "nodes";
    nodes.n_nodes = 2;
    nodes.neurons_per_node = 2;
    nodes.inverse_temperature = 0.5;
    SpikeListSource source;
    source.name = "source";
    source.layout = {2, 2, 10.0};
    source.spikes = {{1.0, 3}, {2.0, 0}, {3.0, 2}};
    FactorisedProjection recurrent;
    recurrent.pre = recurrent.post = PopulationId{0};
    recurrent.coupling = Matrix(2, 2);
    recurrent.coupling(1, 0) = 0.5;
    FactorisedProjection input;
    input.pre = PopulationId{1};
    input.post = PopulationId{0};
    input.coupling = Matrix(2, 2, -1.5);
    input.mask = SynapseList{{{1, 0, 0.0F, 0.0F}}};
    NetworkDescription description;
    description.network = {{nodes, source}, {recurrent, input}, 3};
    description.duration_ms = 10.0;
    description.recordings = {{"all", SpikeRecording{{PopulationId{0}, 0, {}}}},
                              {"some", SpikeRecording{{PopulationId{0}, 1, 1}}},
                              {"rate", RateRecording{{PopulationId{0}, 0, {}}, 1.0}}};
    return description;
}

const NeuronPopulation& bit(const NetworkDescription& copy, std::size_t p) {
    return std::get<NeuronPopulation>(copy.network.populations.at(p));
}

const SynapticProjection& synaptic(const NetworkDescription& copy, std::size_t p) {
    return std::get<SynapticProjection>(copy.network.projections.at(p));
}

const std::vector<Synapse>& synapses(const NetworkDescription& copy, std::size_t p) {
    return std::get<SynapseList>(synaptic(copy, p).connector).synapses;
}

} // namespace

TEST_CASE("bits of nodes become populations with the escape noise of their gain") {
    const NetworkDescription copy = lif_equivalent(two_nodes());
    REQUIRE(copy.network.populations.size() == 5);
    for (std::size_t k = 0; k < 2; ++k) {
        const NeuronPopulation& population = bit(copy, k);
        CHECK(population.name == "nodes_bit" + std::to_string(k + 1));
        CHECK(population.size == 2);
        const auto& neuron = std::get<LifExp>(population.neuron);
        CHECK(neuron.t_ref_ms == 10.0);
        REQUIRE(neuron.escape);
        CHECK(neuron.escape->rate_Hz == 100.0);
        // exp(2 g iT V) with g = 1/2, 1/4 and iT = 1/2
        CHECK(neuron.escape->slope_mV == (k == 0 ? 2.0 : 4.0));
    }
    CHECK(std::get<SpikeListPopulation>(copy.network.populations[2]).spikes ==
          std::vector<Spike>{{2.0, 0}, {3.0, 1}});
    CHECK(std::get<SpikeListPopulation>(copy.network.populations[3]).spikes ==
          std::vector<Spike>{{1.0, 1}});
    CHECK(std::get<SpikeListPopulation>(copy.network.populations[4]).spikes ==
          std::vector<Spike>{{0.0, 0}});
}

TEST_CASE("couplings become pulses, and silent nodes a bias") {
    const NetworkDescription copy = lif_equivalent(two_nodes());
    REQUIRE(copy.network.projections.size() == 2 * (4 + 4 + 2)); // a begin and an end each
    const auto check = [&](std::size_t p, const std::vector<Synapse>& heights, double delay_ms) {
        for (std::size_t end = 0; end < 2; ++end) {
            REQUIRE(synapses(copy, p + end).size() == heights.size());
            for (std::size_t s = 0; s < heights.size(); ++s) {
                const Synapse& one = synapses(copy, p + end)[s];
                CHECK(one.pre == heights[s].pre);
                CHECK(one.post == heights[s].post);
                // tau_syn 100 ms: 10 ms of w exp(-t / tau_syn) have the mean asked for
                const double weight =
                    static_cast<double>(heights[s].weight) * 0.1 / (1.0 - std::exp(-0.1));
                CHECK(one.weight == Approx(end == 0 ? weight : -weight * std::exp(-0.1)));
                CHECK(one.delay_ms == Approx(delay_ms + (end == 0 ? 0.0 : 10.0)));
            }
        }
    };
    // 3 ms for the filter, less the membrane's 0.03 ms and what the pulse's centre comes earlier.
    const double later_ms = 3.0 - 0.03 + 5.0 - (100.0 - 10.0 / (std::exp(0.1) - 1.0));
    for (std::size_t l = 0; l < 2; ++l)
        for (std::size_t k = 0; k < 2; ++k) {
            const float two_g = l == 0 ? 1.0F : 0.5F;
            const std::size_t p = 4 * l + 2 * k;
            CHECK(synaptic(copy, p).pre.population.index == l);
            CHECK(synaptic(copy, p).post.population.index == k);
            const double lag_ms = 3.93 + later_ms;
            check(p, {{0, 1, two_g * 0.5F, 0.0F}}, lag_ms);      // the coupling that is not 0
            check(8 + p, {{1, 0, two_g * -1.5F, 0.0F}}, lag_ms); // what the mask leaves
        }
    // -(1 - 2^-2) times the couplings' sums.
    for (std::size_t p = 16; p < 20; p += 2)
        check(p, {{0, 0, -0.75F * -1.5F, 0.0F}, {0, 1, -0.75F * 0.5F, 0.0F}}, 10.0 + later_ms);
}

/// V of a node's first bit, which never fires, every 0.5 ms.
std::vector<double> fields_of(const NetworkDescription& description, std::uint32_t node) {
    NetworkDescription copy = lif_equivalent(description);
    for (Population& population : copy.network.populations) {
        if (auto* cells = std::get_if<NeuronPopulation>(&population))
            std::get<LifExp>(cells->neuron).escape->rate_Hz = 1e-9;
    }
    struct Potentials final : Recorder {
        explicit Potentials(std::uint32_t neuron) : of(neuron) {}
        std::uint32_t of;
        std::vector<double> V_mV;
        void on_spikes(PopulationId, SpikeKind, std::span<const Spike>) override {}
        [[nodiscard]] std::vector<SampleRequest> samples() const override {
            return {{PopulationId{0}, {of}, 0.5, 0.0}};
        }
        void on_samples(std::size_t,
                        std::span<const double>,
                        std::span<const double> values) override {
            V_mV.insert(V_mV.end(), values.begin(), values.end());
        }
    } potentials(node);
    Simulator simulator(copy.network);
    simulator.run(copy.duration_ms, std::array<Recorder*, 1>{&potentials});
    return potentials.V_mV;
}

TEST_CASE("evidence becomes pulses of a source from each of its times to the next") {
    NetworkDescription description = two_nodes();
    description.network.projections.clear();
    description.duration_ms = 90.0;
    auto& nodes = std::get<DyadicPopulation>(description.network.populations[0]);
    nodes.evidence = {{0.0, 34.0, 60.0}, Matrix(2, 3)};
    nodes.evidence.values.values = {0.5, -1.0, 0.0, 2.0, 1.5, 0.25};
    for (const std::uint32_t node : {0U, 1U}) {
        const std::vector<double> V_mV = fields_of(description, node);
        REQUIRE(V_mV.size() >= 179);
        for (std::size_t s = 0; s < 179; ++s) {
            const double t_ms = 0.5 * static_cast<double>(s);
            const std::size_t k = t_ms < 34.0 ? 0 : t_ms < 60.0 ? 1 : 2;
            // It begins 1 ms late, and settles within 5 tau_m = 0.15 ms.
            if (t_ms <= 1.0 || t_ms == 34.0 || t_ms == 60.0) continue;
            CAPTURE(node, t_ms);
            const double b = nodes.evidence.at(node, k);
            // Within a pulse 5 % above at the begin and below at the end.
            CHECK(V_mV[s] == Approx(b).margin(0.055 * std::abs(b) + 0.02));
        }
    }
    const NetworkDescription copy = lif_equivalent(description);
    const auto& source = std::get<SpikeListPopulation>(copy.network.populations.back());
    CHECK(source.name == "nodes_evidence");
    CHECK(source.size == 3);
    CHECK(source.spikes.size() == 4 + 3 + 4); // 33, 26 and 31 ms by pulses of 10 ms at most
}

TEST_CASE("a pulse is there for its length, and nothing after it") {
    LifExp quiet;
    quiet.tau_m_ms = 0.1;
    quiet.tau_syn_exc_ms = quiet.tau_syn_inh_ms = 100.0;
    quiet.E_L_mV = quiet.V_reset_mV = 0.0;
    quiet.V_th_mV = 100.0;
    Network network;
    network.populations = {SpikeListPopulation{"source", 1, {{1.0, 0}, {31.0, 0}, {41.0, 0}}},
                           NeuronPopulation{"cell", 1, quiet, Constant{0.0}, {}}};
    for (const SynapticProjection& projection :
         pulse_projections(PopulationId{0}, PopulationId{1}, Matrix(1, 1, 2.0), {10.0, 100.0}, 1.0))
        network.projections.emplace_back(projection);
    struct Potentials final : Recorder {
        std::vector<double> V_mV;
        void on_spikes(PopulationId, SpikeKind, std::span<const Spike>) override {}
        [[nodiscard]] std::vector<SampleRequest> samples() const override {
            return {{PopulationId{1}, {0}, 0.5, 0.0}};
        }
        void on_samples(std::size_t,
                        std::span<const double>,
                        std::span<const double> values) override {
            V_mV.insert(V_mV.end(), values.begin(), values.end());
        }
    } potentials;
    Simulator simulator(network);
    simulator.run(60.0, std::array<Recorder*, 1>{&potentials});
    REQUIRE(potentials.V_mV.size() >= 119);
    for (std::size_t s = 0; s < 119; ++s) {
        const double t_ms = 0.5 * static_cast<double>(s);
        const bool settles = std::abs(t_ms - 2) < 1 || std::abs(t_ms - 12) < 1 ||
                             std::abs(t_ms - 32) < 1 || std::abs(t_ms - 42) < 1 ||
                             std::abs(t_ms - 52) < 1;
        if (settles) continue;
        const bool on = (t_ms > 2 && t_ms < 12) || (t_ms > 32 && t_ms < 52);
        CAPTURE(t_ms);
        CHECK(potentials.V_mV[s] == Approx(on ? 2.0 : 0.0).margin(on ? 0.11 : 1e-4));
    }
}

TEST_CASE("recordings of nodes' spikes become recordings of their bits") {
    const NetworkDescription copy = lif_equivalent(two_nodes());
    std::vector<std::string> names;
    for (const Recording& recording : copy.recordings)
        names.push_back(recording.name);
    CHECK(names == std::vector<std::string>{"all_bit1", "all_bit2", "some_bit2"});
    const NeuronRange one = std::get<SpikeRecording>(copy.recordings[2].what).neurons;
    CHECK(one.population.index == 1);
    CHECK((one.first == 0 && one.count == 1U)); // neuron 1 is bit 2 of node 0
}

TEST_CASE("what a copy of LIF neurons cannot have is refused") {
    NetworkDescription frozen = two_nodes();
    std::get<DyadicPopulation>(frozen.network.populations[0]).inverse_temperature = 0.0;
    CHECK_THROWS_AS(lif_equivalent(frozen), ParameterError);

    NetworkDescription synaptic = two_nodes();
    synaptic.network.populations.emplace_back(
        NeuronPopulation{"cells", 2, LifExp{}, Constant{-60.0}, {}});
    SynapticProjection projection;
    projection.pre = {PopulationId{0}, 0, {}};
    projection.post = {PopulationId{2}, 0, {}};
    projection.connector = AllToAll{};
    synaptic.network.projections.emplace_back(projection);
    CHECK_THROWS_WITH(lif_equivalent(synaptic), Catch::Contains("nodes"));

    NetworkDescription longest = two_nodes();
    longest.duration_ms = 1e9;
    CHECK_THROWS_WITH(lif_equivalent(longest), Catch::Contains("duration_ms"));
}

TEST_CASE("a network without nodes is its own copy") {
    NetworkDescription description;
    description.network.populations = {NeuronPopulation{"cells", 2, LifDelta{}, Constant{0.0}, {}}};
    CHECK_FALSE(has_nodes(description.network));
    CHECK(has_nodes(two_nodes().network));
    const NetworkDescription copy = lif_equivalent(description);
    CHECK(copy.network.populations.size() == 1);
    CHECK(name_of(copy.network.populations[0]) == "cells");
}
