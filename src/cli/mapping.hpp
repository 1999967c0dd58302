#pragma once

#include "cli/commands.hpp"

namespace spikewell::cli {

void add_map(CLI::App& program, CommonOptions& common, Action& action);
void add_check(CLI::App& program, CommonOptions& common, Action& action);
void add_emulate(CLI::App& program, CommonOptions& common, Action& action);
void add_machines(CLI::App& program, CommonOptions& common, Action& action);

} // namespace spikewell::cli
