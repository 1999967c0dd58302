#pragma once

#include "io/folder_output.hpp"
#include "io/results/export_report.hpp"
#include "io/sonata/sonata_parts.hpp"
#include "network/description.hpp"

#include <string>
#include <vector>

/// The parts that a network's script for PyNN is written with; src/io/pynn/pynn.hpp is the door.
namespace spikewell::io::pynn {

/// Of scripts where nothing is said, on SpiNNaker and elsewhere (network.py).
constexpr double k_step_ms = 0.1;
constexpr double k_spinnaker_step_ms = 1.0;

/// A network that is being written: tables of Python, and what is said of them.
struct Export {
    const NetworkDescription& description;
    const FolderOutput& folder;
    const sonata::DrawnSources& drawn;
    std::vector<std::vector<std::string>> input_names; ///< [n_populations][n_inputs]
    std::string cells = "{\n";
    std::string sources = "{\n";
    std::string positions = "{\n";
    std::string currents = "[\n";
    std::string projections = "[\n";
    ExportReport report = {};
    std::size_t n_projections = 0;
    std::size_t n_synapses = 0;
};

void add_cells(Export& out, std::size_t p, const NeuronPopulation& population);
void add_projection(Export& out, std::size_t index);
/// A table of synapses, and the line of a projection; `rule` and `short_term` are Python.
void write_synapses(Export& out,
                    const std::string& pre,
                    const std::string& post,
                    const std::vector<Synapse>& synapses,
                    const std::string& rule = "None",
                    const std::string& short_term = "None");

} // namespace spikewell::io::pynn
