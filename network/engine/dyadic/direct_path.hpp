#pragma once

#include "network/engine/dyadic/crowded_path.hpp"

namespace spikewell::detail {

/// The potential of one node through a direct window (Crowd::direct), with the members that `advance`
/// asks of a path. Within a block, bounds come from its ends; where they leave a decision open, the
/// potential is summed over the block's arrivals.
class DirectPath {
  public:
    DirectPath(const EngineState& engine,
               const PopulationState& population,
               const Part& part,
               const CrowdScratch& scratch,
               std::size_t lane,
               double bias)
        : crowd_(population.crowd), tau_m_ms_(population.tau_m_ms),
          column_(engine.projections[population.incoming.front()].coupling.block(part.index) +
                  lane),
          largest_(part.scratch.largest[lane]), bias_(bias) {
        const std::size_t first =
            lane / k_group_width * (crowd_.arrivals.blocks.size() + 1) * k_group_width +
            lane % k_group_width;
        value_ = scratch.value.data() + first;
        drive_ = scratch.drive.data() + first;
    }

    [[nodiscard]] double end_ms() const { return crowd_.arrivals.end_ms(); }
    /// Segments are the blocks.
    [[nodiscard]] std::size_t segment_at(double t_ms, std::size_t /*from*/) const {
        return crowd_.arrivals.block_at(t_ms);
    }
    /// The recurrent part of V where block b begins.
    [[nodiscard]] double at(std::size_t b) const {
        return static_cast<double>(value_[b * k_group_width]);
    }
    /// How far V in block b may be from what its ends tell.
    [[nodiscard]] double around(std::size_t b) const {
        return static_cast<double>(reach_of(crowd_.arrivals.blocks[b].slack, largest_));
    }
    [[nodiscard]] bool exceeds(std::size_t b, double t_ms, double potential) const;
    /// Whether V(t_ms) > potential, t_ms in block b, where the block's ends leave it open.
    [[nodiscard]] bool exceeds_exactly(std::size_t b, double t_ms, double potential_then) const {
        return potential(b, t_ms) > potential_then;
    }
    /// V(t_ms), t_ms in block b.
    [[nodiscard]] double potential(std::size_t b, double t_ms) const;

    /// Bounds from t_ms (in block b) on that satisfy `fits(range)`: over the block's rest or, where
    /// they do not fit, up to the next arrival or less far, where V is monotone.
    template <class Fits>
    [[nodiscard]] PathRange range_from(double t_ms, std::size_t b, Fits&& fits) const {
        const double reach = around(b);
        const PathRange range{std::min(at(b), at(b + 1)) - reach + bias_,
                              std::max(at(b), at(b + 1)) + reach + bias_,
                              crowd_.arrivals.blocks[b].end_ms};
        if (fits(range)) return range;
        return monotone_range([&](double at_ms) { return potential(b, at_ms); }, t_ms,
                              next_arrival_ms(b, t_ms), fits);
    }

  private:
    /// The earliest arrival of block b after t_ms, or the block's end.
    [[nodiscard]] double next_arrival_ms(std::size_t b, double t_ms) const;

    const Crowd& crowd_;
    double tau_m_ms_;
    const float* column_; // couplings onto the lane, at Crowd::direct_at
    float largest_;
    double bias_;
    const float* value_; // [block + 1], k_group_width apart
    const float* drive_; // the same
};

} // namespace spikewell::detail
