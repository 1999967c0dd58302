#pragma once

#include "mapping/graph.hpp"

#include <vector>

namespace spikewell::mapping {

/// The vertices in an order that follows from what they are and what they are connected to, not
/// from where they stand in a file: by colours that are refined by those of neighbours until no
/// more vertices are told apart (Weisfeiler and Leman), then by label. What is mapped in this order
/// does not change when a file lists the same vertices otherwise.
[[nodiscard]] std::vector<VertexIndex> structural_order(const Graph& graph);

/// The graph whose vertex i is vertex order[i] of this one; nets by their source, sinks ascending.
[[nodiscard]] Graph reordered(const Graph& graph, const std::vector<VertexIndex>& order);

} // namespace spikewell::mapping
