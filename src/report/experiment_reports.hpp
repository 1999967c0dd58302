#pragma once

#include "experiments/capacity_study.hpp"
#include "experiments/landscape.hpp"
#include "experiments/regimes_study.hpp"
#include "experiments/reproduce.hpp"
#include "experiments/sequence_study.hpp"
#include "experiments/sleep_study.hpp"
#include "experiments/tasks_study.hpp"
#include "experiments/timing_study.hpp"
#include "report/document.hpp"

namespace spikewell::report {

/// The page of `compare`.
[[nodiscard]] Document compare_document(const experiments::Comparison& comparison);
/// The page of `reproduce`.
[[nodiscard]] Document reproduce_document(const experiments::Reproduction& reproduction);

/// The page of `landscape`, and the tables that the terminal shows of it.
[[nodiscard]] Document landscape_document(const experiments::CouplingLandscape& landscape);
[[nodiscard]] std::vector<Table> landscape_tables(const experiments::CouplingLandscape& landscape);

/// The page of a study, and the tables that the terminal shows of it.
[[nodiscard]] Document study_document(const experiments::TimingStudy& study);
[[nodiscard]] std::vector<Table> study_tables(const experiments::TimingStudy& study);
[[nodiscard]] Document study_document(const experiments::SequencesStudy& study);
[[nodiscard]] std::vector<Table> study_tables(const experiments::SequencesStudy& study);
[[nodiscard]] Document study_document(const experiments::RegimesStudy& study);
[[nodiscard]] std::vector<Table> study_tables(const experiments::RegimesStudy& study);
[[nodiscard]] Document study_document(const experiments::CapacityStudy& study);
[[nodiscard]] std::vector<Table> study_tables(const experiments::CapacityStudy& study);
[[nodiscard]] Document study_document(const experiments::SleepStudy& study);
[[nodiscard]] std::vector<Table> study_tables(const experiments::SleepStudy& study);
[[nodiscard]] Document study_document(const experiments::TasksStudy& study);
[[nodiscard]] std::vector<Table> study_tables(const experiments::TasksStudy& study);

/// published | rate | spiking (| transfer), as the page and the terminal show it.
[[nodiscard]] Table compare_table(const experiments::Comparison& comparison);
[[nodiscard]] std::vector<Table> reproduce_tables(const experiments::Reproduction& reproduction);

/// The median, or "not measured" without trials.
[[nodiscard]] std::string shown(const experiments::Scores& scores, int decimals = 3);

/// A table as aligned plain text, one line a row.
[[nodiscard]] std::string to_text(const Table& table);

} // namespace spikewell::report
