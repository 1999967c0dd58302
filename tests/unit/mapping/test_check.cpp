#include "mapping/check.hpp"
#include "support/mapping.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::mapping;
using Catch::Contains;

namespace {

/// 60 vertices on several chips of a SpiNN-5 board, right as it stands.
Layout right_layout() {
    static const Layout layout = map_graph(test::random_graph(60, 4, 7), make_machine("spinn5"),
                                           {.placer = "random", .minimiser = "none"});
    return layout;
}

/// The first (chip, entry) for which `wanted` holds.
template <class Wanted> TableEntry& entry_where(Layout& layout, Wanted&& wanted) {
    for (ChipIndex chip = 0; chip < layout.tables.size(); ++chip) {
        for (TableEntry& entry : layout.tables[chip]) {
            if (wanted(chip, entry)) return entry;
        }
    }
    FAIL("no such entry");
    return layout.tables.front().front();
}

ChipIndex chip_of_entry(const Layout& layout, const TableEntry& entry) {
    for (ChipIndex chip = 0; chip < layout.tables.size(); ++chip) {
        const Table& table = layout.tables[chip];
        if (!table.empty() && &entry >= table.data() && &entry < table.data() + table.size())
            return chip;
    }
    return k_no_chip;
}

Route with(Route route, unsigned link) {
    route.add_link(link);
    return route;
}

} // namespace

TEST_CASE("A right layout has no faults, and packets are followed") {
    const Layout layout = right_layout();
    const LayoutCheck check = check_layout(layout);
    CHECK(test::faults_of(layout).empty());
    CHECK(check.packets >= layout.graph.nets.size());
    // Every hop but those to entries goes without one.
    CHECK(check.default_routed == 0);
}

TEST_CASE("Default routes are followed and counted") {
    Layout layout = right_layout();
    std::size_t left_out = 0;
    for (Table& table : layout.tables)
        left_out += std::erase_if(table, [](const TableEntry& entry) { return entry.defaultable; });
    REQUIRE(left_out > 0);
    CHECK(check_layout(layout).default_routed == left_out);
    CHECK(test::faults_of(layout).empty());
}

TEST_CASE("A wrong route bit is found, with the core or link") {
    Layout layout = right_layout();
    TableEntry& entry = entry_where(layout, [](ChipIndex, const TableEntry& e) {
        return e.route.has_cores() && !e.route.has_core(17);
    });
    const std::string chip = to_text(layout.machine.coord(chip_of_entry(layout, entry)));
    entry.route.add_core(17);
    CHECK_THAT(test::faults_of(layout),
               Contains("core 17 of chip " + chip + ", which is no target"));
}

TEST_CASE("A missing entry is found") {
    Layout layout = right_layout();
    for (Table& table : layout.tables) {
        const auto at = std::find_if(table.begin(), table.end(),
                                     [](const TableEntry& e) { return e.route.has_cores(); });
        if (at == table.end()) continue;
        table.erase(at);
        break;
    }
    CHECK_THAT(test::faults_of(layout), Contains("does not reach core") || Contains("dropped"));
}

TEST_CASE("Swapped keys are found") {
    Layout layout = right_layout();
    std::swap(layout.keys[3].key, layout.keys[4].key);
    std::swap(layout.keys[3].mask, layout.keys[4].mask);
    CHECK_THAT(test::faults_of(layout),
               Contains(layout.graph.vertices[layout.keys[3].vertex].label));
}

TEST_CASE("Overlapping keys are found") {
    Layout layout = right_layout();
    layout.keys[3].key = layout.keys[4].key;
    CHECK_THAT(test::faults_of(layout), Contains("its keys overlap those of vertex"));
}

TEST_CASE("A block too small for its neurons is found") {
    Layout layout = right_layout();
    layout.keys[3].n_keys -= 1;
    CHECK_THAT(test::faults_of(layout), Contains("neurons"));
}

TEST_CASE("A dead link in use is found, with the link") {
    Layout layout = right_layout();
    unsigned link = 0;
    TableEntry& entry = entry_where(layout, [&](ChipIndex, const TableEntry& e) {
        for (link = 0; link < k_links; ++link) {
            if (e.route.has_link(link)) return true;
        }
        return false;
    });
    const ChipIndex chip = chip_of_entry(layout, entry);
    layout.machine = without(layout.machine, {{}, {{layout.machine.coord(chip), link}}, {}},
                             OneWayLinks::repair);
    CHECK_THAT(test::faults_of(layout),
               Contains(fmt::format("is sent over dead link {} ({}) of chip {}", link,
                                    k_link_names[link], to_text(layout.machine.coord(chip)))));
}

TEST_CASE("A loop is found, and a second arrival") {
    Layout layout = right_layout();
    // The chip that a packet came from gets it back.
    TableEntry& entry = entry_where(layout, [&](ChipIndex chip, const TableEntry& e) {
        for (unsigned link = 0; link < k_links; ++link) {
            if (!e.route.has_link(link)) continue;
            Table& next = layout.tables[layout.machine.neighbour(chip, link)];
            for (TableEntry& there : next) {
                if (there.key == e.key) {
                    there.route = with(there.route, opposite(link));
                    return true;
                }
            }
        }
        return false;
    });
    const std::string chip = to_text(layout.machine.coord(chip_of_entry(layout, entry)));
    CHECK_THAT(test::faults_of(layout), Contains("comes to chip " + chip + " twice"));
}

TEST_CASE("A vertex placed twice, on no core of its own, or nowhere is found") {
    Layout layout = right_layout();
    const std::string name = "vertex " + layout.graph.vertices[5].label;
    SECTION("twice") {
        Place again = layout.places[5];
        again.core = 17;
        layout.places.push_back(again);
        CHECK_THAT(test::faults_of(layout), Contains(name + ": is placed twice"));
    }
    SECTION("on another's core") {
        layout.places[5] = {5, layout.places[6].chip, layout.places[6].core};
        CHECK_THAT(test::faults_of(layout), Contains("shares core"));
    }
    SECTION("on the monitor's core") {
        layout.places[5].core = 0;
        CHECK_THAT(test::faults_of(layout), Contains("for users"));
    }
    SECTION("nowhere") {
        layout.places.erase(layout.places.begin() + 5);
        CHECK_THAT(test::faults_of(layout), Contains(name + ": is not placed"));
    }
    SECTION("on a dead chip") {
        layout.places[5].chip = layout.machine.index({7, 0});
        CHECK_THAT(test::faults_of(layout), Contains("chip that is not there"));
    }
}

TEST_CASE("A table that is too long is found") {
    Layout layout = right_layout();
    const auto chip = static_cast<ChipIndex>(
        std::max_element(layout.tables.begin(), layout.tables.end(),
                         [](const Table& a, const Table& b) { return a.size() < b.size(); }) -
        layout.tables.begin());
    layout.machine.chips[chip].router_entries = static_cast<int>(layout.tables[chip].size()) - 1;
    CHECK_THAT(test::faults_of(layout),
               Contains("table of chip " + to_text(layout.machine.coord(chip))));
}

TEST_CASE("Memory in excess is found") {
    Layout layout = right_layout();
    layout.machine.chips[layout.places[0].chip].sdram_bytes = 1;
    CHECK_THAT(test::faults_of(layout), Contains("SDRAM"));
}

TEST_CASE("A wrong order after minimisation is found") {
    Layout layout =
        map_graph(test::all_to_all_graph(100), make_machine("spinn5"), {.minimiser = "pair"});
    REQUIRE(test::faults_of(layout).empty());
    bool turned = false;
    for (Table& table : layout.tables) {
        for (std::size_t i = 0; i < table.size() && !turned; ++i) {
            for (std::size_t j = i + 1; j < table.size() && !turned; ++j) {
                if (!intersect(table[i], table[j])) continue;
                std::swap(table[i], table[j]);
                turned = true;
            }
        }
    }
    REQUIRE(turned); // tables do rely on their order here
    CHECK_FALSE(test::faults_of(layout).empty());
}

TEST_CASE("An entry that takes some of a source's keys only is seen to do so") {
    Layout layout = right_layout();
    // One key of a block goes nowhere.
    Table* table = nullptr;
    const KeyBlock* block = nullptr;
    for (const KeyBlock& keys : layout.keys) {
        if (keys.n_keys < 8) continue;
        block = &keys;
        for (const Place& place : layout.places) {
            if (place.vertex == keys.vertex) table = &layout.tables[place.chip];
        }
        if (table != nullptr && !table->empty()) break;
    }
    REQUIRE(block != nullptr);
    Route nowhere;
    table->insert(table->begin(), {block->key + 5, ~std::uint32_t{0}, nowhere, false});
    const std::string faults = test::faults_of(layout);
    CHECK_THAT(faults, Contains(fmt::format("key {:#010x}: does not reach", block->key + 5)));
    CHECK_THAT(faults, !Contains(fmt::format("key {:#010x}: does not reach", block->key)));
}

TEST_CASE("Neurons in two slices or none are found") {
    Layout layout = right_layout();
    layout.populations = {{"cells", 20}};
    layout.slices = {{0, 0, 0, 10, 0}, {1, 0, 10, 10, 0}};
    REQUIRE(test::faults_of(layout).empty());
    SECTION("two") {
        layout.slices[1] = {1, 0, 9, 11, 0};
        CHECK_THAT(test::faults_of(layout), Contains("neuron 9 is in two slices"));
    }
    SECTION("none") {
        layout.slices[1] = {1, 0, 11, 9, 0};
        CHECK_THAT(test::faults_of(layout), Contains("neuron 10 is in no slice"));
    }
    SECTION("the last") {
        layout.slices[1].count = 9;
        CHECK_THAT(test::faults_of(layout), Contains("slices end at neuron 19 of 20"));
    }
}
