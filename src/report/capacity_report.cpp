#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

namespace spikewell::report {

using namespace experiments;

namespace {

std::string patterns_told(const CapacityStudy& study) {
    switch (study.plan.kind) {
    case PatternKind::gaussian:
        return "Gaussian patterns";
    case PatternKind::images:
        return "images of digits";
    case PatternKind::binary:
        break;
    }
    return "patterns of ±1";
}

Table capacity_table(const CapacityStudy& study) {
    Table table{
        fmt::format(
            "Capacity of {}: patterns a node with {:.0f} % found again from 10 % wrong signs",
            patterns_told(study), 100.0 * k_success),
        {"memory"},
        {}};
    for (const std::size_t n : study.plan.n_nodes)
        table.header.push_back(fmt::format("{} nodes", n));
    for (const Memory memory : memories_of(study.plan)) {
        std::vector<std::string> row = {name_of(memory)};
        for (const std::size_t n : study.plan.n_nodes) {
            const Capacity capacity = capacity_of(study, memory, n);
            row.push_back((capacity.more ? "≥ " : "") + mean_and_error(capacity.of_seed));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table points_table(const CapacityStudy& study,
                   std::size_t n_nodes,
                   const std::string& caption,
                   std::vector<double> CapacityStudyPoint::*figure) {
    Table table{caption, {"memory"}, {}};
    for (const CapacityStudyPoint* point :
         curve_of(study, memories_of(study.plan).front(), n_nodes))
        table.header.push_back(fmt::format("{} = {:.2f} N", point->patterns, point->load));
    for (const Memory memory : memories_of(study.plan)) {
        std::vector<std::string> row = {name_of(memory)};
        for (const CapacityStudyPoint* point : curve_of(study, memory, n_nodes))
            row.push_back(mean_and_error(point->*figure));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table success_table(const CapacityStudy& study, std::size_t n_nodes) {
    const std::size_t seeds = seeds_at(study.plan, n_nodes);
    return points_table(study, n_nodes,
                        fmt::format("{} nodes: share of patterns found again, {} seed{}", n_nodes,
                                    seeds, seeds == 1 ? "" : "s"),
                        &CapacityStudyPoint::success);
}

Plot success_plot(const CapacityStudy& study, std::size_t n_nodes) {
    std::vector<Series> lines;
    for (const Memory memory : memories_of(study.plan)) {
        std::vector<double> loads;
        std::vector<std::vector<double>> shares;
        for (const CapacityStudyPoint* point : curve_of(study, memory, n_nodes)) {
            loads.push_back(point->load);
            shares.push_back(point->success);
        }
        lines.push_back(mean_series(name_of(memory), loads, shares));
    }
    return {fmt::format("{} nodes.{}", n_nodes, band_text(seeds_at(study.plan, n_nodes))),
            linked(with_level(line_plot(lines, {"patterns a node", "share found again"}), k_success,
                              "counts as found"),
                   "loads")};
}

} // namespace

std::vector<Table> study_tables(const CapacityStudy& study) {
    std::vector<Table> tables = {capacity_table(study)};
    for (const std::size_t n : study.plan.n_nodes)
        tables.push_back(success_table(study, n));
    return tables;
}

Document study_document(const CapacityStudy& study) {
    const TrainingConfig training =
        capacity_config({study.plan.n_nodes.front(), study.plan.presentations, {}}).training;
    Document document{
        "How many patterns a memory holds",
        fmt::format(
            "Spikewell study capacity – {}; evidence {:g}, inverse temperature {:g}, learning rate "
            "0.05 / nodes, {} presentations of {} steps; seeds from {} on",
            patterns_told(study), training.evidence, training.inverse_temperature,
            training.presentations, training.steps_per_presentation, study.plan.first_seed),
        {}};
    document.sections.push_back({"Capacity", {capacity_table(study)}});
    PlotGrid plots;
    for (const std::size_t n : study.plan.n_nodes)
        plots.plots.push_back(success_plot(study, n));
    document.sections.back().blocks.emplace_back(std::move(plots));
    document.sections.push_back({"Figures", {}});
    for (const std::size_t n : study.plan.n_nodes) {
        document.sections.back().blocks.emplace_back(success_table(study, n));
        document.sections.back().blocks.emplace_back(points_table(
            study, n, fmt::format("{} nodes: correlation of the couplings with the projector", n),
            &CapacityStudyPoint::projector_correlation));
    }
    document.sections.push_back(
        {"What is measured",
         {Paragraph{
              "A copy of each stored pattern with the signs of 10 % of its nodes turned is the "
              "start of "
              "at most 200 updates s′ = sign(J s) of all nodes at once, without evidence: zero "
              "temperature. A pattern is found again where the correlation of the signs at the end "
              "with "
              "the pattern's own is above 0.9. Capacity is where, from success 1 without patterns, "
              "the line through the loads tried falls below 0.9 for the first time; mean ± "
              "standard "
              "error over seeds, of which more nodes have fewer, and as many patterns to find. "
              "≥: a seed had 0.9 still at the greatest load."},
          Paragraph{
              "Rate and spiking: what the network's rule learns; reset: with every state set to 0 "
              "at "
              "the start of each presentation, as simulation 5 has it, else going on from the "
              "state "
              "before. Hebb: each pattern once. Delta rule: as many presentations as the network, "
              "rate 1. Projector: X X⁺ without diagonal. Dense Hopfield: s′ = X softmax(Xᵀ s) with "
              "the patterns X themselves kept; it learns no couplings, needs N P numbers instead "
              "of "
              "N², and is no local rule."}}});
    return document;
}

} // namespace spikewell::report
