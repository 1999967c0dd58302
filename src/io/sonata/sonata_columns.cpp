#include "io/sonata/sonata_columns.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace spikewell::io::sonata {

void fail(const hdf5::Object& object, std::string_view what) {
    throw IoError(object.file(), fmt::format("{}: {}", object.path(), what));
}

hdf5::Dataset whole_numbers(const hdf5::Group& group, const std::string& name) {
    hdf5::Dataset dataset = group.dataset(name);
    if (dataset.kind() != hdf5::Kind::whole_number) fail(dataset, "must hold whole numbers");
    return dataset;
}

void require_size(const hdf5::Dataset& dataset, std::size_t size) {
    if (dataset.shape().size() != 1)
        fail(dataset, fmt::format("must have one dimension, got {}", dataset.shape().size()));
    if (dataset.size() != size)
        fail(dataset, fmt::format("must have {} elements like its population, got {}", size,
                                  dataset.size()));
}

std::vector<double> real_numbers(const hdf5::Group& group, const std::string& name, std::size_t n) {
    const hdf5::Dataset dataset = group.dataset(name);
    if (dataset.kind() != hdf5::Kind::real_number && dataset.kind() != hdf5::Kind::whole_number)
        fail(dataset, "must hold numbers");
    require_size(dataset, n);
    return dataset.read<double>();
}

namespace {

/// The id of the group of each.
std::vector<std::int64_t> group_ids(const hdf5::Group& population,
                                    const std::string& kind,
                                    std::size_t n) {
    const std::string name = kind + "_group_id";
    if (!population.has(name)) return std::vector<std::int64_t>(n, 0);
    const hdf5::Dataset dataset = whole_numbers(population, name);
    require_size(dataset, n);
    return dataset.read<std::int64_t>();
}

/// Rows of groups as the dataset says; each group's rows are numbered through.
std::vector<std::uint32_t> group_rows(const hdf5::Dataset& dataset,
                                      const std::string& kind,
                                      const Groups& groups) {
    require_size(dataset, groups.of.size());
    const std::vector<std::int64_t> rows = dataset.read<std::int64_t>();
    std::vector<std::vector<bool>> taken;
    for (const std::size_t size : groups.sizes)
        taken.emplace_back(size, false);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::vector<bool>& of_group = taken[groups.of[i]];
        const auto row = static_cast<std::size_t>(rows[i]);
        if (rows[i] < 0 || row >= of_group.size() || of_group[row])
            fail(dataset,
                 fmt::format("must be each of 0 .. {} once in group {}, got {} for {} {}",
                             of_group.size() - 1, groups.names[groups.of[i]], rows[i], kind, i));
        of_group[row] = true;
    }
    return {rows.begin(), rows.end()};
}

} // namespace

Groups groups_of(const hdf5::Group& population, const std::string& kind, std::size_t n) {
    Groups groups;
    std::map<std::int64_t, std::uint32_t> known;
    for (const std::int64_t id : group_ids(population, kind, n)) {
        const auto [group, is_new] = known.emplace(id, static_cast<std::uint32_t>(known.size()));
        if (is_new) {
            groups.names.push_back(std::to_string(id));
            groups.sizes.push_back(0);
        }
        groups.of.push_back(group->second);
        groups.row.push_back(static_cast<std::uint32_t>(groups.sizes[group->second]++));
    }
    for (std::size_t g = 0; groups.names.size() > 1 && g < groups.names.size(); ++g) {
        if (!population.has_group(groups.names[g]))
            fail(population,
                 fmt::format("has no group {}, which some {}s are of", groups.names[g], kind));
    }
    if (population.has(kind + "_group_index"))
        groups.row = group_rows(whole_numbers(population, kind + "_group_index"), kind, groups);
    return groups;
}

std::vector<hdf5::Group> groups_there(const hdf5::Group& population, const Groups& groups) {
    std::vector<hdf5::Group> there;
    for (const std::string& name : groups.names) {
        if (population.has_group(name)) there.push_back(population.group(name));
    }
    return there;
}

namespace {

std::optional<std::vector<double>> group_values(const hdf5::Group& population,
                                                const std::string& group_name,
                                                std::size_t size,
                                                const std::string& name,
                                                const std::string& name_in_params) {
    if (!population.has_group(group_name)) return std::nullopt;
    const hdf5::Group group = population.group(group_name);
    if (!name.empty() && group.has(name)) return real_numbers(group, name, size);
    if (!group.has_group("dynamics_params")) return std::nullopt;
    const hdf5::Group params = group.group("dynamics_params");
    if (!params.has(name_in_params)) return std::nullopt;
    return real_numbers(params, name_in_params, size);
}

} // namespace

std::optional<Column> column_of(const hdf5::Group& population,
                                const Groups& groups,
                                const std::string& name,
                                const std::string& name_in_params) {
    std::vector<std::optional<std::vector<double>>> of_group;
    for (std::size_t g = 0; g < groups.names.size(); ++g)
        of_group.push_back(
            group_values(population, groups.names[g], groups.sizes[g], name, name_in_params));
    if (std::none_of(of_group.begin(), of_group.end(), [](const auto& v) { return v.has_value(); }))
        return std::nullopt;
    Column column;
    for (std::size_t i = 0; i < groups.of.size(); ++i) {
        const auto& values = of_group[groups.of[i]];
        column.given.push_back(values.has_value());
        column.values.push_back(values ? (*values)[groups.row[i]] : 0.0);
    }
    return column;
}

std::vector<std::int64_t> types_of(const hdf5::Dataset& dataset,
                                   const TypeTable& table,
                                   const std::filesystem::path& table_path) {
    std::vector<std::int64_t> ids = dataset.read<std::int64_t>();
    for (const std::int64_t id : std::set<std::int64_t>(ids.begin(), ids.end())) {
        if (!table.contains(id))
            fail(dataset, fmt::format("type {} is not in {}", id, table_path.string()));
    }
    return ids;
}

} // namespace spikewell::io::sonata
