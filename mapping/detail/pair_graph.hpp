#pragma once

#include "mapping/detail/hypergraph.hpp"
#include "mapping/graph.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace spikewell::mapping {

/// A graph as seen from afar: how much each unit has to do with each other one. Units are vertices, or
/// clusters of them.
struct PairGraph {
    struct Tie {
        std::uint32_t unit = 0;
        float weight = 0.0F; ///< of both directions
    };
    std::vector<std::uint32_t> cores; // [n_units]
    std::vector<std::size_t> begin;   // [n_units + 1]
    std::vector<Tie> ties;            // of unit u: begin[u] .. begin[u + 1], each other unit once

    [[nodiscard]] std::size_t n_units() const { return cores.size(); }
    [[nodiscard]] std::span<const Tie> of(std::size_t unit) const {
        return std::span(ties).subspan(begin[unit], begin[unit + 1] - begin[unit]);
    }
};

/// What a net of weight w and n sinks on other vertices means for each (source, sink) pair.
enum class TieWeight {
    unicast, ///< w: every sink gets a packet of its own
    tree,    ///< w / n: one packet reaches them all
};

/// One unit a vertex.
[[nodiscard]] PairGraph make_pair_graph(const Graph& graph, TieWeight weight);

/// The graph of clusters: unit u becomes part of cluster_of[u] (0 .. n_clusters - 1).
[[nodiscard]] PairGraph contract(const PairGraph& fine,
                                 const std::vector<std::uint32_t>& cluster_of,
                                 std::size_t n_clusters);

/// Cluster numbers of the units, with their count: units with the strongest tie for their sizes are one, of
/// at most `most_cores`; small ones that are tied to none of those join what they share most with. The
/// order in which units choose follows `seed`.
struct Clusters {
    std::vector<std::uint32_t> of_unit;
    std::size_t count = 0;
};
[[nodiscard]] Clusters match(const PairGraph& fine, std::uint32_t most_cores, std::uint64_t seed);

} // namespace spikewell::mapping
