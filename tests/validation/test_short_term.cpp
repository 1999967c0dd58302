#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;

// Short-term plasticity: against closed forms, and against a second implementation.

namespace {

/// Sources onto neurons, pair by pair, with what the rest of the arguments say.
Network driven(const PointNeuron& neuron,
               std::uint32_t n,
               std::vector<Spike> spikes,
               double weight) {
    SpikeListPopulation source{"sources", n, std::move(spikes)};
    SynapticProjection projection;
    projection.name = "synapses";
    projection.pre.population = {1};
    projection.post.population = {0};
    projection.connector = OneToOne{};
    projection.weight = Constant{weight};
    projection.delay_ms = Constant{1.5};
    const double V_mV = number_at(neuron, "V_reset_mV");
    return {{population_of(neuron, n, V_mV), source}, {projection}, 1};
}

SynapticProjection& synapses_of(Network& network) {
    return std::get<SynapticProjection>(network.projections[0]);
}

std::vector<Spike> random_trains(std::uint32_t n, double rate_Hz, double end_ms) {
    std::vector<Spike> spikes;
    for (std::uint32_t i = 0; i < n; ++i) {
        RandomStream stream = random_stream(i);
        double t_ms = 0.0;
        while ((t_ms -= std::log(stream.uniform()) * 1e3 / rate_Hz) < end_ms)
            spikes.push_back({t_ms, i});
    }
    return spikes;
}

TsodyksMarkram any_of(std::uint32_t id) {
    RandomStream stream = random_stream(7000 + id);
    TsodyksMarkram p;
    p.U = between(stream, 0.02, 1.0);
    p.tau_rec_ms = between(stream, 20.0, 900.0);
    p.tau_facil_ms = id % 3 == 0 ? 0.0 : between(stream, 5.0, 1500.0);
    return p;
}

} // namespace

// A regular train: u and R do not change from spike to spike any more, which can be solved for.
TEST_CASE("Under a regular train synapses deliver the closed form's share") {
    for (std::uint32_t id = 0; id < 30; ++id) {
        const TsodyksMarkram p = any_of(id);
        const double interval_ms = 25.0;
        constexpr int k_n = 2000;
        LifDelta neuron;
        neuron.tau_m_ms = 1e9; // adds up
        neuron.V_th_mV = 1e5;
        std::vector<Spike> spikes;
        for (int k = 0; k < k_n; ++k)
            spikes.push_back({10.0 + interval_ms * k, 0});
        Network network = driven(neuron, 1, spikes, 1.0);
        synapses_of(network).short_term = p;
        Simulator simulator(network);
        // Right after the first, and after the last but one and the last spike.
        simulator.run(12.0);
        const double first_mV = simulator.potentials({0})[0];
        simulator.run(interval_ms * (k_n - 2));
        const double before_mV = simulator.potentials({0})[0];
        simulator.run(interval_ms);
        const double last_mV = simulator.potentials({0})[0] - before_mV;
        const double r = std::exp(-interval_ms / p.tau_rec_ms);
        const double f = p.tau_facil_ms > 0.0 ? std::exp(-interval_ms / p.tau_facil_ms) : 0.0;
        const double u = p.U / (1.0 - (1.0 - p.U) * f);
        const double R = (1.0 - r) / (1.0 - (1.0 - u) * r);
        CAPTURE(id);
        CHECK(first_mV == Approx(p.U).epsilon(1e-6)); // the membrane leaks for 2 ms of 1e9
        CHECK(last_mV == Approx(u * R).epsilon(1e-3).margin(1e-6));
    }
}

// Spikes deliver doubles: times as exact as without. Over delays of their own, weights are single precision.
TEMPLATE_TEST_CASE("Short-term plasticity is what a second implementation says",
                   "",
                   LifDelta,
                   LifExp) {
    constexpr std::uint32_t k_n = 60;
    constexpr double k_end_ms = 600.0;
    const bool plastic = GENERATE(false, true);
    const bool own_delays = GENERATE(false, true);
    if (plastic && own_delays) return;
    TestType neuron;
    neuron.V_th_mV = neuron.V_reset_mV + 5.0;
    const double weight = std::is_same_v<TestType, LifDelta> ? 40.0 : 4.0;
    Network network = driven(neuron, k_n, random_trains(k_n, 120.0, k_end_ms), weight);
    SynapticProjection& synapses = synapses_of(network);
    synapses.short_term = any_of(1);
    if (plastic) synapses.plasticity = PairStdp{.lambda = 0.02, .w_max = 2.0 * weight};
    if (own_delays) {
        SynapseList list;
        for (std::uint32_t i = 0; i < k_n; ++i)
            list.synapses.push_back(
                {i, i, static_cast<float>(weight), 1.0F + 0.05F * static_cast<float>(i)});
        synapses.connector = list;
    }
    const auto naive = run_naive(network, k_end_ms).spikes;
    const auto spikes = record_all(network, k_end_ms);
    CAPTURE(plastic, own_delays, spikes[0].size());
    REQUIRE(naive[0].size() > 100);
    CHECK(distance_ms(spikes[0], naive[0]) < (plastic || own_delays ? 1e-5 : 1e-9));
}
