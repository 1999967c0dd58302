#include "report/emulation_report.hpp"

#include "report/experiment_reports.hpp"
#include "report/format.hpp"
#include "report/mapping_report.hpp"
#include "report/plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>

namespace spikewell::report {

namespace {

using namespace mapping;
using experiments::EmulationStudy;
using Row = std::vector<std::string>;

Section verdict_section(const EmulationStudy& study) {
    const std::string text =
        study.difference
            ? fmt::format("Spikes differ from those of the direct simulation, first at spike {} of "
                          "population {}.",
                          study.difference->index + 1, study.difference->population)
        : study.spikes == 0
            ? fmt::format(
                  "No neuron fired in {} ms, directly or on the board: nothing is compared.",
                  study.duration_ms)
            : fmt::format("All {} spikes of {} ms are those of the direct simulation, one for one.",
                          study.spikes, study.duration_ms);
    const PacketCounts& p = study.packets;
    return {
        "Result",
        {Paragraph{text},
         Table{"",
               {"packets", "number"},
               {{"sent", fmt::format("{}", p.sent)},
                {"deliveries to cores with a row for the source", fmt::format("{}", p.delivered)},
                {"deliveries to cores without one", fmt::format("{}", p.unused)},
                {"deliveries to no slice, or of nobody's key", fmt::format("{}", p.unknown)},
                {"copies lost", fmt::format("{}", p.lost)}}}}};
}

std::string of_capacity(double packets, double capacity) {
    if (capacity <= 0.0) return fmt::format("{:.2f}", packets);
    return fmt::format("{:.2f} ({:.2f} %)", packets, 100.0 * packets / capacity);
}

Section traffic_section(const EmulationStudy& study, const Layout& layout) {
    std::vector<double> most(layout.machine.chips.size(), 0.0);
    std::vector<const Place*> place_of(layout.graph.vertices.size(), nullptr);
    for (const Place& place : layout.places)
        place_of[place.vertex] = &place;
    for (std::size_t c = 0; c < study.activity.cores.size(); ++c) {
        const ChipIndex chip = place_of[layout.slices[c].vertex]->chip;
        most[chip] = std::max(most[chip], 100.0 * study.activity.cores[c].load);
    }
    const std::vector<std::string> slices = slices_by_chip(layout);
    const BoardActivity& a = study.activity;
    const auto sent_on = [&](ChipIndex chip) {
        double sum = 0.0;
        for (unsigned link = 0; link < k_links; ++link)
            sum += a.link_packets_per_ms[chip * k_links + link];
        return sum;
    };
    const ChipCoord at = layout.machine.coord(a.busiest_link / k_links);
    const unsigned link = a.busiest_link % k_links;
    Table table{"Packets per ms of real time; in brackets, of a link's capacity",
                {"quantity", "value"},
                {{fmt::format("busiest link, chip {} {}", to_text(at), k_link_names[link]),
                  of_capacity(a.busiest_mean_per_ms, a.link_capacity_per_ms)},
                 {"most over a link in one time step",
                  of_capacity(a.busiest_peak_per_ms, a.link_capacity_per_ms)},
                 {"capacity of a link", a.link_capacity_per_ms > 0.0
                                            ? fmt::format("{:.0f}", a.link_capacity_per_ms)
                                            : "not known"}}};
    return {"Traffic and load",
            {PlotGrid{{chip_map(layout.machine,
                                {"traffic sent on", "packets per ms", sent_on,
                                 "traffic of a link / packets per ms"},
                                busy_links(layout.machine, a.link_packets_per_ms), slices),
                       chip_map(layout.machine,
                                {"fullest core", "% of its cycles",
                                 [&](ChipIndex chip) { return most[chip]; }},
                                {}, slices)}},
             table}};
}

/// Whether packets kept up with time.
Section timing_section(const EmulationStudy& study, const Layout& layout) {
    const StepTiming& t = study.activity.timing;
    const std::string none = "not known";
    const auto of = [&](double value, const std::string& unit) {
        return value > 0.0 ? fmt::format("{:.6g} {}", value, unit) : none;
    };
    Section section{
        "Timing",
        {Table{fmt::format("Steps of {:.4g} ms, {:.6g} us of real time each", t.step_ms,
                           t.step_real_us),
               {"quantity", "found", "there is"},
               {{"most packets over a link in a step", fmt::format("{}", t.fullest_packets),
                 of(t.link_capacity, "packets")},
                {"links and steps with more than that", fmt::format("{}", t.crowded_steps), ""},
                {"most cycles of a core in a step, with what waited",
                 t.core_cycles > 0.0 ? fmt::format("{:.0f}", t.most_cycles) : none,
                 of(t.core_cycles, "cycles")},
                {"packets not worked through in their step",
                 t.core_cycles > 0.0 ? fmt::format("{}", t.late_packets) : none,
                 fmt::format("{} came", t.arrived_packets)},
                {fmt::format("longest way of a packet, {} links", t.longest_way_hops),
                 of(t.longest_way_us, "us"), of(t.step_real_us, "us")}}}}};
    for (const std::string& warning : timing_warnings(study.activity, layout))
        section.blocks.emplace_back(Paragraph{"Warning: " + warning + "."});
    return section;
}

Table load_table(const EmulationStudy& study, const Layout& layout) {
    std::vector<std::size_t> order(study.activity.cores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
        return study.activity.cores[x].load > study.activity.cores[y].load;
    });
    constexpr std::size_t k_shown = 10;
    Table table{"The cores with most to do",
                {"slice", "spikes per ms", "packets per ms", "cycles a step", "load"},
                {}};
    for (std::size_t k = 0; k < std::min(k_shown, order.size()); ++k) {
        const CoreActivity& core = study.activity.cores[order[k]];
        table.rows.push_back(
            {layout.graph.vertices[layout.slices[order[k]].vertex].label,
             fmt::format("{:.2f}", core.spikes_per_ms), fmt::format("{:.1f}", core.packets_per_ms),
             fmt::format("{:.0f}", core.cycles), fmt::format("{:.0f} %", 100.0 * core.load)});
    }
    return table;
}

Section energy_section(const EmulationStudy& study, const Layout& layout) {
    const Board& b = board(layout.machine.board);
    const EnergyEstimate& e = study.activity.energy;
    if (e.total_W() <= 0.0)
        return {"Energy", {Paragraph{"No source gives figures for " + b.name + "."}}};
    Table table{"",
                {"part", "from", "W"},
                {{"chips, idle", fmt::format("{} W each", b.energy.idle_chip_W),
                  fmt::format("{:.4f}", e.idle_chips_W)},
                 {"cores with a slice", fmt::format("{} W each", b.energy.active_core_W),
                  fmt::format("{:.4f}", e.active_cores_W)},
                 {"bits over links",
                  fmt::format("{} pJ a bit, {} bits a packet", b.energy.link_bit_pJ, b.packet_bits),
                  fmt::format("{:.6f}", e.links_W)},
                 {"packets", fmt::format("{} nJ a spike", b.energy.spike_packet_nJ),
                  fmt::format("{:.6f}", e.packets_W)},
                 {"together", "", fmt::format("{:.4f}", e.total_W())}}};
    constexpr double k_mW = 1000.0; // in a W
    const std::vector<Bar> bars = {{"idle chips", "", k_mW * e.idle_chips_W, std::nullopt},
                                   {"cores", "", k_mW * e.active_cores_W, std::nullopt},
                                   {"links", "", k_mW * e.links_W, std::nullopt},
                                   {"packets", "", k_mW * e.packets_W, std::nullopt}};
    nlohmann::json power = grouped_bars(bars, "power / mW");
    power["panels"][0]["y"]["scale"] = "log"; // a board's idle chips take most by far
    return {"Energy, an estimate",
            {Plot{"Power of each part, on a logarithmic scale.", std::move(power)}, table,
             Paragraph{fmt::format(
                 "{:.4g} J a second of model time. Chips and cores alone, without the boards' "
                 "supplies. Sources: {}",
                 study.activity.energy_J_per_model_s, b.sources)}}};
}

Table rates_table(const EmulationStudy& study) {
    Table table{"Rates, Hz; in brackets, the neurons' root-mean-square change",
                {"population", "directly", "on the board", "directly, another seed"},
                {}};
    for (std::size_t p = 0; p < study.rates.size(); ++p) {
        const auto cell = [](const experiments::RateChange& r) {
            return fmt::format("{:.3f} ({:.3f})", r.board_Hz, r.neuron_rms_Hz);
        };
        table.rows.push_back({study.rates[p].population,
                              fmt::format("{:.3f}", study.rates[p].direct_Hz), cell(study.rates[p]),
                              cell(study.by_chance[p])});
    }
    return table;
}

Table effects_table(const experiments::BoardEffects& e) {
    const auto scores = [&](const char* name, const auto member) {
        const auto cell = [&](const experiments::Behaviour& b) {
            return shown(b.evaluation.*member, 4);
        };
        return Row{name, cell(e.direct), cell(e.other_seed), cell(e.board)};
    };
    const auto row = [](const char* name, double direct, double seed, double on_board) {
        return Row{name, shown(direct, 4), shown(seed, 4), shown(on_board, 4)};
    };
    return {"What the trained network does",
            {"figure", "directly", "directly, another seed", "on the board"},
            {scores("retrieval, median dR2", &experiments::Evaluation::retrieval),
             scores("generalization, median dR2", &experiments::Evaluation::generalization),
             row("free run: means, rms difference", 0.0, e.by_chance.mean_rms, e.by_board.mean_rms),
             row("free run: covariance, relative difference", 0.0, e.by_chance.covariance_relative,
                 e.by_board.covariance_relative)}};
}

/// Spikes directly and with the board's precision, a plot for each of the first populations.
PlotGrid spikes_beside(const EmulationStudy& study) {
    constexpr std::size_t k_populations = 6;
    PlotGrid plots{{}, 520};
    for (std::size_t p = 0; p < std::min(k_populations, study.beside.size()); ++p) {
        const experiments::SpikesBeside& one = study.beside[p];
        plots.plots.push_back(
            {fmt::format("The first spikes of {}, directly and with the board's precision.",
                         one.population),
             linked(raster_difference({"directly", one.direct}, {"on the board", one.board},
                                      one.neurons, study.shown_ms, {"time / ms", "neuron"}),
                    "time")});
    }
    return plots;
}

Plot retrieval_plot(const EmulationStudy& study) {
    Series retrieval{"retrieval", {}, {}};
    Series generalization{"generalization", {}, {}};
    for (const experiments::OfWeightBits& one : study.of_bits) {
        for (Series* series : {&retrieval, &generalization})
            series->x.push_back(one.bits);
        retrieval.y.push_back(one.retrieval_dr2_median);
        generalization.y.push_back(one.generalization_dr2_median);
    }
    const bool tested = std::any_of(generalization.y.begin(), generalization.y.end(),
                                    [](double y) { return std::isfinite(y); });
    std::vector<Series> series{std::move(retrieval)};
    if (tested) series.push_back(std::move(generalization));
    nlohmann::json plot = line_plot(series, {"bits a weight", "median ΔR²"});
    plot["panels"][0]["marks"].push_back(
        {{"kind", "rule"}, {"x", study.weight_bits}, {"label", "here"}});
    return {"What the trained network does with weights of so many bits, in continuous time.",
            with_level(std::move(plot), study.effects->direct.evaluation.retrieval.median,
                       "retrieval directly")};
}

Section precision_section(const EmulationStudy& study) {
    const std::string step =
        study.pace.time_step_ms > 0.0
            ? fmt::format("spikes that leave at the end of steps of {} ms", study.pace.time_step_ms)
            : "spikes in continuous time";
    Table weights{"Weights and delays",
                  {"projection", "weight step", "greatest change",
                   "rms change, of the weights' rms", "greatest change of a delay, ms"},
                  {}};
    for (const RoundedWeights& r : study.rounded) {
        weights.rows.push_back({fmt::format("{}", r.projection), fmt::format("{:.4g}", r.step),
                                fmt::format("{:.4g}", r.greatest_change),
                                fmt::format("{:.3f} %", 100.0 * r.relative_rms),
                                fmt::format("{:.4g}", r.greatest_delay_change_ms)});
    }
    Section section{"With the board's precision",
                    {Paragraph{fmt::format("{} bits a weight, {}.", study.weight_bits, step)},
                     weights, rates_table(study)}};
    section.blocks.emplace_back(spikes_beside(study));
    if (study.effects) {
        section.blocks.emplace_back(effects_table(*study.effects));
        section.blocks.emplace_back(retrieval_plot(study));
    }
    return section;
}

} // namespace

Document emulation_document(const EmulationStudy& study, const Layout& layout) {
    Document document;
    document.title = "Emulation of " + layout.graph.name;
    document.subtitle = fmt::format("{} ms on {}, {} cores", study.duration_ms, layout.machine.name,
                                    layout.slices.size());
    document.sections.push_back(verdict_section(study));
    document.sections.push_back(traffic_section(study, layout));
    document.sections.back().blocks.emplace_back(load_table(study, layout));
    document.sections.push_back(timing_section(study, layout));
    document.sections.push_back(energy_section(study, layout));
    if (!study.difference) document.sections.push_back(precision_section(study));
    return document;
}

} // namespace spikewell::report
