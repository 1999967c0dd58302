#include "mapping/resources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

namespace spikewell::mapping {

namespace {

// --- Bytes: sPyNNaker population_vertex.py, master_pop_table.py, synapse_io.py.
constexpr std::int64_t k_neuron_bytes =
    std::int64_t{4} * 16; // parameters and state of IF_curr_exp, 16 words
constexpr std::int64_t k_history_bytes = 4 + 16 * 4 + 16 * 2; // post events of a plastic neuron
constexpr std::int64_t k_source_table_bytes = 12 + 4;         // of a source core
constexpr std::int64_t k_spike_buffer_bytes = std::int64_t{256} * 4;
constexpr std::int64_t k_reserved_bytes =
    8192; // stack and heap: nengo_spinnaker leaves 56 KiB of 64
constexpr std::int64_t k_system_bytes = 412;
constexpr std::int64_t k_row_header_words = 3;
constexpr std::int64_t k_plastic_header_bytes = 4 + 8;

// --- Bits of an axon's synapses: nengo-loihi block.py.
constexpr std::int64_t k_axon_header_bits = 4 + 6;
constexpr std::int64_t k_axon_quantum_bits = 64;

constexpr double k_lif_Hz = 30.0;

int bits_for(std::uint64_t n) {
    return n <= 1 ? 0 : static_cast<int>(std::bit_width(n - 1));
}

std::int64_t plastic_words(std::int64_t n) {
    return (n + 1) / 2 + (k_plastic_header_bytes + 2 * n + 3) / 4;
}

std::int64_t words_of(const RowBlock& block, std::uint32_t n) {
    return block.plastic ? plastic_words(n) : std::int64_t{n};
}

std::uint32_t longest_row(const RowBlock& block) {
    return *std::max_element(block.synapses.begin(), block.synapses.end());
}

bool any_plastic(const std::vector<RowBlock>& rows) {
    return std::any_of(rows.begin(), rows.end(), [](const RowBlock& b) { return b.plastic; });
}

/// Neurons of the span that have a twin beside them.
std::uint32_t twins_of(const Network& network,
                       const NeuronSpan& span,
                       const std::vector<RowBlock>& rows) {
    for (const RowBlock& block : rows) {
        const auto* dense =
            std::get_if<FactorisedProjection>(&network.projections[block.projection]);
        if (dense != nullptr && dense->plasticity &&
            dense->plasticity->prediction == Prediction::spiking)
            return span.count;
    }
    return 0;
}

double neuron_cycles(const CycleCosts& costs, const Population& population) {
    if (std::holds_alternative<DyadicPopulation>(population)) return costs.neuron + costs.escape;
    if (const auto* lif = std::get_if<NeuronPopulation>(&population)) {
        // Each input is a Poisson source of its neuron's own, run beside it.
        return costs.neuron + (has_escape(lif->neuron) ? costs.escape : 0.0) +
               costs.source * static_cast<double>(lif->inputs.size());
    }
    return costs.source;
}

double cycles_of_packet(const CycleCosts& costs, const RowBlock& block, double length) {
    // A pulse is written to the ring buffer twice: where it begins and, inverted, where it ends.
    const double writes = block.onto_nodes ? 2.0 : 1.0;
    if (!block.plastic) return costs.row + writes * costs.synapse * length;
    return costs.plastic_row +
           (costs.plastic_synapse + costs.post_spike + (writes - 1.0) * costs.synapse) * length;
}

/// Cores whose rows lie in the chip's memory and whose inputs wait in a ring buffer.
void add_row_machine(CoreLoad& load,
                     const NeuronSpan& span,
                     const std::vector<RowBlock>& rows,
                     const Network& network,
                     const Pace& pace) {
    const Population& population = network.populations[span.population];
    const bool plastic = any_plastic(rows);
    double longest_delay_ms = 0.0;
    bool both_signs = false;
    std::int64_t table_bytes = 8;
    load.sdram_bytes = k_system_bytes + 2 * k_neuron_bytes * load.neurons;
    for (const RowBlock& block : rows) {
        const std::int64_t words = words_of(block, longest_row(block));
        load.row_words = std::max(load.row_words, static_cast<std::uint32_t>(words));
        load.sdram_bytes +=
            static_cast<std::int64_t>(block.synapses.size()) * (words + k_row_header_words) * 4;
        table_bytes += k_source_table_bytes;
        longest_delay_ms = std::max(longest_delay_ms, block.longest_delay_ms);
        both_signs |= block.both_signs || rows.size() > 1;
    }
    load.sdram_bytes += table_bytes;
    load.data_bytes = k_reserved_bytes + k_spike_buffer_bytes + table_bytes +
                      k_neuron_bytes * load.neurons +
                      2 * (load.row_words + k_row_header_words) * 4 +
                      (plastic ? k_history_bytes * load.neurons : 0);
    if (!rows.empty() && pace.time_step_ms > 0.0) {
        const auto slots =
            static_cast<std::uint64_t>(std::ceil(longest_delay_ms / pace.time_step_ms - 1e-9)) + 1;
        const std::uint32_t targets = span.count / neurons_per_unit(population);
        load.ring_buffer_bits = bits_for(targets) + (both_signs ? 1 : 0) + bits_for(slots);
        load.data_bytes += std::int64_t{2} << std::min(load.ring_buffer_bits, 40);
    }
}

/// Row blocks by the population they come from.
using RowsFrom = std::map<std::uint32_t, std::vector<const RowBlock*>>;

RowsFrom by_source(const std::vector<RowBlock>& rows) {
    RowsFrom from;
    for (const RowBlock& block : rows)
        from[block.pre].push_back(&block);
    return from;
}

/// Calls visit(rows of the neuron's population, neuron, its rate in packets per ms).
template <class Visit>
void for_each_arriving(const Arrivals& arrivals, const RowsFrom& rows, Visit&& visit) {
    const std::vector<const RowBlock*> none;
    for (const NeuronSpan& span : arrivals.from) {
        const auto at = rows.find(span.population);
        const auto& blocks = at == rows.end() ? none : at->second;
        for (std::uint32_t n = span.first; n < span.first + span.count; ++n)
            visit(blocks, n, 1e-3 * arrivals.rates[span.population][n]);
    }
}

/// A packet whose neuron has no row here is looked for all the same.
double cycles_of_arrival(const CycleCosts& costs,
                         const std::vector<const RowBlock*>& blocks,
                         std::uint32_t neuron) {
    double cycles = 0.0;
    for (const RowBlock* block : blocks) {
        if (block->keeps(neuron)) cycles += cycles_of_packet(costs, *block, block->length(neuron));
    }
    return cycles > 0.0 ? cycles : costs.row;
}

double step_cycles(const CycleCosts& costs,
                   const Population& population,
                   const std::vector<RowBlock>& rows,
                   std::uint32_t n_neurons) {
    return (any_plastic(rows) ? costs.plastic_step : costs.step) +
           neuron_cycles(costs, population) * n_neurons;
}

void add_packets(CoreLoad& load,
                 const Population& population,
                 const std::vector<RowBlock>& rows,
                 const Board& board,
                 const Pace& pace,
                 const Arrivals& arrivals) {
    double cycles_per_ms = 0.0;
    for_each_arriving(arrivals, by_source(rows),
                      [&](const auto& blocks, std::uint32_t neuron, double per_ms) {
                          load.packets_per_ms += per_ms;
                          cycles_per_ms += per_ms * cycles_of_arrival(board.cycles, blocks, neuron);
                      });
    if (board.routing != Routing::tables) return;
    load.cycles = step_cycles(board.cycles, population, rows, load.neurons) +
                  pace.time_step_ms * cycles_per_ms;
}

/// Where weights have no sign, exciting and inhibiting synapses are rows of their own.
std::uint32_t copies_of(const RowBlock& block, const Board& board) {
    return block.both_signs && !board.core.signed_weight ? 2 : 1;
}

/// Axons that one source neuron takes of the core that hears it.
std::uint32_t axons_of(const std::vector<const RowBlock*>& blocks,
                       std::uint32_t neuron,
                       const Board& board) {
    const std::uint32_t most = board.core.signed_weight ? 1 : 2;
    std::uint32_t axons = 0;
    for (const RowBlock* block : blocks)
        axons += block->has_row(neuron) ? copies_of(*block, board) : 0;
    return std::clamp(axons, 1U, most);
}

/// Cores that hold their synapses and listen to axons.
void add_axon_machine(CoreLoad& load,
                      const std::vector<RowBlock>& rows,
                      const Board& board,
                      const Arrivals& arrivals) {
    const int index_bits = bits_for(load.neurons);
    for (const RowBlock& block : rows) {
        // A row for each source neuron: nothing multiplies by a gain on the way.
        const std::uint32_t copies = copies_of(block, board);
        for (const std::uint32_t n : block.synapses) {
            if (n == 0) continue;
            const std::int64_t bits =
                std::int64_t{n} * (board.core.weight_bits + index_bits) + k_axon_header_bits;
            load.synapse_bits += std::int64_t{block.neurons_per_row} * copies *
                                 ((bits + k_axon_quantum_bits - 1) / k_axon_quantum_bits) *
                                 k_axon_quantum_bits;
        }
    }
    for_each_arriving(arrivals, by_source(rows),
                      [&](const auto& blocks, std::uint32_t neuron, double /*per_ms*/) {
                          load.in_axons += axons_of(blocks, neuron, board);
                      });
}

/// Synapses of the neuron that has most.
std::uint32_t fan_in_of(const std::vector<RowBlock>& rows,
                        const NeuronSpan& span,
                        const Population& population,
                        const Board& board) {
    std::vector<std::uint32_t> fan_in(span.count, 0);
    for (const RowBlock& block : rows) {
        const std::uint32_t neurons = block.onto_nodes ? neurons_per_unit(population) : 1;
        for (std::uint32_t n = 0; n < span.count; ++n)
            fan_in[n] +=
                copies_of(block, board) * block.neurons_per_row * block.fan_in[n / neurons];
    }
    return *std::max_element(fan_in.begin(), fan_in.end());
}

// Of each neuron of a population, as far as that can be said without running it.

std::vector<double> rates_of(const DyadicPopulation& nodes) {
    return std::vector<double>(nodes.code().n_neurons(), 500.0 / nodes.neuron.tau_ref_ms);
}
std::vector<double> rates_of(const NeuronPopulation& cells) {
    return std::vector<double>(cells.size, k_lif_Hz);
}
template <RandomSource Source> std::vector<double> rates_of(const Source& source) {
    const std::vector<double>& rates = source.rate.rates_Hz;
    return std::vector<double>(source.size, *std::max_element(rates.begin(), rates.end()));
}
std::vector<double> listed_rates(const std::vector<Spike>& spikes, std::size_t n) {
    std::vector<double> rates(n, 0.0);
    double last_ms = 1.0;
    for (const Spike& spike : spikes)
        last_ms = std::max(last_ms, spike.t_ms);
    for (const Spike& spike : spikes)
        rates[spike.source] += 1000.0 / last_ms;
    return rates;
}
std::vector<double> rates_of(const SpikeListPopulation& list) {
    return listed_rates(list.spikes, list.size);
}
std::vector<double> rates_of(const SpikeListSource& list) {
    return listed_rates(list.spikes, list.layout.n_neurons());
}

} // namespace

SpikeRates estimated_rates(const Network& network) {
    SpikeRates rates;
    for (const Population& population : network.populations)
        rates.push_back(std::visit([](const auto& p) { return rates_of(p); }, population));
    return rates;
}

SpikeRates counted_rates(const Network& network,
                         const std::vector<std::vector<Spike>>& spikes,
                         double duration_ms) {
    SpikeRates rates;
    for (std::size_t p = 0; p < network.populations.size(); ++p) {
        rates.emplace_back(size_of(network.populations[p]), 0.0);
        for (const Spike& spike : spikes[p])
            rates[p][spike.source] += 1000.0 / duration_ms;
    }
    return rates;
}

CoreLoad load_of(const Network& network,
                 const NeuronSpan& span,
                 const std::vector<RowBlock>& rows,
                 const Board& board,
                 const Pace& pace,
                 const Arrivals& arrivals) {
    CoreLoad load;
    load.twins = twins_of(network, span, rows);
    load.neurons = span.count + load.twins;
    for (const RowBlock& block : rows) {
        for (const std::uint32_t n : block.synapses) {
            load.synapses += n;
            load.rows += n > 0 ? 1U : 0U;
        }
    }
    const Population& population = network.populations[span.population];
    if (board.routing == Routing::tables) {
        add_row_machine(load, span, rows, network, pace);
    } else {
        add_axon_machine(load, rows, board, arrivals);
        load.fan_in = fan_in_of(rows, span, population, board);
    }
    add_packets(load, population, rows, board, pace, arrivals);
    return load;
}

double standing_cycles(const Network& network,
                       const NeuronSpan& span,
                       const std::vector<RowBlock>& rows,
                       const Board& board) {
    return step_cycles(board.cycles, network.populations[span.population], rows,
                       span.count + twins_of(network, span, rows));
}

double packet_cycles(const std::vector<RowBlock>& rows,
                     const Board& board,
                     std::uint32_t pre,
                     std::uint32_t neuron) {
    std::vector<const RowBlock*> from;
    for (const RowBlock& block : rows) {
        if (block.pre == pre) from.push_back(&block);
    }
    return cycles_of_arrival(board.cycles, from, neuron);
}

double cycles_available(const Board& board, const Pace& pace) {
    return board.core.clock_Hz * 1e-3 * pace.time_step_ms * pace.slow_down;
}

std::optional<Shortage> shortage_of(const CoreLoad& load, const Board& board, const Pace& pace) {
    const CoreLimits& core = board.core;
    const std::string other = "another --machine";
    const std::string steps = "a longer --time-step-ms or shorter delays";
    const double planned = k_planned_cycles * cycles_available(board, pace);
    const Shortage all[] = {
        {"neurons of a core (twins count)", double(load.neurons), double(core.neurons),
         core.neurons < mapping::board(board.name).core.neurons ? "more --neurons-per-core"
                                                                : other},
        {"words of a synaptic row", double(load.row_words), double(core.row_words), other},
        {"ring buffer bits of a core (neurons, synapse types, delays)",
         double(load.ring_buffer_bits), double(core.ring_buffer_bits), steps},
        {"data memory of a core in bytes", double(load.data_bytes), double(core.data_bytes), steps},
        {"memory of a chip in bytes", double(load.sdram_bytes), double(board.sdram_bytes), other},
        {"cycles of a core in a time step (80 % of all)", std::ceil(load.cycles), planned,
         fmt::format("--slow-down {:.4g}, or --rates-from-ms where rates are lower than estimated",
                     1.001 * pace.slow_down * load.cycles / std::max(planned, 1.0))},
        {"synapse memory of a core in bits", double(load.synapse_bits), double(core.synapse_bits),
         other},
        {"input axons of a core", double(load.in_axons), double(core.in_axons), other},
        {"output axons of a core", double(load.out_axons), double(core.out_axons), other},
        {"synapses of a neuron", double(load.fan_in), double(core.fan_in), other},
    };
    std::optional<Shortage> worst;
    for (const Shortage& s : all) {
        if (s.available <= 0.0 || s.needed <= s.available) continue;
        if (!worst || s.needed / s.available > worst->needed / worst->available) worst = s;
    }
    return worst;
}

} // namespace spikewell::mapping
