#include "core/error.hpp"
#include "mapping/check.hpp"
#include "mapping/emulate.hpp"
#include "mapping/packets.hpp"
#include "mapping/partition.hpp"
#include "support/layouts.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

using namespace spikewell;
using namespace spikewell::mapping;
using test::layout_of;

namespace {

/// LIF neurons of both models driven by Poisson and listed spikes over sparse and dense, fixed and drawn, plastic and static
/// synapses.
Network point_neurons() {
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 600;
    LifExp exp;
    cells.neuron = exp;
    cells.V_init_mV = Uniform{-65.0, -51.0};
    cells.inputs = {{PoissonRate::constant(6000.0), 0.8, 0, {}}};
    NeuronPopulation few = cells;
    few.name = "few";
    few.size = 90;
    LifDelta delta;
    few.neuron = delta;
    few.V_init_mV = Uniform{0.0, 15.0};
    PoissonPopulation noise{"noise", 200, PoissonRate::constant(40.0)};
    SpikeListPopulation listed{"listed", 50, {}};
    for (std::uint32_t k = 0; k < 400; ++k)
        listed.spikes.push_back({0.5 * k, k % 50});
    Network network{{cells, few, noise, listed}, {}, 7};
    const auto join = [&](std::uint32_t from, std::uint32_t to, Connector how, double w, double d) {
        SynapticProjection p;
        p.pre.population = {from};
        p.post.population = {to};
        p.connector = std::move(how);
        p.weight = Constant{w};
        p.delay_ms = Constant{d};
        network.projections.emplace_back(p);
    };
    join(0, 0, FixedProbability{0.1}, 0.4, 1.5);
    join(0, 1, FixedIndegree{20, false}, -0.2, 2.0);
    join(2, 0, FixedProbability{0.02}, 0.15, 1.0);
    join(3, 1, AllToAll{}, 0.3, 1.0);
    join(1, 0, FixedOutdegree{5, false}, -1.0, 1.0);
    std::get<SynapticProjection>(network.projections[0]).delay_ms = Uniform{1.0, 4.0};
    std::get<SynapticProjection>(network.projections[2]).plasticity = PairStdp{};
    return network;
}

void require_same(const Network& network, const Layout& layout, double duration_ms) {
    const auto direct = simulate_directly(network, duration_ms);
    const Emulation emulation = emulate(network, layout, {}, duration_ms);
    std::size_t n = 0;
    for (const auto& spikes : direct)
        n += spikes.size();
    REQUIRE(n > 500);
    REQUIRE_FALSE(first_difference(direct, emulation.spikes).has_value());
    CHECK(emulation.packets.lost == 0);
    CHECK(emulation.packets.unknown == 0);
    CHECK(emulation.packets.delivered > 0);
}

/// 64 nodes of 5 neurons, as the digits have.
Network digits_sized() {
    return test::recurrent(test::random_couplings(64, 0.4, 3), 5, 3.0, 3.93, 11);
}

} // namespace

TEST_CASE("Spikes through the layout are those of the network: 64 nodes on a SpiNN-3 board") {
    const Network network = digits_sized();
    const Layout layout = layout_of(network, make_machine("spinn3"), {});
    REQUIRE(layout.slices.size() > 1);
    require_same(network, layout, 300.0);
}

TEST_CASE("Spikes through the layout are those of the network: 784 nodes on a SpiNN-5 board") {
    const Network network = test::recurrent(test::random_couplings(784, 0.1, 4), 5, 3.0, 3.93, 12);
    const Layout layout = layout_of(network, make_machine("spinn5"), {});
    REQUIRE(layout.slices.size() > 20);
    require_same(network, layout, 20.0);
}

TEST_CASE("Spikes through the layout are those of the network: LIF, Poisson and listed neurons") {
    const Network network = point_neurons();
    require_same(network, layout_of(network, make_machine("spinn3"), {0.1, 10.0}), 200.0);
}

TEST_CASE("Spikes through the layout are those of the network: evidence over time") {
    Network network = digits_sized();
    Evidence& evidence = std::get<DyadicPopulation>(network.populations[0]).evidence;
    evidence = {{0.0, 70.3, 150.0}, Matrix(64, 3)};
    for (std::size_t k = 0; k < evidence.values.values.size(); ++k)
        evidence.values.values[k] = std::sin(static_cast<double>(k));
    const Layout layout = layout_of(network, make_machine("spinn3"), {});
    REQUIRE(layout.slices.size() > 1);
    require_same(network, layout, 300.0);
}

TEST_CASE("Spikes through the layout are those of the network: nodes driven over synapses") {
    const Network network = test::driven(Prediction::spiking);
    const Layout layout = layout_of(network, make_machine("spinn5"), {1.0, 20.0}, 60);
    REQUIRE(layout.slices.size() > 10);
    require_same(network, layout, 150.0);
    // Sources' packets are part of it.
    Network silent = network;
    std::get<PoissonPopulation>(silent.populations[2]).rate = PoissonRate::constant(0.0);
    CHECK(first_difference(simulate_directly(network, 50.0), simulate_directly(silent, 50.0)));
}

TEST_CASE("Spikes through the layout are those of the network: nodes that learn") {
    const Network network = test::learning(Prediction::spiking);
    const Layout layout = layout_of(network, make_machine("spinn5"), {1.0, 10.0});
    CHECK(layout.slices.front().twins == layout.slices.front().count);
    require_same(network, layout, 200.0);
}

namespace {

/// No more than two cores of a chip: packets cross links.
Layout scattered(const Network& network) {
    return layout_of(network, make_machine("spinn5"), {}, 20, 50'000'000);
}

/// The fault makes some spike come otherwise, or a packet go on for ever.
bool is_noticed(const Network& network, const Layout& wrong) {
    try {
        const Emulation emulation = emulate(network, wrong, {}, 200.0);
        return first_difference(simulate_directly(network, 200.0), emulation.spikes).has_value();
    } catch (const NetworkError& error) {
        return std::string(error.what()).find("goes on for ever") != std::string::npos;
    }
}

TableEntry& find_entry(Layout& layout, const std::function<bool(const TableEntry&)>& wanted) {
    for (Table& table : layout.tables) {
        const auto entry = std::find_if(table.begin(), table.end(), wanted);
        if (entry != table.end()) return *entry;
    }
    FAIL("no such entry");
    return layout.tables[0][0];
}

bool ends_here(const TableEntry& entry) {
    return entry.route.has_cores();
}

Route without_first_core(const Route& route) {
    Route less;
    bool left_out = false;
    for (unsigned core = 0; core < Route::k_cores; ++core) {
        if (!route.has_core(core)) continue;
        if (left_out) less.add_core(core);
        left_out = true;
    }
    for (unsigned link = 0; link < k_links; ++link) {
        if (route.has_link(link)) less.add_link(link);
    }
    return less;
}

/// Sends a net's packets to a chip twice: over the link they take, and round a triangle.
bool add_second_way(Layout& layout, const KeyBlock& block) {
    const auto place = std::find_if(layout.places.begin(), layout.places.end(),
                                    [&](const Place& p) { return p.vertex == block.vertex; });
    const PacketPath path = send_packet(layout, place->chip, block.key);
    for (const std::uint32_t taken : path.links) {
        const ChipIndex from = taken / k_links;
        const unsigned link = taken % k_links;
        const unsigned aside = (link + 1) % k_links;
        const unsigned back = (link + 5) % k_links;
        if (!layout.machine.has_link(from, aside)) continue;
        const ChipIndex over = layout.machine.neighbour(from, aside);
        if (!layout.machine.has_link(over, back)) continue;
        // A chip that only passes packets on straight ahead would send those that come from aside elsewhere.
        const ChipIndex end = layout.machine.neighbour(from, link);
        const bool ends = std::any_of(path.cores.begin(), path.cores.end(),
                                      [&](const CorePlace& core) { return core.chip == end; });
        if (!ends) continue;
        Route on;
        for (const std::uint32_t other : path.links) {
            if (other / k_links == over) return false;
            if (other / k_links == from) on.add_link(other % k_links);
        }
        for (const CorePlace& core : path.cores) {
            if (core.chip == over) return false;
            if (core.chip == from) on.add_core(static_cast<unsigned>(core.core));
        }
        on.add_link(aside);
        Route to_end;
        to_end.add_link(back);
        Table& first = layout.tables[from];
        first.insert(first.begin(), {block.key, block.mask, on, false});
        Table& second = layout.tables[over];
        second.insert(second.begin(), {block.key, block.mask, to_end, false});
        return true;
    }
    return false;
}

} // namespace

TEST_CASE("A layout with a fault gives other spikes") {
    const Network network = digits_sized();
    Layout layout = scattered(network);
    REQUIRE_FALSE(is_noticed(network, layout));
    SECTION("an entry leads to no core where it led to some") {
        find_entry(layout, ends_here).route = Route{};
    }
    SECTION("an entry leads to a core less") {
        TableEntry& entry = find_entry(layout, ends_here);
        entry.route = without_first_core(entry.route);
    }
    SECTION("an entry leads to another core") {
        TableEntry& entry = find_entry(layout, ends_here);
        entry.route = without_first_core(entry.route);
        entry.route.add_core(17);
    }
    SECTION("a table is missing") {
        const auto table = std::find_if(layout.tables.begin(), layout.tables.end(), [](Table& t) {
            return std::any_of(t.begin(), t.end(), ends_here);
        });
        table->clear();
    }
    SECTION("two sources have swapped keys") {
        REQUIRE(layout.keys.size() > 1);
        std::swap(layout.keys[0].vertex, layout.keys[1].vertex);
    }
    SECTION("a link on the way is dead") {
        const TableEntry& entry =
            find_entry(layout, [](const TableEntry& e) { return e.route.links() != 0; });
        for (ChipIndex chip = 0; chip < layout.tables.size(); ++chip) {
            for (const TableEntry& e : layout.tables[chip]) {
                if (&e == &entry)
                    layout.machine.chips[chip].links &=
                        static_cast<std::uint8_t>(~entry.route.links());
            }
        }
    }
    SECTION("a packet comes to a chip by two ways") {
        REQUIRE(std::any_of(layout.keys.begin(), layout.keys.end(),
                            [&](const KeyBlock& block) { return add_second_way(layout, block); }));
    }
    CHECK(is_noticed(network, layout));
}

TEST_CASE("A layout in which packets of sources of nodes end nowhere gives other spikes") {
    const Network network = test::driven(Prediction::spiking);
    Layout layout = layout_of(network, make_machine("spinn5"), {1.0, 20.0}, 60);
    REQUIRE_FALSE(is_noticed(network, layout));
    const auto sensors = std::find_if(layout.slices.begin(), layout.slices.end(),
                                      [](const Slice& slice) { return slice.population == 2; });
    const auto block = std::find_if(layout.keys.begin(), layout.keys.end(),
                                    [&](const KeyBlock& b) { return b.vertex == sensors->vertex; });
    REQUIRE(block != layout.keys.end());
    find_entry(layout, [&](const TableEntry& entry) {
        return (block->key & entry.mask) == entry.key;
    }).route = Route{};
    CHECK(is_noticed(network, layout));
}

TEST_CASE("A layout whose slices are not the network's is refused") {
    const Network network = digits_sized();
    Layout layout = layout_of(network, make_machine("spinn3"), {});
    REQUIRE(layout.slices.size() > 1);
    std::string what;
    SECTION("a neuron in two slices") {
        layout.slices[0].count += 5;
        what = "is in two slices";
    }
    SECTION("a neuron in none") {
        layout.slices[0].count -= 5;
        what = "is in no slice";
    }
    SECTION("a neuron that is not there") {
        layout.slices.back().count += 5;
        what = "not in the network";
    }
    SECTION("a slice on no core") {
        layout.places.pop_back();
        what = "slices are on";
    }
    try {
        (void)emulate(network, layout, {}, 10.0);
        FAIL("not refused");
    } catch (const NetworkError& error) {
        CHECK_THAT(error.what(), Catch::Contains(what));
    }
}

TEST_CASE("With a time step spikes leave on its grid, at most one step late") {
    const Network network = digits_sized();
    const Layout layout = layout_of(network, make_machine("spinn3"), {});
    const auto on_grid = emulate(network, layout, {1.0}, 100.0).spikes.front();
    REQUIRE(on_grid.size() > 500);
    for (const Spike& spike : on_grid)
        CHECK(spike.t_ms == std::round(spike.t_ms));
    // Until the first rounded spike arrives nothing is different.
    const auto direct = simulate_directly(network, 3.0).front();
    REQUIRE(direct.size() > 5);
    for (const Spike& spike : direct)
        CHECK(std::count_if(on_grid.begin(), on_grid.end(), [&](const Spike& s) {
                  return s.source == spike.source && s.t_ms == std::ceil(spike.t_ms);
              }) == 1);
}
