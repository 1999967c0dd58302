#include "core/error.hpp"
#include "network/engine/detail/crowded_windows.hpp"
#include "network/engine/detail/direct_windows.hpp"
#include "network/engine/detail/evidence.hpp"
#include "network/engine/detail/learning.hpp"
#include "network/engine/detail/lif_pass.hpp"
#include "network/engine/detail/observers.hpp"
#include "network/engine/detail/pending_neurons.hpp"
#include "network/engine/detail/share.hpp"
#include "network/engine/detail/start_states.hpp"
#include "network/engine/detail/state.hpp"
#include "network/engine/detail/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

/// The windowed loop. One window [t0, t1), no longer than the least delay:
///   1 collect   which pulse edges reach each population: all known, their spikes are older than the window
///   2 advance   each part by itself: potentials through the arrivals, then its neurons and twins, to spikes
///   3 exchange  the parts' spikes, sorted by (time, source), become the population's; state changes follow
///   4 learn     each part by itself: its rows of the plastic couplings (learning.cpp); at once, or
///               with 2 of the next window (EngineState::unlearnt)
///   5 observe   recorders see the spikes
/// Required at the start and left at the end: drive = J sigma(t - d), potential, delayed_state and state as of now.
namespace spikewell::detail {

namespace {

// Segments of a path that are traced before neurons advance through them: 2 x 64 KiB of path stay
// in the second-level cache.
constexpr std::size_t k_path_segments = 256;
// Static couplings: how often the drive is summed afresh, so that float round-off cannot drift.
constexpr std::uint64_t k_refresh_windows = 64;
// Fewer couplings than these stay in the cache from window to window.
constexpr std::size_t k_cached_couplings = std::size_t{1} << 20U;
// How often all states are looked at, which takes as long as some windows; what is recorded is looked
// at always.
constexpr std::uint64_t k_check_windows = 512;
// Window of a network without projections.
constexpr double k_free_window_ms = 1000.0;
// Their number times passes of each has 48 bits (poisson_input.hpp).
constexpr double k_most_windows = 0x1p42;

// LIF windows with less work than this, in synaptic events, are not worth sharing out: where the
// others stand ready, and where they may have to be woken.
constexpr double k_least_shared_work = 400.0;
constexpr double k_least_work_to_wake = 8000.0;
// What it costs to look at a neuron, in synaptic events.
constexpr double k_neuron_work = 0.125;

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
    BlockScratch& scratch = part.scratch;
    scratch.segments.clear();
    for (std::size_t s = first; s < first + n; ++s) {
        BlockSegment segment{nullptr, 0.0F, population.path_keep[s]};
        if (s < population.arrivals.size()) {
            const Arrival& arrival = population.arrivals[s];
            segment.column =
                engine.projections[arrival.projection].coupling.column(part.index, arrival.node);
            segment.dx = arrival.dx;
        }
        scratch.segments.push_back(segment);
    }
    const std::size_t n_blocks = (n + k_segments_per_block - 1) / k_segments_per_block;
    scratch.reserve_path(n, n_blocks, part.width);
    trace_path(scratch.segments.data(), n, part.width, part.drive.data(), part.potential.data(),
               scratch.path());
}

/// Advances a block's neurons through the part of the path just traced.
void advance_neurons(const PopulationState& population,
                     NeuronBlock& neurons,
                     BlockScratch& scratch,
                     const PathTimes& times,
                     const Drive& drive,
                     std::vector<Spike>& spikes) {
    const auto advance_one = [&](std::size_t k, std::size_t lane, double from_ms,
                                 const HazardAlongPath& hazard) {
        const NodePath path(times,
                            {scratch.value.data() + lane, scratch.target.data() + lane,
                             scratch.block_low.data() + lane, scratch.block_high.data() + lane,
                             neurons.width},
                            drive.bias_of(lane));
        advance_neuron(population, neurons, k, lane, path, from_ms, hazard, spikes);
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

/// Sorts where nothing is far from its place.
void sort_nearly_sorted(std::vector<Spike>& spikes) {
    for (std::size_t k = 1; k < spikes.size(); ++k) {
        if (!(spikes[k] < spikes[k - 1])) continue;
        const Spike moved = spikes[k];
        std::size_t at = k;
        for (; at > 0 && moved < spikes[at - 1]; --at)
            spikes[at] = spikes[at - 1];
        spikes[at] = moved;
    }
}

/// Sorts the spikes of a window that `for_each(take)` hands over, twice alike: dealt into cells of
/// time, then put right within cells.
template <class ForEach>
void sort_spikes(ForEach&& for_each,
                 const Window& window,
                 std::vector<std::uint32_t>& cell_end,
                 std::vector<Spike>& sorted) {
    constexpr std::size_t k_cells_per_spike = 2;
    std::size_t n = 0;
    for_each([&](const Spike&) { ++n; });
    const std::size_t n_cells = k_cells_per_spike * n + 1;
    cell_end.assign(n_cells, 0);
    const double cells_per_ms = static_cast<double>(n_cells) / (window.end_ms - window.begin_ms);
    const auto cell_of = [&](const Spike& spike) {
        const double cell = std::max(0.0, (spike.t_ms - window.begin_ms) * cells_per_ms);
        return std::min(static_cast<std::size_t>(cell), n_cells - 1);
    };
    for_each([&](const Spike& spike) { ++cell_end[cell_of(spike)]; });
    std::uint32_t before = 0;
    for (std::uint32_t& end : cell_end)
        before += std::exchange(end, before);
    sorted.resize(n);
    for_each([&](const Spike& spike) { sorted[cell_end[cell_of(spike)]++] = spike; });
    sort_nearly_sorted(sorted);
}

void advance_part(EngineState& engine,
                  const PopulationState& population,
                  Part& part,
                  const Window& window,
                  bool refresh) {
    part.spikes.clear();
    part.predicted.clear();
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

template <class Block>
void append_sorted(const std::vector<Block>& blocks, std::vector<Spike>& spikes) {
    for (const Block& block : blocks)
        spikes.insert(spikes.end(), block.spikes.begin(), block.spikes.end());
    std::sort(spikes.begin(), spikes.end());
}

/// The parts' spikes together, sorted.
void gather_spikes(PopulationState& population, const Window& window) {
    if (population.lif) append_sorted(population.lif->blocks, population.spikes);
    if (population.poisson) append_sorted(population.poisson->blocks, population.spikes);
    if (population.parts.empty()) return;
    sort_spikes(
        [&](auto&& take) {
            for (const Part& part : population.parts)
                std::for_each(part.spikes.begin(), part.spikes.end(), take);
        },
        window, population.spike_cells, population.spikes);
}

/// States at the window's end. Changes are only listed where something learns from them.
void follow_changes(EngineState& engine, const Window& window, bool listed) {
    for (PopulationState& population : engine.populations) {
        if (!is_dyadic(population.model)) continue;
        PulseReader& present = population.present;
        const double tau_ref_ms = population.code.tau_ref_ms;
        population.changes.clear();
        if (listed) {
            know_state(population);
            present.read_until(window.end_ms, population.history, tau_ref_ms, population.outputs,
                               [&](const StateChange& change) {
                                   population.changes.push_back(change);
                                   population.state[change.node] += change.dx;
                               });
        } else {
            present.pass(present.edges_until(window.end_ms, population.history, tau_ref_ms));
            population.state_known = false;
        }
        if (population.crowd.active) {
            end_crowded_window(population, window);
            continue;
        }
        if (population.crowd.direct) {
            end_direct_window(engine, population);
            continue;
        }
        for (const Arrival& arrival : population.arrivals)
            engine.projections[arrival.projection].delayed_state[arrival.node] += arrival.dx;
    }
}

/// What errors are paired with, where that is not the state now.
void follow_paired(EngineState& engine, const Window& window) {
    for (ProjectionState& projection : engine.projections) {
        if (!projection.paired) continue;
        PairedStates& paired = *projection.paired;
        paired.changes.clear();
        read_held(paired.reader, paired.held_until_ms, engine.populations[projection.pre.index],
                  window.end_ms, [&](const StateChange& change) {
                      paired.changes.push_back(
                          {std::max(change.t_ms, window.begin_ms), change.node, change.dx});
                      paired.state[change.node] += change.dx;
                  });
    }
}

/// The parts' predicted spikes together, sorted.
void gather_predicted(PopulationState& population) {
    std::vector<Spike>& predicted = population.predicted;
    predicted.clear();
    for (const Part& part : population.parts) {
        const auto sorted = static_cast<std::ptrdiff_t>(predicted.size());
        predicted.insert(predicted.end(), part.predicted.begin(), part.predicted.end());
        std::inplace_merge(predicted.begin(), predicted.begin() + sorted, predicted.end());
    }
}

void publish_predicted(EngineState& engine, std::span<Recorder* const> recorders) {
    if (recorders.empty()) return;
    for (std::uint32_t p = 0; p < engine.populations.size(); ++p) {
        PopulationState& population = engine.populations[p];
        if (!engine.shared()) gather_predicted(population); // else the exchange has
        for (Recorder* recorder : recorders)
            recorder->on_spikes({p}, SpikeKind::predicted, population.predicted);
    }
}

/// Calls body(population, index) for each part and block.
template <class Body> void for_each_task(EngineState& engine, bool share, Body&& body) {
    const auto run = [&](std::size_t t) {
        const Task& task = engine.tasks[t];
        body(engine.populations[task.population], task.index);
    };
    const std::size_t n = engine.tasks.size();
    if (share && engine.team != nullptr) {
        engine.team->for_each(
            n, run, engine.backwards ? Team::Direction::backwards : Team::Direction::forwards);
    } else {
        for (std::size_t t = 0; t < n; ++t)
            run(engine.backwards ? n - 1 - t : t);
    }
}

/// Whether a window holds enough work to be shared out among threads.
bool worth_sharing(const EngineState& engine) {
    if (engine.team == nullptr) return false;
    double work = 0.0;
    for (const PopulationState& population : engine.populations) {
        if (population.parts.size() > 1) return true;
        if (population.lif) {
            const LifState& lif = *population.lif;
            work += lif.mean_fanout *
                    static_cast<double>(lif.shared.table.size() + lif.shared.departures.size());
            const double per_neuron = lif.shared.inputs.empty() ? k_neuron_work : 1.0;
            work += per_neuron * static_cast<double>(size_of(population.model));
        }
    }
    return work >= (engine.team->has_cores() ? k_least_shared_work : k_least_work_to_wake);
}

bool engine_learns(const EngineState& engine) {
    return std::any_of(engine.projections.begin(), engine.projections.end(),
                       [](const ProjectionState& projection) { return projection.learning; });
}

/// Lets the parts take turns from the other end, where not all of their couplings stay in the cache.
void turn(EngineState& engine) {
    const bool large =
        std::any_of(engine.populations.begin(), engine.populations.end(), [](const auto& p) {
            return is_dyadic(p.model) && p.code.n_nodes * p.code.n_nodes > k_cached_couplings;
        });
    engine.backwards = large && !engine.backwards;
}

/// Whether all that a window's learning needs is kept while parts go through the next one.
bool learning_may_wait(const EngineState& engine) {
    return std::all_of(engine.populations.begin(), engine.populations.end(),
                       [&](const PopulationState& population) {
                           return population.crowd.direct || !learns(engine, population);
                       });
}

/// Lets the parts learn from a window that they have not learnt from.
void learn_now(EngineState& engine) {
    if (!engine.unlearnt) return;
    for_each_task(engine, worth_sharing(engine), [&](PopulationState& population, std::uint32_t k) {
        if (k != Task::k_bookkeeping && is_dyadic(population.model) && learns(engine, population))
            learn_part(engine, population, population.parts[k], *engine.unlearnt);
    });
    engine.unlearnt.reset();
}

void run_window(EngineState& engine,
                const Window& window,
                bool first_of_stretch,
                std::span<Recorder* const> recorders) {
    turn(engine);
    for (PopulationState& population : engine.populations) {
        if (is_dyadic(population.model)) {
            prepare_crowd(engine, population, window);
            if (!population.crowd.active && !population.crowd.direct) {
                collect_arrivals(engine, population, window);
                prepare_path_times(population, window);
            }
        }
        if (population.lif) {
            population.lif->shared.window = engine.counters.windows;
            collect_arrivals(*population.lif, window, [&](std::uint32_t p) -> const SpikeHistory& {
                return engine.populations[p].history;
            });
        }
        emit_listed_spikes(population, window.end_ms);
    }
    const bool plastic =
        std::any_of(engine.projections.begin(), engine.projections.end(),
                    [](const ProjectionState& p) { return p.plasticity.has_value(); });
    const bool refresh_all =
        (first_of_stretch && plastic) || engine.counters.windows % k_refresh_windows == 0;
    for_each_task(engine, worth_sharing(engine), [&](PopulationState& population, std::uint32_t k) {
        // Only here, before anybody has seen anything of the window.
        require_patience(engine.give_up);
        if (k == Task::k_bookkeeping) {
            if (population.crowd.active) follow_crowd(population, window);
        } else if (population.lif) {
            LifState& lif = *population.lif;
            if (population.own.has(k + 1)) fetch_first_indices(lif.blocks[k + 1], lif.shared.table);
            advance_block(lif.shared, lif.blocks[k], window, engine.give_up);
        } else if (population.poisson) {
            advance_block(population.poisson->rate, population.poisson->blocks[k], window);
        } else {
            if (engine.unlearnt && learns(engine, population))
                learn_part(engine, population, population.parts[k], *engine.unlearnt);
            advance_part(engine, population, population.parts[k], window,
                         refresh_all || learns(engine, population));
        }
    });
    engine.unlearnt.reset();
    for (PopulationState& population : engine.populations)
        gather_spikes(population, window);
    exchange_spikes(engine);
    publish_spikes(engine, recorders);
    publish_predicted(engine, recorders);
    const bool learning = engine_learns(engine);
    follow_changes(engine, window, learning);
    follow_paired(engine, window);
    if (learning) {
        prepare_learning(engine, window);
        engine.unlearnt = window;
        if (!learning_may_wait(engine)) learn_now(engine);
    }
    prune_histories(engine);
    engine.time_ms = window.end_ms;
    ++engine.counters.windows;
}

} // namespace

RunPlan plan_run(const EngineState& engine, double start_ms, double duration_ms) {
    RunPlan plan{start_ms, duration_ms, 0, 0, stretches_of(engine, start_ms, duration_ms)};
    if (engine.window_ms == 0.0) {
        plan.n_windows = k_sequential_steps;
        return plan;
    }
    const double longest_ms = std::min(engine.window_ms, k_free_window_ms);
    const double end_ms = start_ms + duration_ms;
    if (longest_ms < hair_ms(end_ms)) {
        throw NetworkError("run", fmt::format("windows of {:.3g} ms cannot be told apart at {:.6g} "
                                              "ms: time is known to {:.2g} ms there",
                                              longest_ms, end_ms,
                                              std::nextafter(end_ms, 2.0 * end_ms) - end_ms));
    }
    double n_windows = 0.0;
    for (Stretch& stretch : plan.stretches) {
        // Equal windows, as few as keep each within the delay.
        const double n = std::max(1.0, std::ceil(stretch.length_ms / longest_ms));
        n_windows += n;
        if (n_windows > k_most_windows) {
            throw NetworkError("run", fmt::format("{:.3g} windows of {:.3g} ms, at most {:.3g} are "
                                                  "possible",
                                                  n_windows, longest_ms, k_most_windows));
        }
        stretch.first_window = plan.n_windows;
        stretch.end_window = plan.n_windows += static_cast<std::uint64_t>(n);
    }
    return plan;
}

const Stretch& RunPlan::stretch_of(std::uint64_t window) const {
    return *std::upper_bound(
        stretches.begin(), stretches.end(), window,
        [](std::uint64_t w, const Stretch& stretch) { return w < stretch.end_window; });
}

namespace {

void run_on(EngineState& engine,
            std::span<Recorder* const> recorders,
            const std::function<bool(double t_ms)>& go_on) {
    RunPlan& plan = engine.plan;
    Observers observers(engine, recorders);
    for (PopulationState& population : engine.populations) {
        for (Part& part : population.parts)
            part.drive_known = false; // anything may have happened since the last run
    }
    while (plan.next < plan.n_windows) {
        const Stretch& stretch = plan.stretch_of(plan.next);
        const bool first = plan.next == stretch.first_window;
        const Window window{engine.time_ms, stretch.end_of_window_ms(plan.next)};
        ++plan.next;
        run_window(engine, window, first, recorders);
        if (plan.next == stretch.end_window)
            take_up_evidence(engine, stretch.begin_ms, stretch.end_ms);
        if (engine.counters.windows % k_check_windows == 0) require_finite(engine);
        observers.deliver(window);
        engine.stop_asked = go_on && !go_on(engine.time_ms);
        // Ranks stop together, hence a window later: it takes its spikes' exchange to agree.
        if (engine.shared() ? engine.stop_agreed : engine.stop_asked) break;
    }
    learn_now(engine);
}

} // namespace

bool run_windows(EngineState& engine,
                 std::span<Recorder* const> recorders,
                 const std::function<bool(double t_ms)>& go_on) {
    agree_on_run(engine, recorders);
    if (engine.team != nullptr) {
        engine.team->attend([&] { run_on(engine, recorders, go_on); });
    } else {
        run_on(engine, recorders, go_on);
    }
    engine.stop_asked = engine.stop_agreed = false;
    require_finite(engine);
    return engine.plan.next == engine.plan.n_windows;
}

} // namespace spikewell::detail
