#include "faults/commands.hpp"
#include "faults/folder_state.hpp"
#include "faults/launch.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sys/resource.h>

// Full disks, streams that cannot be written, and limits of the shell: every command ends with exit
// code 0 and right files, or with 1, one line and the folder as it was.

using namespace spikewell::test;

namespace {

#ifdef SPIKEWELL_ALL_FAULTS
constexpr std::uint64_t k_disks = 40;
constexpr bool k_all_limits = true;
#else
constexpr std::uint64_t k_disks = 4;
constexpr bool k_all_limits = false;
#endif

/// A command with the files it finds and those it should leave.
struct LimitCase {
    explicit LimitCase(const Command& command_) : command(command_) {
        write_inputs(folder);
        prepare(folder, command);
        before = state_of(folder);
        const CopiedFolder alone(folder);
        const Ending ending = run(alone, {command.arguments + " --quiet", Fault{}});
        INFO(command.name << ": " << ending.text());
        REQUIRE(ending.code == 0);
        right = results_of(state_of(alone));
        bytes = ending.report.bytes;
    }

    const Command& command;
    ScratchFolder folder;
    FolderState before;
    FolderState right;
    std::uint64_t bytes = 0; ///< that it writes
};

/// How a way to run a command is told, and what it takes.
struct Way {
    std::string name;
    Launch launch;
    bool tells = true; ///< stderr is there
};

/// A run that saved its state must go on from there, any other leave what it found.
std::string trouble_of_refusal(const LimitCase& c, const ScratchFolder& folder) {
    const bool saved = c.command.checkpoints && std::filesystem::exists(folder / k_checkpoint);
    if (!saved) return difference(state_of(folder), c.before);
    const bool replaced = !c.before.contains(k_checkpoint);
    const std::string line =
        replaced ? c.command.arguments + " --resume run.ckpt" : c.command.again();
    const Ending ending = run(folder, line + " --quiet");
    if (ending.code != 0) return "then: " + ending.text();
    return difference(results_of(state_of(folder)), c.right);
}

/// "train: 100 %, 0.1 s"; no error.
bool is_progress(const std::string& line) {
    return line.rfind("spikewell: ", 0) != 0 && line.find(" %, ") != std::string::npos;
}

std::string trouble_of(const LimitCase& c, const Way& way) {
    const CopiedFolder folder(c.folder);
    Ending ending = run(folder, way.launch);
    std::erase_if(ending.errors, is_progress);
    if (ending.code == 0) {
        const std::string found = difference(results_of(state_of(folder)), c.right);
        return found.empty() ? "" : "exit 0; " + found;
    }
    if (way.tells ? !is_one_line_error(ending) : ending.code != 1)
        return "is not one line: " + ending.text();
    // A summary that could not be written: the files are complete.
    if (difference(results_of(state_of(folder)), c.right).empty()) return "";
    const std::string found = trouble_of_refusal(c, folder);
    return found.empty() ? "" : ending.text() + "; " + found;
}

/// A program that cannot even start under the way's limits says nothing about ours.
bool can_start(const LimitCase& c, const Way& way) {
    Launch launch = way.launch;
    launch.arguments = "--version";
    launch.fault.reset();
    return run(c.folder, launch).code == 0;
}

void check_limit(const LimitCase& c, const std::vector<Way>& ways) {
    std::string lines;
    for (const Way& way : ways) {
        if (!way.launch.limits.empty() && !can_start(c, way)) continue;
        const std::string trouble = trouble_of(c, way);
        if (!trouble.empty()) lines += fmt::format("\n  {}: {}", way.name, trouble);
    }
    INFO(lines);
    CHECK(lines.empty());
}

template <class Ways> void check_all(const Ways& ways_of) {
    for (const Command& command : writing_commands()) {
        DYNAMIC_SECTION(command.name) {
            const LimitCase c(command);
            check_limit(c, ways_of(c));
        }
    }
}

std::vector<Way> disks(const LimitCase& c) {
    std::vector<Way> ways;
    for (std::uint64_t k = 0; k < k_disks; ++k) {
        const std::uint64_t room = k * c.bytes / k_disks;
        ways.push_back({fmt::format("{} of {} bytes of room", room, c.bytes),
                        {c.command.arguments + " --quiet", Fault{0, 0, 0, room}}});
    }
    return ways;
}

std::vector<Way> streams(const LimitCase& c) {
    const std::string loud = c.command.arguments;
    return {{"2>/dev/full", {loud, {}, {}, {}, "/dev/full"}, false},
            {"2>&-", {loud, {}, {}, {}, "-"}, false},
            {">/dev/full", {loud, {}, {}, "/dev/full", {}}},
            {">&-", {loud, {}, {}, "-", {}}},
            {">/dev/full 2>/dev/full", {loud, {}, {}, "/dev/full", "/dev/full"}, false},
            {">&- 2>&-", {loud, {}, {}, "-", "-"}, false}};
}

std::vector<Way> limits_of(const LimitCase& c,
                           const std::string& flag,
                           __rlimit_resource what,
                           const std::vector<std::uint64_t>& values) {
    std::vector<Way> ways;
    for (const std::uint64_t value : values) {
        Launch launch{c.command.arguments + " --quiet"};
        launch.limits = {{static_cast<int>(what), value}};
        ways.push_back({fmt::format("ulimit {}, {}", flag, value), launch});
    }
    return ways;
}

std::vector<std::uint64_t> some_of(const std::vector<std::uint64_t>& all) {
    if (k_all_limits) return all;
    std::vector<std::uint64_t> some;
    for (std::size_t k = 0; k < all.size(); k += 4)
        some.push_back(all[k]);
    return some;
}

} // namespace

TEST_CASE("Disks with too little room") {
    check_all(disks);
}

TEST_CASE("Streams that cannot be written") {
    check_all(streams);
}

TEST_CASE("Files may be no larger than a limit") {
    check_all([](const LimitCase& c) {
        return limits_of(c, "-f (bytes)", RLIMIT_FSIZE,
                         some_of({0, 1, 100, 500, 1000, 2000, 5000, 20'000, 100'000}));
    });
}

TEST_CASE("Few descriptors") {
    check_all([](const LimitCase& c) {
        return limits_of(c, "-n", RLIMIT_NOFILE, some_of({3, 4, 5, 6, 7, 8, 9, 10, 12}));
    });
}

TEST_CASE("Little memory") {
    check_all([](const LimitCase& c) {
        std::vector<std::uint64_t> sizes;
        for (std::uint64_t mib = 20; mib <= 420; mib += 25)
            sizes.push_back(mib << 20U);
        return limits_of(c, "-v (bytes)", RLIMIT_AS, some_of(sizes));
    });
}

TEST_CASE("Few threads") {
    for (const Command& command : writing_commands()) {
        if (command.name != "simulate" && command.name != "reproduce") continue;
        DYNAMIC_SECTION(command.name) {
            Command threaded = command;
            if (command.name == "simulate") threaded.arguments += " --threads 4";
            const LimitCase c(threaded);
            std::vector<std::string> troubles;
            for (std::uint64_t at = 1; at <= 4; ++at) {
                const CopiedFolder folder(c.folder);
                const Ending ending = run(folder, {threaded.arguments + " --quiet",
                                                   Fault{1U << FAULT_THREAD, at, EAGAIN}});
                const std::string found = difference(results_of(state_of(folder)), c.right);
                // A line says that there are fewer; results are the same.
                if (ending.code != 0 || !found.empty())
                    troubles.push_back(fmt::format("thread {}: {} {}", at, ending.text(), found));
            }
            for (const std::string& trouble : troubles)
                UNSCOPED_INFO(trouble);
            CHECK(troubles.empty());
        }
    }
}
