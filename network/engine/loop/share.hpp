#pragma once

#include "network/engine/loop/state.hpp"

#include <cstring>
#include <string_view>

/// A simulation shared among ranks: who advances what, and the exchange of a window's spikes. With
/// one rank none of this costs anything.
namespace spikewell::detail {

/// Deals tasks, in order, to ranks: contiguous ranges of about equal work. Returns the begin of each
/// rank's range [n_ranks + 1]; the same on all ranks.
[[nodiscard]] std::vector<std::size_t> deal_tasks(std::span<const double> work,
                                                  std::size_t n_ranks);

/// What the exchange's rank advances of each population [n_populations]. From estimated numbers of synapses and neurons.
[[nodiscard]] std::vector<TaskRange> own_tasks(const Network& network, const Exchange& exchange);

/// Of each population the blocks from the first to the last with neurons of a carrier's share
/// [n_populations].
[[nodiscard]] std::vector<TaskRange> tasks_with(const Network& network, const NeuronMask& share);

/// Throws NetworkError where ranks have been given different networks.
void require_same_network(const Network& network, std::uint64_t description, Exchange& exchange);
/// At the start of a run, or when one goes on: agrees on whether predicted spikes are handed over.
/// Throws NetworkError where ranks are about to run different windows.
void agree_on_run(EngineState& engine, std::span<Recorder* const> recorders);
/// Adds the other ranks' spikes of the window to this one's, and agrees on whether to stop.
void exchange_spikes(EngineState& engine);
/// The mean of all ranks' values, the same on all and for any number of ranks.
[[nodiscard]] double mean_over_ranks(Exchange& exchange, const std::vector<float>& own);
[[nodiscard]] double max_over_ranks(Exchange& exchange, double own);
[[nodiscard]] std::uint64_t sum_over_ranks(Exchange& exchange, std::uint64_t own);

/// Calls take(bytes) with all ranks' bytes, in order, on rank 0; elsewhere with this rank's.
template <class Take> void gather_bytes(Exchange& exchange, std::string_view own, Take&& take) {
    Messages all; // a large network's are large: taken from where they arrived
    if (exchange.n_ranks() > 1) exchange.gather(own, all);
    take(all.size() == 0 ? own : std::string_view(all.bytes.data(), all.bytes.size()));
}

/// The ranks' values one behind the other on rank 0; elsewhere this rank's.
template <class T> std::vector<T> gather_values(Exchange& exchange, std::vector<T> own) {
    if (exchange.n_ranks() == 1) return own;
    std::vector<T> all;
    gather_bytes(exchange, {reinterpret_cast<const char*>(own.data()), own.size() * sizeof(T)},
                 [&](std::string_view bytes) {
                     all.resize(bytes.size() / sizeof(T));
                     if (!all.empty()) std::memcpy(all.data(), bytes.data(), bytes.size());
                 });
    return all;
}

/// synapses_now of all ranks, sorted by (pre, post), on rank 0; elsewhere this rank's.
[[nodiscard]] std::vector<Synapse> gather_synapses(const EngineState& engine,
                                                   std::uint32_t projection,
                                                   const ChosenEnds& chosen = {});

} // namespace spikewell::detail
