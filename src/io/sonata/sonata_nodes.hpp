#pragma once

#include "io/sonata/sonata_circuit.hpp"

namespace spikewell::io::sonata {

/// Reads the node populations of a circuit; each model and set of parameters in one becomes a
/// population of its own. `spread_V_allowed`: initial potentials may differ, somebody else knows their
/// law. Throws as read_circuit.
void read_nodes(Circuit& circuit, bool spread_V_allowed);

} // namespace spikewell::io::sonata
