#pragma once

#include "mapping/detail/distances.hpp"
#include "mapping/detail/hypergraph.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace spikewell::mapping {

/// A minimum spanning tree over the chips of every net's units, and what it would be if one of them moved.
class NetTrees {
  public:
    static constexpr std::size_t k_most_in_table = std::size_t{1} << 25;

    /// The arguments outlive this. Where nets times chips are at most `most_in_table`, a table tells which chips are a
    /// net's; else its list is searched.
    NetTrees(const Hypergraph& graph,
             const Distances& distances,
             const std::vector<ChipIndex>& chip_of_unit,
             std::size_t most_in_table = k_most_in_table);

    [[nodiscard]] std::span<const ChipIndex> chips(std::uint32_t net) const {
        return std::span(chips_).subspan(nets_[net].begin, nets_[net].n);
    }
    [[nodiscard]] unsigned length(std::uint32_t net) const { return nets_[net].length; }
    /// By how much the cost, length x weight, changes when a unit of the net goes from one chip to another. Adds to
    /// `work` how many looks at chips that took.
    [[nodiscard]] double change(std::uint32_t net,
                                ChipIndex from,
                                ChipIndex to,
                                std::size_t& work) {
        const Net& of = nets_[net];
        return (static_cast<double>(length_after(net, from, to, work)) - of.length) * of.weight;
    }
    void move(std::uint32_t net, ChipIndex from, ChipIndex to);
    /// Of all nets, added up anew.
    [[nodiscard]] double cost() const;

  private:
    /// Stops come by so many: those that are none are the first once more, which changes no length, so that small trees
    /// take one way through the code.
    static constexpr std::uint32_t k_lanes = 8;
    struct Net {
        std::size_t begin = 0;   ///< of its stops
        std::uint32_t n = 0;     ///< of them
        std::uint32_t lanes = 0; ///< n, rounded up
        std::uint32_t length = 0;
        double weight = 0.0;
    };

    [[nodiscard]] std::uint32_t stop_at(std::uint32_t net, ChipIndex chip) const;
    [[nodiscard]] unsigned length_after(std::uint32_t net,
                                        ChipIndex from,
                                        ChipIndex to,
                                        std::size_t& work);
    [[nodiscard]] unsigned with(const Net& net, std::uint32_t leaf, ChipIndex reached);
    [[nodiscard]] unsigned planted_anew(const Net& net, std::uint32_t left, ChipIndex reached);
    void make_room(const Hypergraph& graph);
    void add_unit(std::uint32_t net, ChipIndex chip);
    void plant(std::uint32_t net);
    void reach_next(const Net& net, std::uint32_t last);
    void begin_inside(const Net& net);
    void note_stop(std::uint32_t net, ChipIndex chip, std::uint32_t stop);

    const Distances& distances_;
    std::size_t n_chips_;
    std::vector<Net> nets_;
    std::vector<ChipIndex> chips_;
    // Stops of a net's tree, in an order in which `before` comes before.
    std::vector<std::uint32_t> before_;
    std::vector<std::uint16_t> hops_; ///< from `before`; of the first: 0
    std::vector<std::uint32_t> n_after_;
    std::vector<std::uint32_t> n_units_;
    /// 1 + stop by [net][chip], 0 for none, so that finding it is one look; empty where it would be too large.
    std::vector<std::uint16_t> table_;
    std::vector<std::uint16_t> nearest_; // Prim's algorithm: hops to the tree
    std::vector<ChipIndex> scratch_;
    std::vector<std::uint16_t> reach_;
};

} // namespace spikewell::mapping
