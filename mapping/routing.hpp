#pragma once

#include "mapping/graph.hpp"
#include "mapping/placement.hpp"
#include "mapping/route.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::mapping {

constexpr unsigned k_no_link = k_links;

/// One chip of a routing tree.
struct TreeNode {
    ChipIndex chip = 0;
    unsigned arrived_by = k_no_link; ///< the link packets took to come here; none at the source
    Route route;                     ///< where they go on to
    bool operator==(const TreeNode&) const = default;
};

/// The way of one net's packets: no chip twice, the source's chip first, every other chip after the
/// one it is reached from. Empty for a net without sinks.
using RoutingTree = std::vector<TreeNode>;

struct RoutingOptions {
    /// Chips that trees should only touch where they have to end there [n_chips]; empty for none.
    std::vector<char> avoid;
};

/// A way to choose the trees, over working links only. The result is a function of the arguments.
/// Throws MappingError for a sink that no way leads to.
struct Router {
    std::string name;
    std::string text; ///< one line for help
    std::function<std::vector<RoutingTree>(
        const Graph&, const Machine&, const std::vector<Place>&, const RoutingOptions&)>
        route;
};

/// steiner  the default: sinks nearest to the tree first, with chips taken in where trees branch
///          better there (iterated 1-Steiner, Kahng and Robins 1992, IEEE Trans. CAD 11(7))
/// ner      neighbour-exploring: sinks nearest to the source first, each joined to the nearest chip
///          of the tree (Navaridas et al. 2015, doi:10.1016/j.parco.2015.01.002)
/// spt      shortest ways from the source: least delay, longest trees
[[nodiscard]] const std::vector<Router>& routers();
/// Throws ParameterError naming the routers.
[[nodiscard]] const Router& router(std::string_view name);

/// Links in all trees.
[[nodiscard]] std::uint64_t count_hops(const std::vector<RoutingTree>& trees);

} // namespace spikewell::mapping
