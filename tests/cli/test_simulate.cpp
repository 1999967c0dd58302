#include "core/checkpoint.hpp"
#include "io/spike_file.hpp"
#include "support/damaged.hpp"
#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

// `simulate` and `validate` as a user runs them, stopped and killed runs included.

using namespace spikewell::test;
using Json = nlohmann::json;

namespace {

/// Twenty Poisson neurons drive ten LIF neurons; spikes, potentials and a rate are recorded.
void write_recorded_network(const ScratchFolder& folder) {
    folder.write("net.json", R"({
        "format": "spikewell-network", "version": 1, "seed": 7, "duration_ms": 200, "warm_up_ms": 35,
        "populations": [
            {"name": "drive", "model": "poisson", "size": 20, "rate_Hz": 50},
            {"name": "cells", "model": "lif_delta", "size": 10}],
        "projections": [
            {"name": "in", "pre": "drive", "post": "cells", "connector": "all_to_all",
             "weight_mV": 2, "delay_ms": 1.5}],
        "recordings": [
            {"name": "all_drive", "record": "spikes", "population": "drive"},
            {"name": "all_cells", "record": "spikes", "population": "cells"},
            {"name": "V", "record": "potential", "population": "cells", "count": 2,
             "interval_ms": 5},
            {"name": "rate", "record": "rate", "population": "cells", "bin_ms": 10}]})");
}

// A second, and what a machine with other work adds.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double k_bound_s = 10.0;
#else
constexpr double k_bound_s = 2.0;
#endif

const std::vector<std::string> k_recorded{"spikes.csv", "spikes.h5", "V.csv", "rate.csv"};

/// A run to be stopped: long enough for that, saving all the time.
std::vector<std::string> long_run(const std::string& duration_ms) {
    return {SPIKEWELL_PROGRAM,
            "simulate",
            "net.json",
            "--out",
            "out",
            "--quiet",
            "--duration-ms",
            duration_ms,
            "--checkpoint",
            "run.ckp",
            "--checkpoint-every-s",
            "0"};
}

void check_same_recordings(const ScratchFolder& folder,
                           const std::string& a,
                           const std::string& b) {
    for (const std::string& name : k_recorded) {
        INFO(name);
        const std::string content = folder.content(std::string(a).append("/").append(name));
        CHECK(content.size() > 20);
        CHECK((content == folder.content(std::string(b).append("/").append(name))));
    }
}

struct SimulateMistake {
    std::string arguments;
    std::string told;
};

const std::vector<SimulateMistake> k_simulate_mistakes{
    {"simulate missing.json --out new", "missing.json: cannot be read"},
    {"simulate net.json", "--out is required"},
    {"simulate net.json --out ''", "--out must be a folder"},
    {"simulate net.json --out file", "file is no folder"},
    {"simulate net.json --out new --threads -1", "--threads"},
    {"simulate net.json --out new --duration-ms -5", "--duration-ms"},
    {"simulate net.json --out new --duration-ms nan", "--duration-ms"},
    {"simulate net.json --out new --rate-limit-Hz 0", "--rate-limit-Hz"},
    {"simulate net.json --quiet --out new --rate-limit-Hz 0.01",
     "allowed 0.01 Hz in the mean over 10 ms"},
    {"simulate net.json --out new --checkpoint-every-s 5", "--checkpoint"},
    {"simulate net.json --out new --checkpoint file", "file: exists already; use --force"},
    {"simulate net.json --out new --resume missing.ckp", "missing.ckp: checkpoint cannot be read"},
    {"simulate net.json --out new --resume net.json", "net.json: is no checkpoint of Spikewell"},
    {"validate missing.json", "missing.json: cannot be read"},
    {"validate", "NETWORK is required"},
};

} // namespace

TEST_CASE("Mistakes of simulate and validate are told in one line and leave nothing behind") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    folder.write("file", "a regular file");
    const SimulateMistake mistake = GENERATE(from_range(k_simulate_mistakes));
    CAPTURE(mistake.arguments);
    const ProgramEnd outcome = run_in(folder, mistake.arguments);
    CHECK(outcome.exit_code == 1);
    REQUIRE(outcome.errors.size() == 1);
    CHECK_THAT(outcome.errors[0],
               Catch::StartsWith("spikewell: ") && Catch::Contains(mistake.told));
    CHECK(outcome.out.empty());
    CHECK(folder.entry_count() == 2);
}

TEST_CASE("Validate tells the size of a network in one line") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    const ProgramEnd outcome = run_in(folder, "validate net.json");
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.errors.empty());
    CHECK(outcome.out == "net.json: populations: 2, neurons: 30, expected synapses: 200, "
                         "smallest delay: 1.5 ms\n");
    CHECK(run_in(folder, "validate net.json --quiet").out.empty());
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("Validate and simulate tell every problem of a network, a line each") {
    const ScratchFolder folder;
    folder.write("bad.json", R"({"format": "spikewell-network", "version": 1, "populations": [
        {"name": "a", "model": "poisson", "size": -1, "rate_Hz": 5},
        {"name": "b", "model": "lif_delta", "size": 1, "tau_m_ms": 0}]})");
    const std::string command = GENERATE("validate bad.json", "simulate bad.json --out out");
    const ProgramEnd outcome = run_in(folder, command);
    CHECK(outcome.exit_code == 1);
    REQUIRE(outcome.errors.size() == 2);
    CHECK_THAT(outcome.errors[0], Catch::StartsWith("spikewell: bad.json: /populations/0/size: "));
    CHECK_THAT(outcome.errors[1], Catch::StartsWith("spikewell: bad.json: /populations/1/tau_m"));
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("Simulate writes what the network records and what the run cost") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    const ProgramEnd outcome = run_in(folder, "simulate net.json --out out");
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(outcome.out,
               Catch::StartsWith("out: 200 ms, ") && Catch::EndsWith(" (wall / model time)\n"));
    CHECK(std::any_of(outcome.errors.begin(), outcome.errors.end(), [](const std::string& line) {
        return line.find("q = ") != std::string::npos;
    }));
    const Json run = json_of(folder, "out/run.json");
    CHECK(run["format"] == "spikewell-run");
    CHECK(run["completed"] == true);
    CHECK(run["simulated_ms"] == 200.0);
    CHECK(run["seed"] == 7);
    CHECK(run["threads"] == 1);
    CHECK(run["q"].get<double>() == Approx(run["wall_s"].get<double>() / 0.2));
    CHECK(run["counters"]["synaptic_events"] > 0);
    CHECK(run["counters"].contains("poisson_inputs"));
    for (const std::string key : {"wall_s", "build_s", "q", "events_per_s", "synapse_bytes",
                                  "peak_rss_mib", "energy", "made_by"}) {
        INFO(key);
        CHECK(run.contains(key));
    }
    const auto spikes = spikewell::io::read_spikes_csv(folder / "out/spikes.csv");
    REQUIRE(spikes.size() == 2);
    for (const auto& population : spikes)
        CHECK(run["populations"][population.population]["spikes"] == population.spikes.size());
    CHECK(lines_of(folder.content("out/V.csv")).size() == 1 + 2 * 40);
    CHECK(lines_of(folder.content("out/rate.csv")).size() == 1 + 20);
    CHECK(folder.entry_count() == 2 + 5); // net.json, out and what is in it
}

TEST_CASE("Simulate tells the energy that a run took, and a board would take") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    const ProgramEnd outcome = run_in(
        folder, "simulate net.json --out out --machine spinn3 --watts-per-core 1000 --report");
    REQUIRE(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, Catch::Contains(" uJ a synaptic event"));
    const Json energy = json_of(folder, "out/run.json")["energy"];
    const double joules = energy["J"];
    CHECK(joules > 0.0);
    if (energy["how"] == "estimate") {
        CHECK(joules == Approx(1000.0 * energy["processor_s"].get<double>()));
        CHECK_THAT(energy["source"].get<std::string>(),
                   Catch::EndsWith("at 1000 W a core (as --watts-per-core says)"));
        CHECK_FALSE(energy["why_not_measured"].get<std::string>().empty());
    }
    const Json counters = json_of(folder, "out/run.json")["counters"];
    CHECK(energy["synaptic_events"] == counters["synaptic_events"]);
    CHECK(energy["poisson_inputs"] == counters["poisson_inputs"]);
    CHECK(energy["uJ_per_synaptic_event"].get<double>() ==
          Approx(1e6 * joules / energy["synaptic_events"].get<double>()));
    const Json& board = energy["board"];
    CHECK(board["machine"] == "spinn3");
    CHECK(board["packets"] > 0);
    CHECK(board["J"].get<double>() == Approx(0.2 * board["W"].get<double>()));
    const std::string page = folder.content("out/report.html");
    for (const char* part : {"<h2>Work and energy</h2>", "spinn3", "Poisson inputs"})
        CHECK_THAT(page, Catch::Contains(part));
    const ProgramEnd unknown = run_in(folder, "simulate net.json --out new --machine loihi2");
    CHECK(unknown.exit_code == 1);
    REQUIRE(unknown.errors.size() == 1);
    CHECK_THAT(unknown.errors[0], Catch::Contains("--machine") && Catch::Contains("spinnaker1"));
    CHECK_FALSE(std::filesystem::exists(folder / "new"));
}

TEST_CASE("Simulate writes a page of what it recorded when asked to") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    REQUIRE(run_in(folder, "simulate net.json --out out --report --quiet").exit_code == 0);
    const std::string page = folder.content("out/report.html");
    for (const char* part : {"<h2>Spikes</h2>", "<h2>Rates</h2>", "<h2>States</h2>", "V / mV",
                             "drive: every spike, 200 ms.", "cells: every spike, 200 ms."})
        CHECK_THAT(page, Catch::Contains(part));
    CHECK(page.find("<h2>Weights</h2>") == std::string::npos);
    // Without the option the former page goes, like all of another run.
    REQUIRE(run_in(folder, "simulate net.json --out out --force --quiet").exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(folder / "out/report.html"));
}

TEST_CASE("Recordings do not depend on the number of threads, but on the seed") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    REQUIRE(run_in(folder, "simulate net.json --out a --quiet").exit_code == 0);
    REQUIRE(run_in(folder, "simulate net.json --out b --quiet --threads 2").exit_code == 0);
    REQUIRE(run_in(folder, "simulate net.json --out c --quiet --seed 8").exit_code == 0);
    check_same_recordings(folder, "a", "b");
    CHECK(folder.content("a/spikes.csv") != folder.content("c/spikes.csv"));
    CHECK(json_of(folder, "c/run.json")["seed"] == 8);
}

TEST_CASE("A run is not overwritten without --force, and nothing is left half done") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    REQUIRE(run_in(folder, "simulate net.json --out out --quiet").exit_code == 0);
    const std::string before = folder.content("out/spikes.csv");
    const ProgramEnd again = run_in(folder, "simulate net.json --out out --quiet --seed 8");
    CHECK(again.exit_code == 1);
    REQUIRE(again.errors.size() == 1);
    CHECK_THAT(again.errors[0], Catch::Contains("exists already; use --force"));
    CHECK(folder.content("out/spikes.csv") == before);
    const std::string forced = "simulate net.json --out out --quiet --seed 8 --force";
    CHECK(run_in(folder, forced).exit_code == 0);
    CHECK(folder.content("out/spikes.csv") != before);
    CHECK(folder.entry_count() == 2 + 5);
}

TEST_CASE("A run of no time writes files without spikes") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    REQUIRE(run_in(folder, "simulate net.json --out out --duration-ms 0").exit_code == 0);
    CHECK(folder.content("out/spikes.csv") == "t_ms,population,neuron\n");
    CHECK(json_of(folder, "out/run.json")["completed"] == true);
}

TEST_CASE("A run that is asked to stop ends with 130 and complete files") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    const int signal = GENERATE(SIGINT, SIGTERM);
    Child child(folder, long_run("1e9"));
    REQUIRE(appears(folder / "run.ckp"));
    CHECK(child.end_by(signal) == 130);
    REQUIRE(child.errors().size() == 1);
    CHECK_THAT(child.errors()[0], Catch::StartsWith("spikewell: interrupted at ") &&
                                      Catch::EndsWith("go on with --resume run.ckp"));
    const Json run = json_of(folder, "out/run.json");
    CHECK(run["completed"] == false);
    const double end_ms = run["simulated_ms"];
    CHECK(end_ms > 0.0);
    CHECK(end_ms < 1e9);
    auto from_csv = spikewell::io::read_spikes_csv(folder / "out/spikes.csv");
    auto from_hdf5 = spikewell::io::read_spikes_hdf5(folder / "out/spikes.h5");
    std::erase_if(from_hdf5, [](const auto& population) { return population.spikes.empty(); });
    const auto by_name = [](const auto& a, const auto& b) { return a.population < b.population; };
    std::sort(from_csv.begin(), from_csv.end(), by_name);
    CHECK((from_csv == from_hdf5));
    for (const auto& population : from_csv)
        CHECK(population.spikes.back().t_ms <= end_ms);
    CHECK(folder.entry_count() == 3 + 5); // nothing partial
}

TEST_CASE("A run stops within a second of the first signal, in whatever it is") {
    const ScratchFolder folder;
    const auto [kind, populations] = GENERATE(table<std::string, std::string>({
        {"sequential", R"([{"name": "a", "model": "dyadic_attractor", "n_nodes": 2000}])"},
        {"long windows", R"([{"name": "a", "model": "lif_delta", "size": 500000, "tau_m_ms": 1000,
            "inputs": [{"rate_Hz": 1000000, "weight_mV": 1e-6}]}])"},
        {"many spikes", R"([{"name": "a", "model": "lif_delta", "size": 20000, "tau_m_ms": 1000,
            "t_ref_ms": 0, "drive_mV": 100000}])"},
        {"recorded spikes", R"([{"name": "a", "model": "lif_delta", "size": 20000,
            "tau_m_ms": 1000, "t_ref_ms": 0, "drive_mV": 100000}], "recordings":
            [{"name": "s", "record": "spikes", "population": "a"}])"},
        {"many sources", R"([{"name": "a", "model": "poisson", "size": 200000,
            "rate_Hz": 10000}])"},
    }));
    CAPTURE(kind);
    std::string projections = "[]";
    if (kind == "sequential") {
        projections = R"([{"pre": "a", "post": "a", "delay_ms": 0, "coupling_file": "J.csv"}])";
        std::string row = "0";
        for (int k = 1; k < 2000; ++k)
            row += ",0";
        std::string rows;
        for (int k = 0; k < 2000; ++k)
            rows += row + "\n";
        folder.write("J.csv", rows);
    }
    folder.write("net.json", R"({"format": "spikewell-network", "version": 1, "duration_ms": 1e9,
        "populations": )" + populations +
                                 R"(, "projections": )" + projections + "}");
    Child child(folder, {SPIKEWELL_PROGRAM, "simulate", "net.json", "--out", "out", "--quiet"});
    std::this_thread::sleep_for(std::chrono::seconds(3)); // it has been built
    const auto start = std::chrono::steady_clock::now();
    CHECK(child.end_by(SIGTERM) == 130);
    const double s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CAPTURE(s);
    CHECK(s < k_bound_s);
    REQUIRE(child.errors().size() == 1);
    CHECK_THAT(child.errors()[0], Catch::StartsWith("spikewell: interrupted at "));
    CHECK(json_of(folder, "out/run.json")["completed"] == false);
}

TEST_CASE("A run makes do with the threads that the system starts, and says so") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    REQUIRE(run_in(folder, "simulate net.json --out all --quiet --threads 4").exit_code == 0);
    std::filesystem::permissions(folder / "", std::filesystem::perms::all);
    // Limits on processes do not bind root.
    const std::string limited = std::string("prlimit --nproc=1:1 ") +
                                (::getuid() == 0 ? "setpriv --reuid=54321 --clear-groups " : "") +
                                "'" SPIKEWELL_PROGRAM "' ";
    const ProgramEnd outcome =
        run_command(folder, limited + "simulate net.json --out few --quiet --threads 4");
    if (outcome.exit_code != 0 && outcome.errors.size() == 1 &&
        outcome.errors[0].find("spikewell") == std::string::npos)
        return; // no such tools, or not allowed
    CHECK(outcome.exit_code == 0);
    REQUIRE(outcome.errors.size() == 1);
    CHECK_THAT(outcome.errors[0], Catch::StartsWith("spikewell: runs on 1 of 4 threads"));
    check_same_recordings(folder, "few", "all");
}

TEST_CASE("A run that was stopped or killed goes on to the same files as one that was not") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    const int signal = GENERATE(SIGINT, SIGKILL);
    REQUIRE(run_in(folder, "simulate net.json --out whole --quiet --duration-ms 20000").exit_code ==
            0);
    Child child(folder, long_run("20000"));
    REQUIRE(appears(folder / "run.ckp"));
    REQUIRE(child.end_by(signal) == (signal == SIGINT ? 130 : -SIGKILL));
    const std::string checkpoint = folder.content("run.ckp");
    const ProgramEnd outcome =
        run_in(folder, "simulate net.json --out out --quiet --duration-ms 20000 --resume run.ckp "
                       "--checkpoint-every-s 0 --threads 2");
    CHECK(outcome.errors.empty());
    REQUIRE(outcome.exit_code == 0);
    CHECK((folder.content("run.ckp") != checkpoint)); // it went on saving there
    check_same_recordings(folder, "out", "whole");
    const Json run = json_of(folder, "out/run.json");
    CHECK(run["completed"] == true);
    CHECK(run["resumed_at_ms"] > 0.0);
    CHECK(run["resumed_at_ms"] < 20000.0);
    CHECK(run["simulated_ms"] == 20000.0);
    CHECK(run["populations"] == json_of(folder, "whole/run.json")["populations"]);
}

TEST_CASE("A checkpoint that is damaged, of another run or without its files is refused") {
    const ScratchFolder folder;
    write_recorded_network(folder);
    Child child(folder, long_run("20000"));
    REQUIRE(appears(folder / "run.ckp"));
    REQUIRE(child.end_by(SIGINT) == 130);
    const std::string checkpoint = folder.content("run.ckp");
    write_damaged(folder, checkpoint);
    const std::string spikes = folder.content("out/spikes.csv");
    const std::size_t before = folder.entry_count();
    const std::string same = "simulate net.json --duration-ms 20000 --quiet ";
    const auto refused = [&](const std::string& arguments, const std::string& told) {
        INFO(arguments);
        const ProgramEnd outcome = run_in(folder, arguments);
        CHECK(outcome.exit_code == 1);
        REQUIRE(outcome.errors.size() == 1);
        CHECK_THAT(outcome.errors[0], Catch::Contains(told));
    };
    refused(same + "--out out --resume cut.ckp", "cut.ckp: checkpoint is truncated: ");
    refused(same + "--out out --resume flipped.ckp", "flipped.ckp: checkpoint is damaged");
    const std::string other = "checkpoint is of another network, seed or duration";
    refused(same + "--out out --resume run.ckp --seed 8", other);
    refused("simulate net.json --quiet --out out --resume run.ckp", other);
    // Made up, with the digests that belong to it: the simulator's part, and the recordings'.
    const std::string content = checkpoint.substr(40);
    std::uint64_t belongs_to = 0;
    std::memcpy(&belongs_to, checkpoint.data() + 24, sizeof belongs_to);
    const auto forge = [&](std::size_t at, char byte) {
        std::string forged = content;
        forged[at] = byte;
        spikewell::write_checkpoint(folder / "flipped.ckp", forged, belongs_to);
    };
    forge(24 + 7, '\xff');
    refused(same + "--out out --resume flipped.ckp", "cannot be one: its time");
    forge(content.size() - 16 - 1, '\xff');
    refused(same + "--out out --resume flipped.ckp", "are not those of this network");
    forge(content.size() - 1, '\x7f');
    refused(same + "--out out --resume flipped.ckp", "its parts are longer than the whole");
    std::string older = checkpoint;
    older[7] = '1';
    folder.write("flipped.ckp", older);
    refused(same + "--out out --resume flipped.ckp",
            "is a checkpoint of format version 1; this Spikewell reads version 4");
    refused(same + "--out elsewhere --resume run.ckp", "is not what the run to be resumed wrote");
    CHECK(folder.content("out/spikes.csv") == spikes);
    CHECK(folder.entry_count() == before);
}

namespace {

/// Three nodes under evidence, as `evidence` says.
void write_nodes(const ScratchFolder& folder,
                 const std::string& name,
                 const std::string& evidence) {
    folder.write(name,
                 R"({"format": "spikewell-network", "version": 1, "seed": 7, "duration_ms": 200,
        "populations": [{"name": "A", "model": "dyadic_attractor", "n_nodes": 3, )" +
                     evidence + R"(}],
        "projections": [{"pre": "A", "post": "A", "coupling":
            {"rows": 3, "cols": 3, "row_major": [0, 1, 0, 0.5, 0, -1, 0, 0.25, 0]}}],
        "recordings": [{"name": "s", "record": "spikes", "population": "A"}]})");
}

} // namespace

TEST_CASE("Simulate shows nodes evidence over time, from the network or a table beside it") {
    const ScratchFolder folder;
    folder.write("b.csv", "0,2,-2,0\n60.5,0,0,0\n120,-2,1,4\n");
    write_nodes(folder, "table.json", R"("evidence_file": "b.csv")");
    write_nodes(
        folder, "inline.json",
        R"("evidence": {"times_ms": [0, 60.5, 120], "values": [[2, -2, 0], 0, [-2, 1, 4]]})");
    write_nodes(folder, "none.json", R"("tau_m_ms": 3)");
    const auto spikes_of = [&](const std::string& name, const std::string& options) {
        const ProgramEnd outcome = run_in(
            folder, "simulate " + name + ".json --force --quiet --out " + name + " " + options);
        CHECK(outcome.errors.empty());
        REQUIRE(outcome.exit_code == 0);
        return folder.content(name + "/spikes.csv");
    };
    const std::string spikes = spikes_of("table", "");
    CHECK(lines_of(spikes).size() > 50);
    CHECK((spikes_of("inline", "") == spikes));
    CHECK((spikes_of("table", "--threads 2") == spikes));
    CHECK(spikes_of("none", "") != spikes);
    // What a run reads is not what it writes.
    const ProgramEnd over =
        run_in(folder, "simulate table.json --out new --force --checkpoint b.csv");
    CHECK(over.exit_code == 1);
    REQUIRE(over.errors.size() == 1);
    CHECK_THAT(over.errors[0], Catch::Contains("b.csv"));
}

TEST_CASE("A run under evidence goes on, but not under other evidence") {
    const ScratchFolder folder;
    write_nodes(folder, "net.json", R"("evidence": {"times_ms": [0, 9000], "values": [1, -1]})");
    REQUIRE(run_in(folder, "simulate net.json --out whole --quiet --duration-ms 20000").exit_code ==
            0);
    Child child(folder, long_run("20000"));
    REQUIRE(appears(folder / "run.ckp"));
    REQUIRE(child.end_by(SIGINT) == 130);
    const std::string resume = " --duration-ms 20000 --quiet --out out --resume run.ckp";
    write_nodes(folder, "other.json", R"("evidence": {"times_ms": [0, 9000], "values": [1, -2]})");
    const ProgramEnd refused = run_in(folder, "simulate other.json" + resume);
    CHECK(refused.exit_code == 1);
    REQUIRE(refused.errors.size() == 1);
    CHECK_THAT(refused.errors[0], Catch::Contains("checkpoint is of another network"));
    REQUIRE(run_in(folder, "simulate net.json" + resume).exit_code == 0);
    CHECK((folder.content("out/spikes.csv") == folder.content("whole/spikes.csv")));
}
