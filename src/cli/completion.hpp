#pragma once

#include "cli/commands.hpp"

#include <string>

namespace spikewell::cli {

/// The script that has a shell, "bash", "zsh" or "fish", complete commands, options and their choices of the program as
/// it is.
[[nodiscard]] std::string completion_script(const CLI::App& program, const std::string& shell);

void add_completion(CLI::App& program, Action& action);

} // namespace spikewell::cli
