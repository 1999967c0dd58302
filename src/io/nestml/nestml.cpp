#include "io/nestml/nestml.hpp"

#include "core/build_info.hpp"
#include "core/error.hpp"
#include "embedded/nestml_attractor_neuron.hpp"
#include "embedded/nestml_predictive_hebbian_synapse.hpp"
#include "io/pynn/script_template.hpp"

#include <fmt/format.h>

namespace spikewell::io {

NestmlDefaults nestml_defaults(const experiments::Config& config, std::size_t n_nodes) {
    const experiments::SpikingConfig& spiking = config.spiking;
    const EscapeNoiseLif neuron{spiking.tau_ref_ms, spiking.tau_m_ms};
    return {spiking.tau_ref_ms, spiking.tau_m_ms,
            spiking.delay_ms ? *spiking.delay_ms : memoryless_delay_ms(neuron),
            config.evaluation.inverse_temperature,
            learning_rate_of(config.training.learning_rate, static_cast<double>(n_nodes))};
}

NestmlDefaults nestml_defaults(const Network& network) {
    for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
        const auto* population = std::get_if<DyadicPopulation>(&network.populations[p]);
        if (population == nullptr) continue;
        NestmlDefaults defaults;
        defaults.tau_ref_ms = population->neuron.tau_ref_ms;
        defaults.tau_m_ms = population->neuron.tau_m_ms;
        defaults.inverse_temperature = population->inverse_temperature;
        defaults.learning_rate = learning_rate_of({}, static_cast<double>(population->n_nodes));
        for (const Projection& projection : network.projections) {
            const auto* couplings = std::get_if<FactorisedProjection>(&projection);
            if (couplings == nullptr || couplings->post.index != p) continue;
            defaults.delay_ms = couplings->delay_ms;
            if (couplings->plasticity)
                defaults.learning_rate = learning_rate_of(*couplings, network);
        }
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
    const auto number = [](double value) { return fmt::format("{:.6g}", value); };
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
    return {{"hazard, refractory period, dendritic twin, parameters of the network as defaults"},
            {"pulses: exponential currents of the same area",
             "learning: the error is taken as even between two presynaptic spikes; each pair of "
             "neurons has a weight of its own",
             "time: spikes on the simulator's grid"},
            {"couplings, evidence and synapses onto nodes: the models are of one neuron and one "
             "synapse"}};
}

} // namespace spikewell::io
