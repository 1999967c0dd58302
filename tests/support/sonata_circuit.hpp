#pragma once

#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/sonata/sonata.hpp"
#include "support/scratch_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

/// Circuits as another program might write them, and as it should not.
namespace spikewell::test {

using Ids = std::vector<std::uint64_t>;

/// Two neurons, one virtual node, two edges.
struct Circuit {
    std::string config = R"({"manifest": {"$DIR": "${configdir}", "$NET": "$DIR"},
        "components": {"point_neuron_models_dir": "$DIR"},
        "networks": {"nodes": [{"nodes_file": "$NET/nodes.h5", "node_types_file": "$NET/node_types.csv"}],
                     "edges": [{"edges_file": "${NET}/edges.h5", "edge_types_file": "$NET/edge_types.csv"}]}})";
    std::string node_types = "node_type_id model_type model_template dynamics_params\n"
                             "7 point_neuron nest:iaf_psc_exp cell.json\n8 virtual NULL NULL\n";
    std::string edge_types = "edge_type_id model_template delay\n5 static_synapse 1.5\n";
    std::string cell = R"({"tau_m": 10, "C_m": 250, "tau_syn_ex": 2, "tau_syn_in": 3, "I_e": 50})";
    Ids cell_types{7, 7};
    std::string pre = "in";
    std::vector<std::int64_t> sources{0, 0};
    Ids targets{1, 0};
    Ids edge_type_ids{5, 5};
    Ids edge_groups{0, 0};
    std::vector<float> weights{25.0F, -50.0F};
    std::function<void(const io::hdf5::Group& cells, const io::hdf5::Group& edges)> further = {};
};

inline void write_nodes(const Circuit& circuit,
                        const std::filesystem::path& path,
                        const std::function<void(const io::hdf5::Group&)>& further) {
    io::hdf5::File file = io::hdf5::File::create(path);
    const io::hdf5::Group nodes = file.root().create_group("nodes");
    const io::hdf5::Group cells = nodes.create_group("cells");
    cells.write<std::uint64_t>("node_type_id", circuit.cell_types);
    (void)cells.create_group("0");
    nodes.create_group("in").write<std::uint64_t>("node_type_id", Ids{8});
    further(cells);
    file.close();
}

inline void write_circuit(const Circuit& circuit, const ScratchFolder& folder) {
    folder.write("circuit.json", circuit.config);
    folder.write("node_types.csv", circuit.node_types);
    folder.write("edge_types.csv", circuit.edge_types);
    folder.write("cell.json", circuit.cell);
    io::hdf5::File file = io::hdf5::File::create(folder / "edges.h5");
    const io::hdf5::Group edges = file.root().create_group("edges").create_group("in_cells");
    edges.write<std::int64_t>("source_node_id", circuit.sources)
        .set_attribute("node_population", circuit.pre);
    edges.write<std::uint64_t>("target_node_id", circuit.targets)
        .set_attribute("node_population", "cells");
    edges.write<std::uint64_t>("edge_type_id", circuit.edge_type_ids);
    edges.write<std::uint64_t>("edge_group_id", circuit.edge_groups);
    edges.create_group("0").write<float>("syn_weight", circuit.weights);
    write_nodes(circuit, folder / "nodes.h5", [&](const io::hdf5::Group& cells) {
        if (circuit.further) circuit.further(cells, edges);
    });
    file.close();
}

inline std::string outcome_of_import(const std::filesystem::path& path,
                                     io::Outside outside = io::Outside::refuse) {
    try {
        (void)io::import_sonata(path, outside);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

inline std::string outcome_of_import(const Circuit& circuit) {
    const ScratchFolder folder;
    write_circuit(circuit, folder);
    return outcome_of_import(folder / "circuit.json");
}

inline Circuit with(const std::function<void(Circuit&)>& change) {
    Circuit circuit;
    change(circuit);
    return circuit;
}

} // namespace spikewell::test
