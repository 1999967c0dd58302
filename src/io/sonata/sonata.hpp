#pragma once

#include "io/folder_output.hpp"
#include "io/results/export_report.hpp"
#include "network/description.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// Networks as SONATA has them: nodes and edges in HDF5, types in CSV, configurations in JSON
/// (developer guide 0.1; https://github.com/AllenInstitute/sonata).
namespace spikewell::io {

/// Writes a network into a folder, each reader with the configurations that its own sources ask for:
///
///     circuit_config.json, simulation_config.json        Spikewell, and whoever reads all of SONATA
///     simulation_config.bmtk.json                        bmtk, with circuit_config.json
///     circuit_config.nest.json, simulation_config.nest.json            NEST's own loader
///     circuit_config.libsonata.json, simulation_config.libsonata.json  libsonata
///     circuit_config.pynn.json                           PyNN (its paths are relative to the folder), where
///                                                        it has all models
///     nodes.h5, sources.h5, edges.h5, *_types*.csv, cells/   populations, synapses, parameters
///     edges_empty.h5                                     populations without edges, which NEST cannot take
///     inputs.h5                                          spikes of sources, drawn as `simulate` draws them
///     inputs_after_0.h5                                  the same where some are at 0 ms, which NEST and bmtk
///                                                        refuse
///
/// One group "0" a population; ids from 0; edges sorted by target, one edge population a projection,
/// two where it has weights of both signs; weights and delays in single precision. Neurons are
/// `nest:iaf_psc_exp` (escape noise: rho, delta), `nest:iaf_psc_delta` and `nest:pp_psc_delta`, with
/// C_m such that the membrane resistance is 1 GOhm: a weight of w pA is one of w mV. What SONATA has
/// no field for (rules of plasticity, rates of Poisson sources, laws that values are drawn from) is
/// under "spikewell" in circuit_config.json, where other readers pass over it.
///
/// Throws NetworkError for populations whose names are not made of letters, digits, _ and -, and for
/// dyadic ones, for which SONATA has no model; IoError.
ExportReport export_sonata(const NetworkDescription& description, const FolderOutput& output);

/// Whether files that a configuration names may lie outside its folder.
enum class Outside { refuse, allow };

/// Reads a network from a circuit configuration, or from a simulation configuration, which also tells
/// duration, seed, spikes of sources, injected currents and recordings of potentials; both may be one file.
/// Every projection becomes a list of synapses between whole populations. Of other writers' files it takes
/// those with the models above and `pyNN:IF_curr_exp`, `pyNN:IF_curr_delta` and `virtual` nodes, and
/// NEST's static_synapse, stdp_synapse and tsodyks2_synapse; a population of several node types or sets of
/// parameters (at most 1,000) becomes several, NAME_TYPE each.
/// What has no place in a network is refused, or, where `lost` is given, left out and told there, a line
/// for each; sonata_losses.cpp has what is passed over because it has no bearing.
/// Throws IoError or DescriptionError naming file and place, and as validate(description).
[[nodiscard]] NetworkDescription import_sonata(const std::filesystem::path& config,
                                               Outside outside = Outside::refuse,
                                               std::vector<std::string>* lost = nullptr);

} // namespace spikewell::io
