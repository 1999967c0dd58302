#include "network/distribution.hpp"

#include "core/error.hpp"
#include "core/pairs_ahead.hpp"
#include "network/truncation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace spikewell {

namespace {

constexpr int k_max_redraws = 10'000;
// No uniform number is less than 2^-54, so no normal one is further out than sqrt(108 ln 2) = 8.65.
constexpr double k_most_sd = 9.0;
constexpr double k_least_positive = std::numeric_limits<double>::denorm_min();

/// Numbers from both halves of each pair, of one kind: a source serves one distribution.
class Source {
  public:
    explicit Source(RandomStream& stream) : pairs_(stream) {}
    /// Of many numbers that are to be rounded to float: normal ones may be off by some units in the last place.
    Source(RandomStream& stream, std::size_t n_values)
        : pairs_(stream, n_values / 2), rounded_(true) {}

    double uniform() {
        if (std::exchange(has_spare_, !has_spare_)) return spare_;
        const RandomStream::Pair u = pairs_.next();
        spare_ = u.second;
        return u.first;
    }
    /// Standard normal, both numbers of Box and Muller's method.
    double normal() {
        if (std::exchange(has_spare_, !has_spare_)) return spare_;
        if (rounded_) {
            const RandomStream::Pair normal = pairs_.next_normals();
            spare_ = normal.second;
            return normal.first;
        }
        const RandomStream::Pair u = pairs_.next();
        const double radius = std::sqrt(-2.0 * std::log(u.first));
        const double angle = 2.0 * std::numbers::pi * u.second;
        spare_ = radius * std::sin(angle);
        return radius * std::cos(angle);
    }

  private:
    PairsAhead pairs_;
    bool rounded_ = false;
    double spare_ = 0.0;
    bool has_spare_ = false;
};

/// The first of a source's values that is in range.
template <class Draw> double truncated(double low, double high, Draw&& draw) {
    for (int i = 0; i < k_max_redraws; ++i) {
        const double value = draw();
        if (value >= low && value <= high) return value;
    }
    throw NetworkError("distribution", fmt::format("no value within {} .. {} in {} draws", low,
                                                   high, k_max_redraws));
}

double draw(const Constant& d, Source&) {
    return d.value;
}
double draw(const Uniform& d, Source& source) {
    const double value = d.low + (d.high - d.low) * source.uniform();
    // The sum can round up to the end that is not part of the range.
    return value < d.high ? value : std::nextafter(d.high, d.low);
}
double draw(const Normal& d, Source& source) {
    return truncated(d.low, d.high, [&] { return d.mean + d.sd * source.normal(); });
}
double draw(const Lognormal& d, Source& source) {
    // exp can underflow to 0, which no lognormal variate is.
    return truncated(std::max(d.low, k_least_positive), d.high,
                     [&] { return std::exp(d.mu + d.sigma * source.normal()); });
}

float rounded(double value) {
    constexpr auto k_max = static_cast<double>(std::numeric_limits<float>::max());
    const auto near = static_cast<float>(std::clamp(value, -k_max, k_max));
    // Delays must stay > 0, and weights keep their sign.
    if (near != 0.0F || value == 0.0) return near;
    return std::copysign(std::numeric_limits<float>::min(), value < 0.0 ? -1.0F : 1.0F);
}

Support support(const Constant& d) {
    return {d.value, d.value};
}
Support support(const Uniform& d) {
    return {d.low, d.high};
}
Support support(const Normal& d) {
    const double most = k_most_sd * d.sd;
    return {std::max(d.mean - most, d.low), std::min(d.mean + most, d.high)};
}
Support support(const Lognormal& d) {
    const double most = k_most_sd * d.sigma;
    return {std::max(std::exp(d.mu - most), d.low), std::min(std::exp(d.mu + most), d.high)};
}

/// Which field of what is looked at.
struct Place {
    std::string_view where;
    std::string_view field;

    void require(bool holds, double got, std::string_view allowed) const {
        if (!holds) throw ParameterError(where, field, got, allowed);
    }
    void finite(double value, std::string_view parameter) const {
        require(std::isfinite(value), value, fmt::format("of finite {}", parameter));
    }
    void ordered(double low, double high) const {
        finite(low, "low");
        finite(high, "high");
        require(low <= high, low, fmt::format("of low <= high = {}", high));
    }
};

void check(const Constant& d, const Place& place) {
    place.require(std::isfinite(d.value), d.value, "finite");
}
void check(const Uniform& d, const Place& place) {
    place.ordered(d.low, d.high);
    place.finite(d.high - d.low, "high - low");
}
void check(const Normal& d, const Place& place) {
    place.finite(d.mean, "mean");
    place.finite(d.sd, "sd");
    place.require(d.sd >= 0.0, d.sd, "of sd >= 0");
    place.ordered(d.low, d.high);
    place.require(d.sd > 0.0 || (d.mean >= d.low && d.mean <= d.high), d.mean,
                  fmt::format("of mean within {} .. {} where sd is 0", d.low, d.high));
}
void check(const Lognormal& d, const Place& place) {
    place.finite(d.mu, "mu");
    place.finite(d.sigma, "sigma");
    place.require(d.sigma >= 0.0, d.sigma, "of sigma >= 0");
    place.ordered(d.low, d.high);
    place.require(d.high > 0.0, d.high, "of high > 0 where lognormal");
    const double middle = std::exp(d.mu);
    const double low = std::max(d.low, k_least_positive);
    place.require(d.sigma > 0.0 || (middle >= low && middle <= d.high), d.mu,
                  fmt::format("of exp(mu) within {} .. {} where sigma is 0", d.low, d.high));
}

std::string described(double low, double high) {
    const bool no_high = high == std::numeric_limits<double>::max();
    const std::string upper = no_high ? "" : fmt::format(" and <= {}", high);
    return low == k_least_positive ? "> 0" + upper : fmt::format(">= {}", low) + upper;
}

} // namespace

double sample(const Distribution& distribution, RandomStream& stream) {
    Source source(stream);
    return std::visit([&](const auto& d) { return draw(d, source); }, distribution);
}

void fill(const Distribution& distribution, RandomStream& stream, std::span<float> values) {
    Source source(stream, values.size());
    std::visit(
        [&](const auto& d) {
            std::generate(values.begin(), values.end(), [&] { return rounded(draw(d, source)); });
        },
        distribution);
}

Support support(const Distribution& distribution) {
    return std::visit([](const auto& d) { return support(d); }, distribution);
}

void validate(const Distribution& distribution,
              std::string_view where,
              std::string_view field,
              double low,
              double high) {
    std::visit([&](const auto& d) { check(d, Place{where, field}); }, distribution);
    const double share = kept_share(distribution);
    Place{where, field}.require(
        share >= k_least_kept_share, share,
        fmt::format("of bounds that keep a share >= {} of the draws", k_least_kept_share));
    const Support s = support(distribution);
    if (s.low >= low && s.high <= high) return;
    throw ParameterError(where, field,
                         s.low == s.high ? fmt::format("{}", s.low)
                                         : fmt::format("values within {} .. {}", s.low, s.high),
                         described(low, high));
}

} // namespace spikewell
