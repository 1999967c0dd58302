#include "core/philox_lanes.hpp"

#include "core/clones.hpp"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace spikewell {

namespace {

SPIKEWELL_CLONES
void seven_rounds_anywhere(PhiloxLanes& x, std::uint64_t seed) {
    philox<7>(x, seed);
}
SPIKEWELL_CLONES
void ten_rounds_anywhere(PhiloxLanes& x, std::uint64_t seed) {
    philox<10>(x, seed);
}

#ifdef __x86_64__
#define SPIKEWELL_AVX512 __attribute__((target("avx512f")))

using Words = std::uint64_t __attribute__((vector_size(64), may_alias)); // pairs of lanes

struct Products {
    Words high;
    Words low;
};
SPIKEWELL_AVX512 inline Words product(Words x, Words factor) {
    // With all lanes wanted, this is the plain multiplication; that one's own function makes this
    // compiler warn.
    return reinterpret_cast<Words>(_mm512_maskz_mul_epu32(0xFF, reinterpret_cast<__m512i>(x),
                                                          reinterpret_cast<__m512i>(factor)));
}
SPIKEWELL_AVX512 inline void products(const Words& x, std::uint32_t factor, Products& out) {
    constexpr std::uint64_t k_lower = 0xFFFFFFFFU;
    const Words f = Words{} + factor;
    const Words even = product(x, f);
    const Words odd = product(x >> 32, f);
    out.high = (even >> 32) | (odd & ~k_lower);
    out.low = (even & k_lower) | (odd << 32);
}

/// The same; the compiler does not find these multiplications by itself.
template <int rounds> SPIKEWELL_AVX512 void philox_avx512(PhiloxLanes& lanes, std::uint64_t seed) {
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32U);
    const auto word = [&](int w) -> Words& { return *reinterpret_cast<Words*>(lanes.word[w].at); };
    const auto both = [](std::uint32_t key) { return std::uint64_t{key} << 32U | key; };
    Words x0 = word(0);
    Words x1 = word(1);
    Words x2 = word(2);
    Words x3 = word(3);
    Products a;
    Products b;
    for (int round = 0; round < rounds; ++round) {
        products(x0, 0xD2511F53U, a);
        products(x2, 0xCD9E8D57U, b);
        x0 = b.high ^ x1 ^ both(key0);
        x1 = b.low;
        x2 = a.high ^ x3 ^ both(key1);
        x3 = a.low;
        key0 += 0x9E3779B9U;
        key1 += 0xBB67AE85U;
    }
    word(0) = x0;
    word(1) = x1;
    word(2) = x2;
    word(3) = x3;
}
#endif

template <int rounds> PhiloxFunction fastest(PhiloxFunction anywhere) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) return philox_avx512<rounds>;
#endif
    return anywhere;
}

} // namespace

template <> PhiloxFunction fastest_philox<7>() {
    return fastest<7>(seven_rounds_anywhere);
}
template <> PhiloxFunction fastest_philox<10>() {
    return fastest<10>(ten_rounds_anywhere);
}

} // namespace spikewell
