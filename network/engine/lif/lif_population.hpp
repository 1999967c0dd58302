#pragma once

#include "network/engine/lif/lif_block.hpp"
#include "network/engine/loop/spike_history.hpp"

#include <functional>

/// LIF populations between windows: blocks, and what reads other populations' spikes.
namespace spikewell::detail {

/// Reads the spikes of the neurons whose third factor moves a projection's weights.
struct RewardReader {
    std::uint32_t pre = 0; ///< population
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    double delay_ms = 0.0;
    double counts_ms =
        0.0; ///< when a spike counts at the somata of targets: after the delay and f d
    std::size_t next = 0;

    [[nodiscard]] bool reads(std::uint32_t source) const {
        return source >= first && source - first < count;
    }
};

/// Reads the spikes of a projection's sources as they arrive.
struct SpikeReader {
    std::uint32_t projection = 0;
    std::uint32_t pre = 0; ///< population
    std::uint32_t pre_first = 0;
    std::uint32_t pre_count = 0;
    double delay_ms = 0.0;
    bool timed = false;   ///< every synapse has its own delay: read at once, blocks keep the events
    std::size_t next = 0; ///< index in the history of the first spike not read
    std::optional<TsodyksMarkram> short_term = {};
    std::vector<Resources> resources = {}; ///< [pre_count] after the spikes read, where short_term
    std::optional<RewardReader> rewards = {};

    [[nodiscard]] bool reads(std::uint32_t source) const {
        return source >= pre_first && source - pre_first < pre_count;
    }
};

struct LifState {
    LifShared shared;
    std::vector<LifBlock> blocks;
    std::vector<SpikeReader> readers; ///< by SpikeArrival::synapses
    double mean_fanout = 0.0;         ///< synapses of a source onto the population, at most
};

/// The spikes of population p.
using Histories = std::function<const SpikeHistory&(std::uint32_t p)>;
/// Calls body(0) .. body(n - 1), perhaps at once.
using ForEach = std::function<void(std::size_t n, const std::function<void(std::size_t)>& body)>;
/// Whether this process holds block b of population p.
using Owns = std::function<bool(std::uint32_t population, std::size_t block)>;

/// Neurons of each block but perhaps the last, of n where a spike finds so many targets.
[[nodiscard]] std::size_t block_size(std::size_t n, double fanout);
/// Neurons of each block of the population with this index but perhaps the last.
[[nodiscard]] std::size_t lif_block_size(const Network& network, std::uint32_t index);
/// Blocks and synapses of a LIF population; of blocks that are not owned, only the range.
[[nodiscard]] LifState make_lif_state(const Network& network,
                                      std::uint32_t index,
                                      const ForEach& for_each,
                                      const Owns& owns);

/// Where a run of windows this long begins: events that wait are put into buckets of that length.
void lay_out_wheels(LifState& lif, double begin_ms, double window_ms);
/// Notes what arrives in the window.
void collect_arrivals(LifState& lif, const Window& window, const Histories& histories);

/// Synapses of a projection, whose post range begins at `post_first`, onto the blocks held here, with
/// their weights at t_ms, the end of the last window; by (pre, post). `first_reader`: the first of its readers, which
/// follow one another.
[[nodiscard]] std::vector<Synapse> synapses_of(const LifState& lif,
                                               std::uint32_t post_first,
                                               std::uint32_t first_reader,
                                               const Histories& histories,
                                               double t_ms);
/// The delay of all synapses of a projection, where it is one.
[[nodiscard]] std::optional<double> one_delay_ms(const SynapticProjection& projection);
[[nodiscard]] std::size_t synapse_bytes(const LifState& lif);

} // namespace spikewell::detail
