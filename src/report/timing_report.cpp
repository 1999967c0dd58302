#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::report {

using namespace experiments;

namespace {

std::vector<double> absolute(std::vector<double> values) {
    for (double& value : values)
        value = std::abs(value);
    return values;
}

Table timing_table(const TimingStudy& study) {
    Table table{
        fmt::format("Simulation 1 learnt with older states; correlation of the images {:.2f}",
                    study.data_correlation),
        {"form", "age of the state, steps (tau_ref)", "correlation of the attractors", "its size",
         "seeds with a single attractor (> 0.95)", "asymmetry |J - Jᵀ| / |J|"},
        {}};
    for (const TimingPoint& point : study.points) {
        table.rows.push_back({name_of(point.backend),
                              fmt::format("{:g}", point.pairing_delay_steps),
                              mean_and_error(point.attractor_correlation, 3),
                              mean_and_error(absolute(point.attractor_correlation), 3),
                              fmt::format("{} of {}",
                                          std::count_if(point.attractor_correlation.begin(),
                                                        point.attractor_correlation.end(),
                                                        [](double r) { return r > 0.95; }),
                                          point.attractor_correlation.size()),
                              mean_and_error(point.asymmetry, 3)});
    }
    return table;
}

} // namespace

std::vector<Table> study_tables(const TimingStudy& study) {
    return {timing_table(study)};
}

Document study_document(const TimingStudy& study) {
    std::vector<Series> correlations;
    std::vector<Series> asymmetries;
    for (const Backend backend : study.plan.backends) {
        std::vector<double> ages;
        std::vector<std::vector<double>> correlation;
        std::vector<std::vector<double>> asymmetry;
        for (const TimingPoint& point : study.points) {
            if (point.backend != backend) continue;
            ages.push_back(point.pairing_delay_steps);
            correlation.push_back(point.attractor_correlation);
            asymmetry.push_back(point.asymmetry);
        }
        correlations.push_back(mean_series(name_of(backend), ages, correlation));
        asymmetries.push_back(mean_series(name_of(backend), ages, asymmetry));
    }
    const std::string bands = band_text(study.plan.n_seeds);
    const AxisTitles age{
        "age of the state that the error is paired with, steps (tau_ref in spikes)",
        "correlation of the attractors"};
    Document document{
        "The timing of the rule",
        fmt::format("Spikewell study timing – {} seeds from {} on; the rule pairs the "
                    "error with the renewed state, of age 0",
                    study.plan.n_seeds, study.plan.first_seed),
        {}};
    document.sections.push_back(
        {"Two correlated images and their attractors",
         {timing_table(study),
          PlotGrid{{{"Correlation of the two attractors: 1 where they are one." + bands,
                     linked(line_plot(correlations, age), "age")},
                    {"Asymmetry of J." + bands,
                     linked(line_plot(asymmetries, {age.x, "asymmetry"}), "age")}}}}});
    return document;
}

} // namespace spikewell::report
