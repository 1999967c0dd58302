#include "io/results/study_json.hpp"

#include "io/made_by.hpp"

#include <fmt/format.h>

namespace spikewell::io {

using namespace experiments;
using Json = nlohmann::ordered_json; // writes null for numbers that are not finite

namespace {

/// What every study's file begins with.
template <class Plan> Json head_of(const std::string& name, const Plan& plan) {
    return {{"format", "spikewell-study-" + name},
            {"version", 1},
            {"made_by", made_by()},
            {"seeds", plan.n_seeds},
            {"first_seed", plan.first_seed}};
}

} // namespace

Json to_json(const TimingStudy& study) {
    Json points = Json::array();
    for (const TimingPoint& point : study.points) {
        points.push_back({{"form", name_of(point.backend)},
                          {"pairing_delay_steps", point.pairing_delay_steps},
                          {"attractor_correlation", point.attractor_correlation},
                          {"asymmetry", point.asymmetry}});
    }
    Json json = head_of("timing", study.plan);
    json["data_correlation"] = study.data_correlation;
    json["points"] = points;
    return json;
}

std::string to_csv(const TimingStudy& study) {
    std::string text = "form,pairing_delay_steps,seed,attractor_correlation,asymmetry\n";
    for (const TimingPoint& point : study.points) {
        for (std::size_t s = 0; s < study.plan.n_seeds; ++s)
            text += fmt::format("{},{},{},{},{}\n", name_of(point.backend),
                                point.pairing_delay_steps, study.plan.first_seed + s,
                                point.attractor_correlation[s], point.asymmetry[s]);
    }
    return text;
}

Json to_json(const SequencesStudy& study) {
    Json runs = Json::array();
    for (const SequencesStudy::Run& run : study.runs) {
        Json free = Json::array();
        for (std::size_t m = 0; m < study.mixtures.size(); ++m) {
            const Mixture& mixture = study.mixtures[m];
            const FreeRun& one = run.free[m];
            free.push_back({{"couplings", name_of(mixture)},
                            {"symmetric_scale", mixture.symmetric_scale},
                            {"antisymmetric_scale", mixture.antisymmetric_scale},
                            {"inverse_temperature", mixture.inverse_temperature},
                            {"transitions", one.walk.transitions},
                            {"forward_transitions", one.walk.forward_transitions},
                            {"occupancy", one.walk.occupancy},
                            {"dwell_steps", one.dwell_steps},
                            {"nearest_correlation", one.nearest_correlation},
                            {"chain_entropy_production", one.chain.nats_per_step},
                            {"chain_entropy_production_error", one.chain.error},
                            {"state_entropy_production", one.state.nats_per_step},
                            {"state_entropy_production_error", one.state.error},
                            {"gaussian_entropy_production", run.gaussian[m]}});
        }
        runs.push_back({{"form", name_of(run.backend)},
                        {"seed", run.seed},
                        {"asymmetry", run.asymmetry},
                        {"symmetric_correlation_with_reverse", run.symmetric_correlation},
                        {"antisymmetric_correlation_with_reverse", run.antisymmetric_correlation},
                        {"free_runs", free}});
    }
    Json json = head_of("sequences", study.plan);
    json["free_steps"] = study.plan.free_steps;
    json["entropy_production_unit"] = "nats a step";
    json["runs"] = runs;
    return json;
}

std::string to_csv(const SequencesStudy& study) {
    std::string text =
        "form,seed,couplings,inverse_temperature,transitions,forward_transitions,occupancy_1,"
        "occupancy_2,occupancy_3,dwell_steps,nearest_correlation,chain_entropy_production,"
        "chain_entropy_production_error,state_entropy_production,"
        "state_entropy_production_error,gaussian_entropy_production\n";
    for (const SequencesStudy::Run& run : study.runs) {
        for (std::size_t m = 0; m < study.mixtures.size(); ++m) {
            const FreeRun& one = run.free[m];
            text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                                name_of(run.backend), run.seed, name_of(study.mixtures[m]),
                                study.mixtures[m].inverse_temperature, one.walk.transitions,
                                one.walk.forward_transitions, one.walk.occupancy[0],
                                one.walk.occupancy[1], one.walk.occupancy[2], one.dwell_steps,
                                one.nearest_correlation, one.chain.nats_per_step, one.chain.error,
                                one.state.nats_per_step, one.state.error, run.gaussian[m]);
        }
    }
    return text;
}

Json to_json(const RegimesStudy& study) {
    Json points = Json::array();
    for (const RegimesPoint& point : study.points) {
        Json one = {{"form", name_of(point.backend)},
                    {"evidence", point.evidence},
                    {"inverse_temperature", point.inverse_temperature}};
        for (const Quantity& quantity : quantities())
            one[quantity.key] = point.*quantity.values;
        one["unsettled"] = point.unsettled;
        points.push_back(std::move(one));
    }
    Json json = head_of("regimes", study.plan);
    json["every"] = study.plan.every;
    json["presentations"] = study.plan.presentations;
    json["data_orthogonality_deviation_deg"] = study.data_deviation_deg;
    json["points"] = points;
    return json;
}

std::string to_csv(const RegimesStudy& study) {
    std::string text = "form,evidence,inverse_temperature,seed";
    for (const Quantity& quantity : quantities())
        text += fmt::format(",{}", quantity.key);
    text += ",unsettled\n";
    for (const RegimesPoint& point : study.points) {
        for (std::size_t s = 0; s < study.plan.n_seeds; ++s) {
            text += fmt::format("{},{},{},{}", name_of(point.backend), point.evidence,
                                point.inverse_temperature, study.plan.first_seed + s);
            for (const Quantity& quantity : quantities())
                text += fmt::format(",{}", (point.*quantity.values)[s]);
            text += fmt::format(",{}\n", point.unsettled[s]);
        }
    }
    return text;
}

Json to_json(const CapacityStudy& study) {
    Json points = Json::array();
    for (const CapacityStudyPoint& point : study.points) {
        points.push_back({{"memory", name_of(point.memory)},
                          {"nodes", point.n_nodes},
                          {"patterns", point.patterns},
                          {"load", point.load},
                          {"success", point.success},
                          {"projector_correlation", point.projector_correlation}});
    }
    Json capacities = Json::array();
    for (const Memory memory : memories_of(study.plan)) {
        for (const std::size_t n : study.plan.n_nodes) {
            const Capacity capacity = capacity_of(study, memory, n);
            capacities.push_back({{"memory", name_of(memory)},
                                  {"nodes", n},
                                  {"capacity", capacity.of_seed},
                                  {"or_more", capacity.more}});
        }
    }
    Json json = head_of("capacity", study.plan);
    json["pattern_kind"] = name_of(study.plan.kind);
    json["presentations"] = study.plan.presentations;
    json["capacities"] = capacities;
    json["points"] = points;
    return json;
}

std::string to_csv(const CapacityStudy& study) {
    std::string text = "memory,nodes,patterns,load,seed,success,projector_correlation\n";
    for (const CapacityStudyPoint& point : study.points) {
        for (std::size_t s = 0; s < point.success.size(); ++s)
            text += fmt::format("\"{}\",{},{},{},{},{},{}\n", name_of(point.memory), point.n_nodes,
                                point.patterns, point.load, study.plan.first_seed + s,
                                point.success[s], point.projector_correlation[s]);
    }
    return text;
}

Json to_json(const SleepStudy& study) {
    const auto figures = [](const SleepFigures& one) {
        return Json{{"reconstruction", one.reconstruction},
                    {"retrieval", one.retrieval},
                    {"norm", one.norm}};
    };
    Json points = Json::array();
    for (const SleepPoint& point : study.points) {
        Json after = Json::array();
        for (std::size_t t = 0; t < point.after.size(); ++t) {
            after.push_back(figures(point.after[t]));
            after.back()["inverse_temperature"] = study.plan.inverse_temperatures[t];
        }
        points.push_back({{"form", name_of(point.backend)},
                          {"patterns", point.patterns},
                          {"before", figures(point.before)},
                          {"after", after}});
    }
    Json json = head_of("sleep", study.plan);
    json["nodes"] = study.plan.n_nodes;
    json["presentations"] = study.plan.presentations;
    json["free_steps"] = study.plan.free_steps;
    json["flips"] = k_sleep_flips;
    json["points"] = points;
    return json;
}

namespace {

std::string csv_line(const SleepStudy& study,
                     const SleepPoint& point,
                     std::size_t s,
                     const std::string& iT,
                     const SleepFigures& one) {
    return fmt::format("{},{},{},{},{},{},{}\n", name_of(point.backend), point.patterns,
                       study.plan.first_seed + s, iT, one.reconstruction[s], one.retrieval[s],
                       one.norm[s]);
}

} // namespace

std::string to_csv(const SleepStudy& study) {
    std::string text = "form,patterns,seed,inverse_temperature,reconstruction,retrieval,norm\n";
    for (const SleepPoint& point : study.points) {
        for (std::size_t s = 0; s < study.plan.n_seeds; ++s) {
            text += csv_line(study, point, s, "before", point.before);
            for (std::size_t t = 0; t < point.after.size(); ++t)
                text +=
                    csv_line(study, point, s, fmt::format("{}", study.plan.inverse_temperatures[t]),
                             point.after[t]);
        }
    }
    return text;
}

namespace {

Json rows_json(const Matrix& matrix) {
    Json rows = Json::array();
    for (std::size_t r = 0; r < matrix.rows; ++r) {
        Json row = Json::array();
        for (std::size_t c = 0; c < matrix.cols; ++c)
            row.push_back(matrix(r, c));
        rows.push_back(row);
    }
    return rows;
}

/// Of one run; `beginning`: method and form.
std::string csv_lines(const std::string& beginning, std::uint64_t seed, const Matrix& retention) {
    std::string text;
    for (std::size_t after = 0; after < retention.cols; ++after) {
        for (std::size_t task = 0; task <= after; ++task)
            text += fmt::format("{},{},{},{},{}\n", beginning, seed, task + 1, after + 1,
                                retention(task, after));
    }
    return text;
}

} // namespace

Json to_json(const TasksStudy& study) {
    Json methods = Json::array();
    for (const TasksResult& result : study.results) {
        Json runs = Json::array();
        for (std::size_t s = 0; s < result.runs.size(); ++s) {
            const TaskRun& run = result.runs[s];
            runs.push_back({{"seed", study.plan.first_seed + s},
                            {"retention", rows_json(run.retention)}, // [task][after which task]
                            {"replays", run.replays}});
        }
        methods.push_back({{"method", name_of(result.method)},
                           {"form", result.backend ? Json(name_of(*result.backend)) : Json()},
                           {"mean_retention", mean_retention_of(result)},
                           {"runs", runs}});
    }
    Json json = head_of("tasks", study.plan);
    json["nodes"] = study.plan.n_nodes;
    json["patterns_per_task"] = study.plan.patterns_per_task;
    json["presentations"] = study.plan.presentations;
    json["methods"] = methods;
    return json;
}

std::string to_csv(const TasksStudy& study) {
    std::string text = "method,form,seed,task,after_task,retention\n";
    for (const TasksResult& result : study.results) {
        const std::string beginning = fmt::format("{},{}", name_of(result.method),
                                                  result.backend ? name_of(*result.backend) : "");
        for (std::size_t s = 0; s < result.runs.size(); ++s)
            text += csv_lines(beginning, study.plan.first_seed + s, result.runs[s].retention);
    }
    return text;
}

} // namespace spikewell::io
