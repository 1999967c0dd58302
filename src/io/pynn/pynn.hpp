#pragma once

#include "experiments/lif_sampling.hpp"
#include "experiments/probe.hpp"
#include "io/folder_output.hpp"
#include "io/model_file.hpp"
#include "io/results/export_report.hpp"
#include "network/description.hpp"

#include <string>

/// Networks as scripts for PyNN (neuralensemble.org/PyNN, 0.10 and later), one for all of its back
/// ends: `python3 SCRIPT brian2|neuron|nest|spiNNaker`.
namespace spikewell::io {

/// A trained network as attractor_network.py with coupling.csv, evidence.csv, targets.csv and
/// expected_states.csv: what `probe` asked the network, the script asks its copy, and compares.
/// Neurons are the sampler's. `source` names the model in the script. Throws NetworkError where the
/// network's lag is too short for the sampler's kernel; IoError.
ExportReport export_pynn(const Model& model,
                         const std::string& source,
                         const experiments::LifSampler& sampler,
                         const experiments::Probe& probe,
                         const FolderOutput& output);

/// A network of point neurons as network.py and back_ends.py, with tables (CSV) of each projection's synapses, of listed
/// and drawn spikes, of values that differ from neuron to neuron, and of positions. Throws NetworkError for dyadic
/// populations, models that PyNN has not, thresholds in place of escape noise that are not above the reset, and names
/// not made of letters, digits, _ and -; IoError.
ExportReport export_pynn(const NetworkDescription& description,
                         const std::string& source,
                         const FolderOutput& output);

} // namespace spikewell::io
