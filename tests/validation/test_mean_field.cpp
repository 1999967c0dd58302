#include "core/statistics.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <numbers>

using namespace spikewell;
using namespace spikewell::test;

// Stationary rates of leaky integrate-and-fire neurons with delta synapses against the diffusion
// approximation: input of mean mu and standard deviation sigma (over sqrt(tau_m)) makes them fire
// at the rate nu with
//
//     1 / nu = t_ref + tau_m sqrt(pi) int_{(V_reset - mu) / sigma}^{(V_th - mu) / sigma}
//                                         e^(x^2) (1 + erf x) dx
//
// (Siegert 1951, doi:10.1103/PhysRev.81.617; Brunel 2000, doi:10.1023/A:1008925309027).

namespace {

/// e^(z^2) erfc(z), z >= 0, to 1e-12: directly, or for large z by the continued fraction.
double erfcx(double z) {
    if (z < 3.0) return std::exp(z * z) * std::erfc(z);
    double rest = 0.0;
    for (int k = 80; k > 0; --k)
        rest = 0.5 * k / (z + rest);
    return std::numbers::inv_sqrtpi / (z + rest);
}

/// e^(x^2) (1 + erf x) without cancellation.
double siegert_integrand(double x) {
    return x < 0.0 ? erfcx(-x) : 2.0 * std::exp(x * x) - erfcx(x);
}

struct DiffusionInput {
    double mean_mV;
    double sd_mV; // the free potential's is this over sqrt(2)
};

/// Mean and spread of Poisson inputs of these weights and rates, and of a constant drive.
DiffusionInput diffusion_input(
    const LifDelta& neuron, std::initializer_list<std::pair<double, double>> weight_and_rate_Hz) {
    DiffusionInput input{neuron.V_inf_mV(), 0.0};
    for (const auto& [w_mV, rate_Hz] : weight_and_rate_Hz) {
        input.mean_mV += neuron.tau_m_ms * 1e-3 * rate_Hz * w_mV;
        input.sd_mV += neuron.tau_m_ms * 1e-3 * rate_Hz * w_mV * w_mV;
    }
    input.sd_mV = std::sqrt(input.sd_mV);
    return input;
}

/// Simpson's rule on 4,000 intervals: 1e-10 of the integral for the ranges here.
double siegert_Hz(const LifDelta& neuron, const DiffusionInput& input) {
    const double low = (neuron.V_reset_mV - input.mean_mV) / input.sd_mV;
    const double high = (neuron.V_th_mV - input.mean_mV) / input.sd_mV;
    constexpr int n = 4000;
    const double h = (high - low) / n;
    double sum = siegert_integrand(low) + siegert_integrand(high);
    for (int k = 1; k < n; ++k)
        sum += (k % 2 == 1 ? 4.0 : 2.0) * siegert_integrand(low + k * h);
    return 1e3 / (neuron.t_ref_ms + neuron.tau_m_ms * sum * h / 3.0 / std::numbers::inv_sqrtpi);
}

NeuronPopulation driven_population(const char* name,
                                   std::size_t size,
                                   const LifDelta& neuron,
                                   std::vector<PoissonInput> inputs) {
    NeuronPopulation population;
    population.name = name;
    population.size = size;
    population.neuron = neuron;
    population.inputs = std::move(inputs);
    return population;
}

} // namespace

// The formula itself: for sigma -> 0 above threshold it is the closed form of constant drive (error
// of second order in sigma), and for V_th = mu, V_reset -> -infinity it has a known scale: the
// integrand is e^(x^2) (1 + erf x), 1 at 0, and -1 / (x sqrt(pi)) far below.
TEST_CASE("Siegert's formula has its limits") {
    LifDelta neuron;
    CHECK(siegert_Hz(neuron, {30.0, 0.01}) ==
          Approx(1e3 / (2.0 + 20.0 * std::log(30.0 / 10.0))).epsilon(1e-5));
    CHECK(siegert_integrand(0.0) == Approx(1.0).epsilon(1e-14));
    CHECK(siegert_integrand(1.0) == Approx(std::exp(1.0) * (1.0 + std::erf(1.0))).epsilon(1e-13));
    CHECK(siegert_integrand(-2.999999) == Approx(siegert_integrand(-3.000001)).epsilon(1e-5));
    CHECK(siegert_integrand(-50.0) == Approx(std::numbers::inv_sqrtpi / 50.0).epsilon(1e-3));
}

// Excitation and inhibition of one size J and rate, the mean by a constant drive: then the input has
// no third cumulant, and the leading error of the diffusion approximation is that jumps overshoot
// the threshold. Near it the potential is a random walk of steps +-J (the leak within a step is
// small and only blurs its lattice), whose overshoot is uniform on 0 .. J: the diffusion's threshold
// lies J / 2 higher (Siegmund 1985, Sequential Analysis, ch. 10; Helias et al. 2010,
// doi:10.1371/journal.pcbi.1000929), which is 2 to 4 % of these rates. What remains is of second
// order, (J / sigma)^2 times a factor that an event loop independent of the engine found to be at
// most 2.1 in these cases (12.756 +- 0.011, 12.102 +- 0.014 and 9.117 +- 0.014 Hz; shifted formula
// 12.741, 12.033, 9.069); 3 is allowed, 0.75 % at most.
//
// Statistics: 4,000 independent neurons over 1,500 ms after 200 ms; standard error from their counts,
// about 0.3 %. z = 5, false alarm 5.7e-7 a check, 3 checks.
TEST_CASE("Neurons under Poisson input fire at Siegert's rate, threshold shifted by J / 2") {
    struct Case {
        double drive_mV, J_mV, rate_Hz;
    };
    const auto c = GENERATE(Case{18.0, 0.2, 10e3}, Case{15.0, 0.5, 5e3}, Case{10.0, 0.5, 10e3});
    constexpr std::size_t n_neurons = 4000;
    constexpr double length_ms = 1500.0;
    LifDelta neuron;
    neuron.drive_mV = c.drive_mV;
    const Network network{{driven_population("neurons", n_neurons, neuron,
                                             {{PoissonRate::constant(c.rate_Hz), c.J_mV, 0, {}},
                                              {PoissonRate::constant(c.rate_Hz), -c.J_mV, 0, {}}})},
                          {},
                          1};
    Simulator simulator(network, 2);
    simulator.run(200.0);
    std::vector<double> rates_Hz(n_neurons, 0.0);
    for (const Spike& spike : record_spikes(simulator, length_ms))
        rates_Hz[spike.source] += 1e3 / length_ms;
    const DiffusionInput input =
        diffusion_input(neuron, {{c.J_mV, c.rate_Hz}, {-c.J_mV, c.rate_Hz}});
    LifDelta shifted = neuron;
    shifted.V_th_mV += 0.5 * c.J_mV;
    const double expected_Hz = siegert_Hz(shifted, input);
    const double second_order_Hz =
        expected_Hz * 3.0 * c.J_mV * c.J_mV / (input.sd_mV * input.sd_mV);
    CAPTURE(c.drive_mV, c.J_mV, mean(rates_Hz), expected_Hz, standard_error(rates_Hz),
            second_order_Hz, siegert_Hz(neuron, input));
    CHECK(std::abs(mean(rates_Hz) - expected_Hz) <
          5.0 * standard_error(rates_Hz) + second_order_Hz);
}

// ------------------------------------------------------------------------------------------------
// Brunel's network

namespace {

constexpr double k_J_mV = 0.1;
constexpr double k_g = 5.0;
constexpr std::size_t k_excitatory = 10000;
constexpr std::size_t k_inhibitory = 2500;
constexpr std::size_t k_excitatory_indegree = 1000;
constexpr std::size_t k_inhibitory_indegree = 250;
constexpr double k_external_Hz = 20e3; // a neuron: eta = 2

LifDelta brunel_neuron() {
    LifDelta neuron; // tau_m 20 ms, V_th 20 mV, V_reset 0 mV, t_ref 2 ms
    neuron.refractory_input = RefractoryInput::discarded;
    return neuron;
}

Network brunel_network() {
    const std::vector<PoissonInput> external = {
        {PoissonRate::constant(k_external_Hz), k_J_mV, 0, {}}};
    Network network;
    network.populations = {
        driven_population("excitatory", k_excitatory, brunel_neuron(), external),
        driven_population("inhibitory", k_inhibitory, brunel_neuron(), external)};
    for (const std::uint32_t pre : {0U, 1U}) {
        for (const std::uint32_t post : {0U, 1U}) {
            SynapticProjection projection;
            projection.name = pre == 0 ? "excitation" : "inhibition";
            projection.pre.population = {pre};
            projection.post.population = {post};
            projection.connector =
                FixedIndegree{pre == 0 ? k_excitatory_indegree : k_inhibitory_indegree, false};
            projection.weight = Constant{pre == 0 ? k_J_mV : -k_g * k_J_mV};
            projection.delay_ms = Constant{1.5};
            network.projections.emplace_back(projection);
        }
    }
    return network;
}

/// The rate at which the network's own input, taken as independent Poisson trains, makes its neurons
/// fire, by bisection: inhibition prevails, so the rate falls with that of the input.
double self_consistent_Hz(double V_th_shift_mV) {
    LifDelta neuron = brunel_neuron();
    const auto n_exc = static_cast<double>(k_excitatory_indegree);
    const auto n_inh = static_cast<double>(k_inhibitory_indegree);
    double low_Hz = 0.0;
    double high_Hz = 300.0;
    for (int step = 0; step < 60; ++step) {
        const double nu_Hz = 0.5 * (low_Hz + high_Hz);
        const DiffusionInput input = diffusion_input(
            neuron, {{k_J_mV, k_external_Hz + n_exc * nu_Hz}, {-k_g * k_J_mV, n_inh * nu_Hz}});
        LifDelta shifted = neuron;
        shifted.V_th_mV += V_th_shift_mV;
        (siegert_Hz(shifted, input) > nu_Hz ? low_Hz : high_Hz) = nu_Hz;
    }
    return 0.5 * (low_Hz + high_Hz);
}

} // namespace

// Brunel's network B of 12,500 neurons, from V = 0 at 0 over 1,000 ms.
//
// An event loop in continuous time that is independent of the engine (one pass a window of 1.5 ms,
// synapses and Poisson trains drawn anew for each of 13 seeds) gave 32.35 Hz, standard deviation
// between seeds 0.081 Hz; 0.42 Hz is five standard deviations of a draw from their mean (t of 12
// degrees of freedom: false alarm 3e-4). Clock-driven simulators at 0.1 ms
// give less, 31.8 .. 32.1 Hz, and so does such a loop on that grid (31.98 and 32.11 Hz; 32.25 on one
// of 0.02 ms): on a grid, inputs of a step cancel before the threshold is tested.
//
// The self-consistent diffusion approximation gives 32.03 Hz, with the threshold shifted by the mean
// overshoot, which lies between 0 and J / 2, down to 31.96 Hz. It takes input trains for independent
// Poisson processes of white noise; here they are neither (CV below 1, correlations of the order of
// the connection probability times J / V_th), which is known to leave a few per cent: 3 % is allowed.
TEST_CASE("Brunel's network of 12,500 neurons fires at its rate") {
    Simulator simulator(brunel_network(), 2);
    SpikeRecorder excitatory(k_first);
    SpikeRecorder inhibitory(k_second);
    const std::array<Recorder*, 2> recorders{&excitatory, &inhibitory};
    simulator.run(1000.0, recorders);
    const auto n_exc = static_cast<double>(excitatory.spikes().size());
    const auto n_inh = static_cast<double>(inhibitory.spikes().size());
    const double rate_Hz = (n_exc + n_inh) / static_cast<double>(k_excitatory + k_inhibitory);
    CAPTURE(rate_Hz, self_consistent_Hz(0.0), self_consistent_Hz(0.5 * k_J_mV));
    CHECK(rate_Hz == Approx(32.35).margin(0.42));
    CHECK(rate_Hz == Approx(self_consistent_Hz(0.0)).epsilon(0.03));
    // Both kinds of neuron get the same input; counts vary less between neurons (standard deviation
    // 1.2 in that loop) than Poisson's would.
    const double difference_Hz =
        n_exc / static_cast<double>(k_excitatory) - n_inh / static_cast<double>(k_inhibitory);
    CHECK(std::abs(difference_Hz) < 5.0 * std::sqrt(rate_Hz / static_cast<double>(k_excitatory) +
                                                    rate_Hz / static_cast<double>(k_inhibitory)));
}
