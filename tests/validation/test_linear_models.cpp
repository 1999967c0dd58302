#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;

// Models that are linear between spikes: what the engine adds up and bounds for many neurons at once, against
// the same equations walked from event to event (tests/validation/test_walked_models.cpp holds these to a
// second implementation).

namespace {

template <class Model> Model neuron_of(std::uint32_t id) {
    RandomStream stream = random_stream(id);
    Model p;
    p.tau_m_ms = between(stream, 3.0, 30.0);
    p.tau_syn_exc_ms = between(stream, 0.3, 6.0);
    p.tau_syn_inh_ms = between(stream, 0.3, 20.0);
    p.t_ref_ms = between(stream, 0.1, 4.0);
    p.drive_pA = between(stream, 0.0, 1.1) * (p.V_th_mV - p.E_L_mV) * p.C_m_pF / p.tau_m_ms;
    return p;
}

template <class Model> using StateOf = typename Dynamics<Model>::State;

/// A state that inputs of these sizes may have left.
template <class Model>
StateOf<Model> random_state(RandomStream& stream, const Dynamics<Model>& equations) {
    StateOf<Model> x = equations.start(between(stream, -90.0, -56.0));
    for (int k = 0; k < 6; ++k) {
        static_cast<void>(equations.receive(x, between(stream, -300.0, 300.0)));
        equations.hold(x, between(stream, 0.0, 3.0));
    }
    return x;
}

/// A neuron's spikes, event by event, by the model's own equations.
template <class Model>
std::vector<double> walked(const Model& neuron,
                           double V_mV,
                           const std::vector<Input>& inputs,
                           double end_ms) {
    const Dynamics<Model> equations(neuron);
    StateOf<Model> x = equations.start(V_mV);
    std::vector<double> spikes_ms;
    double now_ms = 0.0;
    double free_at_ms = 0.0;
    const auto go_to = [&](double t_ms) {
        while (now_ms < t_ms) {
            if (now_ms < free_at_ms) {
                const double to_ms = std::min(t_ms, free_at_ms);
                equations.hold(x, to_ms - now_ms);
                now_ms = to_ms;
                continue;
            }
            const double after_ms = equations.advance(x, t_ms - now_ms);
            if (!(after_ms <= t_ms - now_ms)) {
                now_ms = t_ms;
                continue;
            }
            now_ms += after_ms;
            spikes_ms.push_back(now_ms);
            equations.reset(x);
            free_at_ms = now_ms + neuron.t_ref_ms;
        }
    };
    for (const Input& input : inputs) {
        go_to(input.arrival_ms);
        const double held_mV = x[0];
        static_cast<void>(equations.receive(x, input.weight));
        if (now_ms < free_at_ms) x[0] = held_mV;
    }
    go_to(end_ms);
    return spikes_ms;
}

/// Bursts of excitation that inhibition follows at once: potentials that cross and are below again soon.
std::vector<Input> volleys(std::uint32_t id, double size, double end_ms) {
    RandomStream stream = random_stream(id);
    std::vector<Input> inputs;
    double t_ms = 1.0;
    while ((t_ms += between(stream, 0.2, 6.0)) < end_ms - 2.0) {
        const double weight = size * between(stream, 0.3, 1.5);
        inputs.push_back({t_ms, weight});
        inputs.push_back({t_ms + between(stream, 0.01, 0.6), -weight * between(stream, 0.5, 2.0)});
    }
    std::sort(inputs.begin(), inputs.end(),
              [](const Input& a, const Input& b) { return a.arrival_ms < b.arrival_ms; });
    return inputs;
}

} // namespace

TEMPLATE_TEST_CASE("Drift of a linear model is what its equations do, forth and back",
                   "",
                   LifAlpha) {
    for (std::uint32_t id = 0; id < 200; ++id) {
        auto neuron = neuron_of<TestType>(id);
        neuron.V_th_mV = 1e5;
        const Dynamics<TestType> equations(neuron);
        RandomStream stream = random_stream(1000 + id);
        const StateOf<TestType> begin = random_state(stream, equations);
        StateOf<TestType> x = begin;
        x[0] -= equations.rest_mV();
        const double length_ms = between(stream, 0.0, 2.0 * equations.shortest_tau_ms());
        StateOf<TestType> drifted = equations.drift(x, length_ms);
        StateOf<TestType> back = equations.drift(drifted, -length_ms);
        StateOf<TestType> advanced = begin;
        static_cast<void>(equations.advance(advanced, length_ms));
        drifted[0] += equations.rest_mV();
        CAPTURE(id, length_ms);
        for (std::size_t k = 0; k < x.size(); ++k) {
            CHECK(drifted[k] == Approx(advanced[k]).margin(1e-10));
            CHECK(back[k] == Approx(x[k]).margin(1e-9));
        }
    }
}

// The bound asks of a potential at the end whether it may have been at the threshold before. Here it has.
TEMPLATE_TEST_CASE("A potential that was at the threshold has not fallen further than the bound",
                   "",
                   LifAlpha) {
    int n_below = 0;
    for (std::uint32_t id = 0; id < 4000; ++id) {
        auto neuron = neuron_of<TestType>(id);
        RandomStream stream = random_stream(9000 + id);
        const double V_th_mV = neuron.V_th_mV;
        const Dynamics<TestType> equations(neuron);
        StateOf<TestType> x = random_state(stream, equations);
        const double length_ms = between(stream, 0.05, 2.0);
        const double crossed_ms = between(stream, 0.0, length_ms);
        // At the threshold at crossed_ms, with inputs before and after.
        double now_ms = 0.0;
        StateOf<TestType> begin = x;
        begin[0] -= equations.rest_mV();
        const auto receive = [&](double t_ms, double weight) {
            x[0] -= equations.rest_mV();
            x = equations.drift(x, t_ms - now_ms);
            x[0] += equations.rest_mV();
            now_ms = t_ms;
            static_cast<void>(equations.receive(x, weight));
            StateOf<TestType> jump{};
            static_cast<void>(equations.receive(jump, weight));
            jump = equations.drift(jump, -t_ms);
            for (std::size_t k = 0; k < begin.size(); ++k)
                begin[k] += jump[k];
        };
        receive(0.5 * crossed_ms, between(stream, -800.0, 800.0));
        receive(crossed_ms, -1.0);
        const double moved_mV = V_th_mV - x[0];
        x[0] = V_th_mV;
        StateOf<TestType> moved{};
        moved[0] = moved_mV;
        begin[0] += equations.drift(moved, -crossed_ms)[0];
        receive(crossed_ms + 0.3 * (length_ms - crossed_ms), between(stream, -800.0, 300.0));
        receive(length_ms, 0.0);
        const Fall<StateOf<TestType>> fall = equations.most_fall(length_ms);
        double most_mV = fall.base_mV;
        for (std::size_t k = 0; k < begin.size(); ++k)
            most_mV += fall.of_column[k] * begin[k];
        CAPTURE(id, length_ms, crossed_ms);
        CHECK(x[0] >= V_th_mV - std::max(most_mV, 0.0) - 1e-9);
        n_below += x[0] < V_th_mV ? 1 : 0;
    }
    REQUIRE(n_below > 500);
}

// All neurons of a block get all inputs, in windows of 0.5 ms: a neuron that the sums do not flag, or whose
// sums are not taken off rightly, fires at other times.
TEMPLATE_TEST_CASE("Neurons that are added up fire as those that are walked", "", LifAlpha) {
    constexpr double k_end_ms = 300.0;
    std::size_t n_spikes = 0;
    for (std::uint32_t id = 0; id < 60; ++id) {
        const auto neuron = neuron_of<TestType>(id);
        const double size = 700.0 * neuron.C_m_pF / 250.0 / std::min(1.0, neuron.tau_syn_exc_ms);
        const std::vector<Input> inputs = volleys(id, size, k_end_ms);
        Network network = driven_neuron(neuron, neuron.E_L_mV, inputs);
        // As single precision has them.
        std::vector<Input> rounded = inputs;
        for (Input& input : rounded)
            input.weight = static_cast<double>(static_cast<float>(input.weight));
        const std::vector<double> expected_ms = walked(neuron, neuron.E_L_mV, rounded, k_end_ms);
        std::vector<Spike> expected;
        for (const double t_ms : expected_ms)
            expected.push_back({t_ms, 0});
        CAPTURE(id, expected.size());
        CHECK(distance_ms(record_all(network, k_end_ms)[0], expected) < 1e-9);
        n_spikes += expected.size();
    }
    REQUIRE(n_spikes > 300);
}

TEMPLATE_TEST_CASE("Who begins at the threshold fires at once", "", LifAlpha) {
    const TestType neuron;
    const Network network = driven_neuron(neuron, neuron.V_th_mV, {{1.0, -1.0}});
    const std::vector<Spike> spikes = record_all(network, 5.0)[0];
    REQUIRE(spikes.size() == 1);
    CHECK(spikes[0].t_ms == 0.0);
}

// Campbell's theorem: mean rate times the integral of what one input does to V, variance rate times that of its
// square. 4,000 independent neurons; false alarms 2e-8 a check.
TEMPLATE_TEST_CASE("Poisson inputs make the mean and variance of V that they should",
                   "",
                   LifAlpha) {
    constexpr std::size_t k_n = 4000;
    constexpr double k_rate_Hz = 1500.0;
    constexpr double k_end_ms = 150.0; // more than ten of all time constants
    const double weight = GENERATE(20.0, -35.0);
    TestType neuron;
    neuron.tau_syn_exc_ms = 1.3;
    neuron.tau_syn_inh_ms = 5.0;
    neuron.V_th_mV = 1e5;
    NeuronPopulation cells = population_of(neuron, k_n, neuron.E_L_mV);
    PoissonInput input;
    input.rate = PoissonRate::constant(k_rate_Hz);
    input.weight = weight;
    cells.inputs.push_back(input);
    Simulator simulator(Network{{cells}, {}, 5});
    simulator.run(k_end_ms);
    const std::vector<double> V_mV = simulator.potentials({0});

    const Dynamics<TestType> equations(neuron);
    StateOf<TestType> jump{};
    static_cast<void>(equations.receive(jump, weight));
    double mean = 0.0;
    double variance = 0.0;
    constexpr double k_step_ms = 0.01;
    for (double t_ms = 0.5 * k_step_ms; t_ms < k_end_ms; t_ms += k_step_ms) {
        const double x_mV = equations.drift(jump, t_ms)[0];
        mean += 1e-3 * k_rate_Hz * x_mV * k_step_ms;
        variance += 1e-3 * k_rate_Hz * x_mV * x_mV * k_step_ms;
    }
    double sum = 0.0;
    double squares = 0.0;
    for (const double V : V_mV) {
        const double x_mV = V - neuron.E_L_mV - mean;
        sum += x_mV;
        squares += x_mV * x_mV;
    }
    const double n = static_cast<double>(k_n);
    CHECK(std::abs(sum / n) < 5.6 * std::sqrt(variance / n));
    CHECK(std::abs(squares / n - variance) <
          5.6 * variance * std::sqrt(2.2 / n)); // of nearly normal ones
}
