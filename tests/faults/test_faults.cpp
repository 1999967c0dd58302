#include "faults/commands.hpp"
#include "faults/folder_state.hpp"
#include "faults/launch.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <set>

// Every command with every call that changes a file failing, or the process killed there. It ends
// with exit code 0 and right files, or with 1, one line and the folder as it was; after a kill it
// succeeds when it is run again. SPIKEWELL_ALL_FAULTS: all calls, else a sample of them.

using namespace spikewell::test;

namespace {

#ifdef SPIKEWELL_ALL_FAULTS
constexpr bool k_all = true;
#else
constexpr bool k_all = false;
#endif
constexpr std::uint64_t k_places = 6;    // of a sample
constexpr std::size_t k_most_lines = 12; // of one command
constexpr int k_kill = 0;

/// A command with the files it finds and those it should leave.
struct Case {
    const Command& command;
    const ScratchFolder& folder; ///< as it finds it
    FolderState before;
    FolderState right;
    fault_report report; ///< of a run without faults
};

/// Whether there is a checkpoint of this run, not only another's that it was to replace.
bool is_saved(const Case& c, const ScratchFolder& folder) {
    if (!c.command.checkpoints || !std::filesystem::exists(folder / k_checkpoint)) return false;
    const auto former = c.before.find(k_checkpoint);
    return c.command.resumes || former == c.before.end() ||
           former->second != folder.content(k_checkpoint);
}

/// The line that goes on after one that did not come to its end.
std::string next_line(const Case& c, const ScratchFolder& folder, std::uint64_t at) {
    if (!c.command.resumes && is_saved(c, folder) && at % 2 == 0)
        return c.command.arguments + " --resume run.ckpt";
    return c.command.again();
}

/// Empty, or what is wrong after it was run once more.
std::string trouble_of_next(const Case& c, const ScratchFolder& folder, std::uint64_t at) {
    const std::string line = next_line(c, folder, at);
    const Ending ending = run(folder, line + " --quiet");
    if (ending.code != 0) return fmt::format("then '{}': {}", line, ending.text());
    const std::string found = difference(results_of(state_of(folder)), c.right);
    return found.empty() ? "" : fmt::format("then '{}': {}", line, found);
}

/// A run that saved its state goes on from there; any other leaves what it found.
std::string trouble_of_refusal(const Case& c,
                               const ScratchFolder& folder,
                               const Ending& ending,
                               std::uint64_t at) {
    if (!is_one_line_error(ending)) return "is not one line: " + ending.text();
    if (is_saved(c, folder)) return trouble_of_next(c, folder, at);
    const bool cannot_remove = ending.report.call == FAULT_UNLINK;
    const std::string found =
        difference(state_of(folder), c.before, cannot_remove ? More::allowed : More::refused);
    if (!found.empty()) return fmt::format("{}; {}", ending.text(), found);
    return cannot_remove ? trouble_of_next(c, folder, at) : "";
}

std::string trouble_of(const Case& c,
                       const ScratchFolder& folder,
                       const Ending& ending,
                       const Fault& fault) {
    if (fault.error == k_kill && ending.code == -SIGKILL) {
        const std::string mine = folder.content("mine.txt");
        if (mine != c.before.at("mine.txt")) return "a user's file is gone";
        return trouble_of_next(c, folder, fault.at);
    }
    if (ending.code != 0) return trouble_of_refusal(c, folder, ending, fault.at);
    const bool cannot_remove = ending.report.struck == 1 && ending.report.call == FAULT_UNLINK;
    const std::string found = difference(results_of(state_of(folder)), c.right,
                                         cannot_remove ? More::allowed : More::refused);
    if (!found.empty()) return "exit 0; " + found;
    return cannot_remove ? trouble_of_next(c, folder, fault.at) : "";
}

std::string told(const Fault& fault, const Ending& ending) {
    const std::string how = fault.error == k_kill ? "killed" : ::strerrorname_np(fault.error);
    std::string what = "no call";
    if (ending.report.struck == 1)
        what = fmt::format("{} {}", name_of(static_cast<fault_call>(ending.report.call)),
                           std::filesystem::path(ending.report.path).filename().string());
    return fmt::format("{} at call {} ({})", how, fault.at, what);
}

/// Runs the command once with each fault; a line for each that does not end as it should.
std::vector<std::string> troubles_of(const Case& c, const std::vector<Fault>& faults) {
    std::vector<std::string> troubles;
    for (const Fault& fault : faults) {
        const CopiedFolder folder(c.folder);
        const Ending ending = run(folder, {c.command.arguments + " --quiet", fault});
        const std::string trouble = trouble_of(c, folder, ending, fault);
        if (!trouble.empty()) troubles.push_back(told(fault, ending) + ": " + trouble);
    }
    return troubles;
}

std::vector<Fault> all_faults(const fault_report& report) {
    std::vector<Fault> faults;
    for (const int error : {k_kill, EIO, ENOSPC, EACCES}) {
        for (std::uint64_t at = 1; at <= report.counted; ++at)
            faults.push_back({k_changing_calls, at, error});
    }
    for (std::uint64_t at = 1; at <= report.calls[FAULT_READ_OPEN] + report.calls[FAULT_READ]; ++at)
        faults.push_back({k_reading_calls, at, EIO});
    return faults;
}

/// Some places over the whole run, by turns an error and a kill; each kind's last call.
std::vector<Fault> some_faults(const fault_report& report) {
    std::vector<Fault> faults;
    for (std::uint64_t k = 0; k < k_places; ++k) {
        const std::uint64_t at = 1 + k * (report.counted - 1) / (k_places - 1);
        faults.push_back({k_changing_calls, at, k % 2 == 0 ? EIO : k_kill});
    }
    for (unsigned call = 0; call <= FAULT_READ; ++call) {
        if (report.calls[call] == 0) continue;
        const int error = call % 2 == 0 || call >= FAULT_READ_OPEN ? ENOSPC : k_kill;
        faults.push_back({1U << call, report.calls[call], error});
    }
    return faults;
}

/// Without faults, twice: results are the same.
void run_rightly(Case& c) {
    for (int k = 0; k < 2; ++k) {
        const CopiedFolder folder(c.folder);
        const Ending ending = run(folder, {c.command.arguments + " --quiet", Fault{}});
        INFO(ending.text());
        REQUIRE(ending.code == 0);
        REQUIRE(ending.report.counted > 0);
        const FolderState right = results_of(state_of(folder));
        if (k == 1) REQUIRE(difference(right, c.right) == "");
        c.right = right;
        c.report = ending.report;
    }
}

void check(const Command& command) {
    const ScratchFolder folder;
    write_inputs(folder);
    prepare(folder, command);
    Case c{command, folder, state_of(folder), {}, {}};
    run_rightly(c);
    const std::vector<Fault> faults = k_all ? all_faults(c.report) : some_faults(c.report);
    const std::vector<std::string> troubles = troubles_of(c, faults);
    std::string lines;
    for (std::size_t k = 0; k < std::min(troubles.size(), k_all ? troubles.size() : k_most_lines);
         ++k)
        lines += "\n  " + troubles[k];
    INFO(fmt::format("{} of {} faults (calls {}):{}", troubles.size(), faults.size(),
                     c.report.counted, lines));
    CHECK(troubles.empty());
}

void check_those_named(const std::string& start) {
    for (const Command& command : writing_commands()) {
        if (command.name.rfind(start, 0) != 0) continue;
        DYNAMIC_SECTION(command.name) {
            check(command);
        }
    }
}

} // namespace

TEST_CASE("Calls that fail, and kills: simulate") {
    check_those_named("simulate");
}

TEST_CASE("Calls that fail, and kills: train") {
    check_those_named("train");
}

TEST_CASE("Calls that fail, and kills: evaluate") {
    check_those_named("evaluate");
}

TEST_CASE("Calls that fail, and kills: dream") {
    check_those_named("dream");
}

TEST_CASE("Calls that fail, and kills: compare") {
    check_those_named("compare");
}

TEST_CASE("Calls that fail, and kills: reproduce") {
    check_those_named("reproduce");
}

TEST_CASE("Calls that fail, and kills: study") {
    check_those_named("study");
}

TEST_CASE("Calls that fail, and kills: map") {
    check_those_named("map");
}

TEST_CASE("Calls that fail, and kills: emulate") {
    check_those_named("emulate");
}

TEST_CASE("Calls that fail, and kills: export") {
    check_those_named("export");
}

TEST_CASE("Calls that fail, and kills: import") {
    check_those_named("import");
}
