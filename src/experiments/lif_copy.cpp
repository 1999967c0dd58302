#include "experiments/lif_copy.hpp"

#include "experiments/form.hpp"
#include "network/lif_equivalent.hpp"

namespace spikewell::experiments {

namespace {

SpikeListPopulation pattern_source(std::size_t n_patterns, double pattern_ms, double tau_ref_ms) {
    SpikeListPopulation source{"evidence", n_patterns, {}};
    for (std::uint32_t p = 0; p < n_patterns; ++p)
        for (std::uint32_t s = 0; tau_ref_ms * s < pattern_ms; ++s)
            source.spikes.push_back({pattern_ms * p + tau_ref_ms * s, p});
    return source;
}

} // namespace

NetworkDescription lif_copy(const Matrix& coupling,
                            const Config& config,
                            const Matrix& evidence,
                            double pattern_ms) {
    NetworkDescription nodes{network_of(coupling, config, config.seed), 0.0, {}};
    auto& population = std::get<DyadicPopulation>(nodes.network.populations[0]);
    population.inverse_temperature = config.evaluation.inverse_temperature;
    const EscapeNoiseLif neuron = population.neuron;
    nodes.duration_ms = pattern_ms * static_cast<double>(evidence.cols);
    nodes.recordings = {{"spikes", SpikeRecording{{PopulationId{0}, 0, {}}}}};
    NetworkDescription copy = lif_equivalent(nodes);

    copy.network.populations.emplace_back(
        pattern_source(evidence.cols, pattern_ms, neuron.tau_ref_ms));
    const auto source = static_cast<std::uint32_t>(copy.network.populations.size() - 1);
    for (std::uint32_t p = 0; p < source; ++p) {
        if (!std::holds_alternative<NeuronPopulation>(copy.network.populations[p])) continue;
        for (SynapticProjection& projection :
             pulse_projections(PopulationId{source}, PopulationId{p}, evidence,
                               pulse_onto(neuron, neuron.tau_ref_ms), 0.1 * neuron.tau_ref_ms))
            copy.network.projections.emplace_back(std::move(projection));
    }
    return copy;
}

} // namespace spikewell::experiments
