#include "mapping/given_places.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <unordered_map>

namespace spikewell::mapping {

namespace {

[[noreturn]] void refuse(const NamedPlace& place,
                         const std::string& got,
                         const std::string& allowed) {
    throw ParameterError("placements", place.vertex, got, allowed);
}

std::string core_text(const NamedPlace& place) {
    return fmt::format("core {} of chip {}", place.core, to_text(place.chip));
}

std::unordered_map<std::string, VertexIndex> vertices_by_label(const Graph& graph) {
    std::unordered_map<std::string, VertexIndex> of;
    for (VertexIndex v = 0; v < graph.vertices.size(); ++v)
        of.emplace(graph.vertices[v].label, v);
    return of;
}

ChipIndex chip_of(const NamedPlace& place, const Machine& machine) {
    if (!machine.contains(place.chip) || !machine.chips[machine.index(place.chip)].present)
        refuse(place, to_text(place.chip),
               fmt::format("a chip of this {} x {} machine", machine.width, machine.height));
    const ChipIndex chip = machine.index(place.chip);
    const int n_monitors = machine.chips[chip].monitors;
    const int n_cores = machine.chips[chip].cores;
    if (place.core < n_monitors || place.core >= n_cores)
        refuse(place, core_text(place),
               fmt::format("a core for users, {} .. {} there", n_monitors, n_cores - 1));
    return chip;
}

void require_sdram(const Graph& graph, const Machine& machine, const std::vector<Place>& places) {
    std::vector<std::int64_t> used(machine.chips.size(), 0);
    for (const Place& place : places) {
        const Vertex& vertex = graph.vertices[place.vertex];
        used[place.chip] += vertex.sdram_bytes;
        const std::int64_t bytes = machine.chips[place.chip].sdram_bytes;
        if (used[place.chip] <= bytes) continue;
        throw ParameterError("placements", vertex.label,
                             fmt::format("{} bytes of SDRAM with what else is on chip {}",
                                         used[place.chip], to_text(machine.coord(place.chip))),
                             fmt::format("{} bytes on a chip", bytes));
    }
}

} // namespace

std::vector<Place> given_places(const Graph& graph,
                                const Machine& machine,
                                const std::vector<NamedPlace>& places) {
    const auto vertex_of = vertices_by_label(graph);
    std::vector<std::optional<Place>> of_vertex(graph.vertices.size());
    std::map<std::pair<ChipIndex, int>, VertexIndex> taken;
    for (const NamedPlace& place : places) {
        const auto vertex = vertex_of.find(place.vertex);
        if (vertex == vertex_of.end())
            refuse(place, "no vertex of this label",
                   fmt::format("labels of the graph, as \"{}\"",
                               graph.vertices.empty() ? "" : graph.vertices.front().label));
        if (of_vertex[vertex->second]) refuse(place, "two places", "one place of each vertex");
        const ChipIndex chip = chip_of(place, machine);
        const auto [at, is_free] = taken.emplace(std::pair(chip, place.core), vertex->second);
        if (!is_free)
            refuse(place, core_text(place),
                   fmt::format("a core of its own; \"{}\" is there",
                               graph.vertices[at->second].label));
        of_vertex[vertex->second] = Place{vertex->second, chip, place.core};
    }
    std::vector<Place> result;
    for (VertexIndex v = 0; v < of_vertex.size(); ++v) {
        if (!of_vertex[v])
            throw ParameterError("placements", graph.vertices[v].label, "none",
                                 "a place of each vertex");
        result.push_back(*of_vertex[v]);
    }
    require_sdram(graph, machine, result);
    return result;
}

} // namespace spikewell::mapping
