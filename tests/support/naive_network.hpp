#pragma once

#include "network/network.hpp"

#include <limits>
#include <span>
#include <vector>

/// A second implementation of everything about LIF networks that is deterministic, as simple as can
/// be and sharing nothing with the engine but the description: one queue of events in order of
/// time, crossings by scanning and bisection in long double, plasticity by sums over all earlier
/// spikes. Slow; for tests.
namespace spikewell::test {

/// What a naive run gives.
struct NaiveRun {
    std::vector<std::vector<Spike>> spikes;      ///< [population], sorted by (time, source)
    std::vector<std::vector<Synapse>> synapses;  ///< [projection], sorted by (pre, post, draw),
                                                 ///< with their weights at the start
    std::vector<std::vector<double>> weights;    ///< [projection][synapse] at the end
    std::vector<std::vector<double>> potentials; ///< [population][sample * size + neuron] at the
                                                 ///< sample times, before any event at that time
    std::vector<std::vector<double>> end_potentials; ///< [population][neuron]
    double end_ms = 0.0;                             ///< the time reached
    std::size_t n_lif_spikes = 0;
    std::size_t n_arrivals = 0;
};

struct NaiveOptions {
    double end_ms = 0.0;                 ///< events before this time happen
    std::vector<double> sample_times_ms; ///< increasing, <= end_ms
    std::size_t max_lif_spikes = std::numeric_limits<std::size_t>::max(); ///< stops after as many
    double V_init_shift_mV = 0.0; ///< added to every LIF neuron's V at 0, to see how errors grow
    double plastic_weight_factor = 1.0; ///< times every plastic weight at 0, likewise
};

/// Populations: NeuronPopulation (sharp threshold, constant V_init, no PoissonInput) and
/// SpikeListPopulation. Projections: synaptic, by SynapseList, or OneToOne or AllToAll with constant
/// weight and delay. Throws std::invalid_argument for anything else.
[[nodiscard]] NaiveRun run_naive(const Network& network, const NaiveOptions& options);
[[nodiscard]] inline NaiveRun run_naive(const Network& network, double end_ms) {
    return run_naive(network, NaiveOptions{end_ms, {}});
}

} // namespace spikewell::test
