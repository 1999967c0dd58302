#include "io/nir/nir_ways.hpp"

#include "core/error.hpp"
#include "neuron_models/ranges.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikewell::io::nir {

namespace {

/// A step back on a way.
struct Walk {
    const ReadGraph& graph;
    const std::string& target;
    std::set<std::string>& seen;
    Incoming& incoming;
    std::vector<std::string> passed = {}; ///< maps between here and the target

    void back_to(const std::string& name, const LinearMap* so_far, bool has_delay);

  private:
    void through(const std::string& name, const LinearMap* so_far, bool has_delay);
    void add_bias(const std::string& name, const LinearMap* so_far);
    void end_at(const std::string& source, const LinearMap* so_far, bool has_delay);
};

void Walk::add_bias(const std::string& name, const LinearMap* so_far) {
    const std::vector<double>& bias = graph.at(name).map.bias;
    if (std::all_of(bias.begin(), bias.end(), [](double b) { return b == 0.0; })) return;
    std::vector<double>& sum = incoming.bias;
    sum.resize(graph.at(target).n_in);
    incoming.biased.insert(name);
    if (so_far == nullptr) {
        for (std::size_t k = 0; k < bias.size(); ++k)
            sum[k] += bias[k];
        return;
    }
    for (const MapEntry& entry : so_far->entries)
        sum[entry.out] += entry.weight * bias[entry.in];
}

void Walk::end_at(const std::string& source, const LinearMap* so_far, bool has_delay) {
    Way way{source, passed.empty() ? source : passed.front(), {}, has_delay};
    way.map = so_far != nullptr ? *so_far : identity_map(graph.at(source).n);
    incoming.ways.push_back(std::move(way));
}

void Walk::through(const std::string& name, const LinearMap* so_far, bool has_delay) {
    const ReadNode& node = graph.at(name);
    if (std::find(passed.begin(), passed.end(), name) != passed.end())
        graph.fail(name, fmt::format("is in a ring of {} nodes", node.type));
    if (node.type == "Delay" && node.from.size() != 1)
        graph.fail(name, fmt::format("must have one edge in, got {}", node.from.size()));
    passed.push_back(name);
    add_bias(name, so_far);
    LinearMap whole;
    if (so_far != nullptr) {
        whole = composed(*so_far, node.map);
        so_far = &whole;
    } else {
        so_far = &node.map;
    }
    for (const std::string& from : node.from)
        back_to(from, so_far, has_delay || node.type == "Delay");
    passed.pop_back();
}

void Walk::back_to(const std::string& name, const LinearMap* so_far, bool has_delay) {
    const ReadNode& node = graph.at(name);
    seen.insert(name);
    if (node.type == "Input" || node.is_membrane()) return end_at(name, so_far, has_delay);
    if (node.is_map()) return through(name, so_far, has_delay);
    graph.fail(name, fmt::format("leads to {} as {}, allowed Input, neurons and what is linear{}",
                                 passed.empty() ? target : passed.back(), node.type,
                                 node.type == "LI" ? "; LI only before a LIF" : ""));
}

} // namespace

Incoming ways_into(const ReadGraph& graph, const std::string& target, std::set<std::string>& seen) {
    Incoming incoming;
    Walk walk{graph, target, seen, incoming};
    const bool takes_currents = graph.at(target).type == "LIF";
    for (const std::string& from : graph.at(target).from) {
        if (!(takes_currents && graph.at(from).type == "LI")) walk.back_to(from, nullptr, false);
    }
    return incoming;
}

} // namespace spikewell::io::nir
