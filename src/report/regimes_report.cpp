#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace spikewell::report {

using namespace experiments;

namespace {

/// Edges halfway between places; of a single place, `half` of a step around it.
std::vector<double> edges_of(const std::vector<double>& places, double half) {
    std::vector<double> edges;
    for (std::size_t k = 1; k < places.size(); ++k)
        edges.push_back((places[k - 1] + places[k]) / 2.0);
    const double first = edges.empty() ? places.front() + half : edges.front();
    const double last = edges.empty() ? places.front() - half : edges.back();
    edges.insert(edges.begin(), 2.0 * places.front() - first);
    edges.push_back(2.0 * places.back() - last);
    return edges;
}

std::vector<double> log_edges_of(std::vector<double> places) {
    for (double& place : places)
        place = std::log(place);
    std::vector<double> edges = edges_of(places, 0.1);
    for (double& edge : edges)
        edge = std::exp(edge);
    return edges;
}

std::vector<MarkedPoint> published_marks() {
    std::vector<MarkedPoint> marks;
    for (const GridPoint& point : published_points())
        marks.push_back({point.inverse_temperature, point.evidence,
                         fmt::format("{:g}, {:.3g}", point.evidence, point.inverse_temperature)});
    return marks;
}

Plot map_of(const RegimesStudy& study, Backend backend, const Quantity& quantity) {
    const std::size_t n = study.inverse_temperatures.size();
    Matrix values(study.evidences.size(), n);
    std::size_t p = 0;
    for (const RegimesPoint& point : study.points) {
        if (point.backend != backend) continue;
        values(p / n, p % n) = mean_of(point, quantity);
        ++p;
    }
    return {
        fmt::format("{}, {} form; rings: the published points", quantity.name, name_of(backend)),
        linked(heat_map(values, log_edges_of(study.inverse_temperatures),
                        edges_of(study.evidences, 0.5),
                        {"inverse temperature", "evidence", quantity.name}, published_marks()),
               "grid")};
}

std::string range_of(const Region& region, double RegimesPoint::*value) {
    const auto [least, most] = std::minmax_element(
        region.points.begin(), region.points.end(),
        [value](const auto* a, const auto* b) { return a->*value < b->*value; });
    return fmt::format("{:.3g} .. {:.3g}", (*least)->*value, (*most)->*value);
}

Table region_table(const RegimesStudy& study, Backend backend) {
    std::string heads; // what the columns of the best point show
    Table table{"", {"", "points", "evidence", "iT", "best at (evidence, iT)"}, {}};
    for (const Quantity& quantity : quantities()) {
        table.header.emplace_back(quantity.head);
        if (std::string_view(quantity.head) != quantity.name)
            heads += fmt::format("; {}", quantity.name);
    }
    table.caption =
        fmt::format("{} form: regimes of {} points; iT: inverse temperature{}", name_of(backend),
                    study.evidences.size() * study.inverse_temperatures.size(), heads);
    for (const Region& region : regions_of(study, backend)) {
        std::vector<std::string> row = {region.name, fmt::format("{}", region.points.size())};
        if (region.best == nullptr) {
            row.resize(table.header.size(), "–");
        } else {
            row.push_back(range_of(region, &RegimesPoint::evidence));
            row.push_back(range_of(region, &RegimesPoint::inverse_temperature));
            row.push_back(fmt::format("{:g}, {:.3g}", region.best->evidence,
                                      region.best->inverse_temperature));
            for (const Quantity& quantity : quantities())
                row.push_back(shown(mean_of(*region.best, quantity)));
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

/// That images lead to no attractor, where some do not.
std::optional<Paragraph> unsettled_of(const RegimesStudy& study, Backend backend) {
    double unsettled = 0.0;
    double images = 0.0;
    for (const RegimesPoint& point : study.points) {
        if (point.backend != backend) continue;
        for (const double n : point.unsettled) {
            unsettled += n;
            images += static_cast<double>(study.plan.digits.train.cols);
        }
    }
    if (unsettled == 0.0) return std::nullopt;
    return Paragraph{
        fmt::format("Of {:g} images over all points and seeds {:g} lead to no fixed point (their "
                    "states go round, say): they count as no attractor.",
                    images, unsettled)};
}

/// The points whose figures are published, as far as the grid has them.
std::vector<Table> published_tables(const RegimesStudy& study) {
    const Published figures = published_figures();
    std::vector<Table> tables;
    for (const Published::Point& known : figures.points) {
        const double published[] = {known.retrieval_dr2_median, known.generalization_dr2_median,
                                    known.attractors, known.orthogonality_deviation_deg};
        Table table{fmt::format("Published: evidence {:g}, inverse temperature {:.4g}",
                                known.evidence, known.inverse_temperature),
                    {"", "published"},
                    {}};
        for (std::size_t q = 0; q < quantities().size(); ++q)
            table.rows.push_back({quantities()[q].name, shown(published[q])});
        for (const RegimesPoint& point : study.points) {
            if (point.evidence != known.evidence ||
                std::abs(point.inverse_temperature - known.inverse_temperature) > 1e-4)
                continue;
            table.header.emplace_back(name_of(point.backend));
            for (std::size_t q = 0; q < quantities().size(); ++q)
                table.rows[q].push_back(mean_and_error(point.*quantities()[q].values));
        }
        if (table.header.size() > 2) tables.push_back(std::move(table));
    }
    return tables;
}

} // namespace

std::vector<Table> study_tables(const RegimesStudy& study) {
    std::vector<Table> tables;
    for (const Backend backend : study.plan.backends)
        tables.push_back(region_table(study, backend));
    for (Table& table : published_tables(study))
        tables.push_back(std::move(table));
    return tables;
}

Document study_document(const RegimesStudy& study) {
    Document document{
        "Regimes of the network",
        fmt::format("Spikewell study regimes – simulation 2 at {} evidences and {} inverse "
                    "temperatures, {} presentations; {}",
                    study.evidences.size(), study.inverse_temperatures.size(),
                    study.plan.presentations, seeds_of(study.plan)),
        {}};
    for (const Backend backend : study.plan.backends) {
        Section section{fmt::format("The {} form", name_of(backend)), {}};
        PlotGrid maps;
        for (const Quantity& quantity : quantities())
            maps.plots.push_back(map_of(study, backend, quantity));
        section.blocks.emplace_back(std::move(maps));
        if (auto paragraph = unsettled_of(study, backend))
            section.blocks.emplace_back(std::move(*paragraph));
        section.blocks.emplace_back(region_table(study, backend));
        document.sections.push_back(std::move(section));
    }
    Section published{"At the published points", {}};
    published.blocks.emplace_back(Paragraph{
        fmt::format("Angles of the images deviate from 90 degrees by {:.1f} on average over pairs.",
                    study.data_deviation_deg)});
    for (Table& table : published_tables(study))
        published.blocks.emplace_back(std::move(table));
    document.sections.push_back(std::move(published));
    return document;
}

} // namespace spikewell::report
