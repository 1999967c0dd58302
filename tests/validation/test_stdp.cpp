#include "support/naive_network.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace spikewell;
using namespace spikewell::test;

// Plastic synapses against hand computations and against the naive second implementation, which
// sums over all earlier spikes (tests/support/naive_network.hpp).
//
// Postsynaptic neurons fire when a teacher tells them to: each has one, over a static synapse far
// above threshold, and plastic weights are too small to matter for spike times, unless a test says
// otherwise. So spike times are exact and weights can be compared alone.
//
// Tolerance: weights are float32 in the engine. An update rounds to 2^-24 of the weight, so n
// updates make at most n 6e-8 w_max if all align, sqrt(n) 6e-8 as they fall: 1e-6 w_max for the
// hundreds of updates here; 1e-5 w_max is allowed.

namespace {

using Rule = SynapticRule;

constexpr double k_tolerance = 1e-5;    // of w_max
constexpr float k_teacher_mV = 1000.0F; // fires whatever else there is
constexpr float k_teacher_delay_ms = 1.0F;

PairStdp pair_rule(WeightDependence dependence) {
    PairStdp rule;
    rule.tau_plus_ms = 16.0;
    rule.tau_minus_ms = 30.0;
    rule.lambda = 0.05;
    rule.alpha = 1.1;
    rule.w_max = 0.25;
    rule.dependence = dependence;
    return rule;
}

InhibitoryStdp inhibitory_rule() {
    InhibitoryStdp rule;
    rule.eta = 0.01;
    rule.target_rate_Hz = 15.0;
    rule.w_max = 0.25;
    return rule;
}

GuetigStdp weight_dependent_rule() {
    GuetigStdp rule;
    rule.tau_plus_ms = 16.0;
    rule.tau_minus_ms = 30.0;
    rule.lambda = 0.05;
    rule.alpha = 1.1;
    rule.mu_plus = 0.3;
    rule.mu_minus = 0.6;
    rule.w_max = 0.25;
    return rule;
}

TripletStdp triplet_rule() {
    TripletStdp rule;
    rule.A2_plus = 0.01;
    rule.A3_plus = 0.06;
    rule.A2_minus = 0.05;
    rule.A3_minus = 0.02;
    rule.tau_x_ms = 60.0;
    rule.w_max = 0.25;
    return rule;
}

/// So that most of what is eligible is gone before the reward for it comes, and bounds are met.
RewardStdp reward_rule() {
    RewardStdp rule;
    rule.tau_plus_ms = 16.0;
    rule.tau_minus_ms = 30.0;
    rule.tau_c_ms = 60.0;
    rule.tau_n_ms = 25.0;
    rule.A_plus = 0.6;
    rule.A_minus = 0.5;
    rule.w_max = 0.25;
    return rule;
}

double w_max_of(const Rule& rule) {
    return std::visit([](const auto& r) { return r.w_max; }, plastic(rule).value());
}

/// Sources 0, teachers 1, learners 2; projection 0 is the plastic one, 1 the teachers'. Learner i
/// fires 1 ms after spikes of teacher i.
struct Lesson {
    std::vector<Spike> sources;
    std::vector<Spike> teachers;
    std::uint32_t n_sources = 1;
    std::uint32_t n_learners = 1;
    std::vector<Synapse> synapses;
    Rule rule;
    double dendritic_fraction = 1.0;
    std::vector<Spike>
        rewards; ///< of two neurons, population 3, of which the second is no third factor
    double reward_delay_ms = 1.0;
};

Network network_of(const Lesson& lesson) {
    LifDelta neuron; // V_th 20 mV
    neuron.t_ref_ms = 0.5;
    NeuronPopulation learners;
    learners.name = "learners";
    learners.size = lesson.n_learners;
    learners.neuron = neuron;
    SynapticProjection plastic;
    plastic.name = "plastic";
    plastic.pre.population = {0};
    plastic.post.population = {2};
    plastic.connector = SynapseList{lesson.synapses};
    plastic.plasticity = lesson.rule;
    plastic.dendritic_delay_fraction = lesson.dendritic_fraction;
    SynapticProjection teaching;
    teaching.name = "teaching";
    teaching.pre.population = {1};
    teaching.post.population = {2};
    std::vector<Synapse> one_to_one;
    for (std::uint32_t i = 0; i < lesson.n_learners; ++i)
        one_to_one.push_back({i, i, k_teacher_mV, k_teacher_delay_ms});
    teaching.connector = SynapseList{one_to_one};
    Network network;
    network.populations = {SpikeListPopulation{"sources", lesson.n_sources, lesson.sources},
                           SpikeListPopulation{"teachers", lesson.n_learners, lesson.teachers},
                           learners};
    if (sees_reward(lesson.rule)) {
        network.populations.emplace_back(SpikeListPopulation{"rewards", 2, lesson.rewards});
        plastic.third_factor = {{{3}, 0, 1}, lesson.reward_delay_ms};
    }
    network.projections.emplace_back(plastic);
    network.projections.emplace_back(teaching);
    return network;
}

struct Outcome {
    std::vector<Synapse> synapses;
    std::vector<Spike> spikes; // of the learners
    std::vector<double> potentials;
};

Outcome run(const Network& network, double end_ms) {
    Simulator simulator(network);
    Outcome outcome;
    outcome.spikes = record_spikes(simulator, end_ms, {2});
    outcome.synapses = simulator.synapses({0});
    outcome.potentials = simulator.potentials({2});
    return outcome;
}

double largest_difference(const std::vector<Synapse>& synapses,
                          const std::vector<double>& weights) {
    REQUIRE(synapses.size() == weights.size());
    double most = 0.0;
    for (std::size_t s = 0; s < synapses.size(); ++s) {
        most = std::max(most, std::abs(static_cast<double>(synapses[s].weight) - weights[s]));
    }
    return most;
}

/// The simulator's spikes are the naive ones exactly (they come at the teachers' arrivals), its
/// weights and what they delivered within float32.
void check_against_naive(const Network& network, const Rule& rule, double end_ms) {
    const NaiveRun naive = run_naive(network, end_ms);
    const Outcome outcome = run(network, end_ms);
    REQUIRE(outcome.spikes.size() == naive.spikes[2].size());
    for (std::size_t n = 0; n < outcome.spikes.size(); ++n) {
        REQUIRE(outcome.spikes[n].source == naive.spikes[2][n].source);
        REQUIRE(outcome.spikes[n].t_ms == Approx(naive.spikes[2][n].t_ms).margin(1e-9));
    }
    for (std::size_t s = 0; s < outcome.synapses.size(); ++s) {
        REQUIRE(outcome.synapses[s].pre == naive.synapses[0][s].pre);
        REQUIRE(outcome.synapses[s].post == naive.synapses[0][s].post);
        REQUIRE(outcome.synapses[s].delay_ms == naive.synapses[0][s].delay_ms);
    }
    CHECK(largest_difference(outcome.synapses, naive.weights[0]) < k_tolerance * w_max_of(rule));
    // At most a few dozen inputs are in V at a time.
    for (std::size_t i = 0; i < outcome.potentials.size(); ++i) {
        CHECK(outcome.potentials[i] ==
              Approx(naive.end_potentials[2][i]).margin(100.0 * k_tolerance * w_max_of(rule)));
    }
}

/// Both implementations give these weights, in the order of (pre, post, draw).
void check_weights(const Lesson& lesson, double end_ms, const std::vector<double>& expected) {
    const Network network = network_of(lesson);
    const NaiveRun naive = run_naive(network, end_ms);
    const Outcome outcome = run(network, end_ms);
    REQUIRE(naive.weights[0].size() == expected.size());
    for (std::size_t s = 0; s < expected.size(); ++s) {
        CAPTURE(s, expected[s]);
        CHECK(naive.weights[0][s] == Approx(expected[s]).epsilon(1e-12).margin(1e-14));
    }
    CHECK(largest_difference(outcome.synapses, expected) < k_tolerance * w_max_of(lesson.rule));
}

double sign_of(const Rule& rule) {
    return weights_of(plastic(rule).value()).high > 0.0 ? 1.0 : -1.0;
}

/// 12 synapses a learner from random sources (some pairs have several), weights over the whole
/// range.
std::vector<Synapse> random_synapses(RandomStream& stream, const Lesson& lesson, float delay_ms) {
    std::vector<Synapse> synapses;
    for (std::uint32_t post = 0; post < lesson.n_learners; ++post) {
        for (int k = 0; k < 12; ++k) {
            const auto pre = static_cast<std::uint32_t>(stream.index(lesson.n_sources));
            const double w = sign_of(lesson.rule) * w_max_of(lesson.rule) * stream.uniform();
            synapses.push_back({pre, post, static_cast<float>(w), delay_ms});
        }
    }
    return synapses;
}

std::vector<Spike> random_train(RandomStream& stream,
                                std::uint32_t n,
                                double rate_Hz,
                                double end_ms) {
    std::vector<Spike> spikes;
    for (std::uint32_t i = 0; i < n; ++i) {
        double t_ms = 0.0;
        while ((t_ms -= 1e3 / rate_Hz * std::log(stream.uniform())) < end_ms) {
            spikes.push_back({t_ms, i});
        }
    }
    return spikes;
}

double largest_change(const NaiveRun& naive) {
    double most = 0.0;
    for (std::size_t s = 0; s < naive.weights[0].size(); ++s) {
        most = std::max(
            most, std::abs(naive.weights[0][s] - static_cast<double>(naive.synapses[0][s].weight)));
    }
    return most;
}

} // namespace

// ------------------------------------------------------------------------------------------------
// By hand

TEST_CASE("One pair of spikes, and which side of the synapse is longer, by hand") {
    // Source at 10 ms, learner at its soma at 14 ms; d = 3.
    const double f = GENERATE(0.0, 0.3, 1.0);
    Lesson lesson;
    lesson.synapses = {{0, 0, 0.125F, 3.0F}};
    lesson.dendritic_fraction = f;
    lesson.sources = {{10.0, 0}};
    lesson.teachers = {{13.0, 0}};
    const double pre_ms = 10.0 + (1.0 - f) * 3.0;
    const double post_ms = 14.0 + f * 3.0;
    SECTION("additive potentiation") {
        lesson.rule = pair_rule(WeightDependence::additive);
        check_weights(lesson, 30.0, {0.125 + 0.05 * 0.25 * std::exp((pre_ms - post_ms) / 16.0)});
    }
    SECTION("multiplicative potentiation") {
        lesson.rule = pair_rule(WeightDependence::multiplicative);
        check_weights(lesson, 30.0,
                      {0.125 + 0.05 * (0.25 - 0.125) * std::exp((pre_ms - post_ms) / 16.0)});
    }
    // The learner's spike is at the synapse at 14 + 3 f, the source's at 19 + 3 (1 - f).
    lesson.sources = {{19.0, 0}};
    const double later_ms = 19.0 + (1.0 - f) * 3.0;
    SECTION("additive depression") {
        lesson.rule = pair_rule(WeightDependence::additive);
        check_weights(lesson, 30.0,
                      {0.125 - 0.05 * 1.1 * 0.25 * std::exp((post_ms - later_ms) / 30.0)});
    }
    SECTION("multiplicative depression") {
        lesson.rule = pair_rule(WeightDependence::multiplicative);
        check_weights(lesson, 30.0,
                      {0.125 - 0.05 * 1.1 * 0.125 * std::exp((post_ms - later_ms) / 30.0)});
    }
    SECTION("inhibitory: a presynaptic spike alone weakens, a pair strengthens") {
        lesson.rule = inhibitory_rule();
        lesson.synapses[0].weight = -0.125F;
        const double rho0 = 2.0 * 0.015 * 20.0;
        check_weights(lesson, 30.0,
                      {-(0.125 + 0.01 * (std::exp((post_ms - later_ms) / 20.0) - rho0))});
        lesson.sources = {{10.0, 0}};
        check_weights(lesson, 30.0,
                      {-(0.125 - 0.01 * rho0 + 0.01 * std::exp((pre_ms - post_ms) / 20.0))});
        lesson.teachers.clear();
        check_weights(lesson, 30.0, {-(0.125 - 0.01 * rho0)});
    }
}

TEST_CASE("All pairs count") {
    Lesson lesson;
    lesson.rule = pair_rule(WeightDependence::additive);
    lesson.synapses = {{0, 0, 0.125F, 1.0F}};
    lesson.dendritic_fraction = 0.0;
    lesson.sources = {{10.0, 0}, {12.0, 0}, {30.0, 0}};
    lesson.teachers = {{15.0, 0}, {17.0, 0}};
    // At the synapse: sources at 11, 13, 31; learner at 16, 18.
    const double up = std::exp(-5.0 / 16.0) + std::exp(-3.0 / 16.0) + std::exp(-7.0 / 16.0) +
                      std::exp(-5.0 / 16.0);
    const double down = std::exp(-15.0 / 30.0) + std::exp(-13.0 / 30.0);
    check_weights(lesson, 40.0, {0.125 + 0.05 * 0.25 * (up - 1.1 * down)});
}

TEST_CASE("Spikes that meet at the synapse: the source's comes first and is potentiated") {
    Lesson lesson;
    lesson.synapses = {{0, 0, 0.125F, 1.0F}};
    lesson.rule = pair_rule(WeightDependence::additive);
    const double up = 0.05 * 0.25;
    SECTION("at the soma, f = 0") {
        lesson.dendritic_fraction = 0.0;
        lesson.sources = {{10.0, 0}};  // at the synapse at 11
        lesson.teachers = {{10.0, 0}}; // fires at 11
        check_weights(lesson, 20.0, {0.125 + up});
    }
    SECTION("at the dendrite's end, f = 1") {
        lesson.dendritic_fraction = 1.0;
        lesson.sources = {{12.0, 0}};
        lesson.teachers = {{10.0, 0}}; // fires at 11, is there at 12
        check_weights(lesson, 20.0, {0.125 + up});
    }
    SECTION("between, f = 1/2") {
        lesson.dendritic_fraction = 0.5;
        lesson.sources = {{11.0, 0}};  // there at 11.5
        lesson.teachers = {{10.0, 0}}; // fires at 11, there at 11.5
        check_weights(lesson, 20.0, {0.125 + up});
    }
    SECTION("inhibitory") {
        lesson.rule = inhibitory_rule();
        lesson.synapses[0].weight = -0.125F;
        lesson.dendritic_fraction = 0.0;
        lesson.sources = {{10.0, 0}};
        lesson.teachers = {{10.0, 0}};
        check_weights(lesson, 20.0, {-(0.125 + 0.01 * (1.0 - 2.0 * 0.015 * 20.0))});
    }
}

TEST_CASE("A spike that arrivals cause potentiates all that arrive at its time") {
    Lesson lesson;
    PairStdp rule = pair_rule(WeightDependence::multiplicative);
    rule.w_max = 64.0;
    lesson.rule = rule;
    lesson.n_sources = 3;
    // Source 0 alone reaches the threshold of 20 mV; source 1 comes at the same time and is applied
    // after it, source 2 earlier.
    lesson.synapses = {{0, 0, 32.0F, 1.0F}, {1, 0, 8.0F, 1.0F}, {2, 0, 4.0F, 1.0F}};
    lesson.sources = {{10.0, 0}, {10.0, 1}, {8.0, 2}};
    SECTION("synapse at the soma") {
        lesson.dendritic_fraction = 0.0;
        check_weights(
            lesson, 20.0,
            {32.0 + 0.05 * 32.0, 8.0 + 0.05 * 56.0, 4.0 + 0.05 * 60.0 * std::exp(-2.0 / 16.0)});
    }
    SECTION("synapse at the dendrite's end: the spike takes 1 ms there and back") {
        lesson.dendritic_fraction = 1.0;
        check_weights(lesson, 20.0,
                      {32.0 + 0.05 * 32.0 * std::exp(-2.0 / 16.0),
                       8.0 + 0.05 * 56.0 * std::exp(-2.0 / 16.0),
                       4.0 + 0.05 * 60.0 * std::exp(-4.0 / 16.0)});
    }
}

TEST_CASE("What a spike delivers is the weight after its own depression") {
    Lesson lesson;
    PairStdp rule = pair_rule(WeightDependence::multiplicative);
    rule.w_max = 64.0;
    rule.lambda = 0.5;
    rule.alpha = 1.0;
    lesson.rule = rule;
    lesson.dendritic_fraction = GENERATE(0.0, 0.25, 1.0);
    lesson.synapses = {{0, 0, 16.0F, 2.0F}};
    lesson.teachers = {{9.0, 0}};
    lesson.sources = {{15.0, 0}};
    const double f = lesson.dendritic_fraction;
    // The learner fired at 10; the weight is what it is when the source's spike is at the synapse.
    const double y = std::exp(-((15.0 + (1.0 - f) * 2.0) - (10.0 + f * 2.0)) / 30.0);
    const double w = 16.0 * (1.0 - 0.5 * y);
    const Outcome outcome = run(network_of(lesson), 20.0);
    const double V = w * std::exp(-3.0 / 20.0); // from 17 to 20
    CHECK(run_naive(network_of(lesson), 20.0).end_potentials[2][0] == Approx(V).epsilon(1e-12));
    CHECK(outcome.potentials[0] == Approx(V).epsilon(1e-6));
}

TEST_CASE("A spike on its way along the dendrite keeps the weight it set out with") {
    Lesson lesson;
    PairStdp rule = pair_rule(WeightDependence::multiplicative);
    rule.w_max = 64.0;
    rule.lambda = 0.5;
    lesson.rule = rule;
    lesson.dendritic_fraction = 1.0;
    lesson.synapses = {{0, 0, 16.0F, 4.0F}};
    lesson.teachers = {{7.0, 0}}; // fires at 8, at the synapse at 12
    lesson.sources = {{11.0, 0}}; // at the synapse at 11, at the soma at 15
    const Outcome outcome = run(network_of(lesson), 20.0);
    CHECK(outcome.potentials[0] == Approx(16.0 * std::exp(-5.0 / 20.0)).epsilon(1e-6));
    CHECK(static_cast<double>(outcome.synapses[0].weight) ==
          Approx(16.0 + 0.5 * 48.0 * std::exp(-1.0 / 16.0)).epsilon(1e-6));
}

TEST_CASE("Weights stay within their bounds") {
    Lesson lesson;
    PairStdp rule = pair_rule(WeightDependence::additive);
    rule.lambda = 0.9;
    rule.w_min = 0.03125;
    lesson.dendritic_fraction = GENERATE(0.0, 1.0);
    lesson.rule = rule;
    lesson.synapses = {{0, 0, 0.125F, 1.0F}};
    SECTION("up to w_max") {
        lesson.sources = {{10.0, 0}};
        lesson.teachers = {{13.0, 0}};
        check_weights(lesson, 30.0, {0.25});
    }
    SECTION("down to w_min") {
        lesson.sources = {{20.0, 0}};
        lesson.teachers = {{13.0, 0}};
        check_weights(lesson, 30.0, {0.03125});
    }
    SECTION("up, down and up again: each bound is kept at each spike") {
        rule.lambda = 0.5;
        lesson.rule = rule;
        lesson.sources = {{10.0, 0}, {20.0, 0}, {20.25, 0}, {20.5, 0}};
        lesson.teachers = {{13.0, 0}, {14.0, 0}, {100.0, 0}};
        const double f = lesson.dendritic_fraction;
        const double post_ms = 101.0 + f;
        double x = 0.0;
        for (const double t_ms : {10.0, 20.0, 20.25, 20.5})
            x += std::exp((t_ms + 1.0 - f - post_ms) / 16.0);
        check_weights(lesson, 110.0, {0.03125 + 0.5 * 0.25 * x});
    }
    SECTION("inhibitory: 0 and w_max") {
        InhibitoryStdp inhibitory = inhibitory_rule();
        inhibitory.eta = 1.0;
        lesson.rule = inhibitory;
        lesson.synapses = {{0, 0, -0.125F, 1.0F}};
        lesson.sources = {{10.0, 0}};
        check_weights(lesson, 30.0, {0.0});
        lesson.teachers = {{13.0, 0}};
        check_weights(lesson, 30.0, {-0.25});
    }
}

TEST_CASE("Several synapses of a pair learn side by side, each from its own weight") {
    Lesson lesson;
    lesson.rule = pair_rule(WeightDependence::multiplicative);
    lesson.n_sources = 2;
    lesson.synapses = {
        {1, 0, 0.0625F, 1.0F}, {0, 0, 0.125F, 1.0F}, {1, 0, 0.1875F, 1.0F}, {1, 0, 0.25F, 1.0F}};
    lesson.dendritic_fraction = 0.0;
    lesson.sources = {{10.0, 1}};
    lesson.teachers = {{14.0, 0}};
    const auto up = [](double w) { return w + 0.05 * (0.25 - w) * std::exp(-4.0 / 16.0); };
    check_weights(lesson, 30.0, {0.125, up(0.0625), up(0.1875), 0.25});
}

TEST_CASE("A source that fires twice within a window, or at once, leaves two traces") {
    Lesson lesson;
    lesson.rule = pair_rule(WeightDependence::additive);
    lesson.synapses = {{0, 0, 0.125F, 1.0F}};
    lesson.dendritic_fraction = 0.0;
    SECTION("twice") {
        lesson.sources = {{10.0, 0}, {10.25, 0}};
        lesson.teachers = {{10.5, 0}};
        check_weights(lesson, 20.0,
                      {0.125 + 0.05 * 0.25 * (std::exp(-0.5 / 16.0) + std::exp(-0.25 / 16.0))});
    }
    SECTION("a learner's spike between") {
        lesson.sources = {{10.0, 0}, {10.5, 0}};
        lesson.teachers = {{10.25, 0}};
        check_weights(
            lesson, 20.0,
            {0.125 + 0.05 * 0.25 * (std::exp(-0.25 / 16.0) - 1.1 * std::exp(-0.25 / 30.0))});
    }
}

TEST_CASE("Weights are those of the moment they are asked for") {
    Lesson lesson;
    lesson.rule = pair_rule(WeightDependence::additive);
    lesson.synapses = {{0, 0, 0.125F, 4.0F}};
    lesson.dendritic_fraction = 0.75;
    lesson.sources = {{10.0, 0}};  // at the synapse at 11
    lesson.teachers = {{13.0, 0}}; // fires at 14, at the synapse at 17
    check_weights(lesson, 16.5, {0.125});
    check_weights(lesson, 17.5, {0.125 + 0.05 * 0.25 * std::exp(-6.0 / 16.0)});
}

// ------------------------------------------------------------------------------------------------
// Random trains

TEST_CASE("Plastic weights under random trains are those of the naive sums over pairs") {
    Lesson lesson;
    lesson.rule =
        GENERATE(Rule{pair_rule(WeightDependence::additive)},
                 Rule{pair_rule(WeightDependence::multiplicative)}, Rule{inhibitory_rule()},
                 Rule{weight_dependent_rule()}, Rule{triplet_rule()});
    lesson.dendritic_fraction = GENERATE(0.0, 0.3, 1.0);
    const float delay_ms = GENERATE(0.5F, 3.0F, 7.5F); // below, at and above the teachers'
    CAPTURE(lesson.rule.index(), lesson.dendritic_fraction, delay_ms);
    constexpr double end_ms = 2000.0;
    lesson.n_sources = 30;
    lesson.n_learners = 20;
    RandomStream stream(31, Purpose::initial_couplings, 0);
    lesson.synapses = random_synapses(stream, lesson, delay_ms);
    lesson.sources = random_train(stream, lesson.n_sources, 15.0, end_ms);
    lesson.teachers = random_train(stream, lesson.n_learners, 15.0, end_ms);
    const Network network = network_of(lesson);
    REQUIRE(largest_change(run_naive(network, end_ms)) > 0.3 * w_max_of(lesson.rule));
    check_against_naive(network, lesson.rule, end_ms);
}

TEST_CASE("Weights are those of the naive sums however long the delay is against the traces") {
    // Spikes on their way to the synapse count at the soma up to 300 time constants after now.
    RandomStream stream(17, Purpose::initial_couplings, 0);
    const double end_ms = 400.0;
    const float delay_ms = GENERATE(20.0F, 150.0F, 300.0F);
    Lesson lesson;
    auto rule = pair_rule(GENERATE(WeightDependence::additive, WeightDependence::multiplicative));
    rule.tau_plus_ms = 1.0;
    rule.tau_minus_ms = GENERATE(0.5, 1.0, 40.0);
    lesson.rule = rule;
    lesson.dendritic_fraction = GENERATE(0.0, 0.4, 1.0);
    CAPTURE(delay_ms, rule.tau_minus_ms, lesson.dendritic_fraction);
    lesson.n_sources = 6;
    lesson.n_learners = 4;
    lesson.sources = random_train(stream, lesson.n_sources, 60.0, end_ms);
    lesson.teachers = random_train(stream, lesson.n_learners, 60.0, end_ms);
    lesson.synapses = random_synapses(stream, lesson, delay_ms);
    check_against_naive(network_of(lesson), lesson.rule, end_ms);
}

// Times are multiples of 1/4 ms, so spikes meet at synapses all the time; all sums of times and
// delays are exact.
TEST_CASE("Plastic weights under coincident trains are those of the naive sums over pairs") {
    Lesson lesson;
    lesson.rule =
        GENERATE(Rule{pair_rule(WeightDependence::additive)},
                 Rule{pair_rule(WeightDependence::multiplicative)}, Rule{inhibitory_rule()},
                 Rule{weight_dependent_rule()}, Rule{triplet_rule()});
    lesson.dendritic_fraction = GENERATE(0.0, 0.5, 1.0);
    const float delay_ms = GENERATE(0.5F, 1.0F, 4.0F);
    CAPTURE(lesson.rule.index(), lesson.dendritic_fraction, delay_ms);
    constexpr double end_ms = 500.0;
    lesson.n_sources = 12;
    lesson.n_learners = 8;
    RandomStream stream(32, Purpose::initial_couplings, 0);
    lesson.synapses = random_synapses(stream, lesson, delay_ms);
    const auto on_grid = [](std::vector<Spike> spikes, double grid_ms) {
        for (Spike& spike : spikes)
            spike.t_ms = grid_ms * std::floor(spike.t_ms / grid_ms);
        std::sort(spikes.begin(), spikes.end());
        spikes.erase(std::unique(spikes.begin(), spikes.end()), spikes.end());
        return spikes;
    };
    lesson.sources = on_grid(random_train(stream, lesson.n_sources, 60.0, end_ms), 0.25);
    lesson.teachers = on_grid(random_train(stream, lesson.n_learners, 60.0, end_ms), 0.5);
    // 0.5 ms refractory and spikes 0.5 ms apart: each teacher's spike counts.
    const Network network = network_of(lesson);
    const NaiveRun naive = run_naive(network, end_ms);
    REQUIRE(naive.spikes[2].size() >= lesson.teachers.size() - 20);
    REQUIRE(largest_change(naive) > 0.3 * w_max_of(lesson.rule));
    check_against_naive(network, lesson.rule, end_ms);
}

// Steps of a power of the weight do not commute, so the many spikes of a target between two of a source are
// taken up in their order; more of them than there are places, too.
TEST_CASE("Steps that depend on the weight are taken in the order of spikes") {
    Lesson lesson;
    lesson.rule = weight_dependent_rule();
    lesson.dendritic_fraction = GENERATE(0.0, 0.3, 1.0);
    const double rate_Hz = GENERATE(100.0, 900.0);
    CAPTURE(lesson.dendritic_fraction, rate_Hz);
    constexpr double end_ms = 300.0;
    lesson.n_sources = 20;
    lesson.n_learners = 6;
    RandomStream stream(33, Purpose::initial_couplings, 0);
    lesson.synapses = random_synapses(stream, lesson, 2.0F);
    lesson.sources = random_train(stream, lesson.n_sources, 20.0, end_ms);
    lesson.teachers = random_train(stream, lesson.n_learners, rate_Hz, end_ms);
    check_against_naive(network_of(lesson), lesson.rule, end_ms);
}

// ------------------------------------------------------------------------------------------------
// Delays that differ

TEST_CASE("Plastic synapses whose delays differ learn as the naive sums over pairs say") {
    Lesson lesson;
    lesson.rule =
        GENERATE(Rule{pair_rule(WeightDependence::additive)}, Rule{inhibitory_rule()},
                 Rule{weight_dependent_rule()}, Rule{triplet_rule()}, Rule{reward_rule()});
    lesson.dendritic_fraction = GENERATE(0.0, 0.3, 1.0);
    CAPTURE(lesson.rule.index(), lesson.dendritic_fraction);
    constexpr double end_ms = 1000.0;
    lesson.n_sources = 20;
    lesson.n_learners = 15;
    RandomStream stream(36, Purpose::initial_couplings, 0);
    lesson.synapses = random_synapses(stream, lesson, 1.0F);
    for (Synapse& s : lesson.synapses) {
        constexpr std::array k_delays_of_pairs{0.5F, 0.9F, 3.0F, 4.1F, 12.0F};
        s.delay_ms = k_delays_of_pairs[(7 * s.pre + s.post) % k_delays_of_pairs.size()];
    }
    lesson.sources = random_train(stream, lesson.n_sources, 20.0, end_ms);
    lesson.teachers = random_train(stream, lesson.n_learners, 20.0, end_ms);
    lesson.rewards = random_train(stream, 2, 12.0, end_ms);
    std::sort(lesson.rewards.begin(), lesson.rewards.end());
    const Network network = network_of(lesson);
    REQUIRE(largest_change(run_naive(network, end_ms)) > 0.3 * w_max_of(lesson.rule));
    check_against_naive(network, lesson.rule, end_ms);
}

// ------------------------------------------------------------------------------------------------
// A third factor

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

// ------------------------------------------------------------------------------------------------
// A recurrent network that learns

// Rounding plastic weights to float32 moves each by some 6e-8 of itself, at random, and spikes by what
// becomes of that; two naive runs whose plastic weights all differ by 1e-6, in one direction, agree
// to 1e-3 ms.
TEST_CASE("A recurrent network with plastic synapses spikes and learns as the naive one does") {
    const double f = GENERATE(0.0, 0.3, 1.0);
    constexpr std::uint32_t n_neurons = 60;
    constexpr std::uint32_t n_inhibitory = 20;
    constexpr double end_ms = 200.0;
    RandomStream stream(33, Purpose::initial_couplings, 0);
    LifDelta neuron;
    neuron.drive_mV = 21.0;
    NeuronPopulation excitatory;
    excitatory.name = "excitatory";
    excitatory.size = n_neurons;
    excitatory.neuron = neuron;
    NeuronPopulation inhibitory = excitatory;
    inhibitory.name = "inhibitory";
    inhibitory.size = n_inhibitory;
    SpikeListPopulation input{"input", n_neurons, random_train(stream, n_neurons, 30.0, end_ms)};
    const auto synapses = [&](std::uint32_t n_pre, std::uint32_t n_post, std::uint32_t indegree,
                              double w, float delay_ms) {
        SynapseList list;
        for (std::uint32_t post = 0; post < n_post; ++post) {
            for (std::uint32_t k = 0; k < indegree; ++k) {
                list.synapses.push_back({static_cast<std::uint32_t>(stream.index(n_pre)), post,
                                         static_cast<float>(w * (0.5 + stream.uniform())),
                                         delay_ms});
            }
        }
        return list;
    };
    const auto projection = [](std::uint32_t pre, std::uint32_t post, const SynapseList& list) {
        SynapticProjection p;
        p.pre.population = {pre};
        p.post.population = {post};
        p.connector = list;
        return p;
    };
    SynapticProjection learning = projection(0, 0, synapses(n_neurons, n_neurons, 15, 0.4, 1.5F));
    PairStdp rule = pair_rule(WeightDependence::multiplicative);
    rule.w_max = 1.0;
    learning.plasticity = rule;
    learning.dendritic_delay_fraction = f;
    SynapticProjection balancing =
        projection(1, 0, synapses(n_inhibitory, n_neurons, 5, -0.5, 0.75F));
    InhibitoryStdp balance;
    balance.w_max = 2.0;
    balancing.plasticity = balance;
    balancing.dendritic_delay_fraction = f;
    Network network;
    network.populations = {excitatory, inhibitory, input};
    network.projections.emplace_back(learning);
    network.projections.emplace_back(balancing);
    network.projections.emplace_back(
        projection(0, 1, synapses(n_neurons, n_inhibitory, 20, 0.8, 1.0F)));
    network.projections.emplace_back(
        projection(2, 0, synapses(n_neurons, n_neurons, 3, 4.0, 1.0F)));

    const NaiveRun naive = run_naive(network, end_ms);
    NaiveOptions nearby;
    nearby.end_ms = end_ms;
    nearby.plastic_weight_factor = 1.0 + 1e-6;
    const NaiveRun other = run_naive(network, nearby);
    Simulator simulator(network, 2);
    const std::vector<Spike> spikes = record_spikes(simulator, end_ms);
    REQUIRE(naive.spikes[0].size() > 250);
    REQUIRE(naive.spikes[0].size() == other.spikes[0].size());
    REQUIRE(naive.spikes[0].size() == spikes.size());
    double other_ms = 0.0;
    double most_ms = 0.0;
    for (std::size_t n = 0; n < spikes.size(); ++n) {
        REQUIRE(spikes[n].source == naive.spikes[0][n].source);
        other_ms = std::max(other_ms, std::abs(other.spikes[0][n].t_ms - naive.spikes[0][n].t_ms));
        most_ms = std::max(most_ms, std::abs(spikes[n].t_ms - naive.spikes[0][n].t_ms));
    }
    CAPTURE(f, other_ms, most_ms, naive.spikes[0].size());
    REQUIRE(other_ms < 1e-3);
    CHECK(most_ms < 1e-3);
    for (std::uint32_t p : {0U, 1U}) {
        CHECK(largest_difference(simulator.synapses({p}), naive.weights[p]) < 1e-5);
    }
}

// --- Triplets ---

namespace {

/// What 60 pairs at a rate do to a weight, the target's spike `lead_ms` after the source's: in w_max.
double change_by_pairs(double rate_Hz, double lead_ms) {
    Lesson lesson;
    TripletStdp rule;  // visual cortex
    rule.w_max = 1e-3; // far below what makes the learner fire
    // Bounds are to stay far away.
    constexpr double k_smaller = 0.4;
    for (double* step : {&rule.A2_plus, &rule.A3_plus, &rule.A2_minus, &rule.A3_minus})
        *step *= k_smaller;
    lesson.rule = rule;
    constexpr float k_begin = 0.5e-3F;
    lesson.synapses = {{0, 0, k_begin, 1.0F}};
    const double interval_ms = 1e3 / rate_Hz;
    for (int k = 0; k < 60; ++k) {
        const double at_ms = 50.0 + interval_ms * k;
        lesson.sources.push_back({at_ms, 0});
        // A delay back along the dendrite is what the teacher's lead makes up for: of the spike at the synapse.
        lesson.teachers.push_back({at_ms + lead_ms - 1.0 - 1.0, 0});
    }
    std::sort(lesson.teachers.begin(), lesson.teachers.end());
    lesson.dendritic_fraction = 1.0;
    const Network network = network_of(lesson);
    Simulator simulator(network);
    simulator.run(50.0 + 61.0 * interval_ms + 200.0);
    return static_cast<double>(simulator.synapses({0})[0].weight - k_begin) /
           (k_smaller * rule.w_max);
}

/// The same by the rule's own definition, spike by spike.
double expected_by_pairs(double rate_Hz, double lead_ms) {
    const TripletStdp p;
    std::vector<double> pre;
    std::vector<double> post;
    for (int k = 0; k < 60; ++k) {
        pre.push_back(1e3 / rate_Hz * k);
        post.push_back(pre.back() + lead_ms);
    }
    const auto sum = [](const std::vector<double>& spikes, double t_ms, double tau_ms) {
        double of = 0.0;
        for (const double s : spikes)
            of += s < t_ms ? std::exp((s - t_ms) / tau_ms) : 0.0;
        return of;
    };
    double change = 0.0;
    for (const double t : pre)
        change -=
            sum(post, t, p.tau_minus_ms) * (p.A2_minus + p.A3_minus * sum(pre, t, p.tau_x_ms));
    for (const double t : post)
        change += sum(pre, t, p.tau_plus_ms) * (p.A2_plus + p.A3_plus * sum(post, t, p.tau_y_ms));
    return change;
}

} // namespace

// Pfister & Gerstner 2006, figure 3: pairs at low rates depress where the target comes first and hardly matter where it
// comes second; at high rates both potentiate.
TEST_CASE("Triplets make plasticity depend on the rate of pairs as in visual cortex") {
    for (const double rate_Hz : {0.1, 10.0, 20.0, 40.0, 50.0}) {
        for (const double lead_ms : {10.0, -10.0}) {
            CAPTURE(rate_Hz, lead_ms);
            CHECK(change_by_pairs(rate_Hz, lead_ms) ==
                  Approx(expected_by_pairs(rate_Hz, lead_ms)).margin(2e-4));
        }
    }
    CHECK(std::abs(change_by_pairs(0.1, 10.0)) < 0.05);
    CHECK(change_by_pairs(0.1, -10.0) < -0.2);
    CHECK(change_by_pairs(20.0, 10.0) > 0.1);
    CHECK(change_by_pairs(50.0, 10.0) > change_by_pairs(20.0, 10.0));
    CHECK(change_by_pairs(10.0, -10.0) < -0.2);
    CHECK(change_by_pairs(50.0, -10.0) > 0.2);
}
