#include "mapping/detail/tree_builder.hpp"

#include <algorithm>
#include <limits>

namespace spikewell::mapping {

TreeBuilder::TreeBuilder(const Machine& machine,
                         const Distances& distances,
                         const std::vector<char>& avoid)
    : machine_(machine), distances_(distances), avoid_(avoid), stamp_(machine.chips.size(), 0),
      node_of_(machine.chips.size(), 0), seen_(machine.chips.size(), 0),
      came_by_(machine.chips.size(), 0) {}

void TreeBuilder::start(ChipIndex root) {
    ++tree_;
    nodes_.clear();
    add(root, k_links, 0);
}

void TreeBuilder::add(ChipIndex chip, unsigned link, std::uint32_t parent) {
    stamp_[chip] = tree_;
    node_of_[chip] = static_cast<std::uint32_t>(nodes_.size());
    const std::uint32_t depth = nodes_.empty() ? 0 : nodes_[parent].depth + 1;
    nodes_.push_back({chip, link, parent, depth});
}

bool TreeBuilder::join(ChipIndex target, std::span<const ChipIndex> others) {
    if (contains(target)) return true;
    std::uint32_t nearest = 0;
    for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
        if (distances_(nodes_[i].chip, target) < distances_(nodes_[nearest].chip, target))
            nearest = i;
    }
    return walk(nearest, target, others) || search(target, true) || search(target, false);
}

bool TreeBuilder::join_shortest(ChipIndex target) {
    if (contains(target)) return true;
    std::uint32_t best = 0;
    const auto hops = [&](std::uint32_t i) {
        return nodes_[i].depth + distances_(nodes_[i].chip, target);
    };
    for (std::uint32_t i = 1; i < nodes_.size(); ++i) {
        // Of equally long ways the one that shares most with the tree.
        if (hops(i) < hops(best) || (hops(i) == hops(best) && nodes_[i].depth > nodes_[best].depth))
            best = i;
    }
    return walk(best, target, {}) || search(target, true) || search(target, false);
}

/// The working link that brings the target nearer and ends nearest to one of `others`; k_links where
/// none does.
unsigned TreeBuilder::best_step(ChipIndex at,
                                ChipIndex target,
                                std::span<const ChipIndex> others) const {
    unsigned best = k_links;
    unsigned best_worth = std::numeric_limits<unsigned>::max();
    for (unsigned link = 0; link < k_links; ++link) {
        if (!machine_.has_link(at, link)) continue;
        const ChipIndex next = machine_.neighbour(at, link);
        if (distances_(next, target) >= distances_(at, target) || contains(next)) continue;
        if (next != target && closed(next)) continue;
        const unsigned worth = hops_to_nearest(next, target, others);
        if (worth < best_worth) {
            best = link;
            best_worth = worth;
        }
    }
    return best;
}

/// Of `others` but the target; where there are none, more than to any.
unsigned TreeBuilder::hops_to_nearest(ChipIndex chip,
                                      ChipIndex target,
                                      std::span<const ChipIndex> others) const {
    unsigned hops = std::numeric_limits<unsigned>::max() - 1;
    for (const ChipIndex other : others) {
        if (other != target) hops = std::min<unsigned>(hops, distances_(chip, other));
    }
    return hops;
}

/// Steps that each bring the target nearer. No chip of the way can be in the tree: it would have
/// been the nearest.
bool TreeBuilder::walk(std::uint32_t from, ChipIndex target, std::span<const ChipIndex> others) {
    const std::size_t n_before = nodes_.size();
    ChipIndex at = nodes_[from].chip;
    while (at != target) {
        const unsigned link = best_step(at, target, others);
        if (link == k_links) { // blocked
            forget_from(n_before);
            return false;
        }
        at = machine_.neighbour(at, link);
        add(at, link, from);
        from = static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    return true;
}

/// As if the tree's nodes from this one on had never been.
void TreeBuilder::forget_from(std::size_t node) {
    while (nodes_.size() > node) {
        stamp_[nodes_.back().chip] = tree_ - 1;
        nodes_.pop_back();
    }
}

/// Breadth first from the target to the first chip of the tree, over all working links.
bool TreeBuilder::search(ChipIndex target, bool avoiding) {
    if (avoiding && avoid_.empty()) return false;
    ++search_;
    queue_.assign(1, target);
    seen_[target] = search_;
    for (std::size_t head = 0; head < queue_.size(); ++head) {
        const ChipIndex at = queue_[head];
        if (contains(at)) {
            add_way_found(at, target);
            return true;
        }
        for (unsigned link = 0; link < k_links; ++link) {
            if (!machine_.has_link(at, link)) continue;
            const ChipIndex next = machine_.neighbour(at, link);
            if (seen_[next] == search_ || (avoiding && closed(next) && !contains(next))) continue;
            seen_[next] = search_;
            came_by_[next] = opposite(link);
            queue_.push_back(next);
        }
    }
    return false;
}

/// Back along the way by which the search has come from the target to this chip of the tree.
void TreeBuilder::add_way_found(ChipIndex chip, ChipIndex target) {
    std::uint32_t parent = node_of_[chip];
    while (chip != target) {
        const unsigned link = came_by_[chip];
        chip = machine_.neighbour(chip, link);
        add(chip, link, parent);
        parent = static_cast<std::uint32_t>(nodes_.size() - 1);
    }
}

} // namespace spikewell::mapping
