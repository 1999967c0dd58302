#pragma once

#include "core/lane_math.hpp"

#include <algorithm>
#include <cmath>

/// The functions of langevin.hpp for many nodes at once: without branches, so that loops over them become
/// vectors. Within 1e-10, which is far below what a float state can tell.
namespace spikewell {

/// L(u).
[[gnu::always_inline]] inline double lane_langevin(double u) {
    constexpr double k_near = 0.02; // beyond it what cancels costs less than the series leaves out
    const double a = std::max(std::abs(u), k_near);
    const double e = lane_exp(-2.0 * a);
    const double far = (1.0 + e) / (1.0 - e) - 1.0 / a;
    const double x = u * u;
    const double near = u * (1.0 / 3.0 - x * (1.0 / 45.0 - x * (2.0 / 945.0)));
    return std::abs(u) < k_near ? near : std::copysign(far, u);
}

/// A sample of CB(u) from a uniform number in (0, 1); see sample_continuous_bernoulli.
[[gnu::always_inline]] inline double lane_sample_continuous_bernoulli(double u, double uniform) {
    constexpr double k_near = 1e-5;
    const double q = u > 0.0 ? 1.0 - uniform : uniform;
    const double a = std::min(-std::abs(u), -k_near);
    // Below 2^-1022 the logarithm would not be one; q and 1 - q are at least 2^-54.
    const double far = lane_log(1.0 + q * (lane_exp(2.0 * a) - 1.0)) / a - 1.0;
    const double near = 2.0 * q - 1.0 - 2.0 * std::abs(u) * q * (1.0 - q);
    const double s = std::min(std::max(std::abs(u) < k_near ? near : far, -1.0), 1.0);
    return u > 0.0 ? -s : s;
}

} // namespace spikewell
