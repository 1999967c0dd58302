#include "network/engine/lif/poisson_input.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::detail;

// What is summed up of a neuron's Poisson input is the sum over the spikes that whoever follows the neuron is given.

namespace {

constexpr std::size_t k_neurons = 320;

PoissonPass pass_of(double expected, double length_ms) {
    PoissonPass pass{7, poisson_stream(3, 1), 12'345, {20.0, 20.0 + length_ms}, expected, {}};
    set_thresholds(pass);
    return pass;
}

/// Sums of exp((t - begin) / tau) over a neuron's spikes.
double sum_over(const std::vector<double>& times_ms, const PoissonPass& pass, double tau_ms) {
    double sum = 0.0;
    for (const double t_ms : times_ms)
        sum += std::exp((t_ms - pass.window.begin_ms) / tau_ms);
    return sum;
}

} // namespace

TEST_CASE("Sums of Poisson input are those over its spikes") {
    const double expected = GENERATE(0.05, 0.2, 2.0, 9.0, 40.0);
    const bool short_pass = GENERATE(true, false);
    const double length_ms = 0.1;
    const double tau_m_ms = 10.0;
    const double tau_s_ms = length_ms * (short_pass ? 8.0 : 4.0);
    const double tolerance = short_pass ? 1e-6 : 2e-6;
    CAPTURE(expected, short_pass);
    const PoissonPass pass = pass_of(expected, length_ms);
    const PoissonRate rate = PoissonRate::constant(1e3 * expected / length_ms);
    std::vector<float> both_m(k_neurons);
    std::vector<float> both_s(k_neurons);
    std::vector<float> one(k_neurons);
    const DrawnLanes lanes{64, k_neurons, 5, k_neurons - 7};
    const std::uint64_t n_spikes =
        poisson_sums(pass, lanes, tau_m_ms, tau_s_ms, both_m.data(), both_s.data());
    CHECK(poisson_sums(pass, lanes, tau_s_ms, tau_s_ms, one.data(), nullptr) == n_spikes);
    std::uint64_t n_listed = 0;
    std::vector<double> times_ms;
    for (std::size_t n = lanes.from; n < lanes.to; ++n) {
        times_ms.clear();
        append_spike_times(pass, rate, static_cast<std::uint32_t>(64 + n), times_ms);
        n_listed += times_ms.size();
        const double m = sum_over(times_ms, pass, tau_m_ms);
        const double s = sum_over(times_ms, pass, tau_s_ms);
        REQUIRE(std::abs(static_cast<double>(both_m[n]) - m) <= tolerance * m);
        REQUIRE(std::abs(static_cast<double>(both_s[n]) - s) <= tolerance * s);
        REQUIRE(std::abs(static_cast<double>(one[n]) - s) <= tolerance * s);
    }
    CHECK(n_listed == n_spikes);
    // Poisson's law, to five standard errors.
    const auto n_lanes = static_cast<double>(lanes.to - lanes.from);
    CHECK(std::abs(static_cast<double>(n_spikes) - n_lanes * expected) <
          5.0 * std::sqrt(n_lanes * expected));
}
