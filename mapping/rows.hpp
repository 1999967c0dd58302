#pragma once

#include "network/network.hpp"

#include <cstdint>
#include <vector>

namespace spikewell::mapping {

/// Neurons first .. first + count - 1 of a population.
struct NeuronSpan {
    std::uint32_t population = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool operator==(const NeuronSpan&) const = default;
};

/// What one projection brings onto a span: a row of synapses for each source that has some there.
struct RowBlock {
    std::uint32_t projection = 0;
    std::uint32_t pre = 0;   ///< population
    std::uint32_t first = 0; ///< first source neuron of row 0
    /// Source neurons that share a row: those of a node, whose weights differ by powers of two.
    std::uint32_t neurons_per_row = 1;
    /// Targets are nodes: each takes the row's weight once for all its neurons.
    bool onto_nodes = false;
    bool plastic = false;
    bool both_signs = false;
    double longest_delay_ms = 0.0;       ///< until the last effect of a spike, its pulse's end
    std::vector<std::uint32_t> synapses; ///< [row] of it; 0: no row
    std::vector<std::uint32_t> fan_in;   ///< [neuron, or node, of the span] rows that reach it

    /// Whether a row, be it empty, is kept for the neuron.
    [[nodiscard]] bool keeps(std::uint32_t neuron) const {
        return neuron >= first && (neuron - first) / neurons_per_row < synapses.size();
    }
    /// Synapses in the neuron's row.
    [[nodiscard]] std::uint32_t length(std::uint32_t neuron) const {
        return keeps(neuron) ? synapses[(neuron - first) / neurons_per_row] : 0;
    }
    [[nodiscard]] bool has_row(std::uint32_t neuron) const { return length(neuron) > 0; }
};

/// Rows of all projections that have any onto the span. Of a dyadic population the span must be whole
/// nodes.
[[nodiscard]] std::vector<RowBlock> rows_onto(const Network& network, const NeuronSpan& span);

/// Neurons that must stay together, beginning at multiples of it: K of a dyadic population, else 1.
[[nodiscard]] std::uint32_t neurons_per_unit(const Population& population);

} // namespace spikewell::mapping
