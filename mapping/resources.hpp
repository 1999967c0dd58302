#pragma once

#include "mapping/board.hpp"
#include "mapping/rows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::mapping {

/// Mean rate of each neuron in Hz [population][neuron].
using SpikeRates = std::vector<std::vector<double>>;

/// What is to be expected of a network nobody has run: Poisson neurons fire at the greatest rate they
/// have, listed ones as listed, a dyadic neuron is on half of the time (500 / tau_ref), as with
/// no field, LIF neurons fire at 30 Hz (spikes_per_second of sPyNNaker).
[[nodiscard]] SpikeRates estimated_rates(const Network& network);
/// From the spikes of a run [population].
[[nodiscard]] SpikeRates counted_rates(const Network& network,
                                       const std::vector<std::vector<Spike>>& spikes,
                                       double duration_ms);

/// How fast a board is to run the network.
struct Pace {
    double time_step_ms = 1.0; ///< 0: continuous time
    double slow_down = 1.0;    ///< real time of a step over model time; >= 1
    bool operator==(const Pace&) const = default;
};

/// What one core has to hold and to do. Fields that a board sets no limit on are 0 there.
struct CoreLoad {
    std::uint32_t neurons = 0; ///< twins count
    std::uint32_t twins = 0;
    std::uint64_t rows = 0;
    std::uint64_t synapses = 0;
    std::uint32_t row_words = 0; ///< of the longest row, 32 bits each, without its header
    int ring_buffer_bits = 0;
    std::int64_t data_bytes = 0;
    std::int64_t sdram_bytes = 0;
    double packets_per_ms = 0.0; ///< that reach it, of model time
    double cycles = 0.0;         ///< of a time step
    std::int64_t synapse_bits = 0;
    std::uint32_t in_axons = 0;
    std::uint64_t out_axons = 0; ///< (neuron, target core) pairs; known once all slices are
    std::uint32_t fan_in = 0;
    bool operator==(const CoreLoad&) const = default;
};

/// The packets that come to a core.
struct Arrivals {
    std::vector<NeuronSpan>
        from; ///< all of their neurons' packets come, needed or not; none overlap
    const SpikeRates& rates;
};

/// Of a span as one core, to which these packets come: the one estimate, for cutting, for what a layout
/// says, and for what a run came to. A packet is received once, and costs a row for each block that
/// keeps one for its neuron. Its bytes stand with their sources in resources.cpp, its cycles in board.cpp.
[[nodiscard]] CoreLoad load_of(const Network& network,
                               const NeuronSpan& span,
                               const std::vector<RowBlock>& rows,
                               const Board& board,
                               const Pace& pace,
                               const Arrivals& arrivals);

/// Cycles of a core in each time step, whatever comes, as load_of counts them.
[[nodiscard]] double standing_cycles(const Network& network,
                                     const NeuronSpan& span,
                                     const std::vector<RowBlock>& rows,
                                     const Board& board);
/// And for one packet of a neuron of population `pre`.
[[nodiscard]] double packet_cycles(const std::vector<RowBlock>& rows,
                                   const Board& board,
                                   std::uint32_t pre,
                                   std::uint32_t neuron);

/// Of a core's cycles that may be planned for, since steps with more packets than on average must fit,
/// too: as nengo_spinnaker does.
constexpr double k_planned_cycles = 0.8;

/// A limit that is not kept.
struct Shortage {
    std::string resource; ///< with its unit
    double needed = 0.0;
    double available = 0.0;
    std::string remedy; ///< options of `map` that would help
    bool operator==(const Shortage&) const = default;
};
/// Cycles that a core has in a time step; 0: not known.
[[nodiscard]] double cycles_available(const Board& board, const Pace& pace);
/// The limit that is exceeded most, in proportion, if any.
[[nodiscard]] std::optional<Shortage> shortage_of(const CoreLoad& load,
                                                  const Board& board,
                                                  const Pace& pace);

} // namespace spikewell::mapping
