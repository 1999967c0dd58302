#include "core/error.hpp"
#include "mapping/detail/distances.hpp"
#include "mapping/machine.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>

using namespace spikewell;
using namespace spikewell::mapping;
using Catch::Contains;

namespace {

struct Counts {
    std::size_t chips = 0;
    std::size_t links = 0;
    std::size_t cores = 0;
    std::size_t ethernets = 0;
    bool operator==(const Counts&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Counts& c) {
    return out << c.chips << " chips, " << c.links << " links, " << c.cores << " cores, "
               << c.ethernets << " ethernets";
}

Counts counts_of(const Machine& machine) {
    Counts counts;
    for (ChipIndex chip = 0; chip < machine.chips.size(); ++chip) {
        const Chip& c = machine.chips[chip];
        counts.chips += c.present ? 1U : 0U;
        counts.links += static_cast<std::size_t>(std::popcount(c.links));
        counts.cores += static_cast<std::size_t>(c.cores);
        counts.ethernets += c.present && c.ethernet == machine.coord(chip) ? 1U : 0U;
    }
    return counts;
}

std::vector<unsigned> links_of(const Machine& machine, ChipCoord at) {
    std::vector<unsigned> links;
    for (unsigned link = 0; link < k_links; ++link) {
        if (machine.has_link(machine.index(at), link)) links.push_back(link);
    }
    return links;
}

} // namespace

TEST_CASE("Presets have the chips, directed links, cores and Ethernet chips of their boards") {
    constexpr std::size_t k_spinn5 = 856;     // cores of 48 chips, 8 of which have 17
    constexpr std::size_t k_spinnaker2 = 153; // of a chip
    CHECK(counts_of(make_machine("spinn3")) == Counts{4, 16, 72, 1});
    CHECK(counts_of(make_machine("spinn5")) == Counts{48, 240, k_spinn5, 1});
    CHECK(counts_of(make_machine("spinn5x3")) == Counts{144, 864, 3 * k_spinn5, 3});
    CHECK(counts_of(make_machine("16x16")) == Counts{144, 768, 3 * k_spinn5, 3});
    CHECK(counts_of(make_machine("24x48")) == Counts{1152, 6912, 24 * k_spinn5, 24});
    CHECK(counts_of(make_machine("28x16")).chips == 288);
    CHECK(counts_of(make_machine("240x240")) == Counts{57600, 345600, 1200 * k_spinn5, 1200});
    CHECK(counts_of(make_machine("spinnaker2")) == Counts{48, 240, 48 * k_spinnaker2, 1});
    CHECK(counts_of(make_machine("loihi2")) == Counts{1, 0, 120, 1});
    CHECK(counts_of(make_machine("brainscales2")) == Counts{1, 0, 2, 1});
}

TEST_CASE("A SpiNN-3 board has the links that its circuit board has") {
    const Machine machine = make_machine("spinn3");
    for (const int y : {0, 1}) {
        CHECK(links_of(machine, {0, y}) == std::vector<unsigned>{0, 1, 2, 5});
        CHECK(links_of(machine, {1, y}) == std::vector<unsigned>{2, 3, 4, 5});
    }
}

TEST_CASE("Sizes that no set of boards has are refused with those there are") {
    for (const char* size : {"20x20", "12x8", "8x12", "0x0", "4x4", "300x300", "12x"}) {
        CHECK_THROWS_WITH(make_machine(size), Contains("machine: "));
    }
    CHECK_THROWS_WITH(make_machine("20x20"), Contains("12, 16, 24, 28"));
    CHECK_THROWS_WITH(make_machine("spin5"), Contains("spinn5"));
}

TEST_CASE("Dead parts go, with what depends on them") {
    const Machine whole = make_machine("spinn5x3");
    const Machine machine =
        without(whole, {{{1, 7}}, {{{6, 9}, 2}, {{6, 10}, 5}}, {{{0, 0}, 3}}}, OneWayLinks::refuse);
    CHECK(counts_of(machine).chips == 143);
    CHECK(counts_of(machine).links == 864 - 12 - 2);
    CHECK_FALSE(machine.has_link(machine.index({0, 7}), 0));
    CHECK_FALSE(machine.has_link(machine.index({6, 9}), 2));
    CHECK(user_cores(machine, machine.index({0, 0})) == 16);
    CHECK(user_cores(machine, machine.index({1, 7})) == 0);
}

TEST_CASE("A link that is dead in one direction only is an error that names it, or is repaired") {
    const Machine whole = make_machine("spinn5x3");
    const DeadParts dead{{}, {{{6, 9}, 2}}, {}};
    CHECK_THROWS_WITH(without(whole, dead, OneWayLinks::refuse),
                      Contains("link 2 (north) of chip (6, 9)") && Contains("repair"));
    const Machine repaired = without(whole, dead, OneWayLinks::repair);
    CHECK_FALSE(repaired.has_link(repaired.index({6, 10}), 5));
    CHECK_NOTHROW(validate(repaired));
}

TEST_CASE("Parts that are not there cannot be dead") {
    const Machine whole = make_machine("spinn5");
    CHECK_THROWS_WITH(without(whole, {{{7, 0}}, {}, {}}, OneWayLinks::refuse), Contains("(7, 0)"));
    CHECK_THROWS_WITH(without(whole, {{{8, 8}}, {}, {}}, OneWayLinks::refuse), Contains("(8, 8)"));
    CHECK_THROWS_AS(without(whole, {{}, {}, {{{0, 0}, 18}}}, OneWayLinks::refuse), ParameterError);
}

TEST_CASE("Lists of parts are read as PACMAN writes them") {
    CHECK(parse_chips("1,7:9,10") == std::vector<ChipCoord>{{1, 7}, {9, 10}});
    CHECK(parse_links("6,9,2:6,10,5") == std::vector<DeadLink>{{{6, 9}, 2}, {{6, 10}, 5}});
    CHECK(parse_cores("0,0,5:1,1,3-4") ==
          std::vector<DeadCore>{{{0, 0}, 5}, {{1, 1}, 3}, {{1, 1}, 4}});
    CHECK(parse_chips("").empty());
    for (const char* bad : {"1", "1,2,3", "a,b", "1,2:", "1,,2"})
        CHECK_THROWS_AS(parse_chips(bad), ParameterError);
    CHECK_THROWS_AS(parse_links("1,2,6"), ParameterError);
    CHECK_THROWS_AS(parse_cores("1,2,5-3"), ParameterError);
}

TEST_CASE("Grid distances are those over links when nothing is dead") {
    const char* size = GENERATE("spinn5x3", "24x12");
    const Machine machine = make_machine(size);
    const Distances exact(machine); // breadth first
    for (ChipIndex a = 0; a < machine.chips.size(); a += 7) {
        for (ChipIndex b = 0; b < machine.chips.size(); ++b)
            REQUIRE(exact(a, b) == grid_distance(machine, machine.coord(a), machine.coord(b)));
    }
}

TEST_CASE("Distances of a large machine are the grid's") {
    const Machine machine = make_machine("40x36");
    REQUIRE(machine.chips.size() > Distances::k_exact_chips);
    const Distances distances(machine);
    for (ChipIndex a = 0; a < machine.chips.size(); a += 61) {
        for (ChipIndex b = 0; b < machine.chips.size(); ++b)
            REQUIRE(distances(a, b) == grid_distance(machine, machine.coord(a), machine.coord(b)));
    }
}

TEST_CASE("A machine that does not hang together says in which pieces it is") {
    const Machine whole = make_machine("spinn5");
    CHECK(pieces_text(whole).empty());
    CHECK(placeable_cores(whole) == 808);
    DeadParts dead;
    for (unsigned link = 0; link < k_links; ++link) {
        if (whole.has_link(whole.index({7, 7}), link)) dead.links.push_back({{7, 7}, link});
    }
    const Machine machine = without(whole, dead, OneWayLinks::repair);
    CHECK(pieces_text(machine) ==
          "the machine is in 2 pieces, of 47 chips with (0, 0), 1 chip with "
          "(7, 7); only the first can be used");
    CHECK(placeable_cores(machine) == 808 - 17);
}

TEST_CASE("Monitors are a chip's own: cores of others are free") {
    Machine machine = make_machine("spinn5");
    machine.chips[0].monitors = 3;
    CHECK(user_cores(machine, 0) == 15);
    CHECK(placeable_cores(machine) == 806);
}

TEST_CASE("Tables and memory larger than the board's are refused") {
    Machine machine = make_machine("spinn5");
    SECTION("router entries") {
        machine.chips[0].router_entries = 1024;
        CHECK_THROWS_WITH(validate(machine), Contains("chip (0, 0): routerEntries") &&
                                                 Contains("1023, what the board has"));
    }
    SECTION("memory") {
        machine.chips[0].sdram_bytes = std::int64_t{1} << 30;
        CHECK_THROWS_WITH(validate(machine), Contains("chip (0, 0): sdram"));
    }
}

TEST_CASE("The curve passes each chip of the largest connected part once") {
    Machine machine = make_machine("spinn5");
    CHECK(chips_along_curve(machine).size() == 48);
    // Chip (7, 7) hangs on three links; without them it is cut off.
    DeadParts dead;
    for (unsigned link = 0; link < k_links; ++link) {
        if (machine.has_link(machine.index({7, 7}), link)) dead.links.push_back({{7, 7}, link});
    }
    machine = without(machine, dead, OneWayLinks::repair);
    std::vector<ChipIndex> chips = chips_along_curve(machine);
    CHECK(chips.size() == 47);
    CHECK(std::count(chips.begin(), chips.end(), machine.index({7, 7})) == 0);
}
