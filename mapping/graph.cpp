#include "mapping/graph.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <cmath>
#include <unordered_set>

namespace spikewell::mapping {

namespace {

void validate_vertices(const Graph& graph) {
    std::unordered_set<std::string> labels;
    for (const Vertex& vertex : graph.vertices) {
        if (vertex.label.empty()) throw ParameterError("graph", "label", "", "not empty");
        if (!labels.insert(vertex.label).second)
            throw ParameterError("graph", "label", vertex.label, "of one vertex only");
        const std::string where = "vertex " + vertex.label;
        if (vertex.n_keys < 1 || vertex.n_keys > 1U << 31U)
            throw ParameterError(where, "n_keys", vertex.n_keys, "1 .. 2^31");
        if (vertex.sdram_bytes < 0) {
            throw ParameterError(where, "sdram", static_cast<double>(vertex.sdram_bytes), ">= 0");
        }
    }
}

} // namespace

void validate(const Graph& graph) {
    validate_vertices(graph);
    const std::size_t n = graph.vertices.size();
    std::vector<char> has_net(n, 0);
    constexpr std::size_t k_none = ~std::size_t{0};
    std::vector<std::size_t> last_net(n, k_none);
    for (std::size_t e = 0; e < graph.nets.size(); ++e) {
        const Net& net = graph.nets[e];
        const std::string where = fmt::format("net {}", e);
        const std::string allowed = fmt::format("a vertex 0 .. {}", static_cast<long>(n) - 1);
        if (net.source >= n) throw ParameterError(where, "source", net.source, allowed);
        if (has_net[net.source] != 0)
            throw ParameterError(where, "source", graph.vertices[net.source].label,
                                 "the source of no other net");
        has_net[net.source] = 1;
        if (!(std::isfinite(net.weight) && net.weight >= 0.0))
            throw ParameterError(where, "weight", net.weight, "finite and >= 0");
        for (const VertexIndex sink : net.sinks) {
            if (sink >= n) throw ParameterError(where, "sink", sink, allowed);
            if (last_net[sink] == e)
                throw ParameterError(where, "sink", graph.vertices[sink].label, "named once");
            last_net[sink] = e;
        }
    }
}

} // namespace spikewell::mapping
