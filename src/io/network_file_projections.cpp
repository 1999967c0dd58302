#include "io/network_file_parts.hpp"

namespace spikewell::io::network_file {

namespace {

enum class Rule { pair_stdp, inhibitory_stdp };

// --- Ends ---

/// A population by its name, or a range of one. None: it is not known which neurons.
std::optional<Neurons> read_end(ObjectReader& reader, const std::string& key, Reading& reading) {
    const std::size_t before = reader.problem_count();
    Neurons end;
    if (reader.raw(key).is_object()) {
        ObjectReader range = reader.child(key);
        end = read_neurons(range, reading);
        range.reject_unknown_keys();
    } else if (const auto index = look_up(reader, key, reading.populations, "a population")) {
        end.range.population = {*index};
        if (is_sound(reading, {*index})) {
            end.size = size_of(population_at(reading, {*index}));
        }
    }
    return reader.problem_count() == before ? std::optional(end) : std::nullopt;
}

// --- Connectors ---

/// "weight_mV" and "delay_ms", which synapses of a list have each of its own.
void read_values(ObjectReader& reader, SynapticProjection& projection) {
    if (std::holds_alternative<SynapseList>(projection.connector)) {
        for (const char* key : {"weight_mV", "delay_ms"}) {
            (void)reader.raw(key);
            if (reader.has(key)) {
                reader.problem(key, "is no key of connector \"list\": each synapse has its own");
            }
        }
        return;
    }
    reader.require({"weight_mV"});
    read_distribution(reader, "weight_mV", projection.weight_mV, weight_range());
    read_distribution(reader, "delay_ms", projection.delay_ms, delay_range());
}

/// Whether some neuron is in both ranges and would have to leave itself out.
bool leaves_out(const SynapticProjection& projection, std::size_t n_pre, std::size_t n_post) {
    const NeuronRange& pre = projection.pre;
    const NeuronRange& post = projection.post;
    return !projection.self_connections && pre.population == post.population &&
           pre.first < post.first + n_post && post.first < pre.first + n_pre;
}

// --- Plasticity ---

PairStdp read_pair_stdp(ObjectReader& reader) {
    PairStdp rule;
    const std::size_t before = reader.problem_count();
    reader.number("tau_plus_ms", rule.tau_plus_ms, range_of(k_time_constants_ms));
    reader.number("tau_minus_ms", rule.tau_minus_ms, range_of(k_time_constants_ms));
    reader.number("lambda", rule.lambda, ObjectReader::between(0, 1));
    reader.number("alpha", rule.alpha, range_of(k_learning_steps));
    reader.number("w_min_mV", rule.w_min_mV, range_of({0.0, k_weight_limits_mV.high}));
    reader.number("w_max_mV", rule.w_max_mV, range_of(k_weight_limits_mV));
    reader.choice("dependence", rule.dependence,
                  {{"additive", WeightDependence::additive},
                   {"multiplicative", WeightDependence::multiplicative}});
    if (reader.problem_count() > before) {
        return rule;
    }
    if (!(rule.w_max_mV > rule.w_min_mV)) {
        reader.problem("w_max_mV", fmt::format("must be > w_min_mV = {}, got {}", rule.w_min_mV,
                                               rule.w_max_mV));
    }
    const bool multiplicative = rule.dependence == WeightDependence::multiplicative;
    if (multiplicative && rule.w_min_mV != 0.0) {
        reader.problem("w_min_mV", fmt::format("must be 0 while dependence is \"multiplicative\", "
                                               "got {}",
                                               rule.w_min_mV));
    }
    if (multiplicative && rule.lambda * rule.alpha > 1.0) {
        reader.problem("alpha", fmt::format("must be <= 1 / lambda = {:.6g} while dependence is "
                                            "\"multiplicative\", got {}",
                                            1.0 / rule.lambda, rule.alpha));
    }
    return rule;
}

InhibitoryStdp read_inhibitory_stdp(ObjectReader& reader) {
    InhibitoryStdp rule;
    reader.number("tau_ms", rule.tau_ms, range_of(k_time_constants_ms));
    reader.number("eta_mV", rule.eta_mV, range_of(k_learning_steps));
    reader.number("target_rate_Hz", rule.target_rate_Hz, range_of(k_target_rates_Hz));
    reader.number("w_max_mV", rule.w_max_mV, range_of(k_weight_limits_mV));
    return rule;
}

void read_plasticity(ObjectReader& parent, SynapticProjection& projection) {
    if (!given(parent, "plasticity")) {
        return;
    }
    ObjectReader reader = parent.child("plasticity");
    std::optional<Rule> rule;
    reader.require({"rule"});
    reader.choice<std::optional<Rule>>(
        "rule", rule, {{"pair_stdp", Rule::pair_stdp}, {"inhibitory_stdp", Rule::inhibitory_stdp}});
    if (!rule) {
        return; // which keys belong here is not known
    }
    if (*rule == Rule::pair_stdp) {
        projection.plasticity = read_pair_stdp(reader);
    } else {
        projection.plasticity = read_inhibitory_stdp(reader);
    }
    reader.reject_unknown_keys();
}

/// The weights that a rule keeps.
struct Bounds {
    double low;
    double high;
};

std::optional<Bounds> plastic_bounds(const SynapticProjection& projection) {
    if (const auto* rule = std::get_if<PairStdp>(&projection.plasticity)) {
        return Bounds{rule->w_min_mV, rule->w_max_mV};
    }
    if (const auto* rule = std::get_if<InhibitoryStdp>(&projection.plasticity)) {
        return Bounds{-rule->w_max_mV, 0.0};
    }
    return std::nullopt;
}

void check_plastic_values(ObjectReader& reader,
                          const SynapticProjection& projection,
                          const Bounds& bounds) {
    if (!is_constant(projection.delay_ms)) {
        reader.problem("delay_ms", "must be one number while the projection is plastic, got a "
                                   "distribution");
    }
    const Support weights = support(projection.weight_mV);
    if (weights.low < bounds.low || weights.high > bounds.high) {
        reader.problem("weight_mV",
                       fmt::format("must be {} .. {}, the bounds of the plasticity, got {}",
                                   bounds.low, bounds.high,
                                   is_constant(projection.weight_mV)
                                       ? fmt::format("{}", weights.low)
                                       : fmt::format("{} .. {}", weights.low, weights.high)));
    }
}

/// The same for a list. In its precision: 0.2F exceeds 0.2 though nobody meant it to.
void check_plastic_list(ObjectReader& reader,
                        const std::vector<Synapse>& synapses,
                        const Bounds& bounds) {
    const char* key = reader.has("file") ? "file" : "synapses";
    for (std::size_t i = 0; i < synapses.size(); ++i) {
        const Synapse& synapse = synapses[i];
        if (synapse.delay_ms != synapses[0].delay_ms) {
            reader.problem(key, fmt::format("synapses of a plastic projection must have one "
                                            "delay_ms, got {} and {} (synapse {})",
                                            synapses[0].delay_ms, synapse.delay_ms, i));
            return;
        }
        if (synapse.weight_mV < static_cast<float>(bounds.low) ||
            synapse.weight_mV > static_cast<float>(bounds.high)) {
            reader.problem(key, fmt::format("weight_mV of synapse {} must be {} .. {}, the bounds "
                                            "of the plasticity, got {}",
                                            i, bounds.low, bounds.high, synapse.weight_mV));
            return;
        }
    }
}

void check_plastic(ObjectReader& reader, const SynapticProjection& projection) {
    const std::optional<Bounds> bounds = plastic_bounds(projection);
    if (!bounds) {
        return;
    }
    if (const auto* list = std::get_if<SynapseList>(&projection.connector)) {
        check_plastic_list(reader, list->synapses, *bounds);
    } else {
        check_plastic_values(reader, projection, *bounds);
    }
}

// --- Synaptic projections ---

/// The values that no end decides.
void read_synapses_of(ObjectReader& reader,
                      const Reading& reading,
                      const Ends& ends,
                      SynapticProjection& projection) {
    if (auto connector = read_connector(reader, reading, ends, Joins::neurons)) {
        projection.connector = std::move(*connector);
        read_values(reader, projection);
    } else { // other problems of the values are told all the same
        read_distribution(reader, "weight_mV", projection.weight_mV, weight_range());
        read_distribution(reader, "delay_ms", projection.delay_ms, delay_range());
    }
    reader.boolean("self_connections", projection.self_connections);
    reader.number("dendritic_delay_fraction", projection.dendritic_delay_fraction,
                  ObjectReader::between(0, 1));
    read_plasticity(reader, projection);
}

SynapticProjection read_synaptic(ObjectReader& reader, Reading& reading) {
    SynapticProjection projection;
    const std::size_t before = reader.problem_count();
    projection.name = read_name(reader, NameKind::any_text, reading.projections,
                                reading.description.network.projections.size());
    const std::optional<Neurons> pre = read_end(reader, "pre", reading);
    const std::optional<Neurons> post = read_end(reader, "post", reading);
    if (post) {
        check_model(reader, "post", reading, post->range.population, "lif_delta or lif_exp",
                    is_lif);
    }
    projection.pre = pre.value_or(Neurons{}).range;
    projection.post = post.value_or(Neurons{}).range;
    const Ends ends{pre.value_or(Neurons{}).size, post.value_or(Neurons{}).size};
    read_synapses_of(reader, reading, ends, projection);
    const bool sound = reader.problem_count() == before;
    if (sound && ends.n_pre && ends.n_post) {
        check_connector(reader, projection.connector, ends,
                        leaves_out(projection, *ends.n_pre, *ends.n_post), Joins::neurons);
    }
    if (sound) {
        check_plastic(reader, projection);
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

void read_projection(ObjectReader& reader, Reading& reading) {
    std::vector<Projection>& projections = reading.description.network.projections;
    if (is_factorised(reader, reading)) {
        projections.emplace_back(read_factorised(reader, reading));
    } else {
        projections.emplace_back(read_synaptic(reader, reading));
    }
    reader.reject_unknown_keys();
}

} // namespace

void read_projections(ObjectReader& document, Reading& reading) {
    const std::size_t before = document.problem_count();
    each_object(document, "projections", k_max_projections, reading.problems,
                [&](ObjectReader& reader) { read_projection(reader, reading); });
    if (document.problem_count() == before) { // so that projections stand at their indices
        check_learning(reading);
    }
}

} // namespace spikewell::io::network_file
