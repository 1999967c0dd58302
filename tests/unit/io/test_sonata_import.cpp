#include "io/sonata/sonata.hpp"
#include "io/sonata/sonata_layout.hpp"
#include "support/scratch_folder.hpp"
#include "support/sonata_circuit.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

// What published circuits have beside nodes and edges of one kind: each is read, or told.

namespace {

using namespace spikewell;
using spikewell::test::Circuit;
using spikewell::test::Ids;
using spikewell::test::ScratchFolder;

NetworkDescription imported(const ScratchFolder& folder, const std::string& name) {
    return io::import_sonata(folder / name);
}

/// A circuit, changed, and what a simulation of it says beside its network.
NetworkDescription simulated(const Circuit& circuit,
                             const std::string& rest,
                             const std::function<void(const ScratchFolder&)>& prepare = {},
                             std::vector<std::string>* lost = nullptr) {
    const ScratchFolder folder;
    write_circuit(circuit, folder);
    if (prepare) prepare(folder);
    folder.write("simulation.json", R"({"network": "circuit.json", "target_simulator": "NEST",
        "run": {"tstop": 50, "dt": 0.1}, )" +
                                        rest + "}");
    return io::import_sonata(folder / "simulation.json", io::Outside::refuse, lost);
}

const NeuronPopulation& cells_of(const NetworkDescription& description, std::size_t p = 0) {
    return std::get<NeuronPopulation>(description.network.populations.at(p));
}
const SynapticProjection& projection_of(const NetworkDescription& description, std::size_t p = 0) {
    return std::get<SynapticProjection>(description.network.projections.at(p));
}
const std::vector<Synapse>& listed_of(const NetworkDescription& description, std::size_t p = 0) {
    return std::get<SynapseList>(projection_of(description, p).connector).synapses;
}
const std::vector<Spike>& spikes_of_source(const NetworkDescription& description) {
    return std::get<SpikeListPopulation>(description.network.populations.at(1)).spikes;
}

void write_old_spikes(const ScratchFolder& folder) {
    io::hdf5::File file = io::hdf5::File::create(folder / "s.h5");
    const io::hdf5::Group all = file.root().create_group("spikes");
    all.write<double>("timestamps", std::vector<double>{2.5, 1.5});
    all.write<std::uint64_t>("gids", Ids{0, 0});
    file.close();
}

constexpr const char* k_spikes_input =
    R"("inputs": {"x": {"input_type": "spikes", "module": "h5", "input_file": "s.h5", "node_set": "in"}})";

} // namespace

TEST_CASE("Spikes of the layout before populations are those of the node set") {
    const NetworkDescription description = simulated(Circuit{}, k_spikes_input, write_old_spikes);
    CHECK(spikes_of_source(description) == std::vector<Spike>{{1.5, 0}, {2.5, 0}});
    CHECK(description.duration_ms == 50.0);
    // One file that two inputs name is there once.
    const NetworkDescription twice = simulated(
        Circuit{},
        R"("inputs": {"x": {"input_type": "spikes", "module": "h5", "input_file": "s.h5", "node_set": "in"},
            "y": {"input_type": "spikes", "module": "h5", "input_file": "s.h5", "node_set": ["in"]}})",
        write_old_spikes);
    CHECK(spikes_of_source(twice).size() == 2);
}

TEST_CASE("Spikes are read from a table, with or without a column of populations") {
    const std::string input =
        R"("inputs": {"x": {"input_type": "spikes", "module": "csv", "input_file": "s.csv", "node_set": "in"}})";
    const auto with_table = [&](const std::string& table) {
        return simulated(Circuit{}, input,
                         [&](const ScratchFolder& folder) { folder.write("s.csv", table); });
    };
    const std::vector<Spike> expected{{1.5, 0}, {2.5, 0}};
    CHECK(spikes_of_source(with_table(
              "timestamps population node_ids\n2.5 in 0\n1.5 in 0\n3 out 0\n")) == expected);
    CHECK(spikes_of_source(with_table("node_ids timestamps\n0 2.5\n0 1.5\n")) == expected);
    CHECK_THROWS_WITH(with_table("node_ids timestamps\n1 2.5\n"),
                      "in: has spikes of node 1, its nodes are 0 .. 0");
    CHECK_THROWS_WITH(with_table("gid,t\n0,1\n"),
                      Catch::Contains("s.csv:1: must have columns timestamps and node_ids"));
    CHECK_THROWS_WITH(with_table("node_ids timestamps\n0 soon\n"),
                      Catch::Contains("s.csv:2: must be a time and a node, got soon and 0"));
    CHECK_THROWS_WITH(with_table("node_ids timestamps\n0\n"),
                      Catch::Contains("s.csv:2: row must have 2 cells like the first, got 1"));
}

TEST_CASE(
    "One file may hold networks, run and inputs, and one may name a circuit and a simulation") {
    const ScratchFolder folder;
    Circuit circuit;
    circuit.config.replace(circuit.config.rfind('}'), 1,
                           std::string(R"(, "run": {"tstop": 70, "random_seed": 4}, )") +
                               k_spikes_input + "}");
    write_circuit(circuit, folder);
    write_old_spikes(folder);
    const NetworkDescription one = imported(folder, "circuit.json");
    CHECK(one.duration_ms == 70.0);
    CHECK(one.network.seed == 4);
    CHECK(spikes_of_source(one).size() == 2);
    write_circuit(Circuit{}, folder);
    folder.write("simulation.json",
                 std::string(R"({"run": {"duration": 30}, )") + k_spikes_input + "}");
    folder.write("config.json", R"({"network": "circuit.json", "simulation": "simulation.json"})");
    const NetworkDescription two = imported(folder, "config.json");
    CHECK(two.duration_ms == 30.0);
    CHECK(spikes_of_source(two).size() == 2);
}

TEST_CASE(
    "NEST's synapses have a delay of 1 ms where none is given, and nsyns multiplies weights") {
    const ScratchFolder folder;
    Circuit circuit;
    circuit.edge_types =
        "edge_type_id model_template nsyns\n5 static_synapse 3\n6 nest:static_synapse NULL\n";
    circuit.edge_type_ids = {5, 6};
    write_circuit(circuit, folder);
    CHECK(listed_of(imported(folder, "circuit.json")) ==
          std::vector<Synapse>{{0, 1, 3.0F, 1.0F}, {0, 0, -2.0F, 1.0F}});
    circuit.further = [](const io::hdf5::Group&, const io::hdf5::Group& edges) {
        edges.group("0").write<std::uint32_t>("nsyns", std::vector<std::uint32_t>{2, 4});
    };
    write_circuit(circuit, folder);
    CHECK(listed_of(imported(folder, "circuit.json")) ==
          std::vector<Synapse>{{0, 1, 2.0F, 1.0F}, {0, 0, -8.0F, 1.0F}});
}

TEST_CASE("Nodes and edges of several groups have the values of their groups' rows") {
    const ScratchFolder folder;
    Circuit circuit;
    circuit.cell_types = {7, 7, 7};
    circuit.targets = {1, 2};
    circuit.edge_groups = {1, 0};
    circuit.weights = {25.0F};
    circuit.further = [](const io::hdf5::Group& cells, const io::hdf5::Group& edges) {
        cells.write<std::uint64_t>("node_group_id", Ids{0, 3, 3});
        cells.write<std::uint64_t>("node_group_index", Ids{0, 1, 0});
        cells.create_group("3")
            .create_group("dynamics_params")
            .write<double>("tau_m", std::vector<double>{20, 10});
        edges.create_group("1").write<double>("syn_weight", std::vector<double>{50});
    };
    write_circuit(circuit, folder);
    const NetworkDescription description = imported(folder, "circuit.json");
    REQUIRE(description.network.populations.size() == 4);
    CHECK(cells_of(description).size == 1);
    CHECK(std::get<LifExp>(cells_of(description, 1).neuron).tau_m_ms == 10.0); // row 1
    CHECK(std::get<LifExp>(cells_of(description, 2).neuron).tau_m_ms == 20.0);
    CHECK(listed_of(description, 0) == std::vector<Synapse>{{0, 0, 2.0F, 1.5F}});
    CHECK(listed_of(description, 1) == std::vector<Synapse>{{0, 0, 2.0F, 1.5F}});
}

TEST_CASE(
    "Current clamps are injected, in the unit of the model's drive, into the nodes of their set") {
    Circuit circuit;
    circuit.cell_types = Ids(6, 7);
    const auto with_clamp = [&](const std::string& clamp) {
        return cells_of(
                   simulated(
                       circuit,
                       R"("node_sets_file": "sets.json", "inputs": {"c": {"input_type": "current_clamp",
            "module": "IClamp", )" +
                           clamp + "}}",
                       [](const ScratchFolder& folder) {
                           folder.write("sets.json",
                                        R"({"some": {"population": "cells", "node_id": [1, 2, 5]},
                                "both": ["some", "zero"], "zero": {"population": "cells", "node_id": 0},
                                "seven": {"model_template": "nest:iaf_psc_exp"}})");
                       }))
            .currents;
    };
    const StepCurrent step{4.0, 5.0, 15.0}; // 100 pA x 10 ms / 250 pF
    const std::string numbers = R"("amp": 100, "delay": 5, "duration": 10, )";
    CHECK(with_clamp(numbers + R"("node_set": "cells")") ==
          std::vector<InjectedCurrent>{{step, 0, 6}});
    CHECK(with_clamp(numbers + R"("node_set": "some")") ==
          std::vector<InjectedCurrent>{{step, 1, 2}, {step, 5, 1}});
    CHECK(with_clamp(numbers + R"("node_set": "both")") ==
          std::vector<InjectedCurrent>{{step, 0, 3}, {step, 5, 1}});
    CHECK(with_clamp(numbers + R"("node_set": "seven")") ==
          std::vector<InjectedCurrent>{{step, 0, 6}});
    CHECK(with_clamp(numbers + R"("node_set": {"population": "cells", "node_ids": [3]})") ==
          std::vector<InjectedCurrent>{{step, 3, 1}});
    CHECK(
        with_clamp(
            R"("amp": [100, 50, -25], "delay": [5, 15, 30], "duration": [10, 5, 10], "node_set": "zero")") ==
        std::vector<InjectedCurrent>{
            {TableCurrent{{5.0, 15.0, 20.0, 30.0, 40.0}, {4.0, 2.0, 0.0, -1.0, 0.0}}, 0, 1}});
    CHECK_THROWS_WITH(
        with_clamp(numbers + R"("node_set": {"population": "cells", "node_id": [6]})"),
        Catch::Contains("/inputs/c/node_set: cells has no node 6; --lossy leaves it out"));
    CHECK_THROWS_WITH(with_clamp(numbers + R"("node_set": "nobody")"),
                      Catch::Contains("there is no node set nobody"));
    CHECK_THROWS_WITH(with_clamp(numbers + R"("node_set": {"layer": 4})"),
                      Catch::Contains("layer must be text, as only columns of types select nodes"));
    CHECK_THROWS_WITH(with_clamp(numbers + R"("node_set": {"ei": "e"})"),
                      Catch::Contains("ei is no column of the nodes' types"));
    CHECK_THROWS_WITH(
        with_clamp(R"("amp": [1, 2], "delay": 5, "duration": 10, "node_set": "cells")"),
        Catch::Contains("amp, delay and duration must be as many, got 2, 1 and 1"));
    CHECK_THROWS_WITH(
        with_clamp(R"("amp": "x", "delay": 5, "duration": 10, "node_set": "cells")"),
        Catch::Contains("/inputs/c/amp: must be a number or a list of numbers, got \"x\""));
}

TEST_CASE("Plastic edges are a projection of their own, with NEST's rule in the unit of weights") {
    Circuit circuit;
    circuit.config.replace(circuit.config.find("\"components\": {"), 15,
                           R"("components": {"synaptic_models_dir": "$DIR", )");
    circuit.edge_types = "edge_type_id model_template dynamics_params\n5 static_synapse NULL\n"
                         "6 recorded rule.json\n8 tsodyks2_synapse short.json\n";
    circuit.cell = R"({"tau_m": 10, "C_m": 250, "tau_minus": 33})";
    circuit.sources = {0, 0, 0};
    circuit.targets = {0, 1, 1};
    circuit.edge_type_ids = {5, 6, 8};
    circuit.edge_groups = {0, 0, 0};
    circuit.weights = {-25.0F, 50.0F, 75.0F};
    const std::string reports =
        R"("reports": {"w": {"module": "weight_recorder", "nest_model": "stdp_synapse",
        "model_template": "recorded", "file_name": "w.csv"}})";
    std::vector<std::string> lost;
    const NetworkDescription description = simulated(
        circuit, reports,
        [](const ScratchFolder& folder) {
            folder.write(
                "rule.json",
                R"({"lambda": 0.02, "alpha": 1.5, "mu_minus": 0.5, "Wmax": 200, "tau_plus": 15})");
            folder.write("short.json", R"({"U": 0.25, "tau_rec": 300, "tau_fac": 20})");
        },
        &lost);
    REQUIRE(description.network.projections.size() == 3);
    CHECK(projection_of(description, 0).plasticity == SynapticRule{});
    CHECK(projection_of(description, 1).plasticity ==
          SynapticRule{GuetigStdp{15.0, 33.0, 0.02, 1.5, 1.0, 0.5, 8.0}});
    CHECK(projection_of(description, 1).dendritic_delay_fraction == 1.0); // where NEST has delays
    CHECK(listed_of(description, 1) == std::vector<Synapse>{{0, 1, 2.0F, 1.0F}});
    CHECK(projection_of(description, 2).short_term == TsodyksMarkram{0.25, 300.0, 20.0});
    CHECK(lost ==
          std::vector<std::string>{
              "/reports/w: weights are recorded at times that are given, not at each spike"});
}

TEST_CASE("Reports of potentials become recordings") {
    Circuit circuit;
    const NetworkDescription description =
        simulated(circuit, R"("reports": {"V m": {"cells": {"population": "cells", "node_id": [1]},
            "variable_name": "V_m", "module": "multimeter_report", "dt": 0.5},
            "off": {"variable_name": "x", "enabled": false}})");
    REQUIRE(description.recordings.size() == 2);
    CHECK(description.recordings[1].name == "V_m_cells");
    const auto& potential = std::get<PotentialRecording>(description.recordings[1].what);
    CHECK(potential.listed == std::vector<std::uint32_t>{1});
    CHECK(potential.interval_ms == 0.5);
}

TEST_CASE("What has no bearing on the dynamics is passed over") {
    Circuit circuit;
    circuit.node_types =
        "node_type_id ei model_type model_template dynamics_params model_name\n"
        "7 e point_neuron nest:iaf_psc_exp cell.json PV1\n8 e virtual NULL NULL NULL\n";
    circuit.edge_types = "edge_type_id target_query source_query model_template delay\n5 ei=='e' * "
                         "static_synapse 1.5\n";
    circuit.further = [](const io::hdf5::Group& cells, const io::hdf5::Group& edges) {
        for (const char* name : {"x", "y", "z", "rotation_angle_yaxis"})
            cells.group("0").write<double>(name, std::vector<double>{1, 2});
        cells.group("0").write<std::string>("layer_name", std::vector<std::string>{"L4", "L5"});
        edges.group("0").write<double>("afferent_section_pos", std::vector<double>{1, 2});
        (void)edges.create_group("indices");
    };
    CHECK_NOTHROW(simulated(circuit, R"("conditions": {"celsius": 34, "v_init": -80},
        "output": {"log_file": "log.txt", "output_dir": "output", "anything": 1})"));
}

TEST_CASE("Whatever else a circuit has is refused, or left out and told in a line of its own") {
    struct Loss {
        std::string line; ///< how it ends
        std::string rest;
        std::function<void(Circuit&)> change = {};
    };
    const auto edges_with = [](const std::string& header, const std::string& row) {
        return [=](Circuit& c) { c.edge_types = header + "\n" + row + "\n"; };
    };
    const std::vector<Loss> losses{
        {"/inputs/i/input_type: must be spikes or current_clamp, no other inputs are read, got "
         "\"csv\"",
         R"("inputs": {"i": {"input_type": "csv", "module": "IClamp", "file": "a.csv"}})"},
        {"/inputs/i/input_type: must be spikes or current_clamp, no other inputs are read, got "
         "\"nwb\"",
         R"("inputs": {"i": {"input_type": "nwb", "module": "IClamp"}})"},
        {"/inputs/i/module: spikes of module nwb are not read",
         R"("inputs": {"i": {"input_type": "spikes", "module": "nwb", "input_file": "s.h5"}})"},
        {"/inputs/i/trial: has no place in a network, got 3",
         R"("inputs": {"i": {"input_type": "current_clamp", "amp": 1, "delay": 1, "duration": 1, "node_set": "cells",
            "trial": 3}})"},
        {"/inputs/i/node_set: has virtual nodes, of in, which take no current",
         R"("inputs": {"i": {"input_type": "current_clamp", "amp": 1, "delay": 1, "duration": 1, "node_set": "in"}})"},
        {"/reports/r/variable_name: must be V_m or v, no other variables are recorded, got \"ECP\"",
         R"("reports": {"r": {"cells": "cells", "variable_name": "ECP"}})"},
        {"/reports/r/cells: there is no node set some",
         R"("reports": {"r": {"cells": "some", "variable_name": "v"}})"},
        {"/conditions/extracellular_calcium: has no place in a network, got 2",
         R"("conditions": {"extracellular_calcium": 2})"},
        {"/groups: has no place in a network, got an object", R"("groups": {"a": 1})"},
        {"/conditions: must be an object, got 3", R"("conditions": 3)"},
        {"/inputs: is no object", R"("inputs": [])"},
        {"edge_types.csv: column weight_function: has no place in a network, got wmax", "",
         edges_with("edge_type_id model_template weight_function", "5 static_synapse wmax")},
        {"edge_types.csv: column weight_sigma: has no place in a network, got 0.5", "",
         edges_with("edge_type_id model_template weight_sigma", "5 static_synapse 0.5")},
        {"edge_types.csv: model_template clopath_synapse: is no synapse that can be said here "
         "(static_synapse, stdp_synapse, tsodyks2_synapse, StaticSynapse can): it would be static",
         "", edges_with("edge_type_id model_template delay", "5 clopath_synapse 1")},
        {"cell.json: /V_min: is unknown", "", [](Circuit& c) { c.cell = R"({"V_min": -90})"; }},
        {"nodes.h5: /nodes/cells/0/excitability: has no place in a network", "",
         [](Circuit& c) {
             c.further = [](const io::hdf5::Group& cells, const io::hdf5::Group&) {
                 cells.group("0").write<double>("excitability", std::vector<double>{1, 2});
             };
         }},
        {"nodes.h5: /nodes/cells/0/model_template: has no place in a network", "",
         [](Circuit& c) {
             c.further = [](const io::hdf5::Group& cells, const io::hdf5::Group&) {
                 cells.group("0").write<std::string>("model_template",
                                                     std::vector<std::string>{"a", "b"});
             };
         }},
        {"edges.h5: /edges/in_cells/0/conductance: has no place in a network", "",
         [](Circuit& c) {
             c.further = [](const io::hdf5::Group&, const io::hdf5::Group& edges) {
                 edges.group("0").write<double>("conductance", std::vector<double>{1, 2});
             };
         }},
        {"edges.h5: /edges/in_cells/0/dynamics_params/Wmax: has no place in a network", "",
         [](Circuit& c) {
             c.further = [](const io::hdf5::Group&, const io::hdf5::Group& edges) {
                 edges.group("0")
                     .create_group("dynamics_params")
                     .write<double>("Wmax", std::vector<double>{1, 2});
             };
         }}};
    for (const Loss& loss : losses) {
        CAPTURE(loss.line);
        Circuit circuit;
        if (loss.change) loss.change(circuit);
        const std::string rest = loss.rest.empty() ? R"("reports": {})" : loss.rest;
        CHECK_THROWS_WITH(simulated(circuit, rest),
                          Catch::Contains(loss.line) && Catch::Contains("--lossy leaves it out"));
        std::vector<std::string> lost;
        CHECK_NOTHROW(simulated(circuit, rest, {}, &lost));
        REQUIRE(lost.size() == 1);
        CHECK_THAT(lost.front(), Catch::Contains(loss.line));
    }
}

TEST_CASE("Conditions at the start are told where another simulator than NEST reads them") {
    const ScratchFolder folder;
    write_circuit(Circuit{}, folder);
    folder.write(
        "simulation.json",
        R"({"network": "circuit.json", "run": {"tstop": 5}, "conditions": {"v_init": -80}})");
    CHECK_THAT(spikewell::test::outcome_of_import(folder / "simulation.json"),
               Catch::Contains("/conditions/v_init: has no place in a network, got -80"));
}
