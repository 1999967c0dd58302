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

/// Of each neuron the unit among whose homes it is; k_no_unit where none has it.
constexpr std::uint32_t k_no_unit = ~std::uint32_t{0};
[[nodiscard]] std::vector<std::uint32_t> home_units(const Units& units, std::size_t n_neurons);

/// What a unit adds to a budget of a part; is_new(source): the part does not list it yet.
template <class IsNew>
[[nodiscard]] std::int64_t added_cost(const Units& units,
                                      const PartLimits& limits,
                                      std::size_t budget,
                                      std::uint32_t unit,
                                      const IsNew& is_new) {
    std::int64_t cost = units.neuron_costs[budget][unit];
    const std::vector<std::int64_t>& per_axon = limits.budgets[budget].per_axon;
    if (per_axon.empty()) return cost;
    for (const std::uint32_t source : units.sources[unit])
        cost += is_new(source) ? per_axon[source] : 0;
    return cost;
}
/// Of a unit by itself.
[[nodiscard]] inline std::int64_t cost_alone(const Units& units,
                                             const PartLimits& limits,
                                             std::size_t budget,
                                             std::uint32_t unit) {
    return added_cost(units, limits, budget, unit, [](std::uint32_t) { return true; });
}

/// Whether a part may hold so many neurons and inbound axons, and used(budget) of each budget.
template <class Used>
[[nodiscard]] bool within(const PartLimits& limits,
                          std::size_t neurons,
                          std::size_t axons,
                          const Used& used) {
    bool within = neurons <= limits.neurons && axons <= limits.in_axons;
    for (std::size_t i = 0; within && i < limits.budgets.size(); ++i)
        within = used(i) <= limits.budgets[i].most;
    return within;
}

/// One more than the greatest; 0 of none.
[[nodiscard]] std::uint32_t count_of(const std::vector<std::uint32_t>& numbers);
/// What contains each of `inner`, which says where each of something finer is.
[[nodiscard]] std::vector<std::uint32_t> composed(const std::vector<std::uint32_t>& inner,
                                                  const std::vector<std::uint32_t>& outer);

} // namespace spikewell::mapping::detail
