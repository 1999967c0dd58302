#pragma once

#include "core/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace spikewell {

/// A message of each rank, one behind the other.
struct Messages {
    std::vector<char> bytes;
    std::vector<std::size_t> begin; ///< [n_ranks + 1]; empty where nothing was received

    [[nodiscard]] std::size_t size() const { return begin.empty() ? 0 : begin.size() - 1; }
    [[nodiscard]] std::span<const char> of(std::size_t rank) const {
        return std::span(bytes).subspan(begin[rank], begin[rank + 1] - begin[rank]);
    }
};

/// What exchanging has cost this rank so far.
struct ExchangeStatistics {
    std::uint64_t calls = 0;
    std::uint64_t bytes_sent = 0;     ///< of its own messages, each counted once
    std::uint64_t bytes_received = 0; ///< of the others'
    double wait_s = 0.0;              ///< until all ranks were there
    double transfer_s = 0.0;          ///< then, for the messages
};

/// Another rank cannot go on and says why; this one just ends with the same exit code.
class FailedElsewhere : public std::runtime_error {
  public:
    explicit FailedElsewhere(int code)
        : std::runtime_error("another rank failed"), exit_code(code) {}
    int exit_code;
};

/// Some of a network's neurons: [population][neuron], 1 or 0.
using NeuronMask = std::vector<std::vector<char>>;

/// A spike and its population.
struct HeardSpike {
    std::uint32_t population = 0;
    Spike spike;
};

/// Carries spikes in place of messages from each rank to all, as the packets of a board do: each
/// rank stands for some neurons and hears what reaches these. Blocks of the engine that also have
/// neurons of others' are advanced by all of these; only what a rank's own neurons fire counts.
class SpikeCarrier {
  public:
    virtual ~SpikeCarrier() = default;
    SpikeCarrier() = default;
    SpikeCarrier(const SpikeCarrier&) = delete;
    SpikeCarrier& operator=(const SpikeCarrier&) = delete;
    SpikeCarrier(SpikeCarrier&&) = delete;
    SpikeCarrier& operator=(SpikeCarrier&&) = delete;

    /// The neurons that this rank stands for; those of all ranks are all that there are, each once.
    [[nodiscard]] virtual const NeuronMask& share() const = 0;
    /// Collective. `own`: the share's spikes of a window, those of each population sorted. `heard`: all
    /// that this rank gets to know of, its own among them, in any order; no spike is before one of an
    /// earlier window.
    virtual void carry(std::span<const HeardSpike> own, std::vector<HeardSpike>& heard) = 0;
};

/// How the processes (ranks) that share a simulation talk to each other. Calls are collective: all
/// ranks make the same ones in the same order, from one thread.
///
/// A rank that fails may come to `fail` instead of any call; the call then throws FailedElsewhere
/// on all others, and nobody may call anything any more.
class Exchange {
  public:
    virtual ~Exchange() = default;
    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    Exchange(Exchange&&) = delete;
    Exchange& operator=(Exchange&&) = delete;

    [[nodiscard]] virtual std::size_t rank() const = 0; ///< 0 .. n_ranks - 1
    [[nodiscard]] virtual std::size_t n_ranks() const = 0;

    /// Hands every rank's message to every rank.
    virtual void all_gather(std::span<const char> own, Messages& all) = 0;
    /// Hands every rank's message to rank 0; the others get none.
    virtual void gather(std::span<const char> own, Messages& all) = 0;
    /// Ends the exchange for all. Returns whether this rank is the one to tell the user why: the
    /// first of those that failed. `exit_code` becomes its exit code where it is another's.
    [[nodiscard]] virtual bool fail(int& exit_code) = 0;

    /// What carries spikes, where they do not go from all to all.
    [[nodiscard]] virtual SpikeCarrier* carrier() { return nullptr; }

    /// Waits until all ranks are here.
    void meet() {
        Messages none;
        all_gather({}, none);
    }
    /// Whether it holds on some rank.
    [[nodiscard]] bool any(bool own) {
        const char byte = own ? 1 : 0;
        Messages all;
        all_gather({&byte, 1}, all);
        return std::any_of(all.bytes.begin(), all.bytes.end(), [](char c) { return c != 0; });
    }
    [[nodiscard]] const ExchangeStatistics& statistics() const { return statistics_; }

  protected:
    ExchangeStatistics statistics_;
};

/// One process, which has all.
class SingleProcess final : public Exchange {
  public:
    [[nodiscard]] std::size_t rank() const override { return 0; }
    [[nodiscard]] std::size_t n_ranks() const override { return 1; }
    void all_gather(std::span<const char> own, Messages& all) override {
        all.bytes.assign(own.begin(), own.end());
        all.begin = {0, own.size()};
    }
    void gather(std::span<const char> own, Messages& all) override { all_gather(own, all); }
    [[nodiscard]] bool fail(int& /*exit_code*/) override { return true; }
};

} // namespace spikewell
