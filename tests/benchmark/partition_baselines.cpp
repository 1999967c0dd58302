#include "partition_baselines.hpp"

#include "mapping/detail/regroup_units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#ifdef SPIKEWELL_METIS
#include <metis.h>
#endif

namespace spikewell::benchmark {

namespace {

using mapping::NeuronGraph;
using mapping::PartLimits;
using mapping::detail::Rows;

Rows sources_of_neurons(const NeuronGraph& graph) {
    return mapping::detail::transposed({graph.target_begin, graph.targets}, graph.n_neurons());
}

/// Distinct sources of a growing set of neurons.
class AxonCount {
  public:
    explicit AxonCount(const Rows& sources) : sources_(sources), seen_in_(sources.size(), 0) {}
    void start() {
        ++set_;
        n_ = 0;
    }
    std::size_t add(std::uint32_t neuron) {
        for (const std::uint32_t source : sources_[neuron]) {
            if (seen_in_[source] == set_) continue;
            seen_in_[source] = set_;
            ++n_;
        }
        return n_;
    }

    std::size_t of(const std::vector<std::uint32_t>& neurons) {
        start();
        for (const std::uint32_t neuron : neurons)
            add(neuron);
        return n_;
    }

  private:
    const Rows& sources_;
    std::vector<std::uint32_t> seen_in_;
    std::uint32_t set_ = 0;
    std::size_t n_ = 0;
};

#ifdef SPIKEWELL_METIS

/// Undirected, weighted, as METIS takes it.
struct PairGraph {
    std::vector<idx_t> begin{0};
    std::vector<idx_t> others;
    std::vector<idx_t> weights;
};

/// METIS takes whole numbers: hundredths of a spike per second, at least one.
idx_t weight_of(double rate_Hz) {
    return std::max<idx_t>(1, static_cast<idx_t>(std::lround(100.0 * rate_Hz)));
}

class PairCollector {
  public:
    PairCollector(const NeuronGraph& graph, Pairs pairs)
        : graph_(graph), pairs_(pairs), local_(graph.n_neurons(), -1) {}

    PairGraph of(const std::vector<std::uint32_t>& neurons) {
        for (std::size_t i = 0; i < neurons.size(); ++i)
            local_[neurons[i]] = static_cast<idx_t>(i);
        ends_.assign(neurons.size(), {});
        if (pairs_ == Pairs::all) {
            for (std::uint32_t s = 0; s < graph_.n_neurons(); ++s)
                add_source(s);
        } else {
            for (const std::uint32_t neuron : neurons)
                add_source(neuron);
        }
        for (const std::uint32_t neuron : neurons)
            local_[neuron] = -1;
        return joined();
    }

  private:
    void add_source(std::uint32_t source) {
        std::vector<idx_t> inside;
        for (const std::uint32_t target : graph_.targets_of(source)) {
            if (local_[target] >= 0 && target != source) inside.push_back(local_[target]);
        }
        const idx_t weight = weight_of(graph_.rates_Hz[source]);
        const auto add = [&](idx_t a, idx_t b) {
            ends_[static_cast<std::size_t>(a)].emplace_back(b, weight);
            ends_[static_cast<std::size_t>(b)].emplace_back(a, weight);
        };
        if (local_[source] >= 0) {
            for (const idx_t target : inside)
                add(local_[source], target);
        }
        for (std::size_t i = 0; pairs_ == Pairs::all && i < inside.size(); ++i) {
            for (std::size_t j = i + 1; j < inside.size(); ++j)
                add(inside[i], inside[j]);
        }
    }
    PairGraph joined() {
        PairGraph graph;
        for (auto& ends : ends_) {
            std::sort(ends.begin(), ends.end());
            for (std::size_t i = 0; i < ends.size(); ++i) {
                if (i > 0 && ends[i].first == ends[i - 1].first) {
                    graph.weights.back() += ends[i].second;
                } else {
                    graph.others.push_back(ends[i].first);
                    graph.weights.push_back(ends[i].second);
                }
            }
            graph.begin.push_back(static_cast<idx_t>(graph.others.size()));
            std::vector<std::pair<idx_t, idx_t>>().swap(ends);
        }
        return graph;
    }

    const NeuronGraph& graph_;
    Pairs pairs_;
    std::vector<idx_t> local_; // [n_neurons] -1: not among them
    std::vector<std::vector<std::pair<idx_t, idx_t>>> ends_;
};

std::vector<idx_t> cut(PairGraph graph, idx_t n_parts) {
    auto n = static_cast<idx_t>(graph.begin.size() - 1);
    idx_t n_constraints = 1;
    idx_t edge_cut = 0;
    std::vector<idx_t> part(static_cast<std::size_t>(n));
    std::vector<idx_t> options(METIS_NOPTIONS);
    METIS_SetDefaultOptions(options.data());
    options[METIS_OPTION_SEED] = 1;
    METIS_PartGraphRecursive(&n, &n_constraints, graph.begin.data(), graph.others.data(), nullptr,
                             nullptr, graph.weights.data(), &n_parts, nullptr, nullptr,
                             options.data(), &edge_cut, part.data());
    return part;
}

bool all_within(const std::vector<idx_t>& part_of,
                std::size_t n_parts,
                const Rows& sources,
                const PartLimits& limits) {
    std::vector<std::vector<std::uint32_t>> neurons(n_parts);
    for (std::uint32_t i = 0; i < part_of.size(); ++i)
        neurons[static_cast<std::size_t>(part_of[i])].push_back(i);
    AxonCount axons(sources);
    return std::all_of(neurons.begin(), neurons.end(), [&](const auto& part) {
        return part.size() <= limits.neurons && axons.of(part) <= limits.in_axons;
    });
}

#endif

} // namespace

std::vector<std::uint32_t> bisected_parts([[maybe_unused]] const NeuronGraph& graph,
                                          [[maybe_unused]] const PartLimits& limits,
                                          [[maybe_unused]] Pairs pairs) {
#ifdef SPIKEWELL_METIS
    const Rows sources = sources_of_neurons(graph);
    AxonCount axons(sources);
    PairCollector collector(graph, pairs);
    std::vector<std::uint32_t> part_of(graph.n_neurons());
    std::vector<std::vector<std::uint32_t>> left(1);
    left[0].resize(graph.n_neurons());
    std::iota(left[0].begin(), left[0].end(), 0U);
    std::uint32_t n_parts = 0;
    while (!left.empty()) {
        const std::vector<std::uint32_t> neurons = std::move(left.back());
        left.pop_back();
        if (neurons.size() < 2 ||
            (neurons.size() <= limits.neurons && axons.of(neurons) <= limits.in_axons)) {
            for (const std::uint32_t neuron : neurons)
                part_of[neuron] = n_parts;
            ++n_parts;
            continue;
        }
        const std::vector<idx_t> half = cut(collector.of(neurons), 2);
        std::array<std::vector<std::uint32_t>, 2> halves;
        for (std::size_t i = 0; i < neurons.size(); ++i)
            halves.at(static_cast<std::size_t>(half[i])).push_back(neurons[i]);
        for (std::vector<std::uint32_t>& one : halves) {
            if (!one.empty()) left.push_back(std::move(one));
        }
    }
    return part_of;
#else
    return {};
#endif
}

std::vector<std::uint32_t> fewest_bisected_parts([[maybe_unused]] const NeuronGraph& graph,
                                                 [[maybe_unused]] const PartLimits& limits) {
#ifdef SPIKEWELL_METIS
    std::vector<std::uint32_t> all(graph.n_neurons());
    std::iota(all.begin(), all.end(), 0U);
    const PairGraph pairs = PairCollector(graph, Pairs::sources_with_targets).of(all);
    const Rows sources = sources_of_neurons(graph);
    std::vector<idx_t> best;
    const auto fits = [&](idx_t k) {
        std::vector<idx_t> part = cut(pairs, k);
        if (!all_within(part, static_cast<std::size_t>(k), sources, limits)) return false;
        best = std::move(part);
        return true;
    };
    idx_t too_few = 0;
    auto enough = static_cast<idx_t>((graph.n_neurons() + limits.neurons - 1) / limits.neurons);
    while (!fits(enough)) {
        too_few = enough;
        enough *= 2;
    }
    while (enough - too_few > std::max(1, enough / 50)) {
        const idx_t between = (too_few + enough) / 2;
        (fits(between) ? enough : too_few) = between;
    }
    return {best.begin(), best.end()};
#else
    return {};
#endif
}

std::vector<std::uint32_t> parts_in_order(const NeuronGraph& graph, const PartLimits& limits) {
    const Rows sources = sources_of_neurons(graph);
    AxonCount axons(sources);
    axons.start();
    std::vector<std::uint32_t> part_of;
    std::uint32_t part = 0;
    std::uint32_t n_neurons = 0;
    for (std::uint32_t neuron = 0; neuron < graph.n_neurons(); ++neuron) {
        if (++n_neurons > limits.neurons || axons.add(neuron) > limits.in_axons) {
            ++part;
            n_neurons = 1;
            axons.start();
            axons.add(neuron);
        }
        part_of.push_back(part);
    }
    return part_of;
}

} // namespace spikewell::benchmark
