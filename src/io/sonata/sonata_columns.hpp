#pragma once

#include "io/hdf5.hpp"
#include "io/sonata/sonata_tables.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Columns of nodes and edges: datasets with an element for each. All throw IoError naming file and
/// dataset.
namespace spikewell::io::sonata {

[[noreturn]] void fail(const hdf5::Object& object, std::string_view what);

[[nodiscard]] hdf5::Dataset whole_numbers(const hdf5::Group& group, const std::string& name);
[[nodiscard]] std::vector<double> real_numbers(const hdf5::Group& group,
                                               const std::string& name,
                                               std::size_t n);
void require_size(const hdf5::Dataset& dataset, std::size_t size);

/// Which group of values each node or edge of a population has, and which row of it.
struct Groups {
    std::vector<std::string> names = {}; ///< of groups that have members
    std::vector<std::size_t> sizes = {}; ///< their members
    std::vector<std::uint32_t> of = {};  ///< [n] of names
    std::vector<std::uint32_t> row = {}; ///< [n] in its group
};
/// Of n nodes or edges (`kind`). Where nothing is said they are of the group "0", in its order.
[[nodiscard]] Groups groups_of(const hdf5::Group& population,
                               const std::string& kind,
                               std::size_t n);

/// A value of each node or edge whose group has one.
struct Column {
    std::vector<double> values; ///< [n] 0 where there is none
    std::vector<bool> given;    ///< [n]
};
/// Values under one of two names, the second in the group's dynamics_params; none: no group has any.
[[nodiscard]] std::optional<Column> column_of(const hdf5::Group& population,
                                              const Groups& groups,
                                              const std::string& name,
                                              const std::string& name_in_params);
/// The groups' own objects, of those that are there.
[[nodiscard]] std::vector<hdf5::Group> groups_there(const hdf5::Group& population,
                                                    const Groups& groups);

/// The types of all nodes or edges of a population, all of them in the table.
[[nodiscard]] std::vector<std::int64_t> types_of(const hdf5::Dataset& dataset,
                                                 const TypeTable& table,
                                                 const std::filesystem::path& table_path);

} // namespace spikewell::io::sonata
