#include "core/error.hpp"
#include "network/distribution.hpp"
#include "support/connectors.hpp"
#include "support/statistics.hpp"

#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/normal.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace spikewell;
using namespace spikewell::test;
using Catch::Matchers::Contains;

// Statistical checks have fixed seeds. k_sigmas and k_least_p give false alarms with probability
// 2e-8 and 1e-8 a check, below 1e-6 a test case.

namespace {

constexpr double k_infinity = std::numeric_limits<double>::infinity();
constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr double k_max = std::numeric_limits<double>::max();
constexpr double k_least = std::numeric_limits<double>::denorm_min();

RandomStream test_stream(std::uint32_t id = 0) {
    return {20240607, Purpose::synapse_values, id};
}

std::vector<double> sampled(const Distribution& distribution, std::size_t n) {
    RandomStream stream = test_stream();
    std::vector<double> x(n);
    std::generate(x.begin(), x.end(), [&] { return sample(distribution, stream); });
    return x;
}

std::vector<double> filled(const Distribution& distribution, std::size_t n) {
    RandomStream stream = test_stream(1);
    std::vector<float> x(n);
    fill(distribution, stream, x);
    return {x.begin(), x.end()};
}

using Cdf = std::function<double(double)>;

double normal_cdf(double x) {
    return boost::math::cdf(boost::math::normal(), x);
}
double normal_pdf(double x) {
    return boost::math::pdf(boost::math::normal(), x);
}
/// The law of what lies within low .. high.
Cdf truncated(const Cdf& cdf, double low, double high) {
    return [=](double x) {
        return (cdf(std::clamp(x, low, high)) - cdf(low)) / (cdf(high) - cdf(low));
    };
}

struct Law {
    Distribution distribution;
    Cdf cdf;
    double mean;
    double variance;
};

Law uniform_law(double low, double high) {
    return {Uniform{low, high},
            [=](double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); },
            0.5 * (low + high), (high - low) * (high - low) / 12.0};
}

/// Mean and variance of a truncated normal (Johnson, Kotz & Balakrishnan 1994, sect. 13.10.1).
Law normal_law(double mean, double sd, double low, double high) {
    const double a = (low - mean) / sd;
    const double b = (high - mean) / sd;
    const double mass = normal_cdf(b) - normal_cdf(a);
    const double shift = (normal_pdf(a) - normal_pdf(b)) / mass;
    const double spread = 1.0 + (a * normal_pdf(a) - b * normal_pdf(b)) / mass - shift * shift;
    const Cdf cdf = [=](double x) { return normal_cdf((x - mean) / sd); };
    return {Normal{mean, sd, low, high}, truncated(cdf, low, high), mean + sd * shift,
            sd * sd * spread};
}

/// E(x^k; low < x < high) = exp(k mu + k^2 sigma^2 / 2) (Phi(b - k sigma) - Phi(a - k sigma)).
Law lognormal_law(double mu, double sigma, double low, double high) {
    const double a = (std::log(low) - mu) / sigma;
    const double b = (std::log(high) - mu) / sigma;
    const auto moment = [&](int k) {
        return std::exp(k * mu + 0.5 * k * k * sigma * sigma) *
               (normal_cdf(b - k * sigma) - normal_cdf(a - k * sigma)) /
               (normal_cdf(b) - normal_cdf(a));
    };
    const Cdf cdf = [=](double x) { return normal_cdf((std::log(x) - mu) / sigma); };
    return {Lognormal{mu, sigma, low, high}, truncated(cdf, low, high), moment(1),
            moment(2) - moment(1) * moment(1)};
}

std::vector<Law> laws() {
    return {uniform_law(0.0, 1.0),
            uniform_law(-3.0, 5.0),
            normal_law(2.0, 0.5, -100.0, 100.0),
            normal_law(1.0, 2.0, 0.0, 1.5),
            normal_law(0.0, 1.0, 2.0, 30.0),
            lognormal_law(-1.0, 0.4, 1e-30, 1e30),
            lognormal_law(0.5, 1.0, 0.3, 2.0)};
}

double mean_of(const std::vector<double>& x) {
    double sum = 0.0;
    for (const double value : x)
        sum += value;
    return sum / static_cast<double>(x.size());
}

/// Distance of the mean from the law's in standard errors sd / sqrt(n), of the mean square
/// deviation in those estimated from the sample.
void check_moments(const std::vector<double>& x, const Law& law) {
    const auto n = static_cast<double>(x.size());
    CHECK(std::abs(mean_of(x) - law.mean) < k_sigmas * std::sqrt(law.variance / n));
    std::vector<double> squares(x.size());
    std::transform(x.begin(), x.end(), squares.begin(),
                   [&](double value) { return (value - law.mean) * (value - law.mean); });
    double fourth = 0.0;
    for (const double square : squares)
        fourth += square * square / n;
    const double spread = std::sqrt((fourth - law.variance * law.variance) / n);
    CHECK(std::abs(mean_of(squares) - law.variance) < k_sigmas * spread);
}

/// Correlation of each number with the next, in standard errors 1 / sqrt(n).
double serial_score(const std::vector<double>& x, const std::function<double(double)>& of) {
    std::vector<double> y(x.size());
    std::transform(x.begin(), x.end(), y.begin(), of);
    const double mean = mean_of(y);
    double covariance = 0.0;
    double variance = 0.0;
    for (std::size_t i = 0; i + 1 < y.size(); ++i) {
        covariance += (y[i] - mean) * (y[i + 1] - mean);
        variance += (y[i] - mean) * (y[i] - mean);
    }
    return covariance / variance * std::sqrt(static_cast<double>(y.size()));
}

std::string rejection(const Distribution& d, double low = -k_max, double high = k_max) {
    try {
        validate(d, "projection 3", "weight_mV", low, high);
    } catch (const ParameterError& error) {
        CHECK(error.field() == "weight_mV");
        CHECK_THAT(error.what(), Contains("projection 3: weight_mV must be "));
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("Samples follow their distribution") {
    for (const Law& law : laws()) {
        for (const auto& x :
             {sampled(law.distribution, 200'000), filled(law.distribution, 200'000)}) {
            INFO("law of mean " << law.mean << ", variance " << law.variance);
            check_moments(x, law);
            CHECK(kolmogorov_p(kolmogorov_statistic(x, law.cdf)) > k_least_p);
        }
    }
}

TEST_CASE("Successive samples are independent") {
    for (const Law& law : laws()) {
        for (const auto& x :
             {sampled(law.distribution, 200'000), filled(law.distribution, 200'000)}) {
            INFO("law of mean " << law.mean << ", variance " << law.variance);
            CHECK(std::abs(serial_score(x, [](double v) { return v; })) < k_sigmas);
            // Both numbers of a Box-Muller pair share a radius.
            CHECK(std::abs(serial_score(x, [&](double v) { return std::abs(v - law.mean); })) <
                  k_sigmas);
        }
    }
}

TEST_CASE("Samples stay within their support") {
    for (const Law& law : laws()) {
        const Support s = support(law.distribution);
        for (const double x : sampled(law.distribution, 100'000)) {
            if (x < s.low || x > s.high) FAIL(x << " outside " << s.low << " .. " << s.high);
        }
    }
    const double next = std::nextafter(1.0, 2.0);
    for (const double x : sampled(Uniform{1.0, next}, 1000))
        if (x != 1.0) FAIL("the upper end of a uniform range is not part of it");
}

TEST_CASE("What has no spread gives its one value") {
    CHECK(sampled(Constant{-2.5}, 3) == std::vector<double>(3, -2.5));
    CHECK(sampled(Uniform{4.0, 4.0}, 3) == std::vector<double>(3, 4.0));
    CHECK(sampled(Normal{3.0, 0.0, 3.0, 3.0}, 3) == std::vector<double>(3, 3.0));
    CHECK(sampled(Lognormal{0.0, 0.0, 0.5, 2.0}, 3) == std::vector<double>(3, 1.0));
}

TEST_CASE("Constants draw nothing") {
    RandomStream used = test_stream();
    RandomStream fresh = test_stream();
    std::vector<float> values(5);
    CHECK(sample(Constant{7.0}, used) == 7.0);
    fill(Constant{7.0}, used, values);
    CHECK(values == std::vector<float>(5, 7.0F));
    CHECK(used.uniform() == fresh.uniform());
}

TEST_CASE("Filling starts with the sample and uses both numbers of a pair") {
    for (const Distribution& d :
         {Distribution{Uniform{}}, Distribution{Normal{}}, Distribution{Lognormal{}}}) {
        RandomStream one = test_stream();
        RandomStream many = test_stream();
        std::vector<float> values(6);
        const double first = sample(d, one);
        fill(d, many, values);
        CHECK(values[0] == static_cast<float>(first));
        RandomStream after_three = test_stream();
        for (int i = 0; i < 3; ++i)
            after_three.next_pair();
        CHECK(many.uniform() == after_three.uniform());
    }
}

TEST_CASE("Filling neither loses a value's sign nor overflows") {
    RandomStream stream = test_stream();
    std::vector<float> one(1);
    const auto in_float = [&](double value) {
        fill(Constant{value}, stream, one);
        return one[0];
    };
    CHECK(in_float(0.0) == 0.0F);
    CHECK(in_float(0.1) == 0.1F);
    CHECK(in_float(1e-300) > 0.0F);
    CHECK(in_float(-1e-300) < 0.0F);
    CHECK(in_float(1e300) == std::numeric_limits<float>::max());
    CHECK(in_float(-1e300) == std::numeric_limits<float>::lowest());
}

TEST_CASE("A truncation that is never met is an error") {
    RandomStream stream = test_stream();
    CHECK_THROWS_AS(sample(Normal{0.0, 1.0, 40.0, 41.0}, stream), NetworkError);
    CHECK_THROWS_WITH(sample(Normal{0.0, 1.0, 40.0, 41.0}, stream), Contains("within 40 .. 41"));
    CHECK_THROWS_AS(sample(Lognormal{0.0, 1.0, 1e30, 1e31}, stream), NetworkError);
    CHECK_THROWS_AS(sample(Lognormal{-2000.0, 1.0, 0.0, 1.0}, stream), NetworkError); // exp is 0
    std::vector<float> values(2);
    CHECK_THROWS_AS(fill(Normal{0.0, 1.0, 40.0, 41.0}, stream, values), NetworkError);
}

TEST_CASE("Supports") {
    CHECK(support(Constant{2.0}) == Support{2.0, 2.0});
    CHECK(support(Uniform{-1.0, 2.0}) == Support{-1.0, 2.0});
    CHECK(support(Normal{0.0, 1.0, -4.0, 5.0}) == Support{-4.0, 5.0});
    CHECK(support(Normal{1.0, 0.0, -4.0, 5.0}) == Support{1.0, 1.0});
    CHECK(support(Normal{1.0, 0.5}) == Support{-3.5, 5.5});
    CHECK(support(Lognormal{0.0, 1.0, -4.0, 5.0}) == Support{std::exp(-9.0), 5.0});
    CHECK(support(Lognormal{0.0, 0.1}) == Support{std::exp(-0.9), std::exp(0.9)});
    CHECK(support(Lognormal{0.0, 1.0, 0.5, 5.0}) == Support{0.5, 5.0});
    CHECK(support(Lognormal{0.0, 0.0, 0.5, 5.0}) == Support{1.0, 1.0});
    CHECK(is_constant(Constant{}));
    CHECK_FALSE(is_constant(Uniform{1.0, 1.0}));
}

TEST_CASE("Distributions that cannot be sampled are rejected") {
    for (const Distribution& d : {Distribution{Constant{}}, Distribution{Uniform{}},
                                  Distribution{Normal{}}, Distribution{Lognormal{}}}) {
        CHECK(rejection(d) == "");
    }
    for (const double bad : {k_nan, k_infinity, -k_infinity}) {
        INFO("value " << bad);
        CHECK(rejection(Constant{bad}) != "");
        CHECK(rejection(Uniform{bad, 1.0}) != "");
        CHECK(rejection(Uniform{0.0, bad}) != "");
        CHECK(rejection(Normal{bad, 1.0, -1.0, 1.0}) != "");
        CHECK(rejection(Normal{0.0, bad, -1.0, 1.0}) != "");
        CHECK(rejection(Normal{0.0, 1.0, bad, 1.0}) != "");
        CHECK(rejection(Normal{0.0, 1.0, -1.0, bad}) != "");
        CHECK(rejection(Lognormal{bad, 1.0, 0.0, 1.0}) != "");
        CHECK(rejection(Lognormal{0.0, bad, 0.0, 1.0}) != "");
        CHECK(rejection(Lognormal{0.0, 1.0, bad, 1.0}) != "");
        CHECK(rejection(Lognormal{0.0, 1.0, 0.0, bad}) != "");
    }
    CHECK(rejection(Uniform{1.0, 1.0}) == "");
    CHECK(rejection(Uniform{1.0, std::nextafter(1.0, 0.0)}) != "");
    CHECK(rejection(Uniform{-k_max, k_max}) != "");
    CHECK(rejection(Normal{0.0, 0.0, 0.0, 1.0}) == "");
    CHECK(rejection(Normal{0.0, -k_least, -1.0, 1.0}) != "");
    CHECK(rejection(Normal{0.0, 0.0, k_least, 1.0}) != "");
    CHECK(rejection(Normal{0.0, 1.0, 1.0, std::nextafter(1.0, 0.0)}) != "");
    CHECK(rejection(Lognormal{0.0, 0.0, 1.0, 1.0}) == "");
    CHECK(rejection(Lognormal{0.0, -k_least, 0.0, 1.0}) != "");
    CHECK(rejection(Lognormal{0.0, 0.0, 1.1, 2.0}) != "");
    CHECK(rejection(Lognormal{0.0, 1.0, 2.0, 1.9}) != "");
    CHECK(rejection(Lognormal{0.0, 1.0, -1.0, 0.0}) != "");
}

TEST_CASE("Supports outside what is allowed are rejected") {
    CHECK(rejection(Constant{1.0}, 1.0, 1.0) == "");
    CHECK(rejection(Constant{1.0}, 1.1, 2.0) != "");
    CHECK(rejection(Uniform{0.0, 1.0}, 0.0, 1.0) == "");
    CHECK_THAT(rejection(Uniform{0.0, 1.0}, k_least, k_max),
               Contains("weight_mV must be > 0, got values within 0 .. 1"));
    CHECK(rejection(Uniform{0.0, 1.0}, 0.0, 0.9) != "");
    CHECK(rejection(Normal{1.0, 1.0, 0.5, 2.0}, 0.5, 2.0) == "");
    CHECK(rejection(Normal{1.0, 1.0, 0.4, 2.0}, 0.5, 2.0) != "");
    CHECK(rejection(Normal{1.0, 0.0, 0.4, 3.0}, 0.5, 2.0) == "");
    CHECK(rejection(Lognormal{0.0, 1.0, 0.0, 2.0}, 1e-4, k_max) == "");
    CHECK(rejection(Lognormal{0.0, 1.1, 0.0, 2.0}, 1e-4, k_max) != "");
    CHECK(rejection(Lognormal{0.0, 1.0, 0.1, 2.0}, k_least, k_max) == "");
    CHECK_THAT(rejection(Constant{3.0}, 1.0, 2.0), Contains(">= 1 and <= 2, got 3"));
}
