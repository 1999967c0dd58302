#pragma once

#include "experiments/landscape.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace spikewell::io {

/// What `landscape` writes; `names` of the nodes may be empty. Figures that do not exist are null.
///
///     {"format": "spikewell-landscape", "version": 1, "made_by": {..}, "nodes", "node": "tanh"|"langevin",
///      "scaling", "seed", "starts", "eigenvalues": [..], "onset",
///      "points": [{"beta", "criticality", "n_attractors", "basins": [share of starts ..],
///                  "iterations_median", "paper_iterations_median", "vanished", "cycles", "unsettled",
///                  "orthogonality_deviation_deg", "eigenvector_alignment": [..], "projector_cosine"}],
///      "nulls": {"permuted"|"phase": {"surrogates", "compared_with": "couplings"|"estimate of the series",
///                "at_equal_beta"|"at_equal_criticality": {STATISTIC: {"observed", "mean", "sd", "p", "n"}}}},
///      "nulls_beta", "estimator_correlation", "free": {FORM: {"gain", ..}}}
[[nodiscard]] nlohmann::ordered_json to_json(const experiments::CouplingLandscape& landscape);

/// Free runs by the name of their form: gain, steps, and where the states were.
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<experiments::FreeStates>& free);

/// The attractors at the shown beta: a line for each node, a column for each attractor.
[[nodiscard]] std::string attractors_csv(const experiments::CouplingLandscape& landscape,
                                         const std::vector<std::string>& names);

} // namespace spikewell::io
