#include "mapping/detail/pair_graph.hpp"

#include "core/deal.hpp"
#include "core/order.hpp"

#include <algorithm>
#include <numeric>

namespace spikewell::mapping {

namespace {

/// Ties of all units at once, some of them several times; `begin` as in PairGraph.
struct ListedTies {
    std::vector<std::size_t> begin;
    std::vector<PairGraph::Tie> ties;
};

/// One tie for each other unit, in the order in which they come.
class TieMerger {
  public:
    explicit TieMerger(std::size_t n_units) : place_(n_units, k_none) {}

    /// Of unit u, whose ties are added one by one, then closed.
    void add(std::uint32_t u, std::uint32_t other, float weight, PairGraph& graph) {
        if (other == u) return;
        if (place_[other] == k_none) {
            place_[other] = graph.ties.size();
            graph.ties.push_back({other, 0.0F});
        }
        graph.ties[place_[other]].weight += weight;
    }
    void close(PairGraph& graph) {
        for (std::size_t k = graph.begin.back(); k < graph.ties.size(); ++k)
            place_[graph.ties[k].unit] = k_none;
        graph.begin.push_back(graph.ties.size());
    }

  private:
    static constexpr std::size_t k_none = ~std::size_t{0};
    std::vector<std::size_t> place_; // [n_units] in the graph's ties, of the unit being added
};

ListedTies listed_ties(const Graph& graph, TieWeight kind) {
    ListedTies all;
    all.begin.assign(graph.vertices.size() + 1, 0);
    const auto each = [&](const auto& use) {
        for (const Net& net : graph.nets) {
            const auto n_sinks = static_cast<double>(net.sinks.size());
            const double w = kind == TieWeight::unicast ? net.weight : net.weight / n_sinks;
            for (const VertexIndex sink : net.sinks)
                if (sink != net.source) use(net.source, sink, static_cast<float>(w));
        }
    };
    each([&](VertexIndex a, VertexIndex b, float) {
        ++all.begin[a + 1];
        ++all.begin[b + 1];
    });
    std::partial_sum(all.begin.begin(), all.begin.end(), all.begin.begin());
    all.ties.resize(all.begin.back());
    std::vector<std::size_t> next(all.begin.begin(), all.begin.end() - 1);
    each([&](VertexIndex a, VertexIndex b, float w) {
        all.ties[next[a]++] = {b, w};
        all.ties[next[b]++] = {a, w};
    });
    return all;
}

constexpr std::uint32_t k_unmatched = ~std::uint32_t{0};

} // namespace

PairGraph make_pair_graph(const Graph& graph, TieWeight weight) {
    const auto n = static_cast<std::uint32_t>(graph.vertices.size());
    const ListedTies all = listed_ties(graph, weight);
    PairGraph result{std::vector<std::uint32_t>(n, 1), {0}, {}};
    result.begin.reserve(n + std::size_t{1});
    TieMerger merger(n);
    for (std::uint32_t u = 0; u < n; ++u) {
        for (std::size_t k = all.begin[u]; k < all.begin[u + 1]; ++k)
            merger.add(u, all.ties[k].unit, all.ties[k].weight, result);
        merger.close(result);
    }
    return result;
}

PairGraph contract(const PairGraph& fine,
                   const std::vector<std::uint32_t>& cluster_of,
                   std::size_t n_clusters) {
    PairGraph result{std::vector<std::uint32_t>(n_clusters, 0), {0}, {}};
    for (std::size_t u = 0; u < fine.n_units(); ++u)
        result.cores[cluster_of[u]] += fine.cores[u];
    std::vector<std::uint32_t> begin;
    std::vector<std::uint32_t> members(fine.n_units());
    deal(
        numbers_below(fine.n_units()), n_clusters, begin,
        [&](std::uint32_t u) { return std::size_t{cluster_of[u]}; },
        [&](std::size_t place, std::uint32_t u) { members[place] = u; });
    TieMerger merger(n_clusters);
    for (std::uint32_t c = 0; c < n_clusters; ++c) {
        for (std::uint32_t m = begin[c]; m < begin[c + 1]; ++m) {
            for (const PairGraph::Tie& tie : fine.of(members[m]))
                merger.add(c, cluster_of[tie.unit], tie.weight, result);
        }
        merger.close(result);
    }
    return result;
}

Clusters match(const PairGraph& fine, std::uint32_t most_cores, std::uint64_t seed) {
    Clusters clusters{std::vector<std::uint32_t>(fine.n_units(), k_unmatched), 0};
    const RandomStream random(seed, Purpose::placement, 3);
    for (const std::uint32_t u : shuffled_numbers(fine.n_units(), random)) {
        if (clusters.of_unit[u] != k_unmatched) continue;
        std::uint32_t best = u;
        float best_worth = 0.0F;
        for (const PairGraph::Tie& tie : fine.of(u)) {
            if (clusters.of_unit[tie.unit] != k_unmatched) continue;
            if (fine.cores[u] + fine.cores[tie.unit] > most_cores) continue;
            const float worth = tie.weight / static_cast<float>(fine.cores[tie.unit]);
            if (worth <= best_worth) continue;
            best = tie.unit;
            best_worth = worth;
        }
        clusters.of_unit[u] = clusters.of_unit[best] = static_cast<std::uint32_t>(clusters.count++);
    }
    return clusters;
}

} // namespace spikewell::mapping
