#pragma once

#include "network/engine/exchange.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace spikewell::cli {

/// What every command takes.
struct CommonOptions {
    bool quiet = false;
    bool force = false;
    std::optional<std::uint64_t> seed;
};

/// A command's work, chosen while the line is parsed and run afterwards.
using Action = std::function<void()>;

// Each adds its command to the program, with an example in its help.
void add_train(CLI::App& program, CommonOptions& common, Action& action);
void add_evaluate(CLI::App& program, CommonOptions& common, Action& action);
void add_dream(CLI::App& program, CommonOptions& common, Action& action);
void add_compare(CLI::App& program, CommonOptions& common, Action& action);
void add_landscape(CLI::App& program, CommonOptions& common, Action& action);
void add_study(CLI::App& program, CommonOptions& common, Action& action);
void add_reproduce(CLI::App& program, CommonOptions& common, Action& action);

/// The whole program: parses the line, runs the command, turns errors into one line each on stderr.
/// Returns the exit code: 0 done, 1 the user's error, 2 a network that does not fit a machine, 130 interrupted, 70
/// our own. Of several ranks, which must have the same line, rank 0 speaks, but for an error of
/// another's; all return the same code.
[[nodiscard]] int run(int argc, const char* const* argv, Exchange& exchange);

} // namespace spikewell::cli
