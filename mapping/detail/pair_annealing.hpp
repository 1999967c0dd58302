#pragma once

#include "mapping/detail/annealing_steps.hpp"
#include "mapping/detail/cells.hpp"
#include "mapping/detail/grid_metric.hpp"
#include "mapping/detail/pair_graph.hpp"

#include <cstdint>
#include <vector>

namespace spikewell::mapping {

/// Where each unit is.
using CellOfUnit = std::vector<std::uint32_t>;

/// Units in cells, and what moving them changes: the sum of weight x hops over all ties. A cell may be
/// fuller than it has cores when this begins; no move makes it so.
class PairAnnealing {
  public:
    /// `room`: cores that a cell may be overfull. The arguments outlive this.
    PairAnnealing(const PairGraph& graph,
                  const Cells& cells,
                  const GridMetric& metric,
                  std::int64_t room,
                  CellOfUnit cell_of_unit);

    /// `sweeps`: proposals per unit; temperatures in mean sizes of a change at the start.
    struct Schedule {
        double hot = 1.0;
        double cold = 0.01;
        double sweeps = 10.0;
    };
    void run(const Schedule& schedule, RandomStream& random);

    [[nodiscard]] double cost() const;
    [[nodiscard]] const CellOfUnit& cells() const { return cell_of_; }
    [[nodiscard]] std::int64_t used(std::uint32_t cell) const { return used_[cell]; }

  private:
    static constexpr std::uint32_t k_none = ~std::uint32_t{0};
    struct At {
        std::int32_t x;
        std::int32_t y;
    };
    struct Move {
        std::uint32_t unit = 0;
        std::uint32_t other = k_none; ///< what it changes places with, or none
        std::uint32_t from = 0;
        std::uint32_t to = 0;
    };
    [[nodiscard]] At at(std::uint32_t cell) const {
        return {cells_.cells[cell].x, cells_.cells[cell].y};
    }
    [[nodiscard]] bool propose(RandomStream& random, Move& move) const;
    [[nodiscard]] bool allowed(const Move& move) const;
    [[nodiscard]] double change_of(const Move& move, double most) const;
    [[nodiscard]] double change_of(std::uint32_t unit,
                                   std::uint32_t left_out,
                                   std::uint32_t from,
                                   std::uint32_t to) const;
    void apply(const Move& move);
    void relocate(std::uint32_t unit, std::uint32_t to);
    [[nodiscard]] double mean_change(RandomStream& random) const;

    const PairGraph& graph_;
    const Cells& cells_;
    const GridMetric& metric_;
    std::int64_t room_;
    CellOfUnit cell_of_;
    std::vector<At> at_;                // [n_units] of its cell
    std::vector<std::int64_t> used_;    // [cells]
    std::vector<std::uint32_t> n_on_;   // [cells] units
    std::vector<std::uint32_t> head_;   // [cells] first unit
    std::vector<std::uint32_t> next_;   // [n_units] in its cell
    std::vector<std::uint32_t> before_; // [n_units]
    Window window_{0};
    std::vector<std::uint32_t> movable_;
};

} // namespace spikewell::mapping
