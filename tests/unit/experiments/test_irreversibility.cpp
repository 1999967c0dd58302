#include "core/random.hpp"
#include "core/statistics.hpp"
#include "experiments/form.hpp"
#include "experiments/irreversibility.hpp"

#include <catch2/catch.hpp>

#include <cmath>

// Entropy production against closed forms. Errors are standard errors; 4 of them leave a false alarm
// in 16,000 checks of a Gaussian figure.

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

/// A walk on a ring of three: forward with probability p, backward with q, else it stays.
std::vector<std::size_t> ring_walk(double p, double q, std::size_t steps, std::uint64_t seed) {
    RandomStream stream(seed, Purpose::patterns, 0, 2);
    std::vector<std::size_t> walk{0};
    while (walk.size() < steps) {
        const double u = stream.uniform();
        const std::size_t move = u < p ? 1 : u < p + q ? 2 : 0;
        walk.push_back((walk.back() + move) % 3);
    }
    return walk;
}

/// Couplings of `n` nodes, symmetric ones plus a rotation of neighbours.
Matrix ring_couplings(std::size_t n, double symmetric, double rotation) {
    Matrix coupling(n, n);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t next = (i + 1) % n;
        coupling(next, i) = symmetric + rotation;
        coupling(i, next) = symmetric - rotation;
    }
    return coupling;
}

Matrix free_states(const Matrix& coupling, std::size_t steps, std::uint64_t seed) {
    Form form = make_form(Backend::rate, coupling, {}, seed);
    return run(form, std::vector<double>(coupling.rows, 0.0), steps, {1.0, false, Keep::sample});
}

} // namespace

TEST_CASE("Entropy production of a walk on a ring is (p - q) ln(p / q)") {
    const double p = 0.3;
    const double q = 0.1;
    const auto walk = ring_walk(p, q, 100000, 1);
    const EntropyProduction found = chain_entropy_production(walk, 3);
    CAPTURE(found.nats_per_step, found.error);
    CHECK(found.error < 0.01);
    CHECK(std::abs(found.nats_per_step - (p - q) * std::log(p / q)) < 4.0 * found.error);
}

TEST_CASE("A reversible walk has entropy production 0, and the plug-in figure its known bias") {
    constexpr std::size_t k_steps = 2000;
    std::vector<double> corrected;
    std::vector<double> plug_in;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        const auto walk = ring_walk(0.2, 0.2, k_steps, seed);
        corrected.push_back(chain_entropy_production(walk, 3).nats_per_step);
        plug_in.push_back(plug_in_entropy_production(transition_counts(walk, 3)));
    }
    CAPTURE(mean(corrected), standard_error(corrected), mean(plug_in), standard_error(plug_in));
    CHECK(std::abs(mean(corrected)) < 4.0 * standard_error(corrected));
    CHECK(std::abs(mean(plug_in) - reversible_bias(3, k_steps)) < 4.0 * standard_error(plug_in));
    CHECK(mean(plug_in) > 4.0 * standard_error(plug_in));
}

TEST_CASE("A direction never seen counts finite, a short walk not at all") {
    const auto walk = ring_walk(1.0, 0.0, 1000, 1);
    CHECK(std::isfinite(plug_in_entropy_production(transition_counts(walk, 3))));
    CHECK(std::isnan(chain_entropy_production(std::span(walk).first(30), 3).nats_per_step));
}

TEST_CASE("Weak couplings: a rate network produces the entropy of the linearised one") {
    const Matrix coupling = ring_couplings(20, 0.2, 0.2);
    const double closed = gaussian_entropy_production(coupling);
    const EntropyProduction found =
        state_entropy_production(free_states(coupling, 50000, 1), coupling);
    CAPTURE(closed, found.nats_per_step, found.error);
    REQUIRE(closed > 0.0);
    // What saturation takes away is of second order in J: (J / 3)^2 = 0.02 here, 5 % at most.
    CHECK(std::abs(found.nats_per_step - closed) < 4.0 * found.error + 0.05 * closed);
}

TEST_CASE("Linearised: symmetric couplings produce no entropy, unstable ones have no law") {
    CHECK(std::abs(gaussian_entropy_production(ring_couplings(20, 0.4, 0.0))) < 1e-12);
    CHECK(std::isnan(gaussian_entropy_production(ring_couplings(20, 2.0, 0.5))));
}
