#pragma once

#include "network/engine/loop/state.hpp"

namespace spikewell::detail {

/// What its arrivals may move a potential by, from `slack` and the row's largest coupling.
[[nodiscard]] inline float reach_of(float slack, float largest) {
    // Quantised couplings are at most this much larger, and rounding in float adds its own.
    constexpr float k_quantised = 1.0F + 1e-4F;
    constexpr float k_round_off = 1e-5F;
    return slack * largest * k_quantised + k_round_off;
}

/// The potential of one node through a crowded window, with the members that `advance` asks of a
/// path. Decisions are those of the exact potential; it is only summed where bounds leave it open.
class CrowdedPath {
  public:
    CrowdedPath(const EngineState& engine,
                const PopulationState& population,
                const Part& part,
                CrowdScratch& scratch,
                std::size_t lane,
                double bias)
        : engine_(engine), crowd_(population.crowd), population_(population), part_(part),
          scratch_(scratch), lane_(lane), bias_(bias),
          value_(scratch.value.data() +
                 lane / k_strip_width * (crowd_.arrivals.bunches.size() + 1) * k_strip_width +
                 lane % k_strip_width) {}

    [[nodiscard]] double end_ms() const { return crowd_.arrivals.end_ms(); }
    /// Segments are the bunches.
    [[nodiscard]] std::size_t segment_at(double t_ms, std::size_t /*from*/) const {
        return crowd_.arrivals.bunch_at(t_ms);
    }
    /// Bounds over bunch b; nothing shorter is known.
    template <class Fits>
    [[nodiscard]] PathRange range_from(double /*t_ms*/, std::size_t b, Fits&& /*fits*/) const {
        const double reach = around(b);
        return {std::min(at(b), at(b + 1)) - reach + bias_,
                std::max(at(b), at(b + 1)) + reach + bias_, crowd_.arrivals.bunches[b].end_ms};
    }
    [[nodiscard]] bool exceeds(std::size_t b, double t_ms, double potential) const;

    /// The recurrent part of V where bunch b begins, by quantised couplings.
    [[nodiscard]] double at(std::size_t b) const {
        return static_cast<double>(value_[b * k_strip_width]);
    }
    /// How far V in bunch b may be from what its ends tell.
    [[nodiscard]] double around(std::size_t b) const {
        return static_cast<double>(part_.crowd.margin[lane_]) +
               static_cast<double>(reach_of(crowd_.arrivals.bunches[b].slack,
                                            crowd_.couplings->largest(part_.index)[lane_]));
    }
    /// Whether V(t_ms) > potential, t_ms in bunch b, where the bunch's ends leave it open.
    [[nodiscard]] bool exceeds_exactly(std::size_t b, double t_ms, double potential) const;
    /// V(t_ms), t_ms in bunch b, to within the lane's margin.
    [[nodiscard]] double quantised_potential(std::size_t b, double t_ms) const;
    /// V(t_ms), t_ms in bunch b.
    [[nodiscard]] double exact_potential(std::size_t b, double t_ms) const;

  private:
    /// What of the change at arrival s is through the membrane at t_ms, later.
    [[nodiscard]] double through(std::size_t s, double t_ms) const {
        return -std::expm1((crowd_.arrivals.time_ms[s] - t_ms) / population_.tau_m_ms) *
               static_cast<double>(crowd_.arrivals.dx(s));
    }
    void filter_states(std::size_t b, double t_ms, const float* row) const;

    const EngineState& engine_;
    const Crowd& crowd_;
    const PopulationState& population_;
    const Part& part_;
    CrowdScratch& scratch_;
    std::size_t lane_;
    double bias_;
    const float* value_; // [bunch + 1], k_strip_width apart
};

} // namespace spikewell::detail
