#pragma once

#include "experiments/reproduce.hpp"

#include <nlohmann/json.hpp>

/// What the program writes about its results. Figures that do not exist (the angles of a single
/// attractor) are null.
namespace spikewell::io {

using Json = nlohmann::ordered_json;

/// compare.json. `core`: for estimates of energy.
[[nodiscard]] Json to_json(const experiments::Comparison& comparison, const CorePower& core = {});
/// reproduce.json.
[[nodiscard]] Json to_json(const experiments::Reproduction& reproduction);
/// What `evaluate` writes.
[[nodiscard]] Json evaluation_to_json(const experiments::Config& config,
                                      const experiments::Evaluation& evaluation,
                                      const experiments::CouplingFigures& figures,
                                      const CorePower& core = {});
/// What `dream` writes: the attractors, one state a tau_ref, the attractor each is nearest to (counted
/// from 0), and the walk between them; where there is no attractor that is null. `labels` of the
/// training images.
[[nodiscard]] Json dream_to_json(const experiments::Dream& dream,
                                 const experiments::Landscape& landscape,
                                 double tau_ref_ms,
                                 const std::vector<int>& labels);

} // namespace spikewell::io
