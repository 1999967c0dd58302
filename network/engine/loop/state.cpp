#include "network/engine/loop/state.hpp"

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "network/engine/dyadic/evidence.hpp"
#include "network/engine/lif/own_numbers.hpp"
#include "network/engine/loop/network_digest.hpp"
#include "network/engine/loop/share.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell::detail {

namespace {

// Of a window, which holds them all: 16 bytes each, in several places.
constexpr double k_most_spikes = 2e7;

struct StreamKey {
    std::uint64_t seed;
    std::uint16_t population;
};

/// Neurons at rest at t_ms, each with the stream of its own id, or where `before` has some, with
/// its streams going on.
PartNeurons resting_neurons(const DyadicCode& code,
                            const Part& part,
                            Purpose purpose,
                            const StreamKey& key,
                            double t_ms,
                            const PartNeurons& before = {}) {
    PartNeurons neurons;
    neurons.width = part.width;
    neurons.first_node = part.first;
    neurons.count = part.count;
    neurons.n_bits = static_cast<std::size_t>(code.neurons_per_node);
    neurons.candidates = before.candidates;
    const std::size_t size = neurons.n_bits * part.width;
    neurons.residual.assign(size, 0.0);
    neurons.free_at_ms.assign(size, std::numeric_limits<double>::infinity());
    neurons.streams.resize(size);
    for (std::size_t k = 0; k < neurons.n_bits; ++k) {
        for (std::size_t lane = 0; lane < part.count; ++lane) {
            const RandomStream stream =
                before.streams.empty()
                    ? RandomStream(key.seed, purpose, neurons.id(k, lane), key.population)
                    : before.streams[neurons.index(k, lane)];
            neurons.set(k, lane, resting_state(stream, t_ms, code.tau_ref_ms));
        }
    }
    return neurons;
}

/// The spikes, in the past, that made neurons refractory at t_ms.
void append_refractory(const PartNeurons& neurons,
                       double tau_ref_ms,
                       double t_ms,
                       std::vector<Spike>& spikes) {
    for (std::size_t k = 0; k < neurons.n_bits; ++k) {
        for (std::size_t lane = 0; lane < neurons.count; ++lane) {
            const double free_at_ms = neurons.free_at_ms[neurons.index(k, lane)];
            if (free_at_ms > t_ms) spikes.push_back({free_at_ms - tau_ref_ms, neurons.id(k, lane)});
        }
    }
}

Part make_part(const DyadicCode& code, std::size_t index) {
    Part part;
    part.index = index;
    part.width = part_width(code.n_nodes);
    part.first = index * part.width;
    part.count = std::min(part.width, code.n_nodes - part.first);
    PartScratch& scratch = part.scratch;
    for (auto* lanes : {&part.drive, &part.potential, &part.error, &scratch.low, &scratch.high}) {
        lanes->assign(part.width, 0.0F);
    }
    for (auto* lanes : {&scratch.bound_low, &scratch.bound_high, &scratch.growth, &scratch.rate}) {
        lanes->assign(part.width, 0.0);
    }
    scratch.pending.resize(part.width);
    part.crowd.resize((part.width + k_strip_width - 1) / k_strip_width * k_strip_width);
    return part;
}

PopulationState make_population(const Population& model, std::uint32_t index, std::uint64_t seed) {
    PopulationState population;
    population.model = model;
    if (auto* list = std::get_if<SpikeListPopulation>(&population.model)) {
        std::sort(list->spikes.begin(), list->spikes.end());
    }
    if (!is_dyadic(model)) return population;
    population.code = code_of(model);
    const DyadicCode& code = population.code;
    population.outputs = outputs_of(code);
    population.state.assign(code.n_nodes, static_cast<float>(code.silent_state()));
    population.evidence.assign(code.n_nodes, 0.0);
    if (auto* source = std::get_if<SpikeListSource>(&population.model)) {
        std::sort(source->spikes.begin(), source->spikes.end());
        return population;
    }
    const auto& dyadic = std::get<DyadicPopulation>(model);
    population.inverse_temperature = dyadic.inverse_temperature;
    population.tau_m_ms = dyadic.neuron.tau_m_ms;
    begin_evidence(population);
    const std::size_t width = part_width(code.n_nodes);
    for (std::size_t p = 0; p < (code.n_nodes + width - 1) / width; ++p) {
        Part part = make_part(code, p);
        part.soma = resting_neurons(code, part, Purpose::somatic_spikes,
                                    {seed, static_cast<std::uint16_t>(index)}, 0.0);
        population.parts.push_back(std::move(part));
    }
    begin_history(population, 0.0);
    return population;
}

ProjectionState make_projection(const FactorisedProjection& projection,
                                const PopulationState& post) {
    std::optional<PairedStates> paired;
    if (projection.plasticity && projection.plasticity->pairing_delay_ms > 0.0) {
        const double lag_ms = projection.plasticity->pairing_delay_ms;
        paired = PairedStates{
            PulseReader(lag_ms), std::vector<float>(projection.coupling.cols), {}, lag_ms};
    }
    return {projection.pre,
            projection.post,
            projection.delay_ms,
            projection.plasticity,
            0.0,
            std::move(paired),
            projection.plasticity.has_value(),
            {},
            0,
            PartCouplings(projection.coupling, post.own.begin, post.own.end),
            PulseReader(projection.delay_ms),
            std::vector<float>(projection.coupling.cols),
            -1.0,
            std::nullopt};
}

/// The mask of the blocks that this rank holds; see PartCouplings::set_mask.
std::vector<std::uint64_t> make_mask(const ConnectionRule& rule,
                                     const Network& network,
                                     std::uint32_t projection,
                                     std::size_t begin,
                                     std::size_t end) {
    const std::size_t width = part_width(rule.n_post);
    std::vector<std::uint64_t> coupled((end - begin) * rule.n_pre, 0U);
    for (std::size_t b = begin; b < end; ++b) {
        const std::size_t first = b * width;
        const std::size_t count = std::min(width, rule.n_post - first);
        for (const Synapse& pair : expand(rule, network.seed, projection, first, count))
            coupled[(b - begin) * rule.n_pre + pair.pre] |= std::uint64_t{1} << (pair.post - first);
    }
    return coupled;
}

/// Blocks of other ranks' keep their place only.
void drop_others_blocks(PoissonState& poisson, const TaskRange& own) {
    for (std::size_t b = 0; b < poisson.blocks.size(); ++b) {
        if (!own.has(b))
            poisson.blocks[b] = {poisson.blocks[b].first, poisson.blocks[b].count, {}, {}, {}};
    }
}

/// LIF and Poisson populations, and the longest window that their delays allow.
void make_point_populations(EngineState& engine, const Network& network) {
    const ForEach for_each = [&](std::size_t n, const std::function<void(std::size_t)>& body) {
        for_each_index(engine, n, body);
    };
    const Owns owns = [&](std::uint32_t p, std::size_t b) {
        return engine.populations[p].own.has(b);
    };
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        PopulationState& population = engine.populations[p];
        if (std::holds_alternative<NeuronPopulation>(population.model)) {
            population.lif = std::make_unique<LifState>(make_lif_state(network, p, for_each, owns));
            population.lif->shared.rate_limit = {engine.watch.limit_Hz, size_of(population.model)};
            engine.window_ms = std::min(engine.window_ms, population.lif->shared.frame_limit_ms);
            // Of a projection's, the first.
            for (auto k = static_cast<std::uint32_t>(population.lif->readers.size()); k-- > 0;)
                engine.among_kind[population.lif->readers[k].projection] = k;
        } else if (random_rate_of(population.model) != nullptr) {
            population.poisson = std::make_unique<PoissonState>(make_poisson_state(network, p));
            drop_others_blocks(*population.poisson, population.own);
        }
    }
    for (const Projection& projection : network.projections) {
        const auto* synaptic = std::get_if<SynapticProjection>(&projection);
        if (synaptic != nullptr)
            engine.window_ms = std::min(engine.window_ms, least_delay_ms(*synaptic));
    }
}

/// Synapses onto nodes.
void make_field_inputs(EngineState& engine, const Network& network) {
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        PopulationState& population = engine.populations[p];
        if (!std::holds_alternative<DyadicPopulation>(population.model)) continue;
        const std::size_t width = part_width(population.code.n_nodes);
        population.field_synapses =
            make_field_synapses(network, p, population.own.begin * width,
                                std::min(population.own.end * width, population.code.n_nodes));
        for (std::uint32_t k = 0; k < population.field_synapses.size(); ++k) {
            FieldSynapses& synapses = population.field_synapses[k];
            engine.among_kind[synapses.projection] = k;
            synapses.longest_delay_ms = max_over_ranks(*engine.exchange, synapses.longest_delay_ms);
        }
        if (population.field_synapses.empty()) continue;
        for (Part& part : population.parts)
            part.field = std::make_unique<PartField>();
    }
}

void list_tasks(EngineState& engine) {
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p) {
        const PopulationState& population = engine.populations[p];
        if (!population.parts.empty()) engine.tasks.push_back({p, Task::k_bookkeeping});
        for (std::size_t k = population.own.begin; k < population.own.end; ++k)
            engine.tasks.push_back({p, static_cast<std::uint32_t>(k)});
    }
}

/// Drops listed synapses and pairs, once they are in blocks and masks, and evidence, which populations'
/// states have.
void drop_lists(Network& network) {
    for (Population& population : network.populations) {
        if (auto* dyadic = std::get_if<DyadicPopulation>(&population)) dyadic->evidence = {};
    }
    const auto drop = [](Connector& connector) {
        if (std::holds_alternative<SynapseList>(connector)) connector = SynapseList{};
    };
    for (Projection& projection : network.projections) {
        if (auto* synaptic = std::get_if<SynapticProjection>(&projection)) {
            drop(synaptic->connector);
        } else if (auto& mask = factorised(projection).mask) {
            drop(*mask);
        }
    }
}

/// The window in which no more than k_most_spikes can be expected to come.
double window_for_spikes_ms(const Network& network) {
    double per_ms = 0.0;
    for (const Population& population : network.populations) {
        if (const auto* dyadic = std::get_if<DyadicPopulation>(&population)) {
            per_ms += static_cast<double>(dyadic->code().n_neurons()) / dyadic->neuron.tau_ref_ms;
        } else if (const PoissonRate* rate = random_rate_of(population)) {
            const std::vector<double>& rates_Hz = rate->rates_Hz;
            const auto most = std::max_element(rates_Hz.begin(), rates_Hz.end());
            if (most != rates_Hz.end())
                per_ms += 1e-3 * *most * static_cast<double>(size_of(population));
        }
    }
    return k_most_spikes / per_ms;
}

bool runs_sequentially(const Network& network) {
    return std::any_of(network.projections.begin(), network.projections.end(), [](const auto& p) {
        const auto* dense = std::get_if<FactorisedProjection>(&p);
        return dense != nullptr && dense->delay_ms == 0.0;
    });
}

} // namespace

double up_to_and_including(double t_ms) {
    return std::nextafter(t_ms, std::numeric_limits<double>::infinity());
}

void pass_until(PulseReader& reader, const PopulationState& population, double t_ms) {
    reader.pass(reader.edges_until(up_to_and_including(t_ms), population.history,
                                   population.code.tau_ref_ms));
}

void begin_history(PopulationState& population, double t_ms) {
    std::vector<Spike> initial;
    for (const Part& part : population.parts)
        append_refractory(part.soma, population.code.tau_ref_ms, t_ms, initial);
    std::sort(initial.begin(), initial.end());
    population.history = {};
    population.history.append(initial);
    population.present = PulseReader(0.0);
    pass_until(population.present, population, t_ms);
    population.state_known = false;
    know_state(population);
}

EngineState make_engine_state(Network network, int n_threads, Exchange* exchange) {
    EngineState engine;
    // The sequential queue has no windows to exchange: each rank runs it whole.
    const bool whole = runs_sequentially(network);
    if (exchange != nullptr && !whole) engine.exchange = exchange;
    engine.repeated = exchange != nullptr && exchange->n_ranks() > 1 && whole;
    engine.description_digest = digest_of(network);
    require_same_network(network, engine.description_digest, *engine.exchange);
    const SpikeCarrier* carrier = engine.exchange->carrier();
    const std::vector<TaskRange> own = carrier != nullptr ? tasks_with(network, carrier->share())
                                                          : own_tasks(network, *engine.exchange);
    engine.crowd_scratch.resize(static_cast<std::size_t>(n_threads));
    if (n_threads > 1) engine.team = std::make_unique<Team>(n_threads);
    if (engine.team && engine.team->n_threads() == 1) engine.team.reset();
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        engine.populations.push_back(make_population(network.populations[p], p, network.seed));
        PopulationState& population = engine.populations.back();
        population.own = own[p];
    }
    engine.window_ms = std::numeric_limits<double>::infinity();
    engine.among_kind.assign(network.projections.size(), 0U);
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        auto* description = std::get_if<FactorisedProjection>(&network.projections[p]);
        if (description == nullptr) continue;
        ProjectionState projection =
            make_projection(*description, engine.populations[description->post.index]);
        if (description->plasticity)
            projection.learning_rate = learning_rate_of(*description, network);
        description->coupling = Matrix();
        if (description->mask) {
            const PopulationState& post = engine.populations[projection.post.index];
            projection.coupling.set_mask(make_mask(mask_rule_of(*description, network), network, p,
                                                   post.own.begin, post.own.end));
        }
        const PopulationState& pre = engine.populations[projection.pre.index];
        pass_until(projection.delayed, pre, 0.0);
        projection.delayed_state = state_of(projection.delayed, pre);
        engine.window_ms = std::min(engine.window_ms, projection.delay_ms);
        engine.among_kind[p] = static_cast<std::uint32_t>(engine.projections.size());
        engine.populations[projection.post.index].incoming.push_back(engine.among_kind[p]);
        engine.projections.push_back(std::move(projection));
    }
    make_point_populations(engine, network);
    make_field_inputs(engine, network);
    engine.window_ms = std::min(engine.window_ms, window_for_spikes_ms(network));
    engine.window_ms = std::min(engine.window_ms, window_for_currents_ms(network));
    engine.description = std::move(network);
    drop_lists(engine.description);
    list_tasks(engine);
    for (PopulationState& population : engine.populations) {
        if (!is_dyadic(population.model)) continue;
        for (std::size_t k = population.own.begin; k < population.own.end; ++k) {
            Part& part = population.parts[k];
            recompute_drive(engine, population, part);
            part.potential = part.drive;
        }
        update_twins(engine, population);
    }
    return engine;
}

std::vector<float> state_of(const PulseReader& reader, const PopulationState& population) {
    std::vector<float> state(population.code.n_nodes,
                             static_cast<float>(population.code.silent_state()));
    for (std::size_t s = reader.present_begin(); s < reader.present_end(); ++s) {
        const NeuronOutput& output = population.outputs[population.history[s].source];
        state[output.node] += output.height;
    }
    return state;
}

void know_state(PopulationState& population) {
    if (population.state_known) return;
    population.state_known = true;
    population.state = state_of(population.present, population);
}

void sample_nodes(PopulationState& population, const Window& window) {
    for (SampledNodes& sampled : population.sampled) {
        const SampleClock& clock = sampled.wanted->clock;
        std::uint64_t k = clock.first_from(window.begin_ms);
        if (!(clock.time_ms(k) < window.end_ms)) continue;
        PulseReader reader = population.present;
        std::vector<float> state = state_of(reader, population);
        const auto add = [&](const StateChange& change) { state[change.node] += change.dx; };
        for (; clock.time_ms(k) < window.end_ms; ++k) {
            reader.read_until(clock.time_ms(k), population.history, population.code.tau_ref_ms,
                              population.outputs, add);
            for (const std::uint32_t node : sampled.nodes)
                sampled.values.insert(sampled.values.end(), sampled.wanted->columns.size(),
                                      static_cast<double>(state[node]));
        }
    }
}

void update_twins(EngineState& engine, PopulationState& population, Twinning twinning) {
    know_state(population);
    const auto learns = [&](Prediction prediction) {
        return std::any_of(population.incoming.begin(), population.incoming.end(), [&](auto p) {
            const ProjectionState& projection = engine.projections[p];
            return projection.learning && projection.plasticity->prediction == prediction;
        });
    };
    const bool already_running = population.twins_active;
    population.twins_active = learns(Prediction::spiking);
    population.keep_path = learns(Prediction::expected);
    const bool go_on = already_running && twinning == Twinning::if_needed;
    if (population.twins_active && go_on) return;
    const auto index = static_cast<std::uint16_t>(&population - engine.populations.data());
    const DyadicCode& code = population.code;
    for (Part& part : population.parts) {
        for (std::size_t i = 0; i < part.count; ++i)
            part.error[i] = population.state[part.first + i];
        if (!population.twins_active) continue;
        // A fresh start needs fresh numbers: the streams of twins that ran before go on where they
        // stopped.
        const PartNeurons before = std::move(part.twins.neurons);
        part.twins = {};
        part.twins.neurons =
            resting_neurons(code, part, Purpose::predicted_spikes, {engine.description.seed, index},
                            engine.time_ms, before);
        std::vector<Spike> initial;
        append_refractory(part.twins.neurons, code.tau_ref_ms, engine.time_ms, initial);
        std::sort(initial.begin(), initial.end());
        part.twins.history.append(initial);
        for (std::size_t i = 0; i < part.count; ++i) {
            part.error[i] -= static_cast<float>(code.silent_state());
        }
        part.twins.pulses.read_until(
            up_to_and_including(engine.time_ms), part.twins.history, code.tau_ref_ms,
            population.outputs,
            [&](const StateChange& change) { part.error[change.node - part.first] -= change.dx; });
    }
}

void recompute_drive(EngineState& engine, const PopulationState& population, Part& part) {
    std::fill(part.drive.begin(), part.drive.end(), 0.0F);
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        add_product(projection.coupling.of_part(part.index), projection.delayed_state.data(),
                    projection.delayed_state.size(), part.width, part.drive.data());
    }
}

namespace {

/// Of a source's couplings onto part number `part`, those that are chosen.
void append_couplings(std::vector<Synapse>& pairs,
                      const ProjectionState& projection,
                      const Part& part,
                      std::uint32_t pre,
                      const ChosenEnds& chosen) {
    const PartCouplings& coupling = projection.coupling;
    const bool recurrent = projection.pre == projection.post;
    const float* column = coupling.column(part.index, pre);
    for (std::size_t lane = 0; lane < part.count; ++lane) {
        const auto node = static_cast<std::uint32_t>(part.first + lane);
        if (coupling.couples(part.index, pre, lane) && !(recurrent && node == pre) &&
            chosen.onto(node))
            pairs.push_back({pre, node, column[lane], static_cast<float>(projection.delay_ms)});
    }
}

/// The couplings held here, by (pre, post).
std::vector<Synapse> couplings_now(const EngineState& engine,
                                   const ProjectionState& projection,
                                   const ChosenEnds& chosen) {
    const PopulationState& post = engine.populations[projection.post.index];
    std::vector<Synapse> pairs;
    for (std::uint32_t pre = 0; pre < projection.coupling.n_pre(); ++pre) {
        for (std::size_t b = post.own.begin; b < post.own.end && chosen.from(pre); ++b)
            append_couplings(pairs, projection, post.parts[b], pre, chosen);
    }
    return pairs;
}

} // namespace

std::vector<Synapse> synapses_now(const EngineState& engine,
                                  std::uint32_t projection,
                                  const ChosenEnds& chosen) {
    if (std::holds_alternative<FactorisedProjection>(engine.description.projections[projection]))
        return couplings_now(engine, engine.projections[engine.among_kind[projection]], chosen);
    const auto& of = std::get<SynapticProjection>(engine.description.projections[projection]);
    const PopulationState& post = engine.populations[of.post.population.index];
    std::vector<Synapse> synapses;
    if (post.lif) {
        const auto histories = [&](std::uint32_t p) -> const SpikeHistory& {
            return engine.populations[p].history;
        };
        synapses = synapses_of(*post.lif, of.post.first, engine.among_kind[projection], histories,
                               engine.time_ms);
    } else {
        synapses = post.field_synapses[engine.among_kind[projection]].synapses;
    }
    if (!chosen.pre.empty() || !chosen.post.empty())
        std::erase_if(synapses, [&](const Synapse& synapse) {
            return !chosen.from(synapse.pre) || !chosen.onto(synapse.post);
        });
    return synapses;
}

void publish_spikes(EngineState& engine, std::span<Recorder* const> recorders) {
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p) {
        PopulationState& population = engine.populations[p];
        population.history.append(population.spikes);
        engine.counters.spikes += population.spikes.size();
        for (Recorder* recorder : recorders) {
            recorder->on_spikes({p}, SpikeKind::somatic, population.spikes);
        }
        population.spikes.clear();
    }
}

void for_each_index(const EngineState& engine,
                    std::size_t n,
                    const std::function<void(std::size_t)>& body) {
    if (engine.team != nullptr) {
        engine.team->for_each(n, body);
        return;
    }
    for (std::size_t k = 0; k < n; ++k)
        body(k);
}

void add_listed_spikes(PopulationState& population, std::span<const Spike> spikes) {
    std::vector<Spike>& listed = std::get<SpikeListPopulation>(population.model).spikes;
    listed.insert(listed.end(), spikes.begin(), spikes.end());
    std::sort(listed.begin() + static_cast<std::ptrdiff_t>(population.next_listed), listed.end());
    population.added.insert(population.added.end(), spikes.begin(), spikes.end());
}

void emit_listed_spikes(PopulationState& population, double until_ms) {
    const auto* dyadic = std::get_if<SpikeListSource>(&population.model);
    const auto* plain = std::get_if<SpikeListPopulation>(&population.model);
    if (dyadic == nullptr && plain == nullptr) return;
    const std::vector<Spike>& listed = dyadic != nullptr ? dyadic->spikes : plain->spikes;
    while (population.next_listed < listed.size() &&
           listed[population.next_listed].t_ms < until_ms) {
        population.spikes.push_back(listed[population.next_listed++]);
    }
}

namespace {

constexpr std::size_t k_none_needed = std::numeric_limits<std::size_t>::max();

/// The first spike of a population's history that some projection through couplings has yet to read.
std::size_t oldest_for_couplings(const EngineState& engine, std::uint32_t population) {
    std::size_t needed = k_none_needed;
    for (const ProjectionState& projection : engine.projections) {
        if (projection.pre.index != population) continue;
        needed = std::min(needed, projection.delayed.oldest_needed());
        if (projection.paired) needed = std::min(needed, projection.paired->reader.oldest_needed());
    }
    return needed;
}

/// The same of synaptic projections.
std::size_t oldest_for_synapses(const EngineState& engine, std::uint32_t population) {
    std::size_t needed = k_none_needed;
    const SpikeHistory& history = engine.populations[population].history;
    for (const PopulationState& post : engine.populations) {
        for (const FieldSynapses& synapses : post.field_synapses) {
            if (synapses.pre == population)
                needed = std::min(
                    needed, synapses.oldest_needed(history, post.code.tau_ref_ms, engine.time_ms));
        }
        if (post.lif == nullptr) continue;
        for (const SpikeReader& reader : post.lif->readers) {
            if (reader.pre == population) needed = std::min(needed, reader.next);
            if (reader.rewards && reader.rewards->pre == population)
                needed = std::min(needed, reader.rewards->next);
        }
    }
    return needed;
}

} // namespace

void prune_histories(EngineState& engine) {
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p) {
        PopulationState& population = engine.populations[p];
        const std::size_t present = is_dyadic(population.model) ? population.present.oldest_needed()
                                                                : population.history.end();
        population.history.drop_before(
            std::min({present, oldest_for_couplings(engine, p), oldest_for_synapses(engine, p)}));
        for (Part& part : population.parts) {
            part.twins.history.drop_before(part.twins.pulses.oldest_needed());
        }
    }
}

} // namespace spikewell::detail
