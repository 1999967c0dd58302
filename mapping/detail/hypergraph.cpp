#include "mapping/detail/hypergraph.hpp"

#include "core/order.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

namespace spikewell::mapping {

namespace {

/// Nets of more units than this say little about who belongs together, and much work to look at.

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

} // namespace

Hypergraph make_hypergraph(const Graph& graph) {
    Hypergraph result;
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

} // namespace spikewell::mapping
