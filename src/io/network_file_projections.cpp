#include "io/network_file_parts.hpp"

#include <array>

namespace spikewell::io::network_file {

namespace {

enum class Kind { one_to_one, all_to_all, probability, indegree, outdegree, list };
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

/// A key that belongs to some connectors only.
struct ConnectorKey {
    const char* key;
    std::array<Kind, 2> kinds;
    const char* names;
};

constexpr std::array k_connector_keys{
    ConnectorKey{"probability", {Kind::probability, Kind::probability}, "\"fixed_probability\""},
    ConnectorKey{"indegree", {Kind::indegree, Kind::indegree}, "\"fixed_indegree\""},
    ConnectorKey{"outdegree", {Kind::outdegree, Kind::outdegree}, "\"fixed_outdegree\""},
    ConnectorKey{"distinct",
                 {Kind::indegree, Kind::outdegree},
                 "\"fixed_indegree\" and \"fixed_outdegree\""},
    ConnectorKey{"synapses", {Kind::list, Kind::list}, "\"list\""},
    ConnectorKey{"file", {Kind::list, Kind::list}, "\"list\""}};

/// Keys of other connectors, which would be without effect; with no kind known all are let pass.
void check_connector_keys(ObjectReader& reader, std::optional<Kind> kind) {
    for (const ConnectorKey& known : k_connector_keys) {
        (void)reader.raw(known.key);
        const bool fits = !kind || *kind == known.kinds[0] || *kind == known.kinds[1];
        if (reader.has(known.key) && !fits) {
            reader.problem(known.key, fmt::format("is a key of connector {} only", known.names));
        }
    }
}

/// "weight_mV" and "delay_ms", which synapses of a list have each of its own.
void read_values(ObjectReader& reader, Kind kind, SynapticProjection& projection) {
    if (kind == Kind::list) {
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

template <class Degree>
void read_degree(ObjectReader& reader, const char* key, std::size_t& degree, Degree& connector) {
    reader.require({key});
    reader.integer(key, degree, ObjectReader::between(0, k_max_synapses));
    reader.boolean("distinct", connector.distinct);
}

Connector read_connector(ObjectReader& reader,
                         Kind kind,
                         const Reading& reading,
                         const Neurons& pre,
                         const Neurons& post) {
    switch (kind) {
    case Kind::one_to_one:
        break;
    case Kind::all_to_all:
        return AllToAll{};
    case Kind::probability: {
        FixedProbability connector;
        reader.require({"probability"});
        reader.number("probability", connector.probability, ObjectReader::between(0, 1));
        return connector;
    }
    case Kind::indegree: {
        FixedIndegree connector;
        read_degree(reader, "indegree", connector.indegree, connector);
        return connector;
    }
    case Kind::outdegree: {
        FixedOutdegree connector;
        read_degree(reader, "outdegree", connector.outdegree, connector);
        return connector;
    }
    case Kind::list:
        return SynapseList{read_synapses(reader, reading.folder, pre.size, post.size)};
    }
    return OneToOne{};
}

/// Whether some neuron is in both ranges and would have to leave itself out.
bool leaves_out(const SynapticProjection& projection, std::size_t n_pre, std::size_t n_post) {
    const NeuronRange& pre = projection.pre;
    const NeuronRange& post = projection.post;
    return !projection.self_connections && pre.population == post.population &&
           pre.first < post.first + n_post && post.first < pre.first + n_pre;
}

/// A degree that is drawn among n neurons (`others`).
void check_degree(
    ObjectReader& reader, const char* key, std::size_t degree, bool distinct, std::size_t n) {
    if (distinct && degree > n) {
        reader.problem(key, fmt::format("must be <= {}, the neurons there are to draw while "
                                        "distinct, got {}",
                                        n, degree));
    } else if (degree > 0 && n == 0) {
        reader.problem(
            key, fmt::format("must be 0: there is no neuron but itself to draw, got {}", degree));
    }
}

/// What a connector asks of the sizes of the ranges.
void check_sizes(ObjectReader& reader,
                 const SynapticProjection& projection,
                 std::size_t n_pre,
                 std::size_t n_post) {
    const std::size_t itself = leaves_out(projection, n_pre, n_post) ? 1 : 0;
    if (std::holds_alternative<OneToOne>(projection.connector) && n_pre != n_post) {
        reader.problem("connector",
                       fmt::format("\"one_to_one\" needs ranges of one size, got {} and {} neurons",
                                   n_pre, n_post));
    } else if (const auto* in = std::get_if<FixedIndegree>(&projection.connector)) {
        check_degree(reader, "indegree", in->indegree, in->distinct, n_pre - itself);
    } else if (const auto* out = std::get_if<FixedOutdegree>(&projection.connector)) {
        check_degree(reader, "outdegree", out->outdegree, out->distinct, n_post - itself);
    }
}

/// Before anything is made to measure: a few characters can ask for more synapses than any machine
/// holds.
void check_number(ObjectReader& reader,
                  const SynapticProjection& projection,
                  std::size_t n_pre,
                  std::size_t n_post) {
    if (std::holds_alternative<SynapseList>(projection.connector)) {
        return; // as many as are in memory already
    }
    ConnectionRule rule;
    rule.connector = projection.connector;
    rule.n_pre = n_pre;
    rule.n_post = n_post;
    const double n_synapses = expected_synapses(rule);
    if (n_synapses > k_max_synapses) {
        reader.problem("connector",
                       fmt::format("must give <= {:.3g} synapses, got {:.3g} from {} to {} "
                                   "neurons",
                                   k_max_synapses, n_synapses, n_pre, n_post));
    }
}

// --- Plasticity ---

PairStdp read_pair_stdp(ObjectReader& reader) {
    PairStdp rule;
    const std::size_t before = reader.problem_count();
    reader.number("tau_plus_ms", rule.tau_plus_ms, ObjectReader::positive());
    reader.number("tau_minus_ms", rule.tau_minus_ms, ObjectReader::positive());
    reader.number("lambda", rule.lambda, ObjectReader::between(0, 1));
    reader.number("alpha", rule.alpha, ObjectReader::not_negative());
    reader.number("w_min_mV", rule.w_min_mV, ObjectReader::not_negative());
    reader.number("w_max_mV", rule.w_max_mV, ObjectReader::positive());
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
    reader.number("tau_ms", rule.tau_ms, ObjectReader::positive());
    reader.number("eta_mV", rule.eta_mV, ObjectReader::not_negative());
    reader.number("target_rate_Hz", rule.target_rate_Hz, ObjectReader::not_negative());
    reader.number("w_max_mV", rule.w_max_mV, ObjectReader::positive());
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
                      const Neurons& pre,
                      const Neurons& post,
                      SynapticProjection& projection) {
    std::optional<Kind> kind;
    reader.require({"connector"});
    reader.choice<std::optional<Kind>>("connector", kind,
                                       {{"one_to_one", Kind::one_to_one},
                                        {"all_to_all", Kind::all_to_all},
                                        {"fixed_probability", Kind::probability},
                                        {"fixed_indegree", Kind::indegree},
                                        {"fixed_outdegree", Kind::outdegree},
                                        {"list", Kind::list}});
    check_connector_keys(reader, kind);
    if (kind) {
        projection.connector = read_connector(reader, *kind, reading, pre, post);
        read_values(reader, *kind, projection);
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
    read_synapses_of(reader, reading, pre.value_or(Neurons{}), post.value_or(Neurons{}),
                     projection);
    const bool sound = reader.problem_count() == before;
    if (sound && pre->size && post->size) {
        check_sizes(reader, projection, *pre->size, *post->size);
        check_number(reader, projection, *pre->size, *post->size);
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
