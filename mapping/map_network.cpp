#include "mapping/map_network.hpp"

#include "mapping/emulate.hpp"
#include "mapping/partition.hpp"

#include <algorithm>

namespace spikewell::mapping {

namespace {

SpikeRates rates_for(const Network& network, double rates_from_ms) {
    if (rates_from_ms <= 0.0) return estimated_rates(network);
    return counted_rates(network, simulate_directly(network, rates_from_ms), rates_from_ms);
}

/// The machine's, with no more memory than its chip that has most, and as few neurons a core as asked for.
Board board_of(const Machine& machine, int neurons_per_core) {
    Board limits = board(machine.board);
    std::int64_t sdram_bytes = 0;
    for (const Chip& chip : machine.chips)
        sdram_bytes = std::max(sdram_bytes, chip.sdram_bytes);
    limits.sdram_bytes = std::min(limits.sdram_bytes, sdram_bytes);
    if (neurons_per_core > 0) limits.core.neurons = std::min(limits.core.neurons, neurons_per_core);
    return limits;
}

} // namespace

Layout map_network(const Network& network,
                   const Machine& machine,
                   const NetworkMapOptions& options,
                   const std::string& name,
                   const std::string& digest) {
    const Board limits = board_of(machine, options.neurons_per_core);
    const Pace pace{options.time_step_ms.value_or(limits.core.time_step_ms), options.slow_down};
    Partition parts = partition(network, limits, pace, rates_for(network, options.rates_from_ms),
                                placeable_cores(machine));
    parts.graph.name = name;
    return map_partition(parts, machine, options.map, pace, digest);
}

} // namespace spikewell::mapping
