#pragma once

#include "cli/commands.hpp"
#include "neuron_models/facts.hpp"

#include <vector>

namespace spikewell::cli {

/// A line for each, below a heading.
void put_parameters(const std::vector<FieldFacts>& fields);

void add_models(CLI::App& program, Action& action);
/// What a CONFIG says: `spikewell config`.
void add_config(CLI::App& program, Action& action);

} // namespace spikewell::cli
