#pragma once

#include "cli/commands.hpp"

#include <stdexcept>

namespace spikewell::cli {

/// The user stopped a run (SIGINT, SIGTERM). Its files are complete up to the moment that `what`
/// tells; the program ends with k_interrupted.
class Interrupted : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};
constexpr int k_interrupted = 130; // what a shell reports for SIGINT

void add_simulate(CLI::App& program, CommonOptions& common, Exchange& exchange, Action& action);
void add_validate(CLI::App& program, CommonOptions& common, Action& action);

} // namespace spikewell::cli
