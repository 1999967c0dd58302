#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"
#include "report/reproduce_parts.hpp"

#include <algorithm>

namespace spikewell::report {

using namespace experiments;

namespace {

constexpr Backend k_forms[] = {Backend::rate, Backend::spiking};

/// A figure of every point over seeds.
template <class Figure>
Series capacity_series(const std::string& name,
                       const std::vector<Seeded<std::vector<CapacityPoint>>>& runs,
                       Figure&& figure) {
    std::vector<double> x;
    std::vector<std::vector<double>> values;
    for (std::size_t p = 0; p < runs.front().value.size(); ++p) {
        x.push_back(static_cast<double>(runs.front().value[p].patterns));
        values.push_back(collect(runs, [&](const auto& run) { return figure(run[p]); }));
    }
    return mean_series(name, x, values);
}

template <class Figure> Series published_capacity_series(Figure&& figure) {
    Series series{"published", {}, {}};
    for (const auto& p : published_figures().capacity) {
        series.x.push_back(static_cast<double>(p.patterns));
        series.y.push_back(figure(p));
    }
    return series;
}

/// Learning steps a second over the number of nodes, beside the published ones.
Plot runtime_plot(const Reproduction& r) {
    Series published{"published", {}, {}};
    for (const auto& point : published_figures().runtime) {
        published.x.push_back(static_cast<double>(point.n_nodes));
        published.y.push_back(point.steps_per_s);
    }
    Series here{"rate", {}, r.steps_per_s};
    for (const std::size_t n : r.plan.runtime_nodes)
        here.x.push_back(static_cast<double>(n));
    const std::vector<Series> series{std::move(published), std::move(here)};
    nlohmann::json plot = line_plot(series, {"nodes", "learning steps a second"});
    plot["panels"][0]["x"]["scale"] = "log";
    plot["panels"][0]["y"]["scale"] = "log";
    return {"Learning steps a second of the rate form.", std::move(plot)};
}

void add_capacity(Section& section, const Reproduction& r) {
    PlotGrid plots;
    const auto add = [&](const std::string& what, auto&& figure, auto&& of_published) {
        std::vector<Series> series;
        if (r.plan.capacity.n_nodes == CapacityPlan{}.n_nodes)
            series.push_back(published_capacity_series(of_published));
        for (const Backend backend : k_forms) {
            const auto& runs = r.capacity.of(backend);
            if (!runs.empty()) series.push_back(capacity_series(name_of(backend), runs, figure));
        }
        plots.plots.push_back({what + band_text(r.plan.n_seeds),
                               line_plot(series, {"patterns stored", "correlation"})});
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
    if (!r.steps_per_s.empty()) plots.plots.push_back(runtime_plot(r));
    section.blocks.emplace_back(std::move(plots));
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

Plot image_map(const std::vector<Seeded<ImageMemory>>& runs, Backend backend) {
    Matrix values(k_signal_strengths.size(), k_image_temperatures.size());
    for (std::size_t p = 0; p < runs.front().value.points.size(); ++p)
        values(p / values.cols, p % values.cols) =
            mean(collect(runs, [p](const ImageMemory& m) { return m.points[p].reconstruction; }));
    return {fmt::format("Reconstruction over signal strength and inverse temperature, {} form",
                        name_of(backend)),
            heat_map(values, grid_edges(k_image_temperatures), grid_edges(k_signal_strengths),
                     {"inverse temperature", "signal strength", "correlation with the image"}, {})};
}

ImageGrid::Row images_of(const std::string& name, const Matrix& columns, std::size_t width) {
    return {name, image_row("", columns, width, 1.0, {}).images, largest(columns)};
}

void add_images(Section& section, const Reproduction& r) {
    add_image_agreement(section, r);
    const std::size_t width = r.plan.stored.width;
    PlotGrid maps;
    for (const Backend backend : k_forms) {
        if (!r.images.of(backend).empty())
            maps.plots.push_back(image_map(r.images.of(backend), backend));
    }
    section.blocks.emplace_back(std::move(maps));
    for (const Backend backend : k_forms) {
        const auto& runs = r.images.of(backend);
        if (runs.empty()) continue;
        const ImageMemory& memory = runs.front().value;
        Matrix stored(r.plan.stored.images.rows, memory.cues.cols);
        std::copy_n(r.plan.stored.images.values.begin(), stored.values.size(),
                    stored.values.begin());
        section.blocks.emplace_back(ImageGrid{
            fmt::format("{} form, first seed: stored images, the evidence that is {:g} times an "
                        "image with noise, and the mean response to it at inverse temperature "
                        "{:g}.",
                        name_of(backend), k_signal_strengths.back(), k_shown_temperature),
            {images_of("stored", stored, width), images_of("evidence", memory.cues, width),
             images_of("response", memory.responses, width)}});
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
    PlotGrid plots;
    for (const Backend backend : k_forms) {
        const OrthogonalBasis* basis = first_result(results, backend);
        if (basis == nullptr) continue;
        if (backend == Backend::rate || results.rate.empty()) {
            section.blocks.emplace_back(image_row(
                "Images", basis->images, 5, largest(basis->images), {"vertical", "horizontal"}));
        }
        section.blocks.emplace_back(
            image_row(fmt::format("Attractors, {} form, first seed", name_of(backend)),
                      basis->attractors, 5, 1.0, {"vertical", "horizontal"}));
        plots.plots.push_back(
            {fmt::format("A new image, the cross of both bars, {} form: the response's projections "
                         "on both attractors, step by step.",
                         name_of(backend)),
             linked(line_plot(projections_on(basis->combination), {"step", "projection"}),
                    "cross")});
    }
    section.blocks.emplace_back(std::move(plots));
}

std::string point_text(const GridPoint& point) {
    return fmt::format("{:g}, {:.3g}", point.evidence, point.inverse_temperature);
}

/// A figure of simulation 2 at each point, beside what is published.
template <class Figure>
Plot regime_plot(const Reproduction& r,
                 const std::string& caption,
                 const std::string& y,
                 double Published::Point::*published,
                 Figure&& figure) {
    const Published known = published_figures();
    std::vector<Bar> bars;
    for (std::size_t p = 0; p < r.plan.points.size(); ++p) {
        const std::string group = point_text(r.plan.points[p]);
        const Published::Point* point = published_at(known, r.plan.points[p]);
        if (point != nullptr) bars.push_back({group, "published", point->*published, std::nullopt});
        const auto at_point = [&](const auto& run) { return figure(run[p]); };
        for (const Backend backend : k_forms) {
            const auto& runs = r.regimes.of(backend);
            if (runs.empty()) continue;
            bars.push_back(mean_bar(group, name_of(backend), collect(runs, at_point)));
        }
    }
    return {caption, grouped_bars(bars, y)};
}

void add_regimes(Section& section, const Reproduction& r) {
    using Point = Published::Point;
    section.blocks.emplace_back(Paragraph{
        "The same figures as bars; below each group evidence and inverse temperature, whiskers are "
        "standard errors over seeds, where there are several."});
    section.blocks.emplace_back(PlotGrid{
        {regime_plot(r, "Retrieval of noisy training images.", "median ΔR²",
                     &Point::retrieval_dr2_median,
                     [](const Regime& one) { return one.evaluation.retrieval.median; }),
         regime_plot(r, "One-shot generalization to test images.", "median ΔR²",
                     &Point::generalization_dr2_median,
                     [](const Regime& one) { return one.evaluation.generalization.median; }),
         regime_plot(r, "Distinct attractors.", "attractors", &Point::attractors,
                     [](const Regime& one) { return one.figures.n_attractors; }),
         regime_plot(r, "Mean deviation of the attractors' angles from 90 degrees.", "degrees",
                     &Point::orthogonality_deviation_deg,
                     [](const Regime& one) { return one.figures.orthogonality_deviation_deg; })}});
}

/// A figure of simulation 4 before and after the free run.
template <class Figure>
Plot forgetting_plot(const BothForms<Forgetting>& results,
                     const char* caption,
                     const char* y,
                     Figure&& figure) {
    const auto before = [&](const Forgetting& f) { return figure(f.before); };
    const auto after = [&](const Forgetting& f) { return figure(f.after); };
    std::vector<Bar> bars;
    for (const Backend backend : k_forms) {
        const auto& runs = results.of(backend);
        if (runs.empty()) continue;
        bars.push_back(mean_bar(name_of(backend), "before", collect(runs, before)));
        bars.push_back(mean_bar(name_of(backend), "after", collect(runs, after)));
    }
    return {caption, grouped_bars(bars, y)};
}

void add_forgetting(Section& section, const BothForms<Forgetting>& results) {
    using Moment = Forgetting::Moment;
    constexpr int k_width_px = 330;
    section.blocks.emplace_back(
        PlotGrid{{forgetting_plot(results, "Retrieval before and after the free run.", "median ΔR²",
                                  [](const Moment& m) { return m.retrieval_dr2_median; }),
                  forgetting_plot(results, "Generalization before and after.", "median ΔR²",
                                  [](const Moment& m) { return m.generalization_dr2_median; }),
                  forgetting_plot(results, "Attractors before and after.", "attractors",
                                  [](const Moment& m) { return m.attractors; })},
                 k_width_px});
}

/// The first states of a free run, as pictures, with the digit that each is nearest to.
ImageGrid::Row dreamt(Backend backend, const Dream& dream) {
    constexpr std::size_t k_shown_states = 16;
    constexpr std::size_t k_digit_width = 8;
    ImageGrid::Row row{name_of(backend), {}, 1.0};
    for (std::size_t step = 0; step < std::min(k_shown_states, dream.nearest.size()); ++step)
        row.images.push_back({image_of(dream.states.column(step), k_digit_width),
                              fmt::format("{}: {}", step, dream.nearest[step] + 1)});
    return row;
}

void add_sequence(Section& section, const BothForms<SequenceReplay>& results) {
    constexpr std::size_t k_shown_steps = 60;
    std::vector<Series> series;
    ImageGrid strip{"The first states of the free run, first seed; below each its step and the "
                    "digit that it is nearest to.",
                    {},
                    64};
    for (const Backend backend : k_forms) {
        const SequenceReplay* replay = first_result(results, backend);
        if (replay == nullptr) continue;
        strip.rows.push_back(dreamt(backend, replay->dream));
        Series walk{name_of(backend), {}, {}};
        for (std::size_t s = 0; s < std::min(k_shown_steps, replay->dream.nearest.size()); ++s) {
            walk.x.push_back(static_cast<double>(s));
            walk.y.push_back(static_cast<double>(replay->dream.nearest[s] + 1));
        }
        series.push_back(std::move(walk));
    }
    section.blocks.emplace_back(std::move(strip));
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

} // namespace

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
        add_regimes(document.sections.back(), r);
    }
    if (ran(r.sequence)) {
        document.sections.push_back(section_of("Simulation 3: sequences", {sequence_table(r)}));
        add_sequence_remark(document.sections.back(), r.sequence);
        add_sequence(document.sections.back(), r.sequence);
    }
    if (ran(r.forgetting)) {
        document.sections.push_back(
            section_of("Simulation 4: free running with learning", {forgetting_table(r)}));
        add_forgetting(document.sections.back(), r.forgetting);
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
