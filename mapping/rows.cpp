#include "mapping/rows.hpp"

#include <algorithm>
#include <optional>

namespace spikewell::mapping {

namespace {

RowBlock node_rows(const Network& network, std::uint32_t p, const NeuronSpan& span) {
    const auto& projection = std::get<FactorisedProjection>(network.projections[p]);
    const DyadicCode pre = code_of(network.populations[projection.pre.index]);
    const DyadicCode post = code_of(network.populations[projection.post.index]);
    const std::uint32_t first = post.node_of(span.first);
    const std::uint32_t end = post.node_of(span.first + span.count - 1) + 1;
    RowBlock block{p,    projection.pre.index,
                   0,    static_cast<std::uint32_t>(pre.neurons_per_node),
                   true, projection.plasticity.has_value(),
                   true, projection.delay_ms + pre.tau_ref_ms,
                   {},   {}};
    block.synapses.assign(pre.n_nodes, 0);
    block.fan_in.assign(end - first, 0);
    if (projection.mask) {
        for (const Synapse& pair :
             expand(mask_rule_of(projection, network), network.seed, p, first, end - first)) {
            ++block.synapses[pair.pre];
            ++block.fan_in[pair.post - first];
        }
        return block;
    }
    for (std::uint32_t j = 0; j < pre.n_nodes; ++j) {
        const bool itself = projection.pre == projection.post && first <= j && j < end;
        block.synapses[j] = end - first - (itself ? 1U : 0U);
    }
    const auto n = static_cast<std::uint32_t>(pre.n_nodes);
    for (std::uint32_t i = first; i < end; ++i)
        block.fan_in[i - first] = n - (projection.pre == projection.post ? 1U : 0U);
    return block;
}

/// Those of first .. first + count - 1 that a projection reaches: neurons, or nodes.
NeuronSpan reached(const SynapticProjection& projection,
                   std::size_t n_post,
                   std::uint32_t first,
                   std::uint32_t count) {
    const std::uint32_t begin = std::max(first, projection.post.first);
    const auto end = static_cast<std::uint32_t>(
        std::min<std::size_t>(std::size_t{first} + count, projection.post.first + n_post));
    return {projection.post.population.index, begin, begin < end ? end - begin : 0};
}

std::optional<RowBlock> synapse_rows(const Network& network,
                                     std::uint32_t p,
                                     const NeuronSpan& span) {
    const auto& projection = std::get<SynapticProjection>(network.projections[p]);
    const Population& post = network.populations[span.population];
    const ConnectionRule rule = rule_of(projection, network);
    // Of the span, in what synapses end on: neurons, or nodes.
    const std::uint32_t first = span.first / neurons_per_unit(post);
    const std::uint32_t count = span.count / neurons_per_unit(post);
    const NeuronSpan onto = reached(projection, rule.n_post, first, count);
    if (onto.count == 0) return std::nullopt;
    RowBlock block{p,
                   projection.pre.population.index,
                   projection.pre.first,
                   1,
                   is_dyadic(post),
                   false,
                   false,
                   0.0,
                   {},
                   {}};
    block.plastic = !std::holds_alternative<std::monostate>(projection.plasticity);
    block.synapses.assign(rule.n_pre, 0);
    block.fan_in.assign(count, 0);
    const double pulse_ms = is_dyadic(post) ? code_of(post).tau_ref_ms : 0.0;
    bool positive = false;
    bool negative = false;
    for (const Synapse& s :
         expand(rule, network.seed, p, onto.first - projection.post.first, onto.count)) {
        ++block.synapses[s.pre];
        ++block.fan_in[s.post + projection.post.first - first];
        positive |= s.weight > 0.0F;
        negative |= s.weight < 0.0F;
        block.longest_delay_ms =
            std::max(block.longest_delay_ms, static_cast<double>(s.delay_ms) + pulse_ms);
    }
    // The end of a pulse takes away what its begin has brought.
    block.both_signs = (positive && negative) || (is_dyadic(post) && (positive || negative));
    return block;
}

/// A third factor comes to each of a rule's targets, as if by a synapse.
std::optional<RowBlock> third_factor_rows(const Network& network,
                                          std::uint32_t p,
                                          const NeuronSpan& span) {
    const auto& projection = std::get<SynapticProjection>(network.projections[p]);
    if (!projection.third_factor) return std::nullopt;
    const NeuronRange& neurons = projection.third_factor->neurons;
    const std::size_t size = size_of(network.populations[neurons.population.index]);
    const std::size_t n_post = rule_of(projection, network).n_post;
    const NeuronSpan onto = reached(projection, n_post, span.first, span.count);
    if (onto.count == 0) return std::nullopt;
    const auto n = neurons.count.value_or(static_cast<std::uint32_t>(size - neurons.first));
    RowBlock block{p,
                   neurons.population.index,
                   neurons.first,
                   1,
                   false,
                   false,
                   false,
                   projection.third_factor->delay_ms,
                   std::vector<std::uint32_t>(n, onto.count),
                   std::vector<std::uint32_t>(span.count, 0)};
    std::fill_n(block.fan_in.begin() + (onto.first - span.first), onto.count, n);
    return block;
}

} // namespace

std::vector<RowBlock> rows_onto(const Network& network, const NeuronSpan& span) {
    std::vector<RowBlock> blocks;
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        const Projection& projection = network.projections[p];
        std::optional<RowBlock> block;
        if (const auto* dense = std::get_if<FactorisedProjection>(&projection)) {
            if (dense->post.index == span.population) block = node_rows(network, p, span);
        } else if (std::get<SynapticProjection>(projection).post.population.index ==
                   span.population) {
            block = synapse_rows(network, p, span);
            if (auto third = third_factor_rows(network, p, span))
                blocks.push_back(std::move(*third));
        }
        if (block && std::any_of(block->synapses.begin(), block->synapses.end(),
                                 [](std::uint32_t n) { return n > 0; }))
            blocks.push_back(std::move(*block));
    }
    return blocks;
}

std::uint32_t neurons_per_unit(const Population& population) {
    return is_dyadic(population) ? static_cast<std::uint32_t>(code_of(population).neurons_per_node)
                                 : 1;
}

} // namespace spikewell::mapping
