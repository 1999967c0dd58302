#include "core/statistics.hpp"
#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::report {

using namespace experiments;

namespace {

std::string shares_text(const std::vector<double>& shares) {
    constexpr std::size_t k_shown = 8;
    std::string text;
    for (std::size_t k = 0; k < std::min(k_shown, shares.size()); ++k)
        text += (k == 0 ? "" : " / ") + shown(100.0 * shares[k], 1);
    return shares.empty() ? "–" : shares.size() > k_shown ? text + " / …" : text;
}

/// Where starts lead, and how long that takes and what they find.
std::vector<Table> points_tables(const CouplingLandscape& landscape) {
    Table ends{fmt::format("{} starts at each beta; the onset is at beta {:.4g}",
                           landscape.plan.n_starts, landscape.onset),
               {"beta", "of the onset", "attractors", "vanished", "cycles", "unsettled",
                "starts in each attractor, %"},
               {}};
    Table figures{
        "Medians of iterations, until the energy settles and until it repeats in double precision; "
        "attractors: means of |90° - angle| between them and of the largest |correlation| with an "
        "eigenvector, and the cosine of the couplings with the attractors' projector",
        {"beta", "iterations", "until E repeats", "|90° - angle|", "|r| with eigenvectors",
         "cosine with the projector"},
        {}};
    for (const LandscapePoint& p : landscape.points) {
        const std::string beta = fmt::format("{:.4g}", p.beta);
        ends.rows.push_back({beta, shown(p.criticality, 2), std::to_string(p.attractors.cols),
                             std::to_string(p.vanished), std::to_string(p.cycles),
                             std::to_string(p.unsettled), shares_text(p.basins)});
        figures.rows.push_back(
            {beta, shown(p.iterations_median, 0), shown(p.paper_iterations_median, 0),
             shown(p.orthogonality_deviation_deg, 1),
             p.eigenvector_alignment.empty() ? "–" : shown(mean(p.eigenvector_alignment)),
             shown(p.projector_cosine)});
    }
    return {std::move(ends), std::move(figures)};
}

Table null_table(const CouplingLandscape& landscape, const NullComparison& comparison) {
    Table table{fmt::format("{} {} surrogates at equal {}, beta {:.4g}: {} at {:.2f} of the onset, "
                            "surrogates at {:.2f}",
                            landscape.plan.n_surrogates, comparison.null,
                            comparison.equal_criticality ? "criticality" : "beta", comparison.beta,
                            comparison.of_estimate ? "the estimate from the series as they are"
                                                   : "the couplings",
                            comparison.criticality, comparison.mean_criticality),
                {"statistic", "observed", "mean", "sd", "p", "surrogates that have it"},
                {}};
    for (const NullFigure& f : comparison.figures)
        table.rows.push_back({f.name, shown(f.observed), shown(f.mean), shown(f.sd), shown(f.p),
                              std::to_string(f.n)});
    return table;
}

Table free_table(const CouplingLandscape& landscape) {
    Table table{
        fmt::format(
            "Free runs; occupancies of the attractors at beta {:.4g} in %, mirror images together",
            landscape.plan.shown_beta),
        {"form", "beta or scale", "attractors", "by basin", "by nearest attractor", "r(FC, J)",
         "r(partial correlations, J)"},
        {}};
    for (const FreeStates& free : landscape.free)
        table.rows.push_back({name_of(free.form), fmt::format("{:.4g}", free.gain),
                              std::to_string(free.attractors.cols),
                              shares_text(by_pair(free.by_basin, free.attractors)),
                              shares_text(by_pair(free.by_nearest, free.attractors)),
                              shown(free.functional_correlation), shown(free.partial_correlation)});
    return table;
}

Plot spectrum_plot(const CouplingLandscape& landscape) {
    Series series{"eigenvalues", {}, {}};
    for (std::size_t k = 0; k < landscape.spectrum.values.size(); ++k) {
        series.x.push_back(static_cast<double>(k + 1));
        series.y.push_back(landscape.spectrum.values[k]);
    }
    const std::vector<Series> all{series};
    return {"Eigenvalues of the scaled couplings, the largest first.",
            line_plot(all, {"rank", "eigenvalue"})};
}

/// A figure of the points over beta.
template <class Figure>
Plot over_beta(const CouplingLandscape& landscape,
               const std::string& caption,
               const std::string& y,
               Figure&& figure) {
    Series series{y, {}, {}};
    for (const LandscapePoint& point : landscape.points) {
        series.x.push_back(point.beta);
        series.y.push_back(static_cast<double>(figure(point)));
    }
    const std::vector<Series> all{series};
    nlohmann::json plot = line_plot(all, {"beta", y});
    plot["panels"][0]["marks"].push_back(
        {{"kind", "rule"}, {"x", landscape.onset}, {"label", "onset"}});
    return {caption, linked(std::move(plot), "beta")};
}

PlotGrid beta_plots(const CouplingLandscape& landscape) {
    PlotGrid grid{
        {over_beta(landscape, "Attractors that starts lead to.", "attractors",
                   [](const LandscapePoint& p) { return p.attractors.cols; }),
         over_beta(landscape, "Starts that vanish, end in a cycle or do not settle.", "starts",
                   [](const LandscapePoint& p) { return p.vanished + p.cycles + p.unsettled; }),
         over_beta(landscape, "Mean deviation of the attractors' angles from 90 degrees.",
                   "deviation / degrees",
                   [](const LandscapePoint& p) { return p.orthogonality_deviation_deg; }),
         over_beta(landscape, "Cosine of the couplings with the attractors' projector.", "cosine",
                   [](const LandscapePoint& p) { return p.projector_cosine; })}};
    // Without attractors some of them do not exist.
    std::erase_if(grid.plots, [](const Plot& plot) {
        const nlohmann::json& y = plot.spec["panels"][0]["marks"][0]["y"];
        return std::all_of(y.begin(), y.end(), [](const auto& one) { return one.is_null(); });
    });
    return grid;
}

Section free_section(const Matrix& coupling, const FreeStates& free) {
    constexpr std::size_t k_points = 1000;
    Section section{fmt::format("Free run: {}", name_of(free.form)), {}};
    if (free.projection.cols > 0) {
        Places states{"states", {}, {}, 3.0};
        Places attractors{"attractors", {}, {}, 11.0};
        const std::size_t every = std::max<std::size_t>(1, free.projection.cols / k_points);
        for (std::size_t t = 0; t < free.projection.cols; t += every) {
            states.x.push_back(free.projection(0, t));
            states.y.push_back(free.projection(1, t));
        }
        for (std::size_t a = 0; a < free.projected_attractors.cols; ++a) {
            attractors.x.push_back(free.projected_attractors(0, a));
            attractors.y.push_back(free.projected_attractors(1, a));
        }
        std::vector<Step> flow;
        for (std::size_t c = 0; c < free.flow.cols; ++c)
            flow.push_back({free.flow(0, c), free.flow(1, c), free.flow(0, c) + free.flow(2, c),
                            free.flow(1, c) + free.flow(3, c)});
        const std::vector<Places> places{std::move(states), std::move(attractors)};
        section.blocks.emplace_back(Plot{
            fmt::format(
                "States on their first two principal components, {}; lines begin at a "
                "dot in the middle of a cell and go where its states are a step later in the mean.",
                every == 1 ? std::string("each step") : fmt::format("one step in {}", every)),
            flow_map(places, flow, {"first component", "second component"})});
    }
    if (free.functional_connectivity.rows > 0) {
        Matrix j = coupling;
        const double size = largest(j);
        for (double& x : j.values)
            x /= size;
        const std::string link = "regions " + section.title;
        section.blocks.emplace_back(PlotGrid{
            {{"Functional connectivity: correlations of the states.",
              linked(matrix_plot(free.functional_connectivity, {"region", "region", "correlation"},
                                 1.0),
                     link)},
             {"The couplings over their largest entry.",
              linked(matrix_plot(j, {"region", "region", "J over the largest"}, 1.0), link)}}});
    }
    return section;
}

} // namespace

std::vector<Table> landscape_tables(const CouplingLandscape& landscape) {
    std::vector<Table> tables = points_tables(landscape);
    for (const NullComparison& comparison : landscape.nulls)
        tables.push_back(null_table(landscape, comparison));
    if (!landscape.free.empty()) tables.push_back(free_table(landscape));
    return tables;
}

Document dream_document(const Matrix& coupling,
                        const std::vector<FreeStates>& forms,
                        const std::string& subtitle) {
    Document document{"Free runs on given couplings", subtitle, {}};
    for (const FreeStates& free : forms) {
        document.sections.push_back(free_section(coupling, free));
        std::vector<Bar> bars;
        const std::vector<double> shares = by_pair(free.by_nearest, free.attractors);
        for (std::size_t a = 0; a < shares.size(); ++a)
            bars.push_back({std::to_string(a), "", 100.0 * shares[a], std::nullopt});
        document.sections.back().blocks.insert(
            document.sections.back().blocks.begin(),
            Paragraph{fmt::format("{} attractors; correlation of the couplings with the states' "
                                  "correlations {}, with their partial correlations {}.",
                                  free.attractors.cols, shown(free.functional_correlation),
                                  shown(free.partial_correlation))});
        if (!bars.empty())
            document.sections.back().blocks.emplace_back(
                Plot{"Share of states nearest to each attractor, mirror images together.",
                     grouped_bars(bars, "states / %")});
    }
    return document;
}

Document landscape_document(const CouplingLandscape& landscape) {
    const LandscapePlan& plan = landscape.plan;
    Document document{"Landscape of given couplings",
                      fmt::format("Spikewell landscape – {} nodes, {} node, seed {}",
                                  landscape.coupling.rows,
                                  plan.node == MapNode::tanh ? "tanh" : "Langevin", plan.seed),
                      {}};
    Section attractors{"Attractors", {}};
    for (Table& table : points_tables(landscape))
        attractors.blocks.emplace_back(std::move(table));
    attractors.blocks.emplace_back(beta_plots(landscape));
    PlotGrid plots{{spectrum_plot(landscape)}};
    for (const LandscapePoint& point : landscape.points) {
        if (point.beta != plan.shown_beta || point.attractors.cols < 2) continue;
        const Matrix some = without_mirror_images(point.attractors);
        const std::vector<double> angles = angles_between_states(some);
        if (!angles.empty()) {
            const std::vector<Sample> samples{{"angles", angles}};
            plots.plots.push_back(
                {fmt::format("Share of pairs of attractors at beta {:.4g}, of mirror images one, "
                             "with an angle up to x.",
                             point.beta),
                 cumulative(samples, "angle / degrees", {0.0, 180.0}, {90.0, "90°"})});
        }
    }
    attractors.blocks.emplace_back(std::move(plots));
    document.sections.push_back(std::move(attractors));
    if (!landscape.nulls.empty()) {
        Section nulls{"Null models", {}};
        if (std::isfinite(landscape.estimator_correlation))
            nulls.blocks.emplace_back(
                Paragraph{fmt::format("Couplings estimated from the series as they are correlate "
                                      "with the given ones at r = {:.3f}; "
                                      "phase-randomised series are compared with that estimate.",
                                      landscape.estimator_correlation)});
        for (const NullComparison& comparison : landscape.nulls)
            nulls.blocks.emplace_back(null_table(landscape, comparison));
        document.sections.push_back(std::move(nulls));
    }
    if (!landscape.free.empty()) {
        document.sections.push_back({"Free runs", {free_table(landscape)}});
        for (const FreeStates& free : landscape.free)
            document.sections.push_back(free_section(landscape.coupling, free));
    }
    return document;
}

} // namespace spikewell::report
