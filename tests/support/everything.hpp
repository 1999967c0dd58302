#pragma once

#include "network/engine/simulator.hpp"
#include "neuron_models/state_columns.hpp"

#include <array>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace spikewell::test {

/// The populations of `everything_exported`, each by itself.
[[nodiscard]] inline Network populations_exported(std::uint64_t seed) {
    LifDelta delta;
    delta.refractory_input = RefractoryInput::kept;
    LifExp exp;
    exp.E_L_mV = -52.0;
    LifDelta soft_delta;
    soft_delta.escape = EscapeRate{50.0, 15.0, 3.0};
    soft_delta.refractory_input = RefractoryInput::integrated;
    LifExp soft_exp;
    soft_exp.escape = EscapeRate{20.0, -50.0, 2.0};
    soft_exp.refractory_input = RefractoryInput::discarded;
    PoissonRate steps;
    steps.times_ms = {0.0, 33.3, 70.0};
    steps.rates_Hz = {4000.0, 9000.0, 6000.0};
    const Uniform low{0.0, 10.0};
    const Uniform high{-60.0, -51.0};

    Network network;
    network.seed = seed;
    network.populations = {
        NeuronPopulation{"delta", 150, delta, low, {{PoissonRate::constant(9000.0), 0.12, 0, {}}}},
        NeuronPopulation{"exp", 100, exp, high, {{PoissonRate::constant(800.0), 0.5, 10, 60}}},
        NeuronPopulation{"soft delta", 70, soft_delta, low, {{steps, 0.1, 0, {}}}},
        NeuronPopulation{"soft exp", 70, soft_exp, high, {}},
        PoissonPopulation{"poisson", 80, PoissonRate::constant(20.0)},
        SpikeListPopulation{"listed", 20, {}},
        NeuronPopulation{"alpha",
                         70,
                         LifAlpha{},
                         Uniform{-70.0, -56.0},
                         {{PoissonRate::constant(6000.0), 40.0, 0, {}}}},
        NeuronPopulation{"conductances", 70, LifCondExp{}, Uniform{-60.0, -51.0}, {}},
        NeuronPopulation{"adex",
                         70,
                         AdEx{},
                         Uniform{-70.0, -55.0},
                         {{PoissonRate::constant(2000.0), 3.0, 5, {}}}}};
    auto& listed = std::get<SpikeListPopulation>(network.populations[5]).spikes;
    for (std::uint32_t k = 0; k < 400; ++k)
        listed.push_back({0.5 * k, k * 7 % 20});
    return network;
}

/// A small network with one of everything: all models, sharp and escape, all three kinds of refractory
/// input, plastic projections of both rules (sparse and dense, f > 0), weights and delays
/// that vary, Poisson inputs (also of changing rate) and populations, listed spikes, positions.
///
/// Populations: 0 LifDelta, 1 LifExp, 2 LifDelta with escape, 3 LifExp with escape, 4 Poisson,
/// 5 listed, 6 LifAlpha, 7 LifCondExp, 8 AdEx. Plastic projections: 0, 1, 2, and one onto AdEx.
/// All of it can be said in SONATA and PyNN.
[[nodiscard]] inline Network everything_exported(std::uint64_t seed) {
    Network network = populations_exported(seed);
    const auto connect = [&](std::uint32_t pre, std::uint32_t post, Connector connector,
                             Distribution weight_mV, Distribution delay_ms) -> SynapticProjection& {
        SynapticProjection p;
        p.name = std::to_string(network.projections.size());
        p.pre.population = {pre};
        p.post.population = {post};
        p.connector = std::move(connector);
        p.weight = weight_mV;
        p.delay_ms = delay_ms;
        return std::get<SynapticProjection>(network.projections.emplace_back(std::move(p)));
    };
    PairStdp pair;
    pair.w_max = 0.8;
    pair.lambda = 0.05;
    const FixedIndegree ten{10, false};
    const Constant d{1.5};
    {
        auto& p = connect(0, 0, ten, Uniform{0.1, 0.6}, Constant{2.5});
        p.plasticity = pair;
        p.dendritic_delay_fraction = 0.7;
    }
    {
        auto& p = connect(3, 0, AllToAll{}, Uniform{-0.1, 0.0}, Constant{1.75});
        p.plasticity = InhibitoryStdp{};
        p.dendritic_delay_fraction = 0.4;
    }
    {
        auto& p = connect(4, 2, AllToAll{}, Uniform{0.05, 0.3}, Constant{3.0});
        p.plasticity = pair;
        p.dendritic_delay_fraction = 1.0;
    }
    connect(0, 1, ten, Normal{0.8, 0.2, 0.0}, Uniform{1.5, 9.0});
    connect(1, 0, FixedProbability{0.1}, Constant{-0.5}, d).short_term = TsodyksMarkram{};
    connect(1, 3, ten, Constant{1.0}, Normal{3.0, 1.0, 1.5, 20.0});
    connect(2, 3, AllToAll{}, Constant{0.1}, d);
    connect(4, 1, FixedOutdegree{20, false}, Constant{0.7}, d);
    connect(5, 3, ten, Lognormal{0.0, 0.5}, d);
    connect(2, 2, FixedIndegree{5, true}, Constant{-0.3}, d).self_connections = false;
    connect(0, 6, ten, Constant{30.0}, d);
    connect(6, 6, ten, Constant{-20.0}, Uniform{1.5, 4.0});
    connect(5, 7, ten, Constant{12.0}, d);
    connect(7, 7, ten, Normal{-4.0, 1.0, -10.0, 0.0}, d);
    {
        auto& p = connect(6, 8, ten, Uniform{1.0, 6.0}, Constant{2.0});
        p.plasticity = PairStdp{.lambda = 0.05, .w_max = 8.0};
        p.dendritic_delay_fraction = 0.5;
    }
    connect(8, 8, AllToAll{}, Constant{-1.0}, d).self_connections = false;
    connect(2, 0, ten, Uniform{0.05, 0.2}, Constant{2.25}).plasticity =
        GuetigStdp{.lambda = 0.05, .w_max = 0.3};
    connect(0, 2, FixedTotalNumber{300}, Constant{0.2}, d);
    connect(3, 1, ten, Constant{1.5}, Uniform{1.5, 6.0}).short_term =
        TsodyksMarkram{0.2, 60.0, 400.0};
    {
        auto& p = connect(1, 2, ten, Uniform{0.1, 0.6}, Constant{2.0});
        p.plasticity = pair;
        p.short_term = TsodyksMarkram{0.7, 100.0, 0.0};
    }
    const UniformPositions plane{{1.0, 0.5}};
    std::get<NeuronPopulation>(network.populations[0]).positions = plane;
    std::get<NeuronPopulation>(network.populations[2]).positions =
        GridPositions{{10, 7}, {1.0, 0.5}};
    std::get<PoissonPopulation>(network.populations[4]).positions = plane;
    connect(0, 2, DistanceGaussian{0.6, 0.15, true}, Uniform{0.1, 0.4}, d);
    connect(4, 0, DistanceDisc{0.3, 0.3}, Constant{0.3}, Uniform{1.5, 4.0});
    connect(0, 0, DistanceExponential{0.5, 0.1}, Constant{-0.2}, d).self_connections = false;
    return network;
}

/// Numbers of each neuron's own, and injected currents of all kinds, where neurons are added up, where they have an escape
/// rate, and where they are walked.
inline void give_own(Network& network) {
    const auto cells = [&](std::size_t p) -> NeuronPopulation& {
        return std::get<NeuronPopulation>(network.populations[p]);
    };
    cells(0).currents = {{NoiseCurrent{0.5, 3.0, 4.0, 0.7}, 0, {}},
                         {StepCurrent{2.0, 21.0, 60.5}, 10, 100}};
    cells(0).varied = {{"V_th_mV", Normal{20.0, 1.0, 15.0, 25.0}, {}}};
    cells(1).currents = {{SineCurrent{2.0, 0.5, 30.0, 0.0, 0.9, 5.0, 150.0}, 0, {}}};
    cells(1).varied = {{"E_L_mV", Uniform{-53.0, -51.0}, {}}, {"t_ref_ms", Uniform{2.0, 6.0}, {}}};
    cells(2).currents = {{NoiseCurrent{0.0, 4.0, 0.0, 1.1}, 5, 60}};
    cells(3).currents = {{TableCurrent{{0.0, 33.0, 70.0}, {1.0, -2.0, 3.0}}, 0, {}}};
    cells(6).varied = {{"tau_m_ms", Uniform{8.0, 12.0}, {}}};
    cells(8).currents = {{NoiseCurrent{50.0, 200.0, 10.0, 2.3}, 0, {}}};
    cells(9).varied = {{"b_pA", Lognormal{3.0, 0.5, 0.0, 200.0}, {}}};
    cells(10).currents = {{StepCurrent{3.0, 40.0, {}}, 20, {}}};
    cells(14).currents = {{StepCurrent{200.0, 10.0, {}}, 20, {}}};
    cells(15).currents = {{StepCurrent{3.0, 40.05, {}}, 20, {}}};
    cells(15).varied = {{"drive_mV", Uniform{0.0, 15.0}, {}}, {"tau_m_ms", Uniform{8.0, 12.0}, {}}};
    cells(14).varied = {{"reset_fraction", Uniform{0.0, 0.3}, {}},
                        {"asc_2_pA", Normal{-150.0, 30.0, -300.0, 0.0}, {}}};
}

/// The same, and what other simulators lack: 9 LifAdapt, 10 Izhikevich, 11 gamma, 12 correlated, 13 and 14 Glif, 15 LifStep; numbers of each
/// neuron's own, injected currents.
[[nodiscard]] inline Network everything(std::uint64_t seed) {
    Network network = everything_exported(seed);
    const PoissonInput noise{PoissonRate::constant(3000.0), 25.0, 0, {}};
    const PoissonInput jumps{PoissonRate::constant(2000.0), 2.0, 0, {}};
    network.populations.emplace_back(
        NeuronPopulation{"adapt", 70, LifAdapt{}, Uniform{-70.0, -51.0}, {noise}});
    network.populations.emplace_back(
        NeuronPopulation{"izhikevich", 70, Izhikevich{}, Uniform{-70.0, -60.0}, {jumps}});
    const auto connect = [&](std::uint32_t pre, std::uint32_t post, Distribution weight,
                             Distribution delay_ms) -> SynapticProjection& {
        SynapticProjection p;
        p.name = std::to_string(network.projections.size());
        p.pre.population = {pre};
        p.post.population = {post};
        p.connector = FixedIndegree{10, false};
        p.weight = weight;
        p.delay_ms = delay_ms;
        return std::get<SynapticProjection>(network.projections.emplace_back(std::move(p)));
    };
    connect(0, 9, Constant{30.0}, Constant{1.5});
    connect(9, 9, Normal{-20.0, 5.0, -60.0, 0.0}, Uniform{1.5, 4.0});
    connect(8, 9, Uniform{1.0, 60.0}, Constant{2.0}).plasticity =
        PairStdp{.lambda = 0.05, .w_max = 80.0};
    connect(9, 10, Constant{1.5}, Constant{1.75}).short_term = TsodyksMarkram{};
    {
        auto& p = connect(0, 10, Uniform{0.1, 1.5}, Constant{2.0});
        p.plasticity = TripletStdp{
            .A2_plus = 0.01, .A3_plus = 0.03, .A2_minus = 0.02, .A3_minus = 0.01, .w_max = 2.0};
        p.dendritic_delay_fraction = 0.6;
    }
    connect(10, 10, Constant{-0.5}, Constant{1.5});
    { // delays that differ
        auto& p = connect(8, 9, Uniform{1.0, 60.0}, Uniform{1.5, 4.0});
        p.delay_step_ms = 0.5;
        p.plasticity = PairStdp{.lambda = 0.05, .w_max = 80.0};
        p.dendritic_delay_fraction = 0.5;
    }
    { // a third factor; dense
        auto& p = connect(4, 0, Uniform{0.05, 0.3}, Constant{1.75});
        p.connector = AllToAll{};
        p.plasticity = RewardStdp{
            .tau_c_ms = 60.0, .tau_n_ms = 20.0, .A_plus = 0.1, .A_minus = 0.1, .w_max = 0.5};
        p.third_factor = {{{5}, 3, 2}, 2.5};
        p.dendritic_delay_fraction = 0.4;
    }
    { // of walked neurons, in two ways at once
        auto& p = connect(1, 10, Uniform{0.1, 1.0}, Uniform{1.5, 3.0});
        p.delay_step_ms = 0.75;
        p.plasticity = RewardStdp{.tau_c_ms = 40.0,
                                  .tau_n_ms = 20.0,
                                  .A_plus = 0.1,
                                  .A_minus = 0.1,
                                  .baseline_Hz = 5.0,
                                  .w_max = 1.5};
        p.third_factor = {{{0}, 0, 20}, 1.5};
    }
    network.populations.emplace_back(
        GammaPopulation{"gamma", 60, PoissonRate::constant(30.0), 3.0});
    network.populations.emplace_back(
        CorrelatedPopulation{"correlated", 60, PoissonRate::constant(60.0), 0.3});
    connect(11, 0, Constant{0.3}, Constant{1.5});
    connect(12, 1, Constant{0.5}, Constant{1.5});
    network.populations.emplace_back(
        NeuronPopulation{"glif", 70, Glif{}, Uniform{-78.0, -52.0}, {noise}});
    connect(0, 13, Constant{30.0}, Constant{1.5});
    connect(13, 13, Normal{-20.0, 5.0, -60.0, 0.0}, Uniform{1.5, 4.0});
    connect(13, 1, Constant{0.4}, Constant{2.0});
    {
        auto& p = connect(9, 13, Uniform{1.0, 60.0}, Constant{2.0});
        p.plasticity = PairStdp{.lambda = 0.05, .w_max = 80.0};
        p.short_term = TsodyksMarkram{};
    }
    Glif glif;
    glif.t_ref_ms = 12.0; // held over windows
    network.populations.emplace_back(
        NeuronPopulation{"differing glif", 70, glif, Uniform{-78.0, -52.0}, {noise}});
    connect(13, 14, Uniform{1.0, 60.0}, Constant{1.5});
    LifStep steps;
    steps.tau_syn_inh_ms = 3.0;
    steps.t_ref_ms = 0.5;
    network.populations.emplace_back(
        NeuronPopulation{"steps", 70, steps, Uniform{-5.0, 19.0}, {jumps}});
    connect(0, 15, Constant{2.0}, Constant{1.5});
    connect(15, 15, Normal{-1.0, 0.5, -3.0, 0.0}, Uniform{1.5, 4.0});
    connect(15, 0, Constant{0.2}, Constant{2.0});
    connect(8, 15, Uniform{0.1, 1.5}, Constant{2.0}).plasticity =
        PairStdp{.lambda = 0.05, .w_max = 2.0};
    give_own(network);
    return network;
}

/// Keeps all that a run tells.
class FullRecorder final : public Recorder {
  public:
    explicit FullRecorder(const Network& network) {
        spikes.resize(network.populations.size());
        predicted.resize(network.populations.size());
        for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
            if (is_dyadic(network.populations[p])) {
                samples_.push_back({{p}, {0, 1, 4, 9}, 0.75, 0.3});
                samples_.push_back({{p}, {3, 7}, 1.0, 0.0, {0, 0}, {0.0, 7.125, 33.3, 34.0, 99.9}});
            }
            const auto* cells = std::get_if<NeuronPopulation>(&network.populations[p]);
            if (cells == nullptr) continue;
            samples_.push_back({{p}, {0, 1, 17, 40, 69}, 0.75, 0.3});
            std::vector<std::uint32_t> columns(state_columns(cells->neuron).size());
            std::iota(columns.rbegin(), columns.rend(), 0U); // not in the model's order
            samples_.push_back(
                {{p}, {3, 17, 50}, 1.0, 0.0, columns, {0.0, 7.125, 7.25, 33.3, 111.3, 118.75}});
        }
        for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
            const auto* synaptic = std::get_if<SynapticProjection>(&network.projections[p]);
            if (synaptic == nullptr) weights_.push_back({{p}, 20.0, {0.0, 7.0, 31.0, 31.1, 90.0}});
            if (p == 0) weights_.push_back({{p}, 15.0, {}, {0, 2, 5}, {1, 2, 3, 7, 9}});
            if (synaptic == nullptr) continue;
            if (synaptic->plasticity.index() != 0) weights_.push_back({{p}, 20.0});
        }
        states.resize(samples_.size());
        times_ms.resize(samples_.size());
        synapses.resize(weights_.size());
    }

    void on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> s) override {
        std::vector<Spike>& all =
            (kind == SpikeKind::somatic ? spikes : predicted)[population.index];
        all.insert(all.end(), s.begin(), s.end());
    }
    [[nodiscard]] std::vector<SampleRequest> samples() const override { return samples_; }
    void on_samples(std::size_t request,
                    std::span<const double> times,
                    std::span<const double> values) override {
        times_ms[request].insert(times_ms[request].end(), times.begin(), times.end());
        states[request].insert(states[request].end(), values.begin(), values.end());
    }
    [[nodiscard]] std::vector<WeightRequest> weights() const override { return weights_; }
    void on_weights(std::size_t request, double t_ms, std::span<const Synapse> s) override {
        weight_times_ms.push_back(t_ms);
        synapses[request].insert(synapses[request].end(), s.begin(), s.end());
    }

  private:
    std::vector<SampleRequest> samples_;
    std::vector<WeightRequest> weights_;

  public:
    std::vector<std::vector<Spike>> spikes;            ///< [population]
    std::vector<std::vector<Spike>> predicted;         ///< [population]
    std::vector<std::vector<double>> times_ms, states; ///< [request of samples]
    std::vector<std::vector<Synapse>> synapses; ///< [plastic projection, or one of couplings]
    std::vector<double> weight_times_ms;
};

} // namespace spikewell::test
