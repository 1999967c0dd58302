#include "io/nir/nir_graph.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace spikewell::io::nir {

namespace {

/// The node's elements are those of what comes in, where it takes any.
void resolve(ReadGraph& graph, ReadNode& node, const ReadNode& before) {
    node.n_in = before.n;
    node.lower(node, before.shape);
    node.lower = {};
    node.n = elements_of(node.shape);
    require_memory(static_cast<double>(node.map.entries.size() * sizeof(MapEntry)),
                   graph.file + ": weights");
}

/// That it has a shape, and gets as many elements as it takes.
void require_resolved(const ReadGraph& graph, const std::string& name, const ReadNode& node) {
    if (node.lower) graph.fail(name, fmt::format("is a {} whose input has no shape", node.type));
    for (const std::string& from : node.from) {
        if (graph.at(from).n == node.n_in) continue;
        graph.fail(name, fmt::format("takes {} elements, and {} has {}", node.n_in, from,
                                     graph.at(from).n));
    }
}

void sum_equal(std::vector<MapEntry>& entries) {
    std::sort(entries.begin(), entries.end(), [](const MapEntry& a, const MapEntry& b) {
        return std::tie(a.out, a.in, a.delay_ms) < std::tie(b.out, b.in, b.delay_ms);
    });
    std::size_t kept = 0;
    for (std::size_t k = 0; k < entries.size(); ++k) {
        const MapEntry& entry = entries[k];
        const bool again = kept > 0 && entries[kept - 1].out == entry.out &&
                           entries[kept - 1].in == entry.in &&
                           entries[kept - 1].delay_ms == entry.delay_ms;
        if (again)
            entries[kept - 1].weight += entry.weight;
        else
            entries[kept++] = entry;
    }
    entries.resize(kept);
}

} // namespace

bool ReadNode::is_uniform(const std::string& name) const {
    const std::vector<double>& values = params.at(name);
    return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

void ReadGraph::fail(const std::string& node, std::string_view what) const {
    throw IoError(file, fmt::format("{}: {}", at(node).path, what));
}

std::size_t elements_of(const std::vector<std::size_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

LinearMap identity_map(std::size_t n) {
    LinearMap map;
    require_memory(static_cast<double>(n * sizeof(MapEntry)), "weights");
    map.entries.reserve(n);
    for (std::size_t k = 0; k < n; ++k)
        map.entries.push_back(
            {static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k), 1.0, 0.0});
    return map;
}

LinearMap composed(const LinearMap& after, const LinearMap& before) {
    std::vector<MapEntry> sorted = before.entries; // by what leaves
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const MapEntry& a, const MapEntry& b) { return a.out < b.out; });
    const auto row = [&](std::uint32_t out) {
        return std::equal_range(sorted.begin(), sorted.end(), MapEntry{out},
                                [](const MapEntry& a, const MapEntry& b) { return a.out < b.out; });
    };
    LinearMap whole;
    std::size_t n_entries = 0;
    for (const MapEntry& entry : after.entries) {
        const auto [begin, end] = row(entry.in);
        n_entries += static_cast<std::size_t>(end - begin);
    }
    require_memory(static_cast<double>(n_entries * sizeof(MapEntry)), "weights");
    whole.entries.reserve(n_entries);
    for (const MapEntry& entry : after.entries) {
        const auto [begin, end] = row(entry.in);
        for (auto inner = begin; inner != end; ++inner)
            whole.entries.push_back({entry.out, inner->in, entry.weight * inner->weight,
                                     entry.delay_ms + inner->delay_ms});
    }
    sum_equal(whole.entries);
    return whole;
}

namespace {

/// Resolves nodes that come after one of known shape. Returns whether there was any.
bool resolve_after_known(ReadGraph& graph) {
    bool found = false;
    for (auto& [name, node] : graph.nodes) {
        if (!node.lower) continue;
        const auto known = std::find_if(node.from.begin(), node.from.end(),
                                        [&](const auto& from) { return !graph.at(from).lower; });
        if (known == node.from.end()) continue;
        resolve(graph, node, graph.at(*known));
        found = true;
    }
    return found;
}

} // namespace

void resolve_shapes(ReadGraph& graph) {
    while (resolve_after_known(graph)) {
    }
    for (const auto& [name, node] : graph.nodes)
        require_resolved(graph, name, node);
}

} // namespace spikewell::io::nir
