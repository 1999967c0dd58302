#include "io/exports.hpp"

#include "core/error.hpp"
#include "experiments/lif_copy.hpp"
#include "io/dataset_file.hpp"
#include "io/nestml/nestml.hpp"
#include "io/pynn/pynn.hpp"
#include "io/sonata/sonata.hpp"
#include "network/lif_equivalent.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::io {

namespace {

/// A network of neurons, for formats that know no nodes, and whether it had any, and they learned.
struct Neurons {
    NetworkDescription description;
    bool had_nodes = false;
    bool learned = false;
    bool evidence = false;                         ///< of the network's own
    bool driven = false;                           ///< nodes by synapses
    std::vector<std::string> recordings_lost = {}; ///< names of those of nodes and couplings
};

/// Recordings but for spikes that a copy of nodes has not.
std::vector<std::string> lost_recordings(const NetworkDescription& nodes,
                                         const NetworkDescription& copy) {
    std::vector<std::string> lost;
    for (const Recording& recording : nodes.recordings) {
        const auto is_it = [&](const Recording& other) { return other.name == recording.name; };
        if (!std::holds_alternative<SpikeRecording>(recording.what) &&
            std::none_of(copy.recordings.begin(), copy.recordings.end(), is_it))
            lost.push_back(recording.name);
    }
    return lost;
}

bool has_synapses_onto_nodes(const Network& network) {
    return std::any_of(network.projections.begin(), network.projections.end(),
                       [&](const Projection& projection) {
                           const auto* synaptic = std::get_if<SynapticProjection>(&projection);
                           return synaptic != nullptr &&
                                  is_dyadic(network.populations[synaptic->post.population.index]);
                       });
}

bool has_evidence(const Network& network) {
    return std::any_of(network.populations.begin(), network.populations.end(),
                       [](const Population& population) {
                           const auto* nodes = std::get_if<DyadicPopulation>(&population);
                           return nodes != nullptr && !nodes->evidence.times_ms.empty();
                       });
}

bool learns_couplings(const Network& network) {
    return std::any_of(network.projections.begin(), network.projections.end(),
                       [](const Projection& projection) {
                           const auto* dense = std::get_if<FactorisedProjection>(&projection);
                           return dense != nullptr && dense->plasticity.has_value();
                       });
}

Neurons neurons_of(const NetworkDescription& description) {
    if (!has_nodes(description.network)) return {description};
    Neurons neurons{lif_equivalent(description), true, learns_couplings(description.network),
                    has_evidence(description.network),
                    has_synapses_onto_nodes(description.network)};
    neurons.recordings_lost = lost_recordings(description, neurons.description);
    return neurons;
}

/// A model is shown its training images one after another.
Neurons neurons_of(const Model& model,
                   const std::string& source,
                   const std::optional<double>& duration_ms) {
    experiments::Dataset data = load_training_data(model.config, model, source);
    const double strength =
        model.config.evaluation.signal_strength * model.config.training.evidence;
    data.train.values = experiments::scaled(data.train.values, strength);
    const double image_ms = duration_ms ? *duration_ms / static_cast<double>(data.train.cols)
                                        : model.config.spiking.tau_ref_ms *
                                              static_cast<double>(model.config.evaluation.steps);
    return {experiments::lif_copy(model.coupling, model.config, data.train, image_ms), true, true};
}

ExportReport export_neurons(const Neurons& neurons,
                            const ExportTarget& target,
                            const FolderOutput& output) {
    ExportReport report = target.format == "nir"
                              ? export_nir(neurons.description, output, target.nir)
                              : export_sonata(neurons.description, output);
    if (neurons.had_nodes) {
        report.approximated.emplace_back(
            "pulses of nodes: two exponential currents, 5 % above at the "
            "begin and below at the end; late by tau_m, not filtered");
        if (neurons.evidence)
            report.approximated.emplace_back(
                "evidence of nodes: the same pulses, of a source, in place of a constant; what is "
                "there from the start begins a tenth of tau_ref late");
        if (neurons.driven)
            report.approximated.emplace_back("spikes onto nodes: the same pulses, by two synapses "
                                             "onto each of a node's neurons");
        if (neurons.learned) report.lost.emplace_back("learning of couplings");
        for (const std::string& name : neurons.recordings_lost)
            report.lost.push_back(
                fmt::format("recording {}: nodes and couplings are not there", name));
    }
    return report;
}

/// A copy that is asked what the network is asked before.
ExportReport export_copy(const Model& model,
                         const std::string& source,
                         const ExportTarget& target,
                         const FolderOutput& output) {
    const experiments::Dataset data = load_training_data(model.config, model, source);
    experiments::Form form = experiments::make_form(experiments::Backend::spiking, model.coupling,
                                                    model.config, model.config.seed);
    const experiments::Probe probe = experiments::probe(form, data, model.config, {});
    if (target.format == "nir") return export_nir(model, probe, output);
    const experiments::LifSampler sampler =
        experiments::calibrated_lif_sampler(model.config.spiking.tau_ref_ms, model.config.seed);
    return export_pynn(model, source, sampler, probe, output);
}

} // namespace

ExportReport export_network(const NetworkDescription& description,
                            const std::string& source,
                            const ExportTarget& target,
                            const FolderOutput& output) {
    if (target.format == "pynn") return export_pynn(description, source, output);
    if (target.format == "nestml")
        return export_nestml(nestml_defaults(description.network), source, output);
    return export_neurons(neurons_of(description), target, output);
}

ExportReport export_model(const Model& model,
                          const std::string& source,
                          const ExportTarget& target,
                          const std::optional<double>& duration_ms,
                          const FolderOutput& output) {
    if (target.format == "nestml")
        return export_nestml(nestml_defaults(model.config, model.coupling.rows), source, output);
    const bool steps = target.format == "nir" && target.nir.convention == NirConvention::dt;
    if (target.format != "pynn" && !steps)
        return export_neurons(neurons_of(model, source, duration_ms), target, output);
    if (duration_ms)
        throw NetworkError(
            "export",
            fmt::format("--duration-ms has no effect for a model with --to {}", target.format));
    return export_copy(model, source, target, output);
}

} // namespace spikewell::io
