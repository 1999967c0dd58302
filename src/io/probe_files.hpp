#pragma once

#include "experiments/probe.hpp"
#include "io/folder_output.hpp"

namespace spikewell::io {

/// A network beside a copy of it for another simulator, and what it was asked and answered: coupling.csv, a line for
/// each node, a column for each that it takes from; evidence.csv, targets.csv and expected_states.csv, a line for each
/// trial, a column for each node. Throws IoError.
void write_probe(const Matrix& coupling,
                 const experiments::Probe& probe,
                 const FolderOutput& output);

} // namespace spikewell::io
