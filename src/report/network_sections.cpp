#include "report/network_sections.hpp"

#include "mapping/capability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace spikewell::report {

namespace {

using namespace mapping;

/// Figures of the slices of one population.
struct Group {
    std::string population;
    std::vector<const CoreLoad*> loads;

    [[nodiscard]] double most(const std::function<double(const CoreLoad&)>& value) const {
        double most = 0.0;
        for (const CoreLoad* load : loads)
            most = std::max(most, value(*load));
        return most;
    }
};

std::vector<Group> groups_of(const Layout& layout) {
    std::vector<Group> groups;
    for (const PopulationSize& population : layout.populations)
        groups.push_back({population.name, {}});
    for (std::size_t s = 0; s < layout.slices.size(); ++s)
        groups[layout.slices[s].population].loads.push_back(&layout.network->loads[s]);
    return groups;
}

/// "1234 (12 %)", or without the share where there is no limit.
std::string of_limit(double value, double limit) {
    if (limit <= 0.0) return fmt::format("{:.0f}", value);
    return fmt::format("{:.0f} ({:.0f} %)", value, 100.0 * value / limit);
}

std::vector<std::string> loads_row(const Group& g, const Board& b, const Pace& pace) {
    const bool axons = b.routing == Routing::axons;
    const auto cell = [&](auto member, double limit) {
        return of_limit(
            g.most([&](const CoreLoad& load) { return static_cast<double>(load.*member); }), limit);
    };
    std::vector<std::string> row{g.population, fmt::format("{}", g.loads.size()),
                                 cell(&CoreLoad::neurons, b.core.neurons),
                                 cell(&CoreLoad::twins, 0.0), cell(&CoreLoad::synapses, 0.0)};
    const std::vector<std::string> more =
        axons ? std::vector<std::string>{cell(&CoreLoad::synapse_bits,
                                              static_cast<double>(b.core.synapse_bits)),
                                         cell(&CoreLoad::in_axons, b.core.in_axons),
                                         cell(&CoreLoad::out_axons, b.core.out_axons),
                                         cell(&CoreLoad::fan_in, b.core.fan_in)}
              : std::vector<std::string>{
                    cell(&CoreLoad::row_words, b.core.row_words),
                    cell(&CoreLoad::ring_buffer_bits, b.core.ring_buffer_bits),
                    cell(&CoreLoad::data_bytes, static_cast<double>(b.core.data_bytes)),
                    cell(&CoreLoad::sdram_bytes, static_cast<double>(b.sdram_bytes))};
    row.insert(row.end(), more.begin(), more.end());
    row.push_back(
        fmt::format("{:.1f}", g.most([](const CoreLoad& load) { return load.packets_per_ms; })));
    if (!axons) row.push_back(cell(&CoreLoad::cycles, cycles_available(b, pace)));
    return row;
}

Table loads_table(const Layout& layout) {
    const Board& b = board(layout.machine.board);
    const Pace& pace = layout.network->pace;
    Table table{"The fullest core of each population; in brackets, of what a core may have",
                {"population", "cores", "neurons, twins too", "twins", "synapses",
                 "longest row, words", "ring buffer, bits", "data memory, bytes",
                 "chip memory, bytes", "packets per ms", "cycles a step"},
                {}};
    if (b.routing == Routing::axons)
        table.header = {
            "population",           "cores",    "neurons, twins too", "twins",  "synapses",
            "synapse memory, bits", "axons in", "axons out",          "fan-in", "packets per ms"};
    for (const Group& g : groups_of(layout))
        table.rows.push_back(loads_row(g, b, pace));
    return table;
}

Table boards_table(const Network& network) {
    Table table{"", {"board", "model", "runs today", "by what, or what is missing"}, {}};
    for (const Board& b : boards()) {
        for (const Capability& c : capabilities(b, network))
            table.rows.push_back({b.name, c.model, c.ships ? "yes" : "no", c.how});
    }
    return table;
}

/// What boards are to do about evidence, which is no part of their tables; none: nothing.
std::vector<std::string> evidence_lines(const Network& network) {
    std::vector<std::string> lines;
    for (const Population& population : network.populations) {
        const auto* nodes = std::get_if<DyadicPopulation>(&population);
        if (nodes == nullptr || nodes->evidence.times_ms.empty()) continue;
        const bool constant = nodes->evidence.times_ms == std::vector<double>{0.0};
        lines.push_back(
            constant
                ? fmt::format("Evidence of {}: a constant current of each neuron, among its "
                              "parameters.",
                              nodes->name)
                : fmt::format("Evidence of {}: {} settings over time of each neuron's constant "
                              "current, which a host is to bring; neither memory nor packets "
                              "of that are counted.",
                              nodes->name, nodes->evidence.times_ms.size()));
    }
    return lines;
}

} // namespace

void add_network_sections(Document& document, const Layout& layout, const Network& network) {
    const Pace& pace = layout.network->pace;
    std::string step = "Continuous time.";
    if (pace.time_step_ms > 0.0)
        step = fmt::format("Time step {} ms, real time {} model time.", pace.time_step_ms,
                           pace.slow_down == 1.0 ? "is" : fmt::format("{} times", pace.slow_down));
    document.sections.push_back(
        {"Cores",
         {Paragraph{step + " Packets at the rates that the network was mapped for."},
          loads_table(layout)}});
    for (const std::string& line : evidence_lines(network))
        document.sections.back().blocks.emplace_back(Paragraph{line});
    document.sections.push_back({"Boards that can run it today", {boards_table(network)}});
}

} // namespace spikewell::report
