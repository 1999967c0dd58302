#include "faults/commands.hpp"
#include "faults/folder_state.hpp"
#include "faults/launch.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>
#include <set>
#include <thread>

// Two processes that write to one place, started together or one after the other. Each ends with exit
// code 0 and right files, or with 1 and one line; the files of the one that came to its end are whole.

using namespace spikewell::test;

namespace {

/// When the second starts: so long after the first has made its first file, or with it.
constexpr int k_together = -1;
#ifdef SPIKEWELL_ALL_FAULTS
const std::vector<int> k_delays_ms{k_together, 0, 1, 3, 10, 30, 60, 100, 200};
#else
const std::vector<int> k_delays_ms{k_together, 20};
#endif

struct Writer {
    std::string name;
    std::string arguments;
};

struct Pair {
    std::string name;
    std::vector<std::string> before;
    Writer first;
    Writer second;
};

/// What one of them may leave when it runs alone.
FolderState right_of(const ScratchFolder& folder, const std::string& arguments) {
    const CopiedFolder alone(folder);
    const Ending ending = run(alone, arguments + " -q --force");
    INFO(arguments << ": " << ending.text());
    REQUIRE(ending.code == 0);
    return results_of(state_of(alone));
}

bool is_told_rightly(const Ending& ending) {
    if (!is_one_line_error(ending)) return false;
    const std::string& line = ending.errors.front();
    return line.find("is being written by") != std::string::npos ||
           line.find("exists already") != std::string::npos ||
           line.find("has what a run had written") != std::string::npos;
}

std::string trouble_of(const std::vector<Ending>& endings,
                       const FolderState& left,
                       const std::vector<FolderState>& right) {
    std::vector<std::string> differences;
    for (std::size_t k = 0; k < endings.size(); ++k) {
        if (endings[k].code == 0)
            differences.push_back(difference(left, right[k]));
        else if (!is_told_rightly(endings[k]))
            return fmt::format("{}: {}", k == 0 ? "first" : "second", endings[k].text());
    }
    if (differences.empty()) return "both refused: " + endings[0].text() + "; " + endings[1].text();
    // Of two that succeed the later one's files stand.
    for (const std::string& d : differences) {
        if (d.empty()) return "";
    }
    return fmt::format("{} with exit 0; {}", differences.size(), differences.front());
}

void wait_for_change(const ScratchFolder& folder, std::size_t entries) {
    for (int k = 0; k < 10'000 && folder.entry_count() == entries; ++k)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

std::vector<std::string> troubles_of(const Pair& pair) {
    const ScratchFolder folder;
    write_inputs(folder);
    folder.write("net.json", network_text(30'000));
    folder.write("config.json", config_text(1000));
    prepare(folder, {pair.name, pair.before, ""});
    const std::vector<FolderState> right{right_of(folder, pair.first.arguments),
                                         right_of(folder, pair.second.arguments)};
    std::vector<std::string> troubles;
    for (const int delay_ms : k_delays_ms) {
        const CopiedFolder shared(folder);
        const std::size_t entries = shared.entry_count();
        Launched first(shared, {pair.first.arguments + " -q"});
        if (delay_ms != k_together) {
            wait_for_change(shared, entries);
            std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
        }
        Launched second(shared, {pair.second.arguments + " -q"});
        std::vector<Ending> endings{first.end()};
        endings.push_back(second.end());
        const std::string trouble = trouble_of(endings, results_of(state_of(shared)), right);
        if (!trouble.empty())
            troubles.push_back(delay_ms == k_together
                                   ? "together: " + trouble
                                   : fmt::format("{} ms later: {}", delay_ms, trouble));
    }
    return troubles;
}

void check_pair(const Pair& pair) {
    std::string lines;
    for (const std::string& trouble : troubles_of(pair))
        lines += "\n  " + trouble;
    INFO(lines);
    CHECK(lines.empty());
}

const std::string k_simulate_command = "simulate net.json --out out";
const std::string k_saved = " --checkpoint run.ckpt --checkpoint-every-s 0.05";
const std::string k_killed =
    "killed simulate net.json --out out --checkpoint run.ckpt --checkpoint-every-s 0.02";

const std::vector<Writer> k_simulations{
    {"plain", k_simulate_command + k_saved},
    {"--force", k_simulate_command + k_saved + " --force"},
    {"--resume", k_simulate_command + k_saved + " --resume run.ckpt"}};

} // namespace

TEST_CASE("Two processes that simulate into one folder") {
    for (const Writer& first : k_simulations) {
        for (const Writer& second : k_simulations) {
            const bool resumes = first.name == "--resume" || second.name == "--resume";
            DYNAMIC_SECTION("first " << first.name << ", second " << second.name) {
                const std::string seed = second.name == "--resume" ? "" : " --seed 2";
                const std::vector<std::string> before =
                    resumes ? std::vector<std::string>{k_killed} : std::vector<std::string>{};
                check_pair({"", before, first, {second.name, second.arguments + seed}});
            }
        }
    }
}

TEST_CASE("A run that is still alive is resumed by another process") {
    const ScratchFolder folder;
    write_inputs(folder);
    folder.write("net.json", network_text(100'000));
    const std::string line = k_simulate_command + k_saved + " -q";
    const FolderState right = right_of(folder, k_simulate_command + k_saved);
    const CopiedFolder shared(folder);
    Launched first(shared, {line});
    REQUIRE(appears(shared / k_checkpoint));
    const Ending second = run(shared, line + " --resume run.ckpt");
    const Ending ended = first.end();
    INFO("first: " << ended.text() << "; second: " << second.text());
    CHECK(ended.code == 0);
    CHECK(is_told_rightly(second));
    CHECK(difference(results_of(state_of(shared)), right) == "");
}

TEST_CASE("Two processes that write one checkpoint from two folders") {
    check_pair({"",
                {},
                {"", k_simulate_command + k_saved},
                {"", "simulate net.json --out other --seed 2" + k_saved}});
}

TEST_CASE("Two processes of another command that write to one place") {
    const std::string map = "map model.json --machine spinn3 --out out --seed ";
    const std::string train = "train config.json --backend spiking --out out.json --seed ";
    const std::string sonata = "export drive.json --duration-ms 5000 --to sonata --out out --seed ";
    const std::string compare = "compare config.json --out out --seed ";
    const std::vector<std::pair<std::string, std::string>> commands{
        {map + "1", map + "2"},
        {train + "1", train + "2"},
        {sonata + "1", sonata + "2"},
        {compare + "1", compare + "2"},
        {"emulate layout --duration-ms 3000 --trials 0",
         "emulate layout --duration-ms 2000 --trials 0"},
    };
    for (const auto& [first, second] : commands) {
        for (const char* how : {"", " --force"}) {
            DYNAMIC_SECTION(first << ", second" << how) {
                check_pair({"", {}, {"", first}, {how, second + how}});
            }
        }
    }
}
