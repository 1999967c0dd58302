#pragma once

#include "network/engine/lif/lif_pass.hpp"

/// What arrivals need of a block's synapses, asked for before it is needed.
namespace spikewell::detail {

// Rows lie far apart: what the next arrivals need is asked for in time, first where each row is, then
// the row. Inlined by force: this compiler takes a function that only prefetches for one without
// effect, and leaves out its calls.
inline constexpr std::size_t k_line = 64;
inline constexpr std::size_t k_index_ahead = 24;
inline constexpr std::size_t k_row_ahead = 12;
inline constexpr std::size_t k_dense_row_ahead = 1; // they are long

enum class Fetched { all, targets, with_delays };

[[gnu::always_inline]] inline void fetch_index(const LifBlock& block, const SpikeArrival& arrival) {
    const BlockSynapses& synapses = block.synapses[arrival.synapses];
    if (!synapses.row.empty()) __builtin_prefetch(synapses.row.data() + arrival.source);
}

[[gnu::always_inline]] inline void fetch_row(const LifBlock& block,
                                             const SpikeArrival& arrival,
                                             Fetched what) {
    const BlockSynapses& synapses = block.synapses[arrival.synapses];
    if (synapses.row.empty()) return;
    const std::uint32_t* const row = synapses.row.data() + arrival.source;
    for (std::uint32_t at = row[0]; at < row[1]; at += k_line / 2) {
        __builtin_prefetch(synapses.target.data() + at);
        if (what == Fetched::with_delays) synapses.delays.fetch(at);
        if (what == Fetched::targets || synapses.weights.empty()) continue;
        __builtin_prefetch(synapses.weights.data() + at);
        __builtin_prefetch(synapses.weights.data() + at + k_line / 4);
    }
}

[[gnu::always_inline]] inline void fetch_dense_row(const LifBlock& block,
                                                   const SpikeArrival& arrival) {
    const BlockSynapses& synapses = block.synapses[arrival.synapses];
    if (!synapses.dense) return;
    const std::size_t n = synapses.end - synapses.first;
    const float* const weights = synapses.weights.data() + arrival.source * n;
    for (std::size_t at = 0; at < n; at += k_line / sizeof(float))
        __builtin_prefetch(weights + at);
}

/// To be called in turn for the arrivals.
[[gnu::always_inline]] inline void look_ahead(const LifBlock& block,
                                              const ArrivalTable& table,
                                              std::size_t a,
                                              Fetched what) {
    const std::size_t n = table.size();
    if (a + k_index_ahead < n) fetch_index(block, table.arrivals[a + k_index_ahead]);
    if (a + k_row_ahead < n) fetch_row(block, table.arrivals[a + k_row_ahead], what);
    if (what == Fetched::all && a + k_dense_row_ahead < n)
        fetch_dense_row(block, table.arrivals[a + k_dense_row_ahead]);
}

} // namespace spikewell::detail
