#pragma once

#include "cli/commands.hpp"

namespace spikewell::cli {

void add_export(CLI::App& program, CommonOptions& common, Action& action);
void add_import(CLI::App& program, CommonOptions& common, Action& action);

} // namespace spikewell::cli
