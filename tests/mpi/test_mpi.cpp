#include "support/outcome.hpp"
#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

// Ranks that are processes, as a user runs them with mpirun. What they share is tested without MPI,
// in property/test_ranks.cpp; here are the messages between processes, and how they end.

using namespace spikewell;
using namespace spikewell::test;
using Json = nlohmann::json;

namespace {

std::string mpirun(int n_ranks) {
    // Ranks that wait leave the processor to others: there are more of them than cores.
    return SPIKEWELL_MPIRUN " --allow-run-as-root --oversubscribe --mca mpi_yield_when_idle 1 -n " +
           std::to_string(n_ranks) + " ";
}

ProgramEnd run_ranks(const ScratchFolder& folder, int n_ranks, const std::string& arguments) {
    return run_command(folder, mpirun(n_ranks) + "'" SPIKEWELL_PROGRAM "' " + arguments);
}

/// The lines that are ours; mpirun adds its own.
std::vector<std::string> ours(const std::vector<std::string>& lines) {
    std::vector<std::string> found;
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(found),
                 [](const std::string& line) { return line.starts_with("spikewell"); });
    return found;
}

/// Blocks for four ranks, some of them plastic, and one recording of each kind.
void write_network(const ScratchFolder& folder) {
    folder.write("net.json", R"({
        "format": "spikewell-network", "version": 1, "seed": 7, "duration_ms": 200,
        "populations": [
            {"name": "drive", "model": "poisson", "size": 200, "rate_Hz": 40},
            {"name": "E", "model": "lif_delta", "size": 800,
             "inputs": [{"rate_Hz": 9500, "weight_mV": 0.1}]},
            {"name": "I", "model": "lif_exp", "size": 200, "E_L_mV": -50}],
        "projections": [
            {"name": "in", "pre": "drive", "post": "E", "connector": "fixed_indegree",
             "indegree": 20, "weight_mV": 0.5, "delay_ms": 1.5},
            {"name": "EE", "pre": "E", "post": "E", "connector": "fixed_indegree",
             "indegree": 80, "weight_mV": 0.1, "delay_ms": 1.5,
             "plasticity": {"rule": "pair_stdp", "w_max_mV": 0.4}},
            {"name": "EI", "pre": "E", "post": "I", "connector": "fixed_probability",
             "probability": 0.1, "weight_mV": 0.4,
             "delay_ms": {"distribution": "uniform", "low": 1.5, "high": 4}},
            {"name": "IE", "pre": "I", "post": "E", "connector": "fixed_indegree",
             "indegree": 20, "weight_mV": -0.5, "delay_ms": 1.5}],
        "recordings": [
            {"name": "all_drive", "record": "spikes", "population": "drive"},
            {"name": "all_E", "record": "spikes", "population": "E"},
            {"name": "all_I", "record": "spikes", "population": "I"},
            {"name": "V", "record": "potential", "population": "E", "interval_ms": 20},
            {"name": "w", "record": "weights", "projection": "EE", "interval_ms": 100},
            {"name": "rate", "record": "rate", "population": "E", "bin_ms": 10}]})");
}

const std::vector<std::string> k_recorded{"spikes.csv", "spikes.h5", "V.csv", "w.csv", "rate.csv"};

void check_same_recordings(const ScratchFolder& folder,
                           const std::string& a,
                           const std::string& b) {
    for (const std::string& name : k_recorded) {
        INFO(name);
        const std::string content = folder.content(fmt::format("{}/{}", a, name));
        CHECK(content.size() > 100);
        CHECK((content == folder.content(fmt::format("{}/{}", b, name))));
    }
}

Json run_of(const ScratchFolder& folder, const std::string& out) {
    return Json::parse(folder.content(out + "/run.json"));
}

std::vector<pid_t> children_of(pid_t process) {
    const std::string id = std::to_string(process);
    std::vector<pid_t> children;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + id + "/task")) {
        std::ifstream file(thread.path() / "children");
        children.insert(children.end(), std::istream_iterator<pid_t>(file), {});
    }
    return children;
}

/// mpirun with a run that is to be stopped: long enough for that, saving all the time.
class LongRun {
  public:
    LongRun(const ScratchFolder& folder, int n_ranks, const std::string& options = "")
        : child_(folder,
                 {"/bin/sh", "-c",
                  "exec " + mpirun(n_ranks) + options +
                      " '" SPIKEWELL_PROGRAM "' simulate net.json --out out --quiet "
                      "--duration-ms 1500 --checkpoint run.ckp --checkpoint-every-s 0"}) {}
    [[nodiscard]] std::vector<std::string> errors() const { return ours(child_.errors()); }

    int interrupt_ranks() {
        for (const pid_t rank : children_of(child_.process()))
            ::kill(rank, SIGINT);
        return child_.wait();
    }
    int interrupt_mpirun() { return child_.end_by(SIGINT); }
    int kill_last_rank() {
        ::kill(children_of(child_.process()).back(), SIGKILL);
        return child_.wait();
    }

  private:
    Child child_;
};

void check_goes_on(const ScratchFolder& folder, int n_ranks) {
    const std::string duration = " --quiet --duration-ms 1500 ";
    REQUIRE(run_in(folder, "simulate net.json --out whole" + duration).exit_code == 0);
    const ProgramEnd end =
        run_ranks(folder, n_ranks, "simulate net.json --out out --resume run.ckp" + duration);
    CHECK(ours(end.errors).empty());
    REQUIRE(end.exit_code == 0);
    check_same_recordings(folder, "out", "whole");
    const Json whole = run_of(folder, "whole");
    const Json parts = run_of(folder, "out");
    CHECK(parts["resumed_at_ms"] > 0.0);
    CHECK(parts["resumed_at_ms"] < 1500.0);
    CHECK(parts["populations"] == whole["populations"]);
    CHECK(parts["counters"] == whole["counters"]);
}

} // namespace

TEST_CASE("Processes tell what one process tells") {
    const std::string name = GENERATE(from_range(k_shared_networks));
    const Network network = shared_network(name);
    Simulator simulator(network);
    const Outcome one = outcome_of_run(simulator, network);
    const auto [n_ranks, n_threads] = GENERATE(table<int, int>({{1, 1}, {2, 1}, {2, 2}, {4, 1}}));
    CAPTURE(name, n_ranks, n_threads);
    const ScratchFolder folder;
    const ProgramEnd end = run_command(folder, mpirun(n_ranks) + "'" SPIKEWELL_MPI_OUTCOME "' " +
                                                   name + " " + std::to_string(n_threads) + " .");
    REQUIRE(end.exit_code == 0);
    CHECK(folder.entry_count() == one.size());
    for (const auto& [what, bytes] : one) {
        INFO(what);
        CHECK((folder.content(what) == bytes));
    }
}

TEST_CASE("simulate writes the same files for any number of ranks, and what each has cost") {
    const ScratchFolder folder;
    write_network(folder);
    REQUIRE(run_in(folder, "simulate net.json --out one --quiet").exit_code == 0);
    const Json one = run_of(folder, "one");
    CHECK_FALSE(one.contains("ranks"));
    const int n_ranks = GENERATE(2, 4);
    const ProgramEnd end = run_ranks(folder, n_ranks, "simulate net.json --out out --threads 2");
    REQUIRE(end.exit_code == 0);
    check_same_recordings(folder, "out", "one");
    CHECK(run_of(folder, "out")["populations"] == one["populations"]);
    const std::vector<std::string> lines = lines_of(end.out);
    REQUIRE(lines.size() == static_cast<std::size_t>(n_ranks) + 2); // heading, ranks, summary
    CHECK_THAT(lines.front(), Catch::Contains("wait s"));
    CHECK_THAT(lines.back(), Catch::StartsWith("out: 200 ms, "));

    const Json run = run_of(folder, "out");
    CHECK(run["counters"] == one["counters"]);
    CHECK(run["populations"] == one["populations"]);
    CHECK(run["synapse_bytes"] == one["synapse_bytes"]);
    REQUIRE(run["ranks"].size() == static_cast<std::size_t>(n_ranks));
    std::size_t synapse_bytes = 0;
    std::size_t sent = 0;
    for (const Json& rank : run["ranks"]) {
        CHECK(rank["exchanges"] >= run["counters"]["windows"]);
        CHECK(rank["synapse_bytes"] < 0.7 * one["synapse_bytes"].get<double>());
        synapse_bytes += rank["synapse_bytes"].get<std::size_t>();
        sent += rank["bytes_sent"].get<std::size_t>();
    }
    CHECK(synapse_bytes == one["synapse_bytes"]);
    CHECK(sent > 12 * run["counters"]["spikes"].get<std::size_t>()); // time and source of each
}

TEST_CASE("Ranks that are interrupted end with 130, and any number of ranks goes on") {
    const ScratchFolder folder;
    write_network(folder);
    const auto [first, second] = GENERATE(table<int, int>({{2, 4}, {4, 1}, {1, 2}}));
    CAPTURE(first, second);
    LongRun run(folder, first);
    REQUIRE(appears(folder / "run.ckp"));
    CHECK(run.interrupt_ranks() == 130);
    REQUIRE(run.errors().size() == 1);
    CHECK_THAT(run.errors()[0], Catch::StartsWith("spikewell: interrupted at ") &&
                                    Catch::EndsWith("go on with --resume run.ckp"));
    CHECK(run_of(folder, "out")["completed"] == false);
    CHECK(folder.entry_count() == 3 + k_recorded.size() + 1); // nothing partial
    check_goes_on(folder, second);
}

// Open MPI passes SIGINT on as SIGTERM, and has an exit code of its own for it.
TEST_CASE("When mpirun is interrupted, ranks complete their files") {
    const ScratchFolder folder;
    write_network(folder);
    // Seconds that it then waits before it kills; the default is one.
    LongRun run(folder, 2, "--mca odls_base_sigkill_timeout 5");
    REQUIRE(appears(folder / "run.ckp"));
    CHECK(run.interrupt_mpirun() != 0);
    CHECK(run_of(folder, "out")["completed"] == false);
    CHECK(folder.entry_count() == 3 + k_recorded.size() + 1);
    check_goes_on(folder, 2);
}

TEST_CASE("A rank that is killed ends all, and its last checkpoint goes on") {
    const ScratchFolder folder;
    write_network(folder);
    LongRun run(folder, 2);
    REQUIRE(appears(folder / "run.ckp"));
    CHECK(run.kill_last_rank() != 0);
    check_goes_on(folder, 4);
}

TEST_CASE("An error of one rank ends all with its one line and exit code") {
    const ScratchFolder folder;
    write_network(folder);
    folder.write("file", "a regular file");
    const auto told = [&](const std::string& command) {
        const ProgramEnd end = run_command(folder, command);
        CHECK(end.exit_code == 1);
        CHECK(end.out.empty());
        const std::vector<std::string> lines = ours(end.errors);
        REQUIRE(lines.size() == 1);
        return lines[0];
    };
    const std::string simulate = "'" SPIKEWELL_PROGRAM "' simulate ";
    SECTION("all have it: rank 0 tells") {
        CHECK(told(mpirun(3) + simulate + "missing.json --out new") ==
              "spikewell: missing.json: cannot be read: No such file or directory");
    }
    SECTION("rank 0 has it") {
        CHECK_THAT(told(mpirun(3) + simulate + "net.json --out file"),
                   Catch::StartsWith("spikewell: file/") && Catch::Contains("is no folder"));
    }
    SECTION("rank 1 has it") {
        std::filesystem::create_directory(folder / "0");
        std::filesystem::create_directory(folder / "1");
        std::filesystem::create_directory(folder / "2");
        std::filesystem::copy_file(folder / "net.json", folder / "0/net.json");
        std::filesystem::copy_file(folder / "net.json", folder / "2/net.json");
        CHECK(told(mpirun(3) + "sh -c \"cd \\$OMPI_COMM_WORLD_RANK && exec " + simulate +
                   "net.json --out ../new\"") ==
              "spikewell: rank 1: net.json: cannot be read: No such file or directory");
    }
    SECTION("ranks have other networks") {
        folder.write("1.json", folder.content("net.json"));
        std::string other = folder.content("net.json");
        other.replace(other.find("\"seed\": 7"), 9, "\"seed\": 8");
        folder.write("0.json", other);
        CHECK(told(mpirun(2) +
                   "sh -c \"mkdir -p d\\$OMPI_COMM_WORLD_RANK && cd "
                   "d\\$OMPI_COMM_WORLD_RANK && cp ../\\$OMPI_COMM_WORLD_RANK.json "
                   "net.json && exec " +
                   simulate + "net.json --out ../new\"") ==
              "spikewell: network: is another one on rank 1 than on rank 0");
    }
    SECTION("ranks have other command lines") {
        CHECK(told(mpirun(1) + simulate + "net.json --out new : -n 1 " + simulate +
                   "net.json --out newer") == "spikewell: command line: is another one on rank 1");
    }
    CHECK_FALSE(std::filesystem::exists(folder / "new"));
}

TEST_CASE("Commands that do not share their work refuse several ranks, rank 0 alone speaks") {
    const ScratchFolder folder;
    const ProgramEnd refused = run_ranks(folder, 2, "compare --out new");
    CHECK(refused.exit_code == 1);
    CHECK(ours(refused.errors) ==
          std::vector<std::string>{
              "spikewell: compare: ranks must be 1 (only simulate shares its work among them), "
              "got 2"});
    const ProgramEnd wrong = run_ranks(folder, 2, "simulat");
    CHECK(wrong.exit_code == 1);
    CHECK(ours(wrong.errors).size() == 1);
    const ProgramEnd version = run_ranks(folder, 2, "--version");
    CHECK(version.exit_code == 0);
    CHECK(lines_of(version.out).size() == 1);
    CHECK(folder.entry_count() == 0);
}
