#pragma once

#include <cstddef>
#include <cstdint>

namespace spikewell::detail {

/// Lanes are padded to this many, so that loops need no remainder.
constexpr std::size_t k_lane_quantum = 16;

/// One tile of lanes in registers: the compiler lowers it to whatever vectors the instruction set has.
using Tile = float __attribute__((
    vector_size(k_lane_quantum * sizeof(float)), aligned(alignof(float)), may_alias));
using IntTile = std::int32_t __attribute__((
    vector_size(k_lane_quantum * sizeof(std::int32_t)), aligned(alignof(std::int32_t)), may_alias));

[[gnu::always_inline]] inline Tile& tile(float* lanes) {
    auto* const at = reinterpret_cast<Tile*>(lanes);
    return *at;
}
[[gnu::always_inline]] inline const Tile& tile(const float* lanes) {
    return *reinterpret_cast<const Tile*>(lanes);
}
[[gnu::always_inline]] inline IntTile& tile(std::int32_t* lanes) {
    auto* const at = reinterpret_cast<IntTile*>(lanes);
    return *at;
}
[[gnu::always_inline]] inline const IntTile& tile(const std::int32_t* lanes) {
    return *reinterpret_cast<const IntTile*>(lanes);
}

/// y = |x|.
[[gnu::always_inline]] inline void absolute(const Tile& x, Tile& y) {
    y = reinterpret_cast<Tile>(reinterpret_cast<const IntTile&>(x) & 0x7FFF'FFFF);
}

/// y = e^x for x <= 0; relative error below 2e-7 down to x = -87, from where on it stays what it is there.
[[gnu::always_inline]] inline void tile_exp(const Tile& x, Tile& y) {
    // 2^n times a polynomial on [-ln2/2, ln2/2] (Cephes' expf coefficients).
    const Tile bounded = x < -87.0F ? Tile{} - 87.0F : x;
    const IntTile n = __builtin_convertvector(bounded * 1.44269504F - 0.5F, IntTile);
    const Tile whole = __builtin_convertvector(n, Tile);
    const Tile r = (bounded - whole * 0.693359375F) + whole * 2.12194440e-4F;
    Tile p = r * 1.9875691500e-4F + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    y = (p * r * r + r + 1.0F) * reinterpret_cast<Tile>((n + 127) << 23);
}

} // namespace spikewell::detail
