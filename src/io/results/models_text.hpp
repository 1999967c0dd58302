#pragma once

#include "neuron_models/facts.hpp"

#include <nlohmann/json.hpp>

namespace spikewell::io {

/// [{"kind", "model", "name", "weight_unit", "parameters": [{"key", "unit", "default", "allowed",
/// "meaning"}]}], all texts.
[[nodiscard]] nlohmann::ordered_json models_to_json(const std::vector<ModelFacts>& models);

/// The parameters as the table of a Markdown page; network/FORMAT.md has them so.
[[nodiscard]] std::string parameters_to_markdown(const ModelFacts& model);

/// The keys of a CONFIG as "training.evidence", in its order.
[[nodiscard]] std::vector<FieldFacts> config_parameters();
/// The same as [{"key", "unit", "default", "allowed", "meaning"}], all texts.
[[nodiscard]] nlohmann::ordered_json config_to_json();
/// The same as the table of a Markdown page; docs/config.md has it.
[[nodiscard]] std::string config_to_markdown();

} // namespace spikewell::io
