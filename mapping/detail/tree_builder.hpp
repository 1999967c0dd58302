#pragma once

#include "mapping/detail/distances.hpp"
#include "mapping/machine.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace spikewell::mapping {

/// Grows a tree of chips over working links, branch by branch. One builder serves many trees.
class TreeBuilder {
  public:
    /// `avoid` as in RoutingOptions. The arguments outlive this.
    TreeBuilder(const Machine& machine, const Distances& distances, const std::vector<char>& avoid);

    /// A new tree of this chip alone.
    void start(ChipIndex root);
    /// Joins a chip to the nearest chip of the tree, by a shortest way that comes near `others` where
    /// there are several; round what is dead or to be avoided where that blocks it. Returns false
    /// when no way is left.
    [[nodiscard]] bool join(ChipIndex target, std::span<const ChipIndex> others);

    /// The same by a way that is shortest from the root.
    [[nodiscard]] bool join_shortest(ChipIndex target);

    struct Node {
        ChipIndex chip;
        unsigned arrived_by; ///< link from the parent; k_links at the root
        std::uint32_t parent;
        std::uint32_t depth; ///< hops from the root
    };
    /// Root first, parents before children.
    [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
    [[nodiscard]] bool contains(ChipIndex chip) const { return stamp_[chip] == tree_; }
    [[nodiscard]] std::uint32_t node_of(ChipIndex chip) const { return node_of_[chip]; }

  private:
    [[nodiscard]] bool walk(std::uint32_t from,
                            ChipIndex target,
                            std::span<const ChipIndex> others);
    [[nodiscard]] unsigned best_step(ChipIndex at,
                                     ChipIndex target,
                                     std::span<const ChipIndex> others) const;
    [[nodiscard]] unsigned hops_to_nearest(ChipIndex chip,
                                           ChipIndex target,
                                           std::span<const ChipIndex> others) const;
    void forget_from(std::size_t node);
    [[nodiscard]] bool search(ChipIndex target, bool avoiding);
    void add_way_found(ChipIndex chip, ChipIndex target);
    [[nodiscard]] bool closed(ChipIndex chip) const { return !avoid_.empty() && avoid_[chip] != 0; }
    void add(ChipIndex chip, unsigned link, std::uint32_t parent);

    const Machine& machine_;
    const Distances& distances_;
    const std::vector<char>& avoid_;
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> stamp_;   // [n_chips] tree that last had the chip
    std::vector<std::uint32_t> node_of_; // [n_chips] its node there
    std::uint32_t tree_ = 0;
    std::vector<std::uint32_t> seen_; // [n_chips] search that last met the chip
    std::vector<unsigned> came_by_;   // [n_chips] the link, towards the target
    std::uint32_t search_ = 0;
    std::vector<ChipIndex> queue_;
};

} // namespace spikewell::mapping
