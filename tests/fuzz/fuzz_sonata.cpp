#include "fuzz/fuzz.hpp"
#include "fuzz/hdf5_edits.hpp"
#include "io/sonata/sonata.hpp"

#include <fstream>

using namespace spikewell;

namespace {

namespace fs = std::filesystem;

// With and without Spikewell's own section, PyNN's models, and what published circuits have.
const std::vector<std::string> k_configurations{
    "simulation_config.json", "circuit_config.plain.json", "circuit_config.pynn.json",
    "simulation.published.json"};
const std::vector<std::string> k_files{"nodes.h5",
                                       "edges.h5",
                                       "inputs.h5",
                                       "circuit_config.json",
                                       "node_types.csv",
                                       "edge_types.csv",
                                       "cells/noisy.json",
                                       "simulation_config.json",
                                       "circuit_config.plain.json",
                                       "node_types.pynn.csv",
                                       "edge_types.pynn.csv",
                                       "cells_pynn/noisy.json",
                                       "circuit_config.pynn.json",
                                       "simulation.published.json",
                                       "edge_types.published.csv",
                                       "cells/stdp.json",
                                       "cells/short.json",
                                       "spikes.csv",
                                       "node_sets.json"};

const std::vector<std::string> k_words{"0",
                                       "node_id",
                                       "node_type_id",
                                       "node_group_id",
                                       "node_group_index",
                                       "nodes",
                                       "edges",
                                       "source_node_id",
                                       "target_node_id",
                                       "edge_type_id",
                                       "edge_group_id",
                                       "edge_group_index",
                                       "syn_weight",
                                       "delay",
                                       "node_population",
                                       "dynamics_params",
                                       "tau_m",
                                       "V_th",
                                       "E_L",
                                       "spikes",
                                       "timestamps",
                                       "node_ids",
                                       "units",
                                       "sorting",
                                       "by_time",
                                       "ms",
                                       "none",
                                       "version",
                                       "magic",
                                       "stimulus",
                                       "noisy",
                                       "sharp",
                                       "gids",
                                       "nsyns",
                                       "1",
                                       "@library"};

} // namespace

/// The first byte says which configuration of a good circuit is read, the second which file is
/// changed: texts are the other bytes, HDF5 files are edited as they say.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    static const test::ScratchFolder folder;
    static const fs::path seed = SPIKEWELL_FUZZ_SEEDS "/sonata";
    static const bool copied = (fs::copy(seed, folder / "c", fs::copy_options::recursive), true);
    if (size == 0 || !copied) return 0;
    test::ByteSource bytes({data, size});
    const std::string& configuration = bytes.one_of(k_configurations);
    const std::string& name = bytes.one_of(k_files);
    const fs::path changed = folder / ("c/" + name);
    if (changed.extension() == ".h5")
        test::edit_hdf5(changed, bytes, k_words);
    else
        folder.write("c/" + name, bytes.rest());
    const fs::path read = folder / ("c/" + configuration);
    test::fuzz([&] { return io::import_sonata(read); });
    std::vector<std::string> lost;
    test::fuzz([&] { return io::import_sonata(read, io::Outside::refuse, &lost); });
    fs::copy_file(seed / name, changed, fs::copy_options::overwrite_existing);
    return 0;
}
