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

/// The page of `compare`. `core`: for estimates of energy.
[[nodiscard]] Document compare_document(const experiments::Comparison& comparison,
                                        const CorePower& core = {});
/// The page of `reproduce`.
[[nodiscard]] Document reproduce_document(const experiments::Reproduction& reproduction);

/// The page of `landscape`, and the tables that the terminal shows of it.
[[nodiscard]] Document landscape_document(const experiments::CouplingLandscape& landscape);
[[nodiscard]] std::vector<Table> landscape_tables(const experiments::CouplingLandscape& landscape);

/// The page of `dream` of given couplings.
[[nodiscard]] Document dream_document(const Matrix& coupling,
                                      const std::vector<experiments::FreeStates>& forms,
                                      const std::string& subtitle);

/// What a page tells of a model that dreamt.
struct DreamView {
    std::string model;
    double step_ms = 0.0;
    std::size_t image_width = 1;
    std::vector<int> labels; ///< of the training images
    std::uint64_t seed = 0;
};
/// The page of `dream` of a model.
[[nodiscard]] Document dream_document(const experiments::Dream& dream,
                                      const experiments::Landscape& landscape,
                                      const DreamView& view);

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

/// A form and what evaluating it came to.
struct EvaluatedForm {
    std::string name;
    const experiments::Evaluation& evaluation;
};
/// NeuroBench's measures of complexity (experiments/complexity.hpp) and the energy, a column a form.
[[nodiscard]] Table complexity_table(const std::vector<EvaluatedForm>& forms,
                                     const CorePower& core);
[[nodiscard]] std::vector<Table> reproduce_tables(const experiments::Reproduction& reproduction);

/// The median, or "not measured" without trials.
[[nodiscard]] std::string shown(const experiments::Scores& scores, int decimals = 3);

/// A table as aligned plain text, one line a row.
[[nodiscard]] std::string to_text(const Table& table);

} // namespace spikewell::report
