#include "core/error.hpp"
#include "io/graph_file.hpp"
#include "io/json_reader.hpp"
#include "io/layout_files.hpp"
#include "io/machine_file.hpp"
#include "support/mapping.hpp"
#include "support/scratch_folder.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::mapping;
using Catch::Contains;
using nlohmann::json;

namespace {

Machine damaged() {
    return without(make_machine("spinn5x3"), {{{1, 7}}, {{{6, 9}, 2}}, {{{3, 3}, 4}}},
                   OneWayLinks::repair);
}

json read_json(const test::ScratchFolder& folder, const std::string& name) {
    return json::parse(folder.content(name));
}

std::vector<std::string> keys_of(const json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items())
        keys.push_back(key);
    return keys;
}

json graph_document() {
    return json::parse(R"({"name": "two", "seed": 1,
        "machine": {"version": 3, "width": 2, "height": 2, "down_chips": [], "down_links": []},
        "vertices": [{"label": "a", "n_keys": 4, "sdram": 10}, {"label": "b", "n_keys": 1, "sdram": 0}],
        "nets": [{"source": "a", "sinks": ["b"], "weight": 2.0},
                 {"source": "a", "sinks": ["a", "b"], "weight": 1.0}]})");
}

void write_layout(const Layout& layout, const test::ScratchFolder& folder) {
    io::FolderOutput({folder / "",
                      io::Overwrite::refuse,
                      io::layout_names(),
                      {},
                      {},
                      io::layout_names_that_vary()})
        .publish(io::layout_files(layout));
}

} // namespace

TEST_CASE(
    "A layout of which a file is not what layout.json lists is refused, and can be looked into") {
    const test::ScratchFolder folder;
    write_layout(map_graph(test::random_graph(20, 3, 3), make_machine("spinn3"), {}), folder);
    CHECK(io::find_layout(folder / "").differences.empty());
    folder.write("keys.json", folder.content("keys.json") + " ");
    CHECK_THROWS_WITH(
        io::read_layout(folder / ""),
        Contains("is not what layout.json lists: keys.json: is not what was written"));
    CHECK(io::find_layout(folder / "").differences.size() == 1);
}

TEST_CASE("A layout reads back as it was written") {
    const char* name = GENERATE("spinn5x3", "spinnaker2");
    Layout layout = map_graph(test::random_graph(150, 5, 3), make_machine(name), {});
    layout.populations = {{"cells", 30}};
    layout.slices = {{0, 0, 0, 16, 0}, {1, 0, 16, 14, 14}};
    const test::ScratchFolder folder;
    write_layout(layout, folder);
    const Layout back = io::read_layout(folder / "");
    CHECK(back.machine == layout.machine);
    CHECK(back.graph == layout.graph);
    CHECK(back.places == layout.places);
    CHECK(back.keys == layout.keys);
    CHECK(back.tables == layout.tables);
    CHECK(back.populations == layout.populations);
    CHECK(back.slices == layout.slices);
    CHECK(back.statistics.hops == layout.statistics.hops);
    CHECK(back.statistics.seconds.size() == layout.statistics.seconds.size());
}

TEST_CASE("A machine reads back as it was written, with its dead parts and its way of closing") {
    const Machine machine =
        GENERATE(damaged(), make_machine("spinn5"), make_machine("16x12"), make_machine("loihi2"));
    json document = json::parse(io::machine_to_json(machine).dump());
    Machine back = io::parse_machine(document, machine.name, machine.board);
    CHECK(back == machine);
}

TEST_CASE("Files have the fields of PACMAN's schemas, no more and no fewer") {
    const test::ScratchFolder folder;
    const Layout layout = map_graph(test::random_graph(150, 5, 3), damaged(), {});
    write_layout(layout, folder);
    const json machine = read_json(folder, "machine.json");
    CHECK(read_json(folder, "layout.json")["routes"] == "spinnaker_route");
    CHECK(keys_of(machine) == std::vector<std::string>{"chips", "ethernetResources", "height",
                                                       "root", "standardResources", "width"});
    CHECK(machine["standardResources"] ==
          json::parse(R"({"monitors": 1, "routerEntries": 1023, "sdram": 123469792, "tags": []})"));
    CHECK(machine["ethernetResources"]["tags"] == json::parse("[1, 2, 3, 4, 5, 6, 7]"));
    CHECK(machine["chips"][0] ==
          json::parse(R"([0, 0, {"cores": 18, "ethernet": [0, 0], "ipAddress": "127.0.0.0"}])"));
    CHECK(machine["chips"].size() == 143);
    const json places = read_json(folder, "placements.json");
    REQUIRE(places.size() == 150);
    CHECK(keys_of(places[0]) == std::vector<std::string>{"p", "vertex_label", "x", "y"});
    const json tables = read_json(folder, "routing_tables.json");
    REQUIRE(!tables.empty());
    CHECK(keys_of(tables[0]) == std::vector<std::string>{"entries", "x", "y"});
    CHECK(keys_of(tables[0]["entries"][0]) ==
          std::vector<std::string>{"defaultable", "key", "mask", "spinnaker_route"});
    CHECK(keys_of(read_json(folder, "keys.json")[0]) ==
          std::vector<std::string>{"key", "mask", "n_keys", "vertex_label"});
}

TEST_CASE("Routes beyond PACMAN's 24 bits are written as lists, and layout.json says so") {
    const test::ScratchFolder folder;
    // 600 vertices on few chips: many beyond core 17.
    const Layout layout = map_graph(test::random_graph(600, 5, 5), make_machine("spinnaker2"), {});
    write_layout(layout, folder);
    CHECK(read_json(folder, "layout.json")["routes"] == "links and cores");
    int highest = 0;
    for (const json& table : read_json(folder, "routing_tables.json")) {
        for (const json& entry : table["entries"]) {
            REQUIRE(keys_of(entry) ==
                    std::vector<std::string>{"cores", "defaultable", "key", "links", "mask"});
            for (const json& core : entry["cores"])
                highest = std::max(highest, core.get<int>());
        }
    }
    CHECK(highest > 100);
    CHECK(test::faults_of(io::read_layout(folder / "")).empty());
}

TEST_CASE("A machine file of another tool is read: links to absent chips do not count") {
    const json document = json::parse(R"({"width": 2, "height": 2, "root": [0, 0],
        "standardResources": {"monitors": 2, "routerEntries": 1000, "sdram": 1000, "tags": []},
        "ethernetResources": {"monitors": 2, "routerEntries": 900, "sdram": 1000, "tags": [1]},
        "chips": [[0, 0, {"cores": 18, "ethernet": [0, 0], "ipAddress": "1.2.3.4", "deadLinks": [1, 3, 4, 5]}],
                  [1, 0, {"cores": 17, "ethernet": [0, 0], "deadLinks": [0, 1, 2, 4, 5]}, {"sdram": 7}]]})");
    const Machine machine = io::parse_machine(document, "own.json", "spinnaker1");
    CHECK(user_cores(machine, machine.index({0, 0})) == 16);
    CHECK(machine.chips[machine.index({0, 0})].router_entries == 900);
    CHECK(machine.chips[machine.index({1, 0})].sdram_bytes == 7);
    CHECK(machine.chips[machine.index({0, 0})].links == 1U);
    CHECK_FALSE(machine.wraps_x);
    json one_way = document;
    one_way["chips"][1][2]["deadLinks"] = {0, 1, 2, 3, 4, 5};
    CHECK_THROWS_WITH(io::parse_machine(one_way, "own.json", "spinnaker1"),
                      Contains("link 3 (west) of chip (1, 0)"));
    json twice = document;
    twice["chips"].push_back(twice["chips"][0]);
    CHECK_THROWS_WITH(io::parse_machine(twice, "own.json", "spinnaker1"), Contains("listed twice"));
}

TEST_CASE("Monitors of Ethernet chips, and of single chips, are read, kept off, and written back") {
    json document = json::parse(io::machine_to_json(make_machine("spinn5")).dump());
    document["ethernetResources"]["monitors"] = 3;
    document["chips"][5].push_back({{"monitors", 2}});
    const Machine machine = io::parse_machine(document, "own.json", "spinnaker1");
    CHECK(machine.chips[0].monitors == 3);
    const ChipIndex other =
        machine.index({document["chips"][5][0].get<int>(), document["chips"][5][1].get<int>()});
    CHECK(machine.chips[other].monitors == 2);
    CHECK(placeable_cores(machine) == 808 - 2 - 1);
    CHECK(json::parse(io::machine_to_json(machine).dump()) == document);
    // As many vertices as there are cores: one of them is on each.
    const Layout layout =
        map_graph(test::random_graph(placeable_cores(machine), 2, 1), machine, {});
    CHECK(test::faults_of(layout).empty());
    for (const Place& place : layout.places)
        REQUIRE(place.core >= machine.chips[place.chip].monitors);
}

TEST_CASE("Two layouts of one graph differ in timings.json only") {
    const Machine machine = make_machine("spinn5");
    const Graph graph = test::random_graph(150, 5, 3);
    const auto first = io::layout_files(map_graph(graph, machine, {}));
    const auto second = io::layout_files(map_graph(graph, machine, {}));
    REQUIRE(first.size() == 6);
    CHECK(first.back().name == "layout.json");
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (first[i].name == "timings.json")
            CHECK(json::parse(first[i].content)["seconds"].contains("place"));
        else
            CHECK(first[i].content == second[i].content);
    }
}

TEST_CASE("A layout without timings, or with times in layout.json as they were, is read") {
    const test::ScratchFolder folder;
    write_layout(map_graph(test::random_graph(20, 3, 3), make_machine("spinn3"), {}), folder);
    std::filesystem::remove(folder / "timings.json");
    json document = read_json(folder, "layout.json");
    CHECK_FALSE(document["statistics"].contains("seconds"));
    document["statistics"]["seconds"] = {{"place", 0.5}};
    document.erase(io::k_files_key);
    folder.write("layout.json", document.dump());
    CHECK(io::read_layout(folder / "").statistics.seconds.empty());
}

TEST_CASE("A graph file brings its machine, nets of one source are one") {
    const io::GraphFile file = io::parse_graph(graph_document(), "g.json", OneWayLinks::refuse);
    CHECK(file.machine.chips.size() == 4);
    REQUIRE(file.graph.nets.size() == 1);
    CHECK(file.graph.nets[0].sinks == std::vector<VertexIndex>{1, 0});
    CHECK(file.graph.nets[0].weight == 3.0);
}

TEST_CASE("A graph file's mistakes are named by pointer") {
    json document = graph_document();
    std::string expected;
    SECTION("unknown vertex") {
        document["nets"][0]["sinks"][0] = "c";
        expected = "/nets/0";
    }
    SECTION("label used twice") {
        document["vertices"][1]["label"] = "a";
        expected = "/vertices/1/label";
    }
    SECTION("no keys") {
        document["vertices"][1]["n_keys"] = 0;
        expected = "/vertices/1/n_keys";
    }
    SECTION("negative weight") {
        document["nets"][1]["weight"] = -1.0;
        expected = "/nets/1/weight";
    }
    SECTION("not a link") {
        document["machine"]["down_links"] = json::parse("[[0, 0]]");
        expected = "/machine/down_links/0";
    }
    SECTION("unknown key") {
        document["machine"]["heigth"] = 3;
        expected = "/machine/heigth";
    }
    SECTION("nets that are no list") {
        document["nets"] = 3;
        expected = "/nets";
    }
    CHECK_THROWS_WITH(io::parse_graph(document, "g.json", OneWayLinks::refuse), Contains(expected));
}

TEST_CASE("Layout files that do not belong together are refused") {
    const test::ScratchFolder folder;
    write_layout(map_graph(test::random_graph(20, 3, 3), make_machine("spinn3"), {}), folder);
    const auto change = [&](const std::string& name, auto&& edit) {
        json document = read_json(folder, name);
        edit(document);
        folder.write(name, document.dump());
        json layout = read_json(folder, "layout.json"); // of another writer
        layout.erase(io::k_files_key);
        folder.write("layout.json", layout.dump());
    };
    SECTION("a placement of an unknown vertex") {
        change("placements.json", [](json& d) { d[0]["vertex_label"] = "nobody"; });
        CHECK_THROWS_WITH(io::read_layout(folder / ""), Contains("nobody"));
    }
    SECTION("a table of a chip outside") {
        change("routing_tables.json", [](json& d) { d[0]["x"] = 9; });
        CHECK_THROWS_WITH(io::read_layout(folder / ""), Contains("/0/x"));
    }
    SECTION("a file that is missing") {
        std::filesystem::remove(folder / "keys.json");
        CHECK_THROWS_AS(io::read_layout(folder / ""), IoError);
    }
    SECTION("another format") {
        change("layout.json", [](json& d) { d["format"] = "other"; });
        CHECK_THROWS_WITH(io::read_layout(folder / ""), Contains("no layout"));
    }
}
