#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/console.hpp"
#include "cli/exchange.hpp"
#include "cli/mapping.hpp"
#include "cli/models.hpp"
#include "cli/simulate.hpp"
#include "core/build_info.hpp"
#include "core/error.hpp"
#include "core/error_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <new>
#include <optional>

namespace spikewell::cli {

namespace {

constexpr int k_done = 0;
constexpr int k_user_error = 1;
constexpr int k_infeasible = 2;
constexpr int k_internal_error = 70;

constexpr const char* k_sharing_command = "simulate";

/// A line that cannot be parsed.
class UsageError : public Error {
  public:
    using Error::Error;
};

/// One line, even where a name that it quotes has a line's end in it.
void complain(std::string line) {
    std::replace_if(
        line.begin(), line.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
    put(stderr, fmt::format("spikewell: {}\n", line));
}

/// An option that the command does not have, with the nearest that it has.
std::string explained_option(const CLI::App& command, const CLI::ParseError& error) {
    std::vector<std::string> known;
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames())
            if (name != "help") known.push_back("--" + name);
    for (const std::string& word : command.remaining()) {
        const std::string nearest = nearest_name(word.substr(0, word.find('=')), known);
        if (word.size() > 2 && word[0] == '-' && !nearest.empty())
            return fmt::format("{}; did you mean {}?", error.what(), nearest);
    }
    return error.what();
}

/// A word in a command's place is the mistake, not that a command is missing.
std::string explained(const CLI::App& program, const CLI::ParseError& error) {
    if (!program.get_subcommands().empty())
        return explained_option(*program.get_subcommands().front(), error);
    const std::vector<std::string> unknown = program.remaining();
    if (unknown.empty()) return error.what();
    std::vector<std::string> commands;
    for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
        commands.push_back(command->get_name());
    const std::string nearest = nearest_name(unknown.front(), commands);
    return fmt::format("{} is no command{}", unknown.front(),
                       nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
}

/// Why a command did not do what it should: what to tell, a line each, and the exit code.
struct Failure {
    int exit_code;
    std::vector<std::string> lines;
};

Failure failure_of(const DescriptionError& error) {
    Failure failure{k_user_error, {}};
    for (const Problem& problem : error.problems()) {
        failure.lines.push_back(told(error.source(), problem));
    }
    return failure;
}

/// Runs the action; what it throws, but another rank's failure, is the failure.
std::optional<Failure> failure_of(const Action& action) {
    try {
        action();
        const std::string lost = stdout_failure();
        if (lost.empty()) return std::nullopt;
        return Failure{
            k_user_error,
            {fmt::format("standard output cannot be written: {}; files are complete", lost)}};
    } catch (const FailedElsewhere&) {
        throw;
    } catch (const DescriptionError& error) {
        return failure_of(error);
    } catch (const Interrupted& stopped) {
        return Failure{k_interrupted, {stopped.what()}};
    } catch (const MappingError& error) {
        return Failure{k_infeasible, {error.what()}};
    } catch (const Error& error) {
        return Failure{k_user_error, {error.what()}};
    } catch (const std::filesystem::filesystem_error& error) { // a path that could not be looked at
        return Failure{k_user_error,
                       {fmt::format("{}: {}", error.path1().string(), error.code().message())}};
    } catch (const std::bad_alloc&) {
        return Failure{k_user_error, {"out of memory: the run needs more than this machine gives"}};
    } catch (const std::exception& error) {
        return Failure{k_internal_error,
                       {fmt::format("internal error, please report it: {}", error.what())}};
    }
}

/// Runs the action on all ranks to its end on all, or to the first failure of any.
int run_together(const Action& action, Exchange& exchange) {
    try {
        const std::optional<Failure> failure = failure_of(action);
        if (!failure) {
            exchange.meet();
            return k_done;
        }
        int exit_code = failure->exit_code;
        const bool tells = exchange.fail(exit_code);
        for (const std::string& line : failure->lines) {
            if (!tells) break;
            complain(exchange.rank() == 0 ? line
                                          : fmt::format("rank {}: {}", exchange.rank(), line));
        }
        return exit_code;
    } catch (const FailedElsewhere& failed) {
        return failed.exit_code;
    }
}

void require_same_line(int argc, const char* const* argv, Exchange& exchange) {
    std::string line;
    for (int k = 1; k < argc; ++k)
        line.append(argv[k]).push_back('\0');
    Messages all;
    exchange.all_gather(line, all);
    for (std::size_t r = 0; r < all.size(); ++r) {
        if (!std::equal(all.of(r).begin(), all.of(r).end(), all.of(0).begin(), all.of(0).end()))
            throw NetworkError("command line", fmt::format("is another one on rank {}", r));
    }
}

/// A command that would do its whole work on every rank is the user's mistake.
void require_shares_work(const CLI::App& command, const Exchange& exchange) {
    if (exchange.n_ranks() == 1 || command.get_name() == k_sharing_command) return;
    throw ParameterError(command.get_name(), "ranks", static_cast<double>(exchange.n_ranks()),
                         fmt::format("1 (only {} shares its work among them)", k_sharing_command));
}

void parse_and_run(int argc, const char* const* argv, Exchange& exchange) {
    CLI::App program("Spikewell: the free-energy attractor network in rates and in spikes",
                     "spikewell");
    program.set_version_flag("--version", "spikewell " + build_info_text());
    program.require_subcommand(1);
    program.footer("Examples:\n  spikewell compare --out results\n  spikewell COMMAND --help");
    CommonOptions common;
    Action action;
    add_compare(program, common, action);
    add_reproduce(program, common, action);
    add_study(program, common, action);
    add_landscape(program, common, action);
    add_simulate(program, common, exchange, action);
    add_validate(program, common, action);
    add_models(program, action);
    add_config(program, action);
    add_map(program, common, action);
    add_check(program, common, action);
    add_emulate(program, common, action);
    add_machines(program, common, action);
    add_train(program, common, action);
    add_evaluate(program, common, action);
    add_dream(program, common, action);
    add_export(program, common, action);
    add_import(program, common, action);
    add_completion(program, action);
    program.set_help_all_flag("--help-all",
                              "Help of all commands"); // last: not of each command, too
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& success) { // --help, --version
        if (exchange.rank() == 0) program.exit(success);
        return;
    } catch (const CLI::ParseError& error) {
        const auto commands = program.get_subcommands();
        throw UsageError(fmt::format("{}; see 'spikewell {}--help'", explained(program, error),
                                     commands.empty() ? "" : commands[0]->get_name() + " "));
    }
    require_shares_work(*program.get_subcommands().front(), exchange);
    common.quiet |= exchange.rank() != 0;
    action();
}

} // namespace

int run(int argc, const char* const* argv, Exchange& exchange) {
    return run_together(
        [&] {
            require_same_line(argc, argv, exchange);
            parse_and_run(argc, argv, exchange);
        },
        exchange);
}

} // namespace spikewell::cli
