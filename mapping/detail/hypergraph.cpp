#include "mapping/detail/hypergraph.hpp"

#include "core/order.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

namespace spikewell::mapping {

namespace {

/// Nets of more units than this say little about who belongs together, and much work to look at.
constexpr std::size_t k_widest_telling_net = 64;

struct PinSets {
    std::vector<std::vector<std::uint32_t>> pins;
    std::vector<double> weights;
};

struct PinHash {
    std::size_t operator()(const std::vector<std::uint32_t>& pins) const {
        std::uint64_t h = pins.size();
        for (const std::uint32_t pin : pins)
            h = (h ^ pin) * 0x9E3779B97F4A7C15U + (h >> 29U);
        return h;
    }
};

/// Each set once, in the order of its first net.
class NetCollector {
  public:
    explicit NetCollector(std::size_t n_nets) { index_.reserve(n_nets); }
    void add(std::vector<std::uint32_t> pins, double weight) {
        std::sort(pins.begin(), pins.end());
        pins.erase(std::unique(pins.begin(), pins.end()), pins.end());
        if (pins.size() < 2) return;
        const auto [at, is_new] = index_.try_emplace(std::move(pins), order_.size());
        if (is_new) {
            order_.push_back(&at->first);
            weights_.push_back(0.0);
        }
        weights_[at->second] += weight;
    }
    void finish(Hypergraph& graph) const {
        graph.pin_begin.assign(1, 0);
        graph.weights = weights_;
        graph.net_begin.assign(graph.n_units() + 1, 0);
        for (const auto* pins : order_) {
            graph.pins.insert(graph.pins.end(), pins->begin(), pins->end());
            graph.pin_begin.push_back(graph.pins.size());
            for (const std::uint32_t pin : *pins)
                ++graph.net_begin[pin + 1];
        }
        std::partial_sum(graph.net_begin.begin(), graph.net_begin.end(), graph.net_begin.begin());
        graph.nets.resize(graph.pins.size());
        std::vector<std::size_t> next(graph.net_begin.begin(), graph.net_begin.end() - 1);
        for (std::uint32_t e = 0; e < order_.size(); ++e) {
            for (const std::uint32_t pin : *order_[e])
                graph.nets[next[pin]++] = e;
        }
    }

  private:
    std::unordered_map<std::vector<std::uint32_t>, std::size_t, PinHash> index_;
    std::vector<const std::vector<std::uint32_t>*> order_;
    std::vector<double> weights_;
};

constexpr std::uint32_t k_no_cluster = ~std::uint32_t{0};

/// What unit u shares with units that have no cluster yet, by unit: traffic per other pin.
class SharedNets {
  public:
    explicit SharedNets(const Hypergraph& graph) : graph_(graph), shared_(graph.n_units(), 0.0) {}

    /// Units without a cluster that share a net with u.
    [[nodiscard]] const std::vector<std::uint32_t>& look_from(
        std::uint32_t u, const std::vector<std::uint32_t>& cluster) {
        for (const std::uint32_t other : met_)
            shared_[other] = 0.0;
        met_.clear();
        for (const std::uint32_t e : graph_.nets_of(u)) {
            if (graph_.pins_of(e).size() <= k_widest_telling_net) add_net(e, u, cluster);
        }
        return met_;
    }

    /// Small clusters first, so that sizes stay even.
    [[nodiscard]] double worth(std::uint32_t other) const {
        return shared_[other] / graph_.unit_cores[other];
    }

  private:
    void add_net(std::uint32_t e, std::uint32_t u, const std::vector<std::uint32_t>& cluster) {
        const auto pins = graph_.pins_of(e);
        for (const std::uint32_t other : pins) {
            if (cluster[other] != k_no_cluster || other == u) continue;
            if (shared_[other] == 0.0) met_.push_back(other);
            shared_[other] += graph_.weights[e] / static_cast<double>(pins.size() - 1);
        }
    }

    const Hypergraph& graph_;
    std::vector<double> shared_;     // [n_units] 0 but for those of met_
    std::vector<std::uint32_t> met_; // in the order of u's nets
};

bool fit_together(const Hypergraph& graph,
                  const ClusterLimits& limits,
                  std::uint32_t a,
                  std::uint32_t b) {
    return graph.unit_cores[a] + graph.unit_cores[b] <= limits.cores &&
           graph.unit_sdram[a] + graph.unit_sdram[b] <= limits.sdram &&
           (limits.ends == 0 || graph.unit_ends[a] + graph.unit_ends[b] <= limits.ends);
}

} // namespace

Hypergraph make_hypergraph(const Graph& graph) {
    Hypergraph result;
    result.unit_cores.assign(graph.vertices.size(), 1);
    for (const Vertex& vertex : graph.vertices)
        result.unit_sdram.push_back(vertex.sdram_bytes);
    result.unit_ends.assign(graph.vertices.size(), 0);
    NetCollector collector(graph.nets.size());
    for (const Net& net : graph.nets) {
        for (const VertexIndex sink : net.sinks)
            ++result.unit_ends[sink];
        std::vector<std::uint32_t> pins = net.sinks;
        pins.push_back(net.source);
        collector.add(std::move(pins), net.weight);
    }
    collector.finish(result);
    return result;
}

Hypergraph contract(const Hypergraph& fine,
                    const std::vector<std::uint32_t>& cluster_of,
                    std::size_t n_clusters) {
    Hypergraph result;
    result.unit_cores.assign(n_clusters, 0);
    result.unit_sdram.assign(n_clusters, 0);
    result.unit_ends.assign(n_clusters, 0);
    for (std::size_t u = 0; u < fine.n_units(); ++u) {
        result.unit_cores[cluster_of[u]] += fine.unit_cores[u];
        result.unit_sdram[cluster_of[u]] += fine.unit_sdram[u];
        result.unit_ends[cluster_of[u]] += fine.unit_ends[u];
    }
    NetCollector collector(fine.n_nets());
    for (std::size_t e = 0; e < fine.n_nets(); ++e) {
        std::vector<std::uint32_t> pins;
        for (const std::uint32_t unit : fine.pins_of(e))
            pins.push_back(cluster_of[unit]);
        collector.add(std::move(pins), fine.weights[e]);
    }
    collector.finish(result);
    return result;
}

std::vector<std::uint32_t> match_units(const Hypergraph& fine,
                                       const ClusterLimits& limits,
                                       std::uint64_t seed) {
    std::vector<std::uint32_t> cluster(fine.n_units(), k_no_cluster);
    SharedNets shared(fine);
    std::uint32_t n_clusters = 0;
    const RandomStream random(seed, Purpose::placement, 1);
    for (const std::uint32_t u : shuffled_numbers(fine.n_units(), random)) {
        if (cluster[u] != k_no_cluster) continue;
        std::uint32_t best = u;
        for (const std::uint32_t other : shared.look_from(u, cluster)) {
            const bool better = best == u || shared.worth(other) > shared.worth(best);
            if (better && fit_together(fine, limits, u, other)) best = other;
        }
        cluster[u] = n_clusters++;
        cluster[best] = cluster[u];
    }
    return cluster;
}

} // namespace spikewell::mapping
