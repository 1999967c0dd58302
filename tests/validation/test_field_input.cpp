#include "core/statistics.hpp"
#include "neuron_models/langevin.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <cmath>

// Synapses onto nodes: each spike a pulse of the node's field, from delay to delay + tau_ref after it.

using namespace spikewell;
using namespace spikewell::test;

namespace {

constexpr double k_pulse_length_ms = 10.0;

SynapticProjection onto_nodes(Connector connector, Distribution weight, Distribution delay_ms) {
    SynapticProjection projection;
    projection.pre.population = k_second;
    projection.post.population = k_first;
    projection.connector = std::move(connector);
    projection.weight = weight;
    projection.delay_ms = delay_ms;
    return projection;
}

/// Nodes of K = 2 neurons that listed spikes drive.
Network driven_nodes(std::size_t n_nodes, std::vector<Spike> spikes, std::uint64_t seed) {
    Network network = lone_nodes(n_nodes, 2, 3.0, seed);
    std::uint32_t size = 1;
    for (const Spike& spike : spikes)
        size = std::max(size, spike.source + 1);
    network.populations.emplace_back(SpikeListPopulation{"sensors", size, std::move(spikes)});
    return network;
}

/// Spikes in bins of 1 ms.
std::vector<double> counts_of(Network network, double duration_ms) {
    Simulator simulator(std::move(network));
    std::vector<double> counts(static_cast<std::size_t>(duration_ms), 0.0);
    for (const Spike& spike : record_spikes(simulator, duration_ms))
        ++counts[static_cast<std::size_t>(spike.t_ms)];
    return counts;
}

/// Sum over bins of (a - b)^2 / (a + b), and its number of bins.
std::pair<double, double> difference_of(const std::vector<double>& a,
                                        const std::vector<double>& b) {
    double sum = 0.0;
    double n = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (a[k] + b[k] == 0.0) continue;
        sum += (a[k] - b[k]) * (a[k] - b[k]) / (a[k] + b[k]);
        n += 1.0;
    }
    return {sum, n};
}

} // namespace

// Without chance: under a field of -1000 nobody fires, under +1000 every neuron that is free fires at once
// (1e-200 ms). Each synapse has a delay of its own, so 300 times of begin and end are looked at.
TEST_CASE("A spike changes a node's field from its delay on for tau_ref, to the digit") {
    const double weight = GENERATE(-1000.0, 1000.0);
    constexpr double t_ms = 40.123;
    Network network = driven_nodes(300, {{t_ms, 0}}, 3);
    network.projections = {onto_nodes(AllToAll{}, Constant{weight}, Uniform{0.5, 25.0})};
    Simulator simulator(network);
    const std::vector<Spike> spikes = record_spikes(simulator, 100.0);
    const std::vector<Synapse> synapses = simulator.synapses({0});
    REQUIRE(synapses.size() == 300);
    std::size_t n_within = 0;
    std::size_t n_first = 0;
    std::size_t n_others = 0;
    for (const Spike& spike : spikes) {
        const double on_ms = t_ms + static_cast<double>(synapses[spike.source / 2].delay_ms);
        const double since_ms = spike.t_ms - on_ms;
        n_within += since_ms >= 0.0 && since_ms < k_pulse_length_ms ? 1 : 0;
        n_first += since_ms >= 0.0 && since_ms < 1e-9 ? 1 : 0;
        n_others += since_ms < 0.0 || since_ms >= k_pulse_length_ms ? 1 : 0;
    }
    CAPTURE(weight, n_within, n_first, n_others);
    CHECK(n_others > 2000); // 600 neurons, 90 ms, half a spike a tau_ref
    if (weight < 0.0) {
        CHECK(n_within == 0);
        return;
    }
    // Each neuron fires once: at once, or as its refractory period ends.
    CHECK(n_within == 600);
    CHECK(n_first > 200);
    CHECK(n_first < 400);
}

// Null: pulses of 0.8 that overlap are the evidence 0.8, 1.6, 2.4 ... at the same times, so counts of two
// seeds are two draws of one law. 3,000 nodes: 600 spikes a bin, of which no neuron has two, so (a - b)^2 /
// (a + b) is a chi-square variate of 1 degree, or less (neurons fire more evenly than a Poisson process). 120
// bins; z = 5 on the sum, false alarm 3e-7. A pulse left out is 20 standard errors in each of its bins.
TEST_CASE("Pulses that overlap add, and are the evidence that changes at the same times") {
    const std::vector<double> times_ms{10.3, 14.1, 15.9, 40.2, 46.0, 46.7, 80.0};
    constexpr double weight = 0.8;
    constexpr double delay_ms = 2.5;
    std::vector<Spike> spikes;
    std::vector<std::pair<double, double>> edges;
    for (std::uint32_t k = 0; k < times_ms.size(); ++k) {
        spikes.push_back({times_ms[k], k % 3});
        edges.emplace_back(times_ms[k] + delay_ms, weight);
        edges.emplace_back(times_ms[k] + delay_ms + k_pulse_length_ms, -weight);
    }
    Network pulses = driven_nodes(3000, spikes, 5);
    pulses.projections = {onto_nodes(AllToAll{}, Constant{weight}, Constant{delay_ms})};
    Network injected = lone_nodes(3000, 2, 3.0, 6);
    std::sort(edges.begin(), edges.end());
    Evidence& evidence = std::get<DyadicPopulation>(injected.populations[0]).evidence;
    double field = 0.0;
    for (const auto& [t_ms, change] : edges) {
        evidence.times_ms.push_back(t_ms);
        evidence.values.values.push_back(field += change);
    }
    evidence.values.rows = 1;
    evidence.values.cols = edges.size();
    const auto [sum, n] = difference_of(counts_of(pulses, 120.0), counts_of(injected, 120.0));
    CAPTURE(sum, n);
    CHECK(sum < n + 5.0 * std::sqrt(2.0 * n));
    // The test has the power that it claims.
    pulses.projections = {onto_nodes(AllToAll{}, Constant{weight}, Constant{delay_ms + 1.0})};
    const auto [late, bins] = difference_of(counts_of(pulses, 120.0), counts_of(injected, 120.0));
    CHECK(late > bins + 10.0 * std::sqrt(2.0 * bins));
}

// Null: 1,000 sources of r = 100 Hz and weight w make a field of mean m = 1,000 w r tau_ref and variance m w.
// A node's mean is that of the law under m, off by the field's noise: by max |L''| / 2 times the variance at
// most (0.13 m w), and by as much again as there is no more curvature in how fast neurons follow; z = 4 on the
// nodes' mean over 20 runs of 1 s (nodes share sources: runs are what is independent).
TEST_CASE("A constant rate of many sources is a constant field: weight times rate times tau_ref") {
    const double field = GENERATE(-2.0, 0.7, 3.0);
    constexpr std::uint32_t n_sources = 1000;
    const double weight = field / (n_sources * 0.1 * k_pulse_length_ms);
    std::vector<double> means;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Network network = lone_nodes(8, 5, 3.0, seed);
        network.populations.emplace_back(
            PoissonPopulation{"sensors", n_sources, PoissonRate::constant(100.0)});
        network.projections = {onto_nodes(AllToAll{}, Constant{weight}, Constant{5.0})};
        Simulator simulator(network);
        simulator.run(100.0);
        const Matrix states = record_states(simulator, {8, 5, k_pulse_length_ms}, 1000.0, 1);
        means.push_back(mean(states.values));
    }
    const double expected = dyadic_langevin(field, 5);
    const double noise = 0.26 * std::abs(field * weight);
    CAPTURE(field, mean(means), expected, standard_error(means), noise);
    CHECK(std::abs(mean(means) - expected) < 4.0 * standard_error(means) + noise);
}

// Null: three nodes of K = 2 whose couplings are symmetric sample the Boltzmann law of couplings and mean
// fields where delay and leak are short (0.02 tau_ref, which moves means by less than 0.02, as it does under
// evidence) and sources are many. The field's noise is below 0.005 in a mean; z = 4 on 16 runs of 4 s.
TEST_CASE("Nodes that couple and are driven by sources sample the enumerated law") {
    Matrix coupling(3, 3);
    coupling(0, 1) = coupling(1, 0) = 0.8;
    coupling(1, 2) = coupling(2, 1) = -0.6;
    const std::vector<double> fields{1.0, -0.5, 0.3};
    constexpr std::uint32_t n_sources = 400;
    const DyadicCode code{3, 2, k_pulse_length_ms};
    std::vector<double> expected(3, 0.0);
    double total = 0.0;
    for (std::uint32_t pattern = 0; pattern < 64; ++pattern) {
        std::vector<double> sigma(3, code.silent_state());
        for (std::uint32_t n = 0; n < 6; ++n)
            if ((pattern >> n & 1U) == 1U) sigma[code.node_of(n)] += 2.0 * code.gain_of(n);
        double energy = dot(fields, sigma);
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 3; ++j)
                energy += 0.5 * sigma[i] * coupling(i, j) * sigma[j];
        total += std::exp(energy);
        for (std::size_t i = 0; i < 3; ++i)
            expected[i] += sigma[i] * std::exp(energy);
    }
    std::vector<std::vector<double>> means(3);
    for (std::uint64_t seed = 1; seed <= 16; ++seed) {
        Network network = recurrent(coupling, 2, 0.0, 0.2, seed);
        for (std::uint32_t i = 0; i < 3; ++i) {
            network.populations.emplace_back(PoissonPopulation{
                "sensors " + std::to_string(i), n_sources, PoissonRate::constant(100.0)});
            SynapticProjection drive =
                onto_nodes(AllToAll{}, Constant{fields[i] / (n_sources * 0.1 * k_pulse_length_ms)},
                           Constant{2.0});
            drive.pre.population = {i + 1};
            drive.post = {k_first, i, 1};
            network.projections.emplace_back(std::move(drive));
        }
        Simulator simulator(network);
        simulator.run(100.0);
        const Matrix states = record_states(simulator, code, 4000.0, 1);
        for (std::size_t i = 0; i < 3; ++i)
            means[i].push_back(states(i, 0));
    }
    for (std::size_t i = 0; i < 3; ++i) {
        CAPTURE(i, mean(means[i]), expected[i] / total, standard_error(means[i]));
        CHECK(std::abs(mean(means[i]) - expected[i] / total) <
              4.0 * standard_error(means[i]) + 0.02);
    }
}

// Null: what the potential adds to the field comes by any of the engine's paths; nodes under pulses and many
// arrivals (crowded, static) or couplings that change (direct) have the mean state that the same nodes have
// under the evidence that the pulses add up to. 150 nodes in 3 parts; z = 4 on the mean over nodes.
TEST_CASE("Pulses act in windows of many arrivals as they do in others") {
    const bool learning = GENERATE(false, true);
    constexpr std::size_t n_nodes = 150;
    Network injected = recurrent(random_couplings(n_nodes, 0.02, 2), 5, 3.0, 3.93, 7);
    if (learning)
        factorised(injected.projections[0]).plasticity =
            PredictiveHebbian{1e-6, Prediction::spiking};
    Network driven = injected;
    driven.seed = 8;
    // A train with a spike each tau_ref: its pulses follow one another, the field is 1.5 for ever.
    SpikeListPopulation train{"train", 1, {}};
    for (double t_ms = 0.0; t_ms < 2200.0; t_ms += k_pulse_length_ms)
        train.spikes.push_back({t_ms, 0});
    driven.populations.emplace_back(train);
    driven.projections.emplace_back(onto_nodes(AllToAll{}, Constant{1.5}, Constant{3.93}));
    const auto states_of = [&](Network network, double evidence) {
        Simulator simulator(std::move(network));
        simulator.set_evidence(k_first, std::vector<double>(n_nodes, evidence));
        simulator.run(200.0);
        return record_states(simulator, {n_nodes, 5, k_pulse_length_ms}, 2000.0, 1).values;
    };
    std::vector<double> differences = states_of(driven, 0.0);
    const std::vector<double> direct = states_of(injected, 1.5);
    REQUIRE(mean(direct) > 0.3);
    for (std::size_t i = 0; i < n_nodes; ++i)
        differences[i] -= direct[i];
    CAPTURE(learning, mean(direct), mean(differences), standard_error(differences));
    CHECK(std::abs(mean(differences)) < 4.0 * standard_error(differences));
}

// Null: predicted spikes are those of the recurrent input, here none: each of 200 twins of gain 1/2 fires at
// the rate 1 / (2 tau_ref) of a zero field, 20,000 spikes in 2 s, fewer than a Poisson process would vary; z =
// 5 on that. A twin that saw the pulses would fire 1.7 times as often. What learns has no prediction of what
// drives, as with evidence.
TEST_CASE("Twins do not see pulses") {
    Network network = recurrent(Matrix(200, 200), 1, 3.0, 3.93, 4);
    factorised(network.projections[0]).plasticity = PredictiveHebbian{0.0, Prediction::spiking};
    network.populations.emplace_back(
        PoissonPopulation{"sensors", 400, PoissonRate::constant(100.0)});
    network.projections.emplace_back(onto_nodes(AllToAll{}, Constant{0.005}, Constant{3.93}));
    Simulator simulator(network);
    simulator.run(100.0);
    SpikeRecorder predicted(k_first, SpikeKind::predicted);
    SpikeRecorder somatic(k_first);
    const std::array<Recorder*, 2> recorders{&predicted, &somatic};
    simulator.run(2000.0, recorders);
    const double expected = 200.0 * 2000.0 / (2.0 * k_pulse_length_ms);
    const auto n = static_cast<double>(predicted.spikes().size());
    CAPTURE(n, expected, somatic.spikes().size());
    CHECK(std::abs(n - expected) < 5.0 * std::sqrt(expected));
    CHECK(static_cast<double>(somatic.spikes().size()) > 1.5 * expected);
}
