#include "mapping/detail/regroup.hpp"

#include "core/error.hpp"
#include "core/order.hpp"
#include "mapping/detail/regroup_grow.hpp"
#include "mapping/detail/regroup_refine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace spikewell::mapping {

namespace {

using detail::composed;
using detail::count_of;
using detail::Heat;
using detail::Parts;
using detail::Units;

/// Units above single neurons take at most this of a part, so that several make one up.
constexpr double k_unit_share = 1.0 / 16;
/// Coarsening ends where it no longer takes away so much of the units.
constexpr double k_least_reduction = 0.05;
/// Of the mean rate: hot enough for random graphs to find parts anew, cool enough to keep what growing found.
constexpr double k_heat_of_neurons = 0.8;

void require_graph(const NeuronGraph& graph) {
    const std::size_t n = graph.n_neurons();
    const auto refuse = [](const char* field, const std::string& value, const char* allowed) {
        throw ParameterError("neuron graph", field, value, allowed);
    };
    if (graph.target_begin.size() != n + 1 || graph.target_begin.back() != graph.targets.size() ||
        !std::is_sorted(graph.target_begin.begin(), graph.target_begin.end()))
        refuse("target_begin", fmt::format("{} numbers", graph.target_begin.size()),
               "one a neuron and the number of targets, ascending");
    for (const double rate_Hz : graph.rates_Hz) {
        if (!(rate_Hz >= 0.0) || !std::isfinite(rate_Hz))
            refuse("rates_Hz", fmt::format("{}", rate_Hz), "finite, >= 0");
    }
    std::vector<std::uint32_t> targets;
    for (std::size_t s = 0; s < n; ++s) {
        targets.assign(graph.targets_of(s).begin(), graph.targets_of(s).end());
        std::sort(targets.begin(), targets.end());
        const auto twice = std::adjacent_find(targets.begin(), targets.end());
        if (twice != targets.end())
            refuse("targets", fmt::format("{} twice of neuron {}", *twice, s), "distinct");
        if (!targets.empty() && targets.back() >= n)
            refuse("targets", fmt::format("{}", targets.back()), "neurons of the graph");
    }
}

void require_limits(const PartLimits& limits, std::size_t n_neurons) {
    const auto require = [](bool holds, const std::string& field, double value,
                            const char* allowed) {
        if (!holds) throw ParameterError("part limits", field, value, allowed);
    };
    require(limits.neurons >= 1, "neurons", limits.neurons, ">= 1");
    require(limits.parts >= 1, "parts", limits.parts, ">= 1");
    for (const CoreBudget& budget : limits.budgets) {
        require(budget.most >= 1, budget.name, static_cast<double>(budget.most), ">= 1");
        for (const std::vector<std::int64_t>* costs : {&budget.per_neuron, &budget.per_axon}) {
            require(costs->empty() || costs->size() == n_neurons, budget.name,
                    static_cast<double>(costs->size()), "costs of all neurons, or none");
            for (const std::int64_t cost : *costs)
                require(cost >= 0, budget.name, static_cast<double>(cost), "costs >= 0");
        }
    }
}

/// Each neuron alone within the limits of a part.
void require_room(const NeuronGraph& graph, const PartLimits& limits) {
    const auto require = [](std::size_t neuron, const std::string& resource, std::int64_t needed,
                            std::int64_t most) {
        if (needed > most)
            throw MappingError(resource, static_cast<double>(needed), static_cast<double>(most),
                               fmt::format("neuron {} alone needs them", neuron));
    };
    const Units neurons = detail::single_neurons(graph, limits);
    for (std::uint32_t u = 0; u < neurons.n_units(); ++u) {
        require(u, "inbound axons of a core", static_cast<std::int64_t>(neurons.sources[u].size()),
                limits.in_axons);
        for (std::size_t i = 0; i < limits.budgets.size(); ++i) {
            const CoreBudget& budget = limits.budgets[i];
            require(u, budget.name + " of a core", detail::cost_alone(neurons, limits, i, u),
                    budget.most);
        }
    }
}

struct Level {
    Units units;
    std::vector<std::uint32_t> cluster_of; // of the next finer level's units; none of neurons
};

/// From single neurons up.
std::vector<Level> coarsened(const NeuronGraph& graph,
                             const PartLimits& limits,
                             Units neurons,
                             std::uint64_t seed) {
    std::vector<Level> levels;
    levels.push_back({std::move(neurons), {}});
    while (true) {
        const Units& fine = levels.back().units;
        auto cluster_of =
            detail::pair_units(graph, fine, limits, k_unit_share, seed + levels.size());
        const std::uint32_t n = count_of(cluster_of);
        if (n > (1.0 - k_least_reduction) * static_cast<double>(fine.n_units())) return levels;
        Units coarse = detail::contract_units(fine, cluster_of, n);
        levels.push_back({std::move(coarse), std::move(cluster_of)});
    }
}

/// Sources that parts are asked for while they are refined, once for all on each level.
constexpr double k_neuron_look_ups = 3e8;
constexpr double k_unit_look_ups = 2e7;
constexpr double k_most_sweeps = 1e6; // whatever the effort

/// How often something of this size is done for so much altogether.
int repeats(double altogether, double size, double least, double most) {
    return static_cast<int>(std::lround(std::clamp(altogether / (size + 1.0), least, most)));
}

/// None: what grew together stays together. Random graphs have nothing to find on these levels, and take long there.
Heat unit_heat(const Parts& parts) {
    return {0.0, repeats(k_unit_look_ups, parts.look_ups(), 0.0, 4.0)};
}

Heat neuron_heat(const Parts& parts, double mean_Hz, double effort) {
    const int sweeps = repeats(k_neuron_look_ups, parts.look_ups(), 4.0, 40.0);
    return {k_heat_of_neurons * mean_Hz,
            static_cast<int>(std::clamp(effort * sweeps, 1.0, k_most_sweeps))};
}

/// Pairs of units, pairs of pairs, and so on, as long as they fit: better than growing where modules lie within modules.
std::vector<std::uint32_t> paired_parts(const NeuronGraph& graph,
                                        const Units& units,
                                        const PartLimits& limits,
                                        std::uint64_t seed) {
    return detail::joined_parts(graph, units, limits, numbers_below(units.n_units()), seed);
}

/// Units of the last level grown into parts and moved among them.
std::vector<std::uint32_t> first_parts(const NeuronGraph& graph,
                                       const PartLimits& limits,
                                       const std::vector<Level>& levels,
                                       std::uint64_t seed) {
    const Units& units = levels.back().units;
    std::vector<std::uint32_t> unit_of = numbers_below(graph.n_neurons());
    for (std::size_t level = 1; level < levels.size(); ++level)
        unit_of = composed(unit_of, levels[level].cluster_of);
    std::vector<std::uint32_t> best;
    double least_Hz = 0.0;
    const int n_starts = repeats(2e6, static_cast<double>(graph.targets.size()), 1.0, 4.0);
    for (int start = 0; start < n_starts; ++start) {
        const std::uint64_t start_seed = seed + static_cast<std::uint64_t>(start);
        const std::vector<std::uint32_t> part_of =
            start == 1 ? paired_parts(graph, units, limits, start_seed)
                       : detail::grow_parts(graph, units, limits, start_seed);
        Parts parts(graph, units, limits, part_of, count_of(part_of));
        detail::refine(parts, unit_heat(parts), start_seed);
        const double one_Hz = connectivity_Hz(graph, composed(unit_of, parts.part_of()));
        if (start > 0 && one_Hz >= least_Hz) continue;
        best = parts.part_of();
        least_Hz = one_Hz;
    }
    return best;
}

std::vector<std::uint32_t> grouped_once(const NeuronGraph& graph,
                                        const PartLimits& limits,
                                        const Units& neurons,
                                        double effort,
                                        std::uint64_t seed) {
    const std::vector<Level> levels = coarsened(graph, limits, neurons, seed);
    std::vector<std::uint32_t> part_of = first_parts(graph, limits, levels, seed);
    const double mean_Hz = std::accumulate(graph.rates_Hz.begin(), graph.rates_Hz.end(), 0.0) /
                           static_cast<double>(graph.n_neurons());
    if (levels.size() > 1) part_of = composed(levels.back().cluster_of, part_of);
    for (std::size_t level = std::max<std::size_t>(1, levels.size() - 1); level-- > 0;) {
        const Units& units = levels[level].units;
        Parts parts(graph, units, limits, part_of, count_of(part_of));
        const bool of_neurons = level == 0;
        const Heat heat = of_neurons ? neuron_heat(parts, mean_Hz, effort) : unit_heat(parts);
        detail::refine(parts, heat, seed + 1000 * (level + 1));
        part_of =
            of_neurons ? parts.part_of() : composed(levels[level].cluster_of, parts.part_of());
    }
    return detail::joined_parts(graph, neurons, limits, std::move(part_of), seed);
}

/// By falling rate, those of one rate as they stand.
std::vector<std::uint32_t> busiest_first(const NeuronGraph& graph) {
    std::vector<std::uint32_t> order = numbers_below(graph.n_neurons());
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return graph.rates_Hz[a] > graph.rates_Hz[b];
    });
    return order;
}

/// Neuron order[i] as neuron i.
NeuronGraph renumbered_neurons(const NeuronGraph& graph, const std::vector<std::uint32_t>& order) {
    std::vector<std::uint32_t> new_of(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i)
        new_of[order[i]] = i;
    NeuronGraph result;
    result.targets.reserve(graph.targets.size());
    for (const std::uint32_t neuron : order) {
        for (const std::uint32_t target : graph.targets_of(neuron))
            result.targets.push_back(new_of[target]);
        std::sort(result.targets.begin() + static_cast<std::ptrdiff_t>(result.target_begin.back()),
                  result.targets.end());
        result.target_begin.push_back(result.targets.size());
        result.rates_Hz.push_back(graph.rates_Hz[neuron]);
    }
    return result;
}

PartLimits renumbered_limits(PartLimits limits, const std::vector<std::uint32_t>& order) {
    for (CoreBudget& budget : limits.budgets) {
        for (std::vector<std::int64_t>* costs : {&budget.per_neuron, &budget.per_axon}) {
            if (costs->empty()) continue;
            const std::vector<std::int64_t> old = *costs;
            for (std::size_t i = 0; i < order.size(); ++i)
                (*costs)[i] = old[order[i]];
        }
    }
    return limits;
}

/// The best of several starts.
Regrouping grouped(const NeuronGraph& graph,
                   const PartLimits& limits,
                   const RegroupOptions& options) {
    const Units neurons = detail::single_neurons(graph, limits);
    const auto excess = [&](const Regrouping& one) { return std::max(one.n_parts, limits.parts); };
    Regrouping best;
    const int n_starts = repeats(1e5, static_cast<double>(graph.targets.size()), 1.0, 16.0);
    for (int start = 0; start < n_starts; ++start) {
        Regrouping one;
        one.part_of = grouped_once(graph, limits, neurons, options.effort,
                                   options.seed + 1'000'000 * static_cast<std::uint64_t>(start));
        one.n_parts = count_of(one.part_of);
        one.connectivity_Hz = connectivity_Hz(graph, one.part_of);
        if (start == 0 || std::pair(excess(one), one.connectivity_Hz) <
                              std::pair(excess(best), best.connectivity_Hz))
            best = std::move(one);
    }
    return best;
}

} // namespace

double connectivity_Hz(const NeuronGraph& graph, const std::vector<std::uint32_t>& part_of) {
    double sum_Hz = 0.0;
    std::vector<std::size_t> last_source(count_of(part_of), graph.n_neurons());
    for (std::size_t s = 0; s < graph.n_neurons(); ++s) {
        last_source[part_of[s]] = s;
        std::size_t others = 0;
        for (const std::uint32_t target : graph.targets_of(s)) {
            if (last_source[part_of[target]] != s) ++others;
            last_source[part_of[target]] = s;
        }
        sum_Hz += graph.rates_Hz[s] * static_cast<double>(others);
    }
    return sum_Hz;
}

Regrouping regroup(const NeuronGraph& graph,
                   const PartLimits& limits,
                   const RegroupOptions& options) {
    require_graph(graph);
    require_limits(limits, graph.n_neurons());
    if (!(options.effort > 0.0) || !std::isfinite(options.effort))
        throw ParameterError("grouping", "effort", options.effort, "> 0");
    if (graph.n_neurons() == 0) return {};
    require_room(graph, limits);
    const std::vector<std::uint32_t> order = busiest_first(graph);
    Regrouping result =
        grouped(renumbered_neurons(graph, order), renumbered_limits(limits, order), options);
    if (result.n_parts > limits.parts)
        throw MappingError(
            "cores", result.n_parts, limits.parts,
            fmt::format("{} neurons fill so many within the limits of each", graph.n_neurons()));
    std::vector<std::uint32_t> part_of(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        part_of[order[i]] = result.part_of[i];
    result.part_of = std::move(part_of);
    return result;
}

} // namespace spikewell::mapping
