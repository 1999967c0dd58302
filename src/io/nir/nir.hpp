#pragma once

#include "io/folder_output.hpp"
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
    strict ///< for snnTorch: potentials count from rest (v_leak 0), no Delay nodes
};

struct NirOptions {
    NirConvention convention = NirConvention::dt;
    NirProfile profile = NirProfile::full;
};

/// Writes a network of LIF populations as network.nir (HDF5). A population P becomes `P.lif` (LIF, or
/// CubaLIF for exponential currents; with two synaptic time constants LI nodes `P.exc` and `P.inh`
/// before it), a source an Input of its name, a projection a Linear node with a dense matrix. Times
/// are in s, potentials in mV. Convention and step are in the graph's metadata, and so are escape
/// noise and refractory periods, which NIR has no field for and import_nir reads.
///
/// Throws NetworkError for dyadic populations, for names not made of letters, digits, _ and -, and
/// where a matrix would have more than 10^8 weights; IoError.
ExportReport export_nir(const NetworkDescription& description,
                        const FolderOutput& output,
                        const NirOptions& options);

/// Reads a graph of Input, Output, Linear, Affine (bias 0), Delay, LI, LIF and CubaLIF nodes, with
/// the convention of its metadata, else `otherwise`. Inputs become sources without spikes; of each
/// Linear the weights that are not 0 become synapses, with the delay of the Delay node behind it or
/// of one step. Throws IoError naming the node, and as validate(description).
[[nodiscard]] NetworkDescription import_nir(const std::filesystem::path& path,
                                            NirConvention otherwise);

} // namespace spikewell::io
