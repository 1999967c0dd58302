#include "cli/commands.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <new>

namespace spikewell::cli {

namespace {

constexpr int k_done = 0;
constexpr int k_user_error = 1;
constexpr int k_infeasible = 2;
constexpr int k_internal_error = 70;

void complain(const std::string& line) {
    fmt::print(stderr, "spikewell: {}\n", line);
}

int guarded(const Action& action) {
    try {
        action();
        return k_done;
    } catch (const DescriptionError& error) {
        for (const Problem& problem : error.problems()) {
            complain(fmt::format("{}: {}: {}", error.source(),
                                 problem.pointer.empty() ? "/" : problem.pointer, problem.message));
        }
        return k_user_error;
    } catch (const MappingError& error) {
        complain(error.what());
        return k_infeasible;
    } catch (const Error& error) {
        complain(error.what());
        return k_user_error;
    } catch (const std::bad_alloc&) {
        complain("out of memory: the network is too large for this machine");
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
    add_train(program, common, action);
    add_evaluate(program, common, action);
    add_dream(program, common, action);
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& success) { // --help, --version
        return program.exit(success);
    } catch (const CLI::ParseError& error) {
        complain(fmt::format("{}; see 'spikewell --help'", error.what()));
        return k_user_error;
    }
    return guarded(action);
}

} // namespace spikewell::cli
