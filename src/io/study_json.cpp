#include "io/study_json.hpp"

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

} // namespace spikewell::io
