#pragma once

#include "network/engine/dyadic/crowded_path.hpp"

namespace spikewell::detail {

/// The potential of one node through a direct window (Crowd::direct), with the members that `advance`
/// asks of a path. Within a bunch, bounds come from its ends; where they leave a decision open, the
/// potential is summed over the bunch's arrivals.
class DirectPath {
  public:
    DirectPath(const EngineState& engine,
               const PopulationState& population,
               const Part& part,
               const CrowdScratch& scratch,
               std::size_t lane,
               double bias)
        : crowd_(population.crowd), tau_m_ms_(population.tau_m_ms),
          column_(engine.projections[population.incoming.front()].coupling.of_part(part.index) +
                  lane),
          largest_(part.scratch.largest[lane]), bias_(bias) {
        const std::size_t first =
            lane / k_strip_width * (crowd_.arrivals.bunches.size() + 1) * k_strip_width +
            lane % k_strip_width;
        value_ = scratch.value.data() + first;
        drive_ = scratch.drive.data() + first;
    }

    [[nodiscard]] double end_ms() const { return crowd_.arrivals.end_ms(); }
    /// Segments are the bunches.
    [[nodiscard]] std::size_t segment_at(double t_ms, std::size_t /*from*/) const {
        return crowd_.arrivals.bunch_at(t_ms);
    }
    /// The recurrent part of V where bunch b begins.
    [[nodiscard]] double at(std::size_t b) const {
        return static_cast<double>(value_[b * k_strip_width]);
    }
    /// How far V in bunch b may be from what its ends tell.
    [[nodiscard]] double around(std::size_t b) const {
        return static_cast<double>(reach_of(crowd_.arrivals.bunches[b].slack, largest_));
    }
    [[nodiscard]] bool exceeds(std::size_t b, double t_ms, double potential) const;
    /// Whether V(t_ms) > potential, t_ms in bunch b, where the bunch's ends leave it open.
    [[nodiscard]] bool exceeds_exactly(std::size_t b, double t_ms, double potential_then) const {
        return potential(b, t_ms) > potential_then;
    }
    /// V(t_ms), t_ms in bunch b.
    [[nodiscard]] double potential(std::size_t b, double t_ms) const;

    /// Bounds from t_ms (in bunch b) on that satisfy `fits(range)`: over the bunch's rest or, where
    /// they do not fit, up to the next arrival or less far, where V is monotone.
    template <class Fits>
    [[nodiscard]] PathRange range_from(double t_ms, std::size_t b, Fits&& fits) const {
        const double reach = around(b);
        const PathRange range{std::min(at(b), at(b + 1)) - reach + bias_,
                              std::max(at(b), at(b + 1)) + reach + bias_,
                              crowd_.arrivals.bunches[b].end_ms};
        if (fits(range)) return range;
        return monotone_range([&](double at_ms) { return potential(b, at_ms); }, t_ms,
                              next_arrival_ms(b, t_ms), fits);
    }

  private:
    /// The earliest arrival of bunch b after t_ms, or the bunch's end.
    [[nodiscard]] double next_arrival_ms(std::size_t b, double t_ms) const;

    const Crowd& crowd_;
    double tau_m_ms_;
    const float* column_; // couplings onto the lane, at Crowd::direct_at
    float largest_;
    double bias_;
    const float* value_; // [bunch + 1], k_strip_width apart
    const float* drive_; // the same
};

} // namespace spikewell::detail
