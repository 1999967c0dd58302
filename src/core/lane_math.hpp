#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

/// Elementary functions without tables or branches: loops over them become vectors of any width,
/// and since nothing is contracted, every machine gets the same bits.
namespace spikewell {

namespace detail {

/// x = n ln2 + rest.
struct PowersOfTwo {
    double rest;  ///< |rest| < 0.35
    double power; ///< 2^n
};

/// |x| <= 700.
[[gnu::always_inline]] inline PowersOfTwo powers_of_two(double x) {
    // 2^52 + 2^51: what is added to it is rounded to a whole number in its last bits.
    constexpr double k_whole = 0x1.8p52;
    constexpr double k_log2_e = 0x1.71547652b82fep0;
    constexpr double k_ln2_high = 0x1.62e42feep-1;
    constexpr double k_ln2_low = 0x1.a39ef35793c76p-33;
    const double shifted = x * k_log2_e + k_whole;
    const double n = shifted - k_whole;
    const std::uint64_t exponent = (std::bit_cast<std::uint64_t>(shifted) + 1023U) << 52U;
    return {(x - n * k_ln2_high) - n * k_ln2_low, std::bit_cast<double>(exponent)};
}

/// Taylor's series of (e^r - 1 - r) / r^2 from that of the terms beyond r^13 on.
[[gnu::always_inline]] inline double exp_series(double r, double beyond) {
    double p = beyond + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    return p * r + 0.5;
}

} // namespace detail

/// e^x for x in [-700, 700], the value of the nearer end beyond; within 1.5 units in the last place.
[[gnu::always_inline]] inline double lane_exp(double x) {
    x = std::min(std::max(x, -700.0), 700.0);
    const auto [r, power] = detail::powers_of_two(x);
    // |r| < 0.35, so what the series leaves out is below 2^-57.
    const double p = detail::exp_series(r, 0.0);
    return (r + r * r * p + 1.0) * power;
}

/// tanh x within a few units in the last place: from e^2|x| - 1, which keeps its digits near 0.
[[gnu::always_inline]] inline double lane_tanh(double x) {
    const auto [r, power] = detail::powers_of_two(std::min(2.0 * std::abs(x), 60.0));
    const double p = r + r * (r * detail::exp_series(r, r * (1.0 / 87178291200.0)));
    const double less_one = power * p + (power - 1.0);
    return std::copysign(less_one / (less_one + 2.0), x);
}

/// ln x for positive normal x; within one unit in the last place. fdlibm's e_log.c (Sun
/// Microsystems 1993) without its branches.
[[gnu::always_inline]] inline double lane_log(double x) {
    constexpr std::uint64_t k_sqrt_half = 0x3FE6A09E667F3BCDU; // bits of sqrt(1/2)
    constexpr std::uint64_t k_one = 0x3FF0000000000000U;
    constexpr std::uint64_t k_exponent = 0xFFF0000000000000U;
    constexpr double k_ln2_high = 0x1.62e42feep-1;
    constexpr double k_ln2_low = 0x1.a39ef35793c76p-33;
    const auto bits = std::bit_cast<std::uint64_t>(x);
    // x = 2^e (1 + f), 1 + f in [sqrt(1/2), sqrt(2)).
    const std::uint64_t above = bits - k_sqrt_half + k_one;
    const double f = std::bit_cast<double>(bits - (above & k_exponent) + k_one) - 1.0;
    // The whole number above >> 52 as the last bits of 2^52.
    const double e =
        std::bit_cast<double>(0x4330000000000000U | (above >> 52U)) - (0x1p52 + 1023.0);
    const double s = f / (2.0 + f);
    const double z = s * s;
    double r = 1.479819860511658591e-01;
    r = r * z + 1.531383769920937332e-01;
    r = r * z + 1.818357216161805012e-01;
    r = r * z + 2.222219843214978396e-01;
    r = r * z + 2.857142874366239149e-01;
    r = r * z + 3.999999999940941908e-01;
    r = r * z + 6.666666666666735130e-01;
    r = r * z;
    const double half_square = 0.5 * f * f;
    return e * k_ln2_high - ((half_square - (s * (half_square + r) + e * k_ln2_low)) - f);
}

/// sin and cos of a whole turn's share u, in [0, 1]; within two units in the last place of 1.
struct SinCos {
    double sin;
    double cos;
};
[[gnu::always_inline]] inline SinCos lane_sincos_of_turn(double u) {
    constexpr double k_two_pi = 6.283185307179586;
    constexpr double k_whole = 0x1.8p52; // see powers_of_two
    const double shifted = 4.0 * u + k_whole;
    const auto quarter = std::bit_cast<std::uint64_t>(shifted); // its last two bits
    const double x =
        (u - 0.25 * (shifted - k_whole)) * k_two_pi; // |x| <= pi / 4, exact before the product
    const double z = x * x;
    // Taylor's series to x^17 and x^18: what they leave out is below 2^-58.
    double s = 1.0 / 355687428096000.0;
    s = s * z - 1.0 / 1307674368000.0;
    s = s * z + 1.0 / 6227020800.0;
    s = s * z - 1.0 / 39916800.0;
    s = s * z + 1.0 / 362880.0;
    s = s * z - 1.0 / 5040.0;
    s = s * z + 1.0 / 120.0;
    s = s * z - 1.0 / 6.0;
    s = x + x * (z * s);
    double c = -1.0 / 6402373705728000.0;
    c = c * z + 1.0 / 20922789888000.0;
    c = c * z - 1.0 / 87178291200.0;
    c = c * z + 1.0 / 479001600.0;
    c = c * z - 1.0 / 3628800.0;
    c = c * z + 1.0 / 40320.0;
    c = c * z - 1.0 / 720.0;
    c = c * z + 1.0 / 24.0;
    c = 1.0 - (0.5 * z - z * (z * c));
    const bool swaps = (quarter & 1U) != 0;
    const double sin = swaps ? c : s;
    const double cos = swaps ? s : c;
    // Quarters 2 and 3 have negative sines, 1 and 2 negative cosines.
    const std::uint64_t sin_sign = (quarter & 2U) << 62U;
    const std::uint64_t cos_sign = ((quarter + 1U) & 2U) << 62U;
    return {std::bit_cast<double>(std::bit_cast<std::uint64_t>(sin) ^ sin_sign),
            std::bit_cast<double>(std::bit_cast<std::uint64_t>(cos) ^ cos_sign)};
}

} // namespace spikewell
