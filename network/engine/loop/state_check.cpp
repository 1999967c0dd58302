#include "network/engine/loop/state_check.hpp"

#include "core/error.hpp"
#include "network/engine/lif/own_numbers.hpp"
#include "network/engine/lif/walked_dynamics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace spikewell::detail {

namespace {

constexpr double k_never_ms = std::numeric_limits<double>::infinity();
// Thirty years: beyond, times have no resolution left. A run may be meant to last longer.
constexpr double k_latest_ms = 1e12;
constexpr double k_longest_ms = 1e18;
constexpr std::uint64_t k_most_counted = std::uint64_t{1} << 62U;
// No neuron's V, nor an input of it, is as great; in frame it is up to e^2 as much.
constexpr double k_most_mV = 1e7;
// Of terms of y that cancel where time constants are nearly the same.
constexpr double k_most_term_mV = 1e15;
// -log of the least random number is 37.5.
constexpr double k_most_residual = 40.0;
// Of variables of models that are walked: currents, conductances.
constexpr double k_most_walked = 1e15;
constexpr double k_most_inverse_temperature = 1e6;
constexpr double k_state_rounding = 1e-6; // of a length of time, or of what was summed up in float
// Sums of exp(.. / tau) over spikes: more of them would not fit in memory.
constexpr double k_most_trace = 1e15;
constexpr double k_most_integral = 1e30;     // of a third factor, and of what it moves
constexpr double k_weight_rounding = 2.5e-4; // of a crowded arrival, at most; see crowd_kernels.cpp

/// The first thing that is not so ends the search.
void require(bool holds, const char* what) {
    if (!holds) throw NetworkError("saved state", fmt::format("cannot be one: {}", what));
}

bool within(double value, double least, double most) {
    return least <= value && value <= most; // false for NaN
}
template <class Values> bool all_within(const Values& values, double least, double most) {
    return std::all_of(values.begin(), values.end(),
                       [=](auto value) { return within(static_cast<double>(value), least, most); });
}

bool is_stream(RandomStream stream, RandomStream expected) {
    const philox4x32_ctr_t a = stream.next_counter();
    const philox4x32_ctr_t b = expected.next_counter();
    return stream.seed() == expected.seed() && a[2] == b[2] && a[3] == b[3];
}

// --- the run ----------------------------------------------------------------------------------

void require_sound_plan(const EngineState& engine) {
    const RunPlan& plan = engine.plan;
    require(within(engine.time_ms, 0.0, k_latest_ms), "its time");
    require(engine.counters.windows <= k_most_windows && engine.counters.windows >= plan.next &&
                engine.counters.spikes <= k_most_counted &&
                engine.counters.arrivals <= k_most_counted,
            "its counts");
    require(within(plan.start_ms, 0.0, k_latest_ms) &&
                within(plan.duration_ms, 0.0, k_longest_ms) && plan.next <= plan.n_windows,
            "the run it is in");
    const bool sequential = engine.window_ms == 0.0;
    if (plan.n_windows == 0) {
        require(plan.start_ms == 0.0 && plan.duration_ms == 0.0 &&
                    (sequential || engine.time_ms == 0.0),
                "the run it is in");
        return;
    }
    if (sequential) {
        require(within(engine.time_ms, plan.start_ms, plan.start_ms + plan.duration_ms),
                "its time and the run it is in");
        return;
    }
    require(plan.duration_ms > 0.0 && plan.duration_ms / engine.window_ms < 0x1.0p53,
            "the windows of its run");
    const RunPlan planned = plan_run(engine, plan.start_ms, plan.duration_ms);
    require(plan.n_windows == planned.n_windows, "the windows of its run");
    const double reached_ms =
        plan.next == 0 ? plan.start_ms
                       : planned.stretch_of(plan.next - 1).end_of_window_ms(plan.next - 1);
    require(engine.time_ms == reached_ms, "its time and how far its run has come");
}

// --- spikes and who reads them ----------------------------------------------------------------

/// In order of time, no later than now, of neurons for which `has(source)`.
template <class Has>
void require_sound_history(const SpikeHistory& history, double now_ms, Has&& has) {
    require(history.end() <= k_most_counted, "the number of its spikes");
    const std::span<const Spike> spikes = history.all();
    require(std::is_sorted(spikes.begin(), spikes.end(),
                           [](const Spike& a, const Spike& b) { return a.t_ms < b.t_ms; }),
            "the order of its spikes");
    require(std::all_of(spikes.begin(), spikes.end(),
                        [&](const Spike& s) {
                            return within(s.t_ms, -k_latest_ms, now_ms) && has(s.source);
                        }),
            "a spike's time or neuron");
}

/// Whether the index is of a spike held, or of the next one to come.
bool is_place(const SpikeHistory& history, std::size_t index) {
    return history.begin() <= index && index <= history.end();
}

void require_sound_reader(const PulseReader& reader, const SpikeHistory& history) {
    require(is_place(history, reader.present_begin()) && is_place(history, reader.present_end()) &&
                reader.present_begin() <= reader.present_end(),
            "how far its spikes have been read");
}

/// All changes before now have been read, and none after it.
void require_read_until(double now_ms,
                        const PulseReader& reader,
                        const SpikeHistory& history,
                        double tau_ref_ms) {
    require_sound_reader(reader, history);
    require(!(reader.next_ms(history, tau_ref_ms) < now_ms), "spikes that nobody has read");
    const auto is_read = [&](std::size_t end, auto&& time_of) {
        return end == history.begin() || time_of(history[end - 1]) <= now_ms;
    };
    require(is_read(reader.present_end(), [&](const Spike& s) { return reader.on_ms(s); }) &&
                is_read(reader.present_begin(),
                        [&](const Spike& s) { return reader.off_ms(s, tau_ref_ms); }),
            "spikes that were read before their time");
}

void require_sound_listed(const EngineState& engine, const PopulationState& population) {
    const auto* dyadic = std::get_if<SpikeListSource>(&population.model);
    const auto* plain = std::get_if<SpikeListPopulation>(&population.model);
    if (dyadic == nullptr && plain == nullptr) {
        require(population.next_listed == 0, "listed spikes where there are none");
        return;
    }
    const std::vector<Spike>& listed = dyadic != nullptr ? dyadic->spikes : plain->spikes;
    const std::size_t next = population.next_listed;
    require(std::all_of(population.added.begin(), population.added.end(),
                        [&](const Spike& spike) {
                            return within(spike.t_ms, 0.0, k_durations_ms.high) &&
                                   spike.source < size_of(population.model);
                        }),
            "spikes that were added");
    require(next <= listed.size() && (next == 0 || listed[next - 1].t_ms <= engine.time_ms) &&
                (next == listed.size() || !(listed[next].t_ms < engine.time_ms)),
            "how many listed spikes there were");
}

// --- dyadic populations -----------------------------------------------------------------------

/// The greatest size of a node's state. Listed spikes may overlap.
double most_state(const PopulationState& population) {
    const auto* source = std::get_if<SpikeListSource>(&population.model);
    return 1.0 + k_state_rounding +
           (source != nullptr ? static_cast<double>(source->spikes.size()) : 0.0);
}

/// A neuron's spikes are tau_ref apart.
void require_refractory(const PopulationState& population) {
    const double tau_ref_ms = population.code.tau_ref_ms;
    std::vector<double> last_ms(population.code.n_neurons(), -k_never_ms);
    for (const Spike& spike : population.history.all()) {
        const double rounding_ms =
            k_state_rounding * tau_ref_ms +
            4.0 * std::numeric_limits<double>::epsilon() * std::abs(spike.t_ms);
        require(spike.t_ms - last_ms[spike.source] >= tau_ref_ms - rounding_ms,
                "spikes in a refractory period");
        last_ms[spike.source] = spike.t_ms;
    }
}

/// Neurons of a part; none where `may_be_none`. `stream_of(id)`: a neuron's, whatever was drawn of it.
template <class StreamOf>
void require_sound_neurons(const PartNeurons& neurons,
                           const Part& part,
                           const DyadicCode& code,
                           double now_ms,
                           bool may_be_none,
                           StreamOf&& stream_of) {
    require(neurons.candidates <= k_most_counted, "its counts");
    if (may_be_none && neurons.width == 0) {
        require(neurons.first_node == 0 && neurons.count == 0 && neurons.n_bits == 0 &&
                    neurons.residual.empty() && neurons.free_at_ms.empty() &&
                    neurons.streams.empty(),
                "a block of no neurons");
        return;
    }
    const auto n_bits = static_cast<std::size_t>(code.neurons_per_node);
    const std::size_t size = n_bits * part.width;
    require(neurons.width == part.width && neurons.first_node == part.first &&
                neurons.count == part.count && neurons.n_bits == n_bits &&
                neurons.residual.size() == size && neurons.free_at_ms.size() == size &&
                neurons.streams.size() == size,
            "a block of neurons");
    require(all_within(neurons.residual, -k_state_rounding, k_most_residual), "a neuron's hazard");
    for (std::size_t n = 0; n < size; ++n) {
        const std::size_t lane = n % part.width;
        if (lane >= part.count) {
            require(neurons.free_at_ms[n] == k_never_ms, "a neuron that is none");
            continue;
        }
        require(within(neurons.free_at_ms[n], -k_latest_ms, now_ms + code.tau_ref_ms),
                "a refractory period");
        require(is_stream(neurons.streams[n], stream_of(neurons.id(n / part.width, lane))),
                "a neuron's random numbers");
    }
}

/// The greatest size of a node's recurrent input: with every state at its greatest.
double most_drive(const EngineState& engine, const PopulationState& population) {
    double most = 0.0;
    for (const std::uint32_t p : population.incoming) {
        const ProjectionState& projection = engine.projections[p];
        double greatest = k_max_coupling; // a potential remembers what couplings were
        if (!projection.plasticity) {
            const std::vector<float> rows = projection.coupling.node_limits();
            greatest = 0.0;
            for (const float row : rows)
                greatest = std::max(greatest, static_cast<double>(row));
        }
        most += greatest * static_cast<double>(projection.coupling.n_pre()) *
                most_state(engine.populations[projection.pre.index]);
    }
    return most * (1.0 + 1e-3) + 1e-3; // sums in float
}

void require_sound_twins(const EngineState& engine,
                         const PopulationState& population,
                         const Part& part) {
    const DyadicCode& code = population.code;
    const auto k = static_cast<std::uint32_t>(&population - engine.populations.data());
    require_sound_neurons(part.twins.neurons, part, code, engine.time_ms, !population.twins_active,
                          [&](std::uint32_t id) {
                              return RandomStream(engine.description.seed,
                                                  Purpose::predicted_spikes, id,
                                                  static_cast<std::uint16_t>(k));
                          });
    require_sound_history(part.twins.history, engine.time_ms, [&](std::uint32_t source) {
        return source < code.n_neurons() && code.node_of(source) >= part.first &&
               code.node_of(source) < part.first + part.count;
    });
    require_sound_reader(part.twins.pulses, part.twins.history);
    if (population.twins_active)
        require_read_until(engine.time_ms, part.twins.pulses, part.twins.history, code.tau_ref_ms);
    require(part.n_predicted <= k_most_counted, "its counts");
}

void require_sound_part(const EngineState& engine,
                        const PopulationState& population,
                        const Part& part,
                        double most) {
    require(all_within(part.drive, -most, most) && all_within(part.potential, -most, most) &&
                all_within(part.crowd.potential, -2.0 * most, 2.0 * most) &&
                all_within(part.crowd.rest, -2.0 * most, 2.0 * most),
            "a potential");
    require(all_within(part.error, -2.0 - 1e-3, 2.0 + 1e-3), "an error of prediction");
    const auto k = static_cast<std::uint16_t>(&population - engine.populations.data());
    require_sound_neurons(
        part.soma, part, population.code, engine.time_ms, false, [&](std::uint32_t id) {
            return RandomStream(engine.description.seed, Purpose::somatic_spikes, id, k);
        });
    require_sound_twins(engine, population, part);
}

/// What rounded weights may have moved a potential by. Flanks of a neuron are tau_ref apart and decay
/// with tau_m from the end of their window on.
double most_weight_error(const EngineState& engine, const PopulationState& population) {
    double flanks = 0.0;
    for (const std::uint32_t p : population.incoming) {
        const PopulationState& pre = engine.populations[engine.projections[p].pre.index];
        const double tau_ref_ms = pre.code.tau_ref_ms;
        flanks += 2.0 * static_cast<double>(pre.code.n_neurons()) * most_state(pre) *
                  (2.0 + engine.window_ms / tau_ref_ms +
                   1.0 / -std::expm1(-tau_ref_ms / population.tau_m_ms));
    }
    return k_weight_rounding * flanks;
}

void require_sound_crowd(const EngineState& engine, const PopulationState& population) {
    const Crowd& crowd = population.crowd;
    std::size_t n_columns = 0;
    double most = 1.0;
    for (const std::uint32_t p : population.incoming) {
        const ProjectionState& projection = engine.projections[p];
        n_columns += projection.coupling.n_pre();
        most = std::max(most, most_state(engine.populations[projection.pre.index]));
    }
    const bool empty = crowd.delayed.empty() && crowd.filtered.empty();
    const bool whole = crowd.delayed.size() == n_columns && crowd.filtered.size() == n_columns;
    require(whole || (empty && !crowd.active), "the states that crowded arrivals left");
    require(!crowd.active || (population.tau_m_ms > 0.0 && engine.window_ms > 0.0 && n_columns > 0),
            "crowded arrivals where none crowd");
    require(all_within(crowd.delayed, -most, most) &&
                all_within(crowd.filtered, -most - 1e-3, most + 1e-3),
            "a state that crowded arrivals left");
    require(crowd.weight_error == 0.0F ||
                (whole && within(static_cast<double>(crowd.weight_error), 0.0,
                                 most_weight_error(engine, population))),
            "what rounding has done to crowded arrivals");
}

void require_sound_dyadic(const EngineState& engine, const PopulationState& population) {
    const double most = most_state(population);
    require(all_within(population.state, -most, most), "a node's state");
    require(all_within(population.evidence, -k_max_coupling, k_max_coupling), "evidence");
    require(population.n_starts <= k_most_counted, "its counts");
    require(within(population.inverse_temperature, 0.0, k_most_inverse_temperature),
            "an inverse temperature");
    require_read_until(engine.time_ms, population.present, population.history,
                       population.code.tau_ref_ms);
    const auto learns = [&](Prediction prediction) {
        return std::any_of(population.incoming.begin(), population.incoming.end(), [&](auto p) {
            const ProjectionState& projection = engine.projections[p];
            return projection.learning && projection.plasticity->prediction == prediction;
        });
    };
    require(population.twins_active == learns(Prediction::spiking) &&
                population.keep_path == learns(Prediction::expected),
            "what learns");
    require_sound_crowd(engine, population);
    if (population.parts.empty()) return; // a source
    require_refractory(population);
    const double most_potential = most_drive(engine, population);
    for (std::size_t k = population.own.begin; k < population.own.end; ++k)
        require_sound_part(engine, population, population.parts[k], most_potential);
}

void require_sound_projection(const EngineState& engine, const ProjectionState& projection) {
    const PopulationState& pre = engine.populations[projection.pre.index];
    require(!projection.learning || projection.plasticity.has_value(), "what learns");
    require_read_until(engine.time_ms, projection.delayed, pre.history, pre.code.tau_ref_ms);
    const double most = most_state(pre);
    require(all_within(projection.delayed_state, -most, most), "a node's delayed state");
    const auto is_held_soundly = [&](double held_until_ms, double lag_ms) {
        return held_until_ms == -1.0 ||
               within(held_until_ms, engine.time_ms, engine.time_ms + lag_ms);
    };
    require(is_held_soundly(projection.held_until_ms, projection.delay_ms),
            "when states that were set are seen");
    if (projection.paired) {
        const PairedStates& paired = *projection.paired;
        require_read_until(engine.time_ms, paired.reader, pre.history, pre.code.tau_ref_ms);
        require(all_within(paired.state, -most, most), "a state that errors are paired with");
        require(is_held_soundly(paired.held_until_ms, projection.plasticity->pairing_delay_ms),
                "when states are paired with errors");
    }
    require(!projection.plasticity ||
                projection.coupling.within(static_cast<float>(k_max_coupling)),
            "a coupling");
}

// --- plastic synapses -------------------------------------------------------------------------

/// Of one block, whose targets begin at .first and end at .end.
void require_sound_posts(const PlasticRows& rows, const BlockSynapses& synapses, double most) {
    const std::optional<PostSpikes::Extent> extent = rows.posts.extent(most);
    require(extent.has_value(), "the notes of spikes that plastic synapses take up");
    std::int32_t newest = extent->newest;
    require(extent->newest <= rows.now, "when spikes that plastic synapses take up were");
    for (const SpilledSpike& spike : rows.spilled) {
        require(spike.target >= synapses.first && spike.target < synapses.end && spike.stamp >= 0 &&
                    spike.stamp <= rows.now && within(static_cast<double>(spike.factor), 0.0, most),
                "a spike that plastic synapses take up");
        newest = std::max(newest, spike.stamp);
    }
    require(rows.newest_post == newest, "when spikes that plastic synapses take up were");
}

/// Of a target's spike.
double most_gain(const PlasticRows& rows) {
    if (rows.reward) return std::exp(k_oldest_eligibility_taus) * (1.0 + k_state_rounding);
    return std::max(post_gain_of(rows.rule, k_most_trace), 1.0);
}

/// Weights may be beyond their bounds until the next spike.
void require_sound_reward(const RewardedRows& reward,
                          const BlockSynapses& synapses,
                          double now_ms) {
    const ThirdFactor& n = reward.factor;
    const double oldest_ms = k_oldest_eligibility_taus * n.tau_c_ms * (1.0 + k_state_rounding);
    require(within(n.origin_ms, now_ms - oldest_ms, now_ms) &&
                within(n.as_of_ms, n.origin_ms, now_ms),
            "when a third factor was as it is");
    require(within(n.level_per_ms, 0.0, k_most_trace) && std::isfinite(n.integral) &&
                all_within(reward.seen, -k_most_integral, k_most_integral) &&
                all_within(reward.spilled_seen, -k_most_integral, k_most_integral),
            "a third factor");
    const double most = k_most_integral;
    require(all_within(reward.eligibility, -most, most) && all_within(reward.rest, -most, most),
            "the eligibility of a synapse");
    require(all_within(synapses.weights, -most, most), "a plastic weight");
}

void require_sound_rows(const PlasticRows& rows,
                        const BlockSynapses& synapses,
                        const LifShared& shared,
                        double now_ms) {
    constexpr std::int32_t k_most_now = k_most_visits + k_most_visits / 2; // within a window more
    require(all_within(rows.trace, 0.0, k_most_trace) &&
                all_within(rows.post_trace, 0.0, k_most_trace) &&
                all_within(rows.slow_trace, 0.0, k_most_trace) &&
                all_within(rows.slow_post, 0.0, k_most_trace),
            "a trace of spikes");
    require(within(rows.now, 0, k_most_now) && all_within(rows.visited, 0, rows.now),
            "the visits of plastic synapses");
    const double oldest_ms = k_oldest_post_taus * rows.tau_plus_ms * (1.0 + k_state_rounding);
    const bool any = rows.newest_post >= 0;
    require(any ? within(rows.first_post_ms, now_ms - oldest_ms, now_ms)
                : rows.first_post_ms == k_never_ms,
            "when spikes that plastic synapses take up were");
    // exp((T0 - t) / tau_plus), t no earlier than the first.
    const double most = any ? std::exp((shared.frame_ms - rows.first_post_ms) / rows.tau_plus_ms) *
                                  (1.0 + 1e-3) * most_gain(rows)
                            : 0.0;
    require_sound_posts(rows, synapses, most);
    require(std::is_sorted(rows.pending.begin(), rows.pending.end()) &&
                std::all_of(rows.pending.begin(), rows.pending.end(),
                            [&](const PendingSpike& spike) {
                                return within(spike.t_ms, now_ms, now_ms + rows.post_lag_ms) &&
                                       spike.target >= synapses.first &&
                                       spike.target < synapses.end;
                            }),
            "a spike on its way to plastic synapses");
    if (rows.reward) return require_sound_reward(*rows.reward, synapses, now_ms);
    const Interval weights = weights_of(rows.rule);
    const double room = 1.0 + k_state_rounding;
    require(all_within(synapses.weights, std::min(weights.low, 0.0) * room,
                       std::max(weights.high, 0.0) * room),
            "a plastic weight");
}

// --- LIF and Poisson populations --------------------------------------------------------------

/// What the weights of a projection's synapses, and what they release of it, lie within.
Interval weights_within(const BlockSynapses& synapses, const SpikeReader& reader) {
    Interval range{static_cast<double>(synapses.weight), static_cast<double>(synapses.weight)};
    if (!synapses.weights.empty()) {
        const auto [least, greatest] =
            std::minmax_element(synapses.weights.begin(), synapses.weights.end());
        range = {static_cast<double>(*least), static_cast<double>(*greatest)};
    }
    if (reader.short_term) range = {std::min(range.low, 0.0), std::max(range.high, 0.0)};
    return range;
}

/// Waiting events are spikes of the past over synapses that there are.
/// `readers`: of all projections onto the block.
void require_sound_events(const LifBlock& block,
                          std::span<const SpikeReader> readers,
                          double now_ms) {
    const EventWheel::Waiting waiting = block.timed.waiting();
    if (waiting.events.empty() && waiting.later.empty()) return;
    std::vector<Interval> weights;
    for (std::size_t k = 0; k < block.synapses.size(); ++k)
        weights.push_back(weights_within(block.synapses[k], readers[k]));
    const auto is_event = [&](const TimedEvent& event) {
        if (event.synapses >= block.synapses.size()) return false;
        const BlockSynapses& synapses = block.synapses[event.synapses];
        return !synapses.delays.empty() && event.target >= synapses.first &&
               event.target < synapses.end &&
               weights[event.synapses].contains(static_cast<double>(event.weight)) &&
               within(event.t_ms, now_ms * (1.0 - 0x1p-47), now_ms + synapses.delays.greatest_ms());
    };
    for (const auto* events : {&waiting.events, &waiting.later})
        require(std::all_of(events->begin(), events->end(), is_event), "an event that waits");
    const double next_ms =
        waiting.origin_ms + static_cast<double>(waiting.next) * waiting.bucket_ms;
    require(within(next_ms, now_ms - 1.000001 * waiting.bucket_ms, now_ms * (1.0 + 1e-12)),
            "which events wait for the next window");
}

/// Whether blocks list the neurons in their refractory period: those whose V is held, and that are not
/// walked.
template <class Model> bool lists_held(const Model& model) {
    return model.refractory_input != RefractoryInput::integrated;
}
template <Walked Model> bool lists_held(const Model&) {
    return false;
}
template <Linear Model> bool lists_held(const Model&) {
    return true;
}

/// Of the first block.count lanes.
void require_sound_potentials(const LifDelta&, const LifBlock& block, double /*now_ms*/) {
    require(all_within(block.kept_mV, -k_most_mV, k_most_mV), "a potential");
    for (std::size_t n = 0; n < block.count; ++n)
        require(within(block.y[n], -k_most_mV, k_most_mV), "a potential");
}
void require_sound_potentials(const LifExp& model, const LifBlock& block, double now_ms) {
    require(all_within(block.ge, -k_most_mV, k_most_mV) &&
                all_within(block.gi, -k_most_mV, k_most_mV),
            "a potential");
    const ExpFactors at(model, block.frame_ms, now_ms);
    for (std::size_t n = 0; n < block.count; ++n) {
        const double V_mV = block.y[n] * at.m + block.ge[n] * at.e + block.gi[n] * at.i;
        require(within(V_mV, -k_most_mV, k_most_mV), "a potential");
    }
}
template <Walked Model>
void require_sound_potentials(const Model&, const LifBlock& block, double now_ms) {
    require(all_within(block.walked, -k_most_walked, k_most_walked), "a neuron's state");
    const auto n = static_cast<std::ptrdiff_t>(block.count);
    require(all_within(std::span(block.walked).first(block.count), -k_most_mV, k_most_mV),
            "a potential");
    require(std::all_of(block.as_of_ms.begin(), block.as_of_ms.begin() + n,
                        [=](double t_ms) { return within(t_ms, 0.0, now_ms); }),
            "a time");
    for (std::size_t k = 0; k < block.count; ++k)
        require(block.quiet_until_ms[k] >= block.as_of_ms[k], "a time");
}

template <Linear Model>
void require_sound_sums(const Model& model, const LifBlock& block, double now_ms) {
    require(all_within(block.walked, -k_most_walked, k_most_walked), "a neuron's state");
    const Dynamics<Model> equations(model);
    for (std::uint32_t n = 0; n < block.count; ++n) {
        const auto x = columns_of<Model>(block, n);
        const double x_mV = equations.drift(x, now_ms - block.frame_ms)[0];
        require(within(x_mV, -k_most_mV, k_most_mV), "a potential");
    }
}

double t_ref_of(const LifShared& shared, const LifBlock& block, std::uint32_t n) {
    return std::visit(
        [&]<class Model>(const Model& model) {
            return shared.own() ? own_model<Model>(shared, block, n).t_ref_ms : model.t_ref_ms;
        },
        shared.model);
}

/// Who is held at V_reset follows from when refractory periods end.
void require_sound_refractory(const LifShared& shared, const LifBlock& block, double now_ms) {
    const bool holds =
        !is_walked(shared) && std::visit([](const auto& m) { return lists_held(m); }, shared.model);
    std::size_t n_held = 0;
    for (std::size_t n = 0; n < block.width; ++n) {
        const double free_at_ms = block.free_at_ms[n];
        const double t_ref_ms =
            n < block.count ? t_ref_of(shared, block, static_cast<std::uint32_t>(n)) : 0.0;
        require(within(free_at_ms, -k_never_ms, now_ms + t_ref_ms), "a refractory period");
        const bool held = n < block.count && holds && free_at_ms > now_ms;
        require(block.is_held[n] == (held ? 1 : 0) &&
                    (block.live.empty() || block.live[n] == (held ? 0.0 : 1.0)),
                "which neurons are held");
        require(held || block.kept_mV.empty() || block.kept_mV[n] == 0.0,
                "input kept by a neuron that is not held");
        n_held += held ? 1 : 0;
    }
    std::vector<std::uint32_t> held = block.held;
    std::sort(held.begin(), held.end());
    require(
        held.size() == n_held && std::adjacent_find(held.begin(), held.end()) == held.end() &&
            std::all_of(held.begin(), held.end(),
                        [&](std::uint32_t n) { return n < block.count && block.is_held[n] == 1; }),
        "which neurons are held");
}

/// No current is more than all that are injected can be.
void require_sound_currents(const LifShared& shared, const LifBlock& block) {
    constexpr double k_most_sds = 1e3; // of a normal number
    double most = 0.0;
    for (std::size_t c = 0; c < shared.currents.size(); ++c) {
        const auto* noise = std::get_if<NoiseCurrent>(&shared.currents[c].waveform);
        const double most_x = noise != nullptr ? k_most_sds * noise->sd : 0.0;
        require(all_within(block.own.noise[c], -most_x, most_x), "a noise current");
        most += k_amplitudes.high * 2.0 + most_x;
    }
    require(all_within(block.own.current, -most, most), "an injected current");
}

void require_sound_block(const LifShared& shared,
                         const LifBlock& block,
                         std::span<const SpikeReader> readers,
                         double now_ms) {
    require(block.frame_ms == shared.frame_ms, "the frame of a block");
    // The others only have to be numbers.
    require(all_within(block.y, -k_most_term_mV, k_most_term_mV), "a potential");
    require_sound_currents(shared, block);
    std::visit(
        [&]<class Model>(const Model& model) {
            if constexpr (Linear<Model>) {
                if (!shared.own()) return require_sound_sums(model, block, now_ms);
            }
            require_sound_potentials(model, block, now_ms);
        },
        shared.model);
    require_sound_refractory(shared, block, now_ms);
    require(all_within(block.residual, -k_state_rounding, k_most_residual), "a neuron's hazard");
    require(block.n_events <= k_most_counted, "its counts");
    require_sound_events(block, readers, now_ms);
    for (const BlockSynapses& synapses : block.synapses) {
        if (synapses.plastic) require_sound_rows(*synapses.plastic, synapses, shared, now_ms);
    }
}

void require_sound_kind(const EngineState& engine, std::uint32_t p, const NeuronPopulation&) {
    const LifState& lif = *engine.populations[p].lif;
    const TaskRange& own = engine.populations[p].own;
    const double now_ms = engine.time_ms;
    // Frames age by a window beyond their limit at most.
    const double oldest_ms = lif.shared.frame_limit_ms * (1.0 + k_state_rounding);
    require(within(lif.shared.frame_ms, now_ms - oldest_ms, now_ms), "the frame of a population");
    for (const SpikeReader& reader : lif.readers) {
        const SpikeHistory& history = engine.populations[reader.pre].history;
        require(is_place(history, reader.next), "how far its spikes have been read");
        require(reader.resources.size() == (reader.short_term ? reader.pre_count : 0) &&
                    std::all_of(reader.resources.begin(), reader.resources.end(),
                                [&](const Resources& of) {
                                    return within(of.u, 0.0, 1.0) && within(of.R, 0.0, 1.0) &&
                                           within(of.t_ms, -k_never_ms, now_ms);
                                }),
                "what synapses can release");
        if (reader.rewards)
            require(is_place(engine.populations[reader.rewards->pre].history, reader.rewards->next),
                    "how far the spikes of a third factor have been read");
        // Before the first window, spikes of the past have not been read.
        if (reader.timed || engine.time_ms == 0.0) continue;
        require((reader.next == history.end() ||
                 history[reader.next].t_ms + reader.delay_ms >= now_ms) &&
                    (reader.next == history.begin() ||
                     history[reader.next - 1].t_ms + reader.delay_ms < now_ms),
                "how far its spikes have been read");
    }
    for (std::size_t b = own.begin; b < own.end; ++b)
        require_sound_block(lif.shared, lif.blocks[b], lif.readers, now_ms);
}

/// What a stream of a block that fires at random is keyed by.
RandomStream stream_of(const PoissonState& source,
                       const PoissonBlock& block,
                       std::uint32_t j,
                       const NeuronsOf& neurons) {
    const auto population = static_cast<std::uint16_t>(neurons.population);
    if (source.correlation > 0.0 && j == 0)
        return {neurons.seed, Purpose::common_spikes, 0, population};
    return {neurons.seed, Purpose::poisson_spikes,
            source.correlation > 0.0 ? block.first : block.first + j, population};
}

template <RandomSource Source>
void require_sound_kind(const EngineState& engine, std::uint32_t p, const Source&) {
    const PopulationState& population = engine.populations[p];
    for (std::size_t b = population.own.begin; b < population.own.end; ++b) {
        const PoissonBlock& block = population.poisson->blocks[b];
        require(all_within(block.next_ms, engine.time_ms, k_never_ms), "a spike to come");
        const bool common = population.poisson->correlation > 0.0;
        require(block.streams.size() == (common ? 2 : block.next_ms.size()), "its random numbers");
        for (std::uint32_t j = 0; j < block.streams.size(); ++j)
            require(is_stream(block.streams[j], stream_of(*population.poisson, block, j,
                                                          {engine.description.seed, p})),
                    "a neuron's random numbers");
    }
}

void require_sound_kind(const EngineState& engine, std::uint32_t p, const DyadicPopulation&) {
    require_sound_dyadic(engine, engine.populations[p]);
}
void require_sound_kind(const EngineState& engine, std::uint32_t p, const SpikeListSource&) {
    require_sound_dyadic(engine, engine.populations[p]);
}
void require_sound_kind(const EngineState&, std::uint32_t, const SpikeListPopulation&) {}

} // namespace

void require_sound_waiting(const EventWheel::Waiting& waiting) {
    constexpr double k_most_buckets = 0x1p52;
    require(waiting.bucket_ms == 0.0 || within(waiting.bucket_ms, 1e-9, k_latest_ms),
            "how events wait");
    require(within(waiting.origin_ms, 0.0, k_latest_ms) &&
                within(static_cast<double>(waiting.next), 0.0, k_most_buckets),
            "how events wait");
    const double latest_ms =
        std::min(waiting.origin_ms + waiting.bucket_ms * k_most_buckets, 2.0 * k_latest_ms);
    for (const auto* events : {&waiting.events, &waiting.later})
        require(std::all_of(
                    events->begin(), events->end(),
                    [&](const TimedEvent& event) { return within(event.t_ms, 0.0, latest_ms); }),
                "when an event is due");
    require(waiting.bucket_ms > 0.0 || (waiting.events.empty() && waiting.later.empty()),
            "events that wait for no window");
}

void require_sound(const EngineState& engine) {
    require_sound_plan(engine);
    for (const PopulationState& population : engine.populations) {
        require_sound_history(population.history, engine.time_ms, [&](std::uint32_t source) {
            return source < size_of(population.model);
        });
        require_sound_listed(engine, population);
    }
    for (const ProjectionState& projection : engine.projections)
        require_sound_projection(engine, projection);
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p)
        std::visit([&](const auto& kind) { require_sound_kind(engine, p, kind); },
                   engine.populations[p].model);
}

} // namespace spikewell::detail
