#pragma once

#include "core/archive.hpp"
#include "support/everything.hpp"
#include "support/networks.hpp"

#include <map>
#include <stdexcept>
#include <string>

/// All that a run tells, to be compared bit by bit.
namespace spikewell::test {

/// By name.
using Outcome = std::map<std::string, std::string>;

template <class T> std::string bytes_of(std::vector<T> values) {
    ArchiveWriter writer;
    if constexpr (std::is_same_v<T, Synapse>) {
        writer.raw(values);
    } else {
        writer(values);
    }
    return writer.take();
}

/// What the recorder was told.
inline Outcome outcome_of(const FullRecorder& recorder) {
    Outcome outcome{{"spikes", bytes_of(recorder.spikes)},
                    {"predicted", bytes_of(recorder.predicted)},
                    {"sample times", bytes_of(recorder.times_ms)},
                    {"samples", bytes_of(recorder.states)},
                    {"weight times", bytes_of(recorder.weight_times_ms)}};
    for (std::size_t p = 0; p < recorder.synapses.size(); ++p)
        outcome["weights " + std::to_string(p)] = bytes_of(recorder.synapses[p]);
    return outcome;
}

/// What the simulator can be asked for. Collective; rank 0's is the one.
inline Outcome outcome_of(const Simulator& simulator, const Network& network) {
    Outcome outcome;
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        const std::string name = std::to_string(p);
        if (std::holds_alternative<NeuronPopulation>(network.populations[p]))
            outcome["potentials " + name] = bytes_of(simulator.potentials({p}));
        if (is_dyadic(network.populations[p]))
            outcome["state " + name] = bytes_of(simulator.state({p}));
    }
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        const std::string name = std::to_string(p);
        if (std::holds_alternative<SynapticProjection>(network.projections[p])) {
            outcome["synapses " + name] = bytes_of(simulator.synapses({p}));
        } else {
            outcome["couplings " + name] = bytes_of(simulator.coupling({p}).values);
        }
    }
    const Counters counters = simulator.counters();
    outcome["counters"] = bytes_of<std::uint64_t>(
        {counters.spikes, counters.predicted_spikes, counters.candidates, counters.arrivals,
         counters.synaptic_events, counters.poisson_inputs, counters.windows});
    outcome["saved"] = simulator.save();
    return outcome;
}

/// Of 150 nodes, where there are dyadic ones: evidence and precision other than the defaults.
inline void set_inputs(Simulator& simulator, const Network& network) {
    if (!is_dyadic(network.populations[0])) return;
    simulator.set_evidence(k_first,
                           std::vector<double>(code_of(network.populations[0]).n_nodes, 0.3));
    simulator.set_inverse_temperature(k_first, 0.7);
}

/// A run with a recorder, then one without. Collective; rank 0's is the one.
inline Outcome outcome_of_run(Simulator& simulator, const Network& network) {
    set_inputs(simulator, network);
    FullRecorder recorder(network);
    simulator.run(100.0, std::array<Recorder*, 1>{&recorder});
    simulator.run(20.0);
    Outcome outcome = outcome_of(simulator, network);
    outcome.merge(outcome_of(recorder));
    return outcome;
}

/// Networks to share among ranks.
inline const std::vector<std::string> k_shared_networks{
    "everything", "spiking", "expected", "blocks", "crowded", "masked", "driven"};

/// One of these: LIF populations of all kinds; nodes that learn from spiking or expected
/// predictions, or with many arrivals; nodes of static couplings with more arrivals than segments; nodes of which a mask
/// couples some; nodes that sources drive over synapses.
inline Network shared_network(const std::string& name) {
    if (name == "everything") return everything(1);
    if (name == "spiking") return learning(Prediction::spiking);
    if (name == "expected") return learning(Prediction::expected);
    if (name == "blocks") return learning_in_blocks(Prediction::spiking);
    if (name == "driven") return driven(Prediction::spiking);
    if (name == "crowded") return recurrent(random_couplings(150, 0.01, 2), 4, 3.0, 3.93, 1);
    if (name == "masked") {
        Network network = learning(Prediction::spiking);
        factorised(network.projections[0]).mask = FixedProbability{0.2};
        return network;
    }
    throw std::invalid_argument(name);
}

} // namespace spikewell::test
