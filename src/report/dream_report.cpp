#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/plots.hpp"

#include <algorithm>
#include <map>

namespace spikewell::report {

using namespace experiments;

namespace {

constexpr std::size_t k_shown_steps = 500;

std::string name_of_attractor(const Landscape& landscape,
                              std::size_t a,
                              const std::vector<int>& labels) {
    const Landscape::Attractor& one = landscape.attractors[a];
    if (one.mirror_of) return fmt::format("{}, mirrored", *one.mirror_of);
    std::string text = std::to_string(a);
    for (std::size_t k = 0; k < one.images.size(); ++k)
        text += (k == 0 ? ": " : " ") + (one.images[k] < labels.size()
                                             ? std::to_string(labels[one.images[k]])
                                             : fmt::format("image {}", one.images[k]));
    return text;
}

Section walk_section(const Dream& dream, const Landscape& landscape, const DreamView& view) {
    const std::size_t n = landscape.attractors.size();
    std::vector<std::string> names;
    for (std::size_t a = 0; a < n; ++a)
        names.push_back(name_of_attractor(landscape, a, view.labels));
    std::vector<Bar> occupancy;
    for (std::size_t a = 0; a < n; ++a)
        occupancy.push_back({names[a], "", 100.0 * dream.walk.occupancy[a], std::nullopt});
    Matrix transitions(n, n);
    double most = 1.0;
    for (std::size_t s = 1; s < dream.nearest.size(); ++s) {
        if (dream.nearest[s] == dream.nearest[s - 1]) continue;
        double& count = transitions(dream.nearest[s], dream.nearest[s - 1]);
        most = std::max(most, count += 1.0);
    }
    nlohmann::json matrix = matrix_plot(transitions, {"from attractor", "to", "transitions"}, most);
    matrix["panels"][0]["marks"][0]["colours"] = "sequential";
    matrix["panels"][0]["marks"][0]["range"] = {0.0, most};
    matrix["panels"][0]["most"] = 320; // beside bars
    return {"Attractors",
            {Paragraph{fmt::format("{} transitions between {} attractors, {} of which images lead "
                                   "to. A state counts for the one it correlates with most.",
                                   dream.walk.transitions, n, landscape.n_of_images)},
             image_row("The attractors; below each its number and the images that lead to it",
                       landscape.states, view.image_width, 1.0, names),
             PlotGrid{{{"Time near each attractor.", grouped_bars(occupancy, "time / %")},
                       {"Transitions.", std::move(matrix)}}}}};
}

Section states_section(const Dream& dream, const DreamView& view) {
    const std::size_t n_steps = std::min(k_shown_steps, dream.states.cols);
    Matrix states(dream.states.rows, n_steps);
    std::copy_n(dream.states.values.begin(), states.values.size(), states.values.begin());
    std::vector<Picture> pictures;
    const std::size_t every = (n_steps + 15) / 16;
    for (std::size_t s = 0; s < n_steps; s += every) {
        const double from_ms = view.step_ms * static_cast<double>(s);
        pictures.push_back({from_ms, from_ms + view.step_ms * static_cast<double>(every),
                            image_of(states.column(s), view.image_width),
                            fmt::format("{:g} ms", from_ms)});
    }
    nlohmann::json plot =
        heat_strip(states, {0.0, view.step_ms}, {"time / ms", "node", "state"}, 1.0);
    if (!dream.nearest.empty()) {
        Series walk{"", {}, {}};
        for (std::size_t s = 0; s < n_steps; ++s) {
            walk.x.push_back(view.step_ms * (static_cast<double>(s) + 0.5));
            walk.y.push_back(static_cast<double>(dream.nearest[s]));
        }
        const std::vector<Series> series{std::move(walk)};
        plot = stacked(std::move(plot), line_plot(series, {"time / ms", "nearest attractor"}));
        plot["panels"][1]["y"]["integer"] = true;
        plot["panels"][1]["height"] = 140;
    }
    return {"States",
            {Plot{fmt::format("The first {} states of {}, one each {:g} ms; pictures: the state "
                              "where each begins.",
                              n_steps, dream.states.cols, view.step_ms),
                  with_pictures(std::move(plot), pictures, 1.0)}}};
}

} // namespace

Document dream_document(const Dream& dream, const Landscape& landscape, const DreamView& view) {
    Document document{"A free run",
                      fmt::format("Spikewell dream – {}, {} states, one each {:g} ms, seed {}",
                                  view.model, dream.states.cols, view.step_ms, view.seed),
                      {}};
    if (landscape.attractors.empty())
        document.sections.push_back(
            {"Attractors", {Paragraph{"There is no attractor: inference decays to 0."}}});
    else
        document.sections.push_back(walk_section(dream, landscape, view));
    document.sections.push_back(states_section(dream, view));
    return document;
}

} // namespace spikewell::report
