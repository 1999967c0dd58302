#include "io/network/network_file_parts.hpp"

namespace spikewell::io::network_file {

namespace {

// --- Ends ---

/// Which end of a projection; synapses end on nodes, not on their neurons.
enum class End { pre, post };

/// A population by its name, or a range of one. None: it is not known which neurons.
std::optional<Neurons> read_end(ObjectReader& reader, End which, Reading& reading) {
    const std::string key = which == End::pre ? "pre" : "post";
    const std::size_t before = reader.problem_count();
    Neurons end;
    if (reader.raw(key).is_object()) {
        ObjectReader range = reader.child(key);
        end = which == End::pre ? read_neurons(range, reading) : read_targets(range, reading);
        range.reject_unknown_keys();
    } else if (const auto index = look_up(reader, key, reading.populations, "a population")) {
        end.range.population = {*index};
        if (is_sound(reading, {*index})) {
            const Population& population = population_at(reading, {*index});
            end.size = which == End::pre ? size_of(population) : n_targets_of(population);
        }
    }
    return reader.problem_count() == before ? std::optional(end) : std::nullopt;
}

// --- Connectors ---

/// The weight and "delay_ms", but of a list, whose synapses have them already.
void read_values(ObjectReader& reader, const std::string& weight, SynapticProjection& projection) {
    if (std::holds_alternative<SynapseList>(projection.connector)) {
        if (given(reader, "delay_step_ms"))
            reader.problem("delay_step_ms", "is no key of connector \"list\"");
        return;
    }
    reader.require({weight.c_str()});
    read_distribution(reader, weight, projection.weight, weight_range());
    read_distribution(reader, "delay_ms", projection.delay_ms, delay_range());
    read_zero_or(reader, "delay_step_ms", projection.delay_step_ms, k_delays_ms);
}

/// Whether some neuron is in both ranges and would have to leave itself out.
bool leaves_out(const SynapticProjection& projection, std::size_t n_pre, std::size_t n_post) {
    const NeuronRange& pre = projection.pre;
    const NeuronRange& post = projection.post;
    return !projection.self_connections && pre.population == post.population &&
           pre.first < post.first + n_post && post.first < pre.first + n_pre;
}

/// What a connector by distance asks of the positions on both sides.
void check_positions(ObjectReader& reader,
                     const Reading& reading,
                     const SynapticProjection& projection) {
    if (!distance_law_of(projection.connector)) return;
    const ConnectionRule rule = rule_of(projection, reading.description.network);
    const std::string lacking = lacking_positions(rule);
    if (lacking.empty())
        check_synapse_count(reader, rule, Joins::neurons);
    else
        reader.problem("connector", lacking);
}

// --- Plasticity ---

/// One of some rules; none: null, or a rule of another name, whose keys are not known.
template <class Rules>
std::optional<Rules> read_rule(ObjectReader& parent,
                               const char* key,
                               std::string_view weight_unit) {
    if (!given(parent, key)) return std::nullopt;
    ObjectReader reader = parent.child(key);
    const std::vector<std::string> names = keys_of<Rules>();
    reader.require({"rule"});
    const std::size_t named = reader.choice_index("rule", names);
    if (named == names.size()) return std::nullopt;
    auto rules = alternative_at<Rules>(named);
    std::visit([&](auto& rule) { read_fields(reader, rule, weight_unit); }, rules);
    reader.reject_unknown_keys();
    return rules;
}

/// The neurons whose spikes are a rule's third factor; missing where it has none.
void read_third_factor(ObjectReader& reader,
                       const Reading& reading,
                       SynapticProjection& projection) {
    const char* const key = Card<ThirdFactorSource>::key.data();
    const bool wanted = sees_reward(projection.plasticity);
    if (!given(reader, key)) {
        if (wanted)
            reader.problem(key,
                           "is missing: the neurons whose spikes move weights by this plasticity");
        return;
    }
    ObjectReader neurons = reader.child(key);
    const std::size_t before = neurons.problem_count();
    ThirdFactorSource source;
    source.neurons = read_neurons(neurons, reading).range;
    neurons.number("delay_ms", source.delay_ms, delay_range());
    neurons.reject_unknown_keys();
    if (!wanted)
        reader.problem(key, "is for plasticity that has a third factor");
    else if (neurons.problem_count() == before)
        projection.third_factor = source;
}

/// What a synapse follows, long and short.
void read_rules(ObjectReader& reader,
                const Reading& reading,
                std::string_view weight_unit,
                SynapticProjection& projection) {
    if (const auto rule = read_rule<PlasticRule>(reader, "plasticity", weight_unit))
        std::visit([&](const auto& r) { projection.plasticity = r; }, *rule);
    if (const auto rule = read_rule<std::variant<TsodyksMarkram>>(reader, "short_term", {}))
        projection.short_term = std::get<TsodyksMarkram>(*rule);
    read_third_factor(reader, reading, projection);
}

void check_plastic_values(ObjectReader& reader,
                          const SynapticProjection& projection,
                          const std::string& weight,
                          const Interval& bounds) {
    const std::size_t n_delays = plastic_delays_ms(projection).size();
    if (n_delays == 0) {
        reader.problem("delay_step_ms",
                       fmt::format("must be above 0 where delays of a plastic projection vary: it "
                                   "may have {} different ones",
                                   k_most_plastic_delays));
    } else if (n_delays > k_most_plastic_delays) {
        reader.problem("delay_step_ms",
                       fmt::format("must leave a plastic projection at most {} different delays",
                                   k_most_plastic_delays));
    }
    const Support weights = support(projection.weight);
    if (weights.low < bounds.low || weights.high > bounds.high) {
        reader.problem(weight,
                       fmt::format("must be {} .. {}, the bounds of the plasticity, got {}",
                                   bounds.low, bounds.high,
                                   is_constant(projection.weight)
                                       ? fmt::format("{}", weights.low)
                                       : fmt::format("{} .. {}", weights.low, weights.high)));
    }
}

/// The same for a list. In its precision: 0.2F exceeds 0.2 though nobody meant it to.
void check_plastic_list(ObjectReader& reader,
                        const std::vector<Synapse>& synapses,
                        const std::string& weight,
                        const Interval& bounds) {
    const char* key = reader.has("file") ? "file" : "synapses";
    for (std::size_t i = 0; i < synapses.size(); ++i) {
        const Synapse& synapse = synapses[i];
        if (synapse.weight < static_cast<float>(bounds.low) ||
            synapse.weight > static_cast<float>(bounds.high)) {
            reader.problem(key, fmt::format("{} of synapse {} must be {} .. {}, the bounds of "
                                            "the plasticity, got {}",
                                            weight, i, bounds.low, bounds.high, synapse.weight));
            return;
        }
    }
}

void check_plastic(ObjectReader& reader,
                   const std::string& weight,
                   const SynapticProjection& projection) {
    const std::optional<PlasticRule> rule = plastic(projection.plasticity);
    if (!rule) return;
    const Interval bounds = weights_of(*rule);
    if (const auto* list = std::get_if<SynapseList>(&projection.connector)) {
        check_plastic_list(reader, list->synapses, weight, bounds);
        if (plastic_delays_ms(projection).size() > k_most_plastic_delays)
            reader.problem(reader.has("file") ? "file" : "synapses",
                           fmt::format("synapses of a plastic projection must have at most {} "
                                       "different delay_ms",
                                       k_most_plastic_delays));
    } else {
        check_plastic_values(reader, projection, weight, bounds);
    }
}

// --- Synaptic projections ---

/// The unit of weights: of the targets' model, mV where that is not known.
struct Weights {
    std::string_view unit = "mV";
    std::string key = "weight_mV";
};
Weights weights_onto(ObjectReader& reader,
                     const Reading& reading,
                     const std::optional<Neurons>& post) {
    if (post && is_sound(reading, post->range.population)) {
        const Population& targets = population_at(reading, post->range.population);
        const auto* cells = std::get_if<NeuronPopulation>(&targets);
        const std::string_view unit =
            cells != nullptr ? weight_unit_of(cells->neuron) : Card<DyadicPopulation>::weight_unit;
        if (is_target(targets)) return {unit, weight_key(reader, unit, model_of(targets))};
    }
    // Any unit is let pass.
    Weights given;
    const auto let_pass = [&](std::string_view unit) {
        const std::string key = with_unit("weight_*", unit);
        (void)reader.raw(key);
        if (reader.has(key)) given = {unit, key};
    };
    let_pass(Card<DyadicPopulation>::weight_unit);
    for_each_alternative<FileNeuron>([&]<class Neuron>() { let_pass(Card<Neuron>::weight_unit); });
    return given;
}

/// The values that no end decides but the weights' unit.
void read_synapses_of(ObjectReader& reader,
                      const Reading& reading,
                      const Ends& ends,
                      const Weights& weights,
                      SynapticProjection& projection) {
    if (auto connector = read_connector(reader, reading, ends, Joins::neurons, weights.key)) {
        projection.connector = std::move(*connector);
        read_values(reader, weights.key, projection);
    } else { // other problems of the values are told all the same
        read_distribution(reader, weights.key, projection.weight, weight_range());
        read_distribution(reader, "delay_ms", projection.delay_ms, delay_range());
    }
    reader.boolean("self_connections", projection.self_connections);
    reader.number("dendritic_delay_fraction", projection.dendritic_delay_fraction,
                  ObjectReader::between(0, 1));
    read_rules(reader, reading, weights.unit, projection);
}

/// Synapses onto nodes are static, and a neuron is no node.
void check_onto_nodes(ObjectReader& reader, const SynapticProjection& projection) {
    for (const char* key : {"plasticity", "short_term"}) {
        if (given(reader, key))
            reader.problem(key, "must be absent: synapses onto nodes are static");
    }
    if (!projection.self_connections)
        reader.problem("self_connections", "must be true onto nodes, which are no neurons");
}

SynapticProjection read_synaptic(ObjectReader& reader, Reading& reading) {
    SynapticProjection projection;
    const std::size_t before = reader.problem_count();
    projection.name = read_name(reader, NameKind::any_text, reading.projections,
                                reading.description.network.projections.size());
    const std::optional<Neurons> pre = read_end(reader, End::pre, reading);
    const std::optional<Neurons> post = read_end(reader, End::post, reading);
    if (post) {
        check_model(reader, "post", reading, post->range.population, target_models(), is_target);
    }
    projection.pre = pre.value_or(Neurons{}).range;
    projection.post = post.value_or(Neurons{}).range;
    const Ends ends{pre.value_or(Neurons{}).size, post.value_or(Neurons{}).size};
    const Weights weights = weights_onto(reader, reading, post);
    read_synapses_of(reader, reading, ends, weights, projection);
    const bool sound = reader.problem_count() == before;
    if (sound && ends.n_pre && ends.n_post) {
        check_connector(reader, projection.connector, ends,
                        leaves_out(projection, *ends.n_pre, *ends.n_post), Joins::neurons);
        check_positions(reader, reading, projection);
    }
    if (sound && is_dyadic(population_at(reading, projection.post.population))) {
        check_onto_nodes(reader, projection);
    } else if (sound) {
        check_plastic(reader, weights.key, projection);
    }
    return projection;
}

// --- All ---

/// Couplings say it; without them and without a connector, the population does.
bool is_factorised(ObjectReader& reader, const Reading& reading) {
    if (reader.has("coupling") || reader.has("coupling_file") || reader.has("connector")) {
        return !reader.has("connector");
    }
    const nlohmann::json& post = reader.raw("post");
    const auto found = post.is_string() ? reading.populations.find(post.get<std::string>())
                                        : reading.populations.end();
    return found != reading.populations.end() && is_dyadic(population_at(reading, {found->second}));
}

} // namespace

void read_projection(ObjectReader& reader, Reading& reading) {
    std::vector<Projection>& projections = reading.description.network.projections;
    if (is_factorised(reader, reading)) {
        projections.emplace_back(read_factorised(reader, reading));
    } else {
        projections.emplace_back(read_synaptic(reader, reading));
    }
    reader.reject_unknown_keys();
}

} // namespace spikewell::io::network_file
