#pragma once

#include "support/naive_network.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

/// Plastic synapses against hand computations and against the naive second implementation, which
/// sums over all earlier spikes (tests/support/naive_network.hpp).
///
/// Postsynaptic neurons fire when a teacher tells them to: each has one, over a static synapse far
/// above threshold, and plastic weights are too small to matter for spike times, unless a test says
/// otherwise. So spike times are exact and weights can be compared alone.
///
/// Tolerance: weights are float32 in the engine. An update rounds to 2^-24 of the weight, so n
/// updates make at most n 6e-8 w_max if all align, sqrt(n) 6e-8 as they fall: 1e-6 w_max for the
/// hundreds of updates here; 1e-5 w_max is allowed.
namespace spikewell::test {

using Rule = SynapticRule;

inline constexpr double k_tolerance = 1e-5;    // of w_max
inline constexpr float k_teacher_mV = 1000.0F; // fires whatever else there is
inline constexpr float k_teacher_delay_ms = 1.0F;

inline PairStdp pair_rule(WeightDependence dependence) {
    PairStdp rule;
    rule.tau_plus_ms = 16.0;
    rule.tau_minus_ms = 30.0;
    rule.lambda = 0.05;
    rule.alpha = 1.1;
    rule.w_max = 0.25;
    rule.dependence = dependence;
    return rule;
}

inline InhibitoryStdp inhibitory_rule() {
    InhibitoryStdp rule;
    rule.eta = 0.01;
    rule.target_rate_Hz = 15.0;
    rule.w_max = 0.25;
    return rule;
}

inline GuetigStdp weight_dependent_rule() {
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

inline TripletStdp triplet_rule() {
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
inline RewardStdp reward_rule() {
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

inline double w_max_of(const Rule& rule) {
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

inline Network network_of(const Lesson& lesson) {
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

inline Outcome run(const Network& network, double end_ms) {
    Simulator simulator(network);
    Outcome outcome;
    outcome.spikes = record_spikes(simulator, end_ms, {2});
    outcome.synapses = simulator.synapses({0});
    outcome.potentials = simulator.potentials({2});
    return outcome;
}

inline double largest_difference(const std::vector<Synapse>& synapses,
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
inline void check_against_naive(const Network& network, const Rule& rule, double end_ms) {
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
inline void check_weights(const Lesson& lesson,
                          double end_ms,
                          const std::vector<double>& expected) {
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

inline double sign_of(const Rule& rule) {
    return weights_of(plastic(rule).value()).high > 0.0 ? 1.0 : -1.0;
}

/// 12 synapses a learner from random sources (some pairs have several), weights over the whole
/// range.
inline std::vector<Synapse> random_synapses(RandomStream& stream,
                                            const Lesson& lesson,
                                            float delay_ms) {
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

inline std::vector<Spike> random_train(RandomStream& stream,
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

inline double largest_change(const NaiveRun& naive) {
    double most = 0.0;
    for (std::size_t s = 0; s < naive.weights[0].size(); ++s) {
        most = std::max(
            most, std::abs(naive.weights[0][s] - static_cast<double>(naive.synapses[0][s].weight)));
    }
    return most;
}

} // namespace spikewell::test
