#include "core/statistics.hpp"
#include "experiments/capacity_study.hpp"

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

} // namespace

TEST_CASE("Rates hold 0.38 patterns a node, Hebb's rule not half of it") {
    check_capacity(Backend::rate, Memory::rate, 2);
}

TEST_CASE("Spikes hold 0.38 patterns a node") {
    check_capacity(Backend::spiking, Memory::spiking, 1);
}
