#pragma once

#include "core/matrix.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// The deterministic map of given couplings, from many starts at once.
namespace spikewell::experiments {

/// The deterministic map is s' = tanh(beta J s), or s' = L(beta J s) with L(u) = coth u - 1/u.
enum class MapNode { tanh, langevin };
/// tanh or L of the field.
[[nodiscard]] double response(double field, MapNode node);

/// The beta from which on s = 0 is unstable: 1/lambda_1 for tanh, 3/lambda_1 for L. NaN without an eigenvalue > 0.
[[nodiscard]] double onset_of(double largest_eigenvalue, MapNode node);

/// Starts as published: tanh of ten entries 0.1 (fewer with fewer nodes) in random places [n_nodes x n].
[[nodiscard]] Matrix sparse_starts(std::size_t n_nodes, std::size_t n, std::uint64_t seed);

constexpr std::size_t k_most_iterations = 100000;

/// Where a start leads: a state that the map keeps; 0 (no entry beyond 1e-6); states that follow one another
/// in turn, which a synchronous map has where beta |lambda_min| is beyond the onset (of symmetric couplings
/// two of them, Goles & Olivos 1981); nothing of the kind within k_most_iterations.
enum class Ending { fixed, vanished, cycle, unsettled };

/// One of each start.
struct Settled {
    Matrix states; // [n_nodes x n] at the end
    std::vector<Ending> endings;
    std::vector<std::size_t> iterations; ///< until |change of E| <= 1e-9 |E|; E = -1/2 s'Js
    /// Until two successive E are the same double; of a cycle, until E is that of two steps before. It counts
    /// the rounding of E, too: sums in another order change the median by about 1 %.
    std::vector<std::size_t> paper_iterations;
};
/// Runs the map from each start. Below the onset, where states are so small that the map is linear in double
/// precision, most of the way to underflow is taken at once in the basis of the eigenvectors. A start's result
/// depends on itself alone, whatever the threads (0: all).
[[nodiscard]] Settled settle(
    const Matrix& coupling, double beta, MapNode node, const Matrix& starts, int n_threads = 1);

} // namespace spikewell::experiments
