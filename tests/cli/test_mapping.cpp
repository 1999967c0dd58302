#include "support/program.hpp"

#include <catch2/catch.hpp>
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
                             "layout.json", "report.html"})
        CHECK(std::filesystem::file_size(folder / (std::string("layout/") + name)) > 0);
    const Json statistics = Json::parse(folder.content("layout/layout.json"))["statistics"];
    CHECK(statistics["hops"] > 0);
    CHECK(statistics["seconds"].contains("minimise"));
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

TEST_CASE("A layout that was tampered with is rejected with what and where") {
    const ScratchFolder folder;
    REQUIRE(run_in(folder, "map '" + k_graphs + "G2.json' --out layout").exit_code == 0);
    Json tables = Json::parse(folder.content("layout/routing_tables.json"));
    tables[0]["entries"][0]["spinnaker_route"] = 1;
    folder.write("layout/routing_tables.json", tables.dump());
    const ProgramEnd check = run_in(folder, "check layout");
    CHECK(check.exit_code == 1);
    REQUIRE(!check.errors.empty());
    CHECK_THAT(check.errors[0], Contains("key 0x") && Contains("chip ("));
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

TEST_CASE("Mistakes of map and check are one line each, exit code 1, nothing written") {
    const ScratchFolder folder;
    const std::string g1 = "map '" + k_graphs + "G1.json' ";
    const std::vector<std::pair<std::string, std::string>> mistakes{
        {"map missing.json --out layout", "missing.json"},
        {g1, "--out"},
        {g1 + "--out layout --machine 20x20", "12, 16, 24"},
        {g1 + "--out layout --machine spin5", "spinn5"},
        {g1 + "--out layout --machine missing.json", "missing.json"},
        {g1 + "--out layout --placer best", "fast"},
        {g1 + "--out layout --down-chips 7,0", "(7, 0)"},
        {g1 + "--out layout --down-links 0,0,0", "repair"},
        {g1 + "--out layout --down-links 0,0", "0,0"},
        {g1 + "--out layout --down-cores 0,0,77", "77"},
        {"check missing", "missing"}};
    for (const auto& [arguments, expected] : mistakes) {
        INFO(arguments);
        const ProgramEnd outcome = run_in(folder, arguments);
        CHECK(outcome.exit_code == 1);
        REQUIRE(outcome.errors.size() == 1);
        CHECK_THAT(outcome.errors[0], Contains(expected));
        CHECK(folder.entry_count() == 0);
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
