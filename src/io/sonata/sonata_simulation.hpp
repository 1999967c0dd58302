#pragma once

#include "io/sonata/sonata_circuit.hpp"

namespace spikewell::io::sonata {

/// "run" of a simulation configuration, as the beginning of a network file.
[[nodiscard]] nlohmann::json run_of(const Configuration& simulation, Losses& losses);

/// Gives a circuit's network the spikes, currents and recordings of a simulation configuration. Throws
/// IoError, DescriptionError, NetworkError.
void add_simulation(NetworkDescription& description,
                    Circuit& circuit,
                    const Configuration& simulation);

} // namespace spikewell::io::sonata
