#pragma once

#include "core/matrix.hpp"

#include <span>
#include <vector>

/// Rules of others that store patterns in an associative memory, to be set beside the attractor network's.
/// All couplings are [n_nodes x n_nodes] without diagonal; J(i, j) from j to i.
namespace spikewell::rate {

/// (1 - decay) J + rate x x^T / n_nodes. Without decay Hebb's rule as Hopfield has it (1982,
/// doi:10.1073/pnas.79.8.2554); with it older patterns weigh geometrically less, so that new ones can
/// always be learnt (a palimpsest: Mezard, Nadal & Toulouse 1986, doi:10.1051/jphys:019860047090145700).
struct HebbOptions {
    double rate = 1.0;
    double decay = 0.0; ///< 0 .. 1, of each step
};
void hebb_step(Matrix& coupling, std::span<const double> pattern, const HebbOptions& options = {});

/// Of patterns [n_nodes x n_patterns], each learnt once: X X^T / n_nodes.
[[nodiscard]] Matrix hebb_couplings(const Matrix& patterns);

/// J times what makes |J| (Frobenius) `norm`, so that rules are compared at equal size; J of 0 stays.
[[nodiscard]] Matrix with_norm(Matrix coupling, double norm);

/// J += rate (x - J x) x^T / n_nodes, Widrow & Hoff's delta rule (Diederich & Opper 1987,
/// doi:10.1103/PhysRevLett.58.949). Repeated from J = 0 at 0 < rate < 2 / mean(x^2) over linearly
/// independent patterns it ends at P(i, j) / (1 - P(i, i)), with P the projector X X^+.
void delta_step(Matrix& coupling, std::span<const double> pattern, double rate = 1.0);

/// X softmax(beta X^T s): one step of retrieval in a dense ("modern") Hopfield network, whose energy is
/// -log sum exp(beta x . s) / beta (Ramsauer et al. 2021, arXiv:2008.02217; Demircigil et al. 2017,
/// doi:10.1007/s10955-017-1806-y, for signs). It keeps the patterns [n_nodes x n_patterns] themselves.
[[nodiscard]] std::vector<double> dense_step(const Matrix& patterns,
                                             std::span<const double> state,
                                             double beta = 1.0);

} // namespace spikewell::rate
