#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

// `export` and `import` as a user runs them.

using namespace spikewell::test;
using Json = nlohmann::json;

namespace {

/// A source drives noisy cells over listed synapses: what all formats can say.
void write_exchanged_network(const ScratchFolder& folder) {
    folder.write("net.json", R"({
        "format": "spikewell-network", "version": 1, "seed": 7, "duration_ms": 50,
        "populations": [
            {"name": "drive", "model": "spike_list", "size": 2, "spikes": [[1, 0], [2.5, 1]]},
            {"name": "cells", "model": "lif_exp", "size": 3, "E_L_mV": -60, "t_ref_ms": 2,
             "escape": {"rate_Hz": 20, "theta_mV": -50, "slope_mV": 2}}],
        "projections": [
            {"name": "in", "pre": "drive", "post": "cells", "connector": "list",
             "synapses": [[0, 2, 1.5, 1], [1, 0, 0.1, 2.5]]}],
        "recordings": [{"name": "all", "record": "spikes", "population": "cells"}]})");
}

/// Two nodes that silence each other.
void write_nodes(const ScratchFolder& folder) {
    folder.write("nodes.json", R"({
        "format": "spikewell-network", "version": 1, "duration_ms": 50,
        "populations": [{"name": "A", "model": "dyadic_attractor", "n_nodes": 2,
                         "neurons_per_node": 3}],
        "projections": [{"pre": "A", "post": "A",
                         "coupling": {"rows": 2, "cols": 2, "row_major": [0, -1, -1, 0]}}],
        "recordings": [{"name": "all", "record": "spikes", "population": "A"}]})");
}

void require_success(const ProgramEnd& end) {
    for (const std::string& line : end.errors)
        UNSCOPED_INFO(line);
    REQUIRE(end.exit_code == 0);
    REQUIRE(end.errors.empty());
}

/// The report: "exact: ...", "approximated: ...", "lost: ...".
void check_report(const std::string& out) {
    for (const char* word : {"exact: ", "approximated: ", "lost: "}) {
        INFO(word);
        CHECK(out.find(word) != std::string::npos);
    }
}

struct ExchangeMistake {
    std::string arguments;
    std::string told;
};

const std::vector<ExchangeMistake> k_exchange_mistakes{
    {"export missing.json --to sonata --out new", "missing.json: cannot be read"},
    {"export net.json --to sonatta --out new", "--to"},
    {"export net.json --out new", "--to is required"},
    {"export net.json --to nir --out ''", "--out must be a folder"},
    {"export net.json --to nir --out file", "file"},
    {"export net.json --to nir --out new --nir-convention dirak", "--nir-convention"},
    {"export net.json --to nestml --out new", "no dyadic_attractor"},
    {"export nodes.json --to nir --out new", "A_bit1: fires by chance alone"},
    {"export nodes.json --to pynn --out new", "A"},
    {"export cut.json --to sonata --out new", "cut.json"},
    {"export net.json --to sonata --out new --duration-ms nan", "--duration-ms"},
    {"import net.json --from nir --out new.json", "net.json"},
    {"import net.json --from sonata --out new.json", "net.json"},
    {"import missing.h5 --from nir --nir-convention dirac --nir-dt-ms 1 --out new.json",
     "--nir-dt-ms has no effect with --nir-convention dirac"},
    {"import missing.h5 --from nir --nir-dt-ms 0 --out new.json", "--nir-dt-ms"},
    {"import missing.h5 --from nir --out new.json", "missing.h5"},
    {"import net.json --from nml --out new.json", "--from"},
    {"import net.json --from sonata --out net.json", "net.json"},
    {"import net.json --from nir --lossy --out new.json", "--lossy has no effect"},
};

} // namespace

TEST_CASE("a network that was exported and imported is the same network, and runs the same") {
    const ScratchFolder folder;
    write_exchanged_network(folder);
    const ProgramEnd written = run_in(folder, "export net.json --to sonata --out circuit");
    require_success(written);
    check_report(written.out);
    require_success(
        run_in(folder, "import circuit/simulation_config.json --from sonata --out again.json"));
    require_success(run_in(folder, "simulate net.json --out a --quiet"));
    require_success(run_in(folder, "simulate again.json --out b --quiet"));
    CHECK(folder.content("a/spikes.csv").size() > 20);
    CHECK(folder.content("a/spikes.csv") == folder.content("b/spikes.csv"));

    require_success(run_in(folder, "export again.json --to sonata --out circuit2 --quiet"));
    for (const char* name : {"circuit_config.json", "node_types.csv", "edge_types.csv"}) {
        INFO(name);
        CHECK(folder.content(std::string("circuit/") + name) ==
              folder.content(std::string("circuit2/") + name));
    }
}

TEST_CASE("what a circuit has that a network has no place for is refused, or left out and said") {
    const ScratchFolder folder;
    write_exchanged_network(folder);
    require_success(run_in(folder, "export net.json --to sonata --out circuit --quiet"));
    Json simulation = json_of(folder, "circuit/simulation_config.json");
    simulation["inputs"]["noise"] = {{"input_type", "current_clamp"}, {"module", "noise"}};
    folder.write("circuit/mine.json", simulation.dump());
    const std::string import = "import circuit/mine.json --from sonata --out again.json";
    const ProgramEnd refused = run_in(folder, import);
    CHECK(refused.exit_code == 1);
    REQUIRE(refused.errors.size() == 1);
    CHECK_THAT(refused.errors[0],
               Catch::Contains("/inputs/noise/module: only IClamp of a current_clamp is "
                               "read, got \"noise\"; --lossy leaves it out"));
    CHECK_FALSE(std::filesystem::exists(folder / "again.json"));
    const ProgramEnd lossy = run_in(folder, import + " --lossy");
    require_success(lossy);
    CHECK_THAT(lossy.out, Catch::Contains("lost: /inputs/noise/module: only IClamp"));
}

TEST_CASE("a network goes through NIR but for what its report calls lost") {
    const ScratchFolder folder;
    write_exchanged_network(folder);
    for (const std::string convention : {"dt", "dirac"}) {
        INFO(convention);
        const ProgramEnd written = run_in(
            folder, "export net.json --to nir --out graph --force --nir-convention " + convention);
        require_success(written);
        check_report(written.out);
        require_success(
            run_in(folder, "import graph/network.nir --from nir --out again.json --force"));
        const Json again = json_of(folder, "again.json");
        REQUIRE(again["projections"].size() == 1);
        const Json& synapses = again["projections"][0]["synapses"];
        REQUIRE(synapses.size() == 2);
        CHECK(synapses[0][2].get<double>() + synapses[1][2].get<double>() == Approx(1.6));
    }
}

TEST_CASE("nodes become neurons where a format has no nodes") {
    const ScratchFolder folder;
    write_nodes(folder);
    const ProgramEnd written = run_in(folder, "export nodes.json --to sonata --out circuit");
    require_success(written);
    CHECK(written.out.find("pulses of nodes") != std::string::npos);
    require_success(
        run_in(folder, "import circuit/simulation_config.json --from sonata --out again.json"));
    const Json again = json_of(folder, "again.json");
    std::vector<std::string> names;
    for (const Json& population : again["populations"])
        names.push_back(population["name"]);
    CHECK(names == std::vector<std::string>{"A_bit1", "A_bit2", "A_bit3", "A_bias"});
    require_success(run_in(folder, "simulate again.json --out run --quiet"));
    CHECK(json_of(folder, "run/run.json")["populations"]["A_bit1"]["spikes"] > 0);
    require_success(
        run_in(folder, "export nodes.json --to nir --nir-convention dirac --out graph --quiet"));
    require_success(run_in(folder, "export nodes.json --to nestml --out nestml --quiet"));
}

TEST_CASE("a trained model becomes neurons that see its images") {
    const ScratchFolder folder;
    folder.write("config.json", R"({"training": {"presentations": 20}})");
    require_success(run_in(folder, "train config.json --out model.json --quiet"));
    require_success(
        run_in(folder, "export model.json --to sonata --out circuit --duration-ms 100 --quiet"));
    require_success(
        run_in(folder, "import circuit/simulation_config.json --from sonata --out net.json"));
    require_success(run_in(folder, "simulate net.json --out run --quiet"));
    const Json run = json_of(folder, "run/run.json");
    CHECK(run["duration_ms"] == 100);
    REQUIRE(run["populations"].size() == 7);
    CHECK(run["populations"]["evidence"]["spikes"] == 10); // an image each tau_ref
    CHECK(run["populations"]["attractor_bit1"]["spikes"] > 0);
}

TEST_CASE("mistakes with export and import are told in one line and leave nothing behind") {
    const ScratchFolder folder;
    write_exchanged_network(folder);
    write_nodes(folder);
    folder.write("cut.json", R"({"format": "spikewell-network",)");
    folder.write("file", "a regular file");
    const std::string before = folder.content("net.json");
    for (const ExchangeMistake& mistake : k_exchange_mistakes) {
        INFO(mistake.arguments);
        const ProgramEnd end = run_in(folder, mistake.arguments);
        CHECK(end.exit_code == 1);
        REQUIRE(end.errors.size() == 1);
        INFO(end.errors[0]);
        CHECK(end.errors[0].find(mistake.told) != std::string::npos);
    }
    CHECK(folder.content("net.json") == before);
    CHECK_FALSE(std::filesystem::exists(folder / "new"));
    CHECK_FALSE(std::filesystem::exists(folder / "new.json"));
}
