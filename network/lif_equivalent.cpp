#include "network/lif_equivalent.hpp"

#include "core/error.hpp"
#include "network/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spikewell {

namespace {

constexpr double k_max_bias_spikes = 1e7;

/// Where a population of the network begins among those of its copy.
struct Copied {
    std::uint32_t first = 0;
    std::uint32_t bits = 1; ///< 1 where it is copied as it is
};

struct Builder {
    const NetworkDescription& original;
    NetworkDescription copy;
    std::vector<Copied> of_population = {};
    std::vector<std::uint32_t> of_projection = {};

    [[nodiscard]] const Population& population(std::uint32_t p) const {
        return original.network.populations[p];
    }
    std::uint32_t add(Population population) {
        copy.network.populations.push_back(std::move(population));
        return static_cast<std::uint32_t>(copy.network.populations.size() - 1);
    }
};

/// Of the synapses of evidence, the shortest there are.
double evidence_lag_ms(const EscapeNoiseLif& neuron) {
    return 0.1 * neuron.tau_ref_ms;
}

SynapticProjection listed(PopulationId pre, PopulationId post, SynapseList list) {
    SynapticProjection projection;
    projection.pre = {pre, 0, {}};
    projection.post = {post, 0, {}};
    projection.connector = std::move(list);
    return projection;
}

double membrane_ms(const EscapeNoiseLif& neuron) {
    return 0.003 * neuron.tau_ref_ms;
}

double tau_syn_ms(const EscapeNoiseLif& neuron) {
    return 10.0 * neuron.tau_ref_ms;
}

std::string name_of_bit(const std::string& name, std::uint32_t bit) {
    return fmt::format("{}_bit{}", name, bit + 1);
}

NeuronPopulation bit_of(const DyadicPopulation& population, std::uint32_t bit) {
    const double slope_mV = 0.5 / (population.code().gain_of(bit) * population.inverse_temperature);
    LifExp neuron;
    neuron.tau_m_ms = membrane_ms(population.neuron);
    neuron.tau_syn_exc_ms = tau_syn_ms(population.neuron);
    neuron.tau_syn_inh_ms = neuron.tau_syn_exc_ms;
    neuron.E_L_mV = 0.0;
    neuron.V_reset_mV = 0.0;
    neuron.V_th_mV = slope_mV; // where readers without escape noise put a sharp threshold
    neuron.t_ref_ms = population.neuron.tau_ref_ms;
    neuron.escape = EscapeRate{1000.0 / population.neuron.tau_ref_ms, 0.0, slope_mV};
    return {name_of_bit(population.name, bit), population.n_nodes, neuron, Constant{0.0}, {}};
}

void add_population(Builder& builder, const DyadicPopulation& population) {
    if (!(population.inverse_temperature > 0.0))
        throw ParameterError(population.name, "inverse_temperature", population.inverse_temperature,
                             "> 0 for LIF neurons, whose escape noise has a finite slope");
    for (std::uint32_t bit = 0; bit < static_cast<std::uint32_t>(population.neurons_per_node);
         ++bit)
        builder.add(bit_of(population, bit));
}

void add_population(Builder& builder, const SpikeListSource& source) {
    const auto bits = static_cast<std::uint32_t>(source.layout.neurons_per_node);
    std::vector<SpikeListPopulation> populations;
    for (std::uint32_t bit = 0; bit < bits; ++bit)
        populations.push_back({name_of_bit(source.name, bit), source.layout.n_nodes, {}});
    for (const Spike& spike : source.spikes)
        populations[spike.source % bits].spikes.push_back({spike.t_ms, spike.source / bits});
    for (SpikeListPopulation& population : populations)
        builder.add(std::move(population));
}

template <class Other> void add_population(Builder& builder, const Other& population) {
    builder.add(population);
}

void add_populations(Builder& builder) {
    for (const Population& population : builder.original.network.populations) {
        const auto first = static_cast<std::uint32_t>(builder.copy.network.populations.size());
        std::visit([&](const auto& p) { add_population(builder, p); }, population);
        const auto bits = is_dyadic(population)
                              ? static_cast<std::uint32_t>(code_of(population).neurons_per_node)
                              : 1U;
        builder.of_population.push_back({first, bits});
    }
}

/// Couplings with those that the mask leaves out at 0.
Matrix coupling_of(const Network& network, std::uint32_t index) {
    const FactorisedProjection& projection = factorised(network.projections[index]);
    if (!projection.mask) return projection.coupling;
    Matrix coupling(projection.coupling.rows, projection.coupling.cols);
    for (const Synapse& pair :
         expand(mask_rule_of(projection, network), network.seed, index, 0, coupling.rows))
        coupling(pair.post, pair.pre) = projection.coupling(pair.post, pair.pre);
    return coupling;
}

Matrix scaled(Matrix matrix, double factor) {
    for (double& value : matrix.values)
        value *= factor;
    return matrix;
}

/// One population's pulses onto all bits of a dyadic population, with the mean lag of those that a node
/// would receive `delay_ms` late and filter with tau_m.
void add_pulses(Builder& builder,
                std::uint32_t pre,
                std::uint32_t post,
                const Matrix& height_mV,
                double length_ms,
                double delay_ms) {
    const auto& population = std::get<DyadicPopulation>(builder.population(post));
    const Pulse pulse = pulse_onto(population.neuron, length_ms);
    const double lag_ms = delay_ms + population.neuron.tau_m_ms + 0.5 * length_ms;
    const double own_ms = pulse.mean_lag_ms() + membrane_ms(population.neuron);
    if (!(lag_ms >= own_ms + k_least_delay_ms))
        throw ParameterError(
            population.name, "mean lag of its input (ms)", lag_ms,
            fmt::format(">= {} in a copy of LIF neurons", own_ms + k_least_delay_ms));
    const Copied to = builder.of_population[post];
    for (std::uint32_t k = 0; k < to.bits; ++k)
        for (SynapticProjection& projection : pulse_projections(
                 PopulationId{pre}, PopulationId{to.first + k}, height_mV, pulse, lag_ms - own_ms))
            builder.copy.network.projections.emplace_back(std::move(projection));
}

/// Of all synapses of couplings and evidence.
double bytes_of_copy(const Network& network) {
    double bytes = 0.0;
    for (const Population& population : network.populations) {
        if (const auto* nodes = std::get_if<DyadicPopulation>(&population))
            bytes += static_cast<double>(nodes->evidence.times_ms.size()) *
                     static_cast<double>(nodes->code().n_neurons()) * 2.0 * sizeof(Synapse);
    }
    for (const Projection& projection : network.projections) {
        if (const auto* synaptic = std::get_if<SynapticProjection>(&projection)) {
            const Population& post = network.populations[synaptic->post.population.index];
            if (is_dyadic(post))
                bytes += expected_synapses(rule_of(*synaptic, network)) *
                         (2.0 * code_of(post).neurons_per_node + 2.0) * sizeof(Synapse);
            continue;
        }
        const auto* couplings = &factorised(projection);
        const DyadicCode pre = code_of(network.populations[couplings->pre.index]);
        const DyadicCode post = code_of(network.populations[couplings->post.index]);
        bytes += static_cast<double>(pre.n_neurons()) * static_cast<double>(post.n_neurons()) *
                 2.0 * sizeof(Synapse);
    }
    return bytes;
}

/// `field_mV` [n_post_nodes x 1] gets what silent nodes do.
void add_projection(Builder& builder,
                    const FactorisedProjection& projection,
                    std::uint32_t index,
                    Matrix& field_mV) {
    const DyadicCode pre = code_of(builder.population(projection.pre.index));
    const Matrix coupling = coupling_of(builder.original.network, index);
    const Copied from = builder.of_population[projection.pre.index];
    for (std::uint32_t l = 0; l < from.bits; ++l)
        add_pulses(builder, from.first + l, projection.post.index,
                   scaled(coupling, 2.0 * pre.gain_of(l)), pre.tau_ref_ms, projection.delay_ms);
    if (field_mV.values.empty()) field_mV = Matrix(coupling.rows, 1);
    for (std::size_t j = 0; j < coupling.cols; ++j)
        for (std::size_t i = 0; i < coupling.rows; ++i)
            field_mV(i, 0) += pre.silent_state() * coupling(i, j);
}

NeuronRange moved(const Builder& builder, NeuronRange range) {
    range.population.index = builder.of_population[range.population.index].first;
    return range;
}

/// Spikes onto nodes, as pulses onto all bits.
void add_field_pulses(Builder& builder, const SynapticProjection& projection, std::uint32_t index) {
    const std::uint32_t p = projection.post.population.index;
    const EscapeNoiseLif& neuron = std::get<DyadicPopulation>(builder.population(p)).neuron;
    const Pulse pulse = pulse_onto(neuron, neuron.tau_ref_ms);
    SynapseList opening{expand_among_neurons(builder.original.network, index)};
    SynapseList ending = opening;
    for (Synapse& s : opening.synapses)
        s.weight = static_cast<float>(pulse.opening() * static_cast<double>(s.weight));
    for (Synapse& s : ending.synapses) {
        s.weight = static_cast<float>(-pulse.opening() * pulse.left_over() *
                                      static_cast<double>(s.weight));
        s.delay_ms = static_cast<float>(static_cast<double>(s.delay_ms) + pulse.length_ms);
    }
    const Copied to = builder.of_population[p];
    const PopulationId pre{builder.of_population[projection.pre.population.index].first};
    for (std::uint32_t bit = 0; bit < to.bits; ++bit)
        for (const SynapseList* list : {&opening, &ending})
            builder.copy.network.projections.emplace_back(
                listed(pre, PopulationId{to.first + bit}, *list));
}

void add_projection(Builder& builder, SynapticProjection projection, std::uint32_t index) {
    if (is_dyadic(builder.population(projection.pre.population.index)))
        throw NetworkError(name_of(builder.population(projection.pre.population.index)),
                           "has synapses of its neurons, which its copy in bits cannot have");
    if (is_dyadic(builder.population(projection.post.population.index))) {
        add_field_pulses(builder, projection, index);
        return;
    }
    projection.pre = moved(builder, projection.pre);
    projection.post = moved(builder, projection.post);
    if (projection.third_factor) {
        NeuronRange& neurons = projection.third_factor->neurons;
        if (is_dyadic(builder.population(neurons.population.index)))
            throw NetworkError(name_of(builder.population(neurons.population.index)),
                               "is a third factor, which its copy in bits cannot be");
        neurons = moved(builder, neurons);
    }
    builder.copy.network.projections.emplace_back(std::move(projection));
}

/// Of a source that fires every tau_ref.
void require_few_spikes(double duration_ms, double tau_ref_ms) {
    if (std::ceil(duration_ms / tau_ref_ms) > k_max_bias_spikes)
        throw ParameterError("network", "duration_ms", duration_ms,
                             fmt::format("<= {}: its copy has a source that fires every {} ms",
                                         k_max_bias_spikes * tau_ref_ms, tau_ref_ms));
}

/// A source that gives each node of a population the field of its silent inputs: a node that is
/// always on.
void add_bias(Builder& builder, std::uint32_t p, const Matrix& field_mV) {
    const auto& population = std::get<DyadicPopulation>(builder.population(p));
    const double tau_ref_ms = population.neuron.tau_ref_ms;
    const double n_spikes = std::ceil(builder.original.duration_ms / tau_ref_ms);
    require_few_spikes(builder.original.duration_ms, tau_ref_ms);
    SpikeListPopulation bias{population.name + "_bias", 1, {}};
    for (std::uint32_t s = 0; s < static_cast<std::uint32_t>(n_spikes); ++s)
        bias.spikes.push_back({tau_ref_ms * s, 0});
    const std::uint32_t pre = builder.add(std::move(bias));
    add_pulses(builder, pre, p, field_mV, tau_ref_ms, tau_ref_ms);
}

/// The same of evidence: a source with a neuron for each time, whose pulses follow one another until the
/// next time, none longer than tau_ref.
void add_evidence(Builder& builder, std::uint32_t p) {
    const auto* population = std::get_if<DyadicPopulation>(&builder.population(p));
    if (population == nullptr || population->evidence.times_ms.empty()) return;
    const Evidence& evidence = population->evidence;
    const std::vector<double>& times_ms = evidence.times_ms;
    const double tau_ref_ms = population->neuron.tau_ref_ms;
    const double lag_ms = evidence_lag_ms(population->neuron);
    const double duration_ms = builder.original.duration_ms;
    require_few_spikes(duration_ms, tau_ref_ms);
    SpikeListPopulation source{population->name + "_evidence", times_ms.size(), {}};
    SynapseList opening;
    SynapseList ending;
    for (std::uint32_t k = 0; k < times_ms.size(); ++k) {
        const double begin_ms = std::max(0.0, times_ms[k] - lag_ms);
        const double next_ms = k + 1 < times_ms.size() ? times_ms[k + 1] - lag_ms : duration_ms;
        const double length_ms = std::min(next_ms, duration_ms) - begin_ms;
        if (!(length_ms > 0.0)) continue;
        const auto n_pulses = static_cast<std::uint32_t>(std::ceil(length_ms / tau_ref_ms));
        const Pulse pulse = pulse_onto(population->neuron, length_ms / n_pulses);
        for (std::uint32_t s = 0; s < n_pulses; ++s)
            source.spikes.push_back({begin_ms + s * pulse.length_ms, k});
        for (std::uint32_t i = 0; i < population->n_nodes; ++i) {
            if (evidence.at(i, k) == 0.0) continue;
            const double weight = pulse.opening() * evidence.at(i, k);
            opening.synapses.push_back(
                {k, i, static_cast<float>(weight), static_cast<float>(lag_ms)});
            ending.synapses.push_back({k, i, static_cast<float>(-weight * pulse.left_over()),
                                       static_cast<float>(lag_ms + pulse.length_ms)});
        }
    }
    const std::uint32_t pre = builder.add(std::move(source));
    const Copied to = builder.of_population[p];
    for (std::uint32_t bit = 0; bit < to.bits; ++bit)
        for (const SynapseList* list : {&opening, &ending})
            builder.copy.network.projections.emplace_back(
                listed(PopulationId{pre}, PopulationId{to.first + bit}, *list));
}

void add_projections(Builder& builder) {
    const Network& network = builder.original.network;
    std::vector<Matrix> field_mV(network.populations.size());
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        builder.of_projection.push_back(
            static_cast<std::uint32_t>(builder.copy.network.projections.size()));
        if (const auto* couplings = std::get_if<FactorisedProjection>(&network.projections[p]))
            add_projection(builder, *couplings, p, field_mV[couplings->post.index]);
        else
            add_projection(builder, std::get<SynapticProjection>(network.projections[p]), p);
    }
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        if (!field_mV[p].values.empty()) add_bias(builder, p, field_mV[p]);
        add_evidence(builder, p);
    }
}

/// The neurons of one bit that are in a range of all neurons of a population, if any.
std::optional<NeuronRange> part_of_bit(const NeuronRange& range,
                                       const Copied& copied,
                                       std::uint32_t bit,
                                       std::size_t size) {
    const std::uint64_t end = range.count ? std::uint64_t{range.first} + *range.count : size;
    const auto nodes_before = [&](std::uint64_t neuron) {
        return static_cast<std::uint32_t>((neuron + copied.bits - 1 - bit) / copied.bits);
    };
    const std::uint32_t first = nodes_before(range.first);
    const std::uint32_t count = nodes_before(end) - first;
    if (count == 0) return std::nullopt;
    return NeuronRange{PopulationId{copied.first + bit}, first, count};
}

void add_recording(Builder& builder, const Recording& recording, SpikeRecording what) {
    const std::uint32_t p = what.neurons.population.index;
    const Copied copied = builder.of_population[p];
    if (!is_dyadic(builder.population(p))) {
        what.neurons = moved(builder, what.neurons);
        builder.copy.recordings.push_back({recording.name, std::move(what)});
        return;
    }
    for (std::uint32_t bit = 0; bit < copied.bits; ++bit) {
        SpikeRecording of_bit;
        for (const std::uint32_t neuron : what.listed)
            if (neuron % copied.bits == bit) of_bit.listed.push_back(neuron / copied.bits);
        const auto part = part_of_bit(what.neurons, copied, bit, size_of(builder.population(p)));
        if (!part || (!what.listed.empty() && of_bit.listed.empty())) continue;
        of_bit.neurons = *part;
        // Those that are listed are of the whole population.
        if (!what.listed.empty()) of_bit.neurons = {part->population, 0, {}};
        builder.copy.recordings.push_back({name_of_bit(recording.name, bit), std::move(of_bit)});
    }
}

/// Weights onto nodes stay, and are others in the copy.
void add_recording(Builder& builder, const Recording& recording, WeightRecording what) {
    const auto& projection =
        std::get<SynapticProjection>(builder.original.network.projections[what.projection.index]);
    if (is_dyadic(builder.population(projection.post.population.index))) return;
    what.projection.index = builder.of_projection[what.projection.index];
    builder.copy.recordings.push_back({recording.name, what});
}

/// Couplings become synapses.
void add_recording(Builder& /*builder*/, const Recording& /*recording*/, const CouplingRecording&) {
}

/// Potentials and states, of point neurons only, and rates.
template <class Other>
void add_recording(Builder& builder, const Recording& recording, Other what) {
    if (is_dyadic(builder.population(what.neurons.population.index))) return;
    what.neurons = moved(builder, what.neurons);
    builder.copy.recordings.push_back({recording.name, what});
}

} // namespace

Pulse pulse_onto(const EscapeNoiseLif& neuron, double length_ms) {
    return {length_ms, tau_syn_ms(neuron)};
}

std::array<SynapticProjection, 2> pulse_projections(PopulationId pre,
                                                    PopulationId post,
                                                    const Matrix& height_mV,
                                                    const Pulse& pulse,
                                                    double delay_ms) {
    const auto synapses = [&](double weight, double arrival_ms) {
        SynapseList list;
        for (std::uint32_t j = 0; j < height_mV.cols; ++j)
            for (std::uint32_t i = 0; i < height_mV.rows; ++i)
                if (height_mV(i, j) != 0.0)
                    list.synapses.push_back({j, i, static_cast<float>(weight * height_mV(i, j)),
                                             static_cast<float>(arrival_ms)});
        return listed(pre, post, std::move(list));
    };
    return {synapses(pulse.opening(), delay_ms),
            synapses(-pulse.opening() * pulse.left_over(), delay_ms + pulse.length_ms)};
}

bool has_nodes(const Network& network) {
    return std::any_of(network.populations.begin(), network.populations.end(), is_dyadic);
}

NetworkDescription lif_equivalent(const NetworkDescription& description) {
    validate(description);
    require_memory(bytes_of_copy(description.network), "the network in LIF populations");
    Builder builder{description, {}};
    builder.copy.network.seed = description.network.seed;
    builder.copy.duration_ms = description.duration_ms;
    builder.copy.warm_up_ms = description.warm_up_ms;
    add_populations(builder);
    add_projections(builder);
    for (const Recording& recording : description.recordings)
        std::visit([&](const auto& what) { add_recording(builder, recording, what); },
                   recording.what);
    validate(builder.copy);
    return std::move(builder.copy);
}

} // namespace spikewell
