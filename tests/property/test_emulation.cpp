#include "core/error.hpp"
#include "mapping/check.hpp"
#include "mapping/emulate.hpp"
#include "mapping/partition.hpp"
#include "support/networks.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

Layout layout_of(const Network& network, const Machine& machine, const Pace& pace) {
    Partition parts = partition(network, board(machine.board), pace, estimated_rates(network));
    Layout layout = map_graph(parts.graph, machine, {});
    layout.populations = parts.populations;
    layout.slices = parts.slices;
    REQUIRE(check_layout(layout).n_faults == 0);
    return layout;
}

/// LIF neurons of both models driven by Poisson and listed spikes over sparse and dense, fixed and drawn, plastic and static
/// synapses.
Network point_neurons() {
    LifPopulation cells;
    cells.name = "cells";
    cells.size = 600;
    LifExp exp;
    cells.neuron = exp;
    cells.V_init_mV = Uniform{0.0, 15.0};
    cells.inputs = {{PoissonRate::constant(6000.0), 0.8, 0, {}}};
    LifPopulation few = cells;
    few.name = "few";
    few.size = 90;
    few.neuron = LifDelta{};
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
        p.weight_mV = Constant{w};
        p.delay_ms = Constant{d};
        network.projections.emplace_back(p);
    };
    join(0, 0, FixedProbability{0.1}, 0.4, 1.5);
    join(0, 1, FixedIndegree{20, false}, -0.2, 2.0);
    join(2, 0, FixedProbability{0.02}, 0.9, 1.0);
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

TEST_CASE("Spikes through the layout are those of the network: nodes that learn") {
    const Network network = test::learning(Prediction::spiking);
    const Layout layout = layout_of(network, make_machine("spinn5"), {1.0, 10.0});
    CHECK(layout.slices.front().twins == layout.slices.front().count);
    require_same(network, layout, 200.0);
}

TEST_CASE("A layout with a fault gives other spikes") {
    const Network network = digits_sized();
    const Layout right = layout_of(network, make_machine("spinn3"), {});
    const auto direct = simulate_directly(network, 200.0);
    Layout wrong = right;
    const auto table = std::find_if(wrong.tables.begin(), wrong.tables.end(),
                                    [](const Table& t) { return !t.empty(); });
    REQUIRE(table != wrong.tables.end());
    SECTION("an entry is missing") {
        table->erase(table->begin());
    }
    SECTION("an entry leads to a core less") {
        const auto entry = std::find_if(table->begin(), table->end(),
                                        [](const TableEntry& e) { return e.route.has_cores(); });
        REQUIRE(entry != table->end());
        Route less;
        bool left_out = false;
        for (unsigned core = 0; core < Route::k_cores; ++core) {
            if (!entry->route.has_core(core)) continue;
            if (left_out) less.add_core(core);
            left_out = true;
        }
        for (unsigned link = 0; link < k_links; ++link) {
            if (entry->route.has_link(link)) less.add_link(link);
        }
        entry->route = less;
    }
    SECTION("two sources have swapped keys") {
        REQUIRE(wrong.keys.size() > 1);
        std::swap(wrong.keys[0].vertex, wrong.keys[1].vertex);
        std::swap(wrong.slices[0].vertex, wrong.slices[1].vertex);
    }
    const Emulation emulation = emulate(network, wrong, {}, 200.0);
    CHECK(first_difference(direct, emulation.spikes).has_value());
}

TEST_CASE("A second copy of a packet counts twice") {
    const Network network = digits_sized();
    Layout layout = layout_of(network, make_machine("spinn3"), {});
    const auto direct = simulate_directly(network, 200.0);
    // From chip (0, 0) east and back: dead ends of the tree that come to its cores again.
    for (Table& table : layout.tables) {
        for (TableEntry& entry : table) {
            if (entry.route.has_cores() && entry.route.links() == 0) {
                entry.route.add_link(0);
                break;
            }
        }
    }
    try {
        const Emulation emulation = emulate(network, layout, {}, 200.0);
        CHECK(first_difference(direct, emulation.spikes).has_value());
    } catch (const NetworkError& error) {
        CHECK(std::string(error.what()).find("goes on for ever") != std::string::npos);
    }
}
