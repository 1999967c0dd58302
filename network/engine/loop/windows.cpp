#include "core/error.hpp"
#include "network/engine/dyadic/evidence.hpp"
#include "network/engine/dyadic/learning.hpp"
#include "network/engine/dyadic/start_states.hpp"
#include "network/engine/loop/groups.hpp"
#include "network/engine/loop/observers.hpp"
#include "network/engine/loop/share.hpp"
#include "network/engine/loop/state.hpp"
#include "network/engine/loop/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

/// The windowed loop. One window [t0, t1), no longer than the least delay:
///   1 collect   what reaches each population: all known, its spikes are older than the window
///   2 advance   each task by itself (a block of neurons, a part of nodes): what arrives, to spikes
///   3 exchange  the tasks' spikes, sorted by (time, source), become the population's
///   4 observe   recorders see the spikes; states follow
///   5 learn     each part by itself: its rows of the plastic couplings (learning.cpp); at once, or
///               with 2 of the next window (EngineState::unlearnt)
/// What 1 to 4 mean for a kind of population is its Group's (groups.hpp).
/// Required at the start and left at the end: drive = J sigma(t - d), potential, delayed_state and state as of now.
namespace spikewell::detail {

namespace {

// Static couplings: how often the drive is summed afresh, so that float round-off cannot drift.
constexpr std::uint64_t k_refresh_windows = 64;
// Fewer couplings than these stay in the cache from window to window.
constexpr std::size_t k_cached_couplings = std::size_t{1} << 20U;
// How often all states are looked at, which takes as long as some windows; what is recorded is looked
// at always.
constexpr std::uint64_t k_check_windows = 512;
// Window where no delay bounds it: what a window holds is done before anybody can end the run.
constexpr double k_free_window_ms = 10.0;

// Windows with less work than this, in synaptic events, are certainly not worth sharing out: where the
// others stand ready, and where they may have to be woken.
constexpr double k_least_shared_work = 400.0;
constexpr double k_least_work_to_wake = 8000.0;

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

/// Whether it takes less time to share out what is left to do in a window among threads.
bool worth_sharing(EngineState& engine) {
    if (engine.team == nullptr) return false;
    double work = 0.0;
    for (const PopulationState& population : engine.populations)
        work += of_kind(population, [&]<class G>() { return G::work(population); });
    if (work < (engine.team->has_cores() ? k_least_shared_work : k_least_work_to_wake))
        return false;
    return engine.thread_choice.shared(work);
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
    for (PopulationState& population : engine.populations)
        of_kind(population, [&]<class G>() { G::collect(engine, population, window); });
    const bool plastic =
        std::any_of(engine.projections.begin(), engine.projections.end(),
                    [](const ProjectionState& p) { return p.plasticity.has_value(); });
    const bool refresh_all =
        (first_of_stretch && plastic) || engine.counters.windows % k_refresh_windows == 0;
    for_each_task(engine, worth_sharing(engine), [&](PopulationState& population, std::uint32_t k) {
        // Only here and in taking spikes, before anybody has seen anything of the window.
        require_patience(engine.give_up);
        of_kind(population,
                [&]<class G>() { G::advance(engine, population, k, window, refresh_all); });
    });
    engine.unlearnt.reset();
    for (PopulationState& population : engine.populations)
        of_kind(population, [&]<class G>() { G::take_spikes(engine, population, window); });
    exchange_spikes(engine);
    watch_rates(engine, window.end_ms);
    publish_spikes(engine, recorders);
    publish_predicted(engine, recorders);
    const bool learning = engine_learns(engine);
    for (PopulationState& population : engine.populations)
        of_kind(population, [&]<class G>() { G::follow(engine, population, window, learning); });
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
        constexpr auto k_most = static_cast<double>(k_most_windows);
        if (n_windows > k_most)
            throw NetworkError("run", fmt::format("{:.3g} windows of {:.3g} ms, at most {:.3g} are "
                                                  "possible",
                                                  n_windows, longest_ms, k_most));
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
    if (plan.next == 0) observers.begin();
    while (plan.next < plan.n_windows) {
        const Stretch& stretch = plan.stretch_of(plan.next);
        const bool first = plan.next == stretch.first_window;
        const Window window{engine.time_ms, stretch.end_of_window_ms(plan.next)};
        ++plan.next;
        run_window(engine, window, first, recorders);
        if (plan.next == stretch.end_window)
            take_up_evidence(engine, stretch.begin_ms, stretch.end_ms);
        if (engine.counters.windows % k_check_windows == 0) require_finite(engine);
        if (observers.wants_couplings(window)) learn_now(engine);
        observers.deliver(window);
        engine.stop_asked = go_on && !go_on(engine.time_ms);
        // Ranks stop together, hence a window later: it takes its spikes' exchange to agree.
        if (engine.shared() ? engine.stop_agreed : engine.stop_asked) break;
    }
    learn_now(engine);
}

/// A run's windows are mostly as long as the first.
void lay_out_wheels(EngineState& engine) {
    const Stretch& first = engine.plan.stretches.front();
    const double window_ms =
        first.length_ms / static_cast<double>(first.end_window - first.first_window);
    for (PopulationState& population : engine.populations) {
        if (population.lif) lay_out_wheels(*population.lif, engine.time_ms, window_ms);
    }
}

} // namespace

bool run_windows(EngineState& engine,
                 std::span<Recorder* const> recorders,
                 const std::function<bool(double t_ms)>& go_on) {
    agree_on_run(engine, recorders);
    if (engine.plan.next == 0) lay_out_wheels(engine);
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
