#include "network/draws.hpp"

#include <boost/math/distributions/binomial.hpp>

#include <cmath>

namespace spikewell::detail {

void draw_all(Candidates candidates, Drawn& drawn) {
    drawn.resize(candidates.size());
    for (std::size_t i = 0; i < drawn.size(); ++i)
        drawn[i] = candidates.at(i);
}

void draw_each(double probability, Candidates candidates, Uniforms& uniforms, Drawn& drawn) {
    drawn.clear();
    if (probability == 0.0) return;
    const double log_not = std::log1p(-probability); // -inf for 1: nothing is skipped
    const std::size_t n = candidates.size();
    uniforms.expect(static_cast<std::size_t>(probability * static_cast<double>(n)));
    for (std::size_t i = 0; i < n; ++i) {
        const double skipped = passed_over(uniforms.next(), log_not);
        if (skipped >= static_cast<double>(n - i)) return;
        i += static_cast<std::size_t>(skipped);
        drawn.push_back(candidates.at(i));
    }
}

void draw_with_replacement(Candidates candidates, Uniforms& uniforms, Drawn& drawn) {
    const std::size_t n = candidates.size();
    uniforms.expect(drawn.size());
    for (std::uint32_t& index : drawn)
        index = candidates.at(uniforms.index(n));
}

// Floyd's algorithm (Bentley & Floyd 1987, doi:10.1145/30401.315746): every set is equally likely, one draw an element.
void draw_distinct(Candidates candidates, Uniforms& uniforms, IndexSet& set, Drawn& drawn) {
    set.clear();
    uniforms.expect(drawn.size());
    std::size_t last = candidates.size() - drawn.size();
    for (std::uint32_t& index : drawn) {
        index = candidates.at(uniforms.index(last + 1));
        if (!set.insert(index)) {
            index = candidates.at(last);
            set.insert(index);
        }
        ++last;
    }
}

// Probabilities are added up from the likeliest number outwards, some standard deviations of them.
std::size_t draw_binomial(std::size_t n, double p, double u) {
    if (n == 0 || p <= 0.0) return 0;
    if (p >= 1.0) return n;
    const double odds = p / (1.0 - p);
    const auto last = static_cast<double>(n);
    const double mode = std::min(std::floor((last + 1.0) * p), last);
    double low = mode;
    double high = mode;
    double p_low = boost::math::pdf(boost::math::binomial(last, p), mode);
    double p_high = p_low;
    double sum = p_low;
    if (u < sum) return static_cast<std::size_t>(mode);
    while (p_low > 0.0 || p_high > 0.0) {
        p_high = high < last ? p_high * odds * (last - high) / (high + 1.0) : 0.0;
        high += p_high > 0.0 ? 1.0 : 0.0;
        sum += p_high;
        if (u < sum) return static_cast<std::size_t>(high);
        p_low = low > 0.0 ? p_low * low / (odds * (last - low + 1.0)) : 0.0;
        low -= p_low > 0.0 ? 1.0 : 0.0;
        sum += p_low;
        if (u < sum) return static_cast<std::size_t>(low);
    }
    return static_cast<std::size_t>(mode); // u is nearer to 1 than the sum, by rounding
}

} // namespace spikewell::detail
