#include "io/results/results_json.hpp"

#include "core/statistics.hpp"
#include "io/config_file.hpp"
#include "io/made_by.hpp"
#include "io/path_text.hpp"
#include "io/results/energy_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spikewell::io {

namespace {

using namespace experiments;

Json number(double x) {
    return std::isfinite(x) ? Json(x) : Json(nullptr);
}

Json scores(const Evaluation& evaluation) {
    return {{"retrieval_dr2_median", number(evaluation.retrieval.median)},
            {"generalization_dr2_median", number(evaluation.generalization.median)}};
}

/// What an evaluation took beside its scores: NeuroBench's figures, time and energy.
void add_costs(Json& json, const Evaluation& evaluation, const CorePower& core) {
    const Complexity& c = evaluation.complexity;
    json["neurobench"] = {{"footprint_bytes", c.footprint_bytes},
                          {"connection_sparsity", c.connection_sparsity},
                          {"activation_sparsity", c.activation_sparsity},
                          {"synaptic_operations",
                           {{"dense", c.dense_operations},
                            {"effective_MACs", c.effective_MACs},
                            {"effective_ACs", c.effective_ACs}}}};
    json["evaluate_wall_s"] = evaluation.wall_s;
    json["evaluate_energy"] = use_to_json(evaluation.energy, core);
}

void add_figures(Json& json, const CouplingFigures& figures) {
    json["attractors"] = figures.n_attractors;
    json["unsettled"] = figures.n_unsettled;
    json["orthogonality_deviation_deg"] = number(figures.orthogonality_deviation_deg);
    json["orthogonality_deviation_paper_deg"] = number(figures.orthogonality_deviation_paper_deg);
    json["asymmetry"] = number(figures.asymmetry);
    json["coupling_norm"] = number(figures.norm);
}

Json regime_to_json(const Regime& regime, const CorePower& core = {}) {
    Json json = {{"evidence", regime.evidence},
                 {"inverse_temperature", regime.inverse_temperature}};
    json.update(scores(regime.evaluation));
    add_figures(json, regime.figures);
    json["data_orthogonality_deviation_deg"] = number(regime.data_orthogonality_deviation_deg);
    json["data_orthogonality_deviation_paper_deg"] =
        number(regime.data_orthogonality_deviation_paper_deg);
    json["projector_correlation"] = number(regime.projector_correlation);
    json["train_wall_s"] = regime.train_wall_s;
    json["train_steps"] = regime.train_steps;
    add_costs(json, regime.evaluation, core);
    if (regime.neurons > 0) {
        json["neurons"] = regime.neurons;
        json["spikes"] = regime.spikes;
        json["simulated_ms"] = regime.simulated_ms;
    }
    return json;
}

Json walk_to_json(const Walk& walk) {
    return {{"forward_transitions", walk.forward_transitions},
            {"transitions", walk.transitions},
            {"occupancy", walk.occupancy}};
}

Json entry(const OrthogonalBasis& basis) {
    return {{"attractor_correlation", basis.attractor_correlation},
            {"data_correlation", basis.data_correlation},
            {"collapsed", basis.collapsed},
            {"retrieval_correlation", basis.retrieval_correlation},
            {"combination_correlation", basis.combination_correlation}};
}

Json entry(const std::vector<Regime>& regimes) {
    Json points = Json::array();
    for (const Regime& regime : regimes)
        points.push_back(regime_to_json(regime));
    return {{"points", points}};
}

Json entry(const SequenceReplay& replay) {
    Json json = {{"asymmetry", replay.asymmetry},
                 {"attractors_matched", replay.attractors_matched}};
    json.update(walk_to_json(replay.dream.walk));
    return json;
}

Json moment(const Forgetting::Moment& m) {
    return {{"retrieval_dr2_median", number(m.retrieval_dr2_median)},
            {"generalization_dr2_median", number(m.generalization_dr2_median)},
            {"attractors", m.attractors},
            {"coupling_correlation", number(m.coupling_correlation)}};
}

Json entry(const Forgetting& forgetting) {
    return {{"before", moment(forgetting.before)}, {"after", moment(forgetting.after)}};
}

Json entry(const std::vector<CapacityPoint>& points) {
    Json list = Json::array();
    for (const CapacityPoint& p : points)
        list.push_back({{"patterns", p.patterns},
                        {"retention", number(p.retention)},
                        {"reconstruction", number(p.reconstruction)},
                        {"cue_correlation", number(p.cue_correlation)},
                        {"projector_correlation", number(p.projector_correlation)},
                        {"pattern_correlation_max", number(p.pattern_correlation)}});
    return {{"points", list}};
}

Json entry(const ImageMemory& memory) {
    Json points = Json::array();
    for (const ImagePoint& p : memory.points)
        points.push_back({{"signal_strength", p.signal_strength},
                          {"inverse_temperature", p.inverse_temperature},
                          {"reconstruction", number(p.reconstruction)},
                          {"cue_correlation", number(p.cue_correlation)}});
    return {{"retention", number(memory.retention)},
            {"points", points},
            {"train_wall_s", memory.train_wall_s},
            {"reconstruct_wall_s", memory.reconstruct_wall_s}};
}

template <class T> Json simulation_to_json(const BothForms<T>& results) {
    Json json = Json::object();
    for (const Backend backend : {Backend::rate, Backend::spiking}) {
        Json entries = Json::array();
        for (const auto& [seed, value] : results.of(backend)) {
            Json one = {{"seed", seed}};
            one.update(entry(value));
            entries.push_back(std::move(one));
        }
        if (!entries.empty()) json[name_of(backend)] = std::move(entries);
    }
    return json;
}

Json attractors_to_json(const Landscape& landscape, const std::vector<int>& labels) {
    Json attractors = Json::array();
    for (const Landscape::Attractor& attractor : landscape.attractors) {
        std::vector<int> shown;
        for (const std::size_t image : attractor.images)
            shown.push_back(labels[image]);
        attractors.push_back(
            {{"labels", shown},
             {"mirror_of", attractor.mirror_of ? Json(*attractor.mirror_of) : Json()}});
    }
    return attractors;
}

Json published_to_json() {
    const Published published = published_figures();
    Json points = Json::array();
    for (const Published::Point& p : published.points) {
        points.push_back({{"evidence", p.evidence},
                          {"inverse_temperature", p.inverse_temperature},
                          {"retrieval_dr2_median", p.retrieval_dr2_median},
                          {"generalization_dr2_median", p.generalization_dr2_median},
                          {"attractors", p.attractors},
                          {"orthogonality_deviation_deg", number(p.orthogonality_deviation_deg)}});
    }
    Json capacity = Json::array();
    for (const Published::Capacity& p : published.capacity)
        capacity.push_back({{"patterns", p.patterns},
                            {"retention", p.retention},
                            {"reconstruction", p.reconstruction},
                            {"pattern_correlation_max", p.pattern_correlation}});
    Json runtime = Json::array();
    for (const Published::Runtime& r : published.runtime)
        runtime.push_back({{"nodes", r.n_nodes}, {"steps_per_s", r.steps_per_s}});
    return {{"source", "Spisak & Friston 2026, arXiv:2505.22749, and its notebooks; one run each"},
            {"1",
             {{"attractor_correlation", published.attractor_correlation},
              {"data_correlation", published.data_correlation}}},
            {"2",
             {{"points", points},
              {"data_orthogonality_deviation_paper_deg",
               published.data_orthogonality_deviation_paper_deg}}},
            {"3",
             {{"asymmetry", published.asymmetry},
              {"attractors_matched", published.attractors_matched}}},
            {"4", {{"remark", "performance very similar, some attractors become soft"}}},
            {"5", {{"nodes", 100}, {"repeats", 20}, {"points", capacity}, {"runtime", runtime}}}};
}

} // namespace

Json to_json(const Comparison& comparison, const CorePower& core) {
    Json transfer = scores(comparison.transfer);
    add_costs(transfer, comparison.transfer, core);
    return {
        {"format", "spikewell-compare"},
        {"version", 1},
        {"made_by", made_by()},
        {"config", to_json(comparison.config)},
        {"nodes", comparison.data.train.rows},
        {"train_images", comparison.data.train.cols},
        {"test_images", comparison.data.test.cols},
        {"learning_rate", learning_rate_of(comparison.config.training, comparison.data.train.rows)},
        {"rho", moved_by_presentation(comparison.data.train, comparison.config.training)},
        {"warnings", warnings_of(comparison.data, comparison.config)},
        {"rate_spiking_coupling_correlation", number(comparison.coupling_correlation)},
        {"rate", regime_to_json(comparison.rate, core)},
        {"spiking", regime_to_json(comparison.spiking, core)},
        {"transfer", transfer}};
}

Json plan_to_json(const ReproducePlan& plan) {
    Json remarks = Json::object();
    for (std::size_t s = 1; s <= plan.simulations.size(); ++s) {
        if (plan.simulations[s - 1]) remarks[std::to_string(s)] = remarks_of(plan, s);
    }
    const ImageMemoryPlan& memory = plan.image_memory;
    const Matrix& images = plan.stored.images;
    Json of_images;
    if (plan.simulations[5])
        of_images = {
            {"source", utf8(plan.stored.source)},
            {"images", images.cols},
            {"pixels", images.rows},
            {"width", plan.stored.width},
            {"evidence", memory.evidence},
            {"inverse_temperature", memory.inverse_temperature},
            {"learning_rate",
             learning_rate_of(image_memory_config(memory, images.cols).training, images.rows)},
            {"presentations_per_image", presentations_per_image(memory, images.cols)},
            {"reconstructed",
             memory.n_cues > 0 ? std::min(memory.n_cues, images.cols) : images.cols},
            {"left_out_steps", memory.left_out},
            {"steps",
             {{"rate", reconstruction_steps(Backend::rate, memory)},
              {"spiking", reconstruction_steps(Backend::spiking, memory)}}}};
    return {{"seeds", plan.n_seeds},
            {"first_seed", plan.first_seed},
            {"presentations", plan.presentations},
            {"free_steps", plan.free_steps},
            {"capacity",
             {{"nodes", plan.capacity.n_nodes}, {"presentations", plan.capacity.presentations}}},
            {"images", of_images},
            {"remarks", remarks}};
}

Json to_json(const Reproduction& reproduction) {
    Json simulations = Json::object();
    const auto add = [&](std::size_t number_from_0, const auto& results) {
        if (reproduction.plan.simulations[number_from_0]) {
            simulations[std::to_string(number_from_0 + 1)] = simulation_to_json(results);
        }
    };
    add(0, reproduction.basis);
    add(1, reproduction.regimes);
    add(2, reproduction.sequence);
    add(3, reproduction.forgetting);
    add(4, reproduction.capacity);
    add(5, reproduction.images);
    for (std::size_t k = 0; k < reproduction.steps_per_s.size(); ++k)
        simulations["5"]["runtime"].push_back({{"nodes", reproduction.plan.runtime_nodes[k]},
                                               {"threads", reproduction.plan.n_threads},
                                               {"steps_per_s", reproduction.steps_per_s[k]}});
    return {{"format", "spikewell-reproduce"},
            {"version", 1},
            {"made_by", made_by()},
            {"plan", plan_to_json(reproduction.plan)},
            {"published", published_to_json()},
            {"simulations", simulations}};
}

Json evaluation_to_json(const Config& config,
                        const Evaluation& evaluation,
                        const CouplingFigures& figures,
                        const CorePower& core) {
    Json json = {{"format", "spikewell-evaluation"}, {"version", 1}, {"made_by", made_by()}};
    json.update(scores(evaluation));
    add_figures(json, figures);
    json["retrieval_dr2"] = evaluation.retrieval.dr2;
    json["generalization_dr2"] = evaluation.generalization.dr2;
    add_costs(json, evaluation, core);
    json["config"] = to_json(config);
    return json;
}

Json dream_to_json(const Dream& dream,
                   const Landscape& landscape,
                   double tau_ref_ms,
                   const std::vector<int>& labels) {
    Json states = Json::array();
    for (std::size_t s = 0; s < dream.states.cols; ++s) {
        const auto column = dream.states.column(s);
        states.push_back(std::vector<double>(column.begin(), column.end()));
    }
    Json json = {{"format", "spikewell-dream"},
                 {"version", 2},
                 {"made_by", made_by()},
                 {"step_ms", tau_ref_ms},
                 {"attractors", attractors_to_json(landscape, labels)}};
    json.update(walk_to_json(dream.walk));
    json["visited"] = dream.nearest;
    if (landscape.attractors.empty()) {
        for (const char* key : {"forward_transitions", "transitions", "occupancy", "visited"})
            json[key] = nullptr;
    }
    json["states"] = states;
    return json;
}

} // namespace spikewell::io
