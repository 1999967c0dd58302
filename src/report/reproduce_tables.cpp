#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/reproduce_parts.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::report {

using namespace experiments;

namespace {

/// A row: what it is, what is published, and mean ± standard error of both forms.
template <class T, class Figure>
std::vector<std::string> figure_row(const std::string& name,
                                    const std::string& published,
                                    const BothForms<T>& results,
                                    Figure&& figure,
                                    int decimals = 3) {
    return {name, published, mean_and_error(collect(results.rate, figure), decimals),
            mean_and_error(collect(results.spiking, figure), decimals)};
}

const std::vector<std::string> k_header = {"", "published", "rate", "spiking"};

/// A table's caption with what the plan does not do as published.
std::string with_remarks(std::string caption, const ReproducePlan& plan, std::size_t simulation) {
    for (const std::string& remark : remarks_of(plan, simulation))
        caption += "; " + remark;
    return caption;
}

Table regime_table(const Reproduction& r, std::size_t p) {
    const BothForms<std::vector<Regime>>& results = r.regimes;
    const GridPoint& point = r.plan.points[p];
    std::string published[4] = {"–", "–", "–", "–"};
    const Published figures = published_figures();
    if (const Published::Point* known = published_at(figures, point)) {
        published[0] = shown(known->retrieval_dr2_median);
        published[1] = shown(known->generalization_dr2_median);
        published[2] = shown(known->attractors, 0);
        published[3] = shown(known->orthogonality_deviation_deg, 1);
    }
    return {
        with_remarks(fmt::format("Simulation 2: evidence {:g}, inverse temperature {:.4g}",
                                 point.evidence, point.inverse_temperature),
                     r.plan, 2),
        k_header,
        {figure_row("retrieval, median ΔR²", published[0], results,
                    [p](const auto& run) { return run[p].evaluation.retrieval.median; }),
         figure_row("generalization, median ΔR²", published[1], results,
                    [p](const auto& run) { return run[p].evaluation.generalization.median; }),
         figure_row(
             "attractors", published[2], results,
             [p](const auto& run) { return run[p].figures.n_attractors; }, 1),
         figure_row(
             "deviation from orthogonality, deg", published[3], results,
             [p](const auto& run) { return run[p].figures.orthogonality_deviation_deg; }, 1),
         figure_row(
             "– of the images", "–", results,
             [p](const auto& run) { return run[p].data_orthogonality_deviation_deg; }, 1),
         figure_row(
             "– of the images, each beside itself too, as the paper has it",
             shown(figures.data_orthogonality_deviation_paper_deg, 1), results,
             [p](const auto& run) { return run[p].data_orthogonality_deviation_paper_deg; }, 1)}};
}

/// A row for each number of patterns; none is published for other sizes than the published one.
template <class Figure, class OfPublished>
void add_capacity_rows(Table& table,
                       const Reproduction& r,
                       const char* name,
                       int decimals,
                       Figure&& figure,
                       OfPublished&& of_published) {
    const std::vector<std::size_t> counts = pattern_counts(r.plan.capacity.n_nodes);
    const auto known = published_figures().capacity;
    const bool as_published = r.plan.capacity.n_nodes == CapacityPlan{}.n_nodes;
    for (std::size_t p = 0; p < counts.size(); ++p) {
        table.rows.push_back(figure_row(
            fmt::format("{}, {} patterns", name, counts[p]),
            as_published ? of_published(known[p], decimals) : "–", r.capacity,
            [&](const auto& run) { return figure(run[p]); }, decimals));
    }
}

/// What the images are and how they were learnt, and whether both forms agree.
std::string image_caption(const Reproduction& r) {
    const ImageMemoryPlan& plan = r.plan.image_memory;
    const Matrix& images = r.plan.stored.images;
    return with_remarks(fmt::format("Simulation 6: {} images of {} x {} pixels ({}); evidence "
                                    "{:g}, inverse temperature {:g}, {} "
                                    "presentations an image",
                                    images.cols, r.plan.stored.width,
                                    images.rows / r.plan.stored.width, r.plan.stored.source,
                                    plan.evidence, plan.inverse_temperature,
                                    presentations_per_image(plan, images.cols)),
                        r.plan, 6);
}

} // namespace

const Published::Point* published_at(const Published& published, const GridPoint& point) {
    for (const Published::Point& known : published.points) {
        if (known.evidence == point.evidence &&
            std::abs(known.inverse_temperature - point.inverse_temperature) < 1e-4)
            return &known;
    }
    return nullptr;
}

Table basis_table(const Reproduction& r) {
    const BothForms<OrthogonalBasis>& results = r.basis;
    const auto middle = [&](Backend backend) {
        return shown(median(
            collect(results.of(backend), [](const auto& b) { return b.attractor_correlation; })));
    };
    const auto collapses = [&](Backend backend) {
        const auto& runs = results.of(backend);
        if (runs.empty()) return std::string("–");
        const auto n = std::count_if(runs.begin(), runs.end(),
                                     [](const auto& run) { return run.value.collapsed; });
        return fmt::format("{} of {}", n, runs.size());
    };
    return {with_remarks("Simulation 1: the attractors of two correlated images", r.plan, 1),
            k_header,
            {figure_row("correlation of the attractors", "-0.19, -0.20", results,
                        [](const auto& b) { return b.attractor_correlation; }),
             {"– median over seeds", "–", middle(Backend::rate), middle(Backend::spiking)},
             {"– seeds with a single attractor", "–", collapses(Backend::rate),
              collapses(Backend::spiking)},
             figure_row("correlation of the images", "0.77", results,
                        [](const auto& b) { return b.data_correlation; }),
             figure_row("response to a noisy bar, correlation with its image", "–", results,
                        [](const auto& b) { return b.retrieval_correlation; }),
             figure_row("cross shown: correlation of the projections on both attractors",
                        "they alternate", results,
                        [](const auto& b) { return b.combination_correlation; })}};
}

std::vector<Table> regime_tables(const Reproduction& r) {
    std::vector<Table> tables;
    for (std::size_t p = 0; p < r.plan.points.size(); ++p)
        tables.push_back(regime_table(r, p));
    return tables;
}

Table sequence_table(const Reproduction& r) {
    const BothForms<SequenceReplay>& results = r.sequence;
    const auto occupancy = [](std::size_t digit) {
        return [digit](const auto& run) { return 100.0 * run.dream.walk.occupancy[digit]; };
    };
    return {with_remarks("Simulation 3: a sequence of three digits, then a free run", r.plan, 3),
            k_header,
            {figure_row("asymmetry |J - Jᵀ| / |J|", "0.981", results,
                        [](const auto& run) { return run.asymmetry; }),
             figure_row(
                 "attractors of the symmetric part that match their digit", "3", results,
                 [](const auto& run) { return run.attractors_matched; }, 1),
             figure_row(
                 "forward transitions, %", "in order", results,
                 [](const auto& run) { return 100.0 * forward_share(run.dream.walk); }, 1),
             figure_row(
                 "transitions in 1000 steps", "–", results,
                 [](const auto& run) { return run.dream.walk.transitions; }, 1),
             figure_row("time at digit 1, %", "–", results, occupancy(0), 1),
             figure_row("time at digit 2, %", "–", results, occupancy(1), 1),
             figure_row("time at digit 3, %", "–", results, occupancy(2), 1)}};
}

Table forgetting_table(const Reproduction& r) {
    const BothForms<Forgetting>& results = r.forgetting;
    return {
        with_remarks(fmt::format("Simulation 4: {} free steps with learning on", r.plan.free_steps),
                     r.plan, 4),
        k_header,
        {figure_row("retrieval before, median ΔR²", "–", results,
                    [](const auto& f) { return f.before.retrieval_dr2_median; }),
         figure_row("retrieval after", "very similar", results,
                    [](const auto& f) { return f.after.retrieval_dr2_median; }),
         figure_row("generalization before, median ΔR²", "–", results,
                    [](const auto& f) { return f.before.generalization_dr2_median; }),
         figure_row("generalization after", "very similar", results,
                    [](const auto& f) { return f.after.generalization_dr2_median; }),
         figure_row(
             "attractors before", "10", results, [](const auto& f) { return f.before.attractors; },
             1),
         figure_row(
             "attractors after", "some soft", results,
             [](const auto& f) { return f.after.attractors; }, 1),
         figure_row("correlation of J before and after", "–", results,
                    [](const auto& f) { return f.after.coupling_correlation; })}};
}

Table capacity_table(const Reproduction& r) {
    Table table{with_remarks(fmt::format("Simulation 5: random patterns in {} nodes",
                                         r.plan.capacity.n_nodes),
                             r.plan, 5),
                k_header,
                {}};
    const auto add = [&](const char* name, int decimals, auto&& figure, auto&& published) {
        add_capacity_rows(table, r, name, decimals, figure, published);
    };
    const auto none = [](const auto&, int) { return std::string("–"); };
    add(
        "retention", 4, [](const CapacityPoint& p) { return p.retention; },
        [](const auto& p, int decimals) { return shown(p.retention, decimals); });
    add(
        "reconstruction", 3, [](const CapacityPoint& p) { return p.reconstruction; },
        [](const auto& p, int decimals) { return shown(p.reconstruction, decimals); });
    add(
        "– cue", 3, [](const CapacityPoint& p) { return p.cue_correlation; }, none);
    add(
        "largest correlation of two patterns", 3,
        [](const CapacityPoint& p) { return p.pattern_correlation; },
        [](const auto& p, int decimals) { return shown(p.pattern_correlation, decimals); });
    add(
        "correlation of J with the projector", 3,
        [](const CapacityPoint& p) { return p.projector_correlation; }, none);
    return table;
}

Table runtime_table(const Reproduction& r) {
    Table table{fmt::format("Learning steps a second of the rate form, {} thread{}; published: JAX "
                            "on an M3 Max",
                            r.plan.n_threads, r.plan.n_threads == 1 ? "" : "s"),
                {"nodes", "published", "rate", "over published"},
                {}};
    const auto published = published_figures().runtime;
    for (std::size_t k = 0; k < r.steps_per_s.size(); ++k) {
        const std::size_t n = r.plan.runtime_nodes[k];
        const auto* const known = std::find_if(published.begin(), published.end(),
                                               [&](const auto& p) { return p.n_nodes == n; });
        const bool is_known = known != published.end();
        table.rows.push_back(
            {fmt::format("{}", n), is_known ? fmt::format("{:g}", known->steps_per_s) : "–",
             fmt::format("{:.3g}", r.steps_per_s[k]),
             is_known ? fmt::format("{:.2g}", r.steps_per_s[k] / known->steps_per_s) : "–"});
    }
    return table;
}

const std::vector<ImagePoint>& image_points(const Reproduction& r) {
    return (r.images.rate.empty() ? r.images.spiking : r.images.rate).front().value.points;
}

Table image_table(const Reproduction& r) {
    Table table{image_caption(r), k_header, {}};
    table.rows.push_back(
        figure_row("retention", "–", r.images, [](const ImageMemory& m) { return m.retention; }));
    const std::vector<ImagePoint>& points = image_points(r);
    for (std::size_t p = 0; p < points.size(); ++p)
        table.rows.push_back(figure_row(
            fmt::format("reconstruction, signal {:g}, inverse temperature {:g}",
                        points[p].signal_strength, points[p].inverse_temperature),
            "–", r.images, [p](const ImageMemory& m) { return m.points[p].reconstruction; }));
    table.rows.push_back(figure_row(
        "– cue", "–", r.images, [](const ImageMemory& m) { return m.points[0].cue_correlation; }));
    table.rows.push_back(figure_row(
        "training, s", "–", r.images, [](const ImageMemory& m) { return m.train_wall_s; }, 1));
    return table;
}

std::vector<Table> reproduce_tables(const Reproduction& r) {
    std::vector<Table> tables;
    if (ran(r.basis)) tables.push_back(basis_table(r));
    if (ran(r.regimes)) {
        for (Table& table : regime_tables(r))
            tables.push_back(std::move(table));
    }
    if (ran(r.sequence)) tables.push_back(sequence_table(r));
    if (ran(r.forgetting)) tables.push_back(forgetting_table(r));
    if (ran(r.capacity)) tables.push_back(capacity_table(r));
    if (!r.steps_per_s.empty()) tables.push_back(runtime_table(r));
    if (ran(r.images)) tables.push_back(image_table(r));
    return tables;
}

} // namespace spikewell::report
