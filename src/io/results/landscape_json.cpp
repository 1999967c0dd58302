#include "io/results/landscape_json.hpp"

#include "io/made_by.hpp"

#include <fmt/format.h>

namespace spikewell::io {

using namespace experiments;
using Json = nlohmann::ordered_json; // writes null for numbers that are not finite

namespace {

Json point_json(const LandscapePoint& point) {
    return {{"beta", point.beta},
            {"criticality", point.criticality},
            {"n_attractors", point.attractors.cols},
            {"basins", point.basins},
            {"iterations_median", point.iterations_median},
            {"paper_iterations_median", point.paper_iterations_median},
            {"vanished", point.vanished},
            {"cycles", point.cycles},
            {"unsettled", point.unsettled},
            {"orthogonality_deviation_deg", point.orthogonality_deviation_deg},
            {"eigenvector_alignment", point.eigenvector_alignment},
            {"projector_cosine", point.projector_cosine}};
}

Json nulls_json(const CouplingLandscape& landscape) {
    Json nulls = Json::object();
    for (const NullComparison& comparison : landscape.nulls) {
        Json& null = nulls[comparison.null];
        null["surrogates"] = landscape.plan.n_surrogates;
        null["compared_with"] = comparison.of_estimate ? "estimate of the series" : "couplings";
        Json figures = Json::object();
        for (const NullFigure& figure : comparison.figures)
            figures[figure.name] = {{"observed", figure.observed},
                                    {"mean", figure.mean},
                                    {"sd", figure.sd},
                                    {"p", figure.p},
                                    {"n", figure.n}};
        const std::string matching =
            comparison.equal_criticality ? "at_equal_criticality" : "at_equal_beta";
        null[matching] = std::move(figures);
        null["criticality"] = comparison.criticality;
        null["mean_criticality_" + matching] = comparison.mean_criticality;
    }
    return nulls;
}

} // namespace

Json to_json(const std::vector<FreeStates>& free) {
    Json forms = Json::object();
    for (const FreeStates& one : free) {
        forms[experiments::name_of(one.form)] = {
            {"gain", one.gain},
            {"steps", one.states.cols},
            {"n_attractors", one.attractors.cols},
            {"occupancy_by_basin", one.by_basin},
            {"occupancy_by_nearest", one.by_nearest},
            {"pair_occupancy_by_basin", by_pair(one.by_basin, one.attractors)},
            {"pair_occupancy_by_nearest", by_pair(one.by_nearest, one.attractors)},
            {"partial_correlation_with_couplings", one.partial_correlation},
            {"functional_correlation_with_couplings", one.functional_correlation}};
    }
    return forms;
}

Json to_json(const CouplingLandscape& landscape) {
    const LandscapePlan& plan = landscape.plan;
    Json points = Json::array();
    for (const LandscapePoint& point : landscape.points)
        points.push_back(point_json(point));
    return {{"format", "spikewell-landscape"},
            {"version", 1},
            {"made_by", made_by()},
            {"nodes", landscape.coupling.rows},
            {"node", plan.node == MapNode::tanh ? "tanh" : "langevin"},
            {"scaling", name_of(plan.scaling)},
            {"seed", plan.seed},
            {"starts", plan.n_starts},
            {"eigenvalues", landscape.spectrum.values},
            {"onset", landscape.onset},
            {"points", points},
            {"nulls", nulls_json(landscape)},
            {"nulls_beta", plan.shown_beta},
            {"null_starts", plan.null_starts},
            {"estimator_correlation", landscape.estimator_correlation},
            {"noise", plan.noise},
            {"free", to_json(landscape.free)}};
}

std::string attractors_csv(const CouplingLandscape& landscape,
                           const std::vector<std::string>& names) {
    const LandscapePoint* shown = nullptr;
    for (const LandscapePoint& point : landscape.points)
        if (point.beta == landscape.plan.shown_beta) shown = &point;
    std::string text = "node";
    const std::size_t n = shown == nullptr ? 0 : shown->attractors.cols;
    for (std::size_t a = 0; a < n; ++a)
        text += fmt::format(",attractor_{}", a + 1);
    text += '\n';
    for (std::size_t i = 0; i < landscape.coupling.rows; ++i) {
        text += names.empty() ? std::to_string(i + 1) : names[i];
        for (std::size_t a = 0; a < n; ++a)
            text += fmt::format(",{}", shown->attractors(i, a));
        text += '\n';
    }
    return text;
}

} // namespace spikewell::io
