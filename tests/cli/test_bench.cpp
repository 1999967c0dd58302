#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>

// The benchmark program runs, and writes what tests/benchmark/README.md says. How long anything
// takes is no test.

using namespace spikewell::test;
using Json = nlohmann::json;

namespace {

ProgramEnd bench(const ScratchFolder& folder, const std::string& arguments) {
    return run_command(folder, "'" SPIKEWELL_BENCH "' " + arguments);
}

std::vector<std::string> names_of(const Json& runs) {
    std::vector<std::string> names;
    for (const Json& run : runs)
        names.push_back(run.at("name"));
    return names;
}

std::set<std::string> keys_of(const Json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items())
        keys.insert(key);
    return keys;
}

const std::set<std::string> k_always = {
    "name",         "threads",         "seed",         "wall_s", "cpu_s", "simulated_ms", "spikes",
    "mean_rate_hz", "synaptic_events", "peak_rss_mib", "q"};

const std::set<std::string> k_of_rates = {
    "name",          "threads",      "seed",        "wall_s",          "cpu_s", "build_s",
    "synapse_bytes", "peak_rss_mib", "steps_per_s", "share_of_stream", "steps"};

std::set<std::string> with(std::set<std::string> keys, const std::set<std::string>& more) {
    keys.insert(more.begin(), more.end());
    return keys;
}

} // namespace

TEST_CASE("The microcircuit is measured at any scale, and side by side") {
    const ScratchFolder folder;
    const ProgramEnd outcome =
        bench(folder,
              "--only PD14 --scale 0.01 --copies 2 --threads 2 --duration-ms 20 --json runs.json");
    REQUIRE(outcome.errors.empty());
    const Json run = Json::parse(folder.content("runs.json")).at(0);
    CHECK(keys_of(run) ==
          with(k_always, {"build_s", "synapse_bytes", "poisson_inputs", "scale", "copies",
                          "synapses", "build_ns_per_synapse", "required_mib"}));
    CHECK(run.at("scale") == 0.01);
    CHECK(run.at("copies") == 2);
    // 2.99e8 synapses at scales of 0.01 of neurons and in-degrees, twice.
    CHECK(run.at("synapses").get<double>() == Approx(2 * 29'888).epsilon(0.001));
    CHECK(run.at("poisson_inputs") > 0);
}

TEST_CASE("The benchmark measures the whole table and writes every field of every run") {
    const ScratchFolder folder;
    const ProgramEnd outcome = bench(folder, "--duration-ms 1 --json runs.json");
    REQUIRE(outcome.errors.empty());
    REQUIRE(outcome.exit_code == 0);
    CHECK(lines_of(outcome.out).size() == 1 + 13);
    const Json runs = Json::parse(folder.content("runs.json"));
    REQUIRE(names_of(runs) == std::vector<std::string>{"A", "A20", "B", "C", "D", "F64", "F784",
                                                       "F4096", "L784", "L4096", "R1000", "R5000",
                                                       "R10000"});
    for (const Json& run : runs) {
        const std::string name = run.at("name");
        CAPTURE(name);
        if (name.front() == 'R') {
            CHECK(keys_of(run) == k_of_rates);
            CHECK(run.at("steps_per_s") > 0.0);
            CHECK(run.at("share_of_stream") > 0.0);
            continue;
        }
        CHECK(keys_of(run) ==
              (name == "F64"
                   ? with(k_always, {"ms_per_tau_ref", "rate_form_wall_s", "ratio_to_rate_form"})
               : name.front() == 'L'
                   ? with(k_always, {"build_s", "synapse_bytes", "ms_per_tau_ref"})
               : name.front() == 'F'
                   ? with(k_always, {"build_s", "synapse_bytes", "ms_per_tau_ref", "candidates",
                                     "arrivals", "windows"})
                   : with(k_always, {"build_s", "synapse_bytes", "poisson_inputs"})));
        CHECK(run.at("threads") == 1);
        CHECK(run.at("seed") == 1);
        // The digits are learnt in presentations of ten tau_ref each, of which one is the least.
        CHECK(run.at("simulated_ms") == (name == "F64" ? 100.0 : 1.0));
        CHECK(run.at("wall_s") > 0.0);
        CHECK(run.at("q").get<double>() ==
              Approx(1e3 * run.at("wall_s").get<double>() / run.at("simulated_ms").get<double>()));
        CHECK(run.at("peak_rss_mib") > 1.0);
        const std::uint64_t spikes = run.at("spikes");
        CHECK(run.at("mean_rate_hz") >= 0.0);
        CHECK((spikes > 0) == (run.at("mean_rate_hz") > 0.0));
    }
}

TEST_CASE("The benchmark takes names, threads, seed and repetitions") {
    const ScratchFolder folder;
    const std::string line = "--only D,A --threads 2 --repeat 2 --duration-ms 30 --json ";
    REQUIRE(bench(folder, line + "one.json --seed 5").exit_code == 0);
    REQUIRE(bench(folder, line + "two.json --seed 6").exit_code == 0);
    const Json one = Json::parse(folder.content("one.json"));
    const Json two = Json::parse(folder.content("two.json"));
    REQUIRE(names_of(one) == std::vector<std::string>{"D", "D", "A", "A"});
    CHECK(one[0].at("threads") == 2);
    CHECK(one[0].at("seed") == 5);
    CHECK(one[0].at("simulated_ms") == 30.0);
    for (const std::size_t first : {std::size_t{0}, std::size_t{2}}) {
        CHECK(one[first].at("spikes") > 0);
        CHECK(one[first].at("spikes") == one[first + 1].at("spikes"));
        CHECK(one[first].at("spikes") != two[first].at("spikes"));
    }
}

TEST_CASE("Each mistake on the benchmark's command line is told in one line") {
    const auto [arguments, complaint] = GENERATE(table<std::string, std::string>({
        {"", "--json is required"},
        {"--only E --json new.json",
         "--only: must be A, A20, B, C, T, S, D, COBA, PD14, F64 (training) or "
         "F, L or R and a number of nodes up to 99999, "
         "got E"},
        {"--only A,F --json new.json", "got F"},
        {"--threads 0 --json new.json",
         "--threads: must be a whole number, got 0, allowed 1 .. 4096"},
        {"--seed -1 --json new.json", "--seed: must be a whole number, got -1"},
        {"--repeat 1.5 --json new.json", "--repeat: must be a whole number, got 1.5"},
        {"--duration-ms nan --json new.json", "--duration-ms: must be 0 .. 1e+15, got nan"},
        {"--jason new.json --json new.json", "--jason"},
        {"--only A --json .", "is a folder"},
        {"--only F99999 --json new.json", "F99999: network: needs 1.2e+11 bytes of memory"},
    }));
    const ScratchFolder folder;
    const ProgramEnd outcome = bench(folder, arguments);
    CAPTURE(arguments, outcome.errors);
    CHECK(outcome.exit_code == 1);
    REQUIRE(outcome.errors.size() == 1);
    CHECK(outcome.errors[0].find("spikewell-bench: ") == 0);
    CHECK(outcome.errors[0].find(complaint) != std::string::npos);
    CHECK(folder.entry_count() == 0);
}
