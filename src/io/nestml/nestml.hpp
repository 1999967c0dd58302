#pragma once

#include "experiments/config.hpp"
#include "io/folder_output.hpp"
#include "io/results/export_report.hpp"
#include "network/network.hpp"

#include <string>
#include <vector>

namespace spikewell::io {

/// What the two NESTML models have as defaults.
struct NestmlDefaults {
    double tau_ref_ms = 10.0;
    double tau_m_ms = 3.0; ///< > 0
    double delay_ms = 3.93;
    double inverse_temperature = 1.0;
    double learning_rate = 0.001;
    std::vector<std::string> lost = {}; ///< what the network has besides
};
[[nodiscard]] NestmlDefaults nestml_defaults(const experiments::Config& config,
                                             std::size_t n_nodes);
/// Of the first dyadic population and what projects onto it. Throws NetworkError where there is none.
[[nodiscard]] NestmlDefaults nestml_defaults(const Network& network);

/// Writes attractor_neuron.nestml and predictive_hebbian_synapse.nestml: the attractor network's
/// neuron with its dendritic twin and the predictive Hebbian rule, for NESTML (nestml.readthedocs.io)
/// to make models of NEST and other simulators of. `source` is named in them. Throws ParameterError
/// for tau_m_ms 0, IoError.
ExportReport export_nestml(const NestmlDefaults& defaults,
                           const std::string& source,
                           const FolderOutput& output);

} // namespace spikewell::io
