#pragma once

#include "io/sonata/sonata_circuit.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::io::sonata {

/// Nodes of a circuit: of each population those selected, increasing.
using Selection = std::map<std::string, std::vector<std::uint32_t>>;

/// The sets of the configurations' node_sets_file, an object; none where there is no such file.
[[nodiscard]] nlohmann::json node_sets_of(const Circuit& circuit, const Configuration& simulation);

/// The nodes of a node set: the name of one, or of a population, or a list of such names; or an object of
/// population, node_id, and labels of their types. None: it cannot be told which, and `why` says why.
[[nodiscard]] std::optional<Selection> selected(const Circuit& circuit,
                                                const nlohmann::json& sets,
                                                const nlohmann::json& node_set,
                                                std::string& why);

} // namespace spikewell::io::sonata
