#pragma once

#include "core/error.hpp"
#include "experiments/config.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::io {

/// Reads a CONFIG file: JSON, every key optional, unknown keys are errors naming the nearest known
/// one, all problems at once. A relative `data/csv` is returned relative to the CONFIG file's
/// folder. Throws IoError, DescriptionError.
[[nodiscard]] experiments::Config read_config(const std::filesystem::path& path);
/// The same from text; `data/csv` is left as it stands.
[[nodiscard]] experiments::Config parse_config(std::string_view text, const std::string& source);
/// The same from a CONFIG inside another document, at `pointer`; its problems are added.
[[nodiscard]] experiments::Config config_from(const nlohmann::json& value,
                                              const std::string& pointer,
                                              std::vector<Problem>& problems);
/// All keys (but a label column that the CSV's header names), in the order of the documented shape.
/// parse(to_json(c)) == c, but for a `data/csv` that is no UTF-8 (see utf8).
[[nodiscard]] nlohmann::ordered_json to_json(const experiments::Config& config);

} // namespace spikewell::io
