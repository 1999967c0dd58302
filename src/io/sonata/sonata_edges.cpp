#include "io/sonata/sonata_parts.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

namespace spikewell::io::sonata {

namespace {

/// Which edges each node has: rows [first, last) of `ranges` for each node, and in each row of those
/// [first, last) of the edges' ids.
struct EdgeIndex {
    std::vector<std::uint64_t> ranges_of_node; // [n_nodes][2]
    std::vector<std::uint64_t> ranges;         // [n_ranges][2]
};

/// `node_of(edge)` < n_nodes. Consecutive edges of one node share a range.
template <class NodeOf>
EdgeIndex index_of(std::size_t n_edges, std::size_t n_nodes, NodeOf&& node_of) {
    struct Run {
        std::uint32_t node;
        std::uint64_t first, last;
    };
    std::vector<Run> runs;
    for (std::size_t edge = 0; edge < n_edges; ++edge) {
        const std::uint32_t node = node_of(edge);
        if (runs.empty() || runs.back().node != node) runs.push_back({node, edge, edge});
        runs.back().last = edge + 1;
    }
    std::stable_sort(runs.begin(), runs.end(),
                     [](const Run& a, const Run& b) { return a.node < b.node; });
    EdgeIndex index;
    index.ranges_of_node.assign(2 * n_nodes, 0);
    for (std::size_t r = 0; r < runs.size(); ++r) {
        std::uint64_t* const of_node = &index.ranges_of_node[2 * std::size_t{runs[r].node}];
        if (r == 0 || runs[r - 1].node != runs[r].node) of_node[0] = r;
        of_node[1] = r + 1;
        index.ranges.push_back(runs[r].first);
        index.ranges.push_back(runs[r].last);
    }
    return index;
}

void write_index(const hdf5::Group& group, const EdgeIndex& index) {
    const auto table = [](const std::vector<std::uint64_t>& values) {
        return std::vector<std::size_t>{values.size() / 2, 2};
    };
    const hdf5::Dataset nodes = group.write<std::uint64_t>(
        "node_id_to_ranges", index.ranges_of_node, table(index.ranges_of_node));
    group.link("node_id_to_range", nodes); // the name that bmtk looks for
    group.write<std::uint64_t>("range_to_edge_id", index.ranges, table(index.ranges));
}

template <class T, class Of> std::vector<T> column(const std::vector<Synapse>& synapses, Of&& of) {
    std::vector<T> values(synapses.size());
    std::transform(synapses.begin(), synapses.end(), values.begin(), of);
    return values;
}

void write_ends(const hdf5::Group& group,
                const std::vector<Synapse>& synapses,
                const std::string& pre,
                const std::string& post) {
    const auto sources =
        column<std::uint64_t>(synapses, [](const Synapse& s) { return std::uint64_t{s.pre}; });
    group.write<std::uint64_t>("source_node_id", sources).set_attribute("node_population", pre);
    const auto targets =
        column<std::uint64_t>(synapses, [](const Synapse& s) { return std::uint64_t{s.post}; });
    group.write<std::uint64_t>("target_node_id", targets).set_attribute("node_population", post);
}

/// Weights and delays, under the names of the guide and under those that PyNN looks for.
void write_values(const hdf5::Group& group, const std::vector<Synapse>& synapses) {
    const auto weights = column<float>(synapses, [](const Synapse& s) { return s.weight; });
    const hdf5::Dataset weight = group.write<float>("syn_weight", weights);
    const auto delays = column<float>(synapses, [](const Synapse& s) { return s.delay_ms; });
    const hdf5::Dataset delay = group.write<float>("delay", delays);
    delay.set_attribute("units", "ms");
    const hdf5::Group params = group.create_group("dynamics_params");
    params.link("weight", weight);
    params.link("delay", delay);
}

} // namespace

void write_edges(const hdf5::Group& all,
                 const EdgePopulation& population,
                 const std::vector<NodePopulation>& nodes) {
    const std::vector<Synapse>& synapses = population.synapses;
    const NodePopulation& pre = nodes[population.pre];
    const NodePopulation& post = nodes[population.post];
    const std::size_t n = synapses.size();
    const hdf5::Group group = all.create_group(population.name);
    write_ends(group, synapses, pre.name, post.name);
    group.write<std::int64_t>("edge_type_id", std::vector<std::int64_t>(n, population.type_id));
    group.write<std::uint64_t>("edge_group_id", std::vector<std::uint64_t>(n, 0));
    std::vector<std::uint64_t> rows(n);
    std::iota(rows.begin(), rows.end(), std::uint64_t{0});
    group.write<std::uint64_t>("edge_group_index", rows);
    write_values(group.create_group("0"), synapses);
    const hdf5::Group indices = group.create_group("indices");
    write_index(indices.create_group("source_to_target"),
                index_of(n, pre.size, [&](std::size_t e) { return synapses[e].pre; }));
    write_index(indices.create_group("target_to_source"),
                index_of(n, post.size, [&](std::size_t e) { return synapses[e].post; }));
}

} // namespace spikewell::io::sonata
