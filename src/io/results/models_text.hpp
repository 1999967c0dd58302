#pragma once

#include "neuron_models/facts.hpp"

#include <nlohmann/json.hpp>

namespace spikewell::io {

/// [{"kind", "model", "name", "weight_unit", "parameters": [{"key", "unit", "default", "allowed",
/// "meaning"}]}], all texts.
[[nodiscard]] nlohmann::ordered_json models_to_json(const std::vector<ModelFacts>& models);

/// The parameters as the table of a Markdown page; network/FORMAT.md has them so.
[[nodiscard]] std::string parameters_to_markdown(const ModelFacts& model);

} // namespace spikewell::io
