#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

namespace spikewell {

/// Deals items to places by a key below n_keys, in time linear in both; items of one key stay in their order. Calls
/// put(place, item); those of key k come to places begin[k] .. begin[k + 1] - 1.
template <class Items, class Index, class Key, class Put>
void deal(const Items& items,
          std::size_t n_keys,
          std::vector<Index>& begin,
          const Key& key,
          const Put& put) {
    begin.assign(n_keys + 2, 0);
    for (const auto& item : items)
        ++begin[key(item) + 2];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const auto& item : items)
        put(begin[key(item) + 1]++, item);
}

} // namespace spikewell
