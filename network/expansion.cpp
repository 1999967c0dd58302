#include "network/expansion.hpp"

namespace spikewell {

std::vector<Synapse> expand_all(const Network& network, std::uint32_t projection) {
    const ConnectionRule rule =
        rule_of(std::get<SynapticProjection>(network.projections[projection]), network);
    return expand(rule, network.seed, projection, 0, rule.n_post);
}

std::vector<Synapse> expand_among_neurons(const Network& network, std::uint32_t projection) {
    const auto& ranges = std::get<SynapticProjection>(network.projections[projection]);
    std::vector<Synapse> synapses = expand_all(network, projection);
    for (Synapse& synapse : synapses) {
        synapse.pre += ranges.pre.first;
        synapse.post += ranges.post.first;
    }
    return synapses;
}

} // namespace spikewell
