#include "core/statistics.hpp"
#include "support/lif.hpp"

#include <boost/math/distributions/gamma.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;

// Sources that are not plain Poisson trains: laws of intervals and of counts.

namespace {

std::vector<Spike> spikes_of(const Population& source, double end_ms, std::uint64_t seed = 3) {
    return record_all({{source}, {}, seed}, end_ms)[0];
}

/// Chi-square of counts in cells of equal probability.
double chi_square(const std::vector<double>& probabilities, std::size_t n_cells) {
    std::vector<double> counts(n_cells, 0.0);
    for (const double p : probabilities)
        counts[std::min(n_cells - 1, static_cast<std::size_t>(p * static_cast<double>(n_cells)))] +=
            1.0;
    const double expected =
        static_cast<double>(probabilities.size()) / static_cast<double>(n_cells);
    double sum = 0.0;
    for (const double count : counts)
        sum += (count - expected) * (count - expected) / expected;
    return sum;
}

/// With 49 degrees of freedom exceeded once in 1e8 times.
constexpr double k_most_chi_square = 123.0;
constexpr std::size_t k_cells = 50;

} // namespace

TEST_CASE("Intervals of gamma sources are gamma distributed, and stationary from the start on") {
    const double shape = GENERATE(0.5, 1.0, 3.0, 20.0);
    CAPTURE(shape);
    const double rate_Hz = 40.0;
    const auto spikes = by_neuron(
        spikes_of(GammaPopulation{"g", 2000, PoissonRate::constant(rate_Hz), shape}, 2000.0), 1e9);
    const boost::math::gamma_distribution<double> law(shape, 1.0 / shape);
    std::vector<double> of_intervals;
    std::vector<double> of_first;
    for (std::size_t k = 0; k < spikes.size(); ++k) {
        const bool first = k == 0 || spikes[k].source != spikes[k - 1].source;
        if (first) {
            // The forward recurrence time x has the distribution F_e(x) = integral of 1 - F.
            const double x = spikes[k].t_ms * 1e-3 * rate_Hz;
            const boost::math::gamma_distribution<double> longer(shape + 1.0, 1.0 / shape);
            of_first.push_back(x * (1.0 - boost::math::cdf(law, x)) + boost::math::cdf(longer, x));
        } else if (spikes[k - 1].t_ms < 1000.0) { // none of these is cut off by the end
            of_intervals.push_back(
                boost::math::cdf(law, (spikes[k].t_ms - spikes[k - 1].t_ms) * 1e-3 * rate_Hz));
        }
    }
    REQUIRE(of_intervals.size() > 60'000);
    REQUIRE(of_first.size() == 2000);
    CHECK(chi_square(of_intervals, k_cells) < k_most_chi_square);
    CHECK(chi_square(of_first, k_cells) < k_most_chi_square);
}

TEST_CASE("Gamma sources follow a rate that changes in its own time") {
    const PoissonRate rate{{0.0, 100.0, 300.0}, {0.0, 200.0, 20.0}};
    const auto spikes = spikes_of(GammaPopulation{"g", 5000, rate, 4.0}, 500.0);
    const auto n_within = [&](double from_ms, double to_ms) {
        return static_cast<double>(std::count_if(spikes.begin(), spikes.end(), [=](const Spike& s) {
            return s.t_ms >= from_ms && s.t_ms < to_ms;
        }));
    };
    CHECK(n_within(0.0, 100.0) == 0.0);
    // The variance of a count is at most about that of a Poisson train; 5.5 errors: once in 3e7.
    CHECK(std::abs(n_within(100.0, 300.0) - 200'000.0) < 5.5 * std::sqrt(200'000.0));
    CHECK(std::abs(n_within(300.0, 500.0) - 20'000.0) < 5.5 * std::sqrt(20'000.0));
}

TEST_CASE("Trains with spikes in common are Poisson trains, correlated as said") {
    const double c = GENERATE(0.01, 0.2, 0.7, 1.0);
    CAPTURE(c);
    const double rate_Hz = 20.0;
    const double bin_ms = 5.0;
    const double end_ms = 100'000.0;
    // 3 blocks of neurons, of which a few are looked at.
    const std::vector<std::uint32_t> chosen{0, 1, 7, 5000, 9998, 9999};
    const auto spikes = spikes_of(
        CorrelatedPopulation{"c", c < 0.05 ? 500U : 10'000U, PoissonRate::constant(rate_Hz), c},
        c < 0.05 ? end_ms : 20'000.0);
    const double length_ms = c < 0.05 ? end_ms : 20'000.0;
    const auto n_bins = static_cast<std::size_t>(length_ms / bin_ms);
    std::vector<std::vector<double>> counts(chosen.size(), std::vector<double>(n_bins, 0.0));
    for (const Spike& spike : spikes) {
        const std::uint32_t source = c < 0.05 && spike.source == 499 ? 9999U : spike.source;
        const auto at = std::find(chosen.begin(), chosen.end(), source);
        if (at != chosen.end())
            counts[static_cast<std::size_t>(at - chosen.begin())]
                  [std::min(n_bins - 1, static_cast<std::size_t>(spike.t_ms / bin_ms))] += 1.0;
    }
    const double mean_count = rate_Hz * bin_ms * 1e-3;
    const auto n = static_cast<double>(n_bins);
    for (std::size_t a = 0; a < chosen.size(); ++a) {
        if (c < 0.05 && (chosen[a] == 5000 || chosen[a] == 9998)) continue;
        double sum = 0.0;
        for (const double x : counts[a])
            sum += x;
        CHECK(std::abs(sum - n * mean_count) < 5.5 * std::sqrt(n * mean_count));
        for (std::size_t b = 0; b < a; ++b) {
            if (c < 0.05 && (chosen[b] == 5000 || chosen[b] == 9998)) continue;
            double products = 0.0;
            for (std::size_t k = 0; k < n_bins; ++k)
                products += (counts[a][k] - mean_count) * (counts[b][k] - mean_count);
            // Of a product of two such counts: the fourth moments are below 3 mean^2 + mean.
            const double error = std::sqrt((3.0 * mean_count * mean_count + mean_count) / n);
            CHECK(std::abs(products / n - c * mean_count) < 5.5 * error);
        }
    }
    // All spikes come at common times, of which there are 1 / c for each of a neuron's.
    std::vector<double> times_ms;
    for (const Spike& spike : spikes) {
        if (times_ms.empty() || times_ms.back() != spike.t_ms) times_ms.push_back(spike.t_ms);
    }
    // Each is copied to a binomial number of neurons, which is seen where it is not 0.
    const double n_neurons = c < 0.05 ? 500.0 : 10'000.0;
    const double seen = 1.0 - std::pow(1.0 - c, n_neurons);
    const double expected = rate_Hz * 1e-3 * length_ms / c * seen;
    CHECK(std::abs(static_cast<double>(times_ms.size()) - expected) < 5.5 * std::sqrt(expected));
    const auto n_times = static_cast<double>(times_ms.size());
    const double copies = c * n_neurons;
    CHECK(std::abs(static_cast<double>(spikes.size()) - n_times * copies / seen) <=
          5.5 * std::sqrt(n_times * copies * (1.0 - c)));
}
