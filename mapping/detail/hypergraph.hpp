#pragma once

#include "mapping/graph.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace spikewell::mapping {

/// A graph as placers see it: a net is the set of its source and sinks, since a tree's length does
/// not depend on where it is rooted. Nets of the same set are one, of the sum of their weights;
/// nets of one vertex are left out. Units are vertices, each of one core.
struct Hypergraph {
    std::vector<std::int64_t> unit_sdram; // [n_units] bytes
    std::vector<std::uint32_t> unit_ends; // [n_units] nets that end there
    std::vector<std::size_t> pin_begin;   // [n_nets + 1]
    std::vector<std::uint32_t> pins;    // units of net e: pin_begin[e] .. pin_begin[e + 1], sorted
    std::vector<double> weights;        // [n_nets]
    std::vector<std::size_t> net_begin; // [n_units + 1]
    std::vector<std::uint32_t> nets;    // nets of unit u: net_begin[u] .. net_begin[u + 1]

    [[nodiscard]] std::size_t n_units() const { return unit_sdram.size(); }
    [[nodiscard]] std::size_t n_nets() const { return weights.size(); }
    [[nodiscard]] std::span<const std::uint32_t> pins_of(std::size_t net) const {
        return std::span(pins).subspan(pin_begin[net], pin_begin[net + 1] - pin_begin[net]);
    }
    [[nodiscard]] std::span<const std::uint32_t> nets_of(std::size_t unit) const {
        return std::span(nets).subspan(net_begin[unit], net_begin[unit + 1] - net_begin[unit]);
    }
};

[[nodiscard]] Hypergraph make_hypergraph(const Graph& graph);

} // namespace spikewell::mapping
