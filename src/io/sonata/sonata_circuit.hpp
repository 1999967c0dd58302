#pragma once

#include "io/sonata/sonata_losses.hpp"
#include "io/sonata/sonata_parts.hpp"
#include "io/sonata/sonata_tables.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::io::sonata {

/// Nodes of one model and one set of parameters, as they were read: a population to be.
struct ReadNodes {
    std::size_t size = 0;
    std::optional<Cell> cell; ///< none: virtual
};

/// Where the nodes of a node population have gone: to one population of ours for each model and set of
/// parameters among them. Mostly there is but one, of the same name.
struct NodeParts {
    std::size_t size = 0;
    std::vector<std::string> names;
    std::vector<std::uint32_t> part_of;   ///< [size] of names
    std::vector<std::uint32_t> index_of;  ///< [size] in its part
    std::vector<std::int64_t> types = {}; ///< [size]
    TypeTable table = {};
};

/// Edges of one kind of synapse between two of them.
struct ReadEdges {
    std::string pre;
    std::string post;
    std::vector<Synapse> synapses;
    SynapticRule plasticity = {};
    std::optional<TsodyksMarkram> short_term = {};
};

/// A file of a circuit, and the configuration that names it.
struct Circuit {
    Configuration config;
    std::filesystem::path cells_folder;
    std::filesystem::path synapses_folder = {};
    std::map<std::string, NodeParts> populations = {}; ///< as the files have them
    std::map<std::string, ReadNodes> nodes = {};       ///< their parts
    std::vector<std::string> node_order = {};          ///< of the parts
    std::map<std::string, ReadEdges> edges = {};
    std::vector<std::string> edge_order = {};
    std::size_t n_synapses = 0; ///< of all edges
    /// What synapse models are copies of, which a simulation configuration tells.
    std::map<std::string, std::string> copied_synapses = {};
    Losses losses = {};
};

/// The nodes and edges of a circuit configuration, each checked against the others; components that it
/// does not name are those of `simulation`. Throws IoError or DescriptionError naming file and place.
[[nodiscard]] Circuit read_circuit(Configuration config, const Configuration& simulation);

/// A population in its file, and the types that its nodes or edges may have.
struct FilePopulation {
    std::string name;
    hdf5::Group group;
    const TypeTable& table;
    const std::filesystem::path& table_path;
};

/// Calls read(population) for each population of the files that /networks/nodes or /networks/edges of
/// the circuit's configuration names; `kind` is "node" or "edge".
void each_population(const Circuit& circuit,
                     const std::string& kind,
                     const std::function<void(const FilePopulation& population)>& read);

/// Whether it says "enabled": false.
[[nodiscard]] bool is_disabled(const nlohmann::json& entry);

/// The text at a key of the object at the pointer `where`. Throws DescriptionError.
[[nodiscard]] std::string text_at(const nlohmann::json& object,
                                  const char* key,
                                  const std::string& where,
                                  const std::filesystem::path& config);

} // namespace spikewell::io::sonata
