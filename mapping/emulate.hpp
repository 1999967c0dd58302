#pragma once

#include "mapping/layout.hpp"
#include "network/engine/simulator.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace spikewell::mapping {

struct EmulationOptions {
    /// Spikes leave their core at the end of the step they happen in; 0: when they happen.
    double time_step_ms = 0.0;
    /// 0: all of the machine. Results do not depend on it.
    int n_threads = 0;
};

/// Where packets went.
struct PacketCounts {
    std::uint64_t sent = 0;      ///< one a spike of a neuron that has a key
    std::uint64_t delivered = 0; ///< to cores that have a row for their source
    std::uint64_t unused = 0;    ///< to cores that have none
    std::uint64_t unknown = 0;   ///< to cores without a slice, or with a key that is nobody's
    std::uint64_t lost = 0;      ///< copies dropped on the way
    bool operator==(const PacketCounts&) const = default;
};

/// What a run through a layout came to.
struct Emulation {
    std::vector<std::vector<Spike>> spikes; ///< [population] as their cores sent them, sorted
    PacketCounts packets;
    std::size_t n_shares = 0; ///< groups of cores that heard differently; of a right layout 1
};

/// What every group of cores that hear alike does with its own simulator, in step with the others: the
/// same calls, at the same times. State and spikes that the simulator shows are what these cores have
/// heard of, and their own. Group 0 is of the cores that hear all as they should, where there are some.
using GroupProgram = std::function<void(Simulator simulator, std::size_t group)>;

/// Runs the network through the layout. Each spike becomes a packet with the key of its neuron, which is
/// looked up in the table of every chip it comes to and handed to cores there; a core finds out by the
/// key whose spike it is and applies the row it has for that source, once for each packet. Where each
/// packet goes is known before (mapping/detail/packet_ways.hpp), so cores that hear alike are one share of
/// the engine, of a right layout all of them: one simulator with all threads, and the memory of the
/// network. Cores that miss packets, get them twice or with others' names are shares of their own.
/// A spike that a core has no row for is told to it without a packet, since it has no effect but on how
/// the engine cuts time: so that a right layout gives the very spikes of the network itself, bit for bit.
///
/// Throws NetworkError where the layout is not of this network (populations, neurons in no slice or in
/// two), for a delay of 0, and for a packet that never ends; whatever a program throws.
[[nodiscard]] Emulation emulate(Network network,
                                const Layout& layout,
                                const EmulationOptions& options,
                                const GroupProgram& program);
/// The same for a plain run.
[[nodiscard]] Emulation emulate(Network network,
                                const Layout& layout,
                                const EmulationOptions& options,
                                double duration_ms);

/// The spikes of the network itself [population], sorted.
[[nodiscard]] std::vector<std::vector<Spike>> simulate_directly(Network network,
                                                                double duration_ms,
                                                                int n_threads = 1);

/// The first spike in which two runs differ.
struct Difference {
    std::uint32_t population = 0;
    std::size_t index = 0; ///< in the sorted list; spikes before it are the same
    std::size_t n_expected = 0;
    std::size_t n_got = 0;
};
/// None where they are the same, one for one.
[[nodiscard]] std::optional<Difference> first_difference(
    const std::vector<std::vector<Spike>>& expected, const std::vector<std::vector<Spike>>& got);

} // namespace spikewell::mapping
