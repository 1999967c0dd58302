#include "neuron_models/langevin.hpp"

#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell {

namespace {

// Below this the series is used: its first omitted term is < 1e-17 relative, while coth u - 1/u
// would lose log10(3/u^2) digits to cancellation.
constexpr double k_series_limit = 0.5;
// Below this the law is uniform to the last bit, while products with a field near the least double
// would lose digits.
constexpr double k_flat_field = 1e-17;

// L(u)/u as a series in u^2: coefficients 2^(2n) B_2n / (2n)!, n = 1..12.
double langevin_series(double u) {
    constexpr double c[] = {1.0 / 3.0,
                            -1.0 / 45.0,
                            2.0 / 945.0,
                            -1.0 / 4725.0,
                            2.0 / 93555.0,
                            -1382.0 / 638512875.0,
                            4.0 / 18243225.0,
                            -3617.0 / 162820783125.0,
                            87734.0 / 38979295480125.0,
                            -349222.0 / 1531329465290625.0,
                            310732.0 / 13447856940643125.0,
                            -472728182.0 / 201919571963756521875.0};
    const double x = u * u;
    double sum = 0.0;
    for (auto term = std::rbegin(c); term != std::rend(c); ++term)
        sum = sum * x + *term;
    return sum;
}

double langevin_series_derivative(double u) {
    constexpr double c[] = {1.0 / 3.0,
                            -3.0 / 45.0,
                            10.0 / 945.0,
                            -7.0 / 4725.0,
                            18.0 / 93555.0,
                            -15202.0 / 638512875.0,
                            52.0 / 18243225.0,
                            -54255.0 / 162820783125.0,
                            1491478.0 / 38979295480125.0,
                            -6635218.0 / 1531329465290625.0,
                            6525372.0 / 13447856940643125.0,
                            -10872748186.0 / 201919571963756521875.0};
    const double x = u * u;
    double sum = 0.0;
    for (auto term = std::rbegin(c); term != std::rend(c); ++term)
        sum = sum * x + *term;
    return sum;
}

// coth a for a > 0: 1 + 2 e^-2a / (1 - e^-2a).
double coth_positive(double a) {
    return 1.0 + 2.0 * std::exp(-2.0 * a) / -std::expm1(-2.0 * a);
}

// 1 - L(a) for a >= 0, good where L rounds to 1.
double one_minus_langevin(double a) {
    if (a < k_series_limit) return 1.0 - a * langevin_series(a);
    return 1.0 / a - 2.0 * std::exp(-2.0 * a) / -std::expm1(-2.0 * a);
}

// 2 sinh(u) / u less its factor exp |u|.
double partition_ratio(double u) {
    const double a = std::abs(u);
    return a > 0.0 ? -std::expm1(-2.0 * a) / a : 2.0;
}

} // namespace

double langevin(double u) {
    const double a = std::abs(u);
    if (a < k_series_limit) return u * langevin_series(u);
    return std::copysign(coth_positive(a) - 1.0 / a, u);
}

double langevin_derivative(double u) {
    const double a = std::abs(u);
    if (a < k_series_limit) return langevin_series_derivative(u);
    // 1/sinh^2 a = 4 e^-2a / (1 - e^-2a)^2
    const double e = std::exp(-2.0 * a);
    const double d = -std::expm1(-2.0 * a);
    return 1.0 / (a * a) - 4.0 * e / (d * d);
}

double inverse_langevin(double m) {
    const double target = std::abs(m);
    // Cohen's rational approximation starts within 5 %, Newton's steps on a convex-concave curve
    // then converge.
    double u = target * (3.0 - target * target) / (1.0 - target * target);
    for (int step = 0; step < 50; ++step) {
        const double change = (langevin(u) - target) / langevin_derivative(u);
        u = std::max(u - change, 0.5 * u);
        if (std::abs(change) <= 1e-15 * u) break;
    }
    return std::copysign(u, m);
}

double log_partition(double u) {
    const double a = std::abs(u);
    if (a < k_series_limit) {
        // log(sinh(a)/a) = a^2/6 - a^4/180 + a^6/2835 - ...: the integral of langevin_series.
        constexpr double c[] = {1.0 / 6.0,
                                -1.0 / 180.0,
                                1.0 / 2835.0,
                                -1.0 / 37800.0,
                                1.0 / 467775.0,
                                -691.0 / 3831077250.0,
                                2.0 / 127702575.0,
                                -3617.0 / 2605132530000.0,
                                43867.0 / 350813659321125.0,
                                -174611.0 / 15313294652906250.0};
        const double x = a * a;
        double sum = 0.0;
        for (auto term = std::rbegin(c); term != std::rend(c); ++term)
            sum = sum * x + *term;
        return std::log(2.0) + sum * x;
    }
    return a + std::log(-std::expm1(-2.0 * a) / a);
}

double kl_continuous_bernoulli(double u, double v) {
    // Bregman divergence of the log partition function A: A(v) - A(u) - A'(u) (v - u). Near u = v
    // that is a difference of nearly equal numbers; its integral form, of a positive function, is
    // not.
    const double delta = v - u;
    const double nearer = std::min(std::abs(u), std::abs(v));
    if (std::abs(delta) < 0.5 * std::max(1.0, nearer)) {
        const auto curvature = [&](double s) {
            return (1.0 - s) * langevin_derivative(u + s * delta);
        };
        return delta * delta *
               boost::math::quadrature::gauss<double, 10>::integrate(curvature, 0.0, 1.0);
    }
    // A(x) = |x| + log q(x): of |v| - |u| - L(u) (v - u) only what does not cancel is summed.
    const double toward = std::copysign(1.0, u) * v;
    return (std::abs(v) - toward) + std::log(partition_ratio(v) / partition_ratio(u)) +
           (toward - std::abs(u)) * one_minus_langevin(std::abs(u));
}

double sample_continuous_bernoulli(double u, double uniform) {
    // For u <= 0 the quantile is -1 + log(1 + U (e^2u - 1)) / u; u > 0 is its mirror image. Both
    // logarithms stay accurate.
    const double a = -std::abs(u);
    const double q = u > 0.0 ? 1.0 - uniform : uniform;
    const double s =
        a > -k_flat_field ? 2.0 * q - 1.0 : std::log1p(q * std::expm1(2.0 * a)) / a - 1.0;
    return std::clamp(u > 0.0 ? -s : s, -1.0, 1.0);
}

double dyadic_langevin(double u, int n_bits) {
    const double gain = std::ldexp(1.0, -n_bits);
    // coth u - 2^-K coth(2^-K u) = L(u) - 2^-K L(2^-K u): the poles 1/u cancel exactly.
    return langevin(u) - gain * langevin(gain * u);
}

double inverse_dyadic_langevin(double m, int n_bits) {
    const double target = std::abs(m);
    if (target >= 1.0 - std::ldexp(1.0, -n_bits))
        return std::copysign(std::numeric_limits<double>::infinity(), m);
    if (m == 0.0) return 0.0;
    // Beyond, the last neuron is on but for the rounding of 1.
    const double most = std::ldexp(40.0, n_bits);
    const auto missed = [&](double u) { return dyadic_langevin(u, n_bits) - target; };
    if (missed(most) <= 0.0) return std::copysign(most, m);
    std::uintmax_t steps = 200;
    const auto [below, above] =
        boost::math::tools::toms748_solve(missed, 0.0, most, -target, missed(most),
                                          boost::math::tools::eps_tolerance<double>(), steps);
    return std::copysign(0.5 * (below + above), m);
}

double dyadic_variance(double u, int n_bits) {
    // Term by term: the difference of two derivatives of L, as above, would lose all digits at
    // large u.
    double sum = 0.0;
    for (int k = n_bits; k >= 1; --k) {
        const double gain = std::ldexp(1.0, -k);
        const double deviation = gain / std::cosh(gain * u);
        sum += deviation * deviation;
    }
    return sum;
}

} // namespace spikewell
