#include "core/statistics.hpp"
#include "support/lif.hpp"
#include "support/statistics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spikewell;
using namespace spikewell::test;

// Poisson populations and input: their laws.

// ------------------------------------------------------------------------------------------------
// Poisson populations and input

namespace {

/// chi^2 of k degrees of freedom as a standard normal variate (Wilson & Hilferty).
double standardised_chi2(double chi2, double k) {
    const double v = 2.0 / (9.0 * k);
    return (std::cbrt(chi2 / k) - (1.0 - v)) / std::sqrt(v);
}

double integrated_rate(const PoissonRate& rate, double t_ms) {
    double integral = 0.0;
    for (std::size_t k = 0; k < rate.times_ms.size(); ++k) {
        const double end_ms = k + 1 < rate.times_ms.size() ? rate.times_ms[k + 1] : t_ms;
        integral +=
            1e-3 * rate.rates_Hz[k] * std::max(0.0, std::min(end_ms, t_ms) - rate.times_ms[k]);
    }
    return integral;
}

/// Independent Poisson processes of this rate. Four to five statistics, each standard normal (|z| <
/// 5: 5.7e-7) or uniform (p > 5e-7) when they are.
void check_poisson(const std::vector<Spike>& all,
                   std::size_t n_neurons,
                   const PoissonRate& rate,
                   double end_ms) {
    const auto n = static_cast<double>(n_neurons);
    const std::vector<Spike> spikes = by_neuron(all, std::numeric_limits<double>::infinity());
    const double expected = integrated_rate(rate, end_ms); // a neuron
    const double total = n * expected;
    CAPTURE(spikes.size(), total);
    REQUIRE(expected > 20.0);
    CHECK(std::abs(static_cast<double>(spikes.size()) - total) < 5.0 * std::sqrt(total));
    // None where the rate is 0.
    for (const Spike& spike : spikes) {
        const double around =
            integrated_rate(rate, spike.t_ms + 1e-6) - integrated_rate(rate, spike.t_ms - 1e-6);
        if (!(around > 0.0)) FAIL("spike at " << spike.t_ms << " where the rate is 0");
    }
    // Intervals in rescaled time, and the spread of counts between neurons.
    EndToEnd rescaled;
    std::size_t next = 0;
    double chi2 = 0.0;
    for (std::uint32_t i = 0; i < n_neurons; ++i) {
        double at = 0.0;
        double count = 0.0;
        for (; next < spikes.size() && spikes[next].source == i; ++next) {
            const double to = integrated_rate(rate, spikes[next].t_ms);
            rescaled.wait(to - at);
            rescaled.event();
            at = to;
            count += 1.0;
        }
        rescaled.wait(expected - at);
        chi2 += (count - expected) * (count - expected) / expected;
    }
    CAPTURE(rescaled.p(), chi2);
    CHECK(rescaled.p() > 5e-7);
    CHECK(std::abs(standardised_chi2(chi2, n)) < 5.0);
    // Correlations between neurons would show in the spread of the population's count in bins (100
    // bins of equal integrated rate: thousands of spikes each) ...
    constexpr std::size_t n_bins = 100;
    std::vector<double> bins(n_bins, 0.0);
    for (const Spike& spike : spikes) {
        const double x = integrated_rate(rate, spike.t_ms) / expected * n_bins;
        bins[std::min(static_cast<std::size_t>(x), n_bins - 1)] += 1.0;
    }
    double spread = 0.0;
    for (const double count : bins)
        spread += (count - total / n_bins) * (count - total / n_bins) / (total / n_bins);
    CHECK(std::abs(standardised_chi2(spread, n_bins)) < 5.0);
    // ... and identical streams as spikes at the same time.
    std::vector<double> times;
    for (const Spike& spike : spikes)
        times.push_back(spike.t_ms);
    std::sort(times.begin(), times.end());
    CHECK(std::adjacent_find(times.begin(), times.end()) == times.end());
}

/// A neuron that fires whenever an input reaches it, and at once again.
LifDelta relay() {
    LifDelta neuron;
    neuron.t_ref_ms = 0.0;
    return neuron;
}
constexpr double k_relay_mV = 30.0;

const PoissonRate k_stepwise{{10.0, 200.0, 350.0, 400.0, 700.0}, {80.0, 0.0, 1000.0, 0.0, 60.0}};

} // namespace

// Each check_poisson: 4 statistics, false alarm at most 2.3e-6; 4 + 3 calls: 1.6e-5 in all. (That
// no two of 1e5 spikes in 1e4 ms are at one time in double is certain to 1e-6.)
TEST_CASE("Poisson populations are independent Poisson processes of the given rate") {
    constexpr std::size_t n_neurons = 1000;
    Network network;
    network.seed = GENERATE(1U, 2U);
    PoissonPopulation constant{"constant", n_neurons, PoissonRate::constant(50.0)};
    PoissonPopulation stepwise{"stepwise", n_neurons, k_stepwise};
    network.populations = {constant, stepwise, constant};
    constexpr double end_ms = 1000.0;
    const auto spikes = record_all(network, end_ms);
    check_poisson(spikes[0], n_neurons, constant.rate, end_ms);
    check_poisson(spikes[1], n_neurons, stepwise.rate, end_ms);
    // Two populations of one rate are independent too: together, one of twice as many.
    std::vector<Spike> both = spikes[0];
    for (const Spike& spike : spikes[2])
        both.push_back({spike.t_ms, spike.source + static_cast<std::uint32_t>(n_neurons)});
    check_poisson(both, 2 * n_neurons, constant.rate, end_ms);
}

TEST_CASE("Poisson spikes do not depend on where runs are cut") {
    const Network network{{PoissonPopulation{"source", 1000, k_stepwise}}, {}, 4};
    Simulator simulator(network);
    SpikeRecorder recorder(k_first);
    const std::array<Recorder*, 1> recorders{&recorder};
    for (int run = 0; run < 100; ++run)
        simulator.run(10.0, recorders);
    check_poisson(recorder.spikes(), 1000, k_stepwise, 1000.0);
}

TEST_CASE("Poisson input: each neuron gets independent Poisson trains, one of each input") {
    constexpr std::uint32_t n_neurons = 800;
    constexpr double end_ms = 1000.0;
    NeuronPopulation population = population_of(relay(), n_neurons + 300, 0.0);
    // Two inputs onto neurons 100 to 899, none onto the others.
    population.inputs = {{PoissonRate::constant(30.0), k_relay_mV, 100, n_neurons},
                         {k_stepwise, k_relay_mV, 100, n_neurons}};
    const Network network{{population}, {}, 6};
    std::vector<Spike> spikes = record_all(network, end_ms)[0];
    for (Spike& spike : spikes) {
        REQUIRE(spike.source >= 100);
        REQUIRE(spike.source < 100 + n_neurons);
        spike.source -= 100;
    }
    const PoissonRate sum{{0.0, 10.0, 200.0, 350.0, 400.0, 700.0},
                          {30.0, 110.0, 30.0, 1030.0, 30.0, 90.0}};
    check_poisson(spikes, n_neurons, sum, end_ms);
}

TEST_CASE("Poisson input of two populations is independent, and to the end by default") {
    NeuronPopulation population = population_of(relay(), 500, 0.0);
    population.inputs = {{PoissonRate::constant(60.0), k_relay_mV, 0, {}}};
    const Network network{{population, population}, {}, 7};
    const auto spikes = record_all(network, 1000.0);
    std::vector<Spike> both = spikes[0];
    for (const Spike& spike : spikes[1])
        both.push_back({spike.t_ms, spike.source + 500});
    check_poisson(both, 1000, PoissonRate::constant(60.0), 1000.0);
}

namespace {

struct Moments {
    double mean;
    double variance;
};

/// Of V far from any threshold, by Campbell's theorem: an input of rate r whose potential is e(t)
/// adds r times the integral of e to the mean, and of e^2 to the variance.
Moments campbell(const LifDelta& neuron, double rate_per_ms, double w_mV) {
    return {rate_per_ms * w_mV * neuron.tau_m_ms,
            rate_per_ms * w_mV * w_mV * neuron.tau_m_ms / 2.0};
}
Moments campbell(const LifExp& neuron, double rate_per_ms, double w_mV) {
    const double tau_s = w_mV > 0.0 ? neuron.tau_syn_exc_ms : neuron.tau_syn_inh_ms;
    return {rate_per_ms * w_mV * tau_s,
            rate_per_ms * w_mV * w_mV * tau_s * tau_s / (2.0 * (tau_s + neuron.tau_m_ms))};
}

} // namespace

// n = 3000 neurons x 6 looks 10 tau_m apart, after 15 tau_m: 18,000 samples, independent up to
// e^-10. The mean's standard error is sd / sqrt(n), the variance's sqrt((m4 - var^2) / n) with the
// sample's fourth moment. z < 5 each: false alarm 5.7e-7 a check, 4 checks. What is left of the
// start, e^-15 (V_inf - V_init) < 1e-5 mV, is 1/100 of the standard error.
TEMPLATE_TEST_CASE("Free potentials under Poisson input obey Campbell's theorem",
                   "",
                   LifDelta,
                   LifExp) {
    constexpr std::size_t n_neurons = 3000;
    TestType neuron;
    neuron.tau_m_ms = 10.0;
    neuron.E_L_mV = -60.0;
    neuron.drive_mV = 3.0;
    neuron.V_reset_mV = -60.0;
    neuron.V_th_mV = k_huge_mV;
    if constexpr (std::is_same_v<TestType, LifExp>) {
        neuron.tau_syn_exc_ms = 3.0;
        neuron.tau_syn_inh_ms = 7.0;
    }
    NeuronPopulation population = population_of(neuron, n_neurons, -55.0);
    // 0.5F and -0.75F are floats.
    population.inputs = {{PoissonRate::constant(2000.0), 0.5, 0, {}},
                         {PoissonRate::constant(800.0), -0.75, 0, {}}};
    Simulator simulator(Network{{population}, {}, 8});
    simulator.run(150.0);
    std::vector<double> samples;
    for (int look = 0; look < 6; ++look) {
        const std::vector<double> V = simulator.potentials(k_first);
        samples.insert(samples.end(), V.begin(), V.end());
        simulator.run(100.0);
    }
    const Moments up = campbell(neuron, 2.0, 0.5);
    const Moments down = campbell(neuron, 0.8, -0.75);
    const double expected_mean = -57.0 + up.mean + down.mean;
    const double expected_variance = up.variance + down.variance;
    std::vector<double> squares;
    for (const double V : samples)
        squares.push_back((V - expected_mean) * (V - expected_mean));
    CAPTURE(mean(samples), expected_mean, mean(squares), expected_variance);
    CHECK(std::abs(mean(samples) - expected_mean) < 5.0 * standard_error(samples));
    CHECK(std::abs(mean(squares) - expected_variance) < 5.0 * standard_error(squares));
}
