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

void validate(const Evidence& evidence, std::size_t n_nodes, std::string_view name) {
    const Matrix& values = evidence.values;
    std::optional<double> before_ms;
    for (const double t_ms : evidence.times_ms) {
        if (!evidence_may_change_at(t_ms, before_ms))
            throw ParameterError(
                name, "time of evidence", t_ms,
                before_ms ? fmt::format(">= {} + {}, the time before, and <= {}", *before_ms,
                                        k_least_delay_ms, k_durations_ms.high)
                          : fmt::format("0, or {} .. {}", k_least_delay_ms, k_durations_ms.high));
        before_ms = t_ms;
    }
    const bool of_nodes = values.rows == 1 || values.rows == n_nodes;
    if (values.cols != evidence.times_ms.size() || (values.cols > 0 && !of_nodes))
        throw NetworkError(
            name, fmt::format("evidence must be {} x {} (nodes, or 1, x times), got {} x {}",
                              n_nodes, evidence.times_ms.size(), values.rows, values.cols));
    for (const double value : values.values)
        require_within(name, "evidence", value, k_couplings);
}

void validate(const std::vector<Spike>& spikes, std::size_t n_neurons, std::string_view name) {
    for (const Spike& spike : spikes) {
        if (!(spike.t_ms >= 0.0) || !std::isfinite(spike.t_ms))
            throw ParameterError(name, "spike time", spike.t_ms, ">= 0 and finite");
        if (spike.source >= n_neurons)
            throw ParameterError(name, "spike source", spike.source,
                                 fmt::format("< {}", n_neurons));
    }
}

/// Of PoissonInput and NeuronRange; `what` they are: neurons, nodes.
template <class Range>
void validate_range(std::string_view where,
                    std::string_view what,
                    const Range& range,
                    std::size_t size) {
    const std::uint64_t end = range.first + std::uint64_t{range.count.value_or(0)};
    if (range.first >= size || end > size || (range.count && *range.count == 0)) {
        throw NetworkError(where,
                           fmt::format("{} {} .. {} are not all among 0 .. {}", what, range.first,
                                       range.count ? static_cast<std::int64_t>(end) - 1
                                                   : static_cast<std::int64_t>(size) - 1,
                                       size - 1));
    }
}

/// Each neuron's own numbers: in range, and fitting together.
void validate_varied(const NeuronPopulation& cells, std::uint32_t index, std::uint64_t seed) {
    std::vector<std::vector<double>> values;
    for (const VariedNumber& number : cells.varied) {
        const auto of = number_of(cells.neuron, number.key);
        if (!of || !of->may_vary)
            throw NetworkError(cells.name, fmt::format("{} cannot vary; these may: {}", number.key,
                                                       numbers_that_vary(cells.neuron)));
        if (!number.values.empty() && number.values.size() != cells.size)
            throw NetworkError(cells.name, fmt::format("{} must be {} numbers, got {}", number.key,
                                                       cells.size, number.values.size()));
        if (number.values.empty())
            validate(number.law, cells.name, number.key, of->allowed.low, of->allowed.high);
        values.push_back(
            values_of(number, of->place, {seed, index}, 0, static_cast<std::uint32_t>(cells.size)));
    }
    const double V_init_mV = support(cells.V_init_mV).high;
    PointNeuron neuron = cells.neuron;
    for (std::size_t n = 0; !values.empty() && n < cells.size; ++n) {
        for (std::size_t k = 0; k < values.size(); ++k)
            set_number(neuron, cells.varied[k].key, values[k][n]);
        const std::string name = fmt::format("{}: neuron {}", cells.name, n);
        std::visit(
            [&](const auto& m) {
                detail::check_fields(detail::FieldCheck{name, "mV"}, m);
            },
            neuron);
        const auto ceiling = ceiling_of(neuron);
        if (ceiling && V_init_mV > ceiling->V_mV)
            throw ParameterError(name, "V_init_mV", V_init_mV,
                                 fmt::format("<= {} = {}", ceiling->key, ceiling->V_mV));
    }
}

void validate(const TableCurrent& table, const std::string& name) {
    if (table.times_ms.size() != table.amplitudes.size())
        throw NetworkError(name, fmt::format("a current must have as many amplitudes as times, {}, "
                                             "got {}",
                                             table.times_ms.size(), table.amplitudes.size()));
    std::optional<double> before_ms;
    for (const double t_ms : table.times_ms) {
        const double least_ms = before_ms ? *before_ms + k_current_intervals_ms.low : 0.0;
        if (!(t_ms >= least_ms && t_ms <= k_current_times_ms.high))
            throw ParameterError(name, "time of a current", t_ms,
                                 fmt::format("{} .. {}", least_ms, k_current_times_ms.high));
        before_ms = t_ms;
    }
    for (const double amplitude : table.amplitudes)
        require_within(name, "amplitude", amplitude, k_amplitudes);
}
void validate(const StepCurrent&, const std::string&) {}
void validate(const SineCurrent&, const std::string&) {}
void validate(const NoiseCurrent&, const std::string&) {}

void validate(const InjectedCurrent& current, const NeuronPopulation& cells) {
    if (drive_unit_of(cells.neuron).empty())
        throw NetworkError(
            cells.name, fmt::format("{} has no drive to add a current to", key_of(cells.neuron)));
    std::visit(
        [&](const auto& waveform) {
            spikewell::validate(waveform, drive_unit_of(cells.neuron));
            validate(waveform, cells.name);
        },
        current.waveform);
    validate_range(cells.name, "neurons", current, cells.size);
}

/// What a population's card says, and of what is of a type of its own.
struct PopulationCheck : detail::FieldCheck {
    using FieldCheck::operator();

    template <class M, class Of> void operator()(const M& m, const Inline<M, Of>& field) const {
        detail::check_fields(*this, m.*field.member);
    }
    template <class M> void operator()(const M& m, const Own<M, PoissonRate>& field) const {
        validate(m.*field.member);
    }
    template <class M> void operator()(const M& m, const Own<M, std::vector<Spike>>& field) const {
        validate(m.*field.member, size_of(m), name);
    }
    template <class M> void operator()(const M& m, const Own<M, std::optional<Positions>>&) const {
        if (m.positions) validate(*m.positions, m.size, name);
    }
    void operator()(const DyadicPopulation& m, const Own<DyadicPopulation, Evidence>&) const {
        validate(m.evidence, m.n_nodes, name);
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, Distribution>& field) const {
        const std::optional<Ceiling> ceiling = ceiling_of(m.neuron);
        validate(m.V_init_mV, name, field.key, field.allowed->low,
                 ceiling ? ceiling->V_mV : field.allowed->high);
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<PoissonInput>>& field) const {
        FieldCheck::operator()(m, field);
        for (const PoissonInput& input : m.inputs) {
            detail::check_fields(*this, input);
            validate_range(name, "neurons", input, m.size);
        }
    }
    void operator()(const NeuronPopulation& m,
                    const Own<NeuronPopulation, std::vector<InjectedCurrent>>& field) const {
        FieldCheck::operator()(m, field);
        for (const InjectedCurrent& current : m.currents)
            validate(current, m);
    }
};

void validate(const Population& population) {
    const auto* cells = std::get_if<NeuronPopulation>(&population);
    if (cells != nullptr)
        std::visit([](const auto& neuron) { spikewell::validate(neuron); }, cells->neuron);
    const PopulationCheck check{
        {name_of(population), cells != nullptr ? weight_unit_of(cells->neuron) : ""}};
    std::visit([&](const auto& p) { detail::check_fields(check, p); }, population);
}

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

/// Plastic weights have one sign and one delay (network.hpp).
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
            if (s.delay_ms != list->synapses.front().delay_ms)
                throw NetworkError(where,
                                   "a plastic projection needs one delay for all its synapses");
        }
        return;
    }
    validate(projection.weight, where, weight, low, high);
    if (!is_constant(projection.delay_ms))
        throw NetworkError(where, "a plastic projection needs one delay for all its synapses");
}

void validate_weights_and_delays(const SynapticProjection& projection,
                                 std::string_view unit,
                                 const std::string& where) {
    const std::string weight = with_unit("weight_*", unit);
    const auto* list = std::get_if<SynapseList>(&projection.connector);
    if (list == nullptr) {
        validate(projection.weight, where, weight, k_couplings.low, k_couplings.high);
        validate(projection.delay_ms, where, "delay_ms", k_delays_ms.low, k_delays_ms.high);
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
    validate_range(where, "neurons", projection.pre, size_of(pre));
    validate_range(where, onto_nodes ? "nodes" : "neurons", projection.post, n_targets_of(post));
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
                             std::optional<PredictiveHebbian> plasticity) {
    const ProjectionId id{static_cast<std::uint32_t>(projections.size())};
    projections.emplace_back(
        FactorisedProjection{pre, post, std::move(coupling), delay_ms, plasticity, std::nullopt});
    return id;
}

Evidence Evidence::constant(const std::vector<double>& values) {
    Evidence evidence{{0.0}, Matrix(values.size(), 1)};
    evidence.values.values = values;
    return evidence;
}

bool evidence_may_change_at(double t_ms, const std::optional<double>& before_ms) {
    // What is 1e-4 apart in a text may be a little less in numbers.
    constexpr double k_nearly = 0.99;
    const double least_ms = before_ms ? *before_ms + k_nearly * k_least_delay_ms : k_least_delay_ms;
    const bool first = !before_ms && t_ms == 0.0;
    return (first || t_ms >= least_ms) && t_ms <= k_durations_ms.high; // not NaN
}

DyadicCode code_of(const Population& population) {
    if (const auto* dyadic = std::get_if<DyadicPopulation>(&population)) return dyadic->code();
    return std::get<SpikeListSource>(population).code();
}

bool is_dyadic(const Population& population) {
    return std::holds_alternative<DyadicPopulation>(population) ||
           std::holds_alternative<SpikeListSource>(population);
}

std::vector<std::string> own_of(const NeuronPopulation& cells) {
    std::vector<std::string> texts;
    if (!cells.currents.empty()) texts.push_back("injected currents of " + cells.name);
    for (const VariedNumber& number : cells.varied)
        texts.push_back(fmt::format("{} of each neuron of {}: all have {}", number.key, cells.name,
                                    number_at(cells.neuron, number.key)));
    return texts;
}

const PoissonRate* random_rate_of(const Population& population) {
    return std::visit(
        []<class P>(const P& p) -> const PoissonRate* {
            if constexpr (RandomSource<P>)
                return &p.rate;
            else
                return nullptr;
        },
        population);
}

const std::string& name_of(const Population& population) {
    return std::visit([](const auto& p) -> const std::string& { return p.name; }, population);
}

std::vector<Misfit> Card<DyadicCode>::misfits(const DyadicCode& code) {
    const auto most = k_max_neurons / static_cast<std::size_t>(std::max(code.neurons_per_node, 1));
    if (code.n_nodes <= most) return {};
    return {{"n_nodes", static_cast<double>(code.n_nodes),
             fmt::format("<= {} / neurons_per_node = {}", k_max_neurons, most)}};
}

std::size_t size_of(const Population& population) {
    return std::visit([](const auto& p) { return size_of(p); }, population);
}

std::optional<Positions> positions_of(const Population& population) {
    return std::visit(
        [](const auto& p) -> std::optional<Positions> {
            if constexpr (requires { p.positions; })
                return p.positions;
            else
                return std::nullopt;
        },
        population);
}

std::size_t n_targets_of(const Population& population) {
    return is_dyadic(population) ? code_of(population).n_nodes : size_of(population);
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

ConnectionRule rule_of(const SynapticProjection& projection, const Network& network) {
    const auto count = [](const NeuronRange& range, std::size_t size) -> std::size_t {
        return range.count.value_or(static_cast<std::uint32_t>(size - range.first));
    };
    const Population& pre = network.populations[projection.pre.population.index];
    const Population& post = network.populations[projection.post.population.index];
    const bool one_population =
        projection.pre.population == projection.post.population && !is_dyadic(post);
    ConnectionRule rule{projection.connector,
                        count(projection.pre, size_of(pre)),
                        count(projection.post, n_targets_of(post)),
                        projection.weight,
                        projection.delay_ms,
                        true,
                        0};
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
    const auto* list = std::get_if<SynapseList>(&projection.connector);
    if (list == nullptr) return support(projection.delay_ms).low;
    double least_ms = std::numeric_limits<double>::infinity();
    for (const Synapse& s : list->synapses)
        least_ms = std::min(least_ms, static_cast<double>(s.delay_ms));
    return least_ms;
}

void validate(const Network& network) {
    detail::check_fields(NetworkCheck{{"network", ""}}, network);
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        validate(network.populations[p]);
        if (const auto* cells = std::get_if<NeuronPopulation>(&network.populations[p]))
            validate_varied(*cells, p, network.seed);
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
