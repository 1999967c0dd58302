#include "core/random.hpp"
#include "core/statistics.hpp"
#include "neuron_models/langevin.hpp"
#include "neuron_models/langevin_lanes.hpp"

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace spikewell;

// Every function against its defining formula in 100 decimal digits. The formulas lose 2 log10(1/u)
// digits (the fourth cumulant four times log10(1/u)) to cancellation; below k_tiny two terms of the
// series are exact to more digits than a double has.

namespace {

using High = boost::multiprecision::cpp_bin_float_100;

constexpr double k_epsilon = std::numeric_limits<double>::epsilon();
constexpr double k_tiny = 1e-15;

High coth(const High& u) {
    return 1 + 2 / (exp(2 * u) - 1); // exp(2 u) may be infinite
}
High sinh_square(const High& u) {
    return (exp(u) - exp(-u)) * (exp(u) - exp(-u)) / 4;
}
High reference_langevin(const High& u) {
    return abs(u) < k_tiny ? u / 3 - u * u * u / 45 : High(coth(u) - 1 / u);
}
High reference_variance(const High& u) {
    return abs(u) < k_tiny ? High(1) / 3 - u * u / 15 : High(1 / (u * u) - 1 / sinh_square(u));
}
High reference_log_partition(const High& u) {
    return abs(u) < k_tiny ? log(High(2)) + u * u / 6 : High(log((exp(u) - exp(-u)) / u));
}
High reference_kl(double u, double v) {
    return reference_log_partition(v) - reference_log_partition(u) -
           reference_langevin(u) * (High(v) - High(u));
}
/// Third derivative of L: the fourth cumulant.
double fourth_cumulant(double u) {
    if (std::abs(u) < k_tiny) return -2.0 / 15.0;
    const High square = 1 / sinh_square(u);
    const High c = coth(u);
    return static_cast<double>(6 / pow(High(u), 4) - 4 * c * c * square - 2 * square * square);
}

double relative_error(double value, const High& reference) {
    return static_cast<double>(abs((value - reference) / reference));
}

/// From 0 to where exp(u) is just finite: both sides of every power of two between, of the series'
/// limit 0.5, and around.
std::vector<double> magnitudes() {
    std::vector<double> u{1e-300, 1e-200, 1e-100, 1e-30, 1e-16, 1e-8, 1e-4,  0.01,  0.499,
                          0.501,  0.75,   1.3,    3.0,   7.0,   30.0, 100.0, 500.0, 700.0};
    for (int exponent = -6; exponent < 10; ++exponent) {
        const double x = std::ldexp(1.0, exponent);
        u.push_back(std::nextafter(x, 0.0));
        u.push_back(x);
    }
    return u;
}

std::vector<double> fields() {
    std::vector<double> u = magnitudes();
    for (const double x : magnitudes())
        u.push_back(-x);
    return u;
}

// Rounding of one elementary operation is eps/2, of exp, expm1, log and cosh at most eps.

/// Of L: the series multiplies twice and adds small terms, 2 eps. From 0.5 on coth a - 1/a is a
/// difference: 3 eps of coth a - 1, half an eps of coth a and of 1/a, together < 4 eps coth a; one
/// digit is lost at 0.5.
double langevin_error(double u) {
    const double a = std::abs(u);
    return a < 0.5 ? 2.0 * k_epsilon * a / 3.0 : 4.0 * k_epsilon / std::tanh(a);
}

/// Of L', relative: likewise 1/a^2 with 1 eps less 1/sinh^2 a < 1/a^2 with 4 eps.
double relative_variance_error(double u) {
    const double share = std::abs(u) < 0.5 ? 0.0 : 5.0 / (u * u);
    return k_epsilon * (2.0 + share / static_cast<double>(reference_variance(u)));
}

/// Probability density of the continuous Bernoulli law at s, and its distribution function.
High density(double u, const High& s) {
    return exp(u * s - reference_log_partition(u));
}
High distribution(double u, const High& s) {
    const High field = u;
    return std::abs(u) < k_tiny ? High((s + 1) / 2)
                                : High((exp(field * s) - exp(-field)) / (exp(field) - exp(-field)));
}

} // namespace

TEST_CASE("L(u) is coth u - 1/u") {
    const double u = GENERATE(from_range(fields()));
    CAPTURE(u);
    CHECK(relative_error(langevin(u), reference_langevin(u)) * std::abs(langevin(u)) <=
          langevin_error(u));
}

TEST_CASE("L'(u) is the variance 1/u^2 - 1/sinh^2 u") {
    const double u = GENERATE(from_range(fields()));
    CAPTURE(u);
    CHECK(relative_error(langevin_derivative(u), reference_variance(u)) <=
          relative_variance_error(u));
}

TEST_CASE("The log partition function is log(2 sinh(u) / u)") {
    const double u = GENERATE(from_range(fields()));
    CAPTURE(u);
    // Two terms; the logarithm's argument has 3/2 eps against a sum >= log 2, the rest is < 2 eps.
    CHECK(relative_error(log_partition(u), reference_log_partition(u)) <= 4.0 * k_epsilon);
}

TEST_CASE("Field 0 is the uniform law, and L is exactly odd") {
    CHECK(langevin(0.0) == 0.0);
    CHECK(langevin_derivative(0.0) == 1.0 / 3.0);
    CHECK(log_partition(0.0) == std::log(2.0));
    CHECK(inverse_langevin(0.0) == 0.0);
    for (const double u : magnitudes())
        CHECK((langevin(-u) == -langevin(u) && log_partition(-u) == log_partition(u)));
}

TEST_CASE("Nothing overflows far beyond 700") {
    const double u = GENERATE(1e3, 1e6, 1e100, 1e300);
    CHECK(langevin(u) == 1.0 - 1.0 / u);
    CHECK(langevin_derivative(u) == Approx(1.0 / u / u).epsilon(2.0 * k_epsilon).margin(1e-320));
    CHECK(log_partition(u) == Approx(u - std::log(u)).epsilon(2.0 * k_epsilon));
    CHECK(kl_continuous_bernoulli(u, -u) == Approx(2.0 * u - 2.0).epsilon(4.0 * k_epsilon));
    CHECK(sample_continuous_bernoulli(u, 0.5) == Approx(1.0).margin(1.0 / u));
    CHECK(dyadic_langevin(u, 5) == Approx(1.0 - 1.0 / 32.0).epsilon(k_epsilon));
}

TEST_CASE("The inverse finds the field of a mean") {
    const double m = GENERATE(1e-300, 1e-9, 0.01, 0.1, 0.16, 0.17, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999,
                              1.0 - 1e-6, 1.0 - 1e-9, 1.0 - 1e-12);
    const double u = inverse_langevin(m);
    CAPTURE(m, u);
    // Newton's steps end where L is only noise, with u itself rounded to one eps.
    const double noise = 2.0 * langevin_error(u);
    const double rounding = k_epsilon * u * static_cast<double>(reference_variance(u));
    CHECK(relative_error(m, reference_langevin(u)) * m <= noise + rounding);
    CHECK(inverse_langevin(-m) == -u);
}

TEST_CASE("The inverse of L(u) is u, as far as L(u) tells") {
    const double u = GENERATE(from_range(fields()));
    CAPTURE(u);
    // Both ways L is off by its error, and rounding L(u) alone moves the field by eps L / L'.
    const double error = 3.0 * langevin_error(u) + k_epsilon * std::abs(langevin(u));
    const double tolerance = error / static_cast<double>(reference_variance(u));
    CHECK(std::abs(inverse_langevin(langevin(u)) - u) <= tolerance + 2.0 * k_epsilon * std::abs(u));
}

TEST_CASE("The Kullback-Leibler divergence agrees for every pair of fields") {
    const double u = GENERATE(from_range(fields()));
    double worst = 0.0;
    for (const double v : fields()) {
        if (std::max(std::abs(u), std::abs(v)) < k_tiny) continue; // too near for the reference
        const double kl = kl_continuous_bernoulli(u, v);
        REQUIRE(kl >= 0.0);
        if (u != v) worst = std::max(worst, relative_error(kl, reference_kl(u, v)));
    }
    // Near: an integral of L', at most the 66 eps of L' and some for the sum. Far: three terms,
    // each to 5 eps, whose magnitudes add up to at most 48 times the divergence (u near 0, v =
    // -0.5).
    CAPTURE(u);
    CHECK(worst <= 240.0 * k_epsilon);
}

TEST_CASE("The divergence of close fields is not lost in rounding, and never negative") {
    const double u = GENERATE(1e-12, 0.1, 0.5, 0.9999, 3.0, 40.0, 700.0, 1e8);
    const double step = GENERATE(1e-12, 1e-6, 1e-3, 0.1, -1e-9, -0.2);
    const double v = u + u * step;
    const double kl = kl_continuous_bernoulli(u, v);
    CAPTURE(u, v);
    CHECK(kl > 0.0);
    CHECK(kl_continuous_bernoulli(-u, -v) == kl);
    // KL is the integral of (1 - s) delta^2 L'(u + s delta) over s in 0 .. 1; up to third order in
    // delta it is L' at s = 1/3, and the fourth is below step^2 / 2 of it.
    const High delta = High(v) - High(u);
    const High third = reference_variance(High(u) + delta / 3) * delta * delta / 2;
    CHECK(relative_error(kl, third) <= 240.0 * k_epsilon + 0.5 * step * step);
}

TEST_CASE("The divergence from itself is 0") {
    const double u = GENERATE(from_range(fields()));
    CHECK(kl_continuous_bernoulli(u, u) == 0.0);
}

TEST_CASE("A sample is the quantile of its uniform number") {
    const double u = GENERATE(from_range(fields()));
    const double p = GENERATE(0x1.0p-54, 1e-9, 0.01, 0.3, 0.5, 0.7, 0.999, 1.0 - 0x1.0p-53);
    const double s = sample_continuous_bernoulli(u, p);
    CAPTURE(u, p, s);
    REQUIRE((s >= -1.0 && s <= 1.0));
    // 4 eps in the sample (a logarithm over u, up to 2, and a sum) and 4 eps in the uniform number
    // (its mirror image 1 - p, an expm1, a product).
    const High tolerance = 4 * k_epsilon * (1 + density(u, s));
    CHECK(abs(distribution(u, s) - p) <= tolerance);
}

TEST_CASE("Samples grow with their uniform number from -1 to 1, for fields of every size") {
    const double u = GENERATE(0.0, 5e-324, -5e-324, 1e-310, 1e-17, 0.4, -3.0, 700.0, -700.0);
    CAPTURE(u);
    // As above: 4 eps of the sample, and of the uniform number, which moves the sample by
    // 1/density.
    const auto tolerance = [u](double s) {
        return 4.0 * k_epsilon * (1.0 + 1.0 / static_cast<double>(density(u, s)));
    };
    CHECK(sample_continuous_bernoulli(u, 0.0) <= -1.0 + tolerance(-1.0));
    CHECK(sample_continuous_bernoulli(u, 1.0) >= 1.0 - tolerance(1.0));
    double last = -1.0;
    for (const double p : {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}) {
        const double s = sample_continuous_bernoulli(u, p);
        CHECK(s > last);
        if (std::abs(u) < 1e-16) CHECK(s == Approx(2.0 * p - 1.0).margin(k_epsilon));
        last = s;
    }
}

// Standard errors: sqrt(L' / n) of the mean; of the variance sqrt((m4 - L'^2) / n), where m4 is the
// fourth cumulant + 3 L'^2. z = 4, 14 checks: false alarm 1e-3 in all.
TEST_CASE("Samples have the mean and variance of their law") {
    const double u = GENERATE(0.0, 0.3, -0.3, 2.0, -2.0, 20.0, -700.0);
    constexpr std::size_t n = 100000;
    RandomStream stream(1, Purpose::rate_state, 0);
    std::vector<double> samples(n);
    for (double& s : samples)
        s = sample_continuous_bernoulli(u, stream.uniform());
    const auto law_variance = static_cast<double>(reference_variance(u));
    const auto law_mean = static_cast<double>(reference_langevin(u));
    const double spread = fourth_cumulant(u) + 2.0 * law_variance * law_variance;
    CAPTURE(u);
    CHECK(std::abs(mean(samples) - law_mean) < 4.0 * std::sqrt(law_variance / n));
    CHECK(std::abs(variance(samples) - law_variance) < 4.0 * std::sqrt(spread / n));
}

TEST_CASE("The mean of a dyadic node is the sum of its bits' means") {
    const double u = GENERATE(from_range(fields()));
    const int n_bits = GENERATE(1, 2, 5, 12, 20);
    CAPTURE(u, n_bits);
    High sum = 0;
    for (int k = 1; k <= n_bits; ++k)
        sum += ldexp(High(tanh(ldexp(High(u), -k))), -k);
    // L(u) - 2^-K L(2^-K u), each with its own error.
    const double gain = std::ldexp(1.0, -n_bits);
    const double tolerance = langevin_error(u) + gain * langevin_error(gain * u);
    CHECK(static_cast<double>(abs(dyadic_langevin(u, n_bits) - sum)) <=
          tolerance + k_epsilon * std::abs(langevin(u)));
}

TEST_CASE("The variance of a dyadic node is the sum of its bits' variances") {
    const double u = GENERATE(from_range(fields()));
    const int n_bits = GENERATE(1, 2, 5, 12, 20);
    CAPTURE(u, n_bits);
    High sum = 0;
    for (int k = 1; k <= n_bits; ++k) {
        const High deviation = ldexp(High(1 / cosh(ldexp(High(u), -k))), -k);
        sum += deviation * deviation;
    }
    // Positive terms of 4 eps each (the gain is a power of two: exact), half an eps for each sum.
    CHECK(relative_error(dyadic_variance(u, n_bits), sum) <= k_epsilon * (4.0 + 0.5 * n_bits));
}

TEST_CASE("A dyadic node of many bits is a continuous Bernoulli node") {
    const double u = GENERATE(0.0, 0.2, -3.0, 50.0);
    CHECK(dyadic_langevin(u, 60) == langevin(u));
    CHECK(dyadic_variance(u, 60) ==
          Approx(langevin_derivative(u)).epsilon(relative_variance_error(u) + 34.0 * k_epsilon));
}

TEST_CASE("The field of a dyadic node's mean comes back") {
    for (const int n_bits : {1, 2, 5, 20}) {
        const double greatest = 1.0 - std::ldexp(1.0, -n_bits);
        for (const double share : {-0.999999, -0.7, -1e-9, 0.0, 1e-6, 0.3, 0.9, 0.9999}) {
            const double m = share * greatest;
            const double u = inverse_dyadic_langevin(m, n_bits);
            CAPTURE(n_bits, share, u);
            CHECK(std::abs(dyadic_langevin(u, n_bits) - m) <= 1e-14);
        }
        CHECK(std::isinf(inverse_dyadic_langevin(greatest, n_bits)));
        CHECK(inverse_dyadic_langevin(-1.0, n_bits) == -std::numeric_limits<double>::infinity());
    }
}

TEST_CASE("Functions of many nodes at once agree with those of one") {
    RandomStream stream(1, Purpose::patterns, 0);
    for (int k = 0; k < 20000; ++k) {
        const double size = std::pow(10.0, -9.0 + 12.0 * stream.uniform());
        const double u = stream.uniform() < 0.5 ? -size : size;
        const double uniform = k % 5 == 0 ? 1e-12 * stream.uniform() : stream.uniform();
        CAPTURE(u, uniform);
        CHECK(std::abs(lane_langevin(u) - langevin(u)) < 1e-10);
        CHECK(std::abs(lane_sample_continuous_bernoulli(u, uniform) -
                       sample_continuous_bernoulli(u, uniform)) < 1e-10);
    }
    CHECK(lane_langevin(0.0) == 0.0);
    CHECK(lane_sample_continuous_bernoulli(0.0, 0.25) == -0.5);
}
