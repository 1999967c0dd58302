#include "core/statistics.hpp"
#include "experiments/capacity_study.hpp"
#include "experiments/metrics.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::experiments;

TEST_CASE("Flips turn as many signs as asked for, at nodes that the stream chooses") {
    const Matrix patterns = random_patterns(50, 1, 1);
    const auto pattern = patterns.column(0);
    const std::vector<double> cue = with_flips(pattern, 0.1, RandomStream(1, Purpose::patterns, 7));
    CHECK(dot(cue, pattern) == 50.0 - 2.0 * 5.0);
    CHECK(cue == with_flips(pattern, 0.1, RandomStream(1, Purpose::patterns, 7)));
    CHECK(cue != with_flips(pattern, 0.1, RandomStream(1, Purpose::patterns, 8)));
    const std::vector<double> all = with_flips(pattern, 1.0, RandomStream(1, Purpose::patterns, 7));
    CHECK(dot(all, pattern) == -50.0);
}

TEST_CASE("Success counts the patterns that are found, and couplings decide it") {
    const Matrix patterns = random_patterns(100, 4, 1);
    const auto first_only = [&](const std::vector<double>&) {
        return std::vector<double>(patterns.column(0).begin(), patterns.column(0).end());
    };
    CHECK(retrieval_success(first_only, patterns, 1) == 0.25);
    CHECK(retrieval_success(projector_couplings(patterns), patterns, 1) == 1.0);
    CHECK(retrieval_success(Matrix(100, 100), patterns, 1) == 0.0);
    // Without couplings to change it, the cue stays: 5 wrong of 100 are r = 0.9 and more, 10 are not.
    const auto as_it_is = [](const std::vector<double>& cue) { return cue; };
    CHECK(retrieval_success(as_it_is, patterns, 1, {0.02}) == 1.0);
    CHECK(retrieval_success(as_it_is, patterns, 1, {0.1}) == 0.0);
}

TEST_CASE("Capacity is where the line through the loads falls below 0.9") {
    CapacityStudy study;
    study.plan.n_nodes = {100};
    study.plan.n_seeds = 3;
    const std::vector<double> none(3);
    study.points = {{100, Memory::hebb, 0.1, 10, {1.0, 0.8, 1.0}, none},
                    {100, Memory::hebb, 0.2, 20, {0.7, 0.95, 0.95}, none},
                    {100, Memory::hebb, 0.3, 30, {0.95, 0.1, 0.92}, none}};
    const Capacity capacity = capacity_of(study, Memory::hebb, 100);
    CHECK(capacity.of_seed[0] == Approx(0.1 + 0.1 * 0.1 / 0.3)); // rising again does not count
    CHECK(capacity.of_seed[1] == Approx(0.05));                  // from 1 at 0
    CHECK(capacity.of_seed[2] == 0.3);
    CHECK(capacity.more);
    study.points[2].success[2] = 0.5;
    CHECK_FALSE(capacity_of(study, Memory::hebb, 100).more);
}

TEST_CASE("More nodes have fewer seeds, and a form that was not asked for is left out") {
    CapacityStudyPlan plan;
    plan.n_seeds = 4;
    CHECK(seeds_at(plan, 64) == 4);
    CHECK(seeds_at(plan, 128) == 2);
    CHECK(seeds_at(plan, 256) == 1);
    plan.n_seeds = 1;
    CHECK(seeds_at(plan, 256) == 1);
    CHECK(memories_of(plan).size() == 8);
    plan.backends = {Backend::rate};
    CHECK(memories_of(plan).size() == 6);
}
