#pragma once

#include "experiments/probe.hpp"
#include "io/folder_output.hpp"
#include "io/model_file.hpp"
#include "io/results/export_report.hpp"
#include "network/description.hpp"

#include <filesystem>

/// Networks as graphs of NIR, the Neuromorphic Intermediate Representation (neuroir.org; layout of
/// version 1.0.7).
namespace spikewell::io {

/// What a spike is to a neuron of the graph.
enum class NirConvention {
    dt,   ///< 1 during a step of 0.1 ms: what snnTorch, Lava and their like read
    dirac ///< a Dirac pulse: what the equations of NIR say
};

/// For whom a graph is written.
enum class NirProfile {
    full,  ///< with delays, where all of a projection are equal
    strict ///< for snnTorch: potentials count from the reset (v_leak and v_reset 0), rest is a bias; no Delay, no LI, one Output
};

struct NirOptions {
    NirConvention convention = NirConvention::dt;
    NirProfile profile = NirProfile::full;
};

/// Writes a network of LIF populations as network.nir (HDF5). A population P becomes `P.lif` (LIF, or
/// CubaLIF for exponential currents; with two synaptic time constants LI nodes `P.exc` and `P.inh`
/// before it), a source an Input of its name, a projection a Linear node with a dense matrix. Times
/// are in s, potentials in mV. In the dt convention time constants are those with which a step of 0.1 ms leaves what our
/// neurons have left after 0.1 ms; a network of lif_step is written as it is, for readers that take its steps. Numbers of
/// each neuron's own are, but in the strict profile, elements of the nodes. What NIR has no field for and import_nir reads
/// is in the graph's metadata: the convention, escape noise, refractory periods, time constants as they are.
///
/// Throws NetworkError for dyadic populations, for names not made of letters, digits, _ and -, for neurons that fire
/// by chance alone in the dt convention, for a lif_step beside others or other steps, and where a matrix would have more than 10^8 weights; IoError.
ExportReport export_nir(const NetworkDescription& description,
                        const FolderOutput& output,
                        const NirOptions& options);

/// A trained network for importers that take steps (nir_attractor.hpp), and what `probe` asked it (probe_files.hpp): a
/// step stands for tau_ref, the Input brings evidence and chance, the Output are states. It is what the strict profile
/// allows. Throws NetworkError where a matrix would have more than 10^8 weights; IoError.
ExportReport export_nir(const Model& model,
                        const experiments::Probe& probe,
                        const FolderOutput& output);

struct NirImportOptions {
    NirConvention convention = NirConvention::dt; ///< where the file does not tell
    double step_ms =
        0.1; ///< of those who read a spike as 1 during a step; where the file does not tell
    std::filesystem::path input =
        {}; ///< spikes of the Inputs, in CSV or HDF5; none: they do not fire
};

struct NirImport {
    NetworkDescription description;
    std::vector<std::string> notes; ///< what a user has to know of it, each a line
};

/// Reads a graph of neurons (IF, LIF, CubaLIF; LI before a LIF), Input, Output, what is linear between them, and graphs of
/// these. With the convention dt a neuron becomes one that takes the importers' steps (lif_step), with dirac, and in
/// files of ours, one without (lif_delta, lif_exp). Inputs become sources of listed spikes, weights that are not 0 synapses,
/// with the delay of Delay nodes on the way, biases the drive of their targets. Throws IoError naming the node, and
/// as validate(description).
[[nodiscard]] NirImport import_nir(const std::filesystem::path& path,
                                   const NirImportOptions& options);

} // namespace spikewell::io
