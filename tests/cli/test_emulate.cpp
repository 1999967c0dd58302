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
    SECTION("another network: of another seed, another size, another file") {
        Json network = json_of(folder, "layout/network.json");
        const std::string which = GENERATE("seed", "size", "file");
        CAPTURE(which);
        if (which == "seed") network["seed"] = 99;
        if (which == "size") network["populations"][0]["neurons_per_node"] = 3;
        folder.write("layout/network.json", network.dump());
        if (which == "file")
            std::filesystem::copy_file(k_balanced, folder / "layout/network.json",
                                       std::filesystem::copy_options::overwrite_existing);
        const ProgramEnd end = run_in(folder, "emulate layout --trials 0 -q");
        CHECK(end.exit_code == 1);
        REQUIRE(end.errors.size() == 1);
        const auto expected = main_file["network"]["digest"].get<std::string>();
        CHECK_THAT(end.errors[0],
                   Contains("network.json: is another network than the layout's: digest ") &&
                       Contains("layout.json says " + expected));
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

TEST_CASE(
    "A network that a board is too slow for: emulate warns of late packets, whatever the threads") {
    const ScratchFolder folder;
    // Mapped as if nobody fired.
    folder.write("network.json",
                 R"({"format": "spikewell-network", "version": 1, "seed": 1, "duration_ms": 50,
        "populations": [{"name": "noise", "model": "poisson", "size": 200, "times_ms": [0, 1],
                         "rates_Hz": [0.01, 600]},
                        {"name": "cells", "model": "lif_exp", "size": 100, "V_init_mV": -65}],
        "projections": [{"pre": "noise", "post": "cells", "connector": "all_to_all",
                         "weight_mV": 0.01, "delay_ms": 1}]})");
    const ProgramEnd map =
        run_in(folder, "map network.json --machine spinn3 --rates-from-ms 1 --out layout");
    REQUIRE(map.errors.empty());
    REQUIRE(map.exit_code == 0);
    const ProgramEnd one = run_in(folder, "emulate layout --duration-ms 50 --threads 1");
    REQUIRE(one.exit_code == 0);
    CHECK_THAT(one.out, Contains("warning: ") && Contains("are late"));
    const Json timing = json_of(folder, "layout/emulation.json")["timing"];
    CHECK(timing["cores"]["late_packets"] > 100);
    CHECK(timing["warnings"].size() == 1);
    const std::string first = folder.content("layout/emulation.json");
    CHECK_THAT(folder.content("layout/emulation.html"), Contains("are late"));
    REQUIRE(run_in(folder, "emulate layout --duration-ms 50 --threads 3 --force -q").exit_code ==
            0);
    CHECK(folder.content("layout/emulation.json") == first);
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
