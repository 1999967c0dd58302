#pragma once

#include <cstddef>
#include <cstdint>

namespace spikewell {

/// Counters that are worked on at once.
constexpr std::size_t k_philox_lanes = 16;

/// A word of each.
struct alignas(64) PhiloxWords {
    std::uint32_t at[k_philox_lanes];
};

/// Philox 4x32 as in Random123, on 16 counters of one key: before, the counters; after, the numbers.
struct PhiloxLanes {
    PhiloxWords word[4];
};

[[gnu::always_inline]] inline void philox_round(PhiloxLanes& x,
                                                std::uint32_t key0,
                                                std::uint32_t key1) {
    for (std::size_t l = 0; l < k_philox_lanes; ++l) {
        const std::uint64_t a = std::uint64_t{0xD2511F53U} * x.word[0].at[l];
        const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * x.word[2].at[l];
        const std::uint32_t x1 = x.word[1].at[l];
        const std::uint32_t x3 = x.word[3].at[l];
        x.word[0].at[l] = static_cast<std::uint32_t>(b >> 32U) ^ x1 ^ key0;
        x.word[1].at[l] = static_cast<std::uint32_t>(b);
        x.word[2].at[l] = static_cast<std::uint32_t>(a >> 32U) ^ x3 ^ key1;
        x.word[3].at[l] = static_cast<std::uint32_t>(a);
    }
}

/// Ten rounds are what RandomStream has.
template <int rounds>
[[gnu::always_inline]] inline void philox(PhiloxLanes& x, std::uint64_t seed) {
    auto key0 = static_cast<std::uint32_t>(seed);
    auto key1 = static_cast<std::uint32_t>(seed >> 32U);
    for (int round = 0; round < rounds; ++round) {
        philox_round(x, key0, key1);
        key0 += 0x9E3779B9U;
        key1 += 0xBB67AE85U;
    }
}

using PhiloxFunction = void (*)(PhiloxLanes&, std::uint64_t seed);
/// For this machine.
template <int rounds> [[nodiscard]] PhiloxFunction fastest_philox();
template <> PhiloxFunction fastest_philox<7>();
template <> PhiloxFunction fastest_philox<10>();

} // namespace spikewell
