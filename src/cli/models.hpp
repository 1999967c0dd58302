#pragma once

#include "cli/commands.hpp"

namespace spikewell::cli {

void add_models(CLI::App& program, Action& action);

} // namespace spikewell::cli
