#pragma once

#include "io/sonata/sonata_circuit.hpp"

#include <map>
#include <string>

namespace spikewell::io::sonata {

/// Reads the edge populations of a circuit, whose nodes are read; each kind of synapse between two parts
/// of node populations becomes a list of its own. Throws as read_circuit.
void read_edges(Circuit& circuit);

/// What synapse models are copies of: recorders of weights copy a model under another name.
[[nodiscard]] std::map<std::string, std::string> copied_synapses(const Configuration& simulation);

} // namespace spikewell::io::sonata
