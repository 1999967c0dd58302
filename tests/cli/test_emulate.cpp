#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

// map and emulate of models and networks as a user runs them.

using namespace spikewell::test;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

void train(const ScratchFolder& folder) {
    folder.write("config.json", R"({"training": {"presentations": 50},
                                    "evaluation": {"trials": 4, "steps": 10}})");
    REQUIRE(run_in(folder, "train config.json --backend rate --out model.json -q").exit_code == 0);
}

const std::string k_balanced = SPIKEWELL_SOURCE_DIR "/examples/balanced_network/balanced.json";

} // namespace

TEST_CASE("The digits network on a SpiNN-3 board: mapped, checked, emulated, compared") {
    const ScratchFolder folder;
    train(folder);
    const ProgramEnd map = run_in(folder, "map model.json --machine spinn3 --out layout");
    REQUIRE(map.errors.empty());
    REQUIRE(map.exit_code == 0);
    REQUIRE(run_in(folder, "check layout").exit_code == 0);
    const ProgramEnd emulate =
        run_in(folder, "emulate layout --duration-ms 200 --free-steps 20 2>/dev/null");
    REQUIRE(emulate.exit_code == 0);
    CHECK_THAT(emulate.out, Contains("identical to the direct simulation"));
    const Json result = json_of(folder, "layout/emulation.json");
    CHECK(result["identical"] == true);
    CHECK(result["spikes"] > 1000);
    CHECK(result["packets"]["lost"] == 0);
    CHECK(result["activity"]["energy"]["total_W"] > 0.0);
    CHECK(result["board"]["weight_bits"] == 16);
    CHECK(result["board"]["model"]["board"].contains("retrieval_dr2_median"));
    CHECK(folder.content("layout/emulation.html").size() > 1000);
    // Nothing is overwritten unasked.
    CHECK(run_in(folder, "emulate layout --trials 0 -q").exit_code == 1);
    const Json layout = json_of(folder, "layout/layout.json");
    CHECK(layout["slices"].size() > 1);
    CHECK(layout["slices"][0]["load"]["cycles"] > 0.0);
    CHECK(layout["network"]["digest"].get<std::string>().size() == 16);
}

TEST_CASE("emulate tells of a layout that is wrong, and of a network that is not the layout's") {
    const ScratchFolder folder;
    train(folder);
    REQUIRE(run_in(folder, "map model.json --machine spinn3 --out layout -q").exit_code == 0);
    SECTION("a file that was changed behind the list's back") {
        folder.write("layout/keys.json", folder.content("layout/keys.json") + "\n");
        const ProgramEnd end = run_in(folder, "emulate layout --trials 0 -q");
        CHECK(end.exit_code == 1);
        REQUIRE(end.errors.size() == 1);
        CHECK_THAT(end.errors[0],
                   Contains("is not what layout.json lists: keys.json: is not what was written"));
    }
    Json main_file = json_of(folder, "layout/layout.json"); // as another program writes it
    main_file.erase("files");
    folder.write("layout/layout.json", main_file.dump());
    SECTION("a route leads to no core") {
        Json tables = json_of(folder, "layout/routing_tables.json");
        for (Json& table : tables) {
            for (Json& entry : table["entries"])
                entry["spinnaker_route"] = entry["spinnaker_route"].get<int>() & 0x3F;
        }
        folder.write("layout/routing_tables.json", tables.dump());
        const ProgramEnd end = run_in(folder, "emulate layout --trials 0 -q");
        CHECK(end.exit_code == 1);
        REQUIRE(end.errors.size() == 1);
        CHECK_THAT(end.errors[0], Contains("are not those of the network"));
    }
    SECTION("another network") {
        Json network = json_of(folder, "layout/network.json");
        network["seed"] = 99;
        folder.write("layout/network.json", network.dump());
        const ProgramEnd end = run_in(folder, "emulate layout --trials 0 -q");
        CHECK(end.exit_code == 1);
        REQUIRE(end.errors.size() == 1);
        CHECK_THAT(end.errors[0], Contains("is another network than the layout's"));
    }
    CHECK_FALSE(std::filesystem::exists(folder / "layout/emulation.json"));
}

TEST_CASE("A model that learns brings twins, one that fits no core ends with exit code 2") {
    const ScratchFolder folder;
    train(folder);
    REQUIRE(
        run_in(folder, "map model.json --learning --slow-down 10 --machine spinn3 --out layout -q")
            .exit_code == 0);
    const Json slice = json_of(folder, "layout/layout.json")["slices"][0];
    CHECK(slice["twins"] == slice["count"]);
    const ProgramEnd too_many = run_in(folder, "map model.json --machine brainscales2 --out other");
    CHECK(too_many.exit_code == 2);
    REQUIRE(too_many.errors.size() == 1);
    CHECK_THAT(too_many.errors[0], Contains("input axons of a core: needed 630, available 256"));
    CHECK_FALSE(std::filesystem::exists(folder / "other"));
    const ProgramEnd no_machine = run_in(folder, "map model.json --out other");
    CHECK(no_machine.exit_code == 1);
    CHECK_THAT(no_machine.errors.at(0), Contains("--machine"));
}

TEST_CASE("A network of LIF neurons is mapped and emulated") {
    const ScratchFolder folder;
    const ProgramEnd map =
        run_in(folder, "map '" + k_balanced +
                           "' --machine spinn5 --time-step-ms 0.1 --slow-down 10 --out layout");
    REQUIRE(map.errors.empty());
    REQUIRE(map.exit_code == 0);
    const ProgramEnd emulate = run_in(folder, "emulate layout --duration-ms 20 2>/dev/null");
    REQUIRE(emulate.exit_code == 0);
    CHECK(json_of(folder, "layout/emulation.json")["identical"] == true);
}

TEST_CASE("machines says which boards run the rule today") {
    const ScratchFolder folder;
    const ProgramEnd end = run_in(folder, "machines");
    CHECK(end.exit_code == 0);
    CHECK_THAT(end.out, Contains("What runs there today") && Contains("predictive Hebbian rule"));
}
