#pragma once

#include "network/engine/detail/state.hpp"

#include <cstring>

/// A simulation shared among ranks: who advances what, and the exchange of a window's spikes. With
/// one rank none of this costs anything.
namespace spikewell::detail {

/// Deals tasks, in order, to ranks: contiguous ranges of about equal work. Returns the begin of each
/// rank's range [n_ranks + 1]; the same on all ranks.
[[nodiscard]] std::vector<std::size_t> deal_tasks(std::span<const double> work,
                                                  std::size_t n_ranks);

/// The blocks of a population that a rank advances.
struct BlockRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};
/// [n_populations] of the exchange's rank. From estimated numbers of synapses and neurons.
[[nodiscard]] std::vector<BlockRange> own_blocks(const Network& network, const Exchange& exchange);

/// Agrees, at the start of a run, on whether predicted spikes are handed over.
void agree_on_predicted(EngineState& engine, std::span<Recorder* const> recorders);
/// Adds the other ranks' spikes of the window to this one's, and agrees on whether to stop.
void exchange_spikes(EngineState& engine);
/// The greatest over ranks of each column's limit.
void agree_on_limits(EngineState& engine, ProjectionState& projection);
/// Whether it holds on all ranks.
[[nodiscard]] bool on_all_ranks(Exchange& exchange, bool holds);

/// The ranks' values one behind the other on rank 0; elsewhere this rank's.
template <class T> std::vector<T> gather_values(Exchange& exchange, std::vector<T> own) {
    if (exchange.n_ranks() == 1) return own;
    Messages messages;
    exchange.gather({reinterpret_cast<const char*>(own.data()), own.size() * sizeof(T)}, messages);
    if (exchange.rank() != 0) return own;
    std::vector<T> all(messages.bytes.size() / sizeof(T));
    if (!all.empty()) std::memcpy(all.data(), messages.bytes.data(), messages.bytes.size());
    return all;
}

} // namespace spikewell::detail
