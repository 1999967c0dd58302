#pragma once

#include "core/random.hpp"

#include <span>
#include <string_view>
#include <variant>

namespace spikewell {

/// The same value everywhere.
struct Constant {
    double value = 0.0;
    bool operator==(const Constant&) const = default;
};
/// Uniform on [low, high); low where the two are equal.
struct Uniform {
    double low = 0.0;
    double high = 1.0;
    bool operator==(const Uniform&) const = default;
};
/// Normal, redrawn until it lies within [low, high] (a truncated normal, not a clipped one).
struct Normal {
    double mean = 0.0;
    double sd = 1.0;
    double low = -1e300;
    double high = 1e300;
    bool operator==(const Normal&) const = default;
};
/// exp of a normal with parameters mu, sigma (of the logarithm), redrawn until within [low, high].
struct Lognormal {
    double mu = 0.0;
    double sigma = 1.0;
    double low = 0.0;
    double high = 1e300;
    bool operator==(const Lognormal&) const = default;
};

/// How the values of a population's neurons or of a projection's synapses are chosen.
using Distribution = std::variant<Constant, Uniform, Normal, Lognormal>;

/// One value. Constants draw nothing. Throws NetworkError when a truncated distribution has not
/// given a value within its range in 10,000 draws.
[[nodiscard]] double sample(const Distribution& distribution, RandomStream& stream);
/// Independent values, rounded to float, from both numbers of each pair of the stream: the first is
/// `sample`'s. A value other than 0 does not become 0, nor infinite.
void fill(const Distribution& distribution, RandomStream& stream, std::span<float> values);

/// Least and greatest value it can give: after truncation, and with normal variates never more than
/// 9 standard deviations out, as the generator's are.
struct Support {
    double low;
    double high;
    bool operator==(const Support&) const = default;
};
[[nodiscard]] Support support(const Distribution& distribution);
[[nodiscard]] inline bool is_constant(const Distribution& distribution) {
    return std::holds_alternative<Constant>(distribution);
}
/// Throws ParameterError naming `where` and `field` for a parameter (or width of a uniform range)
/// not finite, sd or sigma < 0, low > high, a truncation that leaves nothing (sd or sigma 0 and the
/// one value outside; high <= 0 of a lognormal), or a support outside [low, high] as given. For
/// values > 0 give std::numeric_limits<double>::denorm_min() as `low`, for any finite value the
/// limits of double.
void validate(const Distribution& distribution,
              std::string_view where,
              std::string_view field,
              double low,
              double high);

} // namespace spikewell
