#include "support/lif.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;

// Models that are walked from event to event: against a second implementation, against closed forms, and
// against themselves at a finer tolerance.

namespace {

constexpr double k_end_ms = 400.0;

// --- A second implementation: Runge-Kutta of order 4 with steps much shorter than any time constant,
// --- crossings by bisection; currents and conductances written down as sums over all earlier inputs.

/// `known_ms`: inputs up to then count; a step must not see the one that comes at its end.
using Field = std::function<double(double t_ms, double known_ms, double V_mV, double w)>;

struct Naive {
    Field dV; ///< dV/dt
    Field dw; ///< dw/dt
    double V_stop_mV, V_reset_mV, t_ref_ms, b;
    double step_mV; ///< V moves no further in a step
};

struct Point {
    double V_mV;
    double w;
};

Point step(const Naive& m, double t_ms, const Point& p, double h_ms) {
    const auto slope = [&](double s_ms, const Point& q) {
        return Point{m.dV(t_ms + s_ms, t_ms, q.V_mV, q.w), m.dw(t_ms + s_ms, t_ms, q.V_mV, q.w)};
    };
    const auto moved = [&](const Point& k, double s_ms) {
        return Point{p.V_mV + s_ms * k.V_mV, p.w + s_ms * k.w};
    };
    const Point a = slope(0.0, p);
    const Point b = slope(0.5 * h_ms, moved(a, 0.5 * h_ms));
    const Point c = slope(0.5 * h_ms, moved(b, 0.5 * h_ms));
    const Point d = slope(h_ms, moved(c, h_ms));
    return {p.V_mV + h_ms / 6.0 * (a.V_mV + 2.0 * b.V_mV + 2.0 * c.V_mV + d.V_mV),
            p.w + h_ms / 6.0 * (a.w + 2.0 * b.w + 2.0 * c.w + d.w)};
}

/// Spike times; `edges_ms`: where inputs make the fields jump.
std::vector<double> run_naive_model(const Naive& m,
                                    double V_init_mV,
                                    std::vector<double> edges_ms) {
    constexpr double k_longest_ms = 0.05;
    edges_ms.push_back(k_end_ms);
    std::sort(edges_ms.begin(), edges_ms.end());
    std::vector<double> spikes_ms;
    Point p{V_init_mV, 0.0};
    double t_ms = 0.0;
    double free_at_ms = -1.0;
    for (const double edge_ms : edges_ms) {
        while (t_ms < edge_ms) {
            double h_ms = std::min(k_longest_ms, edge_ms - t_ms);
            if (t_ms < free_at_ms) { // V stays; w goes on
                h_ms = std::min(h_ms, free_at_ms - t_ms);
                const double V_mV = p.V_mV;
                Naive held = m;
                held.dV = [](double, double, double, double) { return 0.0; };
                p = step(held, t_ms, p, h_ms);
                p.V_mV = V_mV;
                t_ms = h_ms < free_at_ms - t_ms ? t_ms + h_ms : free_at_ms;
                continue;
            }
            const double speed = std::abs(m.dV(t_ms, t_ms, p.V_mV, p.w));
            if (speed > 0.0) h_ms = std::min(h_ms, m.step_mV / speed);
            const Point next = step(m, t_ms, p, h_ms);
            if (next.V_mV < m.V_stop_mV) {
                p = next;
                t_ms = h_ms < edge_ms - t_ms ? t_ms + h_ms : edge_ms;
                continue;
            }
            double low = 0.0;
            double high = h_ms;
            for (int k = 0; k < 60; ++k) {
                const double middle = 0.5 * (low + high);
                (step(m, t_ms, p, middle).V_mV < m.V_stop_mV ? low : high) = middle;
            }
            p = {m.V_reset_mV, step(m, t_ms, p, high).w + m.b};
            t_ms += high;
            spikes_ms.push_back(t_ms);
            free_at_ms = t_ms + m.t_ref_ms;
        }
        t_ms = edge_ms;
    }
    return spikes_ms;
}

/// Sum over earlier inputs of one sign of weight times kernel(age).
template <class Kernel>
double summed(const std::vector<Input>& inputs,
              bool excites,
              double t_ms,
              double known_ms,
              const Kernel& kernel) {
    double sum = 0.0;
    for (const Input& input : inputs) {
        // Effects end far below what is measured.
        if (input.arrival_ms > known_ms || t_ms - input.arrival_ms > 300.0) continue;
        if ((input.weight > 0.0) == excites)
            sum += static_cast<double>(static_cast<float>(input.weight)) *
                   kernel(t_ms - input.arrival_ms);
    }
    return sum;
}
auto decay(double tau_ms) {
    return [=](double age_ms) { return std::exp(-age_ms / tau_ms); };
}
auto alpha(double tau_ms) {
    return [=](double age_ms) {
        return std::numbers::e * age_ms / tau_ms * std::exp(-age_ms / tau_ms);
    };
}

Naive naive_of(const LifCondExp& p, const std::vector<Input>& inputs) {
    return {[=](double t, double known, double V, double) {
                const double g_e = summed(inputs, true, t, known, decay(p.tau_syn_exc_ms));
                const double g_i = -summed(inputs, false, t, known, decay(p.tau_syn_inh_ms));
                return (p.g_L_nS * (p.E_L_mV - V) + p.drive_pA + g_e * (p.E_exc_mV - V) +
                        g_i * (p.E_inh_mV - V)) /
                       p.C_m_pF;
            },
            [](double, double, double, double) { return 0.0; },
            p.V_th_mV,
            p.V_reset_mV,
            p.t_ref_ms,
            0.0,
            1.0};
}
Naive naive_of(const LifAlpha& p, const std::vector<Input>& inputs) {
    return {[=](double t, double known, double V, double) {
                return (p.E_L_mV - V) / p.tau_m_ms +
                       (p.drive_pA + summed(inputs, true, t, known, alpha(p.tau_syn_exc_ms)) +
                        summed(inputs, false, t, known, alpha(p.tau_syn_inh_ms))) /
                           p.C_m_pF;
            },
            [](double, double, double, double) { return 0.0; },
            p.V_th_mV,
            p.V_reset_mV,
            p.t_ref_ms,
            0.0,
            1.0};
}
Naive naive_of(const AdEx& p, const std::vector<Input>& inputs) {
    return {[=](double t, double known, double V, double w) {
                const double g_e = summed(inputs, true, t, known, decay(p.tau_syn_exc_ms));
                const double g_i = -summed(inputs, false, t, known, decay(p.tau_syn_inh_ms));
                const double up = p.Delta_T_mV > 0.0 ? p.g_L_nS * p.Delta_T_mV *
                                                           std::exp((V - p.V_T_mV) / p.Delta_T_mV)
                                                     : 0.0;
                return (p.g_L_nS * (p.E_L_mV - V) + up - w + p.drive_pA + g_e * (p.E_exc_mV - V) +
                        g_i * (p.E_inh_mV - V)) /
                       p.C_m_pF;
            },
            [=](double, double, double V, double w) {
                return (p.a_nS * (V - p.E_L_mV) - w) / p.tau_w_ms;
            },
            p.V_peak_mV,
            p.V_reset_mV,
            p.t_ref_ms,
            p.b_pA,
            0.02};
}

/// Inputs of both signs at random times, enough to make the neuron fire now and then.
std::vector<Input> random_inputs(std::uint32_t id,
                                 double rate_Hz,
                                 double weight,
                                 double end_ms = k_end_ms) {
    RandomStream stream = random_stream(id);
    std::vector<Input> inputs;
    double t_ms = 1.0;
    while ((t_ms -= std::log(stream.uniform()) * 1e3 / rate_Hz) < end_ms)
        inputs.push_back({t_ms, weight * (stream.uniform() < 0.7 ? 1.0 : -1.0) * stream.uniform()});
    return inputs;
}

std::vector<double> times_of(const std::vector<Spike>& spikes) {
    std::vector<double> times_ms;
    for (const Spike& spike : spikes)
        times_ms.push_back(spike.t_ms);
    return times_ms;
}

/// Greatest distance of spike times; infinite where there are not as many.
double farthest_ms(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
    double most = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k)
        most = std::max(most, std::abs(a[k] - b[k]));
    return most;
}

template <class Model> Model example();
template <> LifCondExp example() {
    LifCondExp p;
    p.t_ref_ms = 3.0;
    return p;
}
template <> LifAlpha example() {
    LifAlpha p;
    p.tau_syn_exc_ms = 3.0;
    p.tau_syn_inh_ms = 9.7;
    return p;
}
template <> AdEx example() {
    AdEx p;
    p.t_ref_ms = 1.5;
    return p;
}
template <class Model> double weight_of() {
    return std::is_same_v<Model, LifAlpha> ? 900.0 : 25.0;
}

} // namespace

// The reference's own error: steps of 0.05 ms or 0.02 mV, (0.05 / 3)^5 / 120 a step and
// rounding, below 1e-8 ms of a spike's time here (halving the steps changes times by less). Spikes are far
// from grazing the threshold but for a few in a thousand, whose times are known less well: so the bound.
TEMPLATE_TEST_CASE(
    "Models that are walked fire as a second implementation says", "", LifAlpha, LifCondExp, AdEx) {
    std::size_t n_spikes = 0;
    for (std::uint32_t id = 0; id < 5; ++id) {
        const auto neuron = example<TestType>();
        const std::vector<Input> inputs = random_inputs(id, 900.0, weight_of<TestType>());
        std::vector<double> edges_ms;
        for (const Input& input : inputs)
            edges_ms.push_back(input.arrival_ms);
        const std::vector<double> expected =
            run_naive_model(naive_of(neuron, inputs), neuron.E_L_mV, edges_ms);
        const Network network = driven_neuron(neuron, neuron.E_L_mV, inputs);
        const std::vector<double> spikes = times_of(record_all(network, k_end_ms)[0]);
        CAPTURE(id, expected.size(), spikes.size());
        CHECK(farthest_ms(spikes, expected) < 1e-6);
        n_spikes += expected.size();
    }
    REQUIRE(n_spikes > 40);
}

// tau_m = C / (g_L + g): a conductance that does not decay (tau_syn = 1e9 ms: 1e-6 of it in 1 s).
TEST_CASE("Under a constant conductance the interval is that of the closed form") {
    LifCondExp p;
    p.tau_syn_exc_ms = 1e9;
    p.t_ref_ms = 2.0;
    const double g_nS = 5.0;
    const Network network = driven_neuron(p, p.E_L_mV, {{0.5, g_nS}});
    const std::vector<double> spikes = times_of(record_all(network, 200.0)[0]);
    const double tau_ms = p.C_m_pF / (p.g_L_nS + g_nS);
    const double V_inf_mV = (p.g_L_nS * p.E_L_mV + g_nS * p.E_exc_mV) / (p.g_L_nS + g_nS);
    const double interval_ms =
        tau_ms * std::log((V_inf_mV - p.V_reset_mV) / (V_inf_mV - p.V_th_mV));
    REQUIRE(spikes.size() > 10);
    for (std::size_t k = 0; k < spikes.size(); ++k) {
        const double expected_ms =
            0.5 + interval_ms + static_cast<double>(k) * (interval_ms + p.t_ref_ms);
        CHECK(spikes[k] == Approx(expected_ms).margin(2e-5)); // 1e-7 of the conductance by 200 ms
    }
}

// V - E_L after one input: w e / (C tau_s) times the integral of exp(-(t - s) / tau_m) s exp(-s / tau_s).
TEST_CASE("An alpha current makes the potential of the closed form, near and far from tau_m") {
    for (const double tau_s_ms : {0.3, 2.0, 9.0, 9.999999, 10.0, 10.00001, 11.0, 80.0}) {
        LifAlpha p;
        p.tau_syn_exc_ms = tau_s_ms;
        p.V_th_mV = 1e4;
        Simulator simulator(driven_neuron(p, p.E_L_mV, {{1.0, 100.0}}));
        for (const double t_ms : {2.0, 7.0, 31.0, 101.0}) {
            simulator.run(t_ms - simulator.time_ms());
            const double t = t_ms - 1.0;
            // By Simpson's rule with 20,000 steps: error of (t / 20000)^4 of the fourth derivative.
            constexpr int n = 20000;
            double sum = 0.0;
            for (int k = 0; k <= n; ++k) {
                const double s = t * k / n;
                const double f = s * std::exp(-s / tau_s_ms) * std::exp(-(t - s) / p.tau_m_ms);
                sum += f * (k == 0 || k == n ? 1.0 : k % 2 == 1 ? 4.0 : 2.0);
            }
            const double expected_mV =
                p.E_L_mV + 100.0 * std::numbers::e / tau_s_ms / p.C_m_pF * sum * t / n / 3.0;
            CAPTURE(tau_s_ms, t_ms);
            CHECK(simulator.potentials({0})[0] == Approx(expected_mV).margin(1e-9));
        }
    }
}

// The card. A spike that grazes the point of no return can be further off: these 20 neurons are a sample, all
// of whose spikes are within the bound; half of them are within a ten-thousandth of it.
TEST_CASE("At the default tolerance AdEx is within 1e-6 ms of the finest integration over 1 s") {
    std::vector<double> distances_ms;
    for (std::uint32_t id = 10; id < 30; ++id) {
        AdEx neuron = example<AdEx>();
        const std::vector<Input> inputs = random_inputs(id, 1200.0, weight_of<AdEx>(), 1000.0);
        const auto run = [&](double tolerance) {
            neuron.tolerance = tolerance;
            return times_of(record_all(driven_neuron(neuron, neuron.E_L_mV, inputs), 1000.0)[0]);
        };
        const std::vector<double> finest = run(k_tolerances.low);
        const std::vector<double> found = run(AdEx{}.tolerance);
        REQUIRE(found.size() == finest.size());
        for (std::size_t k = 0; k < found.size(); ++k)
            distances_ms.push_back(std::abs(found[k] - finest[k]));
    }
    std::sort(distances_ms.begin(), distances_ms.end());
    REQUIRE(distances_ms.size() > 500);
    CHECK(distances_ms.back() < 1e-6);
    CHECK(distances_ms[distances_ms.size() / 2] < 1e-10);
}

// A neuron that is left alone, because no spike can come, is where integration puts it when it is asked: in
// windows of 0.5 and of 0.25 ms, which cut the way at other times, to the tolerance.
TEMPLATE_TEST_CASE("Neurons that nothing reaches are where they should be when they are asked",
                   "",
                   LifAlpha,
                   LifCondExp,
                   AdEx) {
    const TestType neuron;
    const Network network = driven_neuron(neuron, neuron.E_L_mV, {{1.0, 5.0}, {40.0, -3.0}});
    Simulator in_one(network);
    in_one.run(119.75);
    Simulator in_many(network);
    for (int k = 0; k < 479; ++k)
        in_many.run(0.25);
    CHECK(in_one.potentials({0})[0] == Approx(in_many.potentials({0})[0]).margin(1e-7));
}

// Euler's method in steps of 1e-4 ms has an error that is in proportion to the step: what half the step changes
// is what is left, less than 0.02 ms by the tenth spike here. Jumps and refractory periods included.
TEST_CASE("Izhikevich's neuron fires as Euler's method does in the limit of short steps") {
    Izhikevich p; // regular spiking
    p.drive_mV_per_ms = 8.0;
    p.t_ref_ms = 1.0;
    const std::vector<Input> inputs{{3.0, 4.0},    {20.0, -6.0},  {21.0, 15.0},
                                    {60.5, 100.0}, {60.75, 50.0}, {150.0, 9.0}};
    const auto euler = [&](double h_ms) {
        std::vector<double> spikes_ms;
        double V = -65.0;
        double u = p.b_per_ms * V;
        double free_at_ms = -1.0;
        std::size_t next = 0;
        for (std::size_t k = 0; static_cast<double>(k) * h_ms < 300.0; ++k) {
            const double t_ms = static_cast<double>(k) * h_ms;
            const bool held = t_ms < free_at_ms - 0.5 * h_ms;
            while (next < inputs.size() && inputs[next].arrival_ms < t_ms + 0.5 * h_ms)
                V += held ? 0.0 * static_cast<double>(next++) : inputs[next++].weight;
            if (!held && V >= p.V_peak_mV) {
                spikes_ms.push_back(t_ms);
                V = p.V_reset_mV;
                u += p.d_mV_per_ms;
                free_at_ms = t_ms + p.t_ref_ms;
                continue;
            }
            const double dV = held ? 0.0 : (0.04 * V + 5.0) * V + 140.0 - u + p.drive_mV_per_ms;
            u += h_ms * p.a_per_ms * (p.b_per_ms * V - u);
            V += h_ms * dV;
        }
        return spikes_ms;
    };
    const std::vector<double> coarse = euler(2e-4);
    const std::vector<double> fine = euler(1e-4);
    const std::vector<double> ours =
        times_of(record_all(driven_neuron(p, -65.0, inputs), 300.0)[0]);
    REQUIRE(fine.size() > 5);
    REQUIRE(ours.size() == fine.size());
    REQUIRE(coarse.size() == fine.size());
    for (std::size_t k = 0; k < ours.size(); ++k) {
        const double left_ms = std::abs(coarse[k] - fine[k]);
        CHECK(std::abs(ours[k] - fine[k]) < 2.0 * left_ms + 3e-4);
    }
}

// A window of 1,000 ms without any event, so that the way is cut by the model alone: the intervals of the closed form,
// t_ref + tau_m ln((V_inf - V_reset) / (V_inf - V_th)), known to rounding.
TEST_CASE(
    "Under a constant current neurons with conductances fire at the closed form's intervals") {
    LifCondExp p;
    for (const double drive_pA : {100.1, 101.0, 150.0, 900.0}) {
        CAPTURE(drive_pA);
        p.drive_pA = drive_pA;
        const Network network{{population_of(p, 1, p.V_reset_mV)}, {}, 1};
        const std::vector<double> spikes = times_of(record_all(network, 900.0)[0]);
        const double V_inf_mV = p.E_L_mV + drive_pA / p.g_L_nS;
        const double rise_ms =
            p.C_m_pF / p.g_L_nS * std::log((V_inf_mV - p.V_reset_mV) / (V_inf_mV - p.V_th_mV));
        REQUIRE(spikes.size() > 4);
        for (std::size_t k = 0; k < spikes.size(); ++k) {
            const double expected_ms = rise_ms + static_cast<double>(k) * (rise_ms + p.t_ref_ms);
            CHECK(spikes[k] == Approx(expected_ms).epsilon(0.0).margin(1e-8));
        }
    }
}

// Strong inhibition that does not decay (tau_syn 1e9 ms: 1e-7 of it in 100 ms), without a look at the
// neuron: V relaxes to (g_L E_L + g E_inh) / (g_L + g) with C / (g_L + g), a millisecond.
TEST_CASE("A strong conductance is followed over many of its time constants") {
    LifCondExp p;
    p.tau_syn_exc_ms = p.tau_syn_inh_ms = 1e9;
    constexpr double g_nS = 200.0;
    Simulator simulator(driven_neuron(p, p.E_L_mV, {{1.0, -g_nS}}));
    const double tau_ms = p.C_m_pF / (p.g_L_nS + g_nS);
    const double V_inf_mV = (p.g_L_nS * p.E_L_mV + g_nS * p.E_inh_mV) / (p.g_L_nS + g_nS);
    for (const double t_ms : {1.5, 3.0, 20.0, 100.0}) {
        simulator.run(t_ms - simulator.time_ms());
        const double expected_mV =
            V_inf_mV + (p.E_L_mV - V_inf_mV) * std::exp((1.0 - t_ms) / tau_ms);
        CAPTURE(t_ms);
        CHECK(simulator.potentials({0})[0] == Approx(expected_mV).epsilon(0.0).margin(2e-6));
    }
}
