#include "mapping/check.hpp"
#include "mapping/partition.hpp"
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
    test::recount(layout);
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
               Contains("core 17 of chip " + chip + ", which is no target, by entry "));
}

TEST_CASE("A missing entry is found, with the core that is not reached") {
    Layout layout = right_layout();
    // Where a tree ends: packets that no entry catches there go straight on.
    TableEntry& last = entry_where(layout, [](ChipIndex, const TableEntry& e) {
        return e.route.has_cores() && e.route.links() == 0;
    });
    const ChipIndex chip = chip_of_entry(layout, last);
    const TableEntry entry = last;
    std::erase(layout.tables[chip], entry);
    const auto block = std::find_if(layout.keys.begin(), layout.keys.end(),
                                    [&](const KeyBlock& b) { return b.key == entry.key; });
    REQUIRE(block != layout.keys.end());
    unsigned core = 0;
    while (!entry.route.has_core(core))
        ++core;
    const std::string where = fmt::format(
        "vertex {}, key {:#010x}: ", layout.graph.vertices[block->vertex].label, entry.key);
    CHECK_THAT(test::faults_of(layout),
               Contains(fmt::format("{}does not reach core {} of chip {}", where, core,
                                    to_text(layout.machine.coord(chip)))));
}

TEST_CASE("Swapped keys are found, for both sources") {
    Layout layout = right_layout();
    KeyBlock& a = layout.keys[3];
    KeyBlock& b = layout.keys[4];
    std::swap(a.key, b.key);
    std::swap(a.mask, b.mask);
    for (const KeyBlock& block : {a, b})
        CHECK_THAT(test::faults_of(layout),
                   Contains(fmt::format("vertex {}, key {:#010x}: ",
                                        layout.graph.vertices[block.vertex].label, block.key)));
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

namespace {

/// A chip whose entry sends packets to a chip that has an entry for the same key.
struct Hop {
    ChipIndex from = k_no_chip;
    unsigned link = 0;
    TableEntry* next = nullptr; ///< of the chip the link leads to
};

Hop first_hop(Layout& layout) {
    Hop hop;
    (void)entry_where(layout, [&](ChipIndex chip, const TableEntry& e) {
        for (hop = {chip, 0, nullptr}; hop.link < k_links; ++hop.link) {
            if (!e.route.has_link(hop.link)) continue;
            for (TableEntry& there : layout.tables[layout.machine.neighbour(chip, hop.link)]) {
                if (there.key == e.key) hop.next = &there;
            }
            if (hop.next != nullptr) return true;
        }
        return false;
    });
    return hop;
}

} // namespace

TEST_CASE("A loop is found, with the link that closes it") {
    Layout layout = right_layout();
    // The chip that a packet came from gets it back.
    const Hop hop = first_hop(layout);
    hop.next->route.add_link(opposite(hop.link));
    const std::string to = to_text(layout.machine.coord(hop.from));
    const std::string from =
        to_text(layout.machine.coord(layout.machine.neighbour(hop.from, hop.link)));
    CHECK_THAT(
        test::faults_of(layout),
        Contains(fmt::format("goes round in a loop: back to chip {} over link {} ({}) of chip {}",
                             to, opposite(hop.link), k_link_names[opposite(hop.link)], from)));
}

TEST_CASE("A delivery by two ways is found, with the chip") {
    Layout layout;
    layout.machine = make_machine("spinn5");
    const Machine& machine = layout.machine;
    layout.graph = test::graph_of(2, 1);
    layout.graph.nets = {{0, {1}, 1.0}};
    // From (1, 1) to (2, 2) over the one link, and round by (2, 1).
    layout.places = {{0, machine.index({1, 1}), 1}, {1, machine.index({2, 2}), 1}};
    layout.keys = {{0, 0, ~std::uint32_t{0}, 1}};
    layout.tables.resize(machine.chips.size());
    const auto entry = [](std::initializer_list<unsigned> links, int core) {
        TableEntry e{0, ~std::uint32_t{0}, {}, false};
        for (const unsigned link : links)
            e.route.add_link(link);
        if (core > 0) e.route.add_core(static_cast<unsigned>(core));
        return e;
    };
    layout.tables[machine.index({1, 1})] = {entry({1}, 0)};
    layout.tables[machine.index({2, 2})] = {entry({}, 1)};
    layout.statistics.hops = 1;
    layout.statistics.chips = 2;
    test::recount(layout);
    REQUIRE(test::faults_of(layout).empty());
    layout.tables[machine.index({1, 1})] = {entry({0, 1}, 0)};
    layout.tables[machine.index({2, 1})] = {entry({2}, 0)};
    CHECK(test::faults_of(layout) ==
          "vertex v00000, key 0x00000000: is delivered twice: comes to chip (2, 2) by a second way "
          "over link 2 (north) of chip (2, 1)\n");
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

TEST_CASE("A table beyond the board's is found, whatever the machine's file allows") {
    Layout layout = right_layout();
    Table& table = layout.tables[layout.places[0].chip];
    for (Chip& chip : layout.machine.chips)
        chip.router_entries = 5000;
    for (std::uint32_t i = 0; table.size() < 1024; ++i)
        table.push_back({0xF0000000U + i, ~std::uint32_t{0}, {}, false});
    CHECK_THAT(test::faults_of(layout), Contains("1024 entries, 1023 allowed"));
}

TEST_CASE("A vertex on a monitor's core of one chip is found") {
    Layout layout = right_layout();
    layout.machine.chips[layout.places[5].chip].monitors = 2;
    layout.places[5].core = 1;
    CHECK_THAT(test::faults_of(layout),
               Contains("vertex " + layout.graph.vertices[5].label + ": is on core 1 of") &&
                   Contains("which has cores 2 .. "));
}

TEST_CASE("A wrong defaultable flag is found, with the entry") {
    Layout layout = right_layout();
    const bool wrong = GENERATE(true, false);
    TableEntry& entry =
        entry_where(layout, [&](ChipIndex, const TableEntry& e) { return e.defaultable != wrong; });
    entry.defaultable = wrong;
    const ChipIndex chip = chip_of_entry(layout, entry);
    const std::string where =
        fmt::format("table of chip {}, entry {}: ", to_text(layout.machine.coord(chip)),
                    &entry - layout.tables[chip].data());
    CHECK(test::faults_of(layout) ==
          where + (wrong
                       ? "is said to be defaultable, but its packets do not all come and leave by "
                         "one straight line\n"
                       : "is not said to be defaultable, but its packets all come and leave by one "
                         "straight line\n"));
}

TEST_CASE("A turn is not defaultable, though it leaves by one link") {
    Layout layout = right_layout();
    TableEntry& entry = entry_where(layout, [](ChipIndex, const TableEntry& e) {
        const unsigned links = e.route.links();
        return !e.defaultable && !e.route.has_cores() && links != 0 && (links & (links - 1)) == 0;
    });
    entry.defaultable = true;
    CHECK_THAT(test::faults_of(layout), Contains("is said to be defaultable"));
}

TEST_CASE("Statistics that are not the layout's are found") {
    Layout layout = right_layout();
    std::uint64_t* const field =
        GENERATE_REF(&layout.statistics.hops, &layout.statistics.table_entries_max,
                     &layout.statistics.table_entries_total, &layout.statistics.chips);
    ++*field;
    CHECK_THAT(test::faults_of(layout),
               Contains(fmt::format(" is {}, that of the layout {}\n", *field, *field - 1)));
}

TEST_CASE("Two slices or two blocks of keys of one vertex are found") {
    Layout layout = right_layout();
    SECTION("keys") {
        KeyBlock again = layout.keys[3];
        again.key = 0xF0000000U;
        layout.keys.push_back(again);
        CHECK_THAT(test::faults_of(layout), Contains("has two blocks of keys"));
    }
    SECTION("slices") {
        layout.populations = {{"cells", 20}};
        layout.slices = {{0, 0, 0, 10, 0}, {0, 0, 10, 10, 0}};
        CHECK_THAT(test::faults_of(layout), Contains("has two slices"));
    }
}

namespace {

/// 300 neurons that excite each other.
Layout layout_of_network() {
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 300;
    SynapticProjection projection;
    projection.connector = FixedProbability{0.1};
    projection.weight = Constant{0.1};
    projection.pre.population = projection.post.population = {0};
    const Network network{{cells}, {projection}, 1};
    const Machine machine = make_machine("spinn3");
    const Partition parts = partition(network, board(machine.board), {}, estimated_rates(network));
    return map_partition(parts, machine, {}, {});
}

} // namespace

TEST_CASE("A load beyond a core's limits is found") {
    Layout layout = layout_of_network();
    REQUIRE(test::faults_of(layout).empty());
    CoreLoad& load = layout.network->loads[1];
    std::string text;
    SECTION("cycles") {
        load.cycles = 160'001.0;
        text = "160001 cycles of a time step on one core, 160000 allowed";
    }
    SECTION("neurons") {
        load.neurons = 257;
        text = "257 neurons on one core, 256 allowed";
    }
    SECTION("row") {
        load.row_words = 257;
        text = "257 words of a row on one core, 256 allowed";
    }
    SECTION("ring buffer") {
        load.ring_buffer_bits = 15;
        text = "15 ring buffer bits on one core, 14 allowed";
    }
    SECTION("data memory") {
        load.data_bytes = 70'000;
        text = "70000 bytes of data memory on one core, 65536 allowed";
    }
    CHECK_THAT(test::faults_of(layout),
               Contains("vertex " + layout.graph.vertices[1].label + ": " + text));
}

TEST_CASE("A load that is not its slice's is found") {
    Layout layout = layout_of_network();
    CoreLoad& load = layout.network->loads[1];
    std::string text;
    SECTION("packets that come twice") {
        load.packets_per_ms *= 2.0;
        text = "packets per ms, the layout";
    }
    SECTION("neurons") {
        --load.neurons;
        text = "neurons, the layout";
    }
    SECTION("memory") {
        ++load.sdram_bytes;
        text = "bytes of SDRAM, the layout";
    }
    SECTION("a load too few") {
        layout.network->loads.pop_back();
        text = "1 loads for 2 slices";
    }
    CHECK_THAT(test::faults_of(layout), Contains(text));
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
    CHECK_THAT(test::faults_of(layout),
               Contains("vertex v") && Contains(", key 0x") && Contains(" of chip ("));
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

TEST_CASE("More axons or neurons than a core of an axon board has are found") {
    Graph graph = test::graph_of(4, 1000, 0);
    graph.nets = {{0, {1, 2, 3}, 1.0}, {1, {3}, 1.0}, {2, {3}, 1.0}};
    Layout layout = map_graph(graph, make_machine("loihi2"), {});
    REQUIRE(test::faults_of(layout).empty());
    SECTION("output") {
        layout.graph.vertices[0].n_keys = layout.keys[0].n_keys = 1500;
        layout.keys[0].mask = ~std::uint32_t{2047};
        CHECK_THAT(test::faults_of(layout),
                   Contains("vertex v00000: 4500 output axons on one core, 4096 allowed"));
    }
    SECTION("input") {
        layout.graph.vertices[1].n_keys = 2200;
        CHECK_THAT(test::faults_of(layout),
                   Contains("vertex v00003: 4200 input axons on one core, 4096 allowed"));
    }
    SECTION("neurons") {
        layout.graph.vertices[3].n_keys = 4097;
        CHECK_THAT(test::faults_of(layout),
                   Contains("vertex v00003: 4097 neurons on one core, 4096 allowed"));
    }
}
