#include "core/statistics.hpp"
#include "experiments/capacity.hpp"
#include "experiments/landscape.hpp"
#include "experiments/metrics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

/// Rows of the Hadamard matrix of order 16 but the constant one: orthogonal patterns of +-1.
Matrix orthogonal_patterns(std::size_t n) {
    Matrix patterns(16, n);
    for (std::size_t p = 0; p < n; ++p)
        for (std::size_t i = 0; i < 16; ++i)
            patterns(i, p) = __builtin_popcountll(i & (p + 1)) % 2 == 0 ? 1.0 : -1.0;
    return patterns;
}

/// sum_p weight_p x_p x_p' / n, whose eigenvalues are the weights.
Matrix outer_products(const Matrix& patterns, const std::vector<double>& weights) {
    Matrix coupling(patterns.rows, patterns.rows);
    for (std::size_t p = 0; p < patterns.cols; ++p)
        for (std::size_t j = 0; j < patterns.rows; ++j)
            for (std::size_t i = 0; i < patterns.rows; ++i)
                coupling(i, j) += weights[p] * patterns(i, p) * patterns(j, p) /
                                  static_cast<double>(patterns.rows);
    return coupling;
}

Matrix random_symmetric(std::size_t n, std::uint64_t seed) {
    Matrix coupling(n, n);
    RandomStream stream(seed, Purpose::initial_couplings, 0);
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < j; ++i)
            coupling(i, j) = coupling(j, i) = stream.normal() / std::sqrt(static_cast<double>(n));
    return coupling;
}

} // namespace

TEST_CASE("Landscape of one pattern: its eigenvalue, its onset, the pattern and its mirror image") {
    const Matrix pattern = orthogonal_patterns(1);
    const Matrix coupling = outer_products(pattern, {4.0});
    const Spectrum spectrum = spectrum_of(coupling);
    CHECK(spectrum.values.front() == Approx(4.0));
    CHECK(std::abs(spectrum.values[1]) < 1e-12);
    const double onset = onset_of(spectrum.values.front(), MapNode::tanh);
    CHECK(onset == Approx(0.25));
    CHECK(onset_of(spectrum.values.front(), MapNode::langevin) == Approx(0.75));

    const Matrix starts = sparse_starts(16, 64, 1);
    const LandscapePoint above =
        landscape_point(coupling, spectrum, 1.5 * onset, MapNode::tanh, starts);
    REQUIRE(above.attractors.cols == 2);
    // m = tanh(1.5 m) at every node
    CHECK(std::abs(above.attractors(0, 0)) == Approx(0.858560).epsilon(1e-5));
    CHECK(std::abs(correlation(above.attractors.column(0), pattern.column(0))) == Approx(1.0));
    CHECK(above.eigenvector_alignment.front() == Approx(1.0));
    CHECK(above.projector_cosine == Approx(1.0));

    const LandscapePoint below =
        landscape_point(coupling, spectrum, 0.9 * onset, MapNode::tanh, starts);
    CHECK(below.attractors.cols == 0);
    CHECK(below.vanished == starts.cols);
    CHECK(std::isnan(below.projector_cosine));
}

/// m with response(gain m) = m > 0, by bisection.
double amplitude_of(double gain, MapNode node) {
    double low = 1e-3;
    double high = 1.0;
    for (int k = 0; k < 100; ++k) {
        const double middle = 0.5 * (low + high);
        (response(gain * middle, node) > middle ? low : high) = middle;
    }
    return low;
}

/// For each pattern the amplitudes of the attractors that are it, or its mirror image, but for `slack`.
std::vector<std::vector<double>> amplitudes_of(const LandscapePoint& point,
                                               const Matrix& patterns,
                                               double slack) {
    std::vector<std::vector<double>> amplitudes(patterns.cols);
    for (std::size_t a = 0; a < point.attractors.cols; ++a)
        for (std::size_t p = 0; p < patterns.cols; ++p)
            if (std::abs(correlation(point.attractors.column(a), patterns.column(p))) > 1.0 - slack)
                amplitudes[p].push_back(dot(point.attractors.column(a), patterns.column(p)) /
                                        static_cast<double>(patterns.rows));
    return amplitudes;
}

// At 1.5 times the onset no mixtures are stable (three-fold ones from 1 / .461 = 2.2 times on; Amit, Gutfreund
// & Sompolinsky 1985).
TEST_CASE("Landscape of orthogonal patterns: their eigenvalues, the onset, each pattern and its "
          "mirror image") {
    const MapNode node = GENERATE(MapNode::tanh, MapNode::langevin);
    const Matrix patterns = orthogonal_patterns(4);
    const std::vector<double> weights{4.0, 3.9, 3.8, 3.7};
    const Matrix coupling = outer_products(patterns, weights);
    const Spectrum spectrum = spectrum_of(coupling);
    for (std::size_t k = 0; k < 16; ++k)
        CHECK(spectrum.values[k] == Approx(k < 4 ? weights[k] : 0.0).margin(1e-12));
    const double onset = onset_of(spectrum.values.front(), node);
    CHECK(onset == Approx((node == MapNode::tanh ? 1.0 : 3.0) / 4.0));
    const Matrix starts = sparse_starts(16, 200, 1);
    const LandscapePoint below = landscape_point(coupling, spectrum, 0.99 * onset, node, starts);
    CHECK(below.attractors.cols == 0);
    const LandscapePoint above = landscape_point(coupling, spectrum, 1.5 * onset, node, starts);
    CHECK(above.attractors.cols == 8);
    const auto amplitudes = amplitudes_of(above, patterns, 1e-9);
    for (std::size_t p = 0; p < 4; ++p) {
        REQUIRE(amplitudes[p].size() == 2);
        const double expected = amplitude_of(1.5 * onset * weights[p], node);
        CHECK(std::abs(amplitudes[p][0]) == Approx(expected).epsilon(1e-6));
        CHECK(amplitudes[p][0] == Approx(-amplitudes[p][1]).epsilon(1e-6));
    }
    CHECK(above.orthogonality_deviation_deg < 1e-3);
}

TEST_CASE("Landscape of projector couplings: each pattern and its mirror image, though patterns "
          "correlate") {
    constexpr std::size_t n = 60;
    const Matrix patterns = random_patterns(n, 3, 4);
    CHECK(largest_correlation(patterns) > 0.05);
    const Matrix coupling = projector_couplings(patterns);
    const Spectrum spectrum = spectrum_of(coupling);
    // X^+ X keeps the three and nothing else; its diagonal, of mean 3 / 60, is taken off.
    for (std::size_t k = 0; k < n; ++k)
        CHECK(spectrum.values[k] == Approx((k < 3 ? 1.0 : 0.0) - 3.0 / n).margin(0.01));
    const double onset = onset_of(spectrum.values.front(), MapNode::tanh);
    const LandscapePoint above =
        landscape_point(coupling, spectrum, 1.5 * onset, MapNode::tanh, sparse_starts(n, 400, 1));
    CHECK(above.attractors.cols == 6);
    for (const auto& amplitudes : amplitudes_of(above, patterns, 0.02))
        CHECK(amplitudes.size() == 2);
    CHECK(above.projector_cosine > 0.99);
}

TEST_CASE("Landscape of a random symmetric matrix: nothing below the onset, attractors above it") {
    Matrix coupling = random_symmetric(40, 3);
    // At 1.1 times its onset the synchronous map of eigenvalues -2 .. 2 has cycles in the place of attractors.
    const Spectrum centred = spectrum_of(coupling);
    const auto cycling =
        landscape_point(coupling, centred, 1.1 * onset_of(centred.values.front(), MapNode::tanh),
                        MapNode::tanh, sparse_starts(40, 16, 1));
    CHECK(cycling.cycles > 0);
    for (std::size_t i = 0; i < 40; ++i)
        coupling(i, i) = 2.0;
    const Spectrum spectrum = spectrum_of(coupling);
    const Matrix starts = sparse_starts(40, 16, 1);
    for (const MapNode node : {MapNode::tanh, MapNode::langevin}) {
        const double onset = onset_of(spectrum.values.front(), node);
        const auto below = landscape_point(coupling, spectrum, 0.95 * onset, node, starts);
        CHECK(below.attractors.cols == 0);
        const auto above = landscape_point(coupling, spectrum, 1.1 * onset, node, starts);
        CHECK(above.attractors.cols >= 2);
        CHECK(above.vanished < starts.cols);
    }
}

TEST_CASE("A start's way does not depend on the threads, or on the other starts") {
    const Matrix coupling = random_symmetric(30, 5);
    const Matrix starts = sparse_starts(30, 150, 2);
    const Settled one = settle(coupling, 0.7, MapNode::tanh, starts, 1);
    CHECK(settle(coupling, 0.7, MapNode::tanh, starts, 3).states == one.states);
    Matrix last(30, 1);
    std::copy(starts.column(149).begin(), starts.column(149).end(), last.column(0).begin());
    const Settled alone = settle(coupling, 0.7, MapNode::tanh, last, 1);
    CHECK(std::equal(alone.states.values.begin(), alone.states.values.end(),
                     one.states.column(149).begin()));
    CHECK(alone.paper_iterations.front() == one.paper_iterations.back());
}

TEST_CASE(
    "The published scaling: mean 0 and standard deviation 1 over all entries, the diagonal's too") {
    Matrix coupling = random_symmetric(20, 7);
    for (double& x : coupling.values)
        x += 0.5;
    for (std::size_t i = 0; i < 20; ++i)
        coupling(i, i) = 0.0;
    const double zero = -mean(coupling.values) / standard_deviation(coupling.values);
    for (std::size_t i = 0; i < 20; ++i)
        coupling(i, i) = 5.0;
    const Matrix scaled = scaled_couplings(coupling, Scaling::zscore);
    CHECK(std::abs(mean(scaled.values)) < 1e-12);
    CHECK(standard_deviation(scaled.values) == Approx(1.0));
    CHECK(zero < -1.0);
    for (std::size_t i = 0; i < 20; ++i)
        CHECK(scaled(i, i) == Approx(zero)); // whatever stood there
    const Matrix columns = scaled_couplings(coupling, Scaling::columns);
    CHECK(std::abs(mean(columns.column(3))) < 1e-12);
    CHECK(standard_deviation(columns.column(3)) == Approx(1.0));
    CHECK(spectrum_of(scaled_couplings(coupling, Scaling::spectral)).values.front() == Approx(1.0));
}

// Under the null the observed matrix is one of the permuted. With 19 surrogates and a continuous statistic the
// rank is uniform on 1 .. 20 and the two-sided p on .1, .2 .. 1. Kolmogorov-Smirnov over 200 seeds: a correct
// program fails with probability below 1e-3 (conservative, as the law is discrete): D < 1.95 / sqrt(200).
TEST_CASE("p-values of a matrix among its own permutations are uniform over seeds") {
    constexpr std::size_t k_seeds = 200;
    std::vector<double> p;
    for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
        const Matrix observed = random_symmetric(12, seed);
        std::vector<double> surrogates;
        for (std::uint32_t k = 0; k < 19; ++k)
            surrogates.push_back(spectrum_of(permuted(observed, seed, k)).values.front());
        p.push_back(null_figure("lambda_1", spectrum_of(observed).values.front(), surrogates).p);
    }
    double distance = 0.0;
    for (int k = 1; k <= 10; ++k) {
        const double level = 0.1 * k;
        const auto below =
            std::count_if(p.begin(), p.end(), [&](double x) { return x <= level + 1e-9; });
        distance = std::max(distance, std::abs(static_cast<double>(below) / k_seeds - level));
    }
    CHECK(distance < 1.95 / std::sqrt(static_cast<double>(k_seeds)));
}

TEST_CASE("Phase randomisation keeps the power of each region and destroys their correlation") {
    constexpr std::size_t k_times = 400;
    Matrix series(k_times, 2);
    RandomStream stream(1, Purpose::patterns, 0);
    for (std::size_t t = 0; t < k_times; ++t) {
        const double common = stream.normal();
        series(t, 0) = 3.0 + common + 0.3 * stream.normal();
        series(t, 1) = common + 0.3 * stream.normal();
    }
    const Matrix surrogate = phase_randomised(series, 1, 0);
    for (std::size_t r = 0; r < 2; ++r) {
        CHECK(mean(surrogate.column(r)) == Approx(mean(series.column(r))));
        CHECK(variance(surrogate.column(r)) == Approx(variance(series.column(r))));
    }
    CHECK(shrunk_partial_correlations(series)(0, 1) > 0.8);
    // Independent series: standard error 1/sqrt(400) = .05; four of them.
    CHECK(std::abs(correlation(surrogate.column(0), surrogate.column(1))) < 0.2);
}

TEST_CASE("A cycle of two states is told from attractors") {
    const Matrix pattern = orthogonal_patterns(1);
    const Matrix coupling =
        outer_products(pattern, {-4.0}); // s' = -tanh(6 m) at beta 1.5: every start alternates
    const Settled settled = settle(coupling, 1.5, MapNode::tanh, sparse_starts(16, 20, 1));
    for (std::size_t s = 0; s < 20; ++s) {
        CHECK((settled.endings[s] == Ending::cycle || settled.endings[s] == Ending::vanished));
        CHECK(settled.paper_iterations[s] < 1000);
    }
    CHECK(settled.endings.front() == Ending::cycle);
    Spectrum spectrum = spectrum_of(outer_products(orthogonal_patterns(2), {1.0, -4.0}));
    const LandscapePoint point =
        landscape_point(outer_products(orthogonal_patterns(2), {1.0, -4.0}), spectrum, 1.5,
                        MapNode::tanh, sparse_starts(16, 40, 1));
    CHECK(point.cycles > 0);
    double shares = 0.0;
    for (const double share : point.basins)
        shares += share;
    CHECK(shares * 40.0 + static_cast<double>(point.cycles + point.vanished + point.unsettled) ==
          Approx(40.0));
}

TEST_CASE("Where nothing settles within the limit no attractor is counted") {
    Matrix rotation(2, 2); // a turn by a radian: not symmetric
    const double angle = 1.0;
    rotation(0, 0) = rotation(1, 1) = std::cos(angle);
    rotation(1, 0) = std::sin(angle);
    rotation(0, 1) = -std::sin(angle);
    const LandscapePoint point = landscape_point(rotation, spectrum_of(rotation), 1.5,
                                                 MapNode::tanh, sparse_starts(2, 1, 1));
    CHECK(point.attractors.cols == 0);
    CHECK(point.unsettled + point.cycles == 1);
}

TEST_CASE("Below the onset the way to underflow is the same taken at once or step by step") {
    const Matrix coupling = random_symmetric(30, 5);
    const double onset = onset_of(spectrum_of(coupling).values.front(), MapNode::tanh);
    Matrix nearly = coupling;
    nearly(0, 1) = std::nextafter(nearly(0, 1), 10.0); // no longer symmetric: step by step
    const Matrix starts = sparse_starts(30, 20, 1);
    const Settled once = settle(coupling, 0.8 * onset, MapNode::tanh, starts);
    const Settled steps = settle(nearly, 0.8 * onset, MapNode::tanh, starts);
    for (std::size_t s = 0; s < 20; ++s) {
        CHECK(once.endings[s] == Ending::vanished);
        CHECK(std::abs(static_cast<double>(once.paper_iterations[s]) -
                       static_cast<double>(steps.paper_iterations[s])) <= 2.0);
        CHECK(once.paper_iterations[s] > 100);
    }
}
