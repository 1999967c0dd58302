#include "support/program.hpp"

#include <catch2/catch.hpp>

#include <string>

// Streams that take nothing, and signals that are not from the user.

using namespace spikewell::test;

namespace {

void write_source(const ScratchFolder& folder) {
    folder.write("net.json", R"({
        "format": "spikewell-network", "version": 1, "seed": 7, "duration_ms": 200,
        "populations": [{"name": "drive", "model": "poisson", "size": 20, "rate_Hz": 50}],
        "recordings": [{"name": "all", "record": "spikes", "population": "drive"}]})");
}

/// As a shell takes it, with its own redirections; run_command adds others behind.
int exit_code_of(const ScratchFolder& folder, const std::string& arguments) {
    const std::string whole =
        "cd '" + (folder / "").string() + "' && '" SPIKEWELL_PROGRAM "' " + arguments;
    const int status = std::system(whole.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("A run loses nothing where stderr takes nothing") {
    const ScratchFolder folder;
    write_source(folder);
    REQUIRE(run_in(folder, "simulate net.json --out whole --quiet").exit_code == 0);
    const std::string stream = GENERATE("2>/dev/full", "2>&-");
    CAPTURE(stream);
    CHECK(exit_code_of(folder, "simulate net.json --out out >/dev/null " + stream) == 0);
    CHECK(folder.content("out/spikes.csv") == folder.content("whole/spikes.csv"));
    CHECK(exit_code_of(folder, "simulate missing.json --out new " + stream) == 1);
}

TEST_CASE("A stdout that takes nothing is one line and exit code 1, and files are complete") {
    const ScratchFolder folder;
    write_source(folder);
    const std::string stream = GENERATE(">/dev/full", ">&-");
    const std::string command = GENERATE("machines", "--help", "--version", "validate net.json",
                                         "simulate net.json --out out");
    CAPTURE(stream, command);
    CHECK(exit_code_of(folder, command + " 2>err " + stream) == 1);
    const auto lines = lines_of(folder.content("err"));
    REQUIRE(!lines.empty());
    CHECK_THAT(lines.back(), Catch::StartsWith("spikewell: standard output cannot be written: "));
    if (command.starts_with("simulate"))
        CHECK(json_of(folder, "out/run.json")["completed"] == true);
    else
        CHECK(lines.size() == 1);
}

TEST_CASE("A file never becomes a closed standard stream") {
    const ScratchFolder folder;
    write_source(folder);
    CHECK(exit_code_of(folder, "simulate net.json --out out <&- >&- 2>&-") ==
          1); // the summary is lost
    CHECK_THAT(folder.content("out/spikes.csv"), Catch::StartsWith("t_ms,population,neuron\n"));
    CHECK(folder.content("out/spikes.csv").find("simulate: ") == std::string::npos);
}

TEST_CASE("A run stops and keeps what there is when its terminal, its pipe or its time goes") {
    const ScratchFolder folder;
    write_source(folder);
    const int signal = GENERATE(SIGHUP, SIGPIPE, SIGXCPU, SIGXFSZ);
    CAPTURE(signal);
    Child child(folder,
                {SPIKEWELL_PROGRAM, "simulate", "net.json", "--out", "out", "--quiet",
                 "--duration-ms", "1e9", "--checkpoint", "run.ckp", "--checkpoint-every-s", "0"});
    REQUIRE(appears(folder / "run.ckp"));
    CHECK(child.end_by(signal) == 130);
    CHECK(json_of(folder, "out/run.json")["completed"] == false);
    CHECK(folder.entry_count() == 3 + 3);
}

TEST_CASE("A run that was started with nohup outlives its terminal") {
    const ScratchFolder folder;
    write_source(folder);
    Child child(folder, {"/usr/bin/nohup", SPIKEWELL_PROGRAM, "simulate", "net.json", "--out",
                         "out", "--quiet", "--duration-ms", "1e9", "--checkpoint", "run.ckp",
                         "--checkpoint-every-s", "0"});
    REQUIRE(appears(folder / "run.ckp"));
    ::kill(child.process(), SIGHUP);
    std::filesystem::remove(folder / "run.ckp");
    CHECK(appears(folder / "run.ckp")); // still saving
    CHECK(child.end_by(SIGTERM) == 130);
}
