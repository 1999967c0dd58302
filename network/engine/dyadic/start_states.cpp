#include "network/engine/dyadic/start_states.hpp"

#include "core/error.hpp"
#include "network/engine/dyadic/crowded_windows.hpp"
#include "neuron_models/langevin.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

/// Each neuron of a node on with the probability that a field gives it, for a rest of its refractory
/// period; from streams of their own, so that every rank draws the same for all parts.
void draw_neurons(const EngineState& engine,
                  std::uint16_t index,
                  Part& part,
                  std::span<const double> fields) {
    const PopulationState& population = engine.populations[index];
    const double t_ms = engine.time_ms;
    for (std::size_t k = 0; k < part.soma.n_bits; ++k) {
        const double gain = std::ldexp(1.0, -1 - static_cast<int>(k));
        for (std::size_t lane = 0; lane < part.count; ++lane) {
            RandomStream draw(engine.description.seed, Purpose::start_states, part.soma.id(k, lane),
                              index);
            draw.skip_to(population.n_starts);
            const RandomStream::Pair u = draw.next_pair();
            const double on = 1.0 / (1.0 + std::exp(-2.0 * gain * fields[part.first + lane]));
            const EscapeNoiseNeuron neuron = part.soma.neuron(k, lane);
            neuron.free_at_ms = u.first < on ? t_ms + u.second * population.code.tau_ref_ms : t_ms;
            neuron.residual = -std::log(neuron.stream.uniform());
        }
    }
}

void require_couplings_only(const EngineState& engine, std::uint32_t index) {
    const auto is_read = [index](const auto& readers) {
        return std::any_of(readers.begin(), readers.end(),
                           [index](const auto& reader) { return reader.pre == index; });
    };
    for (const PopulationState& post : engine.populations) {
        if (is_read(post.field_synapses) || (post.lif && is_read(post.lif->readers)))
            throw NetworkError("start states", "of a population with synapses onto LIF neurons or "
                                               "nodes cannot be set: spikes on their way would be "
                                               "lost");
    }
}

/// Drives are followed segment by segment again, from now on.
void leave_crowd_now(EngineState& engine, PopulationState& population) {
    if (!population.crowd.active) return;
    end_crowd(engine, population);
    for (std::size_t k = population.own.begin; k < population.own.end; ++k)
        leave_crowd(engine, population, population.parts[k]);
}

void recompute_drives_onto(EngineState& engine, PopulationState& post) {
    for (std::size_t k = post.own.begin; k < post.own.end; ++k)
        recompute_drive(engine, post, post.parts[k]);
}

} // namespace

void set_state(EngineState& engine, std::uint32_t index, std::span<const double> means) {
    require_couplings_only(engine, index);
    PopulationState& population = engine.populations[index];
    leave_crowd_now(engine, population);
    for (const ProjectionState& projection : engine.projections)
        if (projection.pre.index == index)
            leave_crowd_now(engine, engine.populations[projection.post.index]);
    std::vector<double> fields(means.size());
    std::transform(means.begin(), means.end(), fields.begin(), [&](double mean) {
        return inverse_dyadic_langevin(mean, population.code.neurons_per_node);
    });
    for (Part& part : population.parts)
        draw_neurons(engine, static_cast<std::uint16_t>(index), part, fields);
    ++population.n_starts;
    begin_history(population, engine.time_ms);
    for (ProjectionState& projection : engine.projections) {
        if (projection.pre.index != index) continue;
        if (projection.paired) {
            const double lag_ms = projection.plasticity->pairing_delay_ms;
            projection.paired = PairedStates{PulseReader(lag_ms),
                                             std::vector<float>(projection.paired->state.size()),
                                             {},
                                             engine.time_ms + lag_ms};
        }
        projection.delayed = PulseReader(projection.delay_ms);
        projection.delayed_state.assign(projection.delayed_state.size(), 0.0F);
        projection.held_until_ms = engine.time_ms + projection.delay_ms;
        if (projection.delay_ms == 0.0)
            read_arrivals(projection, population, up_to_and_including(engine.time_ms),
                          [&](const StateChange& c) { projection.delayed_state[c.node] += c.dx; });
        recompute_drives_onto(engine, engine.populations[projection.post.index]);
    }
    for (std::size_t k = population.own.begin; k < population.own.end; ++k)
        population.parts[k].potential = population.parts[k].drive;
    update_twins(engine, population, Twinning::anew);
}

} // namespace spikewell::detail
