#pragma once

#include "rate/attractor_network.hpp"

#include <span>

/// Fixed points of deterministic inference that steps alone come to too slowly.
namespace spikewell::rate {

/// Of any node.
[[nodiscard]] double largest_change(std::span<const double> from, std::span<const double> to);
/// A change within a few of the last places of the largest node, below which a step cannot tell a state
/// from a fixed point.
[[nodiscard]] double rounding_of(std::span<const double> state);

/// Where `start` leads, as `relax`, which needs ever more steps the nearer couplings are to the onset of an
/// attractor: there a state of size x shrinks by about x^3 a step. So wherever changes shrink but slowly,
/// the rest of the way is Newton's, (I - D J) dx = L(iT (b + J x)) - x with D = iT L'. Its end is taken where
/// it is the stable fixed point that the steps are on their way to: not further off than their changes
/// tell, and no saddle that they pass. `steps` counts those of the map.
[[nodiscard]] Relaxation relax_to_attractor(const Matrix& coupling,
                                            std::span<const double> start,
                                            std::span<const double> evidence,
                                            const RelaxOptions& options = {});

} // namespace spikewell::rate
