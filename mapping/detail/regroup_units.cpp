#include "mapping/detail/regroup_units.hpp"

#include "core/order.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>

namespace spikewell::mapping::detail {

namespace {

/// Sources that reach more units than this say little about who belongs together, and are much work to look at.
constexpr std::size_t k_widest_telling_source = 256;
/// Of a unit's sources the busiest say most: this many units are looked at, of however many sources.
constexpr std::size_t k_most_looked_at = 1024;
constexpr std::uint32_t k_unpaired = ~std::uint32_t{0};

/// What a unit shares with others: spikes per second that would be saved, and sources.
class SharedSources {
  public:
    SharedSources(const NeuronGraph& graph, const Units& units)
        : graph_(graph), units_(units), home_unit_(home_units(units, graph.n_neurons())),
          saved_Hz_(units.n_units(), 0.0), common_(units.n_units(), 0) {}

    /// Units without a cluster that share something with u, as far as is looked.
    const std::vector<std::uint32_t>& look_from(std::uint32_t u,
                                                const std::vector<std::uint32_t>& cluster) {
        for (const std::uint32_t other : met_) {
            saved_Hz_[other] = 0.0;
            common_[other] = 0;
        }
        met_.clear();
        std::size_t n_looked_at = 0;
        for (const std::uint32_t source : units_.sources[u]) {
            const auto reached = units_.reached[source];
            if (reached.size() > k_widest_telling_source) continue;
            if (n_looked_at > k_most_looked_at) break;
            n_looked_at += reached.size();
            for (const std::uint32_t other : reached) {
                if (meet(other, u, cluster, source)) ++common_[other];
            }
            if (home_unit_[source] != k_no_unit) meet(home_unit_[source], u, cluster, source);
        }
        for (const std::uint32_t neuron : units_.homes[u]) {
            if (units_.reached[neuron].size() > k_widest_telling_source) continue;
            for (const std::uint32_t other : units_.reached[neuron])
                meet(other, u, cluster, neuron);
        }
        return met_;
    }
    [[nodiscard]] double saved_Hz(std::uint32_t other) const { return saved_Hz_[other]; }
    [[nodiscard]] std::size_t joint_sources(std::uint32_t u, std::uint32_t other) const {
        return units_.sources[u].size() + units_.sources[other].size() - common_[other];
    }

  private:
    bool meet(std::uint32_t other,
              std::uint32_t u,
              const std::vector<std::uint32_t>& cluster,
              std::uint32_t source) {
        if (other == u || cluster[other] != k_unpaired) return false;
        if (saved_Hz_[other] == 0.0 && common_[other] == 0) met_.push_back(other);
        saved_Hz_[other] += graph_.rates_Hz[source];
        return true;
    }

    const NeuronGraph& graph_;
    const Units& units_;
    std::vector<std::uint32_t>
        home_unit_;                // [n_neurons] where the source has no target in its own unit
    std::vector<double> saved_Hz_; // [n_units] zero but for those of met_
    std::vector<std::uint32_t> common_; // [n_units] likewise
    std::vector<std::uint32_t> met_;    // in the order of u's sources
};

void sort_distinct(std::vector<std::uint32_t>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// Of each cluster, the values of its units' rows, distinct and sorted.
Rows united(const Rows& fine, const Rows& units_of_cluster) {
    Rows result;
    std::vector<std::uint32_t> row;
    for (std::size_t c = 0; c < units_of_cluster.size(); ++c) {
        row.clear();
        for (const std::uint32_t unit : units_of_cluster[c])
            row.insert(row.end(), fine[unit].begin(), fine[unit].end());
        sort_distinct(row);
        result.values.insert(result.values.end(), row.begin(), row.end());
        result.close_row();
    }
    return result;
}

/// What of `rows` is not in the same row of `others`; both sorted.
Rows without(const Rows& rows, const Rows& others) {
    Rows result;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::set_difference(rows[r].begin(), rows[r].end(), others[r].begin(), others[r].end(),
                            std::back_inserter(result.values));
        result.close_row();
    }
    return result;
}

/// What two units need of a budget together.
std::int64_t joint_cost(const Units& units,
                        const PartLimits& limits,
                        std::size_t budget,
                        std::uint32_t a,
                        std::uint32_t b) {
    const auto of_a = units.sources[a];
    const auto is_new = [&](std::uint32_t source) {
        return !std::binary_search(of_a.begin(), of_a.end(), source);
    };
    return cost_alone(units, limits, budget, a) + added_cost(units, limits, budget, b, is_new);
}

/// Whether two units take at most `share` of a part together.
bool fit_together(const Units& units,
                  const PartLimits& limits,
                  double share,
                  const std::array<std::uint32_t, 2>& pair,
                  std::size_t axons) {
    const auto [a, b] = pair;
    bool fits = units.neurons[a] + units.neurons[b] <= share * limits.neurons &&
                static_cast<double>(axons) <= share * limits.in_axons;
    for (std::size_t i = 0; fits && i < limits.budgets.size(); ++i)
        fits = static_cast<double>(joint_cost(units, limits, i, a, b)) <=
               share * static_cast<double>(limits.budgets[i].most);
    return fits;
}

} // namespace

Rows transposed(const Rows& rows, std::size_t n_values) {
    Rows result;
    result.begin.assign(n_values + 1, 0);
    for (const std::uint32_t value : rows.values)
        ++result.begin[value + 1];
    std::partial_sum(result.begin.begin(), result.begin.end(), result.begin.begin());
    result.values.resize(rows.values.size());
    std::vector<std::size_t> next(result.begin.begin(), result.begin.end() - 1);
    for (std::size_t r = 0; r < rows.size(); ++r) {
        for (const std::uint32_t value : rows[r])
            result.values[next[value]++] = static_cast<std::uint32_t>(r);
    }
    return result;
}

std::vector<std::uint32_t> home_units(const Units& units, std::size_t n_neurons) {
    std::vector<std::uint32_t> home(n_neurons, k_no_unit);
    for (std::uint32_t u = 0; u < units.n_units(); ++u) {
        for (const std::uint32_t neuron : units.homes[u])
            home[neuron] = u;
    }
    return home;
}

std::uint32_t count_of(const std::vector<std::uint32_t>& numbers) {
    return numbers.empty() ? 0 : 1 + *std::max_element(numbers.begin(), numbers.end());
}

std::vector<std::uint32_t> composed(const std::vector<std::uint32_t>& inner,
                                    const std::vector<std::uint32_t>& outer) {
    std::vector<std::uint32_t> result;
    result.reserve(inner.size());
    for (const std::uint32_t i : inner)
        result.push_back(outer[i]);
    return result;
}

Units single_neurons(const NeuronGraph& graph, const PartLimits& limits) {
    const std::size_t n = graph.n_neurons();
    Units result;
    result.neurons.assign(n, 1);
    result.reached = {graph.target_begin, graph.targets};
    result.sources = transposed(result.reached, n);
    Rows all;
    for (std::uint32_t neuron = 0; neuron < n; ++neuron) {
        all.values.push_back(neuron);
        all.close_row();
    }
    result.homes = without(all, result.sources);
    for (const CoreBudget& budget : limits.budgets)
        result.neuron_costs.push_back(budget.per_neuron.empty() ? std::vector<std::int64_t>(n, 0)
                                                                : budget.per_neuron);
    return result;
}

Units contract_units(const Units& fine,
                     const std::vector<std::uint32_t>& cluster_of,
                     std::size_t n_clusters) {
    Rows clusters;
    clusters.values = cluster_of;
    clusters.begin.assign(cluster_of.size() + 1, 0);
    std::iota(clusters.begin.begin(), clusters.begin.end(), std::size_t{0});
    const Rows units_of_cluster = transposed(clusters, n_clusters);
    Units result;
    result.neurons.assign(n_clusters, 0);
    for (std::size_t u = 0; u < fine.n_units(); ++u)
        result.neurons[cluster_of[u]] += fine.neurons[u];
    result.sources = united(fine.sources, units_of_cluster);
    result.homes = without(united(fine.homes, units_of_cluster), result.sources);
    result.reached = transposed(result.sources, fine.reached.size());
    for (const std::vector<std::int64_t>& costs : fine.neuron_costs) {
        std::vector<std::int64_t>& joint = result.neuron_costs.emplace_back(n_clusters, 0);
        for (std::size_t u = 0; u < fine.n_units(); ++u)
            joint[cluster_of[u]] += costs[u];
    }
    return result;
}

std::vector<std::uint32_t> pair_units(const NeuronGraph& graph,
                                      const Units& fine,
                                      const PartLimits& limits,
                                      double share,
                                      std::uint64_t seed) {
    std::vector<std::uint32_t> cluster(fine.n_units(), k_unpaired);
    SharedSources shared(graph, fine);
    const auto partner_of = [&](std::uint32_t u) {
        std::uint32_t best = u;
        double best_worth = 0.0;
        for (const std::uint32_t other : shared.look_from(u, cluster)) {
            const std::size_t axons = shared.joint_sources(u, other);
            const double worth = shared.saved_Hz(other) / static_cast<double>(axons + 1);
            if (worth <= best_worth || !fit_together(fine, limits, share, {u, other}, axons))
                continue;
            best = other;
            best_worth = worth;
        }
        return best;
    };
    std::uint32_t n_clusters = 0;
    for (const std::uint32_t u :
         shuffled_numbers(fine.n_units(), RandomStream(seed, Purpose::grouping, 0))) {
        if (cluster[u] != k_unpaired) continue;
        const std::uint32_t partner = partner_of(u);
        cluster[u] = n_clusters++;
        cluster[partner] = cluster[u];
    }
    return cluster;
}

} // namespace spikewell::mapping::detail
