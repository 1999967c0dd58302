#pragma once

#include "core/matrix.hpp"

#include <span>
#include <vector>

/// The figures of the paper (arXiv:2505.22749 and its notebooks), each a function from values to a
/// value.
namespace spikewell::experiments {

/// Deterministic inference (iT 1, no evidence) from L(strength * image) of each image [n_nodes x
/// n_images], to convergence: the attractor each image falls into [n_nodes x n_images].
[[nodiscard]] Matrix attractors_of(const Matrix& coupling, const Matrix& images, double strength);

/// Number of distinct columns after rounding to 0.01.
[[nodiscard]] std::size_t count_distinct(const Matrix& columns);

/// Angles in degrees between all ordered pairs of different columns; those of parallel or opposite
/// ones (< 1 or > 179) dropped, and those with columns that are 0 after rounding to 0.01.
[[nodiscard]] std::vector<double> angles_between(const Matrix& columns);

/// Mean |90 - angle| over angles_between; NaN when none is left (a single attractor).
[[nodiscard]] double orthogonality_deviation_deg(const Matrix& columns);

/// The paper's figure for the data: mean |90 - angle| over the full matrix of pairs with zeros on
/// its diagonal, nothing dropped.
[[nodiscard]] double data_orthogonality_deviation_deg(const Matrix& images);

/// r(response, target)^2 - r(input, target)^2: what the network adds to what it was given.
[[nodiscard]] double delta_r_squared(std::span<const double> response,
                                     std::span<const double> input,
                                     std::span<const double> target);

/// For each column of `states` the column of `images` it correlates with most.
[[nodiscard]] std::vector<std::size_t> nearest_images(const Matrix& states, const Matrix& images);

struct Walk {
    std::size_t transitions = 0; ///< changes of the nearest image
    std::size_t forward_transitions =
        0;                         ///< those to the next image, the last one's next being the first
    std::vector<double> occupancy; // [n_images] fraction of steps
};
[[nodiscard]] Walk walk_of(const std::vector<std::size_t>& nearest, std::size_t n_images);

/// Images whose attractor under the symmetric part of J matches them best, with correlation > 0.8;
/// a state that decayed to 0 (after rounding to 0.01) matches none.
[[nodiscard]] std::size_t matched_attractors(const Matrix& coupling,
                                             const Matrix& images,
                                             double strength);

/// Projector (pseudo-inverse) couplings X^+ X of Kanter & Sompolinsky 1987 for images [n_nodes x
/// n_images], diagonal removed.
[[nodiscard]] Matrix projector_couplings(const Matrix& images);

} // namespace spikewell::experiments
