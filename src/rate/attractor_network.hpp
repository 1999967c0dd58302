#pragma once

#include "core/matrix.hpp"
#include "core/random.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

/// The rate form of the free-energy attractor network (Spisak & Friston 2026, arXiv:2505.22749):
/// the reference that the spiking form is compared with. Synchronous steps over n
/// continuous-Bernoulli nodes:
///
///     h      = J sigma                           recurrent input from the old state; the evidence
///     b is not in h sigma' ~ CB(iT (b + h))                    or sigma' = L(iT (b + h)),
///     deterministic J     += alpha (sigma' - L(h)) sigma'^T    diagonal kept 0
///
/// The precision iT acts on the state update only; the prediction L(h) is at unit precision and
/// sees no evidence.
namespace spikewell::rate {

struct AttractorNetwork {
    Matrix coupling;                   // [n_nodes x n_nodes], J(i, j) from j to i, diagonal 0
    std::vector<double> state;         // [n_nodes], each in [-1, 1]
    std::vector<RandomStream> streams; // [n_nodes], keyed by (seed, rate_state, node)

    /// All of it, of a network of as many nodes (core/archive.hpp).
    template <class Archive> void archive(Archive& archive) {
        archive.fixed(coupling.values);
        archive.fixed(state);
        archive.raw(streams);
        if constexpr (Archive::k_reads) {
            if (streams.size() != state.size()) Archive::fail("is not that of this network");
        }
    }
};

/// The nodes' random numbers, keyed by (seed, rate_state, node). Throws ParameterError for n_nodes = 0.
[[nodiscard]] std::vector<RandomStream> streams_of(std::size_t n_nodes, std::uint64_t seed);
/// Throws NetworkError.
void require_square(const Matrix& coupling);
/// A network with J = 0 and state 0. Throws ParameterError for n_nodes = 0.
[[nodiscard]] AttractorNetwork make_network(std::size_t n_nodes, std::uint64_t seed);
/// A network with given couplings (square, finite).
[[nodiscard]] AttractorNetwork make_network(Matrix coupling, std::uint64_t seed);

/// With which state the error is paired: the rule's is the renewed one, sigma'; with the preceding one,
/// sigma, attractors merge.
enum class Pairing { renewed, preceding };

struct StepOptions {
    double inverse_temperature = 1.0; ///< iT > 0, precision of the state update
    double learning_rate = 0.0;       ///< alpha >= 0 per step; 0 leaves J untouched
    Pairing pairing = Pairing::renewed;
};

/// One stochastic synchronous step under `evidence` [n_nodes].
void stochastic_step(AttractorNetwork& network,
                     std::span<const double> evidence,
                     const StepOptions& options);

/// L(iT (b + J sigma)): one deterministic step from `state`.
[[nodiscard]] std::vector<double> deterministic_step(const Matrix& coupling,
                                                     std::span<const double> state,
                                                     std::span<const double> evidence,
                                                     double inverse_temperature);

struct Relaxation {
    std::vector<double> state; // [n_nodes]
    std::size_t steps = 0;
    bool converged = false; ///< false: `max_steps` passed, e.g. on a limit cycle of an asymmetric J
    /// Of any node from the fixed point, estimated; infinity while changes do not shrink.
    double distance = std::numeric_limits<double>::infinity();
};
struct RelaxOptions {
    double inverse_temperature = 1.0;
    double tolerance = 1e-6; ///< largest distance of a node from the fixed point
    std::size_t max_steps = 10000;
};
/// Deterministic inference to a fixed point from `start`, under `evidence`. What is left of the way is
/// judged by how much smaller the largest change of 8 steps is than that of the 8 before: a small change
/// alone may be a slow way.
[[nodiscard]] Relaxation relax(const Matrix& coupling,
                               std::span<const double> start,
                               std::span<const double> evidence,
                               const RelaxOptions& options = {});

struct FreeEnergy {
    double complexity = 0.0; ///< sum_i KL(CB(b_q,i) || CB(b_i)), nats
    double accuracy = 0.0;   ///< b . L(b_q) + L(b_q)^T J L(b_q), nats
    double total = 0.0;      ///< complexity - accuracy
};
/// Variational free energy at `state`, with b_q = b + J sigma. Finite for |b_q| up to 700 and
/// beyond.
[[nodiscard]] FreeEnergy free_energy(const Matrix& coupling,
                                     std::span<const double> evidence,
                                     std::span<const double> state);

/// J+ = (J + J^T)/2, the landscape, and J- = (J - J^T)/2, the solenoidal flow.
[[nodiscard]] Matrix symmetric_part(const Matrix& coupling);
[[nodiscard]] Matrix antisymmetric_part(const Matrix& coupling);
/// |J|, Frobenius.
[[nodiscard]] double frobenius_norm(const Matrix& coupling);
/// |J - J^T| / |J|, 0 for a symmetric J, sqrt 2 for a fully one-way one, 2 for an antisymmetric
/// one; 0 for J = 0.
[[nodiscard]] double asymmetry(const Matrix& coupling);

} // namespace spikewell::rate
