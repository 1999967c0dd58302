#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

// map, check and machines as a user runs them.

using namespace spikewell::test;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

const std::string k_graphs = SPIKEWELL_SOURCE_DIR "/tests/data/graphs/";

} // namespace

TEST_CASE("map writes a layout that check finds right, and a report") {
    const ScratchFolder folder;
    const ProgramEnd map = run_in(folder, "map '" + k_graphs + "G1.json' --out layout");
    REQUIRE(map.errors.empty());
    REQUIRE(map.exit_code == 0);
    CHECK_THAT(map.out, Contains("200 slices") && Contains("checked"));
    for (const char* name : {"machine.json", "placements.json", "routing_tables.json", "keys.json",
                             "timings.json", "layout.json", "report.html"})
        CHECK(std::filesystem::file_size(folder / (std::string("layout/") + name)) > 0);
    const Json statistics = Json::parse(folder.content("layout/layout.json"))["statistics"];
    CHECK(statistics["hops"] > 0);
    CHECK(Json::parse(folder.content("layout/timings.json"))["seconds"].contains("minimise"));
    const ProgramEnd check = run_in(folder, "check layout");
    CHECK(check.exit_code == 0);
    CHECK_THAT(check.out, Contains("right"));
}

TEST_CASE("The same seed writes the same files, another seed others") {
    const ScratchFolder folder;
    const auto mapped = [&](const std::string& out, const std::string& seed) {
        REQUIRE(run_in(folder, "map '" + k_graphs + "G1.json' --placer random --seed " + seed +
                                   " --out " + out)
                    .exit_code == 0);
        return folder.content(out + "/placements.json") +
               folder.content(out + "/routing_tables.json");
    };
    const std::string first = mapped("a", "1");
    CHECK(first == mapped("b", "1"));
    CHECK(first != mapped("c", "2"));
}

TEST_CASE("Placers that work longer for more effort take it, others say that they do not") {
    const ScratchFolder folder;
    const std::string map = "map '" + k_graphs + "G2.json' --effort 0.001";
    REQUIRE(run_in(folder, map + " --out multilevel").exit_code == 0);
    const Json layout = Json::parse(folder.content("multilevel/layout.json"));
    CHECK(layout.dump().find("\"effort\":0.001") != std::string::npos);
    const ProgramEnd fast =
        run_in(folder, "map '" + k_graphs + "G2.json' --placer fast --effort 2 --out fast");
    CHECK(fast.exit_code == 1);
    REQUIRE(fast.errors.size() == 1);
    CHECK_THAT(fast.errors[0], Contains("--effort has no effect with --placer fast"));
}

TEST_CASE(
    "Places chosen elsewhere are routed and checked as they are, or refused by what is wrong") {
    const ScratchFolder folder;
    const std::string map = "map '" + k_graphs + "G1.json' ";
    REQUIRE(run_in(folder, map + "--placer random --out first").exit_code == 0);
    const Json given = Json::parse(folder.content("first/placements.json"));
    REQUIRE(run_in(folder, map + "--placements first/placements.json --out again").exit_code == 0);
    CHECK(Json::parse(folder.content("again/placements.json")) == given);
    CHECK(folder.content("again/routing_tables.json") ==
          folder.content("first/routing_tables.json"));
    CHECK(run_in(folder, "check again").exit_code == 0);
    const auto refusal = [&](const Json& places) {
        folder.write("wrong.json", places.dump());
        const ProgramEnd end = run_in(folder, map + "--placements wrong.json --out never");
        CHECK(end.exit_code == 1);
        CHECK_FALSE(std::filesystem::exists(folder / "never"));
        return end.errors.empty() ? std::string() : end.errors[0];
    };
    Json wrong = given;
    wrong.erase(7);
    CHECK_THAT(refusal(wrong), Contains("must be a place of each vertex, got none"));
    CHECK_THAT(refusal(Json::array()), Contains("must be a place of each vertex, got none"));
    wrong = given;
    wrong[3] = given[4];
    CHECK_THAT(refusal(wrong), Contains("got two places"));
    wrong = given;
    wrong[3]["vertex_label"] = "nobody";
    CHECK_THAT(refusal(wrong), Contains("nobody must be labels of the graph"));
    wrong = given;
    wrong[3]["p"] = 0;
    CHECK_THAT(refusal(wrong), Contains("must be a core for users, 1 .. 17 there"));
    wrong[3]["p"] = 18;
    CHECK_THAT(refusal(wrong), Contains("got core 18 of chip"));
    wrong = given;
    wrong[3]["x"] = 7;
    wrong[3]["y"] = 0;
    CHECK_THAT(refusal(wrong), Contains("got (7, 0)"));
    wrong = given;
    for (const char* key : {"x", "y", "p"})
        wrong[3][key] = given[4][key];
    CHECK_THAT(refusal(wrong), Contains("must be a core of its own"));
    const ProgramEnd both =
        run_in(folder, map + "--placements first/placements.json --placer fast --out never");
    CHECK(both.exit_code == 1);
}

TEST_CASE("Two runs write the same bytes in every file but timings.json") {
    const ScratchFolder folder;
    const std::string input = GENERATE(
        k_graphs + "G1.json'",
        std::string(SPIKEWELL_SOURCE_DIR "/examples/balanced_network/balanced.json' --machine "
                                         "spinn5"));
    for (const char* out : {"a", "b"})
        REQUIRE(run_in(folder, "map '" + input + " --out " + out).exit_code == 0);
    std::size_t n = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder / "a")) {
        const std::string name = file.path().filename().string();
        INFO(name);
        if (name == "timings.json") continue;
        CHECK(folder.content("a/" + name) == folder.content("b/" + name));
        ++n;
    }
    CHECK(n >= 6);
}

TEST_CASE("4,000 neurons that learn to inhibit map on one board, and their layout is right") {
    const ScratchFolder folder;
    folder.write("network.json", R"({"format": "spikewell-network", "version": 1, "seed": 1,
        "duration_ms": 1000, "populations": [{"name": "cells", "model": "lif_delta", "size": 4000}],
        "projections": [
         {"name": "exc", "pre": {"population": "cells", "first": 0, "count": 3200}, "post": "cells",
          "connector": "fixed_probability", "probability": 0.02, "weight_mV": 1},
         {"name": "inh", "pre": {"population": "cells", "first": 3200}, "post": "cells",
          "connector": "fixed_probability", "probability": 0.02, "weight_mV": -5,
          "plasticity": {"rule": "inhibitory_stdp"}}]})");
    for (const char* machine : {"spinn5", "spinnaker2"}) {
        const ProgramEnd map =
            run_in(folder, fmt::format("map network.json --machine {0} --out {0}", machine));
        REQUIRE(map.errors.empty());
        CHECK(map.exit_code == 0);
        CHECK(run_in(folder, fmt::format("check {}", machine)).exit_code == 0);
    }
}

TEST_CASE("A machine in pieces is said to be so, when it fits and when it does not") {
    const ScratchFolder folder;
    // Chip (0, 0) of a SpiNN-3 board alone.
    const std::string cut = "--machine spinn3 --down-links 0,0,0:0,0,1:0,0,2:0,0,5 --repair ";
    const std::string text =
        "the machine is in 2 pieces, of 3 chips with (0, 1), 1 chip with (0, 0)";
    folder.write("small.json", R"({"machine": {"version": 3, "width": 2, "height": 2},
        "vertices": [{"label": "a"}, {"label": "b"}], "nets": [{"source": "a", "sinks": ["b"]}]})");
    const ProgramEnd small = run_in(folder, "map small.json " + cut + "--out small");
    CHECK(small.exit_code == 0);
    CHECK_THAT(small.out, Contains(text));
    const ProgramEnd large = run_in(folder, "map '" + k_graphs + "G1.json' " + cut + "--out large");
    CHECK(large.exit_code == 2);
    REQUIRE(large.errors.size() == 1);
    CHECK_THAT(large.errors[0], Contains("available 51") && Contains(text));
}

TEST_CASE("What does not fit ends with exit code 2, one line, and nothing written") {
    const ScratchFolder folder;
    const ProgramEnd map =
        run_in(folder, "map '" + k_graphs + "G3.json' --machine spinn5 --out layout");
    CHECK(map.exit_code == 2);
    REQUIRE(map.errors.size() == 1);
    CHECK_THAT(map.errors[0],
               Contains("cores: needed 1500, available 808; 692 slices are left over"));
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("Memory and tables that do not fit are said likewise, with the best table length") {
    const ScratchFolder folder;
    REQUIRE(run_in(folder, "map '" + k_graphs + "G1.json' --out layout").exit_code == 0);
    Json machine = Json::parse(folder.content("layout/machine.json"));
    std::filesystem::remove_all(folder / "layout");
    std::string expected;
    SECTION("memory") {
        for (const char* resources : {"standardResources", "ethernetResources"})
            machine[resources]["sdram"] = 1000000;
        expected = "SDRAM bytes of one chip: needed 2097152, available 1000000";
    }
    SECTION("router entries") {
        for (const char* resources : {"standardResources", "ethernetResources"})
            machine[resources]["routerEntries"] = 9;
        expected = "router entries of one chip: needed ";
    }
    folder.write("small.json", machine.dump());
    const ProgramEnd map =
        run_in(folder, "map '" + k_graphs + "G1.json' --machine small.json --out layout");
    CHECK(map.exit_code == 2);
    REQUIRE(map.errors.size() == 1);
    CHECK_THAT(map.errors[0], Contains(expected));
    if (expected.substr(0, 6) == "router")
        CHECK_THAT(map.errors[0], Contains("available 9; the best of ") &&
                                      Contains("attempts leaves a table of "));
    CHECK(folder.entry_count() == 1);
}

TEST_CASE("map says what PACMAN's format cannot hold and what a graph leaves unchecked") {
    const ScratchFolder folder;
    folder.write("graph.json", R"({"machine": {"version": 3, "width": 2, "height": 2},
        "vertices": [{"label": "a", "n_keys": 4}, {"label": "b"}],
        "nets": [{"source": "a", "sinks": ["b"]}]})");
    const ProgramEnd second = run_in(folder, "map graph.json --machine spinnaker2 --out second");
    CHECK(second.exit_code == 0);
    CHECK_THAT(second.out, Contains("153 cores do not fit the 24 bits"));
    CHECK_THAT(second.out, !Contains("fan-in"));
    CHECK(run_in(folder, "check second").exit_code == 0);
    const ProgramEnd third = run_in(folder, "map graph.json --machine loihi2 --out third");
    CHECK(third.exit_code == 0);
    CHECK_THAT(third.out, Contains("nothing of fan-in"));
    const ProgramEnd first = run_in(folder, "map graph.json --out first");
    CHECK(first.exit_code == 0);
    CHECK_THAT(first.out, !Contains("24 bits") && !Contains("fan-in"));
    const ProgramEnd small = run_in(folder, "map graph.json --machine brainscales2 --out small");
    CHECK(small.exit_code == 0);
}

TEST_CASE("Mistakes of map and check are one line each, exit code 1, nothing written") {
    const ScratchFolder folder;
    const std::string g1 = "map '" + k_graphs + "G1.json' ";
    folder.write("one_way.json", R"({"machine": {"version": 3, "width": 2, "height": 2,
        "down_links": [[0, 0, 2]]}, "vertices": [{"label": "a"}], "nets": []})");
    const std::vector<std::pair<std::string, std::string>> mistakes{
        {"map missing.json --out layout", "missing.json"},
        {g1, "--out"},
        {g1 + "--out layout --machine 20x20", "12, 16, 24"},
        {g1 + "--out layout --machine spin5", "did you mean spinn5?"},
        {g1 + "--out layout --machine missing.json", "missing.json"},
        {g1 + "--out layout --placer best", "fast"},
        {g1 + "--out layout --down-chips 7,0", "(7, 0)"},
        {g1 + "--out layout --down-links 0,0,0", "link 0 (east) of chip (0, 0)"},
        {g1 + "--out layout --down-links 0,0,0", "repair"},
        {"map one_way.json --out layout", "link 2 (north) of chip (0, 0)"},
        {g1 + "--out layout --down-links 0,0", "0,0"},
        {g1 + "--out layout --down-cores 0,0,77", "77"},
        {"check missing", "missing"}};
    for (const auto& [arguments, expected] : mistakes) {
        INFO(arguments);
        const ProgramEnd outcome = run_in(folder, arguments);
        CHECK(outcome.exit_code == 1);
        REQUIRE(outcome.errors.size() == 1);
        CHECK_THAT(outcome.errors[0], Contains(expected));
        CHECK(folder.entry_count() == 1);
    }
}

TEST_CASE("Dead parts are kept off, and --repair takes links as dead in both directions") {
    const ScratchFolder folder;
    REQUIRE(run_in(folder, "map '" + k_graphs +
                               "G1.json' --down-chips 1,1 --down-links 0,0,0 --down-cores 0,0,3-5 "
                               "--repair --out layout")
                .exit_code == 0);
    for (const Json& place : Json::parse(folder.content("layout/placements.json")))
        CHECK_FALSE((place["x"] == 1 && place["y"] == 1));
    CHECK(Json::parse(folder.content("layout/machine.json"))["chips"].size() == 47);
    CHECK(run_in(folder, "check layout").exit_code == 0);
    // The file serves as a machine again.
    REQUIRE(
        run_in(folder, "map '" + k_graphs + "G1.json' --machine layout/machine.json --out again")
            .exit_code == 0);
    CHECK(Json::parse(folder.content("again/machine.json")) ==
          Json::parse(folder.content("layout/machine.json")));
}

TEST_CASE("machines lists every preset and board with its limits") {
    const ScratchFolder folder;
    const ProgramEnd machines = run_in(folder, "machines");
    CHECK(machines.exit_code == 0);
    for (const char* name : {"spinn3", "spinn5", "spinn5x3", "WxH", "spinnaker2", "loihi2",
                             "brainscales2", "123469792", "1023"})
        CHECK_THAT(machines.out, Contains(name));
}
