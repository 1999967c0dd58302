#include "benchmark_networks.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace spikewell::benchmark {

namespace {

NeuronPopulation neurons(const char* name, std::size_t size, const PointNeuron& neuron) {
    NeuronPopulation population;
    population.name = name;
    population.size = size;
    population.neuron = neuron;
    return population;
}

Network vogels_abbott(std::size_t n_neurons) {
    constexpr double synapses_each = 80.0;
    const auto n_exc = static_cast<std::uint32_t>(n_neurons * 4 / 5);
    NeuronPopulation population = neurons("neurons", n_neurons, LifExp{});
    population.V_init_mV = Uniform{-60.0, -50.0};
    Network network;
    network.populations.emplace_back(std::move(population));
    SynapticProjection projection;
    projection.connector = FixedProbability{synapses_each / static_cast<double>(n_neurons)};
    projection.delay_ms = Constant{0.1};
    projection.name = "exc";
    projection.pre = {{0}, 0, n_exc};
    projection.weight = Constant{1.62};
    network.projections.emplace_back(projection);
    projection.name = "inh";
    projection.pre = {{0}, n_exc, {}};
    projection.weight = Constant{-9.0};
    network.projections.emplace_back(projection);
    return network;
}

/// Brette et al. 2007, benchmark 1. Conductances at the start, normal but cut at 0: a spike onto each neuron
/// over a synapse of each sign. Without them nobody fires.
Network conductances(std::uint64_t seed) {
    constexpr std::uint32_t n_neurons = 4000;
    constexpr std::uint32_t n_exc = 3200;
    Network network;
    network.seed = seed;
    const Neurons cells =
        network.add(NeuronPopulation{.name = "neurons",
                                     .size = n_neurons,
                                     .neuron = LifCondExp{},
                                     .V_init_mV = Normal{-65.0, 5.0, -1e6, -50.5}});
    SpikeListPopulation volley{"start", n_neurons, {}};
    for (std::uint32_t i = 0; i < n_neurons; ++i)
        volley.spikes.push_back({0.0, i});
    const Neurons start = network.add(volley);
    const Distribution delay_ms = Constant{0.1};
    network.connect(
        cells.first(n_exc), cells,
        {.connector = FixedProbability{0.02}, .weight = Constant{6.0}, .delay_ms = delay_ms});
    network.connect(
        cells.slice(n_exc, n_neurons - n_exc), cells,
        {.connector = FixedProbability{0.02}, .weight = Constant{-67.0}, .delay_ms = delay_ms});
    RandomStream stream(seed, Purpose::evaluation_noise, 1);
    SynapseList first;
    for (std::uint32_t i = 0; i < n_neurons; ++i) {
        const double exc_nS = std::max(0.0, 40.0 + 15.0 * stream.normal());
        const double inh_nS = std::max(0.0, 200.0 + 120.0 * stream.normal());
        first.synapses.push_back({i, i, static_cast<float>(exc_nS), 0.1F});
        first.synapses.push_back({i, i, static_cast<float>(-inh_nS), 0.1F});
    }
    network.connect(start, cells, {.connector = std::move(first)});
    return network;
}

Network escape_noise() {
    LifDelta neuron;
    neuron.drive_mV = 8.0;
    neuron.escape = EscapeRate{3.4, 0.0, 4.0};
    neuron.refractory_input = RefractoryInput::integrated;
    SynapticProjection projection;
    projection.name = "recurrent";
    projection.connector = AllToAll{};
    projection.weight = Constant{0.005};
    projection.delay_ms = Constant{1.0};
    PairStdp rule;
    rule.w_max = 0.01;
    projection.plasticity = rule;
    Network network;
    network.populations.emplace_back(neurons("neurons", 1000, neuron));
    network.projections.emplace_back(std::move(projection));
    return network;
}

} // namespace

Balanced with_a_tenth_of_the_input(Balanced plan) {
    // exc^2 + inh^2 / 4 grows tenfold and so does exc + inh / 4.
    const double mean_mV = 10.0 * (plan.exc_mV + plan.inh_mV / 4.0);
    const double square = 10.0 * (plan.exc_mV * plan.exc_mV + plan.inh_mV * plan.inh_mV / 4.0);
    plan.exc_mV = (4.0 * mean_mV + std::sqrt(5.0 * square - 4.0 * mean_mV * mean_mV)) / 5.0;
    plan.inh_mV = 4.0 * (mean_mV - plan.exc_mV);
    const double tau_m_s = 1e-3 * LifDelta{}.tau_m_ms;
    plan.drive_mV = tau_m_s * plan.input_Hz * plan.input_mV * (1.0 - std::sqrt(0.1));
    plan.input_Hz /= 10.0;
    plan.input_mV *= std::sqrt(10.0);
    plan.indegree /= 10;
    return plan;
}

Network balanced(const Balanced& plan, std::uint64_t seed) {
    assert(plan.indegree % 4 == 0);
    const std::array<std::size_t, 2> indegrees = {plan.indegree, plan.indegree / 4};
    const std::array<double, 2> weights_mV = {plan.exc_mV, plan.inh_mV};
    constexpr std::array<const char*, 2> names = {"E", "I"};
    LifDelta neuron;
    neuron.drive_mV = plan.drive_mV;
    Network network;
    network.seed = seed;
    for (std::size_t p = 0; p < 2; ++p) {
        NeuronPopulation population =
            neurons(names[p], p == 0 ? plan.n_exc : plan.n_exc / 4, neuron);
        population.inputs = {{PoissonRate::constant(plan.input_Hz), plan.input_mV, 0, {}}};
        network.populations.emplace_back(std::move(population));
    }
    for (std::uint32_t pre = 0; pre < 2; ++pre) {
        for (std::uint32_t post = 0; post < 2; ++post) {
            SynapticProjection projection;
            projection.name = std::string(names[pre]) + names[post];
            projection.pre = {{pre}, 0, {}};
            projection.post = {{post}, 0, {}};
            projection.connector = FixedIndegree{indegrees[pre], false};
            projection.weight = Constant{weights_mV[pre]};
            projection.delay_ms = Constant{1.5};
            if (pre == 0 && post == 0) {
                projection.plasticity = plan.plasticity;
                projection.short_term = plan.short_term;
            }
            network.projections.emplace_back(std::move(projection));
        }
    }
    return network;
}

bool is_point_neurons(std::string_view name) {
    constexpr std::array<std::string_view, 8> known = {"A", "A20", "B", "C", "T", "S", "D", "COBA"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

Case point_neurons(std::string_view name, std::uint64_t seed) {
    assert(is_point_neurons(name));
    if (name == "B" || name == "C" || name == "T" || name == "S") {
        Balanced plan;
        if (name == "C") plan.plasticity = PairStdp{};
        if (name == "T") plan.plasticity = TripletStdp{};
        if (name == "S") plan.short_term = TsodyksMarkram{};
        return {balanced(plan, seed), 1000.0};
    }
    if (name == "COBA") {
        return {conductances(seed), 1000.0};
    }
    Case one{name == "D" ? escape_noise() : vogels_abbott(name == "A" ? 4000 : 20000), 10000.0};
    one.network.seed = seed;
    return one;
}

Network attractor(std::size_t n_nodes, std::uint64_t seed) {
    RandomStream stream(seed, Purpose::initial_couplings, 0);
    FactorisedProjection projection;
    projection.coupling = Matrix(n_nodes, n_nodes);
    const double scale = 1.0 / std::sqrt(static_cast<double>(n_nodes));
    for (std::size_t j = 0; j < n_nodes; ++j) {
        for (std::size_t i = 0; i < n_nodes; ++i) {
            if (i != j) projection.coupling(i, j) = scale * stream.normal();
        }
    }
    DyadicPopulation population;
    population.n_nodes = n_nodes;
    Network network;
    network.seed = seed;
    network.populations.emplace_back(population);
    network.projections.emplace_back(std::move(projection));
    return network;
}

std::vector<double> evidence(std::size_t n_nodes, std::uint64_t seed) {
    RandomStream stream(seed, Purpose::evaluation_noise, 0);
    std::vector<double> values(n_nodes);
    for (double& b : values)
        b = stream.normal();
    return values;
}

} // namespace spikewell::benchmark
