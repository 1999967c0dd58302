#include "mapping/axons.hpp"

#include "core/error.hpp"

#include <cstdint>

namespace spikewell::mapping {

namespace {

void require(const char* resource, std::uint64_t needed, int available, const Vertex& vertex) {
    if (available > 0 && needed > static_cast<std::uint64_t>(available)) {
        throw MappingError(resource, static_cast<double>(needed), available,
                           "vertex " + vertex.label + " is one core's; make slices smaller");
    }
}

} // namespace

void require_axons(const Graph& graph, const Board& board) {
    if (board.routing != Routing::axons) return;
    std::vector<std::uint64_t> in(graph.vertices.size(), 0);
    std::vector<std::uint64_t> out(graph.vertices.size(), 0);
    for (const Net& net : graph.nets) {
        const std::uint64_t neurons = graph.vertices[net.source].n_keys;
        out[net.source] = neurons * net.sinks.size();
        for (const VertexIndex sink : net.sinks)
            in[sink] += neurons;
    }
    for (std::size_t v = 0; v < graph.vertices.size(); ++v) {
        const Vertex& vertex = graph.vertices[v];
        require("neurons of one core", vertex.n_keys, board.core.neurons, vertex);
        require("input axons of one core", in[v], board.core.in_axons, vertex);
        require("output axons of one core", out[v], board.core.out_axons, vertex);
    }
}

} // namespace spikewell::mapping
