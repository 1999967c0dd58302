#include "mapping/vertex_order.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>

namespace spikewell::mapping {

namespace {

/// Refinement that has not told more vertices apart for so many rounds goes on no longer; long
/// chains would take as many rounds as they have vertices.
constexpr int k_most_rounds = 32;

using Colour = std::uint64_t;

/// SplitMix64's finaliser (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
Colour mixed(Colour x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}
Colour mixed(Colour a, Colour b) {
    return mixed(a ^ mixed(b));
}

std::size_t count_different(std::vector<Colour> colours) {
    std::sort(colours.begin(), colours.end());
    return static_cast<std::size_t>(std::unique(colours.begin(), colours.end()) - colours.begin());
}

/// Each vertex by itself.
std::vector<Colour> own_colours(const Graph& graph) {
    std::vector<Colour> colours;
    for (const Vertex& vertex : graph.vertices)
        colours.push_back(mixed(vertex.n_keys, static_cast<Colour>(vertex.sdram_bytes)));
    return colours;
}

/// Each vertex by its nets and those that end at it. Sums do not depend on the order of sinks.
std::vector<Colour> refined(const Graph& graph, const std::vector<Colour>& colours) {
    constexpr Colour k_source = 1;
    constexpr Colour k_sink = 2;
    std::vector<Colour> sums(colours.size(), 0);
    for (const Net& net : graph.nets) {
        Colour sinks = net.sinks.size();
        for (const VertexIndex sink : net.sinks)
            sinks += mixed(colours[sink]);
        const Colour whole =
            mixed(mixed(colours[net.source], sinks), std::bit_cast<Colour>(net.weight));
        sums[net.source] += mixed(whole, k_source);
        for (const VertexIndex sink : net.sinks)
            sums[sink] += mixed(whole, k_sink);
    }
    for (std::size_t v = 0; v < sums.size(); ++v)
        sums[v] = mixed(colours[v], sums[v]);
    return sums;
}

} // namespace

std::vector<VertexIndex> structural_order(const Graph& graph) {
    std::vector<Colour> colours = own_colours(graph);
    std::size_t n_before = 0;
    std::size_t n = count_different(colours);
    for (int round = 0; round < k_most_rounds && n > n_before && n < colours.size(); ++round) {
        colours = refined(graph, colours);
        n_before = n;
        n = count_different(colours);
    }
    std::vector<VertexIndex> order(graph.vertices.size());
    std::iota(order.begin(), order.end(), VertexIndex{0});
    std::sort(order.begin(), order.end(), [&](VertexIndex a, VertexIndex b) {
        if (colours[a] != colours[b]) return colours[a] < colours[b];
        return graph.vertices[a].label < graph.vertices[b].label;
    });
    return order;
}

Graph reordered(const Graph& graph, const std::vector<VertexIndex>& order) {
    std::vector<VertexIndex> place_of(order.size());
    Graph result{graph.name, {}, graph.nets};
    for (VertexIndex i = 0; i < order.size(); ++i) {
        place_of[order[i]] = i;
        result.vertices.push_back(graph.vertices[order[i]]);
    }
    for (Net& net : result.nets) {
        net.source = place_of[net.source];
        for (VertexIndex& sink : net.sinks)
            sink = place_of[sink];
        std::sort(net.sinks.begin(), net.sinks.end());
    }
    std::sort(result.nets.begin(), result.nets.end(),
              [](const Net& a, const Net& b) { return a.source < b.source; });
    return result;
}

} // namespace spikewell::mapping
