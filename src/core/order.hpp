#pragma once

#include "core/random.hpp"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace spikewell {

/// 0 .. n - 1
[[nodiscard]] inline std::vector<std::uint32_t> numbers_below(std::size_t n) {
    std::vector<std::uint32_t> numbers(n);
    std::iota(numbers.begin(), numbers.end(), 0U);
    return numbers;
}

/// Every order is as likely (Fisher & Yates); a number of the stream for all items but one.
template <class Items> void shuffle(Items& items, RandomStream& random) {
    for (std::size_t i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[random.index(i)]);
}

/// 0 .. n - 1, shuffled.
[[nodiscard]] inline std::vector<std::uint32_t> shuffled_numbers(std::size_t n,
                                                                 RandomStream random) {
    std::vector<std::uint32_t> numbers = numbers_below(n);
    shuffle(numbers, random);
    return numbers;
}

} // namespace spikewell
