#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>

namespace spikewell::report {

namespace {

using namespace experiments;

/// One figure of every seed's result.
template <class T, class Figure>
std::vector<double> collect(const std::vector<Seeded<T>>& results, Figure&& figure) {
    std::vector<double> values;
    values.reserve(results.size());
    for (const auto& [seed, value] : results)
        values.push_back(static_cast<double>(figure(value)));
    return values;
}

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

template <class T> bool ran(const BothForms<T>& results) {
    return !results.rate.empty() || !results.spiking.empty();
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

Table regime_table(const Reproduction& r, std::size_t p) {
    const BothForms<std::vector<Regime>>& results = r.regimes;
    const GridPoint& point = r.plan.points[p];
    std::string published[4] = {"–", "–", "–", "–"};
    const Published figures = published_figures();
    for (const Published::Point& known : figures.points) {
        if (known.evidence == point.evidence &&
            std::abs(known.inverse_temperature - point.inverse_temperature) < 1e-4) {
            published[0] = shown(known.retrieval_dr2_median);
            published[1] = shown(known.generalization_dr2_median);
            published[2] = shown(known.attractors, 0);
            published[3] = shown(known.orthogonality_deviation_deg, 1);
        }
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

/// Mean of a figure of every point over seeds.
template <class Figure>
Series capacity_series(const std::string& name,
                       const std::vector<Seeded<std::vector<CapacityPoint>>>& runs,
                       Figure&& figure) {
    Series series{name, {}, {}};
    for (std::size_t p = 0; p < runs.front().value.size(); ++p) {
        series.x.push_back(static_cast<double>(runs.front().value[p].patterns));
        series.y.push_back(mean(collect(runs, [&](const auto& run) { return figure(run[p]); })));
    }
    return series;
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

template <class Figure> Series published_capacity_series(Figure&& figure) {
    Series series{"published", {}, {}};
    for (const auto& p : published_figures().capacity) {
        series.x.push_back(static_cast<double>(p.patterns));
        series.y.push_back(figure(p));
    }
    return series;
}

void add_capacity(Section& section, const Reproduction& r) {
    const auto add = [&](const std::string& what, auto&& figure, auto&& of_published) {
        std::vector<Series> series;
        if (r.plan.capacity.n_nodes == CapacityPlan{}.n_nodes)
            series.push_back(published_capacity_series(of_published));
        for (const Backend backend : {Backend::rate, Backend::spiking}) {
            const auto& runs = r.capacity.of(backend);
            if (!runs.empty()) series.push_back(capacity_series(name_of(backend), runs, figure));
        }
        section.blocks.emplace_back(
            Plot{what, line_plot(series, {"patterns stored", "correlation"})});
    };
    add(
        "Retention: a pattern and where zero-temperature inference leads from it.",
        [](const CapacityPoint& p) { return p.retention; },
        [](const auto& p) { return p.retention; });
    add(
        "Reconstruction: a pattern and the mean response to it with noise of two standard "
        "deviations.",
        [](const CapacityPoint& p) { return p.reconstruction; },
        [](const auto& p) { return p.reconstruction; });
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

/// The greatest difference of both forms' means, and where it is.
void add_image_agreement(Section& section, const Reproduction& r) {
    if (r.images.rate.empty() || r.images.spiking.empty()) return;
    const auto difference = [&](auto&& figure) {
        return mean(collect(r.images.spiking, figure)) - mean(collect(r.images.rate, figure));
    };
    const std::vector<ImagePoint>& points = image_points(r);
    double greatest = 0.0;
    std::size_t at = 0;
    for (std::size_t p = 0; p < points.size(); ++p) {
        const double here =
            difference([p](const ImageMemory& m) { return m.points[p].reconstruction; });
        if (std::abs(here) <= std::abs(greatest)) continue;
        greatest = here;
        at = p;
    }
    section.blocks.emplace_back(Paragraph{fmt::format(
        "Spikes less rates: retention {:+.3f}; reconstruction at most {:+.3f}, at signal {:g} and "
        "inverse "
        "temperature {:g}. Rates average over {} steps, spikes over {} tau_ref, in which they see "
        "as much: the mean "
        "of a neuron that is on for a whole tau_ref at a time varies half as much as that of as "
        "many independent "
        "states.",
        difference([](const ImageMemory& m) { return m.retention; }), greatest,
        points[at].signal_strength, points[at].inverse_temperature,
        reconstruction_steps(Backend::rate, r.plan.image_memory) - r.plan.image_memory.left_out,
        reconstruction_steps(Backend::spiking, r.plan.image_memory) -
            r.plan.image_memory.left_out)});
}

/// Edges of a map's cells around the places of a published grid.
template <std::size_t n> std::vector<double> grid_edges(const std::array<double, n>& places) {
    std::vector<double> edges{places[0] - (places[1] - places[0]) / 2.0};
    for (std::size_t k = 0; k < n; ++k)
        edges.push_back(places[k] + (places[k] - edges.back()));
    return edges;
}

void add_images(Section& section, const Reproduction& r) {
    add_image_agreement(section, r);
    const std::size_t width = r.plan.stored.width;
    for (const Backend backend : {Backend::rate, Backend::spiking}) {
        const auto& runs = r.images.of(backend);
        if (runs.empty()) continue;
        const std::string form = name_of(backend);
        Matrix values(k_signal_strengths.size(), k_image_temperatures.size());
        for (std::size_t p = 0; p < runs.front().value.points.size(); ++p)
            values(p / values.cols, p % values.cols) = mean(
                collect(runs, [p](const ImageMemory& m) { return m.points[p].reconstruction; }));
        section.blocks.emplace_back(
            Plot{fmt::format("Reconstruction over signal strength and inverse temperature, {} form",
                             form),
                 heat_map(values, grid_edges(k_image_temperatures), grid_edges(k_signal_strengths),
                          {"inverse temperature", "signal strength", "correlation with the image"},
                          {})});
        const ImageMemory& memory = runs.front().value;
        Matrix stored(r.plan.stored.images.rows, memory.cues.cols);
        std::copy_n(r.plan.stored.images.values.begin(), stored.values.size(),
                    stored.values.begin());
        section.blocks.emplace_back(
            image_row(fmt::format("Stored images, {} form, first seed", form), stored, width,
                      largest(stored), {}));
        section.blocks.emplace_back(image_row(
            fmt::format("– with noise: evidence of {:g} times this", k_signal_strengths.back()),
            memory.cues, width, largest(memory.cues), {}));
        section.blocks.emplace_back(image_row(
            fmt::format("– the mean response at inverse temperature {:g}", k_shown_temperature),
            memory.responses, width, largest(memory.responses), {}));
    }
}

template <class T> const T* first_result(const BothForms<T>& results, Backend backend) {
    return results.of(backend).empty() ? nullptr : &results.of(backend).front().value;
}

/// Of a response [steps x 2] on both attractors.
std::vector<Series> projections_on(const Matrix& combination) {
    std::vector<Series> series = {{"on the first attractor", {}, {}},
                                  {"on the second attractor", {}, {}}};
    for (std::size_t step = 0; step < combination.rows; ++step) {
        for (std::size_t a = 0; a < 2; ++a) {
            series[a].x.push_back(static_cast<double>(step + 1));
            series[a].y.push_back(combination(step, a));
        }
    }
    return series;
}

void add_basis(Section& section, const BothForms<OrthogonalBasis>& results) {
    for (const Backend backend : {Backend::rate, Backend::spiking}) {
        const OrthogonalBasis* basis = first_result(results, backend);
        if (basis == nullptr) continue;
        if (backend == Backend::rate || results.rate.empty()) {
            section.blocks.emplace_back(image_row(
                "Images", basis->images, 5, largest(basis->images), {"vertical", "horizontal"}));
        }
        section.blocks.emplace_back(
            image_row(fmt::format("Attractors, {} form, first seed", name_of(backend)),
                      basis->attractors, 5, 1.0, {"vertical", "horizontal"}));
        section.blocks.emplace_back(Plot{
            fmt::format(
                "A new image, the cross of both bars, {} form: the response's projections on both "
                "attractors, step by step.",
                name_of(backend)),
            line_plot(projections_on(basis->combination), {"step", "projection"})});
    }
}

void add_sequence(Section& section, const BothForms<SequenceReplay>& results) {
    constexpr std::size_t k_shown_steps = 60;
    std::vector<Series> series;
    for (const Backend backend : {Backend::rate, Backend::spiking}) {
        const SequenceReplay* replay = first_result(results, backend);
        if (replay == nullptr) continue;
        Series walk{name_of(backend), {}, {}};
        for (std::size_t s = 0; s < std::min(k_shown_steps, replay->dream.nearest.size()); ++s) {
            walk.x.push_back(static_cast<double>(s));
            walk.y.push_back(static_cast<double>(replay->dream.nearest[s] + 1));
        }
        series.push_back(std::move(walk));
    }
    section.blocks.emplace_back(
        Plot{"Free run, first seed: the digit that the state is nearest to.",
             line_plot(series, {"step (one tau_ref in spikes)", "nearest digit"})});
}

Section section_of(const std::string& title, std::vector<Table> tables) {
    Section section{title, {}};
    for (Table& table : tables)
        section.blocks.emplace_back(std::move(table));
    return section;
}

/// What the spiking form does otherwise than the rate form, where both have run.
void add_sequence_remark(Section& section, const BothForms<SequenceReplay>& results) {
    if (results.rate.empty() || results.spiking.empty()) return;
    const auto asymmetry = [&](Backend backend) {
        return mean(collect(results.of(backend), [](const auto& run) { return run.asymmetry; }));
    };
    const double rates = asymmetry(Backend::rate);
    const double spikes = asymmetry(Backend::spiking);
    if (!(spikes < rates)) return;
    section.blocks.emplace_back(Paragraph{fmt::format(
        "Spikes learned a less one-way sequence than rates (asymmetry {:.3f} against {:.3f}): a "
        "rate step pairs each state wholly with the one before it, while nodes in spikes change "
        "one by one and look back by their delay, so part of what they see is the image still on.",
        spikes, rates)});
}

std::vector<Table> regime_tables(const Reproduction& r) {
    std::vector<Table> tables;
    for (std::size_t p = 0; p < r.plan.points.size(); ++p)
        tables.push_back(regime_table(r, p));
    return tables;
}

} // namespace

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

Document reproduce_document(const Reproduction& r) {
    Document document{
        "The paper's simulations",
        fmt::format("Spikewell reproduce – published (one run each, of simulation 5 twenty) | rate "
                    "| spiking; {}",
                    r.plan.n_seeds == 1
                        ? fmt::format("seed {}", r.plan.first_seed)
                        : fmt::format("mean ± standard error over {} seeds", r.plan.n_seeds)),
        {}};
    if (ran(r.basis)) {
        document.sections.push_back(section_of("Simulation 1: two images", {basis_table(r)}));
        add_basis(document.sections.back(), r.basis);
    }
    if (ran(r.regimes)) {
        document.sections.push_back(section_of("Simulation 2: regimes", regime_tables(r)));
    }
    if (ran(r.sequence)) {
        document.sections.push_back(section_of("Simulation 3: sequences", {sequence_table(r)}));
        add_sequence_remark(document.sections.back(), r.sequence);
        add_sequence(document.sections.back(), r.sequence);
    }
    if (ran(r.forgetting)) {
        document.sections.push_back(
            section_of("Simulation 4: free running with learning", {forgetting_table(r)}));
    }
    if (ran(r.capacity)) {
        document.sections.push_back(section_of("Simulation 5: capacity", {capacity_table(r)}));
        add_capacity(document.sections.back(), r);
        if (!r.steps_per_s.empty()) document.sections.back().blocks.emplace_back(runtime_table(r));
    }
    if (ran(r.images)) {
        document.sections.push_back(section_of("Simulation 6: images", {image_table(r)}));
        add_images(document.sections.back(), r);
    }
    return document;
}

} // namespace spikewell::report
