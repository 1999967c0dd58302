#include "core/energy.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"

#include <fmt/format.h>

namespace spikewell::report {

namespace {

using experiments::Evaluation;

template <class Shown>
std::vector<std::string> row_of(const std::string& name,
                                const std::vector<EvaluatedForm>& forms,
                                const Shown& shown_of) {
    std::vector<std::string> row{name};
    for (const EvaluatedForm& form : forms)
        row.push_back(shown_of(form.evaluation));
    return row;
}

} // namespace

Table complexity_table(const std::vector<EvaluatedForm>& forms, const CorePower& core) {
    Table table{"NeuroBench's measures of complexity; operations a step (tau_ref)", {""}, {}};
    for (const EvaluatedForm& form : forms)
        table.header.push_back(form.name);
    const auto add = [&](const char* name, const char* format, auto member) {
        table.rows.push_back(row_of(name, forms, [&](const Evaluation& evaluation) {
            return fmt::format(fmt::runtime(format), evaluation.complexity.*member);
        }));
    };
    using experiments::Complexity;
    add("footprint, bytes", "{}", &Complexity::footprint_bytes);
    add("connection sparsity", "{:.3f}", &Complexity::connection_sparsity);
    add("activation sparsity", "{:.3f}", &Complexity::activation_sparsity);
    add("synaptic operations, dense", "{:.0f}", &Complexity::dense_operations);
    add("– effective MACs", "{:.1f}", &Complexity::effective_MACs);
    add("– effective ACs", "{:.1f}", &Complexity::effective_ACs);
    table.rows.push_back(
        row_of("energy of the evaluation, J", forms, [&](const Evaluation& evaluation) {
            const Energy energy = energy_of(evaluation.energy, core);
            return fmt::format("{:.3g} ({})", energy.J, energy.how());
        }));
    return table;
}

} // namespace spikewell::report
