#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

namespace spikewell::report {

using namespace experiments;

namespace {

using Figure = std::vector<double> SleepFigures::*;

template <class Use> void for_points(const SleepStudy& study, Backend backend, Use&& use) {
    for (const SleepPoint& point : study.points) {
        if (point.backend == backend) use(point);
    }
}

/// A row before and one for each inverse temperature, a column for each number of patterns.
Table figure_table(const SleepStudy& study,
                   Backend backend,
                   const std::string& caption,
                   Figure figure) {
    Table table{fmt::format("{} form: {}", name_of(backend), caption), {"sleep"}, {}};
    std::vector<std::string> before = {"before"};
    for_points(study, backend, [&](const SleepPoint& point) {
        table.header.push_back(fmt::format("{} patterns", point.patterns));
        table.header.emplace_back("gain");
        before.push_back(mean_and_error(point.before.*figure));
        before.emplace_back("–");
    });
    table.rows.push_back(std::move(before));
    for (std::size_t t = 0; t < study.plan.inverse_temperatures.size(); ++t) {
        std::vector<std::string> row = {fmt::format("iT {:g}", study.plan.inverse_temperatures[t])};
        for_points(study, backend, [&](const SleepPoint& point) {
            row.push_back(mean_and_error(point.after[t].*figure));
            row.push_back(mean_and_error(gain(point.before.*figure, point.after[t].*figure)));
        });
        table.rows.push_back(std::move(row));
    }
    return table;
}

Plot gain_plot(const SleepStudy& study,
               Backend backend,
               const std::string& caption,
               Figure figure) {
    std::vector<Series> lines;
    for_points(study, backend, [&](const SleepPoint& point) {
        std::vector<std::vector<double>> gains;
        for (const SleepFigures& after : point.after)
            gains.push_back(gain(point.before.*figure, after.*figure));
        lines.push_back(mean_series(fmt::format("{} patterns", point.patterns),
                                    study.plan.inverse_temperatures, gains));
    });
    return {
        fmt::format("{} form: {}.{}", name_of(backend), caption, band_text(study.plan.n_seeds)),
        linked(with_level(line_plot(lines, {"inverse temperature of the sleep", "gain"}), 0.0, ""),
               "sleep")};
}

constexpr const char* k_reconstruction = "reconstruction of noisy patterns, correlation";
const std::string& retrieval_caption() {
    static const std::string caption =
        fmt::format("share found again from {:.0f} % wrong signs", 100.0 * k_sleep_flips);
    return caption;
}

} // namespace

std::vector<Table> study_tables(const SleepStudy& study) {
    std::vector<Table> tables;
    for (const Backend backend : study.plan.backends) {
        tables.push_back(
            figure_table(study, backend, k_reconstruction, &SleepFigures::reconstruction));
        tables.push_back(
            figure_table(study, backend, retrieval_caption(), &SleepFigures::retrieval));
    }
    return tables;
}

Document study_document(const SleepStudy& study) {
    Document document{"What sleep does to a memory",
                      fmt::format("Spikewell study sleep – {} nodes, simulation 5's training of {} "
                                  "presentations, then {} "
                                  "free steps with learning on; {}",
                                  study.plan.n_nodes, study.plan.presentations,
                                  study.plan.free_steps, seeds_of(study.plan)),
                      {}};
    PlotGrid plots;
    for (const Backend backend : study.plan.backends) {
        plots.plots.push_back(
            gain_plot(study, backend, k_reconstruction, &SleepFigures::reconstruction));
        plots.plots.push_back(
            gain_plot(study, backend, retrieval_caption(), &SleepFigures::retrieval));
    }
    document.sections.push_back({"Gain", {std::move(plots)}});
    document.sections.push_back({"Figures", {}});
    for (Table& table : study_tables(study))
        document.sections.back().blocks.emplace_back(std::move(table));
    for (const Backend backend : study.plan.backends)
        document.sections.back().blocks.emplace_back(
            figure_table(study, backend, "|J| over that before sleep", &SleepFigures::norm));
    document.sections.push_back(
        {"What is measured",
         {Paragraph{fmt::format(
              "Reconstruction: the cue is a pattern with noise of two of its standard deviations, "
              "both evidence and start state of 20 steps at iT 1; correlation of the mean state "
              "with the pattern, mean over patterns and {} cues of each. Found again: s′ = sign(J "
              "s) from a copy with "
              "wrong signs ends at a correlation above 0.9 with the pattern. Cues are the same "
              "before and after; gain is their difference, ± its standard error over seeds.",
              k_sleep_cues)},
          Paragraph{"Each sleep begins at the couplings that training left, with states of 0 and "
                    "the learning "
                    "rate of training. Where states are drawn at iT 1 the rule's mean change is 0, "
                    "for its "
                    "prediction is at iT 1, too; at lower iT it takes away from what the network "
                    "dreams, at higher iT it adds to it."}}});
    return document;
}

} // namespace spikewell::report
