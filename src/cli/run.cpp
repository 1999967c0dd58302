#include "cli/commands.hpp"
#include "cli/simulate.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <new>

namespace spikewell::cli {

namespace {

constexpr int k_done = 0;
constexpr int k_user_error = 1;
constexpr int k_infeasible = 2;
constexpr int k_internal_error = 70;

/// One line, even where a name that it quotes has a line's end in it.
void complain(std::string line) {
    std::replace_if(
        line.begin(), line.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
    fmt::print(stderr, "spikewell: {}\n", line);
}

/// A word in a command's place is the mistake, not that a command is missing.
std::string explained(const CLI::App& program, const CLI::ParseError& error) {
    const std::vector<std::string> unknown = program.remaining();
    if (!program.get_subcommands().empty() || unknown.empty()) return error.what();
    std::vector<std::string> commands;
    for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
        commands.push_back(command->get_name());
    const std::string nearest = nearest_name(unknown.front(), commands);
    return fmt::format("{} is no command{}", unknown.front(),
                       nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
}

int guarded(const Action& action) {
    try {
        action();
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
            complain("standard output: the summary could not be written; files are complete");
            return k_user_error;
        }
        return k_done;
    } catch (const DescriptionError& error) {
        for (const Problem& problem : error.problems()) {
            complain(fmt::format("{}: {}: {}", error.source(),
                                 problem.pointer.empty() ? "/" : problem.pointer, problem.message));
        }
        return k_user_error;
    } catch (const Interrupted& stopped) {
        complain(stopped.what());
        return k_interrupted;
    } catch (const MappingError& error) {
        complain(error.what());
        return k_infeasible;
    } catch (const Error& error) {
        complain(error.what());
        return k_user_error;
    } catch (const std::bad_alloc&) {
        complain("out of memory: the run needs more than this machine gives");
        return k_user_error;
    } catch (const std::exception& error) {
        complain(fmt::format("internal error, please report it: {}", error.what()));
        return k_internal_error;
    }
}

} // namespace

int run(int argc, const char* const* argv) {
    CLI::App program("Spikewell: the free-energy attractor network in rates and in spikes",
                     "spikewell");
    program.set_version_flag("--version", "spikewell " SPIKEWELL_VERSION);
    program.require_subcommand(1);
    program.footer("Examples:\n  spikewell compare --out results\n  spikewell COMMAND --help");
    CommonOptions common;
    Action action;
    add_compare(program, common, action);
    add_reproduce(program, common, action);
    add_simulate(program, common, action);
    add_validate(program, common, action);
    add_train(program, common, action);
    add_evaluate(program, common, action);
    add_dream(program, common, action);
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& success) { // --help, --version
        return program.exit(success);
    } catch (const CLI::ParseError& error) {
        complain(fmt::format("{}; see 'spikewell --help'", explained(program, error)));
        return k_user_error;
    }
    return guarded(action);
}

} // namespace spikewell::cli
