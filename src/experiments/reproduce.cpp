#include "experiments/reproduce.hpp"

#include "core/parallel.hpp"
#include "experiments/runs.hpp"

#include <fmt/format.h>

#include <limits>

namespace spikewell::experiments {

namespace {

/// A run that writes to one slot, and how that is kept: runs of minutes only, others are run again.
struct Task {
    std::function<void()> run;
    std::function<void(ArchiveWriter&)> write = {}; ///< none: not kept
    std::function<void(ArchiveReader&)> read = {};
};
template <class Slot> Task kept_task(std::function<void()> run, Slot& slot) {
    return {std::move(run), [&slot](ArchiveWriter& archive) { archive(slot); },
            [&slot](ArchiveReader& archive) { archive(slot); }};
}
void parts_of(ArchiveWriter& archive, const Task& task) {
    if (task.write) task.write(archive);
}
void parts_of(ArchiveReader& archive, const Task& task) {
    task.read ? task.read(archive) : task.run();
}

/// Tasks write to slots of their own, made beforehand, so that they may run in any order.
class TaskList {
  public:
    TaskList(const ReproducePlan& plan, const Dataset& digits, Reproduction& result)
        : plan_(plan), digits_(digits), result_(result) {
        config_.training.presentations = plan.presentations;
    }

    void add(Backend backend) {
        prepare(result_.basis.of(backend), plan_.simulations[0]);
        prepare(result_.regimes.of(backend), plan_.simulations[1]);
        prepare(result_.sequence.of(backend), plan_.simulations[2]);
        prepare(result_.forgetting.of(backend), plan_.simulations[3]);
        prepare(result_.capacity.of(backend), plan_.simulations[4]);
        prepare(result_.images.of(backend), plan_.simulations[5]);
        for (auto& [seed, basis] : result_.basis.of(backend)) {
            tasks.push_back({[this, backend, seed = seed, &basis = basis] {
                basis = run_orthogonal_basis(backend, config_.spiking, seed);
            }});
        }
        for (auto& [seed, regimes] : result_.regimes.of(backend)) {
            regimes.resize(plan_.points.size());
            for (std::size_t p = 0; p < regimes.size(); ++p)
                add_regime(backend, plan_.points[p], seed, regimes[p]);
        }
        for (auto& [seed, replay] : result_.sequence.of(backend)) {
            tasks.push_back({[this, backend, seed = seed, &replay = replay] {
                replay = run_sequence(backend, digits_, config_, seed,
                                      plan_.steps_per_digit[backend == Backend::rate ? 0 : 1]);
            }});
        }
        for (auto& [seed, forgetting] : result_.forgetting.of(backend)) {
            tasks.push_back({[this, backend, seed = seed, &forgetting = forgetting] {
                forgetting = run_forgetting(backend, digits_, config_, seed, plan_.free_steps);
            }});
        }
        const std::vector<std::size_t> counts = pattern_counts(plan_.capacity.n_nodes);
        for (auto& [seed, points] : result_.capacity.of(backend)) {
            points.resize(counts.size());
            for (std::size_t p = 0; p < points.size(); ++p)
                add_capacity(backend, counts[p], seed, points[p]);
        }
        for (auto& [seed, memory] : result_.images.of(backend)) {
            tasks.push_back(kept_task(
                [this, backend, seed = seed, &memory = memory] {
                    memory =
                        run_image_memory(backend, plan_.image_memory, plan_.stored.images, seed);
                },
                memory));
        }
    }

    std::vector<Task> tasks;

  private:
    void add_regime(Backend backend, const GridPoint& point, std::uint64_t seed, Regime& regime) {
        tasks.push_back({[this, backend, &point, seed, &regime] {
            regime = run_regime(backend, digits_, at_point(config_, point), seed);
        }});
    }
    void add_capacity(Backend backend, std::size_t n, std::uint64_t seed, CapacityPoint& point) {
        tasks.push_back(
            kept_task([this, backend, n, seed,
                       &point] { point = run_capacity(backend, plan_.capacity, n, seed); },
                      point));
    }

    template <class T> void prepare(std::vector<Seeded<T>>& slots, bool wanted) const {
        if (!wanted) return;
        slots.resize(plan_.n_seeds);
        for (std::size_t s = 0; s < slots.size(); ++s)
            slots[s].seed = plan_.first_seed + s;
    }

    const ReproducePlan& plan_;
    const Dataset& digits_;
    Reproduction& result_;
    Config config_;
};

} // namespace

std::vector<std::string> remarks_of(const ReproducePlan& plan, std::size_t simulation) {
    const ReproducePlan published;
    std::vector<std::string> remarks;
    const auto tell = [&](std::size_t here, std::size_t there, const char* what) {
        if (here != there) remarks.push_back(fmt::format("{} {}, published {}", here, what, there));
    };
    if (simulation == 2 || simulation == 4)
        tell(plan.presentations, published.presentations, "presentations");
    if (simulation == 4) tell(plan.free_steps, published.free_steps, "free steps");
    if (simulation == 5) {
        tell(plan.capacity.n_nodes, published.capacity.n_nodes, "nodes");
        tell(plan.capacity.presentations, published.capacity.presentations, "presentations");
    }
    if (simulation == 6) {
        remarks.emplace_back(
            "published with 400 faces of 64 x 64 pixels, without figures, and without how "
            "training is done");
    }
    if (plan.n_seeds == 1)
        remarks.push_back(fmt::format("seed {} alone, no standard error", plan.first_seed));
    return remarks;
}

Reproduction reproduce(const ReproducePlan& plan, const Dataset& digits, const Watch& watch) {
    Reproduction result;
    result.plan = plan;
    TaskList list(result.plan, digits, result);
    for (const Backend backend : plan.backends)
        list.add(backend);
    if (plan.simulations[4]) {
        const int n_threads = threads_or_all(plan.n_threads);
        for (const std::size_t n_nodes : plan.runtime_nodes)
            result.steps_per_s.push_back(learning_steps_per_s(n_nodes, n_threads));
    }
    run_all(
        list.tasks.size(), plan.n_threads, watch, [&](std::size_t t) { list.tasks[t].run(); },
        [&](auto& archive, std::size_t t) { parts_of(archive, list.tasks[t]); });
    return result;
}

Published published_figures() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Published published;
    published.points = {{{11.0, 0.1668, 0.292, 0.070, 10.0, 17.34},
                         {16.0, 0.3594, 0.270, -0.0505, 10.0, 27.57},
                         {6.0, 0.0278, 0.1645, 0.0845, 1.0, none}}};
    published.capacity = {{{10, 1.0000, .980, .221},
                           {20, 1.0000, .898, .290},
                           {30, .99993, .785, .303},
                           {40, .9989, .683, .300},
                           {50, .9975, .611, .331},
                           {60, .9919, .572, .355},
                           {70, .9686, .548, .339},
                           {80, .8978, .534, .355},
                           {90, .8134, .521, .356}}};
    published.runtime = {{{100, 2455.0},
                          {1000, 1390.0},
                          {5000, 39.1},
                          {10000, 25.5},
                          {20000, 6.69},
                          {50000, 0.167}}};
    return published;
}

} // namespace spikewell::experiments
