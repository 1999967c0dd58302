#pragma once

#include "mapping/check.hpp"
#include "mapping/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace spikewell::test {

/// n vertices without nets.
inline mapping::Graph graph_of(std::size_t n,
                               std::uint32_t n_keys = 16,
                               std::int64_t sdram = 1024) {
    mapping::Graph graph{"test", {}, {}};
    for (std::size_t i = 0; i < n; ++i)
        graph.vertices.push_back({fmt::format("v{:05}", i), n_keys, sdram});
    return graph;
}

/// Each vertex to `fan_out` random ones, itself perhaps among them.
inline mapping::Graph random_graph(std::size_t n, std::size_t fan_out, unsigned seed) {
    std::mt19937 random(seed);
    mapping::Graph graph = graph_of(n);
    for (mapping::VertexIndex v = 0; v < n; ++v) {
        graph.vertices[v].n_keys = 1 + static_cast<std::uint32_t>(random() % 40);
        mapping::Net net{v, {}, 1.0 + static_cast<double>(random() % 3)};
        for (std::size_t i = 0; i < fan_out; ++i)
            net.sinks.push_back(static_cast<mapping::VertexIndex>(random() % n));
        std::sort(net.sinks.begin(), net.sinks.end());
        net.sinks.erase(std::unique(net.sinks.begin(), net.sinks.end()), net.sinks.end());
        if (random() % 8 != 0) graph.nets.push_back(std::move(net));
    }
    return graph;
}

/// Every vertex to every one, itself included.
inline mapping::Graph all_to_all_graph(std::size_t n) {
    mapping::Graph graph = graph_of(n);
    for (mapping::VertexIndex v = 0; v < n; ++v) {
        mapping::Net net{v, {}, 1.0};
        for (mapping::VertexIndex sink = 0; sink < n; ++sink)
            net.sinks.push_back(sink);
        graph.nets.push_back(std::move(net));
    }
    return graph;
}

/// Vertices on a torus of side x side, each to `fan_out` of those within 3 steps.
inline mapping::Graph local_graph(std::size_t side, std::size_t fan_out, unsigned seed) {
    std::mt19937 random(seed);
    mapping::Graph graph = graph_of(side * side, 256, 1 << 20);
    const auto near = [&](std::size_t at) { return (at + side + random() % 7 - 3) % side; };
    for (std::size_t v = 0; v < side * side; ++v) {
        mapping::Net net{static_cast<mapping::VertexIndex>(v), {}, 1.0};
        for (std::size_t i = 0; i < fan_out; ++i)
            net.sinks.push_back(
                static_cast<mapping::VertexIndex>(near(v / side) * side + near(v % side)));
        std::sort(net.sinks.begin(), net.sinks.end());
        net.sinks.erase(std::unique(net.sinks.begin(), net.sinks.end()), net.sinks.end());
        graph.nets.push_back(std::move(net));
    }
    return graph;
}

/// Vertices in a plane of side x side, each to all within `steps` steps along the grid.
inline mapping::Graph plane_graph(std::size_t side, int steps) {
    mapping::Graph graph = graph_of(side * side, 256, 1 << 20);
    const auto n = static_cast<int>(side);
    const auto vertex = [&](int row, int column) {
        return static_cast<mapping::VertexIndex>(row * n + column);
    };
    for (int row = 0; row < n; ++row) {
        for (int column = 0; column < n; ++column) {
            mapping::Net net{vertex(row, column), {}, 1.0};
            for (int r = std::max(0, row - steps); r <= std::min(n - 1, row + steps); ++r) {
                const int left = steps - std::abs(r - row);
                for (int c = std::max(0, column - left); c <= std::min(n - 1, column + left); ++c) {
                    if (r != row || c != column) net.sinks.push_back(vertex(r, c));
                }
            }
            graph.nets.push_back(std::move(net));
        }
    }
    return graph;
}

/// Such a plane cut into squares of 4 x 4 vertices, each on the chip that lies as the square does in the plane.
inline std::vector<mapping::NamedPlace> in_tiles(const mapping::Graph& plane, std::size_t side) {
    std::vector<mapping::NamedPlace> places;
    for (std::size_t v = 0; v < side * side; ++v) {
        const std::size_t row = v / side;
        const std::size_t column = v % side;
        places.push_back({plane.vertices[v].label,
                          {static_cast<int>(column / 4), static_cast<int>(row / 4)},
                          static_cast<int>(row % 4 * 4 + column % 4) + 1});
    }
    return places;
}

/// The same graph with its vertices, nets and sinks in another order.
inline mapping::Graph shuffled(const mapping::Graph& graph, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<mapping::VertexIndex> new_of(graph.vertices.size());
    std::iota(new_of.begin(), new_of.end(), mapping::VertexIndex{0});
    std::shuffle(new_of.begin(), new_of.end(), random);
    mapping::Graph result = graph;
    for (mapping::VertexIndex v = 0; v < new_of.size(); ++v)
        result.vertices[new_of[v]] = graph.vertices[v];
    for (mapping::Net& net : result.nets) {
        net.source = new_of[net.source];
        for (mapping::VertexIndex& sink : net.sinks)
            sink = new_of[sink];
        std::shuffle(net.sinks.begin(), net.sinks.end(), random);
    }
    std::shuffle(result.nets.begin(), result.nets.end(), random);
    return result;
}

/// Statistics as they are after tables were changed by hand.
inline void recount(mapping::Layout& layout) {
    mapping::LayoutStatistics& s = layout.statistics;
    s.table_entries_max = s.table_entries_total = 0;
    for (const mapping::Table& table : layout.tables) {
        s.table_entries_max = std::max<std::uint64_t>(s.table_entries_max, table.size());
        s.table_entries_total += table.size();
    }
    s.table_entries_max_unminimised =
        std::max(s.table_entries_max, s.table_entries_max_unminimised);
}

/// The faults as lines; empty when the layout is right.
inline std::string faults_of(const mapping::Layout& layout) {
    std::string text;
    for (const mapping::Fault& fault : mapping::check_layout(layout).faults)
        text += fault.where + ": " + fault.what + "\n";
    return text;
}

} // namespace spikewell::test
