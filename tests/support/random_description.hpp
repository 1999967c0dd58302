#pragma once

#include "network/description.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>

/// Networks drawn at random from values that are ordinary, at an edge, or wrong.
namespace spikewell::test {

/// Draws; a value is wrong with probability `wrong`.
class Drawer {
  public:
    Drawer(std::uint64_t seed, double wrong) : engine_(seed), wrong_(wrong) {}

    std::size_t below(std::size_t n) { return engine_() % n; }
    bool chance(double p) { return static_cast<double>(engine_() >> 11U) * 0x1p-53 < p; }
    template <class T> T of(std::initializer_list<T> values) {
        return *(values.begin() + below(values.size()));
    }
    template <class T> T of(std::initializer_list<T> right, std::initializer_list<T> wrong) {
        return chance(wrong_) ? of(wrong) : of(right);
    }
    [[nodiscard]] bool only_right() const { return wrong_ == 0.0; }

  private:
    std::mt19937_64 engine_;
    double wrong_;
};

constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();
constexpr double k_infinite = std::numeric_limits<double>::infinity();

template <class Neuron> void draw_membrane(Drawer& draw, Neuron& neuron) {
    neuron.tau_m_ms = draw.of({10.0, 20.0, 5.0, 0.5}, {0.0, -1.0, k_nan});
    neuron.E_L_mV = draw.of({-70.0, 0.0, -49.0}, {k_infinite});
    neuron.drive_mV = draw.of({0.0, 20.0}, {k_nan});
    neuron.V_reset_mV = draw.of({-60.0, 0.0}, {1.0, k_nan});
    neuron.V_th_mV = draw.of({1.0, 20.0}, {0.0, -60.0, -61.0});
    neuron.t_ref_ms = draw.of({0.0, 2.0, 0.1}, {-0.1});
    neuron.refractory_input =
        draw.of({RefractoryInput::discarded, RefractoryInput::kept, RefractoryInput::integrated});
    if (draw.chance(0.3))
        neuron.escape =
            EscapeRate{draw.of({10.0, 0.5}, {0.0}), draw.of({0.0, -55.0, 15.0}, {k_nan}),
                       draw.of({2.0, 0.3}, {0.0, -1.0})};
}

inline PoissonRate draw_rate(Drawer& draw) {
    if (draw.chance(0.5)) return PoissonRate::constant(draw.of({0.0, 5.0, 800.0}, {-1.0, 1.1e6}));
    PoissonRate rate;
    rate.times_ms =
        draw.of<std::vector<double>>({{0.0, 3.0}, {1.5, 4.0}, {}}, {{3.0, 3.0}, {-1.0, 0.0}});
    rate.rates_Hz.assign(rate.times_ms.size() + draw.of<std::size_t>({0}, {1}), 50.0);
    return rate;
}

inline Distribution draw_potential(Drawer& draw) {
    switch (draw.below(4)) {
    case 0:
        return Uniform{-70.0, draw.of({-60.0, 0.5}, {-71.0, 1.5, 30.0})};
    case 1:
        return Normal{-60.0, draw.of({3.0, 0.0}, {-1.0, k_nan}), -80.0,
                      draw.of({0.0, -50.0}, {-79.9, 40.0})};
    default:
        return Constant{draw.of({-60.0, 0.0, 1.0}, {1.5, 30.0, -1.1e6, k_nan})};
    }
}

inline std::vector<Spike> draw_spikes(Drawer& draw, std::size_t size) {
    std::vector<Spike> spikes;
    for (std::uint32_t k = 0; k < 4; ++k)
        spikes.push_back(
            {draw.of({0.0, 1.25, 7.0, 50.0}, {-1.0, k_nan}),
             draw.of({k % static_cast<std::uint32_t>(size)}, {static_cast<std::uint32_t>(size)})});
    return spikes;
}

/// One of the models that have a card alone and that other simulators have, too; mostly as it is.
inline PointNeuron draw_walked(Drawer& draw) {
    switch (draw.below(3)) {
    case 0: {
        LifAlpha neuron;
        neuron.V_th_mV = 20.0;
        neuron.tau_syn_inh_ms = draw.of({2.0, neuron.tau_m_ms, 7.0}, {0.0, k_nan});
        return neuron;
    }
    case 1: {
        LifCondExp neuron;
        neuron.V_th_mV = draw.of({20.0}, {-60.0, k_nan});
        neuron.g_L_nS = draw.of({10.0, 3.0}, {0.0, -1.0});
        return neuron;
    }
    default: {
        AdEx neuron;
        neuron.Delta_T_mV = draw.of({2.0, 0.0, 1.0}, {-1.0, 0.01, k_nan});
        neuron.a_nS = draw.of({4.0, -2.0}, {2e6});
        return neuron;
    }
    }
}

inline std::optional<Positions> draw_positions(Drawer& draw, std::size_t size) {
    const double extent_mm = draw.of({1.0, 1e-6}, {0.0, 2e6, k_nan});
    switch (draw.below(4)) {
    case 0:
        return GridPositions{{draw.of<std::size_t>({size}, {0, 8}), 1},
                             draw.of<std::vector<double>>({{extent_mm, 1.0}}, {{extent_mm}})};
    case 1: {
        ListedPositions list{
            Matrix(draw.of<std::size_t>({2}, {1, 3}), draw.of<std::size_t>({size}, {8}))};
        for (double& x : list.points_mm.values)
            x = draw.of({0.0, -0.5, 1e6}, {-1.1e6});
        return list;
    }
    case 2:
        return UniformPositions{{extent_mm, 1.0}};
    default:
        return std::nullopt;
    }
}

/// Of at most 7 neurons.
inline Population draw_population(Drawer& draw, const std::string& name, bool cells) {
    const std::size_t size = 1 + draw.below(7);
    const auto told = draw.of<std::size_t>({size}, {0});
    if (!cells && draw.chance(0.25))
        return PoissonPopulation{name, told, draw_rate(draw), draw_positions(draw, size)};
    if (!cells && draw.chance(0.3))
        return SpikeListPopulation{name, told, draw_spikes(draw, size), draw_positions(draw, size)};
    NeuronPopulation population{name, told, LifDelta{}, draw_potential(draw)};
    population.positions = draw_positions(draw, size);
    if (draw.chance(0.3)) {
        population.neuron = draw_walked(draw);
    } else if (draw.chance(0.5)) {
        LifExp neuron;
        draw_membrane(draw, neuron);
        neuron.tau_syn_exc_ms = draw.of({5.0, 10.0, neuron.tau_m_ms}, {0.0});
        neuron.tau_syn_inh_ms = draw.of({5.0, 2.0, neuron.tau_m_ms * (1 + 1e-9)}, {-1.0});
        population.neuron = neuron;
    } else {
        LifDelta neuron;
        draw_membrane(draw, neuron);
        population.neuron = neuron;
    }
    for (auto k = draw.of<std::size_t>({0, 0, 1, 2}, {17}); k > 0; --k)
        population.inputs.push_back({draw_rate(draw), draw.of({0.5, -0.1}, {-1.1e6}), 0,
                                     draw.of<std::optional<std::uint32_t>>({{}, 1}, {0, 8})});
    return population;
}

inline Distribution draw_weight(Drawer& draw) {
    switch (draw.below(4)) {
    case 0:
        return Uniform{0.0, draw.of({0.1, 0.5}, {-0.1})};
    case 1:
        return Lognormal{draw.of({-2.0, 0.0}, {40.0}), 0.5, 0.0,
                         draw.of({1.0, 30.0}, {1e-9, 1.1e6})};
    case 2:
        return Uniform{-0.1, 0.0};
    default:
        return Constant{draw.of({0.1, -0.1, 0.0, 2.0}, {-1.1e6, k_nan})};
    }
}

inline Connector draw_connector(Drawer& draw, std::size_t n_pre, std::size_t n_post) {
    switch (draw.below(9)) {
    case 0:
        return OneToOne{};
    case 1:
        return AllToAll{};
    case 2:
        return FixedProbability{draw.of({0.0, 0.5, 1.0}, {1.1, k_nan})};
    case 3:
        return FixedIndegree{draw.of<std::size_t>({0, 1}, {n_pre, n_pre + 1}), draw.chance(0.5)};
    case 4:
        return FixedOutdegree{draw.of<std::size_t>({0, 1}, {n_post, n_post + 1}), draw.chance(0.5)};
    case 5:
        return FixedTotalNumber{draw.of<std::size_t>({0, 7, 40}, {2'000'000'000'000})};
    case 6:
        return DistanceGaussian{draw.of({0.5, 1.0}, {1.1}), draw.of({0.3, 10.0}, {0.0}),
                                draw.chance(0.3)};
    case 7:
        return DistanceDisc{0.7, draw.of({1.0, 1e6}, {k_nan}), draw.chance(0.3)};
    default:
        break;
    }
    SynapseList list;
    const float delay_ms = draw.of({1.0F, 0.1F, 1e-4F, 3.3F}, {0.9e-4F, 1.1e6F, 0.0F});
    for (std::uint32_t k = 0; k < 5; ++k)
        list.synapses.push_back(
            {draw.of({k % static_cast<std::uint32_t>(n_pre)}, {static_cast<std::uint32_t>(n_pre)}),
             k % static_cast<std::uint32_t>(n_post),
             draw.of({0.1F, -0.1F, 0.0F, 0.05F, -0.05F}, {1.1e6F}), draw.of({delay_ms}, {2.0F})});
    return list;
}

/// Whether positions are as the connector asks for.
inline bool have_positions(const Network& network, const SynapticProjection& projection) {
    return lacking_positions(rule_of(projection, network)).empty();
}

inline void draw_plasticity(Drawer& draw, SynapticProjection& projection) {
    if (draw.chance(0.5)) {
        PairStdp rule;
        rule.lambda = draw.of({0.01, 1.0}, {1.1});
        rule.alpha = draw.of({1.0, 0.5}, {1.1, -1.0});
        rule.w_max = draw.of({0.1, 2.0}, {0.0});
        rule.w_min = draw.of({0.0}, {0.01, -1.0});
        rule.dependence = draw.of({WeightDependence::additive, WeightDependence::multiplicative});
        projection.plasticity = rule;
    } else {
        InhibitoryStdp rule;
        rule.w_max = draw.of({0.1, 2.0}, {-0.1});
        rule.tau_ms = draw.of({20.0}, {0.0});
        projection.plasticity = rule;
    }
    projection.delay_ms = Constant{1.5};
    if (!draw.only_right()) return; // else weights within the rule's bounds
    const bool excites = std::holds_alternative<PairStdp>(projection.plasticity);
    projection.weight = Constant{excites ? 0.1 : -0.1};
    if (auto* list = std::get_if<SynapseList>(&projection.connector)) {
        for (Synapse& s : list->synapses)
            s.weight = excites ? 0.1F : -0.1F;
    }
}

inline SynapticProjection draw_projection(Drawer& draw,
                                          const Network& network,
                                          const std::string& name) {
    SynapticProjection projection;
    projection.name = name;
    std::uint32_t post = 0; // cells always
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        const bool is_lif = std::holds_alternative<NeuronPopulation>(network.populations[p]);
        if ((is_lif && draw.chance(0.5)) || (!draw.only_right() && draw.chance(0.02))) post = p;
    }
    projection.pre.population = {
        static_cast<std::uint32_t>(draw.below(network.populations.size()))};
    projection.post.population = {post};
    const auto size = [&](const NeuronRange& range) {
        return std::max<std::size_t>(size_of(network.populations[range.population.index]), 1);
    };
    projection.connector = draw_connector(draw, size(projection.pre), size(projection.post));
    if (draw.only_right() && std::holds_alternative<OneToOne>(projection.connector))
        projection.connector = AllToAll{}; // whose ranges need no common size
    if (draw.only_right() && !have_positions(network, projection))
        projection.connector = AllToAll{};
    if (draw.only_right())
        projection.self_connections = true; // there may be one neuron only
    else
        projection.self_connections = draw.chance(0.7);
    projection.weight = draw_weight(draw);
    projection.delay_ms = draw.of<Distribution>({Constant{1.0}, Constant{1e-4}, Uniform{0.5, 2.0}},
                                                {Constant{0.0}, Uniform{1e-5, 1.0}});
    projection.dendritic_delay_fraction = draw.of({1.0, 0.3}, {-0.1});
    if (!draw.only_right()) {
        projection.pre.first = draw.of<std::uint32_t>({0, 0, 1}, {7});
        projection.post.count = draw.of<std::optional<std::uint32_t>>({{}, 1}, {0, 8});
    }
    if (draw.chance(0.3)) draw_plasticity(draw, projection);
    return projection;
}

inline StateRecording draw_states(Drawer& draw, const NeuronRange& neurons, double interval_ms) {
    StateRecording states{
        neurons, {draw.of<std::string>({"V_mV"}, {"V", ""})}, interval_ms, {}, {}};
    if (draw.chance(0.3)) states.times_ms = {0.0, draw.of({0.5, 3.0}, {0.0, -1.0, k_nan})};
    if (draw.chance(0.3) && neurons.first == 0 && !neurons.count)
        states.listed = {draw.of<std::uint32_t>({0}, {4000})};
    return states;
}

inline Recording draw_recording(Drawer& draw, const Network& network, const std::string& name) {
    const NeuronRange neurons{{static_cast<std::uint32_t>(draw.below(network.populations.size()))},
                              draw.of<std::uint32_t>({0}, {7}),
                              draw.of<std::optional<std::uint32_t>>({{}, 1}, {0})};
    const double interval_ms = draw.of({0.5, 1.0}, {0.0, 1e-9, k_nan});
    if (draw.chance(0.3)) return {name, RateRecording{neurons, interval_ms}};
    if (draw.chance(0.3) &&
        (!draw.only_right() ||
         std::holds_alternative<NeuronPopulation>(network.populations[neurons.population.index])))
        return draw.chance(0.5) ? Recording{name, PotentialRecording{neurons, interval_ms}}
                                : Recording{name, draw_states(draw, neurons, interval_ms)};
    if (!network.projections.empty() && draw.chance(0.4) && !draw.only_right())
        return {name, WeightRecording{{0}, interval_ms}};
    return {name, SpikeRecording{neurons}};
}

/// A network of LIF populations, sources and synapses. Names are each other's neighbours in files.
inline NetworkDescription draw_description(std::uint64_t seed, double wrong) {
    Drawer draw(seed, wrong);
    const char* const names[] = {"E", "E_input_0", "virtual", "E-E", "E_input_0-2"};
    NetworkDescription description;
    Network& network = description.network;
    network.seed = seed;
    description.duration_ms = draw.of({10.0, 0.0, 3.7}, {-1.0, k_infinite});
    description.warm_up_ms = draw.of({0.0, 2.5, 20.0}, {-1.0, k_nan});
    const std::size_t n_populations = 1 + draw.below(4);
    for (std::size_t p = 0; p < n_populations; ++p)
        network.populations.emplace_back(draw_population(
            draw, draw.of<std::string>({names[p]}, {"", "E", "a b", std::string(101, 'x')}),
            p == 0));
    for (std::size_t k = draw.below(4); k > 0; --k)
        network.projections.emplace_back(draw_projection(
            draw, network,
            draw.of<std::string>({"", fmt::format("E-E-{}", k), fmt::format("any text, {}", k)},
                                 {"once", std::string(101, 'x')})));
    for (std::size_t k = draw.below(3); k > 0; --k)
        description.recordings.push_back(draw_recording(
            draw, network,
            draw.of<std::string>({fmt::format("r{}", k)}, {"", "spikes", "a b", "r"})));
    return description;
}

} // namespace spikewell::test
