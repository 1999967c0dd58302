#include "network/engine/dyadic/crowded_windows.hpp"
#include "network/engine/dyadic/direct_windows.hpp"
#include "network/engine/dyadic/learning.hpp"
#include "network/engine/dyadic/pending_neurons.hpp"
#include "network/engine/dyadic/start_states.hpp"
#include "network/engine/loop/groups.hpp"
#include "network/engine/loop/spike_order.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

/// The attractor's nodes in the loop: potentials through the arrivals, then neurons and twins.
namespace spikewell::detail {

namespace {

// Segments of a path that are traced before neurons advance through them: 2 x 64 KiB of path stay
// in the second-level cache.
constexpr std::size_t k_path_segments = 256;
void collect_arrivals(EngineState& engine, PopulationState& population, const Window& window) {
    population.arrivals.clear();
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        const PopulationState& pre = engine.populations[projection.pre.index];
        read_arrivals(projection, pre, window.end_ms, [&](const StateChange& c) {
            // Round-off of the window's edge may put an arrival a hair before it.
            population.arrivals.push_back({std::max(c.t_ms, window.begin_ms), p, c.node, c.dx});
        });
    }
    if (population.incoming.size() > 1) {
        std::stable_sort(population.arrivals.begin(), population.arrivals.end(),
                         [](const Arrival& a, const Arrival& b) { return a.t_ms < b.t_ms; });
    }
    engine.counters.arrivals += population.arrivals.size();
}

/// Pulses of the fields of the nodes held here.
void collect_pulses(EngineState& engine, PopulationState& population, const Window& window) {
    if (population.field_synapses.empty()) return;
    for (std::size_t k = population.own.begin; k < population.own.end; ++k)
        population.parts[k].field->clear(population.parts[k].width);
    const std::size_t width = part_width(population.code.n_nodes);
    const FieldWindow in{window, population.code.tau_ref_ms};
    for (const FieldSynapses& synapses : population.field_synapses) {
        const SpikeHistory& history = engine.populations[synapses.pre].history;
        engine.counters.arrivals += synapses.edges_in(in, history);
        for_each_pulse(synapses, history, in,
                       [&](std::size_t node, double on_ms, double off_ms, double weight) {
                           PartField& field = *population.parts[node / width].field;
                           const auto lane = static_cast<std::uint32_t>(node % width);
                           if (on_ms <= window.begin_ms)
                               field.begin[lane] += weight;
                           else
                               field.edges.push_back({on_ms, lane, weight});
                           if (off_ms < window.end_ms)
                               field.edges.push_back({off_ms, lane, -weight});
                       });
    }
}

void prepare_path_times(PopulationState& population, const Window& window) {
    auto& times = population.path_times_ms;
    times.assign(1, window.begin_ms);
    for (const Arrival& arrival : population.arrivals)
        times.push_back(arrival.t_ms);
    times.push_back(window.end_ms);
    population.path_keep.resize(times.size() - 1);
    for (std::size_t s = 0; s + 1 < times.size(); ++s) {
        const double tau_ms = population.tau_m_ms;
        population.path_keep[s] =
            tau_ms > 0.0 ? static_cast<float>(std::exp((times[s] - times[s + 1]) / tau_ms)) : 0.0F;
    }
}

void trace_segments(EngineState& engine,
                    const PopulationState& population,
                    Part& part,
                    std::size_t first,
                    std::size_t n) {
    PartScratch& scratch = part.scratch;
    scratch.segments.clear();
    for (std::size_t s = first; s < first + n; ++s) {
        PathSegment segment{nullptr, 0.0F, population.path_keep[s]};
        if (s < population.arrivals.size()) {
            const Arrival& arrival = population.arrivals[s];
            segment.column =
                engine.projections[arrival.projection].coupling.column(part.index, arrival.node);
            segment.dx = arrival.dx;
        }
        scratch.segments.push_back(segment);
    }
    const std::size_t n_chunks = (n + k_segments_per_chunk - 1) / k_segments_per_chunk;
    scratch.reserve_path(n, n_chunks, part.width);
    trace_path(scratch.segments.data(), n, part.width, part.drive.data(), part.potential.data(),
               scratch.path());
}

/// Advances a part's neurons through the part of the path just traced.
void advance_neurons(const PopulationState& population,
                     PartNeurons& neurons,
                     PartScratch& scratch,
                     const PathTimes& times,
                     const Drive& drive,
                     std::vector<Spike>& spikes) {
    const auto advance_one = [&](std::size_t k, std::size_t lane, double from_ms,
                                 const HazardAlongPath& hazard) {
        const NodePath path(times,
                            {scratch.value.data() + lane, scratch.target.data() + lane,
                             scratch.chunk_low.data() + lane, scratch.chunk_high.data() + lane,
                             neurons.width},
                            drive.bias_of(lane));
        advance_neuron({population, neurons, k, lane}, path, from_ms, hazard, drive.pulses, spikes);
    };
    for_each_pending(neurons, scratch, drive, times.time_ms.front(), times.time_ms.back(),
                     advance_one);
}

/// Follows each segment of the path.
void advance_segment_wise(EngineState& engine,
                          const PopulationState& population,
                          Part& part,
                          bool refresh) {
    if (population.crowd.ends) {
        leave_crowd(engine, population, part);
    } else if (refresh && !part.drive_known) {
        recompute_drive(engine, population, part);
    }
    const std::size_t n_segments = population.path_keep.size();
    const std::size_t chunk = population.keep_path ? n_segments : k_path_segments;
    for (std::size_t first = 0; first < n_segments; first += chunk) {
        if (first > 0) require_patience(engine.give_up);
        const std::size_t n = std::min(chunk, n_segments - first);
        trace_segments(engine, population, part, first, n);
        const PathTimes times{std::span(population.path_times_ms).subspan(first, n + 1),
                              population.tau_m_ms};
        advance_neurons(population, part.soma, part.scratch, times, drive_of(population, part),
                        part.spikes);
        if (population.twins_active) {
            advance_neurons(population, part.twins.neurons, part.scratch, times,
                            twin_drive_of(population), part.predicted);
        }
    }
}

void advance_part(EngineState& engine,
                  const PopulationState& population,
                  Part& part,
                  const Window& window,
                  bool refresh) {
    part.spikes.clear();
    part.predicted.clear();
    if (part.field) part.field->settle();
    const std::size_t thread = engine.team ? static_cast<std::size_t>(Team::worker()) : 0;
    if (population.crowd.active) {
        advance_crowded(engine, population, part, engine.crowd_scratch[thread], window);
    } else if (population.crowd.direct) {
        advance_direct(engine, population, part, engine.crowd_scratch[thread], window);
    } else {
        advance_segment_wise(engine, population, part, refresh);
    }
    part.drive_known = false;
    part.predicted.swap(part.scratch.unsorted);
    sort_spikes(
        [&](auto&& take) {
            std::for_each(part.scratch.unsorted.begin(), part.scratch.unsorted.end(), take);
        },
        window, part.scratch.cells, part.predicted);
    part.n_predicted += part.predicted.size();
}

/// States at the window's end. Changes are only listed where something learns from them.
void follow_state(PopulationState& population, const Window& window, bool listed) {
    PulseReader& present = population.present;
    const double tau_ref_ms = population.code.tau_ref_ms;
    population.changes.clear();
    if (!population.sampled.empty()) sample_nodes(population, window);
    if (!listed) {
        present.pass(present.edges_until(window.end_ms, population.history, tau_ref_ms));
        population.state_known = false;
        return;
    }
    know_state(population);
    present.read_until(window.end_ms, population.history, tau_ref_ms, population.outputs,
                       [&](const StateChange& change) {
                           population.changes.push_back(change);
                           population.state[change.node] += change.dx;
                       });
}

} // namespace

void Group<DyadicPopulation>::collect(EngineState& engine,
                                      PopulationState& population,
                                      const Window& window) {
    collect_pulses(engine, population, window);
    prepare_crowd(engine, population, window);
    if (population.crowd.active || population.crowd.direct) return;
    collect_arrivals(engine, population, window);
    prepare_path_times(population, window);
}

double Group<DyadicPopulation>::work(const PopulationState& population) {
    // More parts than one are always worth it.
    return population.parts.size() > 1 ? std::numeric_limits<double>::infinity() : 0.0;
}

void Group<DyadicPopulation>::advance(EngineState& engine,
                                      PopulationState& population,
                                      std::uint32_t task,
                                      const Window& window,
                                      bool refresh) {
    if (task == Task::k_bookkeeping) {
        if (population.crowd.active) follow_crowd(population, window);
        return;
    }
    const bool learning = learns(engine, population);
    if (engine.unlearnt && learning)
        learn_part(engine, population, population.parts[task], *engine.unlearnt);
    advance_part(engine, population, population.parts[task], window, refresh || learning);
}

void Group<DyadicPopulation>::take_spikes(EngineState& /*engine*/,
                                          PopulationState& population,
                                          const Window& window) {
    sort_spikes(
        [&](auto&& take) {
            for (const Part& part : population.parts)
                std::for_each(part.spikes.begin(), part.spikes.end(), take);
        },
        window, population.spike_cells, population.spikes);
}

void Group<DyadicPopulation>::follow(EngineState& engine,
                                     PopulationState& population,
                                     const Window& window,
                                     bool learning) {
    follow_state(population, window, learning);
    if (population.crowd.active) {
        end_crowded_window(population, window);
    } else if (population.crowd.direct) {
        end_direct_window(engine, population);
    } else {
        for (const Arrival& arrival : population.arrivals)
            engine.projections[arrival.projection].delayed_state[arrival.node] += arrival.dx;
    }
}

void Group<SpikeListSource>::follow(EngineState& /*engine*/,
                                    PopulationState& population,
                                    const Window& window,
                                    bool learning) {
    follow_state(population, window, learning);
}

} // namespace spikewell::detail
