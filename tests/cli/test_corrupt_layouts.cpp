#include "support/program.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>

// Layouts that something went wrong with after `map` wrote them: `check` says what and where.

using namespace spikewell::test;
using Catch::Contains;
using Json = nlohmann::json;

namespace {

constexpr std::array<std::array<int, 2>, 6> k_steps{
    {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}}};
constexpr std::array<const char*, 6> k_link_names{
    {"east", "north-east", "north", "west", "south-west", "south"}};

std::string chip_text(const Json& table) {
    return fmt::format("chip ({}, {})", table["x"].get<int>(), table["y"].get<int>());
}
std::string link_text(unsigned link, const Json& table) {
    return fmt::format("link {} ({}) of {}", link, k_link_names[link], chip_text(table));
}
std::uint32_t route_of(const Json& entry) {
    return entry["spinnaker_route"].get<std::uint32_t>();
}

/// The files of a layout on one board, without edges that close.
struct Files {
    explicit Files(const ScratchFolder& folder) : folder_(folder) {}

    [[nodiscard]] Json read(const std::string& name) const {
        return Json::parse(folder_.content("layout/" + name + ".json"));
    }
    void write(const std::string& name, const Json& document) const {
        folder_.write("layout/" + name + ".json", document.dump());
    }
    /// "vertex LABEL, key K" of the source whose key it is.
    [[nodiscard]] std::string source_text(std::uint32_t key) const {
        for (const Json& block : read("keys")) {
            if (block["key"] == key)
                return fmt::format("vertex {}, key {:#010x}",
                                   block["vertex_label"].get<std::string>(), key);
        }
        return "no such key";
    }

  private:
    const ScratchFolder& folder_;
};

Json* table_beside(Json& tables, const Json& table, unsigned link) {
    for (Json& other : tables) {
        if (other["x"] == table["x"].get<int>() + k_steps[link][0] &&
            other["y"] == table["y"].get<int>() + k_steps[link][1])
            return &other;
    }
    return nullptr;
}
Json* entry_of(Json& table, const Json& key) {
    for (Json& entry : table["entries"]) {
        if (entry["key"] == key) return &entry;
    }
    return nullptr;
}

/// A link that some entry sends packets over, to an entry of the same key.
struct Hop {
    Json* table = nullptr;
    Json* entry = nullptr;
    unsigned link = 0;
    Json* next_table = nullptr;
    Json* next = nullptr;
};

template <class Wanted> Hop hop_where(Json& tables, Wanted&& wanted) {
    for (Json& table : tables) {
        for (Json& entry : table["entries"]) {
            for (unsigned link = 0; link < 6; ++link) {
                Json* const next_table = table_beside(tables, table, link);
                if (((route_of(entry) >> link) & 1U) == 0 || next_table == nullptr) continue;
                const Hop hop{&table, &entry, link, next_table,
                              entry_of(*next_table, entry["key"])};
                if (hop.next != nullptr && wanted(hop)) return hop;
            }
        }
    }
    FAIL("no such hop");
    return {};
}
Hop first_hop(Json& tables) {
    return hop_where(tables, [](const Hop&) { return true; });
}

/// Damages the files; what `check` has to say.
using Damage = std::vector<std::string> (*)(const Files&);

std::vector<std::string> wrong_route_bit(const Files& files) {
    Json tables = files.read("routing_tables");
    Json& entry = tables[0]["entries"][0];
    entry["spinnaker_route"] = route_of(entry) ^ (1U << 22U); // core 16, which no vertex is on
    files.write("routing_tables", tables);
    return {files.source_text(entry["key"]) + ": is delivered to core 16 of " +
            chip_text(tables[0]) + ", which is no target, by entry 0 of its table"};
}

std::vector<std::string> missing_entry(const Files& files) {
    Json tables = files.read("routing_tables");
    // Where it comes by one link and ends.
    const Hop hop = hop_where(tables, [](const Hop& h) { return (route_of(*h.next) & 63U) == 0; });
    const std::uint32_t key = (*hop.entry)["key"];
    const std::uint32_t cores = route_of(*hop.next) >> 6U;
    unsigned core = 0;
    while (((cores >> core) & 1U) == 0)
        ++core;
    const std::string chip = chip_text(*hop.next_table);
    Json& entries = (*hop.next_table)["entries"];
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i]["key"] == key) {
            entries.erase(i);
            break;
        }
    }
    files.write("routing_tables", tables);
    return {files.source_text(key) + fmt::format(": does not reach core {} of {}", core, chip)};
}

std::vector<std::string> swapped_keys(const Files& files) {
    Json keys = files.read("keys");
    std::swap(keys[3]["key"], keys[4]["key"]);
    std::swap(keys[3]["mask"], keys[4]["mask"]);
    files.write("keys", keys);
    return {files.source_text(keys[3]["key"]) + ": ", files.source_text(keys[4]["key"]) + ": "};
}

std::vector<std::string> dead_link_used(const Files& files) {
    Json tables = files.read("routing_tables");
    const Hop hop = first_hop(tables);
    Json machine = files.read("machine");
    const auto kill = [&](const Json& table, unsigned link) {
        for (Json& chip : machine["chips"]) {
            if (chip[0] == table["x"] && chip[1] == table["y"])
                chip[2]["deadLinks"].push_back(link);
        }
    };
    kill(*hop.table, hop.link);
    kill(*hop.next_table, (hop.link + 3) % 6);
    files.write("machine", machine);
    return {files.source_text((*hop.entry)["key"]) + ": is sent over dead " +
            link_text(hop.link, *hop.table)};
}

std::vector<std::string> loop(const Files& files) {
    Json tables = files.read("routing_tables");
    const Hop hop = first_hop(tables);
    const unsigned back = (hop.link + 3) % 6;
    (*hop.next)["spinnaker_route"] = route_of(*hop.next) | (1U << back);
    files.write("routing_tables", tables);
    return {files.source_text((*hop.entry)["key"]) + ": goes round in a loop: back to " +
            chip_text(*hop.table) + " over " + link_text(back, *hop.next_table)};
}

std::vector<std::string> duplicate_delivery(const Files& files) {
    Json tables = files.read("routing_tables");
    // Two branches of one chip, one of which ends beside the other's first chip.
    unsigned across = 0;
    const Hop hop = hop_where(tables, [&](const Hop& h) {
        for (across = 0; across < 6; ++across) {
            Json* const other = table_beside(tables, *h.next_table, across);
            if (other == nullptr || entry_of(*other, (*h.entry)["key"]) == nullptr) continue;
            for (unsigned link = 0; link < 6; ++link) {
                if (link != h.link && ((route_of(*h.entry) >> link) & 1U) != 0 &&
                    table_beside(tables, *h.table, link) == other)
                    return true;
            }
        }
        return false;
    });
    (*hop.next)["spinnaker_route"] = route_of(*hop.next) | (1U << across);
    const std::string twice = chip_text(*table_beside(tables, *hop.next_table, across));
    files.write("routing_tables", tables);
    return {files.source_text((*hop.entry)["key"]) + ": is delivered twice: comes to " + twice};
}

std::vector<std::string> vertex_placed_twice(const Files& files) {
    Json places = files.read("placements");
    places.push_back(places[7]);
    places.back()["p"] = 16;
    files.write("placements", places);
    return {"vertex " + places[7]["vertex_label"].get<std::string>() + ": is placed twice"};
}

std::vector<std::string> table_too_long(const Files& files) {
    Json tables = files.read("routing_tables");
    Json& entries = tables[2]["entries"];
    for (std::uint32_t i = 0; entries.size() < 1024; ++i)
        entries.push_back({{"key", 0xF0000000U + i},
                           {"mask", 0xFFFFFFFFU},
                           {"defaultable", false},
                           {"spinnaker_route", 1}});
    files.write("routing_tables", tables);
    return {"table of " + chip_text(tables[2]) + ": 1024 entries, 1023 allowed"};
}

bool matches(const Json& entry, std::uint32_t key) {
    return (key & entry["mask"].get<std::uint32_t>()) == entry["key"].get<std::uint32_t>();
}

std::vector<std::string> wrong_order(const Files& files) {
    Json tables = files.read("routing_tables");
    // A key whose entry stands above a more general one of another route.
    for (const Json& block : files.read("keys")) {
        const std::uint32_t key = block["key"];
        for (Json& table : tables) {
            std::vector<Json*> hits;
            for (Json& entry : table["entries"]) {
                if (matches(entry, key)) hits.push_back(&entry);
            }
            if (hits.size() < 2 || route_of(*hits[0]) == route_of(*hits[1])) continue;
            std::swap(*hits[0], *hits[1]);
            files.write("routing_tables", tables);
            return {files.source_text(key) + ": ", " of " + chip_text(table)};
        }
    }
    FAIL("no table relies on its order");
    return {};
}

std::vector<std::string> wrong_defaultable(const Files& files) {
    Json tables = files.read("routing_tables");
    for (Json& table : tables) {
        for (std::size_t i = 0; i < table["entries"].size(); ++i) {
            Json& entry = table["entries"][i];
            if (route_of(entry) >> 6U == 0) continue; // leaves by links only
            entry["defaultable"] = true;
            files.write("routing_tables", tables);
            return {fmt::format("table of {}, entry {}: is said to be defaultable",
                                chip_text(table), i)};
        }
    }
    FAIL("no entry with cores");
    return {};
}

std::vector<std::string> wrong_statistics(const Files& files) {
    Json layout = files.read("layout");
    const int hops = layout["statistics"]["hops"];
    layout["statistics"]["hops"] = hops + 1;
    files.write("layout", layout);
    return {fmt::format("statistics: hops is {}, that of the layout {}", hops + 1, hops)};
}

std::vector<std::string> tables_beyond_the_board(const Files& files) {
    Json machine = files.read("machine");
    machine["standardResources"]["routerEntries"] = 5000;
    files.write("machine", machine);
    (void)table_too_long(files);
    return {"routerEntries must be 0 .. 1023, what the board has, got 5000"};
}

std::vector<std::string> vertex_on_a_monitor(const Files& files) {
    const Json place = files.read("placements")[0];
    const bool on_ethernet = place["x"] == 0 && place["y"] == 0;
    Json machine = files.read("machine");
    machine[on_ethernet ? "ethernetResources" : "standardResources"]["monitors"] = 18;
    files.write("machine", machine);
    return {fmt::format("vertex {}: is on core {} of chip ({}, {}), which has no core for users",
                        place["vertex_label"].get<std::string>(), place["p"].get<int>(),
                        place["x"].get<int>(), place["y"].get<int>())};
}

std::vector<std::string> core_twice_in_a_route(const Files& files) {
    Json tables = files.read("routing_tables");
    for (std::size_t t = 0; t < tables.size(); ++t) {
        Json& cores = tables[t]["entries"][0]["cores"];
        if (cores.empty()) continue;
        const int core = cores[0];
        cores.push_back(core);
        files.write("routing_tables", tables);
        return {fmt::format("/{}/entries/0/cores: must name each once, got twice {}", t, core)};
    }
    FAIL("no entry with cores");
    return {};
}

std::vector<std::string> load_beyond_a_core(const Files& files) {
    Json layout = files.read("layout");
    layout["slices"][0]["load"]["cycles"] = 1e9;
    files.write("layout", layout);
    return {"vertex cells:0-", ": 1000000000 cycles of a time step on one core, 160000 allowed"};
}

const std::string k_graph = "'" SPIKEWELL_SOURCE_DIR "/tests/data/graphs/G1.json' ";
const std::string k_network =
    "'" SPIKEWELL_SOURCE_DIR "/examples/balanced_network/balanced.json' --machine spinn5 ";

} // namespace

TEST_CASE("check rejects each kind of corrupted layout with what and where") {
    struct Case {
        const char* name;
        Damage damage;
        std::string input;
    };
    const std::string plain = k_graph + "--minimiser none";
    const auto [name, damage, input] = GENERATE_REF(
        Case{"wrong route bit", wrong_route_bit, plain},
        Case{"missing entry", missing_entry, plain}, Case{"swapped keys", swapped_keys, plain},
        Case{"dead link used", dead_link_used, plain}, Case{"loop", loop, plain},
        Case{"duplicate delivery", duplicate_delivery, plain},
        Case{"vertex placed twice", vertex_placed_twice, plain},
        Case{"table too long", table_too_long, plain},
        Case{"tables beyond the board", tables_beyond_the_board, plain},
        Case{"wrong defaultable", wrong_defaultable, plain},
        Case{"wrong statistics", wrong_statistics, plain},
        Case{"vertex on a monitor", vertex_on_a_monitor, plain},
        Case{"core twice in a route", core_twice_in_a_route, k_graph + "--machine spinnaker2"},
        Case{"load beyond a core", load_beyond_a_core, k_network},
        Case{"wrong order after minimisation", wrong_order, k_graph});
    INFO(name);
    const ScratchFolder folder;
    REQUIRE(run_in(folder, "map " + input + " --out layout").exit_code == 0);
    REQUIRE(run_in(folder, "check layout").exit_code == 0);
    const std::vector<std::string> expected = damage(Files(folder));
    const ProgramEnd check = run_in(folder, "check layout");
    CHECK(check.exit_code == 1);
    REQUIRE(!check.errors.empty());
    std::string all;
    for (const std::string& line : check.errors)
        all += line + "\n";
    for (const std::string& text : expected)
        CHECK_THAT(all, Contains(text));
}
