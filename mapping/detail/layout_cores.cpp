#include "mapping/detail/layout_cores.hpp"

namespace spikewell::mapping::detail {

namespace {

template <class Key>
std::optional<std::uint32_t> found(const std::map<Key, std::uint32_t>& cores, const Key& key) {
    const auto at = cores.find(key);
    return at == cores.end() ? std::nullopt : std::optional(at->second);
}

} // namespace

LayoutCores::LayoutCores(const Layout& layout) : cores(layout.slices.size()) {
    for (std::uint32_t c = 0; c < cores.size(); ++c)
        of_vertex_[layout.slices[c].vertex] = c;
    for (const Place& place : layout.places) {
        const auto core = of(place.vertex);
        if (!core) continue;
        cores[*core].chip = place.chip;
        at_[{place.chip, place.core}] = *core;
    }
    n_places = at_.size();
    for (const KeyBlock& block : layout.keys) {
        if (const auto core = of(block.vertex)) cores[*core].key = block.key;
    }
}

std::optional<std::uint32_t> LayoutCores::of(VertexIndex vertex) const {
    return found(of_vertex_, vertex);
}

std::optional<std::uint32_t> LayoutCores::of(const CorePlace& place) const {
    return found(at_, place);
}

} // namespace spikewell::mapping::detail
