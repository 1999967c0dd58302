#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>

namespace spikewell::report {

using namespace experiments;

namespace {

std::string form_of(const TasksResult& result) {
    return result.backend ? name_of(*result.backend) : "–";
}

/// Means over seeds right after each task, averaged over tasks.
double learnt_of(const TasksResult& result, std::size_t n_tasks) {
    double sum = 0.0;
    for (std::size_t task = 0; task < n_tasks; ++task)
        sum += mean(retention_of(result, task, task));
    return sum / static_cast<double>(n_tasks);
}

double replays_of(const TasksResult& result) {
    double sum = 0.0;
    for (const TaskRun& run : result.runs)
        sum += static_cast<double>(run.replays);
    return sum / static_cast<double>(result.runs.size());
}

Table last_table(const TasksStudy& study) {
    const std::size_t n = study.plan.n_tasks;
    Table table{
        fmt::format("After the last of {} tasks of {} patterns, {} nodes: share found again", n,
                    study.plan.patterns_per_task, study.plan.n_nodes),
        {"method", "form"},
        {}};
    for (std::size_t task = 0; task < n; ++task)
        table.header.push_back(fmt::format("task {}", task + 1));
    for (const char* name : {"mean", "just learnt", "replays"})
        table.header.emplace_back(name);
    for (const TasksResult& result : study.results) {
        std::vector<std::string> row = {name_of(result.method), form_of(result)};
        for (std::size_t task = 0; task < n; ++task)
            row.push_back(mean_and_error(retention_of(result, task, n - 1), 2));
        row.push_back(mean_and_error(mean_retention_of(result), 2));
        row.push_back(shown(learnt_of(result, n), 2));
        row.push_back(shown(replays_of(result), 0));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table matrix_table(const TasksStudy& study) {
    Table table{"Share found again, task by task", {"method", "form", "task"}, {}};
    for (std::size_t after = 0; after < study.plan.n_tasks; ++after)
        table.header.push_back(fmt::format("after task {}", after + 1));
    for (const TasksResult& result : study.results) {
        for (std::size_t task = 0; task < study.plan.n_tasks; ++task) {
            std::vector<std::string> row = {name_of(result.method), form_of(result),
                                            fmt::format("{}", task + 1)};
            for (std::size_t after = 0; after < study.plan.n_tasks; ++after)
                row.push_back(after < task ? "–"
                                           : mean_and_error(retention_of(result, task, after), 2));
            table.rows.push_back(std::move(row));
        }
    }
    return table;
}

Plot bars_of(const TasksStudy& study, std::optional<Backend> backend, const std::string& caption) {
    std::vector<Bar> bars;
    for (const TasksResult& result : study.results) {
        if (result.backend && result.backend != backend) continue;
        for (std::size_t task = 0; task < study.plan.n_tasks; ++task) {
            bars.push_back(mean_bar(name_of(result.method), fmt::format("task {}", task + 1),
                                    retention_of(result, task, study.plan.n_tasks - 1)));
        }
    }
    return {caption, grouped_bars(bars, "share found again")};
}

} // namespace

std::vector<Table> study_tables(const TasksStudy& study) {
    return {last_table(study)};
}

Document study_document(const TasksStudy& study) {
    const TasksPlan& plan = study.plan;
    const TrainingConfig training = task_config(plan).training;
    Document document{
        "Tasks one after another",
        fmt::format(
            "Spikewell study tasks – {} presentations of {} steps a task, evidence {:g}, learning "
            "rate 0.1 / nodes; {}",
            plan.presentations, training.steps_per_presentation, training.evidence, seeds_of(plan)),
        {}};
    document.sections.push_back({"After the last task", {}});
    for (const Backend backend : plan.backends)
        document.sections.back().blocks.emplace_back(bars_of(
            study, backend,
            fmt::format("{} form, and rules of others; bars: standard errors", name_of(backend))));
    document.sections.back().blocks.emplace_back(last_table(study));
    document.sections.push_back({"After each task", {matrix_table(study)}});
    document.sections.push_back(
        {"The methods",
         {Paragraph{
              "Found again: s′ = sign(J s) from a copy with 10 % wrong signs ends at a correlation "
              "above 0.9 with the pattern. Patterns are independent ±1. ± is the standard error "
              "over "
              "seeds."},
          Paragraph{fmt::format(
              "Just learnt: mean over tasks of each right after it was learnt. Sleep: {} "
              "steps with learning on and no evidence at iT {:g} after each task. Free "
              "steps: {} at iT 1, learning on, after each presentation.",
              plan.sleep_steps, plan.sleep_inverse_temperature, plan.steps_in_between)},
          Paragraph{fmt::format("Replay: from the second task on, the couplings from before the "
                                "task are kept beside those that "
                                "learn. After each presentation they are begun at random signs and "
                                "run at zero temperature "
                                "to an attractor e, which is then presented like a new pattern. "
                                "Nobody tells which patterns "
                                "there were, or how many. Replay all: each attractor. Replay weak: "
                                "{0} attractors are looked "
                                "at, and those are presented whose strength e·Je has gone down "
                                "since the task began. Replay "
                                "lost: those whose surprise |e - L(Je)|², the rule's own error, "
                                "has gone up. Dream lost: the "
                                "same with the signs of the mean of {1} steps of the form's own "
                                "dynamics at iT {2:g} instead "
                                "of an attractor.",
                                plan.replay_tries, plan.dream_steps,
                                plan.dream_inverse_temperature)},
          Paragraph{
              fmt::format("Rules of others have the same presentations in the same order: Hebb and "
                          "delta rule at rate 1; decay {:g} of J at each presentation.",
                          plan.hebb_decay)}}});
    return document;
}

} // namespace spikewell::report
