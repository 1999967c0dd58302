#include "network/network.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unistd.h>

namespace spikewell {

namespace {

// Single precision rounds the least delay.
constexpr Interval k_list_delays_ms{static_cast<double>(static_cast<float>(k_delays_ms.low)),
                                    k_delays_ms.high};

void validate_coupling(const FactorisedProjection& projection, const std::string& where) {
    for (std::size_t j = 0; j < projection.coupling.cols; ++j) {
        for (std::size_t i = 0; i < projection.coupling.rows; ++i) {
            if (!(std::abs(projection.coupling(i, j)) <= k_max_coupling))
                throw NetworkError(where,
                                   fmt::format("coupling ({}, {}) must be -1e6 .. 1e6, got {}", i,
                                               j, projection.coupling(i, j)));
        }
        if (projection.pre == projection.post && projection.coupling(j, j) != 0.0) {
            throw NetworkError(where, fmt::format("self-coupling of node {} must be 0, got {}", j,
                                                  projection.coupling(j, j)));
        }
    }
}

void require_population(const Network& network, PopulationId id, const std::string& where) {
    const std::size_t n = network.populations.size();
    if (id.index >= n) throw NetworkError(where, fmt::format("populations must be 0 .. {}", n - 1));
}

void validate_mask(const Network& network,
                   const FactorisedProjection& projection,
                   const std::string& where) {
    const ConnectionRule rule = mask_rule_of(projection, network);
    if (std::holds_alternative<FixedTotalNumber>(rule.connector))
        throw NetworkError(where + ": mask", "fixed_total_number may draw a pair more than once");
    if (distance_law_of(rule.connector))
        throw NetworkError(where + ": mask", "nodes have no positions");
    validate_pairs(rule, where + ": mask");
    const auto* list = std::get_if<SynapseList>(&rule.connector);
    if (list == nullptr || rule.self_connections) return;
    for (const Synapse& pair : list->synapses) {
        if (pair.pre == pair.post)
            throw NetworkError(where + ": mask",
                               fmt::format("node {} cannot be coupled to itself", pair.pre));
    }
}

void validate(const Network& network,
              const FactorisedProjection& projection,
              const std::string& where) {
    require_population(network, projection.pre, where);
    require_population(network, projection.post, where);
    for (const PopulationId id : {projection.pre, projection.post}) {
        if (!is_dyadic(network.populations[id.index]))
            throw NetworkError(where, "a factorised projection joins dyadic populations only");
    }
    const DyadicCode pre = code_of(network.populations[projection.pre.index]);
    const DyadicCode post = code_of(network.populations[projection.post.index]);
    if (!std::holds_alternative<DyadicPopulation>(network.populations[projection.post.index])) {
        throw NetworkError(where, "a spike source cannot receive spikes");
    }
    if (projection.coupling.rows != post.n_nodes || projection.coupling.cols != pre.n_nodes) {
        throw NetworkError(where, fmt::format("couplings must be {} x {}, got {} x {}",
                                              post.n_nodes, pre.n_nodes, projection.coupling.rows,
                                              projection.coupling.cols));
    }
    if (projection.delay_ms != 0.0 && !k_delays_ms.contains(projection.delay_ms)) {
        throw ParameterError(where, "delay_ms", projection.delay_ms,
                             fmt::format("0, or {} .. {}", k_delays_ms.low, k_delays_ms.high));
    }
    if (projection.plasticity) {
        validate(*projection.plasticity);
        if (projection.delay_ms == 0.0) {
            throw ParameterError(where, "delay_ms", 0.0, "> 0 for a plastic projection");
        }
    }
    validate_coupling(projection, where);
    if (projection.mask) validate_mask(network, projection, where);
}

/// Plastic weights have one sign and few delays (network.hpp).
void validate_plastic(const SynapticProjection& projection,
                      std::string_view weight_unit,
                      const std::string& where) {
    const PlasticRule rule = plastic(projection.plasticity).value();
    std::visit([&](const auto& r) { spikewell::validate(r, weight_unit); }, rule);
    const auto [low, high] = weights_of(rule);
    const std::string allowed = fmt::format("{} .. {} for this plasticity", low, high);
    const std::string weight = with_unit("weight_*", weight_unit);
    if (const auto* list = std::get_if<SynapseList>(&projection.connector)) {
        // In the precision of lists: 0.2F exceeds 0.2 though nobody meant it to.
        for (const Synapse& s : list->synapses) {
            if (s.weight < static_cast<float>(low) || s.weight > static_cast<float>(high))
                throw ParameterError(where, weight, static_cast<double>(s.weight), allowed);
        }
    } else {
        validate(projection.weight, where, weight, low, high);
    }
    const std::size_t n_delays = plastic_delays_ms(projection).size();
    if (n_delays == 0 || n_delays > k_most_plastic_delays)
        throw NetworkError(where, fmt::format("a plastic projection may have {} different delays; "
                                              "delay_step_ms rounds those that are drawn",
                                              k_most_plastic_delays));
}

void validate_weights_and_delays(const SynapticProjection& projection,
                                 std::string_view unit,
                                 const std::string& where) {
    const std::string weight = with_unit("weight_*", unit);
    const auto* list = std::get_if<SynapseList>(&projection.connector);
    if (list == nullptr) {
        validate(projection.weight, where, weight, k_couplings.low, k_couplings.high);
        validate(projection.delay_ms, where, "delay_ms", k_delays_ms.low, k_delays_ms.high);
        if (projection.delay_step_ms != 0.0)
            require_within(where, "delay_step_ms", projection.delay_step_ms, k_delays_ms);
        return;
    }
    for (const Synapse& s : list->synapses) {
        require_within(where, "delay_ms", static_cast<double>(s.delay_ms), k_list_delays_ms);
        require_within(where, weight, static_cast<double>(s.weight), k_couplings);
    }
}

/// Synapses onto nodes are static, and a neuron is no node.
void validate_onto_nodes(const SynapticProjection& projection, const std::string& where) {
    if (!std::holds_alternative<std::monostate>(projection.plasticity))
        throw NetworkError(where, "synapses onto nodes must be static: no rule of plasticity");
    if (projection.short_term)
        throw NetworkError(where, "synapses onto nodes must be static: no short_term");
    if (!projection.self_connections)
        throw NetworkError(where, "self_connections must be true onto nodes, which are no neurons");
}

/// There where the rule has one, and only there.
void validate_third_factor(const Network& network,
                           const SynapticProjection& projection,
                           const std::string& where) {
    if (sees_reward(projection.plasticity) != projection.third_factor.has_value())
        throw NetworkError(where, projection.third_factor
                                      ? "third_factor is for plasticity that has one"
                                      : "its plasticity needs third_factor, the neurons whose "
                                        "spikes move weights");
    if (!projection.third_factor) return;
    const ThirdFactorSource& of = *projection.third_factor;
    require_population(network, of.neurons.population, where);
    detail::validate_range(where, "third_factor", of.neurons.first, of.neurons.count,
                           size_of(network.populations[of.neurons.population.index]));
    require_within(where, "third_factor delay_ms", of.delay_ms, k_delays_ms);
}

void validate(const Network& network,
              const SynapticProjection& projection,
              const std::string& where) {
    require_population(network, projection.pre.population, where);
    require_population(network, projection.post.population, where);
    const Population& pre = network.populations[projection.pre.population.index];
    const Population& post = network.populations[projection.post.population.index];
    const bool onto_nodes = std::holds_alternative<DyadicPopulation>(post);
    if (!onto_nodes && !std::holds_alternative<NeuronPopulation>(post)) {
        throw NetworkError(where, fmt::format("its targets must be point neurons or nodes of a "
                                              "dyadic_attractor, but {} are none",
                                              name_of(post)));
    }
    const std::string_view unit = weight_unit_of(projection, network);
    detail::validate_range(where, "neurons", projection.pre.first, projection.pre.count,
                           size_of(pre));
    detail::validate_range(where, onto_nodes ? "nodes" : "neurons", projection.post.first,
                           projection.post.count, n_targets_of(post));
    if (onto_nodes) validate_onto_nodes(projection, where);
    const ConnectionRule rule = rule_of(projection, network);
    validate(rule, where);
    if (expected_synapses(rule) > k_max_synapses) {
        throw NetworkError(where, fmt::format("{:.3g} synapses, at most {:.3g} are possible",
                                              expected_synapses(rule), k_max_synapses));
    }
    validate_weights_and_delays(projection, unit, where);
    if (!(projection.dendritic_delay_fraction >= 0.0 &&
          projection.dendritic_delay_fraction <= 1.0)) {
        throw ParameterError(where, "dendritic_delay_fraction", projection.dendritic_delay_fraction,
                             "0 .. 1");
    }
    if (projection.short_term) spikewell::validate(*projection.short_term);
    validate_third_factor(network, projection, where);
    if (!std::holds_alternative<std::monostate>(projection.plasticity))
        validate_plastic(projection, unit, where);
}

/// Neurons as the targets of synapses: of nodes, all their neurons.
NeuronRange targets_among(const std::vector<Population>& populations, const Neurons& post) {
    NeuronRange range = post;
    const Population& population = populations.at(range.population.index);
    if (!std::holds_alternative<DyadicPopulation>(population)) return range;
    const auto K = static_cast<std::uint32_t>(code_of(population).neurons_per_node);
    if (range.first % K != 0 || *range.count % K != 0)
        throw NetworkError(name_of(population),
                           fmt::format("synapses end on nodes, of {} neurons each: neurons {} .. "
                                       "{} are no whole ones",
                                       K, range.first, range.first + *range.count - 1));
    return {range.population, range.first / K, *range.count / K};
}

/// How many there are; what they are is checked one by one.
struct NetworkCheck : detail::FieldCheck {
    using FieldCheck::operator();
    void operator()(const Network&, const Own<Network, std::uint64_t>&) const {}
};

template <class OneProjection>
std::string name_in_errors(const OneProjection& projection, std::size_t index) {
    if constexpr (requires { projection.name; }) {
        if (!projection.name.empty()) return projection.name;
    }
    return fmt::format("projection {}", index);
}

void validate_factorised_together(const Network& network) {
    std::vector<const FactorisedProjection*> all;
    for (const Projection& projection : network.projections) {
        if (const auto* p = std::get_if<FactorisedProjection>(&projection)) all.push_back(p);
    }
    for (const FactorisedProjection* a : all) {
        const auto disagrees = [a](const FactorisedProjection* b) {
            return a->post == b->post && a->plasticity && b->plasticity &&
                   a->plasticity->prediction != b->plasticity->prediction;
        };
        if (std::any_of(all.begin(), all.end(), disagrees))
            throw NetworkError(name_of(network.populations[a->post.index]),
                               "plastic projections onto one population must share `prediction`");
    }
    const bool plastic = std::any_of(all.begin(), all.end(),
                                     [](const auto* p) { return p->plasticity.has_value(); });
    const bool immediate =
        std::any_of(all.begin(), all.end(), [](const auto* p) { return p->delay_ms == 0.0; });
    if (plastic && immediate) {
        throw NetworkError(
            "network", "a projection of delay 0 runs by the sequential queue, which cannot learn: "
                       "give it a delay > 0 or make all projections static");
    }
    if (immediate &&
        !std::all_of(network.populations.begin(), network.populations.end(), is_dyadic)) {
        throw NetworkError("network",
                           "a projection of delay 0 needs a network of dyadic populations only");
    }
    const bool synaptic =
        std::any_of(network.projections.begin(), network.projections.end(),
                    [](const auto& p) { return std::holds_alternative<SynapticProjection>(p); });
    if (immediate && synaptic) {
        throw NetworkError("network", "a projection of delay 0 runs by the sequential queue, which "
                                      "has no synapses onto nodes: give it a delay > 0");
    }
}

} // namespace

Neurons Neurons::slice(std::uint32_t begin, std::uint32_t n) const {
    if (n < 1 || begin >= size_ || n > size_ - begin)
        throw NetworkError("neurons",
                           fmt::format("{} from {} on are not among {}", n, begin, size_));
    return {population_, first_ + begin, n};
}

Neurons Network::add(Population population) {
    const PopulationId id{static_cast<std::uint32_t>(populations.size())};
    populations.push_back(std::move(population));
    return {id, 0, static_cast<std::uint32_t>(size_of(populations.back()))};
}

ProjectionId Network::connect(const Neurons& pre, const Neurons& post, SynapseRule rule) {
    const ProjectionId id{static_cast<std::uint32_t>(projections.size())};
    SynapticProjection projection;
    static_cast<SynapseRule&>(projection) = std::move(rule);
    projection.pre = pre;
    projection.post = targets_among(populations, post);
    projections.emplace_back(std::move(projection));
    return id;
}

ProjectionId Network::couple(const Neurons& pre,
                             const Neurons& post,
                             Matrix coupling,
                             double delay_ms,
                             std::optional<PredictiveHebbian> plasticity,
                             std::string name) {
    const ProjectionId id{static_cast<std::uint32_t>(projections.size())};
    projections.emplace_back(FactorisedProjection{pre, post, std::move(coupling), delay_ms,
                                                  plasticity, std::nullopt, std::move(name)});
    return id;
}

std::string_view weight_unit_of(const SynapticProjection& projection, const Network& network) {
    const std::size_t post = projection.post.population.index;
    if (post >= network.populations.size()) return weight_unit_of(PointNeuron{});
    const Population& population = network.populations[post];
    if (std::holds_alternative<DyadicPopulation>(population))
        return Card<DyadicPopulation>::weight_unit;
    const auto* cells = std::get_if<NeuronPopulation>(&population);
    return weight_unit_of(cells != nullptr ? cells->neuron : PointNeuron{});
}

namespace {

std::optional<Placement> placement_of(const NeuronRange& range, const Network& network) {
    const std::uint32_t index = range.population.index;
    std::optional<Positions> positions = positions_of(network.populations[index]);
    if (!positions) return std::nullopt;
    return Placement{std::move(*positions), network.seed, static_cast<std::uint16_t>(index),
                     range.first};
}

} // namespace

NumbersOfEnds ends_of(const Projection& projection, const Network& network) {
    const auto of = [&](PopulationId id) -> const Population& {
        return network.populations[id.index];
    };
    if (const auto* couplings = std::get_if<FactorisedProjection>(&projection))
        return {n_targets_of(of(couplings->pre)), n_targets_of(of(couplings->post))};
    const auto count = [](const NeuronRange& range, std::size_t size) -> std::size_t {
        return range.count.value_or(static_cast<std::uint32_t>(size - range.first));
    };
    const auto& synaptic = std::get<SynapticProjection>(projection);
    return {count(synaptic.pre, size_of(of(synaptic.pre.population))),
            count(synaptic.post, n_targets_of(of(synaptic.post.population)))};
}

ConnectionRule rule_of(const SynapticProjection& projection, const Network& network) {
    const auto [n_pre, n_post] = ends_of(projection, network);
    const Population& post = network.populations[projection.post.population.index];
    const bool one_population =
        projection.pre.population == projection.post.population && !is_dyadic(post);
    ConnectionRule rule{projection.connector,
                        n_pre,
                        n_post,
                        projection.weight,
                        projection.delay_ms,
                        is_constant(projection.delay_ms) ? 0.0 : projection.delay_step_ms,
                        true,
                        0};
    rule.weight_grid = projection.weight_grid;
    if (distance_law_of(projection.connector)) {
        rule.pre_places = placement_of(projection.pre, network);
        rule.post_places = placement_of(projection.post, network);
    }
    if (one_population) {
        rule.self_connections = projection.self_connections;
        rule.self_offset = static_cast<std::int64_t>(projection.pre.first) -
                           static_cast<std::int64_t>(projection.post.first);
    }
    return rule;
}

ConnectionRule mask_rule_of(const FactorisedProjection& projection, const Network& network) {
    ConnectionRule rule;
    rule.connector = *projection.mask;
    if (auto* in = std::get_if<FixedIndegree>(&rule.connector)) in->distinct = true;
    if (auto* out = std::get_if<FixedOutdegree>(&rule.connector)) out->distinct = true;
    rule.n_pre = code_of(network.populations[projection.pre.index]).n_nodes;
    rule.n_post = code_of(network.populations[projection.post.index]).n_nodes;
    rule.weight = Constant{0.0};
    rule.delay_ms = Constant{1.0};
    rule.self_connections = !(projection.pre == projection.post);
    return rule;
}

double learning_rate_of(const FactorisedProjection& projection, const Network& network) {
    auto n = static_cast<double>(code_of(network.populations[projection.pre.index]).n_nodes);
    if (projection.mask) {
        const ConnectionRule rule = mask_rule_of(projection, network);
        n = expected_synapses(rule) / static_cast<double>(rule.n_post);
    }
    return learning_rate_of(projection.plasticity->learning_rate, n);
}

double least_delay_ms(const SynapticProjection& projection) {
    double least_ms = std::numeric_limits<double>::infinity();
    if (projection.third_factor) least_ms = projection.third_factor->delay_ms;
    const auto* list = std::get_if<SynapseList>(&projection.connector);
    if (list == nullptr) {
        double low_ms = support(projection.delay_ms).low;
        if (projection.delay_step_ms > 0.0 && !is_constant(projection.delay_ms))
            low_ms = static_cast<double>(rounded_delay_ms(low_ms, projection.delay_step_ms));
        return std::min(least_ms, low_ms);
    }
    for (const Synapse& s : list->synapses)
        least_ms = std::min(least_ms, static_cast<double>(s.delay_ms));
    return least_ms;
}

std::vector<double> plastic_delays_ms(const SynapticProjection& projection) {
    if (const auto* list = std::get_if<SynapseList>(&projection.connector)) {
        std::vector<double> delays_ms;
        for (const Synapse& s : list->synapses) {
            const auto delay_ms = static_cast<double>(s.delay_ms);
            const auto at = std::lower_bound(delays_ms.begin(), delays_ms.end(), delay_ms);
            if (at != delays_ms.end() && *at == delay_ms) continue;
            delays_ms.insert(at, delay_ms);
            if (delays_ms.size() > k_most_plastic_delays) break;
        }
        return delays_ms.empty() ? std::vector{1.0} : delays_ms;
    }
    if (const auto* constant = std::get_if<Constant>(&projection.delay_ms))
        return {constant->value};
    const double step_ms = projection.delay_step_ms;
    if (step_ms == 0.0) return {};
    const auto [low_ms, high_ms] = support(projection.delay_ms);
    const double first = std::max(1.0, std::round(low_ms / step_ms));
    const double last = std::max(first, std::round(high_ms / step_ms));
    std::vector<double> delays_ms;
    for (double k = first; k <= last && delays_ms.size() <= k_most_plastic_delays; ++k)
        delays_ms.push_back(static_cast<double>(rounded_delay_ms(k * step_ms, step_ms)));
    return delays_ms;
}

void validate(const Network& network) {
    detail::check_fields(NetworkCheck{{"network", ""}}, network);
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        validate(network.populations[p], {network.seed, p});
    }
    for (std::size_t p = 0; p < network.projections.size(); ++p) {
        std::visit(
            [&](const auto& projection) {
                validate(network, projection, name_in_errors(projection, p));
            },
            network.projections[p]);
    }
    validate_factorised_together(network);
}

double memoryless_delay_ms(const EscapeNoiseLif& neuron) {
    const double lag_ms = neuron.tau_ref_ms * std::numbers::ln2;
    if (neuron.tau_m_ms > lag_ms) {
        throw ParameterError(
            "escape-noise LIF", "tau_m_ms", neuron.tau_m_ms,
            fmt::format("<= tau_ref_ms ln 2 = {:.4g} for the default delay", lag_ms));
    }
    return lag_ms - neuron.tau_m_ms;
}

double attractor_network_bytes(double n_nodes, int neurons_per_node) {
    // At most eight matrices in double at a time (couplings of both forms, their parts, the projector) and the simulator's in float.
    return n_nodes * n_nodes * (8.0 * sizeof(double) + sizeof(float)) +
           2.0 * sizeof(EscapeNoiseState) * n_nodes * neurons_per_node;
}

void require_memory(double bytes, const std::string& what) {
    const double available =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    if (bytes > available) {
        throw NetworkError(
            what,
            fmt::format("needs {:.3g} bytes of memory, this machine has {:.3g}", bytes, available));
    }
}

} // namespace spikewell
