#pragma once

#include "support/naive_network.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

/// LIF neurons: building, running and comparing them.
namespace spikewell::test {

inline RandomStream random_stream(std::uint32_t id) {
    return {2024, Purpose::initial_couplings, id};
}

inline double between(RandomStream& stream, double low, double high) {
    return low + (high - low) * stream.uniform();
}

inline NeuronPopulation population_of(const PointNeuron& neuron,
                                      std::size_t size,
                                      double V_init_mV) {
    NeuronPopulation population;
    population.name = "neurons";
    population.size = size;
    population.neuron = neuron;
    population.V_init_mV = Constant{V_init_mV};
    return population;
}

inline SynapticProjection projection_of(std::uint32_t pre,
                                        std::uint32_t post,
                                        std::vector<Synapse> synapses) {
    SynapticProjection projection;
    projection.name = "synapses";
    projection.pre.population = {pre};
    projection.post.population = {post};
    projection.connector = SynapseList{std::move(synapses)};
    return projection;
}

/// The spikes of every population over a run.
inline std::vector<std::vector<Spike>> record_all(const Network& network,
                                                  double end_ms,
                                                  int n_threads = 1) {
    Simulator simulator(network, n_threads);
    std::deque<SpikeRecorder> recorders;
    std::vector<Recorder*> pointers;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        pointers.push_back(&recorders.emplace_back(PopulationId{p}));
    }
    simulator.run(end_ms, pointers);
    std::vector<std::vector<Spike>> spikes;
    for (const SpikeRecorder& recorder : recorders)
        spikes.push_back(recorder.spikes());
    return spikes;
}

/// Spikes before a time, neuron by neuron.
inline std::vector<Spike> by_neuron(const std::vector<Spike>& spikes, double until_ms) {
    std::vector<Spike> sorted;
    for (const Spike& spike : spikes) {
        if (spike.t_ms < until_ms) sorted.push_back(spike);
    }
    std::sort(sorted.begin(), sorted.end(), [](const Spike& a, const Spike& b) {
        return std::tie(a.source, a.t_ms) < std::tie(b.source, b.t_ms);
    });
    return sorted;
}

/// The largest distance in time between spikes; infinite where a neuron has another number of them.
inline double distance_ms(const std::vector<Spike>& a,
                          const std::vector<Spike>& b,
                          double until_ms = std::numeric_limits<double>::infinity()) {
    const std::vector<Spike> x = by_neuron(a, until_ms);
    const std::vector<Spike> y = by_neuron(b, until_ms);
    if (x.size() != y.size()) return std::numeric_limits<double>::infinity();
    double most = 0.0;
    for (std::size_t n = 0; n < x.size(); ++n) {
        if (x[n].source != y[n].source) return std::numeric_limits<double>::infinity();
        most = std::max(most, std::abs(x[n].t_ms - y[n].t_ms));
    }
    return most;
}

/// An input that reaches the neuron at a time.
struct Input {
    double arrival_ms;
    double weight; ///< in the model's unit
};

inline constexpr float k_delay_ms = 0.5F;

/// One neuron, started at V_init. Input i comes from source i.
inline Network driven_neuron(const PointNeuron& neuron,
                             double V_init_mV,
                             const std::vector<Input>& inputs) {
    SpikeListPopulation source;
    source.name = "input";
    source.size = std::max<std::size_t>(inputs.size(), 1);
    std::vector<Synapse> synapses;
    for (std::uint32_t i = 0; i < inputs.size(); ++i) {
        source.spikes.push_back({inputs[i].arrival_ms - static_cast<double>(k_delay_ms), i});
        synapses.push_back({i, 0, static_cast<float>(inputs[i].weight), k_delay_ms});
    }
    return {{population_of(neuron, 1, V_init_mV), source}, {projection_of(1, 0, synapses)}, 1};
}

/// Both implementations give these spikes of neuron 0 of population 0.
inline void check_times(const Network& network,
                        double end_ms,
                        const std::vector<double>& expected_ms) {
    std::vector<Spike> expected;
    for (const double t_ms : expected_ms)
        expected.push_back({t_ms, 0});
    CHECK(distance_ms(run_naive(network, end_ms).spikes[0], expected) < 1e-10);
    CHECK(distance_ms(record_all(network, end_ms)[0], expected) < 1e-10);
}

inline LifDelta delta_neuron(RefractoryInput refractory_input) {
    LifDelta neuron; // tau_m 20, V_th 20, E_L and V_reset 0, t_ref 2
    neuron.refractory_input = refractory_input;
    return neuron;
}

inline LifExp exp_neuron() {
    LifExp neuron;
    neuron.E_L_mV = -60.0;
    neuron.V_reset_mV = -60.0;
    return neuron;
}

inline constexpr double k_huge_mV = 1e4; // a threshold out of reach

/// Keeps potentials.
class PotentialRecorder final : public Recorder {
  public:
    explicit PotentialRecorder(std::vector<SampleRequest> requests)
        : requests_(std::move(requests)), times_ms(requests_.size()), V_mV(requests_.size()) {}
    void on_spikes(PopulationId, SpikeKind, std::span<const Spike>) override {}
    [[nodiscard]] std::vector<SampleRequest> samples() const override { return requests_; }
    void on_samples(std::size_t request,
                    std::span<const double> times,
                    std::span<const double> V) override {
        times_ms[request].insert(times_ms[request].end(), times.begin(), times.end());
        V_mV[request].insert(V_mV[request].end(), V.begin(), V.end());
    }

  private:
    std::vector<SampleRequest> requests_;

  public:
    std::vector<std::vector<double>> times_ms; // [request]
    std::vector<std::vector<double>> V_mV;
};

} // namespace spikewell::test
