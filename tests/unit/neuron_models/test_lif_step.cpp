#include "core/random.hpp"
#include "network/engine/simulator.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

using namespace spikewell;

namespace {

constexpr std::uint32_t k_cells = 12;
constexpr std::uint32_t k_sources = 6;
constexpr double k_end_ms = 200.0;

double drawn(RandomStream& stream, double low, double high) {
    return low + (high - low) * stream.uniform();
}

/// Neurons that differ in all their numbers but the step, driven by spikes at any times and by each other.
Network random_network(double step_ms, bool currents) {
    RandomStream stream(7, Purpose::initial_couplings, currents ? 1 : 2);
    LifStep neuron;
    neuron.step_ms = step_ms;
    neuron.t_ref_ms = currents ? 0.0 : 3.0 * step_ms;
    if (currents) neuron.tau_syn_exc_ms = neuron.tau_syn_inh_ms = 2.0;
    NeuronPopulation cells{"cells", k_cells, neuron, Constant{3.0}, {}};
    const auto vary = [&](const char* key, double low, double high) {
        VariedNumber number{key, Constant{}, {}};
        for (std::size_t k = 0; k < k_cells; ++k)
            number.values.push_back(drawn(stream, low, high));
        cells.varied.push_back(number);
    };
    vary("tau_m_ms", step_ms, 20.0);
    vary("drive_mV", -5.0, 25.0);
    vary("V_th_mV", 10.0, 20.0);
    vary("V_reset_mV", -3.0, 3.0);
    if (currents) vary("tau_syn_exc_ms", step_ms, 5.0);
    SpikeListPopulation source{"source", k_sources, {}};
    for (std::uint32_t k = 0; k < 600; ++k)
        source.spikes.push_back({drawn(stream, 0.0, k_end_ms), k % k_sources});
    const auto connect = [&](std::uint32_t pre, std::size_t n_pre, double delay_ms) {
        SynapticProjection p;
        p.pre.population = {pre};
        p.post.population = {1};
        SynapseList list;
        for (std::uint32_t i = 0; i < n_pre; ++i)
            for (std::uint32_t j = 0; j < k_cells; ++j)
                list.synapses.push_back({i, j, static_cast<float>(drawn(stream, -4.0, 8.0)),
                                         static_cast<float>(delay_ms)});
        p.connector = std::move(list);
        return p;
    };
    return {{source, cells},
            {connect(0, k_sources, 0.37 * step_ms), connect(1, k_cells, 0.5 * step_ms)},
            3};
}

/// The equations of the card, as they stand there.
std::vector<Spike> naive_spikes(const Network& network) {
    const auto& cells = std::get<NeuronPopulation>(network.populations[1]);
    const auto number = [&](std::size_t n) {
        PointNeuron one = cells.neuron;
        for (const VariedNumber& varied : cells.varied)
            set_number(one, varied.key, varied.values[n]);
        return std::get<LifStep>(one);
    };
    const double step_ms = std::get<LifStep>(cells.neuron).step_ms;
    std::map<long, std::array<std::array<double, 2>, k_cells>> arriving; // in which step
    const auto send = [&](std::size_t projection, double t_ms, std::uint32_t from) {
        const auto& p = std::get<SynapticProjection>(network.projections[projection]);
        for (const Synapse& s : std::get<SynapseList>(p.connector).synapses) {
            if (s.pre != from) continue;
            const double at = (t_ms + static_cast<double>(s.delay_ms)) / step_ms;
            arriving[static_cast<long>(std::floor(at))][s.post][s.weight > 0.0F ? 0 : 1] +=
                static_cast<double>(s.weight);
        }
    };
    for (const Spike& spike : std::get<SpikeListPopulation>(network.populations[0]).spikes)
        send(0, spike.t_ms, spike.source);
    std::array<std::array<double, 3>, k_cells> x{}; // V, g_e, g_i
    std::array<double, k_cells> held_until_ms;
    held_until_ms.fill(-1.0);
    for (std::size_t n = 0; n < k_cells; ++n)
        x[n] = {3.0, 0.0, 0.0};
    std::vector<Spike> spikes;
    for (long k = 0; (static_cast<double>(k) + 1.0) * step_ms < k_end_ms; ++k) {
        const double t_ms = (static_cast<double>(k) + 1.0) * step_ms;
        for (std::uint32_t n = 0; n < k_cells; ++n) {
            const LifStep p = number(n);
            auto& [V, g_e, g_i] = x[n];
            const bool held = t_ms < held_until_ms[n] + 1e-6;
            double change = step_ms / p.tau_m_ms * (p.E_L_mV + p.drive_mV - V);
            const auto take = [&](double tau_ms, double& g, double w) {
                if (tau_ms == 0.0) return void(change += w);
                g += -step_ms / tau_ms * g + w;
                change += step_ms / p.tau_m_ms * g;
            };
            take(p.tau_syn_exc_ms, g_e, arriving[k][n][0]);
            take(p.tau_syn_inh_ms, g_i, arriving[k][n][1]);
            if (!held) V += change;
            if (held || !(V > p.V_th_mV)) continue;
            V = p.V_reset_mV;
            held_until_ms[n] = t_ms + p.t_ref_ms;
            spikes.push_back({t_ms, n});
            send(1, t_ms, n);
        }
    }
    return spikes;
}

std::vector<Spike> engine_spikes(const Network& network, double end_ms) {
    Simulator simulator(network);
    SpikeRecorder recorder({1});
    simulator.run(end_ms, {&recorder});
    std::vector<Spike> spikes = recorder.spikes();
    // A step that ends with the run may belong to it.
    std::erase_if(spikes, [&](const Spike& spike) { return spike.t_ms > end_ms - 1e-6; });
    // Of one step: times of neurons differ in their last digits.
    std::stable_sort(spikes.begin(), spikes.end(), [](const Spike& a, const Spike& b) {
        constexpr double k_apart_ms = 1e-6;
        return std::abs(a.t_ms - b.t_ms) < k_apart_ms ? a.source < b.source : a.t_ms < b.t_ms;
    });
    return spikes;
}

} // namespace

TEST_CASE("Neurons on a grid fire in the steps in which their equations, step by step, do") {
    for (const double step_ms : {0.1, 0.75}) {
        for (const bool currents : {false, true}) {
            const Network network = random_network(step_ms, currents);
            const std::vector<Spike> expected = naive_spikes(network);
            const std::vector<Spike> got = engine_spikes(network, k_end_ms);
            CAPTURE(step_ms, currents);
            REQUIRE(expected.size() > 300);
            REQUIRE(got.size() == expected.size());
            for (std::size_t k = 0; k < got.size(); ++k) {
                REQUIRE(got[k].source == expected[k].source);
                REQUIRE(got[k].t_ms == Approx(expected[k].t_ms).epsilon(1e-12));
            }
        }
    }
}

TEST_CASE("A neuron on a grid that is left alone for long decays as step by step") {
    LifStep neuron;
    neuron.tau_syn_exc_ms = neuron.tau_m_ms = 20.0; // equal, and far from it below
    neuron.tau_syn_inh_ms = 3.0;
    const Dynamics<LifStep> dynamics(neuron);
    Dynamics<LifStep>::State at_once = Dynamics<LifStep>::start(1.0);
    (void)Dynamics<LifStep>::receive(at_once, 2.0);
    (void)Dynamics<LifStep>::receive(at_once, -1.5);
    Dynamics<LifStep>::State in_steps = at_once;
    CHECK(std::isinf(dynamics.advance(at_once, 1000.05)));
    for (int k = 0; k < 10'000; ++k)
        CHECK(std::isinf(dynamics.advance(in_steps, 0.1)));
    CHECK(std::isinf(dynamics.advance(in_steps, 0.05)));
    for (std::size_t k = 0; k < at_once.size(); ++k)
        CHECK(at_once[k] == Approx(in_steps[k]).epsilon(1e-9).margin(1e-30));
    CHECK(at_once[0] > 0.0);
}

TEST_CASE("A neuron on a grid fires above its threshold, not at it, and once a step at most") {
    LifStep neuron;
    neuron.tau_m_ms = 1e9; // no leak
    neuron.V_th_mV = 1.0;
    const auto n_spikes = [&](const std::vector<double>& weights) {
        SpikeListPopulation source{"source", weights.size(), {}};
        SynapticProjection p;
        p.pre.population = {0};
        p.post.population = {1};
        SynapseList list;
        for (std::uint32_t k = 0; k < weights.size(); ++k) {
            source.spikes.push_back({0.01 * (k + 1), k});
            list.synapses.push_back({k, 0, static_cast<float>(weights[k]), 0.001F});
        }
        p.connector = std::move(list);
        const Network network{
            {source, NeuronPopulation{"cell", 1, neuron, Constant{0.0}, {}}}, {p}, 1};
        return engine_spikes(network, 1.0).size();
    };
    CHECK(n_spikes({0.5, 0.5}) == 0);
    CHECK(n_spikes({0.5, 0.625}) == 1);
    CHECK(n_spikes({5.0, 5.0, 5.0}) == 1);
    CHECK(n_spikes({5.0, -4.5}) == 0); // their sum is what counts
}
