#pragma once

#include "io/hdf5.hpp"
#include "io/sonata/sonata_tables.hpp"

#include <cstdint>
#include <filesystem>
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

/// All nodes or edges (`kind`) of a population are of the group "0", in its order.
void require_group_0(const hdf5::Group& population, const std::string& kind, std::size_t n);

/// The types of all nodes or edges of a population, all of them in the table.
[[nodiscard]] std::vector<std::int64_t> types_of(const hdf5::Dataset& dataset,
                                                 const TypeTable& table,
                                                 const std::filesystem::path& table_path);

} // namespace spikewell::io::sonata
