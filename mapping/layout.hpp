#pragma once

#include "mapping/given_places.hpp"
#include "mapping/graph.hpp"
#include "mapping/keys.hpp"
#include "mapping/machine.hpp"
#include "mapping/placement.hpp"
#include "mapping/resources.hpp"
#include "mapping/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::mapping {

/// Time of one stage.
struct StageTime {
    std::string stage; ///< order, place, route, keys, tables, minimise
    double seconds = 0.0;
    bool operator==(const StageTime&) const = default;
};

struct LayoutStatistics {
    std::uint64_t hops = 0;              ///< links in all routing trees
    std::uint64_t table_entries_max = 0; ///< of the fullest table
    std::uint64_t table_entries_total = 0;
    std::uint64_t table_entries_max_unminimised = 0;
    std::uint64_t chips = 0;    ///< that have vertices
    std::uint64_t attempts = 1; ///< placements and routings until the tables fitted
    std::vector<StageTime> seconds;
    bool operator==(const LayoutStatistics&) const = default;
};

/// Neurons of a population that a vertex runs: first .. first + count - 1. Its i-th key is neuron
/// first + i.
struct Slice {
    VertexIndex vertex = 0;
    std::uint32_t population = 0; ///< in Layout::populations
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t twins = 0; ///< dendritic twins beside them
    bool operator==(const Slice&) const = default;
};
struct PopulationSize {
    std::string name;
    std::uint32_t neurons = 0;
    bool operator==(const PopulationSize&) const = default;
};

struct MapOptions {
    std::string placer = "multilevel";
    std::string router = "steiner";
    std::string minimiser = "pair";
    std::uint64_t seed = 1;
    double effort = 1.0; ///< as PlacementOptions has it
    /// Chosen elsewhere, for all vertices; none: the placer's. Layouts by them name k_given as their placer.
    std::optional<std::vector<NamedPlace>> placements = {};
};
inline constexpr const char* k_given = "given";

/// Of which network a layout is, and what its cores hold.
struct MappedNetwork {
    std::string digest; ///< of its description; 16 hexadecimal digits
    Pace pace;
    std::vector<CoreLoad> loads; ///< [slices], as expected when it was mapped
    bool operator==(const MappedNetwork&) const = default;
};

/// Where everything goes, by value.
struct Layout {
    Machine machine;
    Graph graph;
    std::vector<Place> places;
    std::vector<KeyBlock> keys;
    std::vector<Table> tables;               // [n_chips]
    std::vector<PopulationSize> populations; ///< none when a bare graph was mapped
    std::vector<Slice> slices;
    MapOptions options; ///< by which it was made
    LayoutStatistics statistics;
    std::optional<MappedNetwork> network; ///< none when a bare graph was mapped
};

/// The whole chain: place, route, keys, tables, minimise, of vertices in structural order
/// (vertex_order.hpp): a graph whose vertices and nets are listed in another order has the same
/// layout. Where tables do not fit, they are made
/// as short as any minimiser can, then trees are led round the chips concerned, then vertices are
/// spread over more chips. Throws MappingError when the graph does not fit all the same, with the
/// best that was reached.
[[nodiscard]] Layout map_graph(const Graph& graph,
                               const Machine& machine,
                               const MapOptions& options);

} // namespace spikewell::mapping
