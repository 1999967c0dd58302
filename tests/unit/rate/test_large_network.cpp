#include "core/error.hpp"
#include "neuron_models/langevin.hpp"
#include "rate/large_network.hpp"

#include <catch2/catch.hpp>

#include <cmath>

// The rate form for many nodes beside the one in double precision, step by step.

using namespace spikewell;
using namespace spikewell::rate;

namespace {

std::vector<double> evidence_at_step(std::size_t n, std::size_t k) {
    std::vector<double> evidence(n);
    RandomStream stream(7, Purpose::patterns, static_cast<std::uint32_t>(k));
    for (double& b : evidence)
        b = 2.0 * stream.normal();
    return evidence;
}

double farthest_apart(std::span<const double> a, std::span<const double> b) {
    REQUIRE(a.size() == b.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

Matrix some_couplings(std::size_t n) {
    Matrix coupling(n, n);
    RandomStream stream(3, Purpose::initial_couplings, 0);
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < n; ++i)
            coupling(i, j) = i == j ? 0.0 : stream.normal() / std::sqrt(static_cast<double>(n));
    return coupling;
}

} // namespace

TEST_CASE("Large networks do what those in double precision do") {
    const std::size_t n = GENERATE(as<std::size_t>{}, 1, 3, 16, 61, 700);
    const int n_threads = GENERATE(1, 3);
    const Pairing pairing = GENERATE(Pairing::renewed, Pairing::preceding);
    CAPTURE(n, n_threads, pairing == Pairing::renewed);
    const Matrix start = some_couplings(n);
    AttractorNetwork exact = make_network(start, 5);
    LargeNetwork large(start, 5, n_threads);
    // A rate with which J moves by much in a hundred steps. Rounding grows slowly: noise forgets it.
    const double alpha = 1.0 / static_cast<double>(n);
    for (std::size_t k = 0; k < 12; ++k) {
        const std::vector<double> evidence = evidence_at_step(n, k);
        if (k % 4 == 3) {
            const std::vector<double> state(n, k == 3 ? 0.0 : 0.25);
            exact.state = state;
            large.set_state(state);
        }
        const StepOptions options{0.8, k % 3 == 2 ? 0.0 : alpha, pairing};
        for (std::size_t s = 0; s < 3 + k; ++s) { // eight outer products at all places
            stochastic_step(exact, evidence, options);
            large.step(evidence, options);
        }
        CHECK(farthest_apart(large.state(), exact.state) < 1e-4);
        CHECK(farthest_apart(large.coupling().values, exact.coupling.values) < 1e-4);
    }
    CHECK(farthest_apart(exact.coupling.values, start.values) > (n > 1 ? 0.02 : -1.0));
}

TEST_CASE("Large networks are the same for any number of threads") {
    constexpr std::size_t n = 333;
    const auto run = [&](int n_threads) {
        LargeNetwork network(some_couplings(n), 2, n_threads);
        const std::vector<double> evidence = evidence_at_step(n, 0);
        for (int s = 0; s < 50; ++s)
            network.step(evidence, {1.0, 0.01, Pairing::renewed});
        return network.coupling();
    };
    const Matrix one = run(1);
    CHECK(run(2) == one);
    CHECK(run(5) == one);
}

TEST_CASE("A large network's couplings are square") {
    CHECK_THROWS_AS(LargeNetwork(Matrix(3, 4), 1), NetworkError);
    CHECK_THROWS_AS(LargeNetwork(Matrix(0, 0), 1), ParameterError);
}
