#include "core/error.hpp"
#include "network/engine/dyadic/evidence.hpp"
#include "network/engine/dyadic/start_states.hpp"
#include "network/engine/loop/observers.hpp"
#include "network/engine/loop/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

/// The sequential loop: one event at a time, for networks with a delay of 0, where a spike acts at
/// once. Each turn
///   1 looks for the next thing that can happen: an arrival, a listed spike, a thinning candidate,
///   a bound that runs out; 2 lets every neuron's hazard run up to that time; 3 makes it happen.
/// Exact for any delay and leak; each turn costs O(neurons), so it is for small networks (sampling,
/// validation).
namespace spikewell::detail {

namespace {

// How often drives are summed afresh, so that float round-off cannot drift.
constexpr std::uint64_t k_refresh_turns = 4096;
// Of neurons, between looks at who wants to stop.
constexpr std::uint64_t k_neurons_per_look = 100'000;
// More turns at one time than coincidences can explain.
constexpr std::uint64_t k_most_turns_at_once = 1'000'000;

struct Turn {
    double t_ms;
    PopulationState* population =
        nullptr; // of the neuron whose candidate it is; null for any other event
    Part* part = nullptr;
    std::size_t k = 0;
    std::size_t lane = 0;
    double exponent = 0.0; // of the bound that the candidate was drawn against
    bool advanced = true;  // time, since the turn before
};

/// A node's potential from now on, if nothing arrives: one segment.
struct OneSegment {
    std::array<double, 2> time_ms;
    std::array<float, 2> bounds{}; // low, high
};

NodePath path_from_now(OneSegment& segment,
                       const PopulationState& population,
                       const Part& part,
                       std::size_t lane) {
    const float value = part.potential[lane];
    const float target = part.drive[lane];
    const float from = population.tau_m_ms > 0.0 ? value : target;
    segment.bounds = {std::min(from, target), std::max(from, target)};
    const std::size_t node = part.first + lane;
    return {{segment.time_ms, population.tau_m_ms},
            {&part.potential[lane], &part.drive[lane], segment.bounds.data(),
             segment.bounds.data() + 1, 1},
            population.evidence[node]};
}

/// Calls visit(part, k, lane) for each neuron.
template <class Visit> void for_each_neuron(PopulationState& population, Visit&& visit) {
    for (Part& part : population.parts) {
        for (std::size_t k = 0; k < part.soma.n_bits; ++k) {
            for (std::size_t lane = 0; lane < part.count; ++lane)
                visit(part, k, lane);
        }
    }
}

double next_arrival_ms(const EngineState& engine) {
    double t_ms = std::numeric_limits<double>::infinity();
    for (const ProjectionState& projection : engine.projections) {
        const PopulationState& pre = engine.populations[projection.pre.index];
        t_ms = std::min(t_ms, projection.delayed.next_ms(pre.history, pre.code.tau_ref_ms));
        if (projection.holds()) t_ms = std::min(t_ms, projection.held_until_ms);
    }
    for (const PopulationState& population : engine.populations) {
        const auto* source = std::get_if<SpikeListSource>(&population.model);
        if (source != nullptr && population.next_listed < source->spikes.size()) {
            t_ms = std::min(t_ms, source->spikes[population.next_listed].t_ms);
        }
    }
    return t_ms;
}

/// (2 g_k iT) of neuron k of a node.
double hazard_gain(const PopulationState& population, std::size_t k) {
    return std::ldexp(2.0 * population.inverse_temperature, -1 - static_cast<int>(k));
}

/// The bound that holds for neuron k of a node from `from_ms` on.
HazardBound bound_of(const PopulationState& population,
                     const NodePath& path,
                     std::size_t k,
                     double from_ms) {
    return shorter_bound(path, hazard_gain(population, k), population.code.tau_ref_ms, from_ms, 0);
}

Turn next_turn(EngineState& engine, double limit_ms) {
    Turn turn{limit_ms};
    for (PopulationState& population : engine.populations) {
        OneSegment segment{{engine.time_ms, limit_ms}};
        for_each_neuron(population, [&](Part& part, std::size_t k, std::size_t lane) {
            const EscapeNoiseNeuron neuron = part.soma.neuron(k, lane);
            const double from_ms = std::max(engine.time_ms, neuron.free_at_ms);
            if (from_ms >= turn.t_ms) return;
            const HazardBound bound =
                bound_of(population, path_from_now(segment, population, part, lane), k, from_ms);
            const double candidate_ms = from_ms + neuron.residual / bound.rate_per_ms;
            if (candidate_ms < bound.until_ms && candidate_ms < turn.t_ms)
                turn = {candidate_ms, &population, &part, k, lane, bound.exponent};
            else if (bound.until_ms < turn.t_ms)
                turn = {bound.until_ms};
        });
    }
    return turn;
}

/// Uses up each neuron's hazard from now to the turn, against the bounds that `next_turn` saw (all
/// hold until then).
void consume_hazard(EngineState& engine, const Turn& turn, double limit_ms) {
    for (PopulationState& population : engine.populations) {
        OneSegment segment{{engine.time_ms, limit_ms}};
        for_each_neuron(population, [&](Part& part, std::size_t k, std::size_t lane) {
            const EscapeNoiseNeuron neuron = part.soma.neuron(k, lane);
            const double from_ms = std::max(engine.time_ms, neuron.free_at_ms);
            if (from_ms >= turn.t_ms) return;
            if (turn.part == &part && turn.k == k && turn.lane == lane) return;
            const HazardBound bound =
                bound_of(population, path_from_now(segment, population, part, lane), k, from_ms);
            neuron.residual =
                std::max(0.0, neuron.residual - bound.rate_per_ms * (turn.t_ms - from_ms));
        });
    }
}

void try_candidate(const Turn& turn, double now_ms, double limit_ms) {
    PopulationState& population = *turn.population;
    PartNeurons& neurons = turn.part->soma;
    const EscapeNoiseNeuron neuron = neurons.neuron(turn.k, turn.lane);
    OneSegment segment{{now_ms, limit_ms}};
    const NodePath path = path_from_now(segment, population, *turn.part, turn.lane);
    const RandomStream::Pair u = neuron.stream.next_pair();
    neuron.residual = -std::log(u.first);
    ++neurons.candidates;
    if (!path.exceeds(
            0, turn.t_ms,
            firing_potential(turn.exponent, std::log(u.second), hazard_gain(population, turn.k))))
        return;
    neuron.free_at_ms = turn.t_ms + population.code.tau_ref_ms;
    population.spikes.push_back({turn.t_ms, neurons.id(turn.k, turn.lane)});
}

void relax_potentials(Part& part, float keep) {
    for (std::size_t i = 0; i < part.width; ++i)
        part.potential[i] = part.drive[i] + (part.potential[i] - part.drive[i]) * keep;
}

void relax_potentials(EngineState& engine, double dt_ms) {
    for (PopulationState& population : engine.populations) {
        const double keep =
            population.tau_m_ms > 0.0 ? std::exp(-dt_ms / population.tau_m_ms) : 0.0;
        for (Part& part : population.parts)
            relax_potentials(part, static_cast<float>(keep));
    }
}

/// A presynaptic node's change, through the projection's couplings.
void add_to_drives(ProjectionState& projection, PopulationState& post, const StateChange& change) {
    for (Part& part : post.parts) {
        const float* column = projection.coupling.column(part.index, change.node);
        for (std::size_t i = 0; i < part.width; ++i)
            part.drive[i] += change.dx * column[i];
    }
}

/// Delivers what arrives at the present time; deliveries only change drives, so one pass settles
/// all.
void deliver(EngineState& engine) {
    const double until_ms = std::nextafter(engine.time_ms, std::numeric_limits<double>::infinity());
    for (PopulationState& population : engine.populations) {
        population.present.read_until(
            until_ms, population.history, population.code.tau_ref_ms, population.outputs,
            [&](const StateChange& c) { population.state[c.node] += c.dx; });
    }
    for (ProjectionState& projection : engine.projections) {
        const PopulationState& pre = engine.populations[projection.pre.index];
        PopulationState& post = engine.populations[projection.post.index];
        read_arrivals(projection, pre, until_ms, [&](const StateChange& c) {
            projection.delayed_state[c.node] += c.dx;
            ++engine.counters.arrivals;
            add_to_drives(projection, post, c);
        });
    }
}

void recompute_drives(EngineState& engine) {
    for (PopulationState& population : engine.populations) {
        for (Part& part : population.parts)
            recompute_drive(engine, population, part);
    }
}

/// The times behind the last turn's up to this one's, where states are those before this turn; the run's
/// first time belongs to its first turn, its last one to the next run. (A run that begins where another
/// ended has what happened at that very time in its first sample.)
struct TurnTimes {
    double from_ms;
    double run_end_ms;

    [[nodiscard]] Window until(double t_ms) const {
        return {from_ms, t_ms < run_end_ms ? after(t_ms) : t_ms};
    }
    static double after(double t_ms) {
        return std::nextafter(t_ms, std::numeric_limits<double>::infinity());
    }
};

/// The next event, and what follows from it.
Turn take_turn(EngineState& engine,
               double end_ms,
               const TurnTimes& times,
               std::span<Recorder* const> recorders) {
    const double limit_ms = std::min(end_ms, std::max(engine.time_ms, next_arrival_ms(engine)));
    if (engine.counters.windows % k_refresh_turns == 0) recompute_drives(engine);
    Turn turn = next_turn(engine, limit_ms);
    consume_hazard(engine, turn, limit_ms);
    if (turn.population != nullptr) try_candidate(turn, engine.time_ms, limit_ms);
    relax_potentials(engine, turn.t_ms - engine.time_ms);
    turn.advanced = turn.t_ms > engine.time_ms;
    engine.time_ms = turn.t_ms;
    const double until_ms = std::nextafter(turn.t_ms, std::numeric_limits<double>::infinity());
    for (PopulationState& population : engine.populations)
        emit_listed_spikes(population, until_ms);
    watch_rates(engine, engine.time_ms);
    publish_spikes(engine, recorders);
    for (PopulationState& population : engine.populations) {
        if (!population.sampled.empty()) sample_nodes(population, times.until(turn.t_ms));
    }
    deliver(engine);
    prune_histories(engine);
    ++engine.counters.windows;
    return turn;
}

/// At the end of a stretch of constant evidence: takes up what is next. Whether there is another one.
bool goes_on(EngineState& engine, const Stretch& stretch, double end_ms) {
    take_up_evidence(engine, stretch.begin_ms, stretch.end_ms);
    if (!(stretch.end_ms < end_ms)) return false;
    recompute_drives(engine);
    return true;
}

/// So that they take milliseconds: a turn costs a look at each neuron.
std::uint64_t turns_between_looks(const EngineState& engine) {
    std::size_t n_neurons = 1;
    for (const PopulationState& population : engine.populations)
        n_neurons += size_of(population.model);
    return 1 + k_neurons_per_look / n_neurons;
}

[[noreturn]] void fail_stuck(const EngineState& engine, const Turn& turn) {
    const std::string what = fmt::format("{} events without time going on", k_most_turns_at_once);
    if (turn.part == nullptr) throw NetworkError(fmt::format("at {:.6g} ms", turn.t_ms), what);
    fail_at(name_of(turn.population->model), turn.part->soma.id(turn.k, turn.lane), engine.time_ms,
            what);
}

} // namespace

bool run_sequential(EngineState& engine,
                    std::span<Recorder* const> recorders,
                    const std::function<bool(double t_ms)>& go_on) {
    RunPlan& plan = engine.plan;
    const double end_ms = plan.start_ms + plan.duration_ms;
    const bool begins = plan.next == 0;
    if (begins) {
        recompute_drives(engine);
        plan.next = 1;
    }
    Observers observers(engine, recorders);
    if (begins) observers.begin();
    TurnTimes times{begins ? engine.time_ms : TurnTimes::after(engine.time_ms), end_ms};
    auto stretch = std::find_if(plan.stretches.begin(), plan.stretches.end(),
                                [&](const Stretch& s) { return s.end_ms > engine.time_ms; });
    const std::uint64_t turns_per_look = turns_between_looks(engine);
    std::uint64_t n_turns_at_once = 0;
    while (engine.time_ms < end_ms) {
        const Turn turn = take_turn(engine, stretch->end_ms, times, recorders);
        const Window passed = times.until(engine.time_ms);
        observers.deliver(passed);
        times.from_ms = passed.end_ms;
        if (engine.time_ms == stretch->end_ms && goes_on(engine, *stretch, end_ms)) ++stretch;
        n_turns_at_once = turn.advanced ? 0 : n_turns_at_once + 1;
        if (n_turns_at_once > k_most_turns_at_once) fail_stuck(engine, turn);
        if (engine.counters.windows % turns_per_look != 0) continue;
        require_patience(engine.give_up);
        require_finite(engine);
        if (go_on && !go_on(engine.time_ms) && !engine.repeated) return false;
    }
    plan.next = k_sequential_steps;
    require_finite(engine);
    return true;
}

} // namespace spikewell::detail
