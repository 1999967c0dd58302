#include "core/parallel.hpp"
#include "network/engine/detail/learning.hpp"
#include "network/engine/detail/observers.hpp"
#include "network/engine/detail/share.hpp"
#include "network/engine/detail/state.hpp"

#include <algorithm>
#include <cmath>

/// The windowed loop. One window [t0, t1), no longer than the least delay:
///   1 collect   which pulse edges reach each population: all known, their spikes are older than the window
///   2 advance   each part by itself: potentials through the arrivals, then its neurons and twins, to spikes
///   3 exchange  the parts' spikes, sorted by (time, source), become the population's; state changes follow
///   4 learn     each part by itself: its rows of the plastic couplings (learning.cpp)
///   5 observe   recorders see the spikes
/// Required at the start and left at the end: drive = J sigma(t - d), potential, delayed_state and state as of now.
namespace spikewell::detail {

namespace {

// Segments of a path that are traced before neurons advance through them: 2 x 64 KiB of path stay
// in the second-level cache.
constexpr std::size_t k_path_segments = 256;
// The same where only each block's beginning is kept.
constexpr std::size_t k_crowd_segments = 2048;
// Fewer couplings than these stay in the cache from window to window: none are fetched ahead.
constexpr std::size_t k_cached_couplings = std::size_t{1} << 21U;
// Bounds of neurons may be looser by this many nats before a path counts as crowded no more.
constexpr double k_slack_nats = 0.1;
// Static couplings: how often the drive is summed afresh, so that float round-off cannot drift.
constexpr std::uint64_t k_refresh_windows = 64;
// Window of a network without projections.
constexpr double k_free_window_ms = 1000.0;

// LIF windows with fewer events and neurons to look at than this are not worth sharing out.
constexpr double k_least_shared_work = 4000.0;

void collect_arrivals(EngineState& engine, PopulationState& population, const Window& window) {
    population.arrivals.clear();
    for (const std::uint32_t p : population.incoming) {
        ProjectionState& projection = engine.projections[p];
        const PopulationState& pre = engine.populations[projection.pre.index];
        projection.delayed.read_until(
            window.end_ms, pre.history, pre.code.tau_ref_ms, pre.outputs,
            [&](const StateChange& c) {
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

/// Lists the path's steps for all parts, where arrivals crowd and no rule needs each segment of the path.
void prepare_crowd(EngineState& engine, PopulationState& population) {
    Crowd& crowd = population.crowd;
    crowd.active = false;
    for (const std::uint32_t p : population.incoming) {
        if (engine.projections[p].learning) engine.projections[p].coupling.forget_column_limits();
    }
    if (learns(engine, population) || population.arrivals.size() < k_segments_per_block) return;
    for (const std::uint32_t p : population.incoming)
        agree_on_limits(engine, engine.projections[p]);
    const auto width = static_cast<std::uint32_t>(population.parts.front().width);
    crowd.steps.clear();
    std::vector<float>& limits = crowd.limits;
    limits.clear();
    for (std::size_t s = 0; s < population.arrivals.size(); ++s) {
        const Arrival& arrival = population.arrivals[s];
        crowd.steps.push_back(
            {arrival.projection, arrival.node * width, arrival.dx, population.path_keep[s], 0.0F});
        limits.push_back(
            engine.projections[arrival.projection].coupling.column_limits()[arrival.node]);
    }
    crowd.steps.push_back(
        {population.incoming.front(), 0, 0.0F, population.path_keep.back(), 0.0F});
    limits.push_back(0.0F);
    const double steepest = std::max(population.inverse_temperature, 1e-9);
    crowd.prepare(population.path_times_ms, static_cast<float>(k_slack_nats / steepest));
}

/// Columns onto the part that is next in turn.
struct NextColumns {
    const float* first = nullptr;
    std::size_t n = 0;
};

/// A share of them as large as that of the path's segments traced now.
NextColumns next_columns(EngineState& engine,
                         const PopulationState& population,
                         const Part& part,
                         std::size_t first,
                         std::size_t n) {
    const std::size_t next = population.backwards ? part.index - 1 : part.index + 1;
    if (!population.own.has(next)) return {};
    CouplingBlocks& coupling = engine.projections[population.incoming.front()].coupling;
    const std::size_t n_pre = coupling.n_pre();
    if (n_pre * part.width * population.parts.size() < k_cached_couplings) return {};
    const std::size_t n_segments = population.path_keep.size();
    const std::size_t begin = n_pre * first / n_segments;
    return {coupling.column(next, begin), n_pre * (first + n) / n_segments - begin};
}

void trace_crowd(EngineState& engine,
                 const PopulationState& population,
                 Part& part,
                 std::size_t first,
                 std::size_t n) {
    BlockScratch& scratch = part.scratch;
    scratch.columns.resize(engine.projections.size());
    for (const std::uint32_t p : population.incoming)
        scratch.columns[p] = engine.projections[p].coupling.block(part.index);
    const std::size_t n_blocks = (n + k_segments_per_block - 1) / k_segments_per_block;
    scratch.reserve_path(n_blocks, n_blocks, part.width);
    const std::size_t first_block = first / k_segments_per_block;
    const NextColumns next = next_columns(engine, population, part, first, n);
    trace_blocks({population.crowd.steps.data() + first, scratch.columns.data(),
                  population.crowd.keep.data() + first_block,
                  population.crowd.slack.data() + first_block, n, next.first, next.n},
                 part.width, part.drive.data(), part.potential.data(), scratch.path());
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

/// What a block's neurons advance through.
struct BlockStretch {
    PathTimes times;
    PathSteps steps;
};

NodePath node_path(const BlockStretch& stretch, const Part& part, std::size_t lane, double bias) {
    const BlockScratch& scratch = part.scratch;
    return {stretch.times,
            {scratch.value.data() + lane, scratch.target.data() + lane,
             scratch.block_low.data() + lane, scratch.block_high.data() + lane, part.width, lane,
             stretch.steps},
            bias};
}

struct Drive {
    const double* bias; // [count] constant part of the field; null for none
    double inverse_temperature;
};

/// Advances a block's neurons through the path just traced. Gains are powers of two, so the bounds
/// of one gain are the squares of those of the next smaller: one exponential a node serves all.
void advance_neurons(NeuronBlock& neurons,
                     Part& part,
                     const BlockStretch& stretch,
                     const Drive& drive,
                     double tau_ref_ms,
                     std::vector<Spike>& spikes) {
    BlockScratch& scratch = part.scratch;
    double c = std::ldexp(2.0 * drive.inverse_temperature, -static_cast<int>(neurons.n_bits));
    for (std::size_t i = 0; i < part.count; ++i) {
        const double bias = drive.bias != nullptr ? drive.bias[i] : 0.0;
        scratch.bound_low[i] = static_cast<double>(scratch.low[i]) + bias;
        scratch.bound_high[i] = static_cast<double>(scratch.high[i]) + bias;
        scratch.growth[i] = std::exp(c * scratch.bound_high[i]);
    }
    const double begin_ms = stretch.times.time_ms.front();
    const double end_ms = stretch.times.time_ms.back();
    for (std::size_t k = neurons.n_bits; k-- > 0; c *= 2.0) {
        const std::size_t at = neurons.index(k, 0);
        const std::size_t n_pending = pass_quiet_neurons(
            {neurons.residual.data() + at, neurons.free_at_ms.data() + at, scratch.bound_low.data(),
             scratch.bound_high.data(), scratch.growth.data(), scratch.rate.data(), c, tau_ref_ms,
             k_loose_nats, begin_ms, end_ms},
            part.width, scratch.pending.data());
        for (std::size_t p = 0; p < n_pending; ++p) {
            const std::size_t lane = scratch.pending[p];
            const HazardBound whole{c * scratch.bound_high[lane], scratch.rate[lane], end_ms};
            const bool tight =
                c * (scratch.bound_high[lane] - scratch.bound_low[lane]) < k_loose_nats;
            const NodePath path =
                node_path(stretch, part, lane, drive.bias != nullptr ? drive.bias[lane] : 0.0);
            neurons.candidates += advance(neurons.neuron(k, lane), path, c, tau_ref_ms, whole,
                                          tight, [&](double t_ms) {
                                              spikes.push_back({t_ms, neurons.id(k, lane)});
                                          });
        }
    }
}

void advance_part(EngineState& engine,
                  const PopulationState& population,
                  Part& part,
                  bool refresh) {
    part.spikes.clear();
    part.predicted.clear();
    if (refresh) recompute_drive(engine, population, part);
    const Crowd& crowd = population.crowd;
    const std::size_t n_segments = population.path_keep.size();
    const std::size_t chunk = crowd.active           ? k_crowd_segments
                              : population.keep_path ? n_segments
                                                     : k_path_segments;
    for (std::size_t first = 0; first < n_segments; first += chunk) {
        const std::size_t n = std::min(chunk, n_segments - first);
        BlockStretch stretch{
            {std::span(population.path_times_ms).subspan(first, n + 1), population.tau_m_ms}, {}};
        if (crowd.active) {
            trace_crowd(engine, population, part, first, n);
            stretch.times.grid = &crowd.grid;
            stretch.times.first = first;
            stretch.steps = {crowd.steps.data() + first, part.scratch.columns.data(),
                             k_log2_segments_per_block};
        } else {
            trace_segments(engine, population, part, first, n);
        }
        const double tau_ref_ms = population.code.tau_ref_ms;
        advance_neurons(part.soma, part, stretch,
                        {population.evidence.data() + part.first, population.inverse_temperature},
                        tau_ref_ms, part.spikes);
        if (population.twins_active) {
            advance_neurons(part.twins.neurons, part, stretch, {nullptr, 1.0}, tau_ref_ms,
                            part.predicted);
        }
    }
    std::sort(part.predicted.begin(), part.predicted.end());
    part.n_predicted += part.predicted.size();
}

template <class Block>
void append_sorted(const std::vector<Block>& blocks, std::vector<Spike>& spikes) {
    for (const Block& block : blocks)
        spikes.insert(spikes.end(), block.spikes.begin(), block.spikes.end());
    std::sort(spikes.begin(), spikes.end());
}

/// The parts' spikes together, sorted: dealt into cells of time, about one a cell, then sorted cell by cell.
void gather_spikes(PopulationState& population, const Window& window) {
    if (population.lif) append_sorted(population.lif->blocks, population.spikes);
    if (population.poisson) append_sorted(population.poisson->blocks, population.spikes);
    if (population.parts.empty()) return;
    std::size_t n = 0;
    for (const Part& part : population.parts)
        n += part.spikes.size();
    std::vector<std::uint32_t>& cell_end = population.spike_cells;
    cell_end.assign(n + 1, 0);
    const double cells_per_ms = static_cast<double>(n) / (window.end_ms - window.begin_ms);
    const auto cell_of = [&](const Spike& spike) {
        return std::min(
            static_cast<std::size_t>(std::max(0.0, (spike.t_ms - window.begin_ms) * cells_per_ms)),
            n);
    };
    for (const Part& part : population.parts) {
        for (const Spike& spike : part.spikes)
            ++cell_end[cell_of(spike)];
    }
    for (std::size_t cell = 0, before = 0; cell <= n; ++cell) {
        const std::size_t count = cell_end[cell];
        cell_end[cell] = static_cast<std::uint32_t>(before);
        before += count;
    }
    std::vector<Spike>& spikes = population.spikes;
    spikes.resize(n);
    for (const Part& part : population.parts) {
        for (const Spike& spike : part.spikes)
            spikes[cell_end[cell_of(spike)]++] = spike;
    }
    auto sorted = spikes.begin();
    for (const std::uint32_t end : cell_end) {
        const auto cell = spikes.begin() + end;
        if (cell - sorted > 1) std::sort(sorted, cell);
        sorted = cell;
    }
}

void follow_changes(EngineState& engine, const Window& window) {
    for (PopulationState& population : engine.populations) {
        if (!is_dyadic(population.model)) continue;
        population.changes.clear();
        population.present.read_until(window.end_ms, population.history, population.code.tau_ref_ms,
                                      population.outputs, [&](const StateChange& change) {
                                          population.changes.push_back(change);
                                          population.state[change.node] += change.dx;
                                      });
        for (const Arrival& arrival : population.arrivals) {
            engine.projections[arrival.projection].delayed_state[arrival.node] += arrival.dx;
        }
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
        PopulationState& population = engine.populations[task.population];
        const auto ends = static_cast<std::uint32_t>(population.own.begin + population.own.end);
        body(population, population.backwards ? ends - 1 - task.index : task.index);
    };
    if (share) {
        for_each_index(engine, engine.tasks.size(), run);
    } else {
        for (std::size_t t = 0; t < engine.tasks.size(); ++t)
            run(t);
    }
}

/// Whether a window holds enough work to be shared out among threads.
bool worth_sharing(const EngineState& engine) {
    if (engine.arena == nullptr) return false;
    double work = 0.0;
    for (const PopulationState& population : engine.populations) {
        if (is_dyadic(population.model)) return true;
        if (population.lif) {
            const LifState& lif = *population.lif;
            work += lif.mean_fanout *
                    static_cast<double>(lif.shared.table.size() + lif.shared.departures.size());
            if (!lif.shared.inputs.empty()) work += static_cast<double>(size_of(population.model));
        }
    }
    return work >= k_least_shared_work;
}

bool engine_learns(const EngineState& engine) {
    return std::any_of(engine.projections.begin(), engine.projections.end(),
                       [](const ProjectionState& projection) { return projection.learning; });
}

void run_window(EngineState& engine,
                const Window& window,
                bool first_of_run,
                std::span<Recorder* const> recorders) {
    for (PopulationState& population : engine.populations) {
        if (is_dyadic(population.model)) {
            collect_arrivals(engine, population, window);
            prepare_path_times(population, window);
            prepare_crowd(engine, population);
            population.backwards = !population.backwards;
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
        (first_of_run && plastic) || engine.counters.windows % k_refresh_windows == 0;
    for_each_task(engine, worth_sharing(engine), [&](PopulationState& population, std::uint32_t k) {
        if (population.lif) {
            advance_block(population.lif->shared, population.lif->blocks[k], window);
        } else if (population.poisson) {
            advance_block(population.poisson->rate, population.poisson->blocks[k], window);
        } else {
            advance_part(engine, population, population.parts[k],
                         refresh_all || learns(engine, population));
        }
    });
    for (PopulationState& population : engine.populations)
        gather_spikes(population, window);
    exchange_spikes(engine);
    publish_spikes(engine, recorders);
    publish_predicted(engine, recorders);
    follow_changes(engine, window);
    if (engine_learns(engine)) {
        for_each_task(engine, true, [&](PopulationState& population, std::uint32_t k) {
            if (is_dyadic(population.model) && learns(engine, population))
                learn_part(engine, population, population.parts[k], window);
        });
    }
    prune_histories(engine);
    engine.time_ms = window.end_ms;
    ++engine.counters.windows;
}

} // namespace

RunPlan plan_run(const EngineState& engine, double duration_ms) {
    const double longest_ms = std::min(engine.window_ms, k_free_window_ms);
    // Equal windows, as few as keep each within the delay.
    return {engine.time_ms, duration_ms,
            static_cast<std::uint64_t>(std::max(1.0, std::ceil(duration_ms / longest_ms))), 0};
}

bool run_windows(EngineState& engine,
                 std::span<Recorder* const> recorders,
                 const std::function<bool(double t_ms)>& go_on) {
    RunPlan& plan = engine.plan;
    agree_on_run(engine, recorders);
    Observers observers(engine, recorders);
    while (plan.next < plan.n_windows) {
        const bool first = plan.next == 0;
        ++plan.next;
        const double end_ms = plan.start_ms + plan.duration_ms * static_cast<double>(plan.next) /
                                                  static_cast<double>(plan.n_windows);
        const Window window{engine.time_ms, end_ms};
        run_window(engine, window, first, recorders);
        observers.deliver(window);
        engine.stop_asked = go_on && !go_on(engine.time_ms);
        // Ranks stop together, hence a window later: it takes its spikes' exchange to agree.
        if (engine.shared() ? engine.stop_agreed : engine.stop_asked) break;
    }
    engine.stop_asked = engine.stop_agreed = false;
    return plan.next == plan.n_windows;
}

} // namespace spikewell::detail
