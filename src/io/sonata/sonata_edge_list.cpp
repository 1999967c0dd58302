#include "io/sonata/sonata_edge_list.hpp"

#include "core/error.hpp"
#include "io/output.hpp"
#include "io/sonata/sonata_columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace spikewell::io::sonata {

namespace {

hdf5::Group chosen_population(const hdf5::Group& root, const std::string& name) {
    const hdf5::Group all = root.group("edges");
    const std::vector<std::string> names = all.names();
    const std::string there = printable(fmt::format("{}", fmt::join(names, ", ")));
    if (name.empty() && names.size() != 1)
        fail(all, fmt::format("must hold one population, or \"edges\" say which, there are: {}",
                              names.empty() ? "none" : there));
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        fail(all, fmt::format("has no population {}, there are: {}", printable(name),
                              names.empty() ? "none" : there));
    return all.group(name.empty() ? names.front() : name);
}

} // namespace

std::optional<std::vector<double>> values_of_group_0(const hdf5::Group& population,
                                                     std::size_t n,
                                                     const std::string& name,
                                                     const std::string& name_in_params) {
    if (!population.has_group("0")) return std::nullopt;
    const hdf5::Group group = population.group("0");
    if (group.has(name)) return real_numbers(group, name, n);
    if (!group.has_group("dynamics_params")) return std::nullopt;
    const hdf5::Group params = group.group("dynamics_params");
    if (params.has(name_in_params)) return real_numbers(params, name_in_params, n);
    return std::nullopt;
}

EdgeList read_edge_list(const hdf5::Group& root, const std::string& name) {
    const hdf5::Group population = chosen_population(root, name);
    const hdf5::Dataset sources = whole_numbers(population, "source_node_id");
    const hdf5::Dataset targets = whole_numbers(population, "target_node_id");
    EdgeList edges{sources.read<std::int64_t>(), {}, {}, {}}; // HDF5 would make 0 of -1
    const std::size_t n = edges.sources.size();
    require_size(sources, n);
    require_size(targets, n);
    edges.targets = targets.read<std::int64_t>();
    require_group_0(population, "edge", n);
    edges.weights = values_of_group_0(population, n, "syn_weight", "weight");
    edges.delays_ms = values_of_group_0(population, n, "delay", "delay");
    return edges;
}

} // namespace spikewell::io::sonata
