#include "io/results/emulation_json.hpp"

#include "io/made_by.hpp"

#include <cmath>

namespace spikewell::io {

using Json = nlohmann::ordered_json;

namespace {

using namespace mapping;
using experiments::EmulationStudy;
using experiments::RateChange;

Json number_or_null(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json link_to_json(const Layout& layout, std::uint32_t link) {
    const ChipCoord at = layout.machine.coord(link / k_links);
    return {{"x", at.x}, {"y", at.y}, {"link", link % k_links}};
}

Json activity_to_json(const BoardActivity& a, const Layout& layout) {
    Json links = Json::array();
    for (std::uint32_t link = 0; link < a.link_packets_per_ms.size(); ++link) {
        if (a.link_packets_per_ms[link] <= 0.0) continue;
        links.push_back(link_to_json(layout, link));
        links.back()["packets_per_ms"] = a.link_packets_per_ms[link];
    }
    Json cores = Json::array();
    for (std::size_t c = 0; c < a.cores.size(); ++c) {
        cores.push_back({{"vertex_label", layout.graph.vertices[layout.slices[c].vertex].label},
                         {"spikes_per_ms", a.cores[c].spikes_per_ms},
                         {"packets_per_ms", a.cores[c].packets_per_ms},
                         {"cycles", a.cores[c].cycles},
                         {"load", a.cores[c].load}});
    }
    Json busiest = link_to_json(layout, a.busiest_link);
    busiest["mean_packets_per_ms"] = a.busiest_mean_per_ms;
    return {{"busiest_link", std::move(busiest)},
            {"peak_packets_per_ms", a.busiest_peak_per_ms},
            {"link_capacity_per_ms",
             a.link_capacity_per_ms > 0.0 ? Json(a.link_capacity_per_ms) : Json(nullptr)},
            {"link_passages", a.link_passages},
            {"energy",
             {{"idle_chips_W", a.energy.idle_chips_W},
              {"active_cores_W", a.energy.active_cores_W},
              {"links_W", a.energy.links_W},
              {"packets_W", a.energy.packets_W},
              {"total_W", a.energy.total_W()},
              {"J_per_model_s", a.energy_J_per_model_s}}},
            {"links", std::move(links)},
            {"cores", std::move(cores)}};
}

Json timing_to_json(const BoardActivity& a, const Layout& layout) {
    const StepTiming& t = a.timing;
    const auto known = [](double value) { return value > 0.0 ? Json(value) : Json(nullptr); };
    Json fullest = link_to_json(layout, t.fullest_link);
    fullest["packets"] = t.fullest_packets;
    fullest["at_ms"] = t.fullest_at_ms;
    Json cores{{"cycles_a_step", known(t.core_cycles)},
               {"packets", t.arrived_packets},
               {"late_packets", t.late_packets},
               {"late_cores", t.late_cores}};
    if (t.most_cycles > 0.0)
        cores["most"] = {
            {"vertex_label", layout.graph.vertices[layout.slices[t.latest_core].vertex].label},
            {"cycles", t.most_cycles},
            {"at_ms", t.most_at_ms}};
    return {{"step_ms", t.step_ms},
            {"step_real_us", t.step_real_us},
            {"links",
             {{"capacity_a_step", known(t.link_capacity)},
              {"crowded_steps", t.crowded_steps},
              {"packets_beyond", t.packets_beyond},
              {"fullest", std::move(fullest)}}},
            {"cores", std::move(cores)},
            {"longest_way", {{"hops", t.longest_way_hops}, {"us", known(t.longest_way_us)}}},
            {"warnings", timing_warnings(a, layout)}};
}

Json behaviour_to_json(const experiments::Behaviour& b) {
    return {{"retrieval_dr2_median", number_or_null(b.evaluation.retrieval.median)},
            {"generalization_dr2_median", number_or_null(b.evaluation.generalization.median)}};
}

Json distance_to_json(const experiments::LawDistance& d) {
    return {{"mean_rms", d.mean_rms}, {"covariance_relative", d.covariance_relative}};
}

Json effects_to_json(const experiments::BoardEffects& e) {
    return {
        {"direct", behaviour_to_json(e.direct)},
        {"other_seed", behaviour_to_json(e.other_seed)},
        {"board", behaviour_to_json(e.board)},
        {"law_distance",
         {{"other_seed", distance_to_json(e.by_chance)}, {"board", distance_to_json(e.by_board)}}}};
}

} // namespace

Json emulation_to_json(const EmulationStudy& study, const Layout& layout) {
    Json rounded = Json::array();
    for (const RoundedWeights& r : study.rounded) {
        rounded.push_back({{"projection", r.projection},
                           {"weight_step", r.step},
                           {"greatest_weight_change", r.greatest_change},
                           {"relative_rms_change", r.relative_rms},
                           {"greatest_delay_change_ms", r.greatest_delay_change_ms}});
    }
    Json rates = Json::array();
    for (std::size_t p = 0; p < study.rates.size(); ++p) {
        const RateChange& r = study.rates[p];
        const RateChange& chance = study.by_chance[p];
        rates.push_back({{"population", r.population},
                         {"direct_Hz", r.direct_Hz},
                         {"board_Hz", r.board_Hz},
                         {"neuron_rms_Hz", r.neuron_rms_Hz},
                         {"other_seed_Hz", chance.board_Hz},
                         {"other_seed_neuron_rms_Hz", chance.neuron_rms_Hz}});
    }
    const PacketCounts& p = study.packets;
    Json document{{"format", "spikewell-emulation"},
                  {"version", 1},
                  {"made_by", made_by()},
                  {"name", layout.graph.name},
                  {"machine", layout.machine.name},
                  {"duration_ms", study.duration_ms},
                  {"spikes", study.spikes},
                  {"identical", !study.difference.has_value()},
                  {"packets",
                   {{"sent", p.sent},
                    {"delivered", p.delivered},
                    {"unused", p.unused},
                    {"unknown", p.unknown},
                    {"lost", p.lost}}},
                  {"groups", study.n_shares},
                  {"activity", activity_to_json(study.activity, layout)},
                  {"timing", timing_to_json(study.activity, layout)},
                  {"board",
                   {{"weight_bits", study.weight_bits},
                    {"time_step_ms", study.pace.time_step_ms},
                    {"slow_down", study.pace.slow_down},
                    {"projections", std::move(rounded)},
                    {"populations", std::move(rates)}}}};
    if (study.effects) document["board"]["model"] = effects_to_json(*study.effects);
    return document;
}

} // namespace spikewell::io
