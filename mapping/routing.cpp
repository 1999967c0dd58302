#include "mapping/routing.hpp"

#include "core/error.hpp"
#include "mapping/detail/tree_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace spikewell::mapping {

namespace {

/// Places by vertex, and the chips that a net must reach.
struct Ends {
    Ends(const Graph& graph, const std::vector<Place>& places_given) {
        places.resize(graph.vertices.size());
        for (const Place& place : places_given)
            places[place.vertex] = place;
    }
    /// Chips of the sinks, each once, sorted.
    [[nodiscard]] std::vector<ChipIndex> targets(const Net& net) const {
        std::vector<ChipIndex> chips;
        for (const VertexIndex sink : net.sinks)
            chips.push_back(places[sink].chip);
        std::sort(chips.begin(), chips.end());
        chips.erase(std::unique(chips.begin(), chips.end()), chips.end());
        return chips;
    }
    std::vector<Place> places; // [n_vertices]
};

[[noreturn]] void throw_no_way(const Machine& machine, ChipIndex from, ChipIndex to) {
    throw MappingError("routes", 1, 0,
                       fmt::format("no working links lead from chip {} to chip {}",
                                   to_text(machine.coord(from)), to_text(machine.coord(to))));
}

/// The tree as it is written down: branches that end at no sink are cut off.
RoutingTree finished(const TreeBuilder& builder, const Net& net, const Ends& ends) {
    const auto& nodes = builder.nodes();
    RoutingTree tree(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i)
        tree[i] = {nodes[i].chip, nodes[i].arrived_by, {}};
    for (const VertexIndex sink : net.sinks) {
        const Place& place = ends.places[sink];
        tree[builder.node_of(place.chip)].route.add_core(static_cast<unsigned>(place.core));
    }
    for (std::size_t i = nodes.size(); i-- > 1;) {
        if (!tree[i].route.empty()) tree[nodes[i].parent].route.add_link(nodes[i].arrived_by);
    }
    std::erase_if(tree, [](const TreeNode& node) { return node.route.empty(); });
    return tree;
}

/// Routes every net by what `grow` makes of a tree that has only its source's chip.
template <class Grow>
std::vector<RoutingTree> route_all(const Graph& graph,
                                   const Machine& machine,
                                   const std::vector<Place>& places,
                                   const RoutingOptions& options,
                                   Grow&& grow) {
    const Ends ends(graph, places);
    const Distances distances(machine);
    TreeBuilder builder(machine, distances, options.avoid);
    std::vector<RoutingTree> trees;
    trees.reserve(graph.nets.size());
    for (const Net& net : graph.nets) {
        if (net.sinks.empty()) {
            trees.emplace_back();
            continue;
        }
        builder.start(ends.places[net.source].chip);
        grow(builder, distances, ends.places[net.source].chip, ends.targets(net));
        trees.push_back(finished(builder, net, ends));
    }
    return trees;
}

/// Joins targets one after another, ordered by their distance from the source; `join` says whether it
/// found a way.
template <class Order, class Join>
std::vector<RoutingTree> route_in_order(const Graph& graph,
                                        const Machine& machine,
                                        const std::vector<Place>& places,
                                        const RoutingOptions& options,
                                        Order order,
                                        Join join) {
    return route_all(graph, machine, places, options,
                     [&](TreeBuilder& builder, const Distances& distances, ChipIndex source,
                         std::vector<ChipIndex> targets) {
                         std::stable_sort(
                             targets.begin(), targets.end(), [&](ChipIndex a, ChipIndex b) {
                                 return order(distances(source, a), distances(source, b));
                             });
                         for (const ChipIndex target : targets)
                             if (!join(builder, target)) throw_no_way(machine, source, target);
                     });
}

// --- ner

std::vector<RoutingTree> route_ner(const Graph& graph,
                                   const Machine& machine,
                                   const std::vector<Place>& places,
                                   const RoutingOptions& options) {
    return route_in_order(
        graph, machine, places, options, std::less<>{},
        [](TreeBuilder& builder, ChipIndex target) { return builder.join(target, {}); });
}

// --- steiner

/// Nets of more chips than this are joined without looking for chips to branch at: the gain is
/// small where chips lie densely, the work grows with the cube.
constexpr std::size_t k_most_steiner_targets = 32;

/// Chips beside these.
std::vector<ChipIndex> branch_candidates(const Machine& machine, std::span<const ChipIndex> chips) {
    std::vector<ChipIndex> candidates;
    for (const ChipIndex chip : chips) {
        for (unsigned link = 0; link < k_links; ++link) {
            if (machine.has_link(chip, link)) candidates.push_back(machine.neighbour(chip, link));
        }
    }
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    return candidates;
}

/// Adds chips to branch at, one by one, while each makes the spanning tree shorter.
void add_branch_points(std::vector<ChipIndex>& chips,
                       const Machine& machine,
                       const Distances& distances,
                       const RoutingOptions& options) {
    std::vector<std::uint16_t> room;
    std::vector<ChipIndex> scratch;
    const auto length_of = [&] {
        scratch = chips;
        return spanning_length(scratch, distances, room);
    };
    const auto length_with = [&](ChipIndex one_more) {
        chips.push_back(one_more);
        const unsigned length = length_of();
        chips.pop_back();
        return length;
    };
    unsigned length = length_of();
    for (std::size_t added = 0; added < k_most_steiner_targets; ++added) {
        // Every chip after the first costs one hop at least: nothing is left to gain.
        if (length + 1 <= chips.size()) return;
        ChipIndex best = k_no_chip;
        for (const ChipIndex candidate : branch_candidates(machine, chips)) {
            if (!options.avoid.empty() && options.avoid[candidate] != 0) continue;
            if (std::find(chips.begin(), chips.end(), candidate) != chips.end()) continue;
            const unsigned with = length_with(candidate);
            if (with < length) best = candidate;
            length = std::min(length, with);
        }
        if (best == k_no_chip) return;
        chips.push_back(best);
    }
}

/// The chip nearest to the tree first.
void join_nearest_first(TreeBuilder& builder,
                        const Machine& machine,
                        const Distances& distances,
                        ChipIndex source,
                        std::vector<ChipIndex> targets) {
    std::vector<unsigned> hops;
    hops.reserve(targets.size());
    for (const ChipIndex target : targets)
        hops.push_back(distances(source, target));
    std::size_t known = 1; // nodes of the tree whose distances are in `hops`
    while (!targets.empty()) {
        const auto best =
            static_cast<std::size_t>(std::min_element(hops.begin(), hops.end()) - hops.begin());
        const ChipIndex target = targets[best];
        targets.erase(targets.begin() + static_cast<std::ptrdiff_t>(best));
        hops.erase(hops.begin() + static_cast<std::ptrdiff_t>(best));
        if (!builder.join(target, targets)) throw_no_way(machine, source, target);
        for (; known < builder.nodes().size(); ++known) {
            for (std::size_t i = 0; i < targets.size(); ++i)
                hops[i] =
                    std::min<unsigned>(hops[i], distances(builder.nodes()[known].chip, targets[i]));
        }
    }
}

std::vector<RoutingTree> route_steiner(const Graph& graph,
                                       const Machine& machine,
                                       const std::vector<Place>& places,
                                       const RoutingOptions& options) {
    return route_all(graph, machine, places, options,
                     [&](TreeBuilder& builder, const Distances& distances, ChipIndex source,
                         std::vector<ChipIndex> targets) {
                         std::erase(targets, source);
                         if (targets.size() < k_most_steiner_targets) {
                             targets.insert(targets.begin(), source);
                             add_branch_points(targets, machine, distances, options);
                             targets.erase(targets.begin());
                         }
                         join_nearest_first(builder, machine, distances, source,
                                            std::move(targets));
                     });
}

// --- spt

std::vector<RoutingTree> route_spt(const Graph& graph,
                                   const Machine& machine,
                                   const std::vector<Place>& places,
                                   const RoutingOptions& options) {
    // Farthest first: the shorter ways are then parts of the longer ones where they can be.
    return route_in_order(
        graph, machine, places, options, std::greater<>{},
        [](TreeBuilder& builder, ChipIndex target) { return builder.join_shortest(target); });
}

} // namespace

const std::vector<Router>& routers() {
    static const std::vector<Router> all{
        {"steiner", "chips nearest to the tree first, branching where trees get shorter",
         route_steiner},
        {"ner",
         "neighbour-exploring: sinks nearest to the source first, joined to the nearest chip",
         route_ner},
        {"spt", "shortest ways from the source: least delay, longer trees", route_spt},
    };
    return all;
}

const Router& router(std::string_view name) {
    std::string allowed = "one of";
    for (const Router& known : routers()) {
        if (known.name == name) return known;
        allowed += " " + known.name;
    }
    throw ParameterError("map", "router", name, allowed);
}

std::uint64_t count_hops(const std::vector<RoutingTree>& trees) {
    std::uint64_t hops = 0;
    for (const RoutingTree& tree : trees)
        hops += tree.empty() ? 0 : tree.size() - 1;
    return hops;
}

} // namespace spikewell::mapping
