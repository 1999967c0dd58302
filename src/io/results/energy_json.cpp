#include "io/results/energy_json.hpp"

#include <fmt/format.h>

namespace spikewell::io {

namespace {

using Json = nlohmann::ordered_json;

Json uJ_over(double joules, std::uint64_t events) {
    return events > 0 ? Json(1e6 * joules / static_cast<double>(events)) : Json(nullptr);
}

void add_per_event(Json& json, double joules, const EventsDone& done) {
    json["uJ_per_synaptic_event"] = uJ_over(joules, done.synaptic_events);
    json["uJ_per_input"] = uJ_over(joules, done.synaptic_events + done.poisson_inputs);
}

} // namespace

Json counters_to_json(const Counters& counters) {
    return {{"spikes", counters.spikes},
            {"predicted_spikes", counters.predicted_spikes},
            {"candidates", counters.candidates},
            {"arrivals", counters.arrivals},
            {"synaptic_events", counters.synaptic_events},
            {"poisson_inputs", counters.poisson_inputs},
            {"windows", counters.windows}};
}

Json use_to_json(const EnergyUse& use, const CorePower& core) {
    const Energy energy = energy_of(use, core);
    Json json = {{"J", energy.J}, {"how", energy.how()}, {"source", energy.source}};
    if (!energy.measured) json["why_not_measured"] = use.meter;
    json["processor_s"] = use.processor_s;
    return json;
}

Json energy_to_json(const EnergyUse& use, const CorePower& core, const EventsDone& done) {
    Json json = use_to_json(use, core);
    json["synaptic_events"] = done.synaptic_events;
    json["poisson_inputs"] = done.poisson_inputs;
    add_per_event(json, json.at("J").get<double>(), done);
    return json;
}

Json board_energy_to_json(const BoardRun& run, const EventsDone& done) {
    const mapping::Board& board = mapping::board(run.layout.machine.board);
    const double real_s = 1e-3 * run.duration_ms * run.pace.slow_down;
    const double W = real_s > 0.0 ? mapping::power_of(board, run.work, real_s).total_W() : 0.0;
    Json json = {{"machine", run.layout.machine.name},
                 {"how", "estimate"},
                 {"source", board.sources},
                 {"chips", run.work.chips},
                 {"cores", run.work.cores},
                 {"packets", run.work.packets},
                 {"link_passages", run.work.link_passages},
                 {"W", W},
                 {"J", W * real_s}};
    add_per_event(json, W * real_s, done);
    return json;
}

std::string energy_text(const Json& energy) {
    const auto how = energy.at("how").get<std::string>();
    if (!energy.at("uJ_per_synaptic_event").is_number())
        return fmt::format("{:.3g} J ({})", energy.at("J").get<double>(), how);
    std::string text =
        fmt::format("{:.3g} uJ a synaptic event", energy.at("uJ_per_synaptic_event").get<double>());
    if (energy.at("uJ_per_input") != energy.at("uJ_per_synaptic_event"))
        text +=
            fmt::format(", {:.3g} with Poisson inputs", energy.at("uJ_per_input").get<double>());
    return text + fmt::format(" ({})", how);
}

} // namespace spikewell::io
