#pragma once

#include "network/engine/lif/lif_block.hpp"
#include "network/engine/lif/lif_dynamics.hpp"
#include "network/engine/lif/poisson_input.hpp"

#include <span>
#include <vector>

/// One pass of a block: what arrives is added up for all (lif_delivery.cpp) and looked up for a few
/// (lif_lookup.cpp).
namespace spikewell::detail {

/// Part of a window that is advanced in one go.
struct Pass {
    Window window{};
    std::size_t first = 0; ///< arrival
    std::size_t last = 0;
    std::uint64_t serial = 0;
};

struct Job {
    const LifShared& shared;
    LifBlock& block;
    const ArrivalTable& table;
    Pass pass;
    std::vector<PoissonPass>& noise; ///< of this pass
    std::size_t n_events = 0;       ///< delivered in the pass
    const GiveUp& give_up;
    Window window;                           ///< of all passes
    std::span<const TimedEvent> events = {}; ///< of the pass, in no order
};

[[nodiscard]] inline LaneRange lanes_of(std::uint64_t first,
                                        const std::optional<std::uint32_t>& count,
                                        const LifBlock& block) {
    const std::uint64_t end = count ? first + *count : std::numeric_limits<std::uint32_t>::max();
    const auto local = [&](std::uint64_t neuron) -> std::size_t {
        return neuron <= block.first ? 0
                                     : std::min<std::uint64_t>(neuron - block.first, block.count);
    };
    return {local(first), local(end)};
}
[[nodiscard]] inline LaneRange lanes_of(const PoissonInput& input, const LifBlock& block) {
    return lanes_of(input.first, input.count, block);
}

/// Those, in whole strips.
[[nodiscard]] inline DrawnLanes drawn_lanes(const LaneRange& lanes, const LifBlock& block) {
    const std::size_t first = lanes.from / k_strip * k_strip;
    const std::size_t n = (lanes.to - first + k_strip - 1) / k_strip * k_strip;
    return {block.first + static_cast<std::uint32_t>(first), n, lanes.from - first,
            lanes.to - first};
}
/// Calls take(lane, times_ms) with the pass's spikes of each neuron that gets the input, and counts them.
template <class Take>
void for_each_train(Job& job,
                    const PoissonInput& input,
                    const PoissonPass& noise,
                    const Take& take) {
    std::vector<double>& times_ms = job.block.scratch.noise_ms;
    const LaneRange lanes = lanes_of(input, job.block);
    for (std::size_t lane = lanes.from; lane < lanes.to; ++lane) {
        times_ms.clear();
        append_spike_times(noise, input.rate, job.block.first + static_cast<std::uint32_t>(lane),
                           times_ms);
        job.block.n_poisson_inputs += times_ms.size();
        take(lane, times_ms);
    }
}

/// A row of a projection, as plastic synapses see it.
[[nodiscard]] Row row_of(BlockSynapses& synapses, std::uint32_t source);
/// With weights kept elsewhere.
[[nodiscard]] Row row_of(const BlockSynapses& synapses, float* weights, std::uint32_t source);
/// The target that a dense projection's source would be to itself, where that is left out.
[[nodiscard]] std::optional<std::uint32_t> left_out(const BlockSynapses& synapses,
                                                    std::uint32_t source);
/// Whether a dense projection's source reaches a neuron.
[[nodiscard]] bool receives(const BlockSynapses& synapses,
                            std::uint32_t neuron,
                            std::uint32_t source);

/// Asks for what the first arrivals of a window need of a block: where their rows are, then the rows.
void fetch_first_indices(const LifBlock& block, const ArrivalTable& table);
void fetch_first_rows(const LifBlock& block, const ArrivalTable& table);
/// Adds up all that arrives in the pass. Plastic synapses change and deliver.
void deliver(Job& job, const DeltaDynamics& dynamics);
void deliver(Job& job, const ExpDynamics& dynamics);
/// Counts events, and lets plastic synapses change; inputs are to be looked up.
void deliver_to_nobody(Job& job);
/// Adds up the pass's Poisson inputs.
void add_noise(Job& job, const DeltaDynamics& dynamics);
void add_noise(Job& job, const ExpDynamics& dynamics);
/// LifExp: undoes that for a neuron that is to be followed.
void take_noise_off(LifBlock& block, std::uint32_t neuron);

/// Looks up what the neurons, all different, receive from arrivals in the pass; see `inputs_of`.
void look_up(Job& job, std::span<const std::uint32_t> neurons);
/// Inputs of the neuron that was number `number` among those looked up, with its Poisson inputs, in
/// order, to scratch.inputs.
void inputs_of(Job& job, std::uint32_t number, std::uint32_t neuron);

} // namespace spikewell::detail
