#include "core/statistics.hpp"
#include "experiments/capacity.hpp"
#include "experiments/metrics.hpp"
#include "rate/attractor_network.hpp"
#include "rate/competing_rules.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace spikewell;
using namespace spikewell::rate;

namespace {

constexpr std::size_t k_nodes = 20;

Matrix patterns_of(std::size_t n) {
    return experiments::random_patterns(k_nodes, n, 3);
}

} // namespace

TEST_CASE("Hebb's couplings are the mean of products, without diagonal") {
    const Matrix patterns = patterns_of(4);
    const Matrix coupling = hebb_couplings(patterns);
    for (std::size_t j = 0; j < k_nodes; ++j) {
        for (std::size_t i = 0; i < k_nodes; ++i) {
            double sum = 0.0;
            for (std::size_t p = 0; p < 4; ++p)
                sum += patterns(i, p) * patterns(j, p) / 20.0;
            CHECK(coupling(i, j) == Approx(i == j ? 0.0 : sum).margin(1e-15));
        }
    }
}

TEST_CASE("Couplings are brought to a norm, those of 0 left alone") {
    const Matrix coupling = hebb_couplings(patterns_of(4));
    const Matrix larger = with_norm(coupling, 7.0);
    CHECK(frobenius_norm(larger) == Approx(7.0));
    CHECK(correlation(larger.values, coupling.values) == Approx(1.0));
    CHECK(with_norm(Matrix(3, 3), 7.0) == Matrix(3, 3));
}

TEST_CASE("Decay leaves each pattern a geometric weight") {
    const Matrix patterns = patterns_of(5);
    Matrix coupling(k_nodes, k_nodes);
    for (std::size_t p = 0; p < 5; ++p)
        hebb_step(coupling, patterns.column(p), {0.5, 0.25});
    double sum = 0.0;
    for (std::size_t p = 0; p < 5; ++p)
        sum += 0.5 * std::pow(0.75, 4.0 - static_cast<double>(p)) * patterns(2, p) *
               patterns(7, p) / 20.0;
    CHECK(coupling(2, 7) == Approx(sum));
    CHECK(coupling(7, 7) == 0.0);
}

TEST_CASE("The delta rule ends at the projector over 1 less its diagonal") {
    const Matrix patterns = patterns_of(6);
    Matrix coupling(k_nodes, k_nodes);
    for (std::size_t step = 0; step < 6 * 2000; ++step)
        delta_step(coupling, patterns.column(step % 6), 0.5);
    // P x = x for every pattern, so that P(i, i) is 1 less what the other columns give.
    const Matrix projector = experiments::projector_couplings(patterns);
    for (std::size_t i = 0; i < k_nodes; ++i) {
        double others = 0.0; // 1 - P(i, i)
        for (std::size_t j = 0; j < k_nodes; ++j)
            others += projector(i, j) * patterns(j, 0) / patterns(i, 0);
        for (std::size_t j = 0; j < k_nodes; ++j)
            CHECK(coupling(i, j) == Approx(projector(i, j) / others).margin(1e-9));
    }
}

TEST_CASE("One step of the delta rule takes the error down by its rate") {
    const Matrix patterns = patterns_of(1);
    Matrix coupling(k_nodes, k_nodes);
    delta_step(coupling, patterns.column(0), 0.5);
    // Without diagonal 19 of 20 nodes add up to the prediction of each.
    CHECK(dot(coupling.column(0), patterns.column(0)) * patterns(0, 0) ==
          Approx(0.5 * 19.0 / 20.0));
}

TEST_CASE("A dense network goes to the pattern it is nearest to, or between two as softmax says") {
    const Matrix patterns = patterns_of(15); // beyond any pairwise rule at 20 nodes
    for (std::size_t p = 0; p < 15; ++p) {
        const std::vector<double> end = dense_step(patterns, patterns.column(p), 4.0);
        CHECK(correlation(end, patterns.column(p)) > 0.999);
    }
    Matrix two(2, 2);
    two(0, 0) = 1.0;
    two(1, 1) = 1.0;
    const std::vector<double> state{0.7, 0.2};
    const std::vector<double> end = dense_step(two, state, 2.0);
    CHECK(end[0] == Approx(1.0 / (1.0 + std::exp(-1.0))));
    CHECK(end[0] + end[1] == Approx(1.0));
    // Products beyond what exp can take.
    const std::vector<double> far{7000.0, 2000.0};
    CHECK(dense_step(two, far)[0] == Approx(1.0));
}
