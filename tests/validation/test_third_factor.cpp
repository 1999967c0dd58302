#include "support/lessons.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace spikewell;
using namespace spikewell::test;

// Weights that a third factor moves, against a closed form and a naive integration (tests/support/lessons.hpp).

TEST_CASE("One pair and one reward move a weight as the closed form says") {
    Lesson lesson;
    RewardStdp rule;
    rule.w_max = 100.0;
    rule.A_plus = 0.01;
    lesson.rule = rule;
    lesson.dendritic_fraction = 0.0;
    lesson.sources = {{1500.0, 0}};
    lesson.teachers = {{1503.0, 0}}; // fires at 1504, 3 ms after the arrival
    lesson.synapses = {{0, 0, 0.0F, 1.0F}};
    lesson.rewards = {{1600.0, 0},
                      {1700.0, 1}}; // the first is there at 1601, the second is nobody's
    const double c = std::exp(-3.0 / 20.0) * std::exp(-97.0 / 1000.0); // at 1601
    const double per_ms = 1.0 / 1000.0 + 1.0 / 200.0;
    const auto expected = [&](double end_ms) {
        return c / 200.0 * -std::expm1(-(end_ms - 1601.0) * per_ms) / per_ms;
    };
    check_weights(lesson, 1601.0, {0.0});
    check_weights(lesson, 1800.0, {expected(1800.0)});
    check_weights(lesson, 30000.0, {c * 1000.0 / 1200.0}); // c tau_c / (tau_c + tau_n)
}

TEST_CASE("Rewarded weights are those of the naive integration over all spikes") {
    Lesson lesson;
    auto rule = reward_rule();
    rule.baseline_Hz = GENERATE(0.0, -8.0, 12.0);
    lesson.rule = rule;
    lesson.dendritic_fraction = GENERATE(0.0, 0.3, 1.0);
    const float delay_ms = GENERATE(0.5F, 3.0F, 150.0F);
    const double end_ms = 1500.0;
    CAPTURE(rule.baseline_Hz, lesson.dendritic_fraction, delay_ms);
    lesson.n_sources = 20;
    lesson.n_learners = 10;
    lesson.reward_delay_ms = GENERATE(0.4, 20.0);
    RandomStream stream(34, Purpose::initial_couplings, 0);
    lesson.synapses = random_synapses(stream, lesson, delay_ms);
    lesson.sources = random_train(stream, lesson.n_sources, 15.0, end_ms);
    lesson.teachers = random_train(stream, lesson.n_learners, 15.0, end_ms);
    lesson.rewards = random_train(stream, 2, 12.0, end_ms);
    std::sort(lesson.rewards.begin(), lesson.rewards.end());
    const Network network = network_of(lesson);
    const NaiveRun naive = run_naive(network, end_ms);
    REQUIRE(largest_change(naive) > 0.3 * rule.w_max);
    if (rule.baseline_Hz <= 0.0) { // some have come to each bound
        const std::vector<double>& w = naive.weights[0];
        CHECK(std::count(w.begin(), w.end(), 0.0) + std::count(w.begin(), w.end(), 0.25) > 0);
    }
    check_against_naive(network, lesson.rule, end_ms);
}

TEST_CASE("So they are where eligibility is gone long before anything else happens") {
    Lesson lesson;
    auto rule = reward_rule();
    rule.tau_c_ms = 0.05; // windows would last 200 of it
    rule.A_plus = 4.0;
    rule.A_minus = 4.0;
    rule.baseline_Hz = -2000.0;
    lesson.rule = rule;
    lesson.dendritic_fraction = GENERATE(0.0, 1.0);
    const double end_ms = 150.0;
    lesson.n_sources = 5;
    lesson.n_learners = 2;
    RandomStream stream(37, Purpose::initial_couplings, 0);
    lesson.synapses = random_synapses(stream, lesson, 12.0F);
    lesson.sources = random_train(stream, lesson.n_sources, 100.0, end_ms);
    lesson.teachers = random_train(stream, lesson.n_learners, 100.0, end_ms);
    lesson.rewards = random_train(stream, 2, 50.0, end_ms);
    std::sort(lesson.rewards.begin(), lesson.rewards.end());
    const Network network = network_of(lesson);
    REQUIRE(largest_change(run_naive(network, end_ms)) > 0.1 * rule.w_max);
    check_against_naive(network, lesson.rule, end_ms);
}

TEST_CASE("So they are where targets fire between arrivals more often than there are places") {
    Lesson lesson;
    auto rule = reward_rule();
    rule.baseline_Hz = GENERATE(0.0, 12.0);
    lesson.rule = rule;
    lesson.dendritic_fraction = GENERATE(0.0, 1.0);
    const double end_ms = 1200.0;
    lesson.n_sources = 8;
    lesson.n_learners = 4;
    RandomStream stream(35, Purpose::initial_couplings, 0);
    lesson.synapses = random_synapses(stream, lesson, 2.0F);
    lesson.sources = random_train(stream, lesson.n_sources, 2.0, end_ms);
    lesson.teachers = random_train(stream, lesson.n_learners, 400.0, end_ms);
    lesson.rewards = random_train(stream, 2, 12.0, end_ms);
    std::sort(lesson.rewards.begin(), lesson.rewards.end());
    check_against_naive(network_of(lesson), lesson.rule, end_ms);
}
