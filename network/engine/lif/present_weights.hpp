#pragma once

#include "network/engine/lif/lif_population.hpp"

/// Plastic weights as they are at the synapses now.
///
/// The engine processes plastic synapses in the frame of arrivals at the soma: a presynaptic spike
/// changes its synapse when it arrives, though it reached the synapse f d earlier, and a
/// postsynaptic one, which reaches the synapse at t + f d, counts at t + 2 f d. So at T the engine
/// still has to process what happened at the synapses in the last f d: the presynaptic spikes in
/// flight with an arrival before T + f d, and the postsynaptic ones due before T + f d.
namespace spikewell::detail {

/// The weights of one projection onto one block at t_ms, in the order of PlasticRows::weight.
/// t_ms is the end of the last window.
[[nodiscard]] std::vector<float> present_weights(const LifBlock& block,
                                                 const BlockSynapses& synapses,
                                                 const SpikeReader& reader,
                                                 const Histories& histories,
                                                 double t_ms);

} // namespace spikewell::detail
