#pragma once

#include "mapping/detail/regroup.hpp"

namespace spikewell::mapping::detail {

/// Rows of numbers, one after another.
struct Rows {
    std::vector<std::size_t> begin{0};
    std::vector<std::uint32_t> values;

    [[nodiscard]] std::size_t size() const { return begin.size() - 1; }
    [[nodiscard]] std::span<const std::uint32_t> operator[](std::size_t row) const {
        return std::span(values).subspan(begin[row], begin[row + 1] - begin[row]);
    }
    void close_row() { begin.push_back(values.size()); }
};

/// The values as rows and the rows as values: in row v, all rows that have v; ascending.
[[nodiscard]] Rows transposed(const Rows& rows, std::size_t n_values);

/// What is moved as one: neurons, or clusters of them. Neurons are numbered by falling rate, so that rows
/// begin with the busiest sources.
struct Units {
    std::vector<std::uint32_t> neurons; // [n_units]
    Rows sources;                       // of a unit: distinct sources with targets in it
    Rows homes;                         // of a unit: its neurons without a target in it
    Rows reached;                       // of a source: units with its targets
    std::vector<std::vector<std::int64_t>> neuron_costs; // [budgets][n_units]

    [[nodiscard]] std::size_t n_units() const { return neurons.size(); }
};

/// Every neuron a unit.
[[nodiscard]] Units single_neurons(const NeuronGraph& graph, const PartLimits& limits);

/// Unit u becomes part of cluster_of[u] (0 .. n_clusters - 1).
[[nodiscard]] Units contract_units(const Units& fine,
                                   const std::vector<std::uint32_t>& cluster_of,
                                   std::size_t n_clusters);

/// Pairs units that share most spikes, for the least that both need, into clusters that take at most
/// `share` of a part; cluster numbers of the units. Units choose in an order that follows `seed`.
[[nodiscard]] std::vector<std::uint32_t> pair_units(const NeuronGraph& graph,
                                                    const Units& fine,
                                                    const PartLimits& limits,
                                                    double share,
                                                    std::uint64_t seed);

/// 0 .. n - 1 in an order that follows seed and id.
[[nodiscard]] std::vector<std::uint32_t> random_order(std::size_t n,
                                                      std::uint64_t seed,
                                                      std::uint32_t id);

} // namespace spikewell::mapping::detail
