#pragma once

#include "io/spike_file.hpp"

namespace spikewell::io::sonata {

/// Spikes of a text table as bmtk writes it: a header with `timestamps`, `node_ids` and perhaps `population`,
/// in any order, cells separated by blanks; without `population` all are of one without a name. Populations
/// in the order of their first spikes. Throws IoError with the line.
[[nodiscard]] std::vector<PopulationSpikes> read_spikes_table(const std::filesystem::path& path);

} // namespace spikewell::io::sonata
