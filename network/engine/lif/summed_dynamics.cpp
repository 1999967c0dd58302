#include "network/engine/lif/summed_dynamics.hpp"

#include "core/clones.hpp"

namespace spikewell::detail {

namespace {

/// Whether one of a strip's neurons, whose columns lie `width` apart, reaches either level.
[[gnu::always_inline]] inline bool strip_reaches(const LinearTest& test,
                                                 const double* columns,
                                                 std::uint32_t width) {
    double end[k_strip] = {};
    double after[k_strip] = {};
    for (std::size_t k = 0; k < test.end.size(); ++k) {
        const double* const X = columns + k * width;
        for (std::uint32_t n = 0; n < k_strip; ++n) {
            end[n] += test.end[k] * X[n];
            after[n] += test.fall[k] * X[n];
        }
    }
    unsigned any = 0;
    for (std::uint32_t n = 0; n < k_strip; ++n)
        any |= (end[n] >= test.level ? 1U : 0U) | (after[n] >= test.level_after ? 1U : 0U);
    return any != 0;
}

} // namespace

SPIKEWELL_CLONES
std::size_t strips_reaching(const LinearTest& test,
                            const double* columns,
                            std::uint32_t width,
                            std::uint32_t* found) {
    const LinearTest t = test;
    std::size_t n_found = 0;
    for (std::uint32_t strip = 0; strip < width; strip += k_strip) {
        found[n_found] = strip;
        n_found += strip_reaches(t, columns + strip, width) ? 1U : 0U;
    }
    return n_found;
}

Cubic cubic_through(const Cubic& values) {
    // Newton's divided differences, then expanded.
    const Cubic& x = k_cubic_points;
    Cubic d = values;
    for (std::size_t order = 1; order < d.size(); ++order) {
        for (std::size_t k = d.size() - 1; k >= order; --k)
            d[k] = (d[k] - d[k - 1]) / (x[k] - x[k - order]);
    }
    Cubic c{d.back(), 0.0, 0.0, 0.0};
    for (std::size_t k = d.size() - 1; k-- > 0;) { // c = c (u - x[k]) + d[k]
        for (std::size_t power = c.size() - 1; power > 0; --power)
            c[power] = c[power - 1] - x[k] * c[power];
        c[0] = d[k] - x[k] * c[0];
    }
    return c;
}

SPIKEWELL_CLONES
void add_polynomial(const Cubic& coefficients,
                    const std::array<float*, k_poisson_powers>& powers,
                    std::size_t from,
                    std::size_t to,
                    double* sum) {
    const Cubic c = coefficients;
    const auto [zeroth, first, second, third] = powers;
    for (std::size_t n = from; n < to; ++n)
        sum[n] += c[0] * static_cast<double>(zeroth[n]) + c[1] * static_cast<double>(first[n]) +
                  c[2] * static_cast<double>(second[n]) + c[3] * static_cast<double>(third[n]);
}

} // namespace spikewell::detail
