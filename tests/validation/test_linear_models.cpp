#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
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

/// GLIF 1 to 4; after-spike currents of either sign, thresholds that fall faster and more slowly than V.
template <> Glif neuron_of<Glif>(std::uint32_t id) {
    RandomStream stream = random_stream(id);
    Glif p;
    p.g_L_nS = p.C_m_pF / between(stream, 3.0, 30.0);
    p.tau_syn_exc_ms = between(stream, 0.3, 6.0);
    p.tau_syn_inh_ms = between(stream, 0.3, 20.0);
    p.t_ref_ms = between(stream, 0.1, 4.0);
    p.drive_pA = between(stream, 0.0, 1.1) * (p.V_th_mV - p.E_L_mV) * p.g_L_nS;
    p.reset_fraction = between(stream, 0.0, 0.6);
    p.b_th_mV = between(stream, 0.1, 6.0);
    p.tau_th_ms = between(stream, 2.0, 120.0);
    p.V_reset_mV =
        between(stream, p.E_L_mV - 5.0, p.V_th_mV - p.reset_fraction * (p.V_th_mV - p.E_L_mV));
    p.asc_1_pA = between(stream, -40.0, 10.0);
    p.asc_1_fraction = between(stream, 0.0, 1.0);
    p.tau_asc_1_ms = between(stream, 20.0, 400.0);
    p.asc_2_pA = between(stream, -200.0, 50.0);
    p.asc_2_fraction = between(stream, 0.0, 1.0);
    p.tau_asc_2_ms = between(stream, 2.0, 20.0);
    if (id % 4 == 1) p.b_th_mV = p.reset_fraction = 0.0; // GLIF 3
    if (id % 4 == 2) p.asc_1_pA = p.asc_2_pA = 0.0;      // GLIF 2
    return p;
}

template <class Model> using StateOf = typename Dynamics<Model>::State;

/// A state that inputs of these sizes may have left.
template <class Model>
StateOf<Model> random_state(RandomStream& stream, const Dynamics<Model>& equations) {
    StateOf<Model> x = equations.start(between(stream, -90.0, -56.0));
    for (int k = 0; k < 6; ++k) {
        static_cast<void>(equations.receive(x, between(stream, -300.0, 300.0)));
        if (k == 3 && stream.uniform() < 0.5) equations.reset(x);
        equations.hold(x, between(stream, 0.0, 3.0));
    }
    x[0] = between(stream, -90.0, -56.0);
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
                   LifAlpha,
                   LifAdapt,
                   Glif) {
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
                   LifAlpha,
                   LifAdapt,
                   Glif) {
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
        const double threshold_mV = V_th_mV - equations.rest_mV();
        const auto height_mV = [&] {
            StateOf<TestType> from_rest = x;
            from_rest[0] -= equations.rest_mV();
            return equations.height_mV(from_rest);
        };
        const double moved_mV = threshold_mV - height_mV();
        x[0] += moved_mV;
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
        CHECK(height_mV() >= threshold_mV - std::max(most_mV, 0.0) - 1e-9);
        n_below += height_mV() < threshold_mV ? 1 : 0;
    }
    REQUIRE(n_below > 500);
}

// All neurons of a block get all inputs, in windows of 0.5 ms: a neuron that the sums do not flag, or whose
// sums are not taken off rightly, fires at other times.
TEMPLATE_TEST_CASE(
    "Neurons that are added up fire as those that are walked", "", LifAlpha, LifAdapt, Glif) {
    constexpr double k_end_ms = 300.0;
    std::size_t n_spikes = 0;
    for (std::uint32_t id = 0; id < 60; ++id) {
        const auto neuron = neuron_of<TestType>(id);
        // Adapted neurons fire for more.
        const double size = (std::is_same_v<TestType, LifAdapt> ? 7000.0 : 700.0) /
                            std::min(1.0, neuron.tau_syn_exc_ms);
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

TEMPLATE_TEST_CASE("Who begins at the threshold fires at once", "", LifAlpha, LifAdapt, Glif) {
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
                   LifAlpha,
                   LifAdapt,
                   Glif) {
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
    const auto n = static_cast<double>(k_n);
    CHECK(std::abs(sum / n) < 5.6 * std::sqrt(variance / n));
    CHECK(std::abs(squares / n - variance) <
          5.6 * variance * std::sqrt(2.2 / n)); // of nearly normal ones
}

// --- A second implementation of lif_adapt: Runge-Kutta of order 4 in steps of 0.01 ms (error of a step 1e-12 mV
// --- here), crossings by bisection.

namespace {

using Five = std::array<double, 5>; // V, I_e, I_i, w, theta

Five slope_of(const LifAdapt& p, const Five& x, bool held) {
    const double V = (p.E_L_mV - x[0]) / p.tau_m_ms + (x[1] + x[2] - x[3] + p.drive_pA) / p.C_m_pF;
    return {held ? 0.0 : V, -x[1] / p.tau_syn_exc_ms, -x[2] / p.tau_syn_inh_ms, -x[3] / p.tau_w_ms,
            -x[4] / p.tau_th_ms};
}

Five step_of(const LifAdapt& p, const Five& x, double h, bool held) {
    const auto moved = [&](const Five& k, double s) {
        Five y = x;
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] += s * k[i];
        return y;
    };
    const Five a = slope_of(p, x, held);
    const Five b = slope_of(p, moved(a, 0.5 * h), held);
    const Five c = slope_of(p, moved(b, 0.5 * h), held);
    const Five d = slope_of(p, moved(c, h), held);
    Five y = x;
    for (std::size_t i = 0; i < y.size(); ++i)
        y[i] += h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]);
    return y;
}

std::vector<double> naive_spikes(const LifAdapt& p,
                                 const std::vector<Input>& inputs,
                                 double end_ms) {
    Five x{p.E_L_mV, 0.0, 0.0, 0.0, 0.0};
    std::vector<double> spikes_ms;
    double now_ms = 0.0;
    double free_at_ms = 0.0;
    const auto go_to = [&](double edge_ms) {
        while (now_ms < edge_ms) {
            const bool held = now_ms < free_at_ms;
            const double to_ms =
                std::min(held ? std::min(edge_ms, free_at_ms) : edge_ms, now_ms + 0.01);
            const Five next = step_of(p, x, to_ms - now_ms, held);
            if (held || next[0] < p.V_th_mV + next[4]) {
                x = next;
                now_ms = to_ms;
                continue;
            }
            double low = 0.0;
            double high = to_ms - now_ms;
            for (int k = 0; k < 60; ++k) {
                const double middle = 0.5 * (low + high);
                const Five there = step_of(p, x, middle, false);
                (there[0] < p.V_th_mV + there[4] ? low : high) = middle;
            }
            x = step_of(p, x, high, false);
            now_ms += high;
            spikes_ms.push_back(now_ms);
            x[0] = p.V_reset_mV;
            x[3] += p.b_pA;
            x[4] += p.b_th_mV;
            free_at_ms = now_ms + p.t_ref_ms;
        }
    };
    for (const Input& input : inputs) {
        go_to(input.arrival_ms);
        (input.weight > 0.0 ? x[1] : x[2]) += input.weight;
    }
    go_to(end_ms);
    return spikes_ms;
}

} // namespace

TEST_CASE("A neuron with adaptation fires as a second implementation says") {
    constexpr double k_end_ms = 400.0;
    std::size_t n_spikes = 0;
    for (std::uint32_t id = 0; id < 8; ++id) {
        auto neuron = neuron_of<LifAdapt>(300 + id);
        neuron.tau_th_ms = id % 2 == 0 ? 8.0 : 90.0; // shorter and longer than tau_m
        neuron.b_th_mV = 1.0 + id;
        const std::vector<Input> inputs = volleys(id, 6000.0, k_end_ms);
        std::vector<Spike> expected;
        std::vector<Input> rounded = inputs;
        for (Input& input : rounded)
            input.weight = static_cast<double>(static_cast<float>(input.weight));
        for (const double t_ms : naive_spikes(neuron, rounded, k_end_ms))
            expected.push_back({t_ms, 0});
        const Network network = driven_neuron(neuron, neuron.E_L_mV, inputs);
        CAPTURE(id, expected.size());
        CHECK(distance_ms(record_all(network, k_end_ms)[0], expected) < 1e-7);
        n_spikes += expected.size();
    }
    REQUIRE(n_spikes > 80);
}

// From a constant drive: the interval of an adapted neuron by the fixed point of w and theta, which a spike raises and
// an interval lets decay; V's crossing is solved for by bisection of the closed form.
TEST_CASE("Under a constant drive intervals grow to that of the fixed point") {
    LifAdapt p;
    p.drive_pA = 500.0;
    const Network network = driven_neuron(p, p.E_L_mV, {{0.5, 1e-9}});
    const std::vector<Spike> spikes = record_all(network, 5000.0)[0];
    REQUIRE(spikes.size() > 50);
    const double last_ms = spikes.back().t_ms - spikes[spikes.size() - 2].t_ms;
    const double first_ms = spikes[1].t_ms - spikes[0].t_ms;
    CHECK(last_ms > 1.5 * first_ms);
    const auto excess_mV = [&](double interval_ms) { // V - threshold at the end of such an interval
        const double w_pA = p.b_pA / (1.0 - std::exp(-interval_ms / p.tau_w_ms));
        const double theta_mV = p.b_th_mV / (1.0 - std::exp(-interval_ms / p.tau_th_ms));
        const double t = interval_ms - p.t_ref_ms;
        const double free_pA = w_pA * std::exp(-p.t_ref_ms / p.tau_w_ms);
        const double rest_mV = p.E_L_mV + p.drive_pA * p.tau_m_ms / p.C_m_pF;
        const double V_mV = rest_mV + (p.V_reset_mV - rest_mV) * std::exp(-t / p.tau_m_ms) -
                            free_pA / p.C_m_pF * p.tau_w_ms * p.tau_m_ms /
                                (p.tau_w_ms - p.tau_m_ms) *
                                (std::exp(-t / p.tau_w_ms) - std::exp(-t / p.tau_m_ms));
        return V_mV - p.V_th_mV - theta_mV * std::exp(-interval_ms / p.tau_th_ms);
    };
    double low = p.t_ref_ms;
    double high = 1000.0;
    for (int k = 0; k < 100; ++k)
        (excess_mV(0.5 * (low + high)) < 0.0 ? low : high) = 0.5 * (low + high);
    CHECK(last_ms == Approx(low).epsilon(1e-9));
}

// --- A second implementation of glif, as NEST's glif_psc has it: what spikes leave is set when one is fired and
// --- stands still until the refractory period is over. Runge-Kutta of order 4 in steps of 0.005 ms (error of a step
// --- (0.005 / 1)^5 / 120 of the 100 mV that the fastest current would charge V to: 3e-12 mV), crossings by bisection.

namespace {

/// Whose inhibition is weaker, so that neurons fire more.
std::vector<Input> exciting_volleys(std::uint32_t id, double size, double end_ms) {
    std::vector<Input> inputs = volleys(id, size, end_ms);
    for (Input& input : inputs)
        input.weight *= input.weight < 0.0 ? 0.1 : 1.0;
    return inputs;
}

using Eight = std::array<double, 8>; // V, I_e, J_e, I_i, J_i, A_1, A_2, theta

Eight slope_of(const Glif& p, const Eight& x, bool held) {
    const double V_mV_per_ms =
        (-p.g_L_nS * (x[0] - p.E_L_mV) + x[1] + x[3] + x[5] + x[6] + p.drive_pA) / p.C_m_pF;
    const double free = held ? 0.0 : 1.0;
    return {free * V_mV_per_ms,
            x[2] - x[1] / p.tau_syn_exc_ms,
            -x[2] / p.tau_syn_exc_ms,
            x[4] - x[3] / p.tau_syn_inh_ms,
            -x[4] / p.tau_syn_inh_ms,
            -free * x[5] / p.tau_asc_1_ms,
            -free * x[6] / p.tau_asc_2_ms,
            -free * x[7] / p.tau_th_ms};
}

Eight step_of(const Glif& p, const Eight& x, double h, bool held) {
    const auto moved = [&](const Eight& k, double s) {
        Eight y = x;
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] += s * k[i];
        return y;
    };
    const Eight a = slope_of(p, x, held);
    const Eight b = slope_of(p, moved(a, 0.5 * h), held);
    const Eight c = slope_of(p, moved(b, 0.5 * h), held);
    const Eight d = slope_of(p, moved(c, h), held);
    Eight y = x;
    for (std::size_t i = 0; i < y.size(); ++i)
        y[i] += h / 6.0 * (a[i] + 2.0 * b[i] + 2.0 * c[i] + d[i]);
    return y;
}

void fire(const Glif& p, Eight& x) {
    x[0] = p.V_reset_mV + p.reset_fraction * (x[0] - p.E_L_mV);
    x[5] = p.asc_1_pA + p.asc_1_fraction * x[5] * std::exp(-p.t_ref_ms / p.tau_asc_1_ms);
    x[6] = p.asc_2_pA + p.asc_2_fraction * x[6] * std::exp(-p.t_ref_ms / p.tau_asc_2_ms);
    x[7] = p.b_th_mV + x[7] * std::exp(-p.t_ref_ms / p.tau_th_ms);
}

std::vector<Spike> naive_spikes(const Glif& p, const std::vector<Input>& inputs, double end_ms) {
    Eight x{p.E_L_mV};
    std::vector<Spike> spikes;
    double now_ms = 0.0;
    double free_at_ms = 0.0;
    const auto reached = [&](const Eight& y) { return y[0] >= p.V_th_mV + y[7]; };
    const auto go_to = [&](double edge_ms) {
        while (now_ms < edge_ms) {
            const bool held = now_ms < free_at_ms;
            const double to_ms =
                std::min(held ? std::min(edge_ms, free_at_ms) : edge_ms, now_ms + 0.005);
            const bool fires =
                !held && (reached(x) || reached(step_of(p, x, to_ms - now_ms, false)));
            if (!fires) {
                x = step_of(p, x, to_ms - now_ms, held);
                now_ms = to_ms;
                continue;
            }
            double low = 0.0;
            double high = reached(x) ? 0.0 : to_ms - now_ms;
            for (int k = 0; k < 60; ++k) {
                const double middle = 0.5 * (low + high);
                (reached(step_of(p, x, middle, false)) ? high : low) = middle;
            }
            x = step_of(p, x, high, false);
            now_ms += high;
            spikes.push_back({now_ms, 0});
            fire(p, x);
            free_at_ms = now_ms + p.t_ref_ms;
        }
    };
    for (const Input& input : inputs) {
        go_to(input.arrival_ms);
        const auto w_pA = static_cast<double>(static_cast<float>(input.weight));
        (w_pA > 0.0 ? x[2] : x[4]) +=
            w_pA * 2.718281828459045 / (w_pA > 0.0 ? p.tau_syn_exc_ms : p.tau_syn_inh_ms);
    }
    go_to(end_ms);
    return spikes;
}

} // namespace

// Errors of steps add up to 1e-7 mV in 400 ms at most; where V crosses as slowly as 0.1 mV/ms that is 1e-6 ms.
TEST_CASE("A GLIF neuron fires as a second implementation says") {
    constexpr double k_end_ms = 400.0;
    std::size_t n_spikes = 0;
    for (std::uint32_t id = 0; id < 16; ++id) {
        auto neuron = neuron_of<Glif>(500 + id);
        neuron.tau_syn_exc_ms += 1.0;
        neuron.tau_syn_inh_ms += 1.0;
        neuron.drive_pA = (1.0 + 0.2 * id) * (neuron.V_th_mV - neuron.E_L_mV) * neuron.g_L_nS;
        const std::vector<Input> inputs = exciting_volleys(id, 400.0, k_end_ms);
        const std::vector<Spike> expected = naive_spikes(neuron, inputs, k_end_ms);
        const Network network = driven_neuron(neuron, neuron.E_L_mV, inputs);
        CAPTURE(id, expected.size());
        CHECK(distance_ms(record_all(network, k_end_ms)[0], expected) < 1e-6);
        n_spikes += expected.size();
    }
    REQUIRE(n_spikes > 300);
}

// t_ref is longer than windows: V is held over several of them.
TEST_CASE("A GLIF neuron is where a second implementation says when long refractory periods end") {
    constexpr double k_end_ms = 600.0;
    auto neuron = neuron_of<Glif>(700);
    neuron.t_ref_ms = 17.0;
    neuron.drive_pA = 1.5 * (neuron.V_th_mV - neuron.E_L_mV) * neuron.g_L_nS;
    const std::vector<Input> inputs = volleys(3, 300.0, k_end_ms);
    const std::vector<Spike> expected = naive_spikes(neuron, inputs, k_end_ms);
    REQUIRE(expected.size() > 10);
    const Network network = driven_neuron(neuron, neuron.E_L_mV, inputs);
    CHECK(distance_ms(record_all(network, k_end_ms)[0], expected) < 1e-6);
}

TEST_CASE("Who is above the threshold when the refractory period is over fires then") {
    Glif p;
    p.asc_1_pA = p.asc_2_pA = 0.0;
    p.t_ref_ms = 4.0;
    p.tau_th_ms = 2.0;
    p.b_th_mV = 5.0;
    p.reset_fraction = 1.0;
    p.V_reset_mV = p.E_L_mV + 4.5; // above V_th, below V_th + b_th
    p.drive_pA = 300.0;
    const std::vector<Input> inputs{{0.5, 1e-9}};
    const std::vector<Spike> spikes = record_all(driven_neuron(p, p.E_L_mV, inputs), 100.0)[0];
    CHECK(distance_ms(spikes, naive_spikes(p, inputs, 100.0)) < 1e-6);
    REQUIRE(spikes.size() > 10);
    CHECK(spikes[1].t_ms - spikes[0].t_ms > p.t_ref_ms + 0.01);
    for (std::size_t k = 5; k < spikes.size(); ++k)
        CHECK(spikes[k].t_ms - spikes[k - 1].t_ms == Approx(p.t_ref_ms).epsilon(1e-12));
}

TEST_CASE("GLIF 1 is a LIF neuron with alpha synapses") {
    constexpr double k_end_ms = 300.0;
    std::size_t n_spikes = 0;
    for (std::uint32_t id = 0; id < 10; ++id) {
        auto lif = neuron_of<LifAlpha>(id);
        lif.drive_pA *= 1.5;
        Glif glif;
        glif.C_m_pF = lif.C_m_pF;
        glif.g_L_nS = lif.C_m_pF / lif.tau_m_ms;
        glif.E_L_mV = lif.E_L_mV;
        glif.V_th_mV = lif.V_th_mV;
        glif.V_reset_mV = lif.V_reset_mV;
        glif.t_ref_ms = lif.t_ref_ms;
        glif.drive_pA = lif.drive_pA;
        glif.reset_fraction = glif.b_th_mV = glif.asc_1_pA = glif.asc_2_pA = 0.0;
        glif.tau_syn_exc_ms = lif.tau_syn_exc_ms;
        glif.tau_syn_inh_ms = lif.tau_syn_inh_ms;
        const std::vector<Input> inputs = exciting_volleys(id, 3000.0, k_end_ms);
        const auto expected = record_all(driven_neuron(lif, lif.E_L_mV, inputs), k_end_ms)[0];
        CAPTURE(id, expected.size());
        CHECK(distance_ms(record_all(driven_neuron(glif, lif.E_L_mV, inputs), k_end_ms)[0],
                          expected) < 1e-9);
        n_spikes += expected.size();
    }
    REQUIRE(n_spikes > 50);
}

// Walked neurons that nothing reaches are left alone for as long as a run lasts.
TEST_CASE("What a spike left of long ago is no number too many") {
    const double long_ms = GENERATE(1e3, 1e5, 1e8);
    const LifAdapt lif;
    const Dynamics<LifAdapt> of_lif(lif);
    auto x = Dynamics<LifAdapt>::start(-60.0);
    of_lif.reset(x);
    static_cast<void>(of_lif.advance(x, long_ms));
    const double w_pA = lif.b_pA * std::exp(-long_ms / lif.tau_w_ms);
    CHECK(x[0] == Approx(lif.E_L_mV -
                         w_pA * lif.R_mV_per_pA() * lif.tau_w_ms / (lif.tau_w_ms - lif.tau_m_ms)));
    const Glif glif;
    const Dynamics<Glif> of_glif(glif);
    auto y = Dynamics<Glif>::start(-60.0);
    of_glif.reset(y);
    static_cast<void>(of_glif.advance(y, long_ms));
    CHECK(y[0] == Approx(glif.E_L_mV).margin(1.0));
}
