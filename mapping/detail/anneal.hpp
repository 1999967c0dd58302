#pragma once

#include "mapping/detail/annealing_steps.hpp"
#include "mapping/detail/chip_space.hpp"
#include "mapping/detail/net_trees.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace spikewell::mapping {

/// How one annealing goes. A temperature is in units of the cost (weight x hops).
struct AnnealSchedule {
    double first_temperature = 1.0;
    double last_temperature = 0.05;
    double work = 1e6; ///< looks at (net, chip) pairs, what the time taken is proportional to
};

/// Units on chips, and what moving them would change. The cost of a net is the length of a
/// minimum spanning tree over the chips of its units, an upper bound to the routing tree that is
/// met where the chips touch each other; the total is weighted by the nets' traffic.
class Annealing {
  public:
    /// The placement must fit. The arguments outlive this.
    Annealing(const Hypergraph& graph,
              const Machine& machine,
              const Distances& distances,
              ChipSpace space,
              std::vector<ChipIndex> chip_of_unit);

    /// Moves and swaps units until the work is done, keeping a worse place with probability
    /// exp(-increase / temperature); then stays at the best seen only in so far as the last
    /// temperature is low.
    void run(const AnnealSchedule& schedule, RandomStream& random);

    /// Mean size of a change of the cost, over proposals that change it.
    [[nodiscard]] double mean_change(RandomStream& random);

    [[nodiscard]] double cost() const { return cost_; }
    [[nodiscard]] const std::vector<ChipIndex>& chips() const { return chip_of_; }

  private:
    struct Move {
        std::uint32_t unit = 0;
        std::uint32_t other = k_none; ///< what it changes places with, or none
        ChipIndex from = 0;
        ChipIndex to = 0;
    };
    struct Step {
        ChipIndex from = 0;
        ChipIndex to = 0;
    };
    static constexpr std::uint32_t k_none = ~std::uint32_t{0};

    void sort_along_curve();
    [[nodiscard]] bool propose(RandomStream& random, Move& move) const;
    [[nodiscard]] bool allowed(const Move& move) const;
    [[nodiscard]] double change_of(const Move& move, double most);
    [[nodiscard]] double change_of(std::span<const std::uint32_t> nets,
                                   std::span<const std::uint32_t> except,
                                   const Step& step,
                                   double most);
    void apply(const Move& move);
    void relocate(std::uint32_t unit, ChipIndex from, ChipIndex to);

    const Hypergraph& graph_;
    const Machine& machine_;
    ChipSpace space_;
    std::vector<ChipIndex> chip_of_;                  // [n_units]
    std::vector<std::uint32_t> slot_of_;              // [n_units] place in its chip's list
    std::vector<std::vector<std::uint32_t>> on_chip_; // [n_chips] units
    Window window_{0};
    std::vector<std::uint32_t> movable_; // units that have nets
    NetTrees trees_;
    double hopeless_ = 0.0; ///< what nets not yet looked at will hardly make up for
    double work_ = 0.0;
    double cost_ = 0.0;
};

} // namespace spikewell::mapping
