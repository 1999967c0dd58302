#pragma once

#include "core/ids.hpp"
#include "network/engine/loop/trouble.hpp"
#include "network/engine/loop/window.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

/// Spikes of a window in their order: by time, then source.
namespace spikewell::detail {

/// Sorts where nothing is far from its place.
inline void sort_nearly_sorted(std::vector<Spike>& spikes) {
    for (std::size_t k = 1; k < spikes.size(); ++k) {
        if (!(spikes[k] < spikes[k - 1])) continue;
        const Spike moved = spikes[k];
        std::size_t at = k;
        for (; at > 0 && moved < spikes[at - 1]; --at)
            spikes[at] = spikes[at - 1];
        spikes[at] = moved;
    }
}

/// Sorts the spikes of a window that `for_each(take)` hands over, twice alike: dealt into cells of
/// time, then put right within cells.
template <class ForEach>
void sort_spikes(ForEach&& for_each,
                 const Window& window,
                 std::vector<std::uint32_t>& cell_end,
                 std::vector<Spike>& sorted) {
    constexpr std::size_t k_cells_per_spike = 2;
    std::size_t n = 0;
    for_each([&](const Spike&) { ++n; });
    const std::size_t n_cells = k_cells_per_spike * n + 1;
    cell_end.assign(n_cells, 0);
    const double cells_per_ms = static_cast<double>(n_cells) / (window.end_ms - window.begin_ms);
    const auto cell_of = [&](const Spike& spike) {
        const double cell = std::max(0.0, (spike.t_ms - window.begin_ms) * cells_per_ms);
        return std::min(static_cast<std::size_t>(cell), n_cells - 1);
    };
    for_each([&](const Spike& spike) { ++cell_end[cell_of(spike)]; });
    std::uint32_t before = 0;
    for (std::uint32_t& end : cell_end)
        before += std::exchange(end, before);
    sorted.resize(n);
    for_each([&](const Spike& spike) { sorted[cell_end[cell_of(spike)]++] = spike; });
    sort_nearly_sorted(sorted);
}

/// Sorts, however many there are: a run that is given up meanwhile ends (\throws Abandoned).
inline void sort_patiently(std::span<Spike> spikes, const GiveUp& give_up) {
    constexpr std::size_t k_at_once = std::size_t{1} << 18U;
    if (spikes.size() <= k_at_once) return std::sort(spikes.begin(), spikes.end());
    const std::size_t half = spikes.size() / 2;
    sort_patiently(spikes.first(half), give_up);
    sort_patiently(spikes.subspan(half), give_up);
    require_patience(give_up);
    std::inplace_merge(spikes.begin(), spikes.begin() + static_cast<std::ptrdiff_t>(half),
                       spikes.end());
}

/// The blocks' own, appended.
template <class Block>
void append_sorted(const std::vector<Block>& blocks,
                   std::vector<Spike>& spikes,
                   const GiveUp& give_up) {
    for (const Block& block : blocks)
        spikes.insert(spikes.end(), block.spikes.begin(), block.spikes.end());
    sort_patiently(spikes, give_up);
}

} // namespace spikewell::detail
