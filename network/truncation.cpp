#include "network/truncation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace spikewell {

namespace {

/// Probability that a normal lies within low .. high.
double normal_share(double mean, double sd, double low, double high) {
    if (sd == 0.0) {
        return mean >= low && mean <= high ? 1.0 : 0.0;
    }
    const auto above = [&](double x) {
        return 0.5 * std::erfc((x - mean) / sd / std::numbers::sqrt2);
    };
    return above(low) - above(high);
}

} // namespace

double kept_share(const Distribution& distribution) {
    if (const auto* normal = std::get_if<Normal>(&distribution)) {
        return normal_share(normal->mean, normal->sd, normal->low, normal->high);
    }
    if (const auto* lognormal = std::get_if<Lognormal>(&distribution)) {
        if (lognormal->high <= 0.0) {
            return 0.0;
        }
        const double least = std::log(std::max(lognormal->low, 0.0)); // -infinity for 0
        return normal_share(lognormal->mu, lognormal->sigma, least, std::log(lognormal->high));
    }
    return 1.0;
}

} // namespace spikewell
