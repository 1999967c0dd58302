#pragma once

#include "report/document.hpp"
#include "report/experiment_reports.hpp"

#include <string>
#include <vector>

/// What tables and plots of `reproduce` have in common.
namespace spikewell::report {

/// One figure of every seed's result.
template <class T, class Figure>
std::vector<double> collect(const std::vector<experiments::Seeded<T>>& results, Figure&& figure) {
    std::vector<double> values;
    values.reserve(results.size());
    for (const auto& [seed, value] : results)
        values.push_back(static_cast<double>(figure(value)));
    return values;
}

/// Whether a form has run.
template <class T> bool ran(const experiments::BothForms<T>& results) {
    return !results.rate.empty() || !results.spiking.empty();
}

// A table for each simulation; of simulation 2 one for each point.
[[nodiscard]] Table basis_table(const experiments::Reproduction& r);
[[nodiscard]] std::vector<Table> regime_tables(const experiments::Reproduction& r);
[[nodiscard]] Table sequence_table(const experiments::Reproduction& r);
[[nodiscard]] Table forgetting_table(const experiments::Reproduction& r);
[[nodiscard]] Table capacity_table(const experiments::Reproduction& r);
[[nodiscard]] Table runtime_table(const experiments::Reproduction& r);
[[nodiscard]] Table image_table(const experiments::Reproduction& r);

/// The images and inverse temperatures of simulation 6, as a form has run them.
[[nodiscard]] const std::vector<experiments::ImagePoint>& image_points(
    const experiments::Reproduction& r);

/// The published point at these figures; null where there is none.
[[nodiscard]] const experiments::Published::Point* published_at(
    const experiments::Published& published, const experiments::GridPoint& point);

} // namespace spikewell::report
