#include "core/statistics.hpp"
#include "experiments/capacity_study.hpp"
#include "experiments/sleep_study.hpp"
#include "experiments/tasks_study.hpp"

#include <catch2/catch.hpp>

// The studies of capacity, sleep and tasks, reduced: fewer nodes, loads and seeds.

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

double success_at(const CapacityStudy& study, Memory memory) {
    return mean(curve_of(study, memory, 64).front()->success);
}

/// At 0.38 N, 24 patterns a seed. Expected is 0.99 or more, so that two of 24 missing, 0.92, have a
/// probability below 3 %.
void check_capacity(Backend backend, Memory carried, std::size_t n_seeds) {
    CapacityStudyPlan plan;
    plan.backends = {backend};
    plan.n_nodes = {64};
    plan.n_seeds = n_seeds;
    plan.loads = {0.38};
    plan.n_threads = 0;
    const CapacityStudy study = study_capacity(plan);
    CHECK(success_at(study, carried) > 0.9);
    CHECK(success_at(study, Memory::hebb) < 0.3);
    CHECK(success_at(study, Memory::dense) == 1.0);
    for (const CapacityStudyPoint* point : curve_of(study, carried, 64))
        CHECK(mean(point->projector_correlation) > 0.88);
}

/// At 30 patterns sleep at iT 0.17 gains 0.061 of reconstruction in rates and 0.039 in spikes, mean of three
/// seeds, with a standard deviation of 0.007 at most over them.
SleepPoint slept(Backend backend, std::size_t n_seeds, const std::vector<double>& temperatures) {
    SleepPlan plan;
    plan.backends = {backend};
    plan.n_seeds = n_seeds;
    plan.patterns = {30};
    plan.inverse_temperatures = temperatures;
    plan.n_threads = 0;
    const SleepStudy study = study_sleep(plan);
    REQUIRE(study.points.size() == 1);
    SleepPoint point = study.points.front();
    CHECK(mean(gain(point.before.reconstruction, point.after[0].reconstruction)) > 0.02);
    CHECK(mean(gain(point.before.retrieval, point.after[0].retrieval)) > 0.0);
    CHECK(mean(point.after[0].norm) < 1.0);
    return point;
}

/// Mean retention of a method over seeds, 15 patterns each.
double kept(TaskMethod method, Backend backend, std::size_t n_seeds) {
    const TasksPlan plan;
    TasksResult result{method, backend, {}};
    for (std::size_t s = 1; s <= n_seeds; ++s)
        result.runs.push_back(run_tasks(method, backend, plan, s));
    for (std::size_t task = 0; task < plan.n_tasks; ++task)
        CHECK(mean(retention_of(result, task, task)) > 0.9);
    return mean(mean_retention_of(result));
}

} // namespace

TEST_CASE("Rates hold 0.38 patterns a node, Hebb's rule not half of it") {
    check_capacity(Backend::rate, Memory::rate, 2);
}

TEST_CASE("Spikes hold 0.38 patterns a node") {
    check_capacity(Backend::spiking, Memory::spiking, 1);
}

TEST_CASE("Rates remember better after cold sleep") {
    const SleepPoint point = slept(Backend::rate, 3, {0.17, 1.0});
    // Warm sleep, at the rule's own temperature, does less to |J|.
    CHECK(mean(point.after[1].norm) > mean(point.after[0].norm));
}

TEST_CASE("Spikes remember better after cold sleep") {
    (void)slept(Backend::spiking, 1, {0.17});
}

// Over 40 seeds: plain 0.90, delta rule 0.90, replay of what surprises 0.98; of 10 or 4 seeds the standard
// errors are 0.02 and 0.03, 0.01 for the last.
TEST_CASE("Rates lose old tasks like the delta rule, and keep them with replay of what surprises") {
    const double plain = kept(TaskMethod::plain, Backend::rate, 10);
    CHECK(plain < 0.95);
    CHECK(kept(TaskMethod::delta, Backend::rate, 10) < 0.95);
    CHECK(kept(TaskMethod::replay_lost, Backend::rate, 10) > 0.95);
    CHECK(kept(TaskMethod::replay, Backend::rate, 10) < plain);
}

TEST_CASE("Spikes keep old tasks with replay of what surprises") {
    CHECK(kept(TaskMethod::replay_lost, Backend::spiking, 4) > 0.93);
}

TEST_CASE("Hebb with decay keeps the last task alone") {
    const TaskRun run = run_tasks(TaskMethod::hebb_decay, Backend::rate, {}, 1);
    CHECK(run.retention(2, 2) == 1.0);
    CHECK(run.retention(0, 2) == 0.0);
    CHECK(run.replays == 0);
}
