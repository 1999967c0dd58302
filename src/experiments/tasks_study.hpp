#pragma once

#include "experiments/capacity.hpp"
#include "experiments/runs.hpp"
#include "experiments/training.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Tasks one after another: sets of patterns of +-1, each learnt for a while and then shown no more; what is
/// left of each after each. Plain, with ways to keep the old ones, and with rules of others.
namespace spikewell::experiments {

enum class TaskMethod {
    plain,
    sleep,         ///< free steps with learning on after each task
    in_between,    ///< a few free steps with learning on after each presentation
    replay,        ///< after each presentation an old attractor is presented
    replay_weak,   ///< only one whose strength e.Je has gone down since the task began
    replay_lost,   ///< only one whose surprise |e - L(J e)|^2 has gone up since the task began
    replay_dreams, ///< the same; not an attractor, but what the old network dreams
    hebb,
    hebb_decay,
    delta,
};
[[nodiscard]] std::string name_of(TaskMethod method);
/// Whether it is the attractor network, in either form, rather than a rule of others.
[[nodiscard]] bool is_of_form(TaskMethod method);
[[nodiscard]] std::vector<TaskMethod> task_methods();

struct TasksPlan {
    std::vector<Backend> backends = {Backend::rate, Backend::spiking};
    std::size_t n_seeds = 10;
    std::uint64_t first_seed = 1;
    std::size_t n_nodes = 100;
    std::size_t n_tasks = 3;
    std::size_t patterns_per_task = 5;
    std::size_t presentations = 300; ///< of 10 steps, for each task
    std::size_t sleep_steps = 5000;
    double sleep_inverse_temperature = 0.5;
    std::size_t steps_in_between = 10; ///< at iT 1
    /// Old states looked at after each presentation, where only some are replayed; 1 where all are.
    std::size_t replay_tries = 4;
    /// A dream: steps from random signs, colder than learning, so that it settles.
    std::size_t dream_steps = 20;
    double dream_inverse_temperature = 2.0;
    double hebb_decay = 0.01; ///< of each presentation
    int n_threads = 1;        ///< 0: all cores
};
/// Of each task: evidence 20, iT 1, alpha 0.1 / n_nodes, states set to 0 at the start of each presentation.
[[nodiscard]] Config task_config(const TasksPlan& plan);

/// What is left after each task.
struct TaskRun {
    Matrix
        retention; // [task x after which task]; retrieval_success with 10 % of flips; NaN before it
    std::size_t replays = 0; ///< presentations of old states, over all tasks
};
/// `backend` has no part in rules of others.
[[nodiscard]] TaskRun run_tasks(TaskMethod method,
                                Backend backend,
                                const TasksPlan& plan,
                                std::uint64_t seed);

struct TasksResult {
    TaskMethod method = TaskMethod::plain;
    std::optional<Backend> backend; ///< none: a rule of others
    std::vector<TaskRun> runs;      // [seed]
};
/// Retention of a task after another one, by seed; of all tasks after the last one, their mean.
[[nodiscard]] std::vector<double> retention_of(const TasksResult& result,
                                               std::size_t task,
                                               std::size_t after);
[[nodiscard]] std::vector<double> mean_retention_of(const TasksResult& result);

struct TasksStudy {
    TasksPlan plan;
    std::vector<TasksResult> results; ///< form by form, then rules of others
};

/// Seconds of one thread that the study will take here: a part of each method's run is timed.
[[nodiscard]] double estimated_s(const TasksPlan& plan);

/// Each run depends on its seed alone, so the result does not depend on the threads.
[[nodiscard]] TasksStudy study_tasks(const TasksPlan& plan, const Watch& watch = {});

} // namespace spikewell::experiments
