#include "experiments/tasks_study.hpp"

#include "core/statistics.hpp"
#include "experiments/runs.hpp"
#include "rate/competing_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace spikewell::experiments {

namespace {

constexpr std::uint16_t k_starts_block = 5; // of the evaluation's noise; flips have 4

Matrix task_of(const Matrix& patterns, std::size_t task, std::size_t n) {
    Matrix result(patterns.rows, n);
    std::copy_n(patterns.column(task * n).begin(), n * patterns.rows, result.values.begin());
    return result;
}

std::vector<double> signs_of(std::vector<double> state) {
    for (double& s : state)
        s = s < 0.0 ? -1.0 : 1.0;
    return state;
}

/// e.J e
double strength_of(const Matrix& coupling, std::span<const double> state) {
    double strength = 0.0;
    for (std::size_t j = 0; j < coupling.cols; ++j)
        strength += state[j] * dot(coupling.column(j), state);
    return strength;
}

/// |e - L(J e)|^2, the rule's own error.
double surprise_of(const Matrix& coupling, std::span<const double> state) {
    const std::vector<double> none(state.size(), 0.0);
    const std::vector<double> predicted = rate::deterministic_step(coupling, state, none, 1.0);
    double surprise = 0.0;
    for (std::size_t i = 0; i < state.size(); ++i)
        surprise += (state[i] - predicted[i]) * (state[i] - predicted[i]);
    return surprise;
}

/// What replays of a task need: the network as it was before the task, and random starts.
struct Past {
    Matrix coupling;
    Form form;
    RandomStream* starts = nullptr;
};

std::vector<double> random_start(Past& past) {
    std::vector<double> start(past.coupling.rows);
    for (double& s : start)
        s = past.starts->uniform() < 0.5 ? -1.0 : 1.0;
    return start;
}

std::vector<double> old_state(Past& past, TaskMethod method, const TasksPlan& plan) {
    const std::vector<double> none(past.coupling.rows, 0.0);
    const std::vector<double> start = random_start(past);
    if (method == TaskMethod::replay_dreams) {
        set_state(past.form, start);
        return signs_of(mean_state(run(past.form, none, plan.dream_steps,
                                       {plan.dream_inverse_temperature, false, Keep::mean})));
    }
    return signs_of(rate::relax(past.coupling, start, none, {1e4, 1e-12, 200}).state);
}

bool is_wanted(TaskMethod method,
               const Matrix& before,
               const Matrix& now,
               std::span<const double> state) {
    if (method == TaskMethod::replay) return true;
    if (method == TaskMethod::replay_weak)
        return strength_of(now, state) < strength_of(before, state);
    return surprise_of(now, state) > surprise_of(before, state);
}

/// Presents old states, each like a new pattern, where the method wants them; returns how many.
std::size_t replay(Form& form, Past& past, TaskMethod method, const TasksPlan& plan) {
    TrainingConfig once = task_config(plan).training;
    once.presentations = 1;
    const std::size_t tries = method == TaskMethod::replay ? 1 : plan.replay_tries;
    std::size_t replayed = 0;
    for (std::size_t k = 0; k < tries; ++k) {
        Matrix state(plan.n_nodes, 1);
        state.values = old_state(past, method, plan);
        if (!is_wanted(method, past.coupling, coupling_of(form), state.column(0))) continue;
        RandomStream unused; // there is one to choose from
        present(form, state, once, unused);
        ++replayed;
    }
    return replayed;
}

bool replays(TaskMethod method) {
    return method == TaskMethod::replay || method == TaskMethod::replay_weak ||
           method == TaskMethod::replay_lost || method == TaskMethod::replay_dreams;
}

/// The network, learning task after task.
struct Learner {
    TaskMethod method;
    Backend backend;
    const TasksPlan& plan;
    std::uint64_t seed;
    Form form;
    RandomStream order;
    RandomStream starts;
};

std::size_t learn_task(Learner& learner, const Matrix& patterns, bool first) {
    const TasksPlan& plan = learner.plan;
    const std::vector<double> none(plan.n_nodes, 0.0);
    std::optional<Past> past;
    if (replays(learner.method) && !first) {
        const Matrix coupling = coupling_of(learner.form);
        past = Past{coupling, make_form(learner.backend, coupling, task_config(plan), learner.seed),
                    &learner.starts};
    }
    std::size_t replayed = 0;
    present(learner.form, patterns, task_config(plan).training, learner.order, [&](std::size_t) {
        if (learner.method == TaskMethod::in_between)
            run(learner.form, none, plan.steps_in_between, {1.0, true, Keep::nothing});
        if (past) replayed += replay(learner.form, *past, learner.method, plan);
    });
    if (learner.method == TaskMethod::sleep)
        run(learner.form, none, plan.sleep_steps,
            {plan.sleep_inverse_temperature, true, Keep::nothing});
    return replayed;
}

void learn_task(Matrix& coupling,
                const Matrix& patterns,
                TaskMethod method,
                const TasksPlan& plan,
                RandomStream& order) {
    for (std::size_t p = 0; p < plan.presentations; ++p) {
        const auto pattern = patterns.column(order.index(patterns.cols));
        if (method == TaskMethod::delta)
            rate::delta_step(coupling, pattern);
        else
            rate::hebb_step(coupling, pattern,
                            {1.0, method == TaskMethod::hebb_decay ? plan.hebb_decay : 0.0});
    }
}

/// A part of the plan, and how many of it make a whole.
TasksPlan part_of(TasksPlan plan, double& parts) {
    constexpr std::size_t k_parts = 20;
    const auto whole = static_cast<double>(plan.presentations);
    plan.presentations = std::max<std::size_t>(1, plan.presentations / k_parts);
    parts = whole / static_cast<double>(plan.presentations);
    plan.sleep_steps = static_cast<std::size_t>(static_cast<double>(plan.sleep_steps) / parts);
    return plan;
}

} // namespace

std::string name_of(TaskMethod method) {
    switch (method) {
    case TaskMethod::plain:
        return "plain";
    case TaskMethod::sleep:
        return "sleep";
    case TaskMethod::in_between:
        return "free steps";
    case TaskMethod::replay:
        return "replay all";
    case TaskMethod::replay_weak:
        return "replay weak";
    case TaskMethod::replay_lost:
        return "replay lost";
    case TaskMethod::replay_dreams:
        return "dream lost";
    case TaskMethod::hebb:
        return "Hebb";
    case TaskMethod::hebb_decay:
        return "Hebb, decay";
    case TaskMethod::delta:
        break;
    }
    return "delta rule";
}

bool is_of_form(TaskMethod method) {
    return method != TaskMethod::hebb && method != TaskMethod::hebb_decay &&
           method != TaskMethod::delta;
}

std::vector<TaskMethod> task_methods() {
    return {TaskMethod::plain,         TaskMethod::sleep,       TaskMethod::in_between,
            TaskMethod::replay,        TaskMethod::replay_weak, TaskMethod::replay_lost,
            TaskMethod::replay_dreams, TaskMethod::hebb,        TaskMethod::hebb_decay,
            TaskMethod::delta};
}

Config task_config(const TasksPlan& plan) {
    Config config;
    config.training =
        memory_training(20.0, 0.1 / static_cast<double>(plan.n_nodes), plan.presentations);
    return config;
}

TaskRun run_tasks(TaskMethod method, Backend backend, const TasksPlan& plan, std::uint64_t seed) {
    const std::size_t n = plan.patterns_per_task;
    const Matrix patterns = random_patterns(plan.n_nodes, n * plan.n_tasks, seed);
    Learner learner{method,
                    backend,
                    plan,
                    seed,
                    untrained_form(is_of_form(method) ? backend : Backend::rate, plan.n_nodes,
                                   task_config(plan), seed),
                    RandomStream(seed, Purpose::presentation_order, 0),
                    RandomStream(seed, Purpose::evaluation_noise, 0, k_starts_block)};
    TaskRun result{Matrix(plan.n_tasks, plan.n_tasks, std::numeric_limits<double>::quiet_NaN()), 0};
    Matrix coupling(plan.n_nodes, plan.n_nodes);
    for (std::size_t task = 0; task < plan.n_tasks; ++task) {
        if (is_of_form(method)) {
            result.replays += learn_task(learner, task_of(patterns, task, n), task == 0);
            coupling = coupling_of(learner.form);
        } else {
            learn_task(coupling, task_of(patterns, task, n), method, plan, learner.order);
        }
        for (std::size_t known = 0; known <= task; ++known)
            result.retention(known, task) =
                retrieval_success(coupling, task_of(patterns, known, n), seed);
    }
    return result;
}

std::vector<double> retention_of(const TasksResult& result, std::size_t task, std::size_t after) {
    std::vector<double> values;
    values.reserve(result.runs.size());
    for (const TaskRun& run : result.runs)
        values.push_back(run.retention(task, after));
    return values;
}

std::vector<double> mean_retention_of(const TasksResult& result) {
    std::vector<double> values;
    values.reserve(result.runs.size());
    for (const TaskRun& run : result.runs)
        values.push_back(mean(run.retention.column(run.retention.cols - 1)));
    return values;
}

void run_methods_of_form(Backend backend, const TasksPlan& plan) {
    for (const TaskMethod method : task_methods()) {
        if (is_of_form(method)) (void)run_tasks(method, backend, plan, plan.first_seed);
    }
}

double estimated_s(const TasksPlan& plan) {
    double parts = 1.0;
    const TasksPlan part = part_of(plan, parts);
    double total_s = 0.0;
    for (const Backend backend : plan.backends) {
        const double took_s = seconds_of([&] { run_methods_of_form(backend, part); });
        total_s += took_s * parts * static_cast<double>(plan.n_seeds);
    }
    return total_s;
}

TasksStudy study_tasks(const TasksPlan& plan, const Watch& watch) {
    TasksStudy study{plan, {}};
    for (const Backend backend : plan.backends) {
        for (const TaskMethod method : task_methods()) {
            if (is_of_form(method))
                study.results.push_back({method, backend, std::vector<TaskRun>(plan.n_seeds)});
        }
    }
    for (const TaskMethod method : task_methods()) {
        if (!is_of_form(method))
            study.results.push_back({method, std::nullopt, std::vector<TaskRun>(plan.n_seeds)});
    }
    run_all(
        study.results.size() * plan.n_seeds, plan.n_threads, watch,
        [&](std::size_t task) {
            TasksResult& result = study.results[task / plan.n_seeds];
            const std::size_t s = task % plan.n_seeds;
            result.runs[s] = run_tasks(result.method, result.backend.value_or(Backend::rate), plan,
                                       plan.first_seed + s);
        },
        [&](auto& archive, std::size_t task) {
            TaskRun& one = study.results[task / plan.n_seeds].runs[task % plan.n_seeds];
            archive(one.retention.rows, one.retention.cols, one.retention.values, one.replays);
        });
    return study;
}

} // namespace spikewell::experiments
