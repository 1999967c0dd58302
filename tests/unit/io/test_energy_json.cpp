#include "io/results/energy_json.hpp"
#include "mapping/map_network.hpp"
#include "network/engine/recorder.hpp"

#include <catch2/catch.hpp>

using namespace spikewell;
using namespace spikewell::io;

TEST_CASE("Energy is told over synaptic events, and over all inputs") {
    const EnergyUse use{2.0, 0.5, "a meter"};
    const nlohmann::ordered_json json = energy_to_json(use, {}, {100'000, 400'000});
    CHECK(json["J"] == 0.5);
    CHECK(json["how"] == "measured");
    CHECK(json["source"] == "a meter");
    CHECK_FALSE(json.contains("why_not_measured"));
    CHECK(json["synaptic_events"] == 100'000);
    CHECK(json["poisson_inputs"] == 400'000);
    CHECK(json["uJ_per_synaptic_event"].get<double>() == Approx(5.0));
    CHECK(json["uJ_per_input"].get<double>() == Approx(1.0));
    CHECK(energy_text(json) == "5 uJ a synaptic event, 1 with Poisson inputs (measured)");
}

TEST_CASE("An estimate of energy is called one, and says what it is made of") {
    const EnergyUse use{2.0, std::nullopt, "no counters"};
    const nlohmann::ordered_json json = energy_to_json(use, {3.0, "somebody"}, {2'000'000, 0});
    CHECK(json["J"] == 6.0);
    CHECK(json["how"] == "estimate");
    CHECK(json["source"] == "2 s of processor time at 3 W a core (somebody)");
    CHECK(json["why_not_measured"] == "no counters");
    CHECK(json["uJ_per_input"] == json["uJ_per_synaptic_event"]);
    CHECK(energy_text(json) == "3 uJ a synaptic event (estimate)");
    const nlohmann::ordered_json without = energy_to_json(use, {3.0, "somebody"}, {0, 0});
    CHECK(without["uJ_per_synaptic_event"].is_null());
    CHECK(without["uJ_per_input"].is_null());
    CHECK(energy_text(without) == "6 J (estimate)");
    const nlohmann::ordered_json poisson = energy_to_json(use, {3.0, "somebody"}, {0, 6'000'000});
    CHECK(poisson["uJ_per_synaptic_event"].is_null());
    CHECK(poisson["uJ_per_input"].get<double>() == Approx(1.0));
}

TEST_CASE("A board's energy is its power over the real time of the run") {
    PoissonPopulation source{"source", 4, PoissonRate::constant(100.0)};
    NeuronPopulation cells;
    cells.name = "cells";
    cells.size = 4;
    SynapticProjection projection;
    projection.pre.population = {0};
    projection.post.population = {1};
    projection.connector = OneToOne{};
    projection.weight = Constant{0.1};
    const Network network{{source, cells}, {projection}, 1};
    const mapping::Layout layout =
        mapping::map_network(network, mapping::make_machine("spinn3"), {}, "net", "");
    SpikeCounter counter(network);
    counter.on_spikes({0}, SpikeKind::somatic, std::vector<Spike>{{0.1, 1}, {0.2, 3}, {0.3, 1}});
    counter.on_spikes({1}, SpikeKind::somatic, std::vector<Spike>{{0.1, 2}});
    counter.on_spikes({1}, SpikeKind::predicted, std::vector<Spike>{{0.1, 0}});
    CHECK(counter.spikes() == std::vector<std::vector<std::uint64_t>>{{0, 2, 0, 1}, {0, 0, 1, 0}});
    const mapping::BoardWork work = mapping::work_of(layout, counter.spikes());
    CHECK(work.packets == 3); // nobody hears the cells
    const nlohmann::ordered_json json =
        board_energy_to_json({layout, work, {1.0, 10.0}, 100.0}, {1'000'000, 0});
    CHECK(json["machine"] == "spinn3");
    CHECK(json["how"] == "estimate");
    const double W = json["W"];
    CHECK(W == Approx(4 * 0.35 + 2 * 0.034).epsilon(1e-3));
    CHECK(json["J"].get<double>() == Approx(W)); // 100 ms, ten times slower than real
    CHECK(json["uJ_per_synaptic_event"].get<double>() == Approx(W));
    const nlohmann::ordered_json nothing =
        board_energy_to_json({layout, work, {1.0, 1.0}, 0.0}, {0, 0});
    CHECK(nothing["J"] == 0.0);
    CHECK(nothing["uJ_per_synaptic_event"].is_null());
}
