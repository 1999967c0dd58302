#include "network/engine/memory.hpp"

#include "network/engine/dyadic/pulse_train.hpp"
#include "network/engine/lif/lif_population.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell {

namespace {

using detail::BlockSynapses;
using detail::LifBlock;
using detail::PostSpikes;

// What threads' lists come to above what is drawn: they are made for more, and grow.
constexpr double k_list_room = 1.02;

/// Of a LargeVector: large ones lie in whole pages.
double large_bytes(double bytes) {
    constexpr auto k_page = static_cast<double>(LargePageAllocator<char>::k_page);
    return bytes < k_page / 2.0 ? bytes : std::ceil(bytes / k_page) * k_page;
}

/// What stays, and what is taken for a while when synapses are made.
struct Bytes {
    double held = 0.0;
    double building = 0.0;
};

bool has_weights(const SynapticProjection& projection) {
    return !is_constant(projection.weight) ||
           std::holds_alternative<SynapseList>(projection.connector) ||
           !std::holds_alternative<std::monostate>(projection.plasticity);
}

/// Of n delays that differ: of those there are in a table, if it does not have room for all.
double delay_bytes(double n) {
    constexpr auto k_most = static_cast<double>(detail::OwnDelays::k_most_distinct);
    return large_bytes(n <= k_most ? sizeof(float) * n : sizeof(std::uint16_t) * n);
}

/// Of `n` synapses in one block. Synapses are drawn as they are listed, and sorted into a second list.
Bytes block_bytes(const SynapticProjection& projection, double n_pre, double n, double width) {
    Bytes bytes{sizeof(BlockSynapses),
                2.0 * k_list_room * sizeof(Synapse) * n + sizeof(std::size_t) * n_pre};
    const bool plastic = !std::holds_alternative<std::monostate>(projection.plasticity);
    const auto n_delays = plastic ? static_cast<double>(plastic_delays_ms(projection).size()) : 1.0;
    const bool one_delay = detail::one_delay_ms(projection).has_value();
    const bool dense = std::holds_alternative<AllToAll>(projection.connector) && one_delay;
    if (dense || has_weights(projection)) bytes.held += large_bytes(sizeof(float) * n);
    if (!dense) {
        bytes.held += n_delays * large_bytes(sizeof(std::uint32_t) * (n_pre + 1.0));
        bytes.held += large_bytes(sizeof(std::uint16_t) * n);
    }
    if (!one_delay && !plastic) bytes.held += delay_bytes(n);
    if (plastic) {
        const double of_spike = sizeof(std::int32_t) + sizeof(float);
        bytes.held += n_delays * ((sizeof(double) + sizeof(std::int32_t)) * n_pre +
                                  (of_spike * PostSpikes::k_most + sizeof(double)) * width);
        if (std::visit([]<class Rule>(const Rule&) { return SeesTriplets<Rule>; },
                       projection.plasticity))
            bytes.held += n_delays * sizeof(double) * (n_pre + width);
        if (sees_reward(projection.plasticity))
            bytes.held += 2.0 * large_bytes(sizeof(float) * n) +
                          n_delays * sizeof(double) * (n_pre + PostSpikes::k_most * width);
    }
    return bytes;
}

/// Of a list of points; other positions are computed where they are needed.
double points_bytes(const Positions& positions) {
    const auto* list = std::get_if<ListedPositions>(&positions);
    return list == nullptr ? 0.0
                           : sizeof(double) * static_cast<double>(list->points_mm.values.size());
}
double points_bytes(const std::optional<Positions>& positions) {
    return positions ? points_bytes(*positions) : 0.0;
}

/// Of a projection onto blocks of this many neurons.
Bytes projection_bytes(const Network& network, const SynapticProjection& projection, double size) {
    const ConnectionRule rule = rule_of(projection, network);
    const auto n_post = static_cast<double>(rule.n_post);
    const double first = std::floor(projection.post.first / size);
    const double last = std::floor((projection.post.first + n_post - 1.0) / size);
    const double n_blocks = std::max(1.0, last - first + 1.0);
    const double n = expected_synapses(rule) / n_blocks;
    Bytes bytes =
        block_bytes(projection, static_cast<double>(rule.n_pre), n, std::min(size, n_post));
    bytes.held *= n_blocks;
    // A full block has more than the mean of all.
    bytes.building *= std::min(size, n_post) / (n_post / n_blocks);
    if (distance_law_of(projection.connector)) {
        constexpr double k_in_cells = 9.0; // of a source (spatial.hpp)
        bytes.building += k_in_cells * static_cast<double>(rule.n_pre) +
                          points_bytes(rule.pre_places->positions) +
                          points_bytes(rule.post_places->positions);
    }
    if (projection.short_term) bytes.held += sizeof(Resources) * static_cast<double>(rule.n_pre);
    if (const auto* list = std::get_if<SynapseList>(&projection.connector))
        bytes.held += sizeof(Synapse) * static_cast<double>(list->synapses.size());
    return bytes;
}

/// Doubles of a neuron's own state and of its place in the block's work space.
double doubles_of(const LifDelta&, bool /*has_inputs*/) {
    return 5.0;
}
double doubles_of(const LifExp&, bool has_inputs) {
    return has_inputs ? 6.0 : 3.0;
}
template <Walked Model> double doubles_of(const Model&, bool /*has_inputs*/) {
    // The columns, as of when they are, what is ignored, and inputs that are looked up.
    constexpr double k_looked_up = 4.0;
    return static_cast<double>(Dynamics<Model>::columns.size()) + 2.0 + k_looked_up;
}
template <Linear Model> double doubles_of(const Model&, bool has_inputs) {
    return static_cast<double>((has_inputs ? 2 : 1) * Dynamics<Model>::columns.size());
}

/// Of what neurons have of their own: numbers, current, noise, and what follows from them.
double own_doubles(const NeuronPopulation& population) {
    const bool own = !population.varied.empty() || !population.currents.empty();
    const auto n_noise =
        std::count_if(population.currents.begin(), population.currents.end(), [](const auto& c) {
            return std::holds_alternative<NoiseCurrent>(c.waveform);
        });
    return static_cast<double>(population.varied.size()) +
           (population.currents.empty() ? 0.0 : 1.0) + static_cast<double>(n_noise) +
           (own ? 2.0 : 0.0);
}

/// Of a neuron: its state, and its place in its block's work space.
double neuron_bytes(const NeuronPopulation& population) {
    constexpr double k_of_all = sizeof(double) + 3 * sizeof(float) + 2 * sizeof(char);
    double n_doubles =
        std::visit([&](const auto& model) { return doubles_of(model, !population.inputs.empty()); },
                   population.neuron);
    if (has_escape(population.neuron)) n_doubles += 3.5;
    n_doubles += own_doubles(population);
    return k_of_all + n_doubles * sizeof(double);
}

// Of each kind of population. A kind that is forgotten does not compile.

Bytes bytes_of(const NeuronPopulation& cells,
               const Network& network,
               std::uint32_t index,
               int n_threads) {
    const auto n = static_cast<double>(cells.size);
    const auto size = static_cast<double>(detail::lif_block_size(network, index));
    const double n_blocks = std::ceil(n / size);
    Bytes bytes{
        neuron_bytes(cells) * n + sizeof(LifBlock) * n_blocks + points_bytes(cells.positions), 0.0};
    for (const Projection& projection : network.projections) {
        const auto* synaptic = std::get_if<SynapticProjection>(&projection);
        if (synaptic == nullptr || synaptic->post.population.index != index) continue;
        const Bytes of = projection_bytes(network, *synaptic, size);
        bytes.held += of.held;
        bytes.building = std::max(bytes.building, of.building);
    }
    // Each thread's two lists are used again by the next block's projections.
    bytes.building *= std::min<double>(n_threads, n_blocks);
    return bytes;
}
template <RandomSource Source>
Bytes bytes_of(const Source& source, const Network&, std::uint32_t, int) {
    return {(sizeof(double) + sizeof(RandomStream)) * static_cast<double>(source.size) +
                points_bytes(source.positions),
            0.0};
}
double listed_bytes(const std::vector<Spike>& spikes) {
    return 2.0 * sizeof(Spike) * static_cast<double>(spikes.size());
}
Bytes bytes_of(const SpikeListPopulation& list, const Network&, std::uint32_t, int) {
    return {listed_bytes(list.spikes) + points_bytes(list.positions), 0.0};
}
Bytes bytes_of(const SpikeListSource& list, const Network&, std::uint32_t, int) {
    const auto n = static_cast<double>(list.layout.n_neurons());
    return {listed_bytes(list.spikes) + sizeof(detail::NeuronOutput) * n, 0.0};
}
Bytes bytes_of(const DyadicPopulation& nodes, const Network& network, std::uint32_t index, int) {
    const auto n = static_cast<double>(nodes.code().n_neurons());
    Bytes bytes{(2.0 * sizeof(EscapeNoiseState) + sizeof(detail::NeuronOutput)) * n +
                    2.0 * sizeof(double) * static_cast<double>(nodes.evidence.values.values.size()),
                0.0};
    for (const Projection& projection : network.projections) {
        const auto* synaptic = std::get_if<SynapticProjection>(&projection);
        if (synaptic == nullptr || synaptic->post.population.index != index) continue;
        const ConnectionRule rule = rule_of(*synaptic, network);
        const double of_synapses = sizeof(Synapse) * expected_synapses(rule);
        bytes.held += of_synapses + sizeof(std::size_t) * static_cast<double>(rule.n_pre);
        // Drawn as they are listed, and sorted into a second list, which stays.
        bytes.building = std::max(bytes.building, of_synapses);
    }
    return bytes;
}

Bytes population_bytes(const Network& network, std::uint32_t index, int n_threads) {
    return std::visit([&](const auto& kind) { return bytes_of(kind, network, index, n_threads); },
                      network.populations[index]);
}

} // namespace

double required_bytes(const Network& network, int n_threads) {
    double held = 0.0;
    double building = 0.0; // of one population after the other
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        const Bytes bytes = population_bytes(network, p, n_threads);
        held += bytes.held;
        building = std::max(building, bytes.building);
    }
    for (const Projection& projection : network.projections) {
        const auto* dense = std::get_if<FactorisedProjection>(&projection);
        // In double as it is given, in float as it is kept.
        if (dense != nullptr)
            held += (sizeof(double) + sizeof(float)) * static_cast<double>(dense->coupling.rows) *
                    static_cast<double>(dense->coupling.cols);
    }
    return held + building;
}

} // namespace spikewell
