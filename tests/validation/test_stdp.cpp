#include "support/lessons.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using namespace spikewell;
using namespace spikewell::test;

// Plastic synapses against hand computations and against naive sums over pairs (tests/support/lessons.hpp).

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
