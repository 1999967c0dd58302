#include "core/statistics.hpp"
#include "experiments/sequence_study.hpp"
#include "io/dataset_file.hpp"

#include <catch2/catch.hpp>

#include <cmath>

// Which part of J carries order. Reduced: a few seeds, shorter runs.

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

SequencesStudy study_of(Backend backend, std::size_t n_seeds) {
    SequencesPlan plan;
    plan.digits = io::load_data(Config{});
    plan.backends = {backend};
    plan.n_seeds = n_seeds;
    plan.free_steps = 5000;
    plan.n_threads = 0;
    return study_sequences(plan);
}

std::vector<const FreeRun*> runs_of(const SequencesStudy& study,
                                    const std::string& name,
                                    double iT) {
    std::vector<const FreeRun*> runs;
    for (std::size_t m = 0; m < study.mixtures.size(); ++m) {
        if (name_of(study.mixtures[m]) != name || study.mixtures[m].inverse_temperature != iT)
            continue;
        for (const SequencesStudy::Run& run : study.runs)
            runs.push_back(&run.free[m]);
    }
    REQUIRE_FALSE(runs.empty());
    return runs;
}

/// The symmetric part wanders at iT 0.2 as often forward as backward: its chain's entropy production, mean
/// over seeds, is 0 within 4 standard errors (of the runs' own, from the jackknife, or over seeds,
/// whichever is the greater), and forward transitions a half within 4 binomial errors, widened by
/// 2, for visits of attractors last.
void check_symmetric(const SequencesStudy& study) {
    std::vector<double> entropy;
    double runs_error = 0.0;
    for (const FreeRun* run : runs_of(study, "S", 0.2)) {
        const auto n = static_cast<double>(run->walk.transitions);
        REQUIRE(n > 500.0);
        CHECK(std::abs(forward_share(run->walk) - 0.5) < 2.0 * 4.0 * 0.5 / std::sqrt(n));
        entropy.push_back(run->chain.nats_per_step);
        runs_error = std::fmax(runs_error, run->chain.error);
        CHECK(std::abs(run->state.nats_per_step) < 1e-12);
    }
    const double error = std::fmax(standard_error(entropy),
                                   runs_error / std::sqrt(static_cast<double>(entropy.size())));
    CAPTURE(mean(entropy), error);
    CHECK(std::abs(mean(entropy)) < 4.0 * error);
}

/// More of the antisymmetric part: more forward, more entropy, at every step of g from 0 to 1 in halves.
void check_scale(const SequencesStudy& study) {
    double before = 0.0;
    for (const char* name : {"S + 0.5 A", "S + A"}) {
        for (const FreeRun* run : runs_of(study, name, 0.2)) {
            CHECK(forward_share(run->walk) > 0.55);
            CHECK(run->chain.nats_per_step > before + 4.0 * run->chain.error);
        }
        before = runs_of(study, name, 0.2).front()->chain.nats_per_step;
    }
    for (const FreeRun* run : runs_of(study, "S + A", 1.0))
        CHECK(forward_share(run->walk) > 0.95);
    for (const FreeRun* run : runs_of(study, "S - A", 0.2))
        CHECK(forward_share(run->walk) < 0.4);
}

} // namespace

TEST_CASE(
    "Rates: the antisymmetric part carries the order of a sequence, the symmetric part none") {
    const SequencesStudy study = study_of(Backend::rate, 3);
    check_symmetric(study);
    check_scale(study);
    for (const FreeRun* run : runs_of(study, "S - A", 1.0))
        CHECK(forward_share(run->walk) < 0.05);
    for (const FreeRun* run : runs_of(study, "S of 1→3→2 + A", 1.0))
        CHECK(forward_share(run->walk) > 0.8);
    for (const FreeRun* run : runs_of(study, "S + A of 1→3→2", 1.0))
        CHECK(forward_share(run->walk) < 0.2);
    // Nearly linear at iT 0.1: saturation takes 10 % of the closed form at most.
    for (std::size_t m = 0; m < study.mixtures.size(); ++m) {
        if (name_of(study.mixtures[m]) != "S + A" || study.mixtures[m].inverse_temperature != 0.1)
            continue;
        for (const SequencesStudy::Run& run : study.runs) {
            const EntropyProduction& found = run.free[m].state;
            CHECK(std::abs(found.nats_per_step - run.gaussian[m]) <
                  4.0 * found.error + 0.1 * run.gaussian[m]);
        }
    }
}

TEST_CASE(
    "Spikes: the antisymmetric part carries the order of a sequence, the symmetric part none") {
    const SequencesStudy study = study_of(Backend::spiking, 2);
    check_symmetric(study);
    check_scale(study);
}
