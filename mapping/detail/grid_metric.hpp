#pragma once

#include "mapping/machine.hpp"

#include <algorithm>
#include <cstdlib>

namespace spikewell::mapping {

/// Least links between places of the whole grid, were nothing dead, from the differences of their
/// coordinates; those in parts of a chip give hops in such parts.
class GridMetric {
  public:
    explicit GridMetric(const Machine& machine, int parts = 1)
        : around_x_(machine.wraps_x ? parts * machine.width : 0),
          around_y_(machine.wraps_y ? parts * machine.height : 0) {}

    [[nodiscard]] int operator()(int dx, int dy) const {
        int best = hops(dx, dy);
        if (around_x_ == 0 && around_y_ == 0) return best;
        const int ax = dx > 0 ? dx - around_x_ : dx + around_x_;
        const int ay = dy > 0 ? dy - around_y_ : dy + around_y_;
        if (around_x_ != 0) best = std::min(best, hops(ax, dy));
        if (around_y_ != 0) best = std::min(best, hops(dx, ay));
        if (around_x_ != 0 && around_y_ != 0) best = std::min(best, hops(ax, ay));
        return best;
    }

  private:
    /// The greater of both where they are of one sign, as a link goes north-east; else their sum.
    [[nodiscard]] static int hops(int dx, int dy) {
        return std::max({std::abs(dx), std::abs(dy), std::abs(dx - dy)});
    }
    int around_x_; ///< 0: does not close
    int around_y_;
};

} // namespace spikewell::mapping
