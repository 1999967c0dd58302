#include "io/nestml/nestml.hpp"

#include "core/build_info.hpp"
#include "core/error.hpp"
#include "embedded/nestml_attractor_neuron.hpp"
#include "embedded/nestml_predictive_hebbian_synapse.hpp"
#include "io/pynn/script_template.hpp"

#include <fmt/format.h>

#include <optional>

namespace spikewell::io {

NestmlDefaults nestml_defaults(const experiments::Config& config, std::size_t n_nodes) {
    const experiments::SpikingConfig& spiking = config.spiking;
    const EscapeNoiseLif neuron{spiking.tau_ref_ms, spiking.tau_m_ms};
    return {spiking.tau_ref_ms, spiking.tau_m_ms,
            spiking.delay_ms ? *spiking.delay_ms : memoryless_delay_ms(neuron),
            config.evaluation.inverse_temperature,
            learning_rate_of(config.training.learning_rate, static_cast<double>(n_nodes))};
}

namespace {

/// Of the projection through couplings that is the first onto the population.
void add_projection(NestmlDefaults& defaults,
                    const FactorisedProjection& couplings,
                    const Network& network) {
    defaults.delay_ms = couplings.delay_ms;
    if (!couplings.plasticity) return;
    defaults.learning_rate = learning_rate_of(couplings, network);
    if (couplings.plasticity->prediction == Prediction::expected)
        defaults.lost.emplace_back("prediction by the twin's mean: by its spikes");
    if (couplings.plasticity->pairing_delay_ms > 0.0)
        defaults.lost.push_back(
            fmt::format("pairing delay of {} ms", couplings.plasticity->pairing_delay_ms));
}

/// Everything but population p and the projection that gave the synapse (none: no projection).
void add_others(NestmlDefaults& defaults,
                const Network& network,
                std::size_t p,
                const std::optional<std::size_t>& projection) {
    for (std::size_t other = 0; other < network.populations.size(); ++other) {
        if (other != p)
            defaults.lost.push_back(fmt::format("population {}: the neuron is that of {}",
                                                name_of(network.populations[other]),
                                                name_of(network.populations[p])));
    }
    for (std::size_t other = 0; other < network.projections.size(); ++other) {
        if (other != projection)
            defaults.lost.push_back(fmt::format("projection {}: delay and learning rate", other));
    }
}

} // namespace

NestmlDefaults nestml_defaults(const Network& network) {
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        const auto* population = std::get_if<DyadicPopulation>(&network.populations[p]);
        if (population == nullptr) continue;
        NestmlDefaults defaults;
        defaults.tau_ref_ms = population->neuron.tau_ref_ms;
        defaults.tau_m_ms = population->neuron.tau_m_ms;
        defaults.inverse_temperature = population->inverse_temperature;
        defaults.learning_rate = learning_rate_of({}, static_cast<double>(population->n_nodes));
        std::optional<std::size_t> first;
        for (std::size_t k = 0; k < network.projections.size() && !first; ++k) {
            const auto* couplings = std::get_if<FactorisedProjection>(&network.projections[k]);
            if (couplings == nullptr || couplings->post.index != p) continue;
            add_projection(defaults, *couplings, network);
            first = k;
        }
        add_others(defaults, network, p, first);
        return defaults;
    }
    throw NetworkError("network", "has no dyadic_attractor population, whose neuron is exported");
}

ExportReport export_nestml(const NestmlDefaults& defaults,
                           const std::string& source,
                           const FolderOutput& output) {
    if (!(defaults.tau_m_ms > 0.0))
        throw ParameterError("NESTML", "tau_m_ms", defaults.tau_m_ms,
                             "> 0: its membrane is an ODE");
    const auto number = [](double value) { return fmt::format("{}", value); };
    output.write("attractor_neuron.nestml",
                 filled(std::string(embedded::nestml_attractor_neuron()),
                        {{"version", build_info_text()},
                         {"source", printable(source)},
                         {"tau_ref_ms", number(defaults.tau_ref_ms)},
                         {"tau_m_ms", number(defaults.tau_m_ms)},
                         {"inverse_temperature", number(defaults.inverse_temperature)}}));
    output.write("predictive_hebbian_synapse.nestml",
                 filled(std::string(embedded::nestml_predictive_hebbian_synapse()),
                        {{"version", build_info_text()},
                         {"source", printable(source)},
                         {"tau_ref_ms", number(defaults.tau_ref_ms)},
                         {"delay_ms", number(defaults.delay_ms)},
                         {"learning_rate", number(defaults.learning_rate)}}));
    ExportReport report{
        {"hazard, refractory period, pulses, dendritic twin, parameters of the network as "
         "defaults; a "
         "spike of a neuron is sent as two, of which a recorder sees both"},
        {"learning: each pair of neurons has a weight of its own, and learns it alone; NEST reads "
         "the "
         "error up to its least delay late",
         "time: spikes on the simulator's grid; at time 0 no neuron is refractory"},
        {"couplings, evidence, gains and synapses onto nodes: the models are of one neuron and one "
         "synapse"}};
    report.lost.insert(report.lost.end(), defaults.lost.begin(), defaults.lost.end());
    return report;
}

} // namespace spikewell::io
