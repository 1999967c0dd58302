#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::report {

using namespace experiments;

namespace {

/// A figure of a mixture's free run, over seeds; what is not finite is left out.
template <class Figure>
std::vector<double> over_seeds(const SequencesStudy& study,
                               Backend backend,
                               std::size_t mixture,
                               Figure&& figure) {
    std::vector<double> values;
    for (const SequencesStudy::Run& run : study.runs) {
        if (run.backend != backend) continue;
        const double value = figure(run, run.free[mixture]);
        if (std::isfinite(value)) values.push_back(value);
    }
    return values;
}

using Run = SequencesStudy::Run;

double forward_percent(const Run& /*run*/, const FreeRun& free) {
    return 100.0 * forward_share(free.walk);
}
double chain_of(const Run& /*run*/, const FreeRun& free) {
    return free.chain.nats_per_step;
}
double state_of(const Run& /*run*/, const FreeRun& free) {
    return free.state.nats_per_step;
}

/// Mean time at each digit, in percent.
std::string occupancy_of(const SequencesStudy& study, Backend backend, std::size_t mixture) {
    std::string text;
    for (std::size_t digit = 0; digit < 3; ++digit) {
        const auto share = [digit](const Run&, const FreeRun& free) {
            return 100.0 * free.walk.occupancy[digit];
        };
        text +=
            (digit == 0 ? "" : " / ") + shown(mean(over_seeds(study, backend, mixture, share)), 0);
    }
    return text;
}

std::vector<std::string> mixture_row(const SequencesStudy& study,
                                     Backend backend,
                                     std::size_t mixture) {
    const auto told = [&](auto&& figure, int decimals) {
        return mean_and_error(over_seeds(study, backend, mixture, figure), decimals);
    };
    const auto transitions = [](const Run&, const FreeRun& free) {
        return static_cast<double>(free.walk.transitions);
    };
    const auto dwell = [](const Run&, const FreeRun& free) { return free.dwell_steps; };
    const auto nearest = [](const Run&, const FreeRun& free) { return free.nearest_correlation; };
    const auto linearised = [mixture](const Run& run, const FreeRun&) {
        return run.gaussian[mixture];
    };
    return {name_of(study.mixtures[mixture]),
            fmt::format("{:g}", study.mixtures[mixture].inverse_temperature),
            told(forward_percent, 1),
            told(transitions, 0),
            told(dwell, 2),
            occupancy_of(study, backend, mixture),
            told(nearest, 2),
            told(chain_of, 4),
            told(state_of, 3),
            told(linearised, 3)};
}

Table mixtures_table(const SequencesStudy& study, Backend backend) {
    Table table{fmt::format("{} form: free runs of {} steps; entropy production in nats a step",
                            name_of(backend), study.plan.free_steps),
                {"couplings", "iT", "forward transitions, %", "transitions", "dwell, steps",
                 "time at 1 / 2 / 3, %", "r with the nearest digit", "entropy production: walk",
                 backend == Backend::rate ? "network, iT ⟨s′ᵀ(J - Jᵀ)s⟩" : "iT ⟨s′ᵀ(J - Jᵀ)s⟩",
                 "linearised"},
                {}};
    for (std::size_t m = 0; m < study.mixtures.size(); ++m)
        table.rows.push_back(mixture_row(study, backend, m));
    return table;
}

std::string part_of_run(const SequencesStudy& study, Backend backend, double Run::*figure) {
    const auto value = [figure](const Run& run, const FreeRun&) { return run.*figure; };
    return mean_and_error(over_seeds(study, backend, 0, value));
}

Table parts_table(const SequencesStudy& study) {
    Table table{"What was learnt from 1→2→3 and, from the same seed, from 1→3→2",
                {"form", "asymmetry |J - Jᵀ| / |J|", "correlation of the two S",
                 "correlation of the two A"},
                {}};
    for (const Backend backend : study.plan.backends) {
        table.rows.push_back({name_of(backend), part_of_run(study, backend, &Run::asymmetry),
                              part_of_run(study, backend, &Run::symmetric_correlation),
                              part_of_run(study, backend, &Run::antisymmetric_correlation)});
    }
    return table;
}

/// A line for each form and inverse temperature over the scale g of A.
template <class Figure>
Plot over_scale(const SequencesStudy& study,
                const std::string& caption,
                const std::string& y,
                Figure&& figure) {
    const std::size_t n = study.plan.scales.size();
    std::vector<Series> lines;
    for (const Backend backend : study.plan.backends) {
        for (std::size_t t = 0; t < study.plan.inverse_temperatures.size(); ++t) {
            std::vector<std::vector<double>> values;
            for (std::size_t k = 0; k < n; ++k)
                values.push_back(over_seeds(study, backend, t * n + k, figure));
            lines.push_back(mean_series(
                fmt::format("{}, iT {:g}", name_of(backend), study.plan.inverse_temperatures[t]),
                study.plan.scales, values));
        }
    }
    return {caption + band_text(study.plan.n_seeds),
            linked(line_plot(lines, {"g, scale of the antisymmetric part", y}), "scale")};
}

} // namespace

std::vector<Table> study_tables(const SequencesStudy& study) {
    std::vector<Table> tables = {parts_table(study)};
    for (const Backend backend : study.plan.backends)
        tables.push_back(mixtures_table(study, backend));
    return tables;
}

Document study_document(const SequencesStudy& study) {
    Document document{"What carries the order of a sequence",
                      fmt::format("Spikewell study sequences – digits 1→2→3 learnt, J = S + A; {}",
                                  seeds_of(study.plan)),
                      {}};
    document.sections.push_back(
        {"The antisymmetric part scaled",
         {PlotGrid{
             {over_scale(
                  study,
                  "Transitions 1→2, 2→3, 3→1 of all between nearest digits; no line where there "
                  "are none.",
                  "forward transitions, %", forward_percent),
              over_scale(study, "Entropy production of the walk among digits.", "nats a step",
                         chain_of),
              over_scale(study, "iT ⟨s′ᵀ(J - Jᵀ)s⟩.", "nats a step", state_of)}}}});
    document.sections.push_back({"Figures", {}});
    for (Table& table : study_tables(study))
        document.sections.back().blocks.emplace_back(std::move(table));
    document.sections.push_back(
        {"How entropy production is estimated",
         {Paragraph{
              fmt::format("Of the walk: sum over pairs of digits of (p(a,b) - p(b,a)) ln(p(a,b) / "
                          "p(b,a)) from the "
                          "counts of a run, a half added to each, corrected by the jackknife over "
                          "{} parts, whose "
                          "error is that of one run; ± here is over seeds. Without the correction "
                          "a reversible walk "
                          "would show {:.2g}. It is a lower bound of what the network produces; "
                          "where transitions "
                          "against the order were never seen it grows with the length of the run.",
                          k_walk_parts, reversible_bias(3, study.plan.free_steps))},
          Paragraph{
              "Of the rate network, whose steps are ln P(s′ | s) = iT s′ᵀJs less a function of s: "
              "iT ⟨s′ᵀ(J - Jᵀ)s⟩ from its states, without bias; it is 0 for any symmetric J. In "
              "spikes the same mean of states over a tau_ref each is 0 where the motion is "
              "reversible, but is no entropy production."},
          Paragraph{
              "Linearised: the same for s′ = iT J s / 3 + noise of variance 1/3, in closed form; "
              "none where that is not stable."}}});
    return document;
}

} // namespace spikewell::report
