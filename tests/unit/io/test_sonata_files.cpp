#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/sonata/sonata.hpp"
#include "io/sonata/sonata_layout.hpp"
#include "support/scratch_folder.hpp"
#include "support/sonata_circuit.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

using namespace spikewell;
using spikewell::test::ScratchFolder;

// Circuits as another program might write them, and as it should not.

using namespace spikewell::io;
using spikewell::test::Circuit;
using spikewell::test::Ids;
using spikewell::test::outcome_of_import;
using spikewell::test::with;
using spikewell::test::write_circuit;

TEST_CASE("A circuit of another writer is read in its own units") {
    const ScratchFolder folder;
    write_circuit(Circuit{}, folder);
    const NetworkDescription description = import_sonata(folder / "circuit.json");
    const auto& populations = description.network.populations;
    REQUIRE(populations.size() == 2);
    const auto& cells = std::get<NeuronPopulation>(populations[0]);
    const auto& neuron = std::get<LifExp>(cells.neuron);
    CHECK(cells.size == 2);
    CHECK(neuron.tau_m_ms == 10.0);
    CHECK(neuron.drive_mV == 2.0);     // 50 pA x 10 ms / 250 pF
    CHECK(neuron.V_th_mV == -55.0);    // as NEST has it
    CHECK(neuron.V_reset_mV == -70.0); //
    CHECK(std::get<SpikeListPopulation>(populations[1]).size == 1);
    const auto& projection = std::get<SynapticProjection>(description.network.projections.at(0));
    CHECK(std::get<SynapseList>(projection.connector).synapses ==
          std::vector<Synapse>{{0, 1, 1.0F, 1.5F}, {0, 0, -2.0F, 1.5F}});
    CHECK(description.recordings.size() == 1);
}

TEST_CASE("NEST's GLIF 1 to 4 are read, each with the mechanisms that it has") {
    const auto read = [](const std::string& cell) {
        const ScratchFolder folder;
        write_circuit(with([&](Circuit& c) {
                          c.node_types = "node_type_id model_type model_template dynamics_params\n"
                                         "7 point_neuron nest:glif_psc cell.json\n"
                                         "8 virtual NULL NULL\n";
                          c.cell = cell;
                      }),
                      folder);
        const NetworkDescription description = import_sonata(folder / "circuit.json");
        return std::get<NeuronPopulation>(description.network.populations[0]);
    };
    const NeuronPopulation one = read("{}");
    CHECK(std::get<Constant>(one.V_init_mV).value == -78.85);
    Glif plain = std::get<Glif>(one.neuron);
    CHECK(plain.V_reset_mV == -78.85);
    CHECK(plain.g_L_nS == 9.43);
    CHECK(plain.reset_fraction == 0.0);
    CHECK(plain.b_th_mV == 0.0);
    CHECK(plain.asc_1_pA == 0.0);
    CHECK(plain.asc_2_pA == 0.0);
    const auto three =
        std::get<Glif>(read(R"({"after_spike_currents": true, "asc_init": [0], "asc_decay": [0.05],
                 "asc_amps": [-30.5], "asc_r": [0.5], "tau_syn": [5.5, 5.5], "V_m": -70})")
                           .neuron);
    plain.asc_1_pA = -30.5;
    plain.asc_1_fraction = 0.5;
    plain.tau_asc_1_ms = 1.0 / 0.05;
    plain.tau_syn_exc_ms = plain.tau_syn_inh_ms = 5.5;
    CHECK(three == plain);
    const auto four = std::get<Glif>(
        read(R"({"spike_dependent_threshold": true, "after_spike_currents": true, "E_L": -75,
                 "V_th": -45, "voltage_reset_fraction": 0.25, "voltage_reset_add": 12.5,
                 "th_spike_add": 2.5, "th_spike_decay": 0.02})")
            .neuron);
    CHECK(four.V_reset_mV == -62.5);
    CHECK(four.reset_fraction == 0.25);
    CHECK(four.b_th_mV == 2.5);
    CHECK(four.tau_th_ms == 50.0);
    CHECK(four.asc_1_pA == -9.18);
    CHECK(four.tau_asc_2_ms == 10.0);
}

TEST_CASE("Two time constants of NEST's GLIF are of excitation and inhibition where ports say so") {
    const auto with_ports = [](const std::string& edge_types, Ids types) {
        return with([&](Circuit& c) {
            c.node_types = "node_type_id model_type model_template dynamics_params\n"
                           "7 point_neuron nest:glif_psc cell.json\n8 virtual NULL NULL\n";
            c.cell = R"({"tau_syn": [5.5, 8.5]})";
            c.edge_types = edge_types;
            c.edge_type_ids = std::move(types);
        });
    };
    const std::string columns = "edge_type_id model_template delay receptor_type\n"
                                "5 static_synapse 1.5 1\n6 static_synapse 1.5 2\n";
    const ScratchFolder folder;
    write_circuit(with_ports(columns, {5, 6}), folder);
    const NetworkDescription description = import_sonata(folder / "circuit.json");
    const auto glif =
        std::get<Glif>(std::get<NeuronPopulation>(description.network.populations[0]).neuron);
    CHECK(glif.tau_syn_exc_ms == 5.5);
    CHECK(glif.tau_syn_inh_ms == 8.5);
    CHECK_THAT(outcome_of_import(with_ports(columns, {6, 5})),
               Catch::Contains("got 2 for edge 0, of weight 25"));
    CHECK_THAT(outcome_of_import(with_ports(columns, {5, 5})),
               Catch::Contains("got 1 for edge 1, of weight -50"));
}

TEST_CASE("What NEST's GLIF has beyond ours is told") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {R"({"adapting_threshold": true})", "/adapting_threshold: must be false"},
        {R"({"tau_syn": [2, 5, 3]})", "/tau_syn: must be one time constant for all receptor ports"},
        {R"({"tau_syn": []})", "/tau_syn: must be one time constant for all receptor ports"},
        {R"({"tau_syn": [2, 5]})",
         "/edges/in_cells: receptor_type must be 1 where weights are > 0, 2 where they are < 0: no "
         "other ports have time constants of their own; got 0 for edge 0, of weight 25"},
        {R"({"tau_syn": 2})", "/tau_syn: must be a list of numbers, each > 0, got 2"},
        {R"({"tau_syn": [-2]})", "/tau_syn: must be a list of numbers, each > 0, got"},
        {R"({"after_spike_currents": true, "asc_amps": [1]})",
         "/asc_decay: must be as many as asc_amps, asc_r and asc_init, got 2, 1, 2 and 2"},
        {R"({"after_spike_currents": true, "asc_amps": [1, 2, 3], "asc_decay": [1, 1, 1],
             "asc_r": [1, 1, 1], "asc_init": [0, 0, 0]})",
         "/asc_decay: must be 2 after-spike currents at most, got 3"},
        {R"({"after_spike_currents": true, "asc_init": [0, 1]})", "/asc_init: must be 0"},
        {R"({"V_reset": -51})", "V_th_mV"},
        {R"({"t_ref": 0})", "/t_ref: must be > 0, got 0"}};
    for (const auto& [cell, message] : wrong) {
        const Circuit circuit = with([&of_cell = cell](Circuit& c) {
            c.node_types = "node_type_id model_type model_template dynamics_params\n"
                           "7 point_neuron nest:glif_psc cell.json\n8 virtual NULL NULL\n";
            c.cell = of_cell;
        });
        CHECK_THAT(outcome_of_import(circuit), Catch::Contains(message));
    }
}

TEST_CASE("Nodes of several models and parameters become a population of each") {
    const ScratchFolder folder;
    write_circuit(with([](Circuit& c) {
                      c.node_types += "9 point_neuron nest:iaf_psc_delta NULL\n";
                      c.cell_types = {7, 9, 7, 9, 7};
                      c.sources = {0, 0, 0, 0};
                      c.targets = {4, 1, 2, 3};
                      c.edge_type_ids = {5, 5, 5, 5};
                      c.edge_groups = {0, 0, 0, 0};
                      c.weights = {25.0F, 50.0F, 75.0F, 100.0F};
                      c.further = [](const hdf5::Group& cells, const hdf5::Group&) {
                          cells.group("0")
                              .create_group("dynamics_params")
                              .write<double>("tau_m", std::vector<double>{10, 20, 12, 20, 10});
                      };
                  }),
                  folder);
    const NetworkDescription description = import_sonata(folder / "circuit.json");
    struct Part {
        std::string name;
        std::size_t size;
        double tau_m_ms;
        std::vector<Synapse> synapses; // of currents in mV: pA x tau_m / C_m
    };
    const std::vector<Part> parts{
        {"cells_7", 2, 10.0, {{0, 1, 1.0F, 1.5F}}},
        {"cells_9", 2, 20.0, {{0, 0, 50.0F, 1.5F}, {0, 1, 100.0F, 1.5F}}},
        {"cells_7_2", 1, 12.0, {{0, 0, 3.6F, 1.5F}}},
    };
    REQUIRE(description.network.populations.size() == 4);
    REQUIRE(description.network.projections.size() == 3);
    for (std::uint32_t p = 0; p < parts.size(); ++p) {
        const auto& cells = std::get<NeuronPopulation>(description.network.populations[p]);
        CHECK(cells.name == parts[p].name);
        CHECK(cells.size == parts[p].size);
        CHECK(std::visit(
                  [](const auto& neuron) {
                      if constexpr (requires { neuron.tau_m_ms; }) return neuron.tau_m_ms;
                      return 0.0;
                  },
                  cells.neuron) == parts[p].tau_m_ms);
        const auto onto = std::find_if(
            description.network.projections.begin(), description.network.projections.end(),
            [&](const Projection& projection) {
                return std::get<SynapticProjection>(projection).post.population.index == p;
            });
        REQUIRE(onto != description.network.projections.end());
        CHECK(std::get<SynapseList>(std::get<SynapticProjection>(*onto).connector).synapses ==
              parts[p].synapses);
    }
}

TEST_CASE("A simulation configuration adds duration, seed and spikes") {
    const ScratchFolder folder;
    write_circuit(Circuit{}, folder);
    folder.write("simulation.json",
                 R"({"network": "circuit.json", "run": {"tstop": 50, "dt": 0.1, "random_seed": 9},
        "inputs": {"x": {"input_type": "spikes", "module": "h5", "input_file": "s.h5", "node_set": "in"}}})");
    hdf5::File file = hdf5::File::create(folder / "s.h5");
    const hdf5::Group spikes = sonata::begin_spikes(file.root().create_group("spikes"), "in");
    spikes.dataset("timestamps").append<double>(std::vector<double>{1.5, 2.5});
    spikes.dataset("node_ids").append<std::uint64_t>(Ids{0, 0});
    file.close();
    const NetworkDescription description = import_sonata(folder / "simulation.json");
    CHECK(description.duration_ms == 50.0);
    CHECK(description.network.seed == 9);
    CHECK(std::get<SpikeListPopulation>(description.network.populations[1]).spikes ==
          std::vector<Spike>{{1.5, 0}, {2.5, 0}});
}

TEST_CASE("Every broken circuit is refused in one line that names the place") {
    const std::map<std::string, Circuit> broken{
        {"/edges/in_cells/target_node_id: must be 0 .. 1, the nodes of cells, got 2 for edge 1",
         with([](Circuit& c) {
             c.targets = {0, 2};
         })},
        {"/edges/in_cells/source_node_id: is of node population \"out\", which no nodes file has",
         with([](Circuit& c) { c.pre = "out"; })},
        {"/edges/in_cells/target_node_id: must have 2 elements like its population, got 3",
         with([](Circuit& c) {
             c.targets = {0, 1, 1};
         })},
        {"/edges/in_cells/0/syn_weight: must have 2 elements like its population, got 1",
         with([](Circuit& c) { c.weights = {1.0F}; })},
        {"/edges/in_cells: has no group 1, which some edges are of", with([](Circuit& c) {
             c.edge_groups = {0, 1};
         })},
        {"/edges/in_cells: weight (mV) must be -1e+06 .. 1e+06, got inf for edge 0",
         with([](Circuit& c) {
             c.weights = {std::numeric_limits<float>::infinity(), 0.0F};
         })},
        {"/edges/in_cells: delay (ms) must be 0.0001 .. 1e+06, got 0 for edge 0",
         with([](Circuit& c) { c.edge_types = "edge_type_id delay\n5 0\n"; })},
        {"/edges/in_cells: has no delay: neither 0/delay nor a column of",
         with([](Circuit& c) { c.edge_types = "edge_type_id population\n5 x\n"; })},
        {"edge_types.csv: delay must be a finite number, got soon",
         with([](Circuit& c) { c.edge_types = "edge_type_id delay\n5 soon\n"; })},
        {"edge_types.csv:3: edge_type_id 5 is there twice",
         with([](Circuit& c) { c.edge_types = "edge_type_id delay\n5 1\n5 1\n"; })},
        {"edge_types.csv:2: row must have 2 cells like the first, got 1",
         with([](Circuit& c) { c.edge_types = "edge_type_id delay\n5\n"; })},
        {"edge_types.csv:1: has no column edge_type_id; columns are separated by spaces",
         with([](Circuit& c) { c.edge_types = "edge_type_id,delay\n5,1\n"; })},
        {"edge_types.csv: is empty", with([](Circuit& c) { c.edge_types = ""; })},
        {"/edges/in_cells/edge_type_id: type 6 is not in", with([](Circuit& c) {
             c.edge_type_ids = {5, 6};
         })},
        {"node_types.csv: model_template nest:hh_psc_alpha is not known, allowed nest:iaf_psc_exp",
         with([](Circuit& c) {
             c.node_types = "node_type_id model_type model_template\n7 point_neuron "
                            "nest:hh_psc_alpha\n8 virtual NULL\n";
         })},
        {"model_type biophysical of /nodes/cells cannot be simulated", with([](Circuit& c) {
             c.node_types = "node_type_id model_type\n7 biophysical\n8 virtual\n";
         })},
        {"/edges/in_cells: targets virtual nodes (cells_8), which take no input",
         with([](Circuit& c) {
             c.cell_types = {7, 8};
         })},
        {"/nodes/cells/node_type_id: type 9 is not in", with([](Circuit& c) {
             c.cell_types = {9, 9};
         })},
        {"/nodes/cells/node_type_id: must have 1 .. 4e+09 nodes, got 0",
         with([](Circuit& c) { c.cell_types = {}; })},
        {"cell.json: /tau_m: must be > 0, got -10",
         with([](Circuit& c) { c.cell = R"({"tau_m": -10})"; })},
        {"cell.json: /taum: is unknown; did you mean \"tau_m\"?",
         with([](Circuit& c) { c.cell = R"({"taum": 10})"; })},
        {"cell.json: must be an object", with([](Circuit& c) { c.cell = "[1]"; })},
        {"/networks/nodes/0: must have the text nodes_file",
         with([](Circuit& c) { c.config = R"({"networks": {"nodes": [{}]}})"; })},
        {"/networks/nodes: must be a list, got 3",
         with([](Circuit& c) { c.config = R"({"networks": {"nodes": 3}})"; })},
        {"/networks/nodes: has no nodes",
         with([](Circuit& c) { c.config = R"({"networks": {"nodes": []}})"; })},
        {"must have networks (a circuit) or network (a simulation)",
         with([](Circuit& c) { c.config = "{}"; })},
        {"variables in $A contain one another in a circle", with([](Circuit& c) {
             c.config = R"({"manifest": {"$A": "$B", "$B": "$A"}, "networks": {"nodes": ["$A"]}})";
         })},
        {"$A$A is longer than 4096 letters with its variables replaced", with([](Circuit& c) {
             c.config = R"({"manifest": {"$A": ")" + std::string(3000, 'x') +
                        R"("}, "networks": {"nodes": ["$A$A"]}})";
         })},
        {"$NODES is no variable of the manifest",
         with([](Circuit& c) { c.config = R"({"networks": {"nodes": ["$NODES"]}})"; })},
        {"/nodes/cells: is there twice", with([](Circuit& c) {
             c.config = R"({"networks": {"nodes": [
                 {"nodes_file": "nodes.h5", "node_types_file": "node_types.csv"},
                 {"nodes_file": "nodes.h5", "node_types_file": "node_types.csv"}]},
                 "components": {"point_neuron_models_dir": "."}})";
         })},
        {"/spikewell/populations/0: no nodes file has E", with([](Circuit& c) {
             c.config.insert(1, R"("spikewell": {"version": 1, "populations": [{"nodes": "E"}],
                 "inputs": [], "projections": [], "recordings": []},)");
         })},
        {"/spikewell/projections/1: edges \"in_cells\" are there twice", with([](Circuit& c) {
             c.config.insert(1, R"("spikewell": {"version": 1,
                 "populations": [{"nodes": "in"}, {"nodes": "cells"}], "inputs": [],
                 "projections": [{"edges": ["in_cells"]}, {"edges": ["in_cells"]}],
                 "recordings": []},)");
         })},
        {"/spikewell/version: must be 1, got 2", with([](Circuit& c) {
             c.config.insert(1, R"("spikewell": {"version": 2, "populations": [],
                 "inputs": [], "projections": [], "recordings": []},)");
         })},
        {"/edges/in_cells/source_node_id: must be 0 .. 0, the nodes of in, got -1 for edge 0",
         with([](Circuit& c) {
             c.sources = {-1, 0};
         })},
        {"/nodes/cells/node_id: must be 0, 1, 2 ..., got 4 at 1", with([](Circuit& c) {
             c.further = [](const hdf5::Group& cells, const hdf5::Group&) {
                 cells.write<std::uint64_t>("node_id", Ids{0, 4});
             };
         })},
        {"/nodes/cells/node_group_index: must hold whole numbers", with([](Circuit& c) {
             c.further = [](const hdf5::Group& cells, const hdf5::Group&) {
                 cells.write<double>("node_group_index", std::vector<double>{0, 1});
             };
         })},
        {"/nodes/cells/node_type_id: nodes have more than 1000 different models and parameters",
         with([](Circuit& c) {
             c.cell_types = Ids(1001, 7);
             c.further = [](const hdf5::Group& cells, const hdf5::Group&) {
                 std::vector<double> tau_m_ms(1001);
                 std::iota(tau_m_ms.begin(), tau_m_ms.end(), 10.0);
                 cells.group("0").create_group("dynamics_params").write<double>("tau_m", tau_m_ms);
             };
         })},
        {"/nodes/cells: dynamics_params/tau_m must hold finite numbers", with([](Circuit& c) {
             c.further = [](const hdf5::Group& cells, const hdf5::Group&) {
                 const double none = std::numeric_limits<double>::quiet_NaN();
                 cells.group("0")
                     .create_group("dynamics_params")
                     .write<double>("tau_m", std::vector<double>{10, none});
             };
         })},
        {"/nodes/cells/0/dynamics_params/tau_m: must have one dimension, got 0",
         with([](Circuit& c) {
             c.further = [](const hdf5::Group& cells, const hdf5::Group&) {
                 cells.group("0")
                     .create_group("dynamics_params")
                     .write<double>("tau_m", std::vector<double>{10}, {});
             };
         })},
        {"/edges/in_cells/0/delay: must hold numbers", with([](Circuit& c) {
             c.further = [](const hdf5::Group&, const hdf5::Group& edges) {
                 edges.group("0").write<std::string>("delay", std::vector<std::string>{"1", "2"});
             };
         })},
        {"/edges/in_cells/edge_group_index: must be each of 0 .. 1 once in group 0, got 0 for edge "
         "1",
         with([](Circuit& c) {
             c.further = [](const hdf5::Group&, const hdf5::Group& edges) {
                 edges.write<std::uint64_t>("edge_group_index", Ids{0, 0});
             };
         })}};
    REQUIRE(outcome_of_import(Circuit{}) == "no error");
    for (const auto& [message, circuit] : broken) {
        const std::string got = outcome_of_import(circuit);
        CHECK_THAT(got, Catch::Contains(message));
        CHECK(got.find('\n') == std::string::npos);
    }
}

TEST_CASE("A truncated circuit is refused wherever it was cut") {
    const ScratchFolder folder;
    write_circuit(Circuit{}, folder);
    for (const std::string name : {"nodes.h5", "edges.h5"}) {
        const std::string whole = folder.content(name);
        REQUIRE(whole.size() > 1000);
        for (std::size_t length = 0; length < whole.size(); length += whole.size() / 16) {
            folder.write(name, whole.substr(0, length));
            const std::string got = outcome_of_import(folder / "circuit.json");
            CHECK_THAT(got, Catch::Contains(name));
            CHECK(got.find('\n') == std::string::npos);
        }
        folder.write(name, whole);
    }
    CHECK(outcome_of_import(folder / "circuit.json") == "no error");
}

TEST_CASE("A small file that claims 10^9 edges is refused before memory is taken") {
    const ScratchFolder folder;
    write_circuit(Circuit{}, folder);
    std::string edges = folder.content("edges.h5");
    // The extent of a dataset of 2 elements, as its header has it (rank 1, no limits, 8 bytes).
    const std::string extent("\x01\x01\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
                             16);
    const std::string with_limit("\x01\x01\x01\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
                                 16);
    std::size_t n_changed = 0;
    for (const std::string& pattern : {extent, with_limit}) {
        for (std::size_t at = edges.find(pattern); at != std::string::npos;
             at = edges.find(pattern, at + 1), ++n_changed)
            edges.replace(at + 8, 4, "\x00\xCA\x9A\x3B", 4); // 10^9
    }
    REQUIRE(n_changed >= 3);
    folder.write("edges.h5", edges);
    CHECK_THAT(outcome_of_import(folder / "circuit.json"), Catch::Contains("edges.h5"));
}

namespace {

/// A circuit in a folder of its own; what `change` makes of its configuration leads out of that.
struct WayOut {
    const char* what;
    std::function<void(Circuit&, const ScratchFolder&)> change;
};

const std::vector<WayOut> k_ways_out{
    {"a manifest",
     [](Circuit& c, const ScratchFolder&) {
         c.config.replace(c.config.find("\"$NET\": \"$DIR\""), 14, "\"$NET\": \"$DIR/..\"");
     }},
    {"an absolute path",
     [](Circuit& c, const ScratchFolder& folder) {
         c.config.replace(c.config.find("$NET/nodes.h5"), 13, (folder / "nodes.h5").string());
     }},
    {"a cell's file",
     [](Circuit& c, const ScratchFolder&) {
         c.node_types.replace(c.node_types.find("cell.json"), 9, "../cell.json");
     }},
    {"a link", [](Circuit& c, const ScratchFolder& folder) {
         std::filesystem::create_symlink(folder / "cell.json", folder / "in/link.json");
         c.node_types.replace(c.node_types.find("cell.json"), 9, "link.json");
     }}};

} // namespace

TEST_CASE("A circuit's files outside its folder are read only where that is allowed") {
    for (const WayOut& way : k_ways_out) {
        CAPTURE(way.what);
        const ScratchFolder folder;
        write_circuit(Circuit{}, folder);
        std::filesystem::create_directory(folder / "in");
        for (const char* name : {"nodes.h5", "edges.h5", "edge_types.csv", "cell.json"})
            std::filesystem::copy(folder / name, folder / ("in/" + std::string(name)));
        Circuit circuit;
        way.change(circuit, folder);
        folder.write("in/circuit.json", circuit.config);
        folder.write("in/node_types.csv", circuit.node_types);
        folder.write("node_types.csv", circuit.node_types);
        CHECK_THAT(outcome_of_import(folder / "in/circuit.json"),
                   Catch::Contains(" leads out of the folder ") &&
                       Catch::EndsWith("use --allow-outside if it may be read"));
        CHECK_NOTHROW(import_sonata(folder / "in/circuit.json", io::Outside::allow));
    }
}

TEST_CASE("What a circuit says to Spikewell names no files") {
    const std::string message = outcome_of_import(with([](Circuit& c) {
        c.config.replace(c.config.rfind('}'), 1, R"(, "spikewell": {"version": 1, "inputs": [],
            "populations": [{"nodes": "cells"}, {"nodes": "in", "spikes": null, "spikes_file": "secret.csv"}],
            "projections": [], "recordings": []}})");
    }));
    CHECK_THAT(message, Catch::Contains("/spikewell/populations/1/spikes_file: must not be"));
}
