#include "support/networks.hpp"
#include "support/statistics.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <map>

using namespace spikewell;
using namespace spikewell::test;

// The one law that everything rests on, checked through the whole engine: along any input, the
// integral of a neuron's hazard from the end of one refractory period to its next spike is a unit
// exponential variate (time rescaling: Brown et al. 2002, doi:10.1162/08997660252741149). The
// hazard is integrated here by a second, naive implementation from the equations: a table of
// pulses, the closed-form leak, and Simpson's rule on a fine grid. A wrong delay, gain, leak,
// precision, sign or refractory period fails it.

namespace {

constexpr double k_tau_ref_ms = 10.0;

struct Setting {
    double tau_m_ms;
    double delay_ms;
    double inverse_temperature;
    std::uint32_t n_sources = 2; // with 150, arrivals crowd (network/engine/dyadic/crowd.hpp)
};

/// A population of `n_nodes` driven by source nodes of two neurons each that fire irregularly
/// but known.
struct Driven {
    Network network;
    Matrix coupling;              // [n_nodes x n_sources]
    std::vector<double> evidence; // [n_nodes]
    std::vector<Spike> input;
};

std::vector<Spike> irregular_spikes(double end_ms, std::uint32_t n_sources) {
    std::vector<Spike> spikes;
    for (std::uint32_t neuron = 0; neuron < 2 * n_sources; ++neuron) {
        RandomStream stream(99, Purpose::initial_couplings, neuron);
        double t_ms = 3.0;
        while ((t_ms += k_tau_ref_ms - 8.0 * std::log(stream.uniform())) < end_ms) {
            spikes.push_back({t_ms, neuron});
        }
    }
    return spikes;
}

Driven driven_population(std::size_t n_nodes, const Setting& setting, double end_ms) {
    Driven driven;
    driven.coupling = Matrix(n_nodes, setting.n_sources);
    const double scale = 2.0 / setting.n_sources;
    for (std::size_t i = 0; i < n_nodes; ++i) {
        for (std::size_t j = 0; j < setting.n_sources; ++j)
            driven.coupling(i, j) = scale * (j % 2 == 0 ? 3.0 : -2.0);
        driven.evidence.push_back(0.4);
    }
    driven.input = irregular_spikes(end_ms, setting.n_sources);
    driven.network = lone_nodes(n_nodes, 2, setting.tau_m_ms, 21);
    std::get<DyadicPopulation>(driven.network.populations[0]).inverse_temperature =
        setting.inverse_temperature;
    driven.network.populations.emplace_back(
        SpikeListSource{"input", {setting.n_sources, 2, k_tau_ref_ms}, driven.input});
    FactorisedProjection projection{{1}, {0}, driven.coupling, setting.delay_ms, {}};
    driven.network.projections = {projection};
    return driven;
}

/// c (b + V) on a grid, naively: h from the list of pulses, V by the exact recursion over each grid
/// step with h at its middle (pulse edges fall between grid points, so the error is of the order of
/// the step times the spike rate: < 1e-3 here).
std::vector<double> naive_exponent(
    const Driven& driven, const Setting& setting, double gain, double step_ms, double end_ms) {
    const auto n_steps = static_cast<std::size_t>(end_ms / step_ms);
    std::vector<double> h(n_steps, 3.0 * -0.75 + -2.0 * -0.75); // all silent
    for (const Spike& spike : driven.input) {
        const double weight =
            driven.coupling(0, spike.source / 2) * 2.0 * std::pow(2.0, -1.0 - spike.source % 2);
        const double on_ms = spike.t_ms + setting.delay_ms;
        for (auto s = static_cast<std::size_t>(std::ceil(on_ms / step_ms - 0.5));
             s < n_steps && (static_cast<double>(s) + 0.5) * step_ms < on_ms + k_tau_ref_ms; ++s) {
            h[s] += weight;
        }
    }
    const double keep = setting.tau_m_ms > 0.0 ? std::exp(-step_ms / setting.tau_m_ms) : 0.0;
    std::vector<double> exponent(n_steps + 1);
    double v = h[0];
    for (std::size_t s = 0; s <= n_steps; ++s) {
        exponent[s] = 2.0 * gain * setting.inverse_temperature * (0.4 + v);
        if (s < n_steps) v = h[s] + (v - h[s]) * keep;
    }
    return exponent;
}

/// Integral of the hazard up to each grid point.
std::vector<double> integrated_hazard(const std::vector<double>& exponent, double step_ms) {
    std::vector<double> integral(exponent.size(), 0.0);
    for (std::size_t s = 1; s < exponent.size(); ++s) {
        integral[s] = integral[s - 1] + step_ms / k_tau_ref_ms * 0.5 *
                                            (std::exp(exponent[s - 1]) + std::exp(exponent[s]));
    }
    return integral;
}

double at(const std::vector<double>& integral, double t_ms, double step_ms) {
    const double x = t_ms / step_ms;
    const auto s = static_cast<std::size_t>(x);
    const double part = x - static_cast<double>(s);
    return integral[s] * (1.0 - part) + integral[s + 1] * part;
}

} // namespace

// 7 settings x 2 gains, about 10,000 intervals each; p > 1e-5 a check: false alarm 0.014 % in all.
TEST_CASE("Hazard integrated between spikes is a unit exponential variate") {
    const Setting setting =
        GENERATE(Setting{0.0, 6.93, 1.0}, Setting{3.0, 3.93, 1.0}, Setting{3.0, 3.93, 0.2},
                 Setting{2.0, 0.5, 1.5}, Setting{3.0, 3.93, 1.0, 150}, Setting{0.0, 0.0, 1.0},
                 Setting{3.0, 0.0, 1.0});
    const std::size_t n_nodes = setting.delay_ms > 0.0 ? 512 : 24;
    const double end_ms = setting.delay_ms > 0.0 ? 400.0 : 4000.0;
    constexpr double step_ms = 0.002;
    const Driven driven = driven_population(n_nodes, setting, end_ms);
    Simulator simulator(driven.network);
    simulator.set_evidence(k_first, driven.evidence);
    const std::vector<Spike> spikes = record_spikes(simulator, end_ms - 1.0);

    for (const std::uint32_t bit : {0U, 1U}) {
        const double gain = bit == 0 ? 0.5 : 0.25;
        const auto integral =
            integrated_hazard(naive_exponent(driven, setting, gain, step_ms, end_ms), step_ms);
        std::map<std::uint32_t, double> free_at_ms;
        std::vector<double> rescaled;
        for (const Spike& spike : spikes) {
            if (spike.source % 2 != bit) continue;
            if (free_at_ms.contains(spike.source)) {
                REQUIRE(spike.t_ms >= free_at_ms[spike.source]);
                rescaled.push_back(at(integral, spike.t_ms, step_ms) -
                                   at(integral, free_at_ms[spike.source], step_ms));
            }
            free_at_ms[spike.source] = spike.t_ms + k_tau_ref_ms;
        }
        REQUIRE(rescaled.size() > 2000);
        const double statistic = kolmogorov_statistic(
            rescaled, [](double x) { return 1.0 - std::exp(-std::max(0.0, x)); });
        CAPTURE(setting.tau_m_ms, setting.delay_ms, setting.inverse_temperature, bit,
                rescaled.size());
        CHECK(kolmogorov_p(statistic) > 1e-5);
    }
}

// A step of evidence so steep that a bound over the whole window would need e^60 candidates a
// tau_ref: the engine finds a narrower bound instead of hanging, and the neuron fires as soon as it
// may.
TEST_CASE("Steep changes of the field neither hang nor lose a spike") {
    Simulator simulator(recurrent(random_couplings(16, 20.0, 3), 5, 3.0, 3.93, 1));
    std::vector<double> evidence(16, 60.0);
    for (int flip = 0; flip < 20; ++flip) {
        for (double& b : evidence)
            b = -b;
        simulator.set_evidence(k_first, evidence);
        simulator.run(10.0);
    }
    CHECK(simulator.counters().candidates < 100 * (simulator.counters().spikes + 1000));
}
