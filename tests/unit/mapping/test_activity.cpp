#include "experiments/board_effects.hpp"
#include "mapping/activity.hpp"
#include "mapping/check.hpp"
#include "mapping/packets.hpp"
#include "mapping/partition.hpp"
#include "support/layouts.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace spikewell;
using namespace spikewell::mapping;

namespace {

/// A listed neuron that excites one of another chip: too much memory for both on one.
struct TwoChips {
    Network network;
    Layout layout;
    std::vector<std::vector<Spike>> spikes;

    TwoChips() {
        SpikeListPopulation source{"source", 1, {}};
        for (const double t_ms : {0.1, 0.2, 0.3, 5.5, 9.0})
            source.spikes.push_back({t_ms, 0});
        NeuronPopulation cell;
        cell.name = "cell";
        cell.V_init_mV = Constant{-60.0};
        cell.neuron = LifExp{};
        SynapticProjection projection;
        projection.pre.population = {0};
        projection.post.population = {1};
        projection.connector = OneToOne{};
        projection.weight = Constant{0.1};
        network = {{source, cell}, {projection}, 1};
        layout = test::layout_of(network, make_machine("spinn3"), {}, 256, 100'000'000);
        spikes = {source.spikes, {}};
    }
};

} // namespace

TEST_CASE("A packet's path is followed through the tables to the core at its end") {
    const TwoChips two;
    const PacketPath path =
        send_packet(two.layout, two.layout.places[0].chip, two.layout.keys[0].key);
    REQUIRE(path.cores.size() == 1);
    CHECK(path.cores[0] == CorePlace{two.layout.places[1].chip, two.layout.places[1].core});
    CHECK(path.links.size() == two.layout.statistics.hops);
    CHECK_FALSE(path.links.empty());
    CHECK(path.lost == 0);
    const PacketPath nobody = send_packet(two.layout, two.layout.places[1].chip, 0xFFFF'0000U);
    CHECK(nobody.cores.empty());
    CHECK(nobody.lost == 1);
}

TEST_CASE("Packets of a run are counted on links and cores, with their power") {
    const TwoChips two;
    const BoardActivity a = measure_activity(two.network, two.layout, {1.0, 2.0}, two.spikes, 10.0);
    const auto hops = static_cast<double>(two.layout.statistics.hops);
    CHECK(a.packets == 5);
    CHECK(a.link_passages == 5 * two.layout.statistics.hops);
    // 5 packets in 20 ms of real time; three of them in one step of 2 ms.
    CHECK(a.busiest_mean_per_ms == Approx(0.25));
    CHECK(a.busiest_peak_per_ms == Approx(1.5));
    CHECK(std::count_if(a.link_packets_per_ms.begin(), a.link_packets_per_ms.end(), [](double n) {
              return n > 0.0;
          }) == static_cast<std::ptrdiff_t>(two.layout.statistics.hops));
    CHECK(a.cores[0].spikes_per_ms == Approx(0.5));
    CHECK(a.cores[0].packets_per_ms == 0.0);
    CHECK(a.cores[1].packets_per_ms == Approx(0.5));
    // 3850 a step, 171 of the neuron, half a row of 539 + 15.
    CHECK(a.cores[1].cycles == Approx(3850.0 + 171.0 + 0.5 * 554.0));
    CHECK(a.cores[1].load == Approx(a.cores[1].cycles / 400'000.0));
    CHECK(a.energy.idle_chips_W == Approx(4 * 0.35));
    CHECK(a.energy.active_cores_W == Approx(2 * 0.034));
    CHECK(a.energy.links_W == Approx(5 * hops * 40 * 25e-12 / 0.02));
    CHECK(a.energy.packets_W == Approx(5 * 1e-9 / 0.02));
    CHECK(a.energy_J_per_model_s == Approx(2.0 * a.energy.total_W()));
    // The same from how many spikes there were.
    const BoardWork work = work_of(two.layout, {{5}, {0}});
    CHECK(work.chips == 4);
    CHECK(work.cores == 2);
    CHECK(work.packets == a.packets);
    CHECK(work.link_passages == a.link_passages);
    CHECK(power_of(board(two.layout.machine.board), work, 0.02).total_W() ==
          Approx(a.energy.total_W()));
    CHECK(work_of(two.layout, {{0}, {9}}).packets == 0); // whom nobody hears has no packets
}

TEST_CASE(
    "What a step has too much of is counted: packets over links, cycles of cores, time of ways") {
    TwoChips two;
    const Pace pace{1.0, 1.0};
    const std::uint64_t hops = two.layout.statistics.hops;
    const auto spikes = [](std::size_t in_first, std::size_t in_second) {
        std::vector<Spike> all(in_first, Spike{0.5, 0});
        all.insert(all.end(), in_second, Spike{1.5, 0});
        return std::vector<std::vector<Spike>>{all, {}};
    };
    const auto timing = [&](std::size_t in_first, std::size_t in_second) {
        const BoardActivity a =
            measure_activity(two.network, two.layout, pace, spikes(in_first, in_second), 10.0);
        const StepTiming& t = a.timing;
        CHECK(t.links_keep_up() == (t.crowded_steps == 0));
        CHECK(timing_warnings(a, two.layout).size() == (t.links_keep_up() ? 0U : 1U) +
                                                           (t.cores_keep_up() ? 0U : 1U) +
                                                           (t.ways_keep_up() ? 0U : 1U));
        return t;
    };
    SECTION("all fits") {
        const StepTiming t = timing(300, 20);
        CHECK(t.links_keep_up());
        CHECK(t.cores_keep_up());
        CHECK(t.ways_keep_up());
        CHECK(t.link_capacity == 6000.0);
        CHECK(t.fullest_packets == 300);
        CHECK(t.arrived_packets == 320);
        CHECK(t.core_cycles == 200'000.0);
        CHECK(t.most_cycles == Approx(3850.0 + 171.0 + 300 * 554.0));
        CHECK(t.longest_way_hops == hops);
        CHECK(t.longest_way_us == Approx(0.2 * static_cast<double>(hops)));
    }
    SECTION("a core's packets wait for the next step") {
        // 200,000 - 3850 - 171 cycles are left: 353 packets of 554; 46.2 of 400 wait.
        const StepTiming t = timing(400, 340);
        CHECK(t.late_packets == 47 + 33); // of the second step 307 come before the cycles end
        CHECK(t.late_cores == 1);
        CHECK(t.latest_core == 1);
        CHECK(t.most_cycles == Approx(3850.0 + 171.0 + 400 * 554.0));
        CHECK(t.most_at_ms == 0.0);
        CHECK(timing(353, 340).late_packets == 0);
    }
    SECTION("a link has more than it carries") {
        const StepTiming t = timing(6000, 7000);
        CHECK(t.crowded_steps == hops);
        CHECK(t.packets_beyond == 1000 * hops);
        CHECK(t.fullest_packets == 7000);
        CHECK(t.fullest_at_ms == 1.0);
    }
    SECTION("a way takes longer than a step") {
        const BoardActivity a =
            measure_activity(two.network, two.layout, {1e-4, 1.0}, spikes(1, 0), 10.0);
        CHECK_FALSE(a.timing.ways_keep_up());
        CHECK(a.timing.step_real_us == Approx(0.1));
    }
}

TEST_CASE("A packet that two projections could read costs the rows that its neuron has") {
    // Two halves of a population, each read by a projection of its own: one row a packet.
    PoissonPopulation source{"source", 8, PoissonRate::constant(100.0)};
    NeuronPopulation cell;
    cell.name = "cell";
    cell.V_init_mV = Constant{-60.0};
    cell.neuron = LifExp{};
    SynapticProjection first;
    first.pre = {{0}, 0, 4};
    first.post.population = {1};
    first.connector = AllToAll{};
    first.weight = Constant{0.1};
    SynapticProjection second = first;
    second.pre = {{0}, 4, 4};
    const Network network{{source, cell}, {first, second}, 1};
    const Machine machine = make_machine("spinn3");
    const Partition parts = partition(network, board(machine.board), {}, estimated_rates(network));
    const Layout layout = map_partition(parts, machine, {}, {});
    std::vector<Spike> spikes;
    for (std::uint32_t i = 0; i < 8; ++i)
        spikes.push_back({1.0 + i, i});
    const BoardActivity a = measure_activity(network, layout, {1.0, 1.0}, {spikes, {}}, 10.0);
    CHECK(a.cores[1].packets_per_ms == Approx(0.8));
    CHECK(a.cores[1].cycles == Approx(3850.0 + 171.0 + 0.8 * 554.0));
    // As it was expected to be, at the rates expected.
    CHECK(parts.loads[1].cycles == Approx(a.cores[1].cycles));
}

TEST_CASE("Samples of one law are 0 apart, shifted ones by the shift, scaled ones by the scale") {
    Matrix samples(2, 4);
    samples.values = {1.0, 0.0, -1.0, 0.0, 0.0, 2.0, 0.0, -2.0};
    Matrix shifted = samples;
    Matrix scaled = samples;
    for (double& value : shifted.values)
        value += 0.5;
    for (double& value : scaled.values)
        value *= 2.0;
    const auto none = experiments::distance(samples, samples);
    CHECK(none.mean_rms == 0.0);
    CHECK(none.covariance_relative == 0.0);
    const auto by_shift = experiments::distance(samples, shifted);
    CHECK(by_shift.mean_rms == Approx(0.5));
    CHECK(by_shift.covariance_relative == Approx(0.0).margin(1e-12));
    CHECK(experiments::distance(samples, scaled).covariance_relative == Approx(3.0));
}
