#pragma once

#include "experiments/capacity_study.hpp"
#include "experiments/regimes_study.hpp"
#include "experiments/sequence_study.hpp"
#include "experiments/sleep_study.hpp"
#include "experiments/tasks_study.hpp"
#include "experiments/timing_study.hpp"

#include <nlohmann/json.hpp>

#include <string>

/// What `study NAME` writes: NAME.json, and the same as a table, NAME.csv, a line for each run. Figures
/// that do not exist are null in the one and nan in the other.
namespace spikewell::io {

[[nodiscard]] nlohmann::ordered_json to_json(const experiments::TimingStudy& study);
[[nodiscard]] std::string to_csv(const experiments::TimingStudy& study);
[[nodiscard]] nlohmann::ordered_json to_json(const experiments::SequencesStudy& study);
[[nodiscard]] std::string to_csv(const experiments::SequencesStudy& study);
[[nodiscard]] nlohmann::ordered_json to_json(const experiments::RegimesStudy& study);
[[nodiscard]] std::string to_csv(const experiments::RegimesStudy& study);
[[nodiscard]] nlohmann::ordered_json to_json(const experiments::CapacityStudy& study);
[[nodiscard]] std::string to_csv(const experiments::CapacityStudy& study);
[[nodiscard]] nlohmann::ordered_json to_json(const experiments::SleepStudy& study);
[[nodiscard]] std::string to_csv(const experiments::SleepStudy& study);
[[nodiscard]] nlohmann::ordered_json to_json(const experiments::TasksStudy& study);
[[nodiscard]] std::string to_csv(const experiments::TasksStudy& study);

} // namespace spikewell::io
