#pragma once

#include <nlohmann/json.hpp>

namespace spikewell::io {

/// What stands as "made_by" in every document: {"spikewell": version, "commit", "compiler"}.
[[nodiscard]] nlohmann::ordered_json made_by();

} // namespace spikewell::io
