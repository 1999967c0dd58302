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

namespace {

/// Values of all edges, or of none.
std::optional<std::vector<double>> values_of_all(const hdf5::Group& population,
                                                 const Groups& groups,
                                                 const std::string& name,
                                                 const std::string& name_in_params) {
    std::optional<Column> column = column_of(population, groups, name, name_in_params);
    if (!column) return std::nullopt;
    if (std::find(column->given.begin(), column->given.end(), false) != column->given.end())
        fail(population, fmt::format("has {} in some of its groups only", name));
    return std::move(column->values);
}

} // namespace

EdgeList read_edge_list(const hdf5::Group& root, const std::string& name) {
    const hdf5::Group population = chosen_population(root, name);
    const hdf5::Dataset sources = whole_numbers(population, "source_node_id");
    const hdf5::Dataset targets = whole_numbers(population, "target_node_id");
    EdgeList edges{sources.read<std::int64_t>(), {}, {}, {}}; // HDF5 would make 0 of -1
    const std::size_t n = edges.sources.size();
    require_size(sources, n);
    require_size(targets, n);
    edges.targets = targets.read<std::int64_t>();
    const Groups groups = groups_of(population, "edge", n);
    edges.weights = values_of_all(population, groups, "syn_weight", "weight");
    edges.delays_ms = values_of_all(population, groups, "delay", "delay");
    return edges;
}

} // namespace spikewell::io::sonata
