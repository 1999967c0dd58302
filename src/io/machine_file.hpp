#pragma once

#include "mapping/machine.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace spikewell::io {

// The machine.json of PACMAN (spinn_machine/json_machine.py), field for field: what is not listed as dead is
// alive, a chip that is not listed is dead, `cores` counts the monitors. Monitors may be others on chips with an
// Ethernet port (ethernetResources), and on any chip (its exceptions).

/// Throws nothing.
[[nodiscard]] nlohmann::ordered_json machine_to_json(const mapping::Machine& machine);

/// The file does not say what board it is of; `board` does. Throws DescriptionError with every problem, or
/// ParameterError for a machine that cannot be.
[[nodiscard]] mapping::Machine parse_machine(const nlohmann::json& document,
                                             const std::string& source,
                                             const std::string& board);
[[nodiscard]] mapping::Machine read_machine(const std::filesystem::path& path,
                                            const std::string& board);

/// What a user calls a machine: a preset, "WxH", or the path of a machine.json, which is of SpiNNaker's board.
[[nodiscard]] mapping::Machine named_machine(const std::string& name);

} // namespace spikewell::io
