#pragma once

#include "core/matrix.hpp"

#include <optional>
#include <span>
#include <vector>

/// The figures of the paper (arXiv:2505.22749 and its notebooks), each a function from values to a
/// value.
namespace spikewell::experiments {

/// Where each image leads.
struct ImageAttractors {
    Matrix states; // [n_nodes x n_images]
    std::vector<bool>
        settled; // [n_images] false: no fixed point, the state still moves (a cycle, say)
};
/// Deterministic inference (iT 1, no evidence) from L(strength * image) of each image [n_nodes x
/// n_images], to 1e-9 of a fixed point, or 20,000 steps.
[[nodiscard]] ImageAttractors attractors_of(const Matrix& coupling,
                                            const Matrix& images,
                                            double strength);
/// Those that are fixed points.
[[nodiscard]] Matrix settled_states(const ImageAttractors& attractors);

/// Number of distinct columns after rounding to 0.01.
[[nodiscard]] std::size_t count_distinct(const Matrix& columns);

/// Angles in degrees between all pairs of different columns, each pair once; those of parallel or
/// opposite ones (< 1 or > 179) dropped, and those with columns that have no direction: of states,
/// those that are 0 after rounding to 0.01, of images those that are 0.
[[nodiscard]] std::vector<double> angles_between_states(const Matrix& states);
[[nodiscard]] std::vector<double> angles_between_images(const Matrix& images);

/// Mean |90 - angle|; NaN when there is none (a single attractor).
[[nodiscard]] double deviation_from_orthogonality_deg(std::vector<double> angles);

/// The paper's figure for the data: mean |90 - angle| over the full matrix of ordered pairs, each
/// column beside itself at an angle of 0, nothing dropped. NaN with a column of zeros.
[[nodiscard]] double full_matrix_deviation_deg(const Matrix& columns);

/// r(response, target)^2 - r(input, target)^2: what the network adds to what it was given.
[[nodiscard]] double delta_r_squared(std::span<const double> response,
                                     std::span<const double> input,
                                     std::span<const double> target);

/// For each column of `states` the column of `images` it correlates with most.
[[nodiscard]] std::vector<std::size_t> nearest_images(const Matrix& states, const Matrix& images);

/// Attractors that a free run can visit. The network is odd: what is an attractor, its mirror image -a
/// is, too, though no image may lead there.
struct Landscape {
    struct Attractor {
        std::vector<std::size_t> images;      ///< that lead to it
        std::optional<std::size_t> mirror_of; ///< another attractor; none where images lead to it
    };
    Matrix states;                     // [n_nodes x n], distinct after rounding to 0.01
    std::vector<Attractor> attractors; // [n] those of images first
    std::size_t n_of_images = 0;
};

/// Those of the symmetric part of J that images lead to, as attractors_of finds them, and their mirror
/// images. Where a state decays to 0 (after rounding to 0.01), or has not settled, is none.
[[nodiscard]] Landscape landscape_of(const Matrix& coupling, const Matrix& images, double strength);

struct Walk {
    std::size_t transitions = 0; ///< changes of the nearest image
    std::size_t forward_transitions =
        0;                         ///< those to the next image, the last one's next being the first
    std::vector<double> occupancy; // [n_images] fraction of steps
};
/// Of all transitions; NaN where there are none.
[[nodiscard]] double forward_share(const Walk& walk);
[[nodiscard]] Walk walk_of(const std::vector<std::size_t>& nearest, std::size_t n_images);
/// The same where only the first `n_in_turn` of the images have an order.
[[nodiscard]] Walk walk_of(const std::vector<std::size_t>& nearest,
                           std::size_t n_images,
                           std::size_t n_in_turn);

/// Images whose attractor under the symmetric part of J matches them best, with correlation > 0.8;
/// a state that decayed to 0 (after rounding to 0.01), or has not settled, matches none.
[[nodiscard]] std::size_t matched_attractors(const Matrix& coupling,
                                             const Matrix& images,
                                             double strength);

/// Projector (pseudo-inverse) couplings X^+ X of Kanter & Sompolinsky 1987 for images [n_nodes x
/// n_images], diagonal removed.
[[nodiscard]] Matrix projector_couplings(const Matrix& images);

} // namespace spikewell::experiments
