#include "core/error.hpp"
#include "neuron_models/langevin.hpp"
#include "rate/attractor_network.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace spikewell;
using spikewell::test::random_couplings;

namespace {

constexpr double k_epsilon = std::numeric_limits<double>::epsilon();

std::vector<double> evidence_of(std::size_t n_nodes, double scale) {
    RandomStream stream(5, Purpose::evaluation_noise, 0);
    std::vector<double> evidence(n_nodes);
    for (double& b : evidence)
        b = scale * stream.normal();
    return evidence;
}

/// The same rule, node by node from its equations.
struct NaiveNetwork {
    Matrix coupling;
    std::vector<double> state;
    std::vector<RandomStream> streams;

    NaiveNetwork(Matrix initial, std::uint64_t seed)
        : coupling(std::move(initial)), state(coupling.rows, 0.0) {
        for (std::uint32_t i = 0; i < state.size(); ++i)
            streams.emplace_back(seed, Purpose::rate_state, i);
    }

    void step(const std::vector<double>& evidence, double inverse_temperature, double rate) {
        const std::size_t n = state.size();
        std::vector<double> h(n, 0.0);
        std::vector<double> next(n);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j)
                h[i] += coupling(i, j) * state[j];
            const double u = inverse_temperature * (evidence[i] + h[i]);
            next[i] = sample_continuous_bernoulli(u, streams[i].uniform());
        }
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                if (i != j) coupling(i, j) += rate * (next[i] - langevin(h[i])) * next[j];
            }
        }
        state = next;
    }
};

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

Matrix two_nodes(double from_second_to_first, double from_first_to_second) {
    Matrix coupling(2, 2);
    coupling(0, 1) = from_second_to_first;
    coupling(1, 0) = from_first_to_second;
    return coupling;
}

struct NaiveFreeEnergy {
    long double complexity = 0.0L;
    long double accuracy = 0.0L;
};

/// The defining formulas as they stand, in 64 bits; only for fields of moderate size.
NaiveFreeEnergy naive_free_energy(const Matrix& coupling,
                                  const std::vector<double>& evidence,
                                  const std::vector<double>& state) {
    const std::size_t n = state.size();
    const auto mean = [](long double u) { return 1.0L / std::tanh(u) - 1.0L / u; };
    const auto log_partition = [](long double u) { return std::log(2.0L * std::sinh(u) / u); };
    std::vector<long double> posterior(evidence.begin(), evidence.end());
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j)
            posterior[i] +=
                static_cast<long double>(coupling(i, j)) * static_cast<long double>(state[j]);
    }
    NaiveFreeEnergy f;
    for (std::size_t i = 0; i < n; ++i) {
        const auto b = static_cast<long double>(evidence[i]);
        const long double q = posterior[i];
        f.complexity += log_partition(b) - log_partition(q) + mean(q) * (q - b);
        f.accuracy += b * mean(q);
        for (std::size_t j = 0; j < n; ++j)
            f.accuracy += mean(q) * static_cast<long double>(coupling(i, j)) * mean(posterior[j]);
    }
    return f;
}

} // namespace

TEST_CASE("A stochastic step agrees with a naive second implementation") {
    const rate::StepOptions options{GENERATE(0.1, 1.0, 3.0), GENERATE(0.0, 0.01)};
    constexpr std::size_t n = 23;
    const std::vector<double> evidence = evidence_of(n, 2.0);
    rate::AttractorNetwork network = rate::make_network(random_couplings(n, 0.3, 1), 9);
    NaiveNetwork naive(network.coupling, 9);
    // Sums of h in another order differ by n eps |h|, |h| < n; a node passes it on to its state
    // with slope < 3 (iT times 1 at most) and to J with slope < 0.03. Both start each step from the
    // same state, so that nothing builds up.
    constexpr double tolerance = 3.0 * n * n * k_epsilon;
    for (int step = 0; step < 100; ++step) {
        rate::stochastic_step(network, evidence, options);
        naive.step(evidence, options.inverse_temperature, options.learning_rate);
        REQUIRE(largest_difference(network.state, naive.state) < tolerance);
        REQUIRE(largest_difference(network.coupling.values, naive.coupling.values) < tolerance);
        naive.state = network.state;
        naive.coupling = network.coupling;
    }
}

TEST_CASE("Precision acts on the state, not on the prediction") {
    // One step from state (1, 1) with J = 2 both ways: h = 2, so the prediction is L(2) whatever
    // iT.
    const double inverse_temperature = GENERATE(0.01, 1.0, 50.0);
    rate::AttractorNetwork network = rate::make_network(two_nodes(2.0, 2.0), 1);
    network.state = {1.0, 1.0};
    rate::stochastic_step(network, std::vector<double>{0.0, 0.0}, {inverse_temperature, 0.5});
    const double error = network.state[0] - langevin(2.0);
    CHECK(network.coupling(0, 1) == Approx(2.0 + 0.5 * error * network.state[1]).epsilon(1e-14));
}

TEST_CASE("The prediction sees no evidence") {
    // J = 0: h = 0, L(h) = 0, and all of the state that evidence makes is learned.
    rate::AttractorNetwork network = rate::make_network(2, 1);
    rate::stochastic_step(network, std::vector<double>{300.0, -300.0}, {1.0, 0.5});
    CHECK(network.state[0] > 0.9);
    CHECK(network.state[1] < -0.9);
    CHECK(network.coupling(0, 1) == 0.5 * network.state[0] * network.state[1]);
    CHECK(network.coupling(1, 0) == 0.5 * network.state[0] * network.state[1]);
}

TEST_CASE("Learning uses the old state for h and the new one on both sides of the change") {
    rate::AttractorNetwork network = rate::make_network(two_nodes(1.0, -1.0), 3);
    network.state = {0.2, 0.7};
    rate::stochastic_step(network, std::vector<double>{0.4, 0.1}, {1.0, 1.0});
    const std::vector<double> next = network.state;
    CHECK(network.coupling(0, 1) ==
          Approx(1.0 + (next[0] - langevin(0.7)) * next[1]).epsilon(1e-14));
    CHECK(network.coupling(1, 0) ==
          Approx(-1.0 + (next[1] - langevin(-0.2)) * next[0]).epsilon(1e-14));
}

TEST_CASE("The diagonal stays 0 and states stay within -1 .. 1") {
    rate::AttractorNetwork network = rate::make_network(8, 2);
    const std::vector<double> evidence = evidence_of(8, 5.0);
    for (int step = 0; step < 200; ++step) {
        rate::stochastic_step(network, evidence, {1.0, 0.1});
        for (std::size_t i = 0; i < 8; ++i) {
            REQUIRE(network.coupling(i, i) == 0.0);
            REQUIRE(std::abs(network.state[i]) <= 1.0);
        }
    }
    CHECK(rate::frobenius_norm(network.coupling) > 0.1);
}

TEST_CASE("Without learning the couplings are untouched") {
    const Matrix coupling = random_couplings(6, 0.5, 4);
    rate::AttractorNetwork network = rate::make_network(coupling, 2);
    for (int step = 0; step < 10; ++step)
        rate::stochastic_step(network, std::vector<double>(6, 1.0), {1.0, 0.0});
    CHECK(network.coupling == coupling);
}

TEST_CASE("A network is made with couplings, state 0, and refused when it has no shape") {
    const rate::AttractorNetwork network = rate::make_network(3, 1);
    CHECK(network.coupling == Matrix(3, 3));
    CHECK(network.state == std::vector<double>(3, 0.0));
    CHECK(network.streams.size() == 3);
    CHECK_THROWS_AS(rate::make_network(0, 1), ParameterError);
    CHECK_THROWS_AS(rate::make_network(Matrix(3, 2), 1), NetworkError);
}

TEST_CASE("A deterministic step is L of precision times evidence and input") {
    const Matrix coupling = two_nodes(3.0, -2.0);
    const std::vector<double> state{0.5, 0.25};
    const std::vector<double> evidence{1.0, -1.0};
    const auto next = rate::deterministic_step(coupling, state, evidence, 0.4);
    CHECK(next == std::vector<double>{langevin(0.4 * (1.0 + 0.75)), langevin(0.4 * (-1.0 - 1.0))});
}

TEST_CASE("Relaxation ends at a fixed point") {
    // Scale 1 / sqrt(n): the map's slope is at most 1/3 times the norm of J, about 2/3: it
    // contracts.
    constexpr std::size_t n = 20;
    const Matrix coupling = random_couplings(n, 1.0 / std::sqrt(20.0), 3);
    const std::vector<double> evidence = evidence_of(n, 1.0);
    const auto end = rate::relax(coupling, std::vector<double>(n, 0.0), evidence, {1.0, 1e-12});
    REQUIRE(end.converged);
    CHECK(end.steps < 200);
    const auto next = rate::deterministic_step(coupling, end.state, evidence, 1.0);
    CHECK(largest_difference(next, end.state) < 1e-12);
}

TEST_CASE("Two nodes that support each other fall to the side they start on") {
    // m = L(9 m) has the roots 0 and +- m with m near 8/9.
    const double side = GENERATE(1.0, -1.0);
    const std::vector<double> start{0.1 * side, 0.1 * side};
    const auto end = rate::relax(two_nodes(9.0, 9.0), start, std::vector<double>(2, 0.0));
    REQUIRE(end.converged);
    CHECK(end.state[0] * side > 0.8);
    CHECK(end.state[0] == Approx(langevin(9.0 * end.state[1])).margin(1e-6));
}

TEST_CASE("Relaxation that goes round and round says so") {
    const std::vector<double> start{0.5, 0.0};
    const auto end =
        rate::relax(two_nodes(-9.0, 9.0), start, std::vector<double>(2, 0.0), {1.0, 1e-6, 500});
    CHECK_FALSE(end.converged);
    CHECK(end.steps == 500);
    CHECK(end.state.size() == 2);
}

TEST_CASE("Free energy is complexity less accuracy, term by term") {
    const Matrix coupling = random_couplings(9, 0.7, 8);
    const std::vector<double> evidence = evidence_of(9, 2.0);
    const std::vector<double> state = evidence_of(9, 0.3);
    const rate::FreeEnergy f = rate::free_energy(coupling, evidence, state);
    const NaiveFreeEnergy naive = naive_free_energy(coupling, evidence, state);
    // Sums of 9 and of 81 products of order 10, against a result of order 1 .. 10.
    CHECK(f.complexity == Approx(static_cast<double>(naive.complexity)).epsilon(1000 * k_epsilon));
    CHECK(f.accuracy == Approx(static_cast<double>(naive.accuracy)).epsilon(1000 * k_epsilon));
    CHECK(f.total == f.complexity - f.accuracy);
}

TEST_CASE("Free energy stays finite under evidence of 700 and at 0") {
    const double b = GENERATE(0.0, 700.0, -700.0);
    const Matrix coupling = random_couplings(4, 10.0, 8);
    const std::vector<double> evidence{b, -b, b, 0.0};
    const rate::FreeEnergy f =
        rate::free_energy(coupling, evidence, std::vector<double>{1, -1, 1, -1});
    CHECK(std::isfinite(f.complexity));
    CHECK(std::isfinite(f.accuracy));
    CHECK(f.complexity >= 0.0);
}

TEST_CASE("Without input the posterior is the prior: no complexity, accuracy b L(b)") {
    const std::vector<double> evidence{2.0, -1.0};
    const rate::FreeEnergy f =
        rate::free_energy(Matrix(2, 2), evidence, std::vector<double>{0.3, 0.4});
    CHECK(f.complexity == 0.0);
    CHECK(f.accuracy == Approx(2.0 * langevin(2.0) + langevin(1.0)).epsilon(1e-15));
}

TEST_CASE("Couplings are the sum of a symmetric and an antisymmetric part") {
    const Matrix coupling = random_couplings(7, 1.0, 2);
    const Matrix even = rate::symmetric_part(coupling);
    const Matrix odd = rate::antisymmetric_part(coupling);
    for (std::size_t i = 0; i < 7; ++i) {
        for (std::size_t j = 0; j < 7; ++j) {
            CHECK(even(i, j) == even(j, i));
            CHECK(odd(i, j) == -odd(j, i));
            CHECK(even(i, j) + odd(i, j) == Approx(coupling(i, j)).margin(4.0 * k_epsilon));
        }
    }
}

TEST_CASE("Asymmetry is 0, sqrt 2 and 2 for symmetric, one-way and antisymmetric couplings") {
    CHECK(rate::asymmetry(two_nodes(3.0, 3.0)) == 0.0);
    CHECK(rate::asymmetry(two_nodes(3.0, 0.0)) == Approx(std::sqrt(2.0)).epsilon(2.0 * k_epsilon));
    CHECK(rate::asymmetry(two_nodes(3.0, -3.0)) == Approx(2.0).epsilon(2.0 * k_epsilon));
    CHECK(rate::asymmetry(Matrix(2, 2)) == 0.0);
    CHECK(rate::frobenius_norm(two_nodes(3.0, 4.0)) == 5.0);
}
