#include "core/random.hpp"
#include "core/statistics.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <limits>

using namespace spikewell;

namespace {

constexpr double k_epsilon = std::numeric_limits<double>::epsilon();

/// NIST StRD, data sets NumAcc2, 3, 4: the middle, then 500 times the middle less and plus 0.1.
/// Certified: mean = middle, sample standard deviation = 0.1, both exactly.
std::vector<double> nist_accuracy_set(double middle) {
    std::vector<double> x{middle};
    for (int i = 0; i < 500; ++i) {
        x.push_back(middle - 0.1);
        x.push_back(middle + 0.1);
    }
    return x;
}

// Anscombe 1973, doi:10.1080/00031305.1973.10478966, table: sets 1 to 3 share their x.
constexpr std::array<double, 11> k_x{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
constexpr std::array<std::array<double, 11>, 3> k_y{
    {{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68},
     {9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74},
     {7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73}}};

} // namespace

TEST_CASE("Mean and deviation agree with NIST's certified values at every offset") {
    const double middle = GENERATE(1.2, 1000000.2, 10000000.2);
    const std::vector<double> x = nist_accuracy_set(middle);
    // The data themselves are rounded to half a unit of the offset. The running sum of n values
    // rounds n times by at most eps n middle, hence a mean within n eps middle.
    const double rounding = 1001.0 * k_epsilon * middle;
    CHECK(std::abs(mean(x) - middle) <= rounding);
    // The deviation is taken about the mean found: errors of the data count once, that of the mean
    // squared.
    const double deviation = k_epsilon * middle + rounding * rounding / 0.1 + 1001.0 * k_epsilon;
    CHECK(std::abs(sample_standard_deviation(x) - 0.1) <= deviation);
}

TEST_CASE("Whole numbers with an offset have exact moments") {
    const std::vector<double> x{10000001, 10000003, 10000002}; // NIST StRD NumAcc1
    CHECK(mean(x) == 10000002.0);
    CHECK(sample_standard_deviation(x) == 1.0);
    CHECK(variance(x) == 2.0 / 3.0);
    CHECK(standard_deviation(x) == std::sqrt(2.0 / 3.0));
    CHECK(standard_error(x) == 1.0 / std::sqrt(3.0));
}

TEST_CASE("Correlation agrees with Anscombe's three sets") {
    // r as printed by R's cor(), to 7 digits.
    const auto set = GENERATE(as<std::size_t>{}, 0, 1, 2);
    const std::array<double, 3> published{0.8164205, 0.8162365, 0.8162867};
    CHECK(std::abs(correlation(k_x, k_y[set]) - published[set]) <= 0.5e-7);
    CHECK(mean(k_x) == 9.0);
    CHECK(std::abs(mean(k_y[set]) - 7.50) <= 0.001);
}

TEST_CASE("Correlation is free of offset, scale and order, and takes the scale's sign") {
    std::vector<double> moved;
    for (const double x : k_x)
        moved.push_back(-4.0 * x + 32.0);
    CHECK(correlation(k_x, moved) == Approx(-1.0).epsilon(11 * k_epsilon));
    CHECK(correlation(k_y[1], moved) == Approx(-correlation(k_x, k_y[1])).epsilon(11 * k_epsilon));
}

TEST_CASE("A constant side has correlation 0") {
    const std::array<double, 3> constant{2, 2, 2};
    const std::array<double, 3> other{1, 2, 4};
    CHECK(correlation(constant, other) == 0.0);
    CHECK(correlation(other, constant) == 0.0);
}

TEST_CASE("Moments of no values or of one are 0") {
    CHECK(mean({}) == 0.0);
    CHECK(variance({}) == 0.0);
    CHECK(standard_error({}) == 0.0);
    const std::array<double, 1> one{5};
    CHECK(mean(one) == 5.0);
    CHECK(sample_standard_deviation(one) == 0.0);
    CHECK(standard_error(one) == 0.0);
}

TEST_CASE("A median is the middle value, or the mean of the middle two, in any order") {
    CHECK(median({3, 1, 2}) == 2.0);
    CHECK(median({4, 1, 3, 2}) == 2.5);
    CHECK(median({-7}) == -7.0);
    CHECK(median({1, 1, 1, 9}) == 1.0);
    CHECK(std::isnan(median({})));
}

TEST_CASE("Kolmogorov's distance is the greatest difference of two samples' shares") {
    CHECK(kolmogorov_distance({1, 2, 3}, {3, 2, 1}) == 0.0);
    CHECK(kolmogorov_distance({1, 2}, {3, 4}) == 1.0);
    // Up to 2 three quarters of the first, a third of the second; ties count as one step.
    CHECK(kolmogorov_distance({2, 1, 4, 2}, {3, 2, 5}) == Approx(0.75 - 1.0 / 3.0));
    CHECK(kolmogorov_distance({0, 0, 0, 1}, {0, 1}) == 0.25);
    CHECK(std::isnan(kolmogorov_distance({}, {1})));
    CHECK(std::isnan(kolmogorov_distance({1}, {})));
}

TEST_CASE("A dot product sums products") {
    const std::array<double, 3> x{1, -2, 3};
    const std::array<double, 3> y{4, 5, 6};
    CHECK(dot(x, y) == 12.0);
    CHECK(dot({}, {}) == 0.0);
}

TEST_CASE("Batches of one value give the plain standard error, and a remainder is left out") {
    const std::vector<double> x{1, 4, 2, 8, 5};
    CHECK(batch_standard_error(x, 5) == standard_error(x));
    const std::vector<double> means{2.5, 5.0}; // of 1 4 and 2 8
    CHECK(batch_standard_error(x, 2) == standard_error(means));
}

// A first-order autoregression of coefficient c and variance 1 has a mean of variance (1 + c) / (1
// - c) / n. B batch means estimate it with relative standard error 1 / sqrt(2 (B - 1)), and batches
// of length L with a relative bias of 2 c / (1 - c^2) / L in the variance.
TEST_CASE("Batch means see the correlation of a series") {
    constexpr double c = 0.9;
    RandomStream stream(1, Purpose::evaluation_choice, 0);
    std::vector<double> x{stream.normal()};
    while (x.size() < 100000)
        x.push_back(c * x.back() + std::sqrt(1.0 - c * c) * stream.normal());
    const double exact = std::sqrt((1.0 + c) / (1.0 - c) / 100000.0);
    const double tolerance = 4.0 / std::sqrt(2.0 * 99.0) + c / (1.0 - c * c) / 1000.0;
    CHECK(std::abs(batch_standard_error(x, 100) / exact - 1.0) < tolerance);
    // The plain standard error is wrong by sqrt(19), which this check would tell.
    CHECK(std::abs(standard_error(x) / exact - 1.0) > tolerance);
}
