#pragma once

#include "core/matrix.hpp"

#include <cstddef>
#include <span>

/// How far a stationary walk is from looking the same when time runs backwards: its entropy production,
/// in nats a step, 0 where every transition is as frequent as its reverse (Seifert 2012,
/// doi:10.1088/0034-4885/75/12/126001).
namespace spikewell::experiments {

struct EntropyProduction {
    double nats_per_step = 0.0;
    double error = 0.0; ///< standard error
};

/// counts(a, b): steps from a to b of a walk through states 0 .. n_states - 1, one state a step.
[[nodiscard]] Matrix transition_counts(std::span<const std::size_t> visited, std::size_t n_states);

/// sum over pairs a < b of (p(a, b) - p(b, a)) ln(p(a, b) / p(b, a)), p the share of all steps. Each
/// count of a pair that was seen in one direction at least has a half added, so that one never seen in
/// the other counts finite. Of a reversible chain this is too great by about `reversible_bias`.
[[nodiscard]] double plug_in_entropy_production(const Matrix& counts);

/// One nat over the steps for each cycle of its own that n states have, (n - 1)(n - 2) / 2, twice:
/// a current along it has a variance of twice its conductance.
[[nodiscard]] double reversible_bias(std::size_t n_states, std::size_t steps);

/// Entropy production of the chain of transitions of a walk, a lower bound of that of whatever moves it.
/// From the plug-in figures of the walk and of the walk without each of `k_walk_parts` equal parts
/// (jackknife): free of the bias in 1 / steps, hence below 0 at times, and with an error that knows
/// of correlations shorter than a part. Where a direction was never seen the figure is no more than a
/// bound that grows with the length of the walk. At least 2 k_walk_parts steps, or NaN.
[[nodiscard]] EntropyProduction chain_entropy_production(std::span<const std::size_t> visited,
                                                         std::size_t n_states);
constexpr std::size_t k_walk_parts = 20;

/// Of a whole rate network, whose step from s to s' has ln P(s' | s) = iT s'^T J s less a function of
/// s alone: <ln P(s' | s) / P(s | s')> = iT <s'^T (J - J^T) s>, without bias, from its states
/// [n_nodes x steps] one after another; error from batches. Any symmetric J: 0. In spikes the same mean
/// is 0 where the motion is reversible, too, but is no entropy production.
[[nodiscard]] EntropyProduction state_entropy_production(const Matrix& states,
                                                         const Matrix& coupling,
                                                         double inverse_temperature = 1.0);

/// The same of the network linearised about 0: s' = M s + noise of variance 1/3, M = iT J / 3; its
/// covariance C solves C = M C M^T + 1/3, and the entropy production is iT tr(M^T (J - J^T) C). NaN where
/// M has an eigenvalue of size 1 or more: there is no such law then.
[[nodiscard]] double gaussian_entropy_production(const Matrix& coupling,
                                                 double inverse_temperature = 1.0);

} // namespace spikewell::experiments
