#pragma once

#include "experiments/timing_study.hpp"

#include <nlohmann/json.hpp>

#include <string>

/// What `study NAME` writes: NAME.json, and the same as a table, NAME.csv, a line for each run. Figures
/// that do not exist are null in the one and nan in the other.
namespace spikewell::io {

[[nodiscard]] nlohmann::ordered_json to_json(const experiments::TimingStudy& study);
[[nodiscard]] std::string to_csv(const experiments::TimingStudy& study);

} // namespace spikewell::io
