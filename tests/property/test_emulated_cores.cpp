#include "mapping/check.hpp"
#include "mapping/emulate.hpp"
#include "mapping/packets.hpp"
#include "mapping/partition.hpp"
#include "support/layouts.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

using namespace spikewell;
using namespace spikewell::mapping;

// What each core hears of a layout that is wrong, against a network that is wired so; and that it does not
// matter who advances what.

namespace {

/// Two slices on a chip.
Layout spread(const Network& network, int neurons_per_core) {
    return test::layout_of(network, make_machine("spinn5"), {1.0, 20.0}, neurons_per_core,
                           50'000'000);
}

/// Three listed neurons onto eight cells through listed synapses, all on cores of their own.
Network listed_onto_cells() {
    SpikeListPopulation source{"source", 3, {}};
    for (std::uint32_t k = 0; k < 300; ++k)
        source.spikes.push_back({0.37 * k, (k * k + k / 7) % 3});
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 8;
    cells.neuron = LifDelta{};
    cells.V_init_mV = Constant{0.0};
    SynapseList list;
    for (std::uint32_t post = 0; post < 8; ++post) {
        for (std::uint32_t pre = 0; pre < 3; ++pre) {
            if ((pre + post) % 4 != 3)
                list.synapses.push_back({pre, post, 2.0F + 0.5F * static_cast<float>(pre), 1.0F});
        }
    }
    SynapticProjection projection;
    projection.pre.population = {0};
    projection.post.population = {1};
    projection.connector = list;
    return {{source, cells}, {projection}, 1};
}

const Slice& slice_of(const Layout& layout, VertexIndex vertex) {
    return *std::find_if(layout.slices.begin(), layout.slices.end(),
                         [&](const Slice& slice) { return slice.vertex == vertex; });
}

const Place& place_of(const Layout& layout, VertexIndex vertex) {
    return *std::find_if(layout.places.begin(), layout.places.end(),
                         [&](const Place& place) { return place.vertex == vertex; });
}

/// Of population 0: which neuron's packets each neuron's are taken for.
std::uint32_t taken_for(const Layout& layout, std::uint32_t key) {
    for (const KeyBlock& block : layout.keys) {
        if (key >= block.key && key - block.key < block.n_keys)
            return slice_of(layout, block.vertex).first + (key - block.key);
    }
    FAIL("nobody's key");
    return 0;
}

/// The key of a neuron of population 0, and where its packets begin.
struct Origin {
    std::uint32_t key;
    ChipIndex chip;
};
Origin origin_of(const Layout& layout, std::uint32_t neuron) {
    for (const KeyBlock& block : layout.keys) {
        const Slice& slice = slice_of(layout, block.vertex);
        if (slice.population == 0 && slice.first <= neuron && neuron - slice.first < slice.count)
            return {block.key + (neuron - slice.first), place_of(layout, block.vertex).chip};
    }
    FAIL("no key");
    return {};
}

/// How often the packets of a neuron come to a cell's core.
std::size_t copies(const Layout& layout, std::uint32_t neuron, std::uint32_t cell) {
    const auto slice =
        std::find_if(layout.slices.begin(), layout.slices.end(),
                     [&](const Slice& s) { return s.population == 1 && s.first == cell; });
    const Place& place = place_of(layout, slice->vertex);
    const Origin from = origin_of(layout, neuron);
    const PacketPath path = send_packet(layout, from.chip, from.key);
    return static_cast<std::size_t>(
        std::count(path.cores.begin(), path.cores.end(), CorePlace{place.chip, place.core}));
}

/// The network that the tables make of this one: a synapse for each way from a source to a row.
Network as_wired(const Network& network, const Layout& layout) {
    Network wired = network;
    auto& list =
        std::get<SynapseList>(std::get<SynapticProjection>(wired.projections.front()).connector);
    const std::vector<Synapse> rows = std::exchange(list.synapses, {});
    for (std::uint32_t from = 0; from < 3; ++from) {
        const std::uint32_t as = taken_for(layout, origin_of(layout, from).key);
        for (const Synapse& row : rows) {
            const std::size_t n = row.pre == as ? copies(layout, from, row.post) : 0;
            if (n > 0)
                list.synapses.push_back(
                    {from, row.post, static_cast<float>(n) * row.weight, row.delay_ms});
        }
    }
    return wired;
}

/// Where the chip's table sends a key, as an entry of that key alone.
TableEntry& own_entry(Layout& layout, ChipIndex chip, std::uint32_t key) {
    Table& table = layout.tables[chip];
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const TableEntry& e) { return (key & e.mask) == e.key; });
    REQUIRE(found != table.end());
    const Route route = found->route;
    return *table.insert(table.begin(), {key, 0xFFFF'FFFFU, route, false});
}

Route without(const Route& route, unsigned core) {
    Route less;
    for (unsigned c = 0; c < Route::k_cores; ++c) {
        if (route.has_core(c) && c != core) less.add_core(c);
    }
    for (unsigned link = 0; link < k_links; ++link) {
        if (route.has_link(link)) less.add_link(link);
    }
    return less;
}

/// The last chip on the way of a neuron's packets, and one core of it that is handed them.
CorePlace an_end(const Layout& layout, std::uint32_t neuron) {
    const Origin from = origin_of(layout, neuron);
    return send_packet(layout, from.chip, from.key).cores.back();
}

void require_as_wired(const Network& network, const Layout& layout, std::size_t least_groups) {
    const double t_ms = 120.0;
    const auto expected = simulate_directly(as_wired(network, layout), t_ms);
    REQUIRE(expected[1].size() > 40);
    REQUIRE(first_difference(simulate_directly(network, t_ms), expected).has_value());
    for (const int n_threads : {1, 2, 3}) {
        const Emulation found = emulate(network, layout, {0.0, n_threads}, t_ms);
        CAPTURE(n_threads);
        CHECK_FALSE(first_difference(expected, found.spikes).has_value());
        CHECK(found.n_shares >= least_groups);
    }
}

/// Sends a neuron's packets from a chip on their way round a triangle, too.
bool add_way_round(Layout& layout, std::uint32_t neuron) {
    const Origin from = origin_of(layout, neuron);
    const PacketPath path = send_packet(layout, from.chip, from.key);
    for (const std::uint32_t taken : path.links) {
        const ChipIndex chip = taken / k_links;
        const unsigned aside = (taken % k_links + 1) % k_links;
        const unsigned back = (taken % k_links + 5) % k_links;
        if (!layout.machine.has_link(chip, aside)) continue;
        const ChipIndex over = layout.machine.neighbour(chip, aside);
        const bool is_free = std::none_of(path.links.begin(), path.links.end(),
                                          [&](std::uint32_t l) { return l / k_links == over; }) &&
                             std::none_of(path.cores.begin(), path.cores.end(),
                                          [&](const CorePlace& core) { return core.chip == over; });
        if (!is_free || !layout.machine.has_link(over, back)) continue;
        own_entry(layout, chip, from.key).route.add_link(aside);
        Route to_end;
        to_end.add_link(back);
        layout.tables[over].insert(layout.tables[over].begin(),
                                   {from.key, 0xFFFF'FFFFU, to_end, false});
        return true;
    }
    return false;
}

} // namespace

TEST_CASE("Cores whose tables are wrong hear what these make of packets, the others all") {
    const Network network = listed_onto_cells();
    Layout layout = spread(network, 1);
    REQUIRE(layout.slices.size() == 11);
    REQUIRE(emulate(network, layout, {}, 10.0).n_shares == 1);
    REQUIRE_FALSE(first_difference(simulate_directly(network, 120.0),
                                   emulate(network, layout, {}, 120.0).spikes)
                      .has_value());
    SECTION("a core is left out") {
        const CorePlace end = an_end(layout, 1);
        TableEntry& entry = own_entry(layout, end.chip, origin_of(layout, 1).key);
        entry.route = without(entry.route, static_cast<unsigned>(end.core));
        require_as_wired(network, layout, 2);
    }
    SECTION("packets end on their way") {
        own_entry(layout, origin_of(layout, 2).chip, origin_of(layout, 2).key).route = Route{};
        require_as_wired(network, layout, 2);
    }
    SECTION("packets come twice") {
        REQUIRE((add_way_round(layout, 0) || add_way_round(layout, 1) || add_way_round(layout, 2)));
        require_as_wired(network, layout, 2);
    }
    SECTION("two sources have each other's keys") {
        std::vector<KeyBlock*> of_sources;
        for (KeyBlock& block : layout.keys) {
            if (slice_of(layout, block.vertex).population == 0) of_sources.push_back(&block);
        }
        REQUIRE(of_sources.size() == 3);
        // The vertex sends with the other's key, by which cores know it.
        std::swap(of_sources[0]->vertex, of_sources[2]->vertex);
        require_as_wired(network, layout, 2);
    }
    SECTION("a source sends with another's key") {
        const std::uint32_t own = origin_of(layout, 0).key;
        const std::uint32_t other = origin_of(layout, 1).key;
        for (KeyBlock& block : layout.keys) {
            if (block.key == own) block = {block.vertex, other, 0xFFFF'FFFFU, 1};
        }
        require_as_wired(network, layout, 2);
    }
}

TEST_CASE("Emulated spikes do not depend on threads, be the layout right or wrong") {
    const Network network = test::driven(Prediction::spiking);
    Layout layout = spread(network, 60);
    REQUIRE(layout.slices.size() > 10);
    std::size_t n_shares = 1;
    SECTION("right") {}
    SECTION("wrong") {
        for (ChipIndex chip = 0; chip < layout.tables.size(); ++chip) {
            for (TableEntry& entry : layout.tables[chip]) {
                if (chip % 3 != 0 || !entry.route.has_cores()) continue;
                unsigned core = 0;
                while (!entry.route.has_core(core))
                    ++core;
                entry.route = without(entry.route, core);
            }
        }
        n_shares = 2;
    }
    const Emulation one = emulate(network, layout, {0.0, 1}, 60.0);
    CHECK(one.n_shares >= n_shares);
    CHECK((n_shares > 1) ==
          first_difference(simulate_directly(network, 60.0), one.spikes).has_value());
    for (const int n_threads : {2, 5}) {
        const Emulation more = emulate(network, layout, {0.0, n_threads}, 60.0);
        CHECK_FALSE(first_difference(one.spikes, more.spikes).has_value());
        CHECK(more.packets == one.packets);
    }
}

TEST_CASE("Spikes that no fault can reach are those of the network, to the last bit") {
    // Some cores would miss packets of sources that never fire: two groups that hear the same.
    Network network = test::recurrent(test::random_couplings(300, 0.1, 4), 5, 3.0, 3.93, 12);
    SpikeListSource silent;
    silent.layout = {10, 3, 10.0};
    network.populations.emplace_back(silent);
    FactorisedProjection from_silent;
    from_silent.pre = {1};
    from_silent.post = {0};
    from_silent.coupling = Matrix(300, 10);
    from_silent.delay_ms = 3.93;
    network.projections.emplace_back(from_silent);
    Layout layout = spread(network, 100);
    const auto sources = std::find_if(layout.slices.begin(), layout.slices.end(),
                                      [](const Slice& slice) { return slice.population == 1; });
    const auto block = std::find_if(layout.keys.begin(), layout.keys.end(),
                                    [&](const KeyBlock& b) { return b.vertex == sources->vertex; });
    const Place& from = place_of(layout, sources->vertex);
    const PacketPath path = send_packet(layout, from.chip, block->key);
    REQUIRE(path.cores.size() > 3);
    std::size_t n_left_out = 0;
    for (std::uint32_t k = 0; k < block->n_keys; ++k) {
        // One core in two misses the packets.
        for (std::size_t c = 0; c < path.cores.size(); c += 2) {
            TableEntry& entry = own_entry(layout, path.cores[c].chip, block->key + k);
            entry.route = without(entry.route, static_cast<unsigned>(path.cores[c].core));
            ++n_left_out;
        }
    }
    REQUIRE(n_left_out > 0);
    const Emulation found = emulate(network, layout, {0.0, 2}, 30.0);
    CHECK(found.n_shares == 2);
    const auto direct = simulate_directly(network, 30.0);
    REQUIRE(direct[0].size() > 1000);
    CHECK_FALSE(first_difference(direct, found.spikes).has_value());
}
