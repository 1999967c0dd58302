#pragma once

#include "core/error.hpp"
#include "io/hdf5.hpp"
#include "io/sonata/sonata_tables.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What a circuit has that a network has no place for, so that nothing is left out in silence. What has
/// no bearing on how a network of point neurons goes on is passed over: sonata_losses.cpp has the tables.
namespace spikewell::io::sonata {

struct Losses {
    std::vector<Problem> all = {};

    /// `where` is a pointer into the configuration, or a file and a place in it.
    void add(std::string where, std::string what);
};

/// Where names may be passed over.
enum class Place {
    configuration,
    run,
    conditions,
    components,
    network_files,
    input,
    report,
    nodes,
    edges,
    node_values,
    edge_values
};
[[nodiscard]] bool is_passed_over(Place place, std::string_view name);

/// Keys of an object of the configuration that are neither `known` nor passed over are lost.
void lose_keys(const nlohmann::json& object,
               const std::string& pointer,
               Place place,
               const std::set<std::string_view>& known,
               Losses& losses);
/// Likewise datasets and groups of a population; names made of digits are groups of values.
void lose_datasets(const hdf5::Group& population,
                   Place place,
                   const std::set<std::string_view>& known,
                   Losses& losses);
/// Likewise values of each node or edge in a group. Texts and enumerations are labels, unless they name
/// what a simulator calls.
void lose_values(const hdf5::Group& values,
                 Place place,
                 const std::set<std::string_view>& known,
                 Losses& losses);
/// Likewise columns of a type.
void lose_columns(const TypeRow& row,
                  const std::filesystem::path& table,
                  Place place,
                  const std::set<std::string_view>& known,
                  Losses& losses);

/// Throws DescriptionError, with a line for each, unless there are none.
void refuse_losses(const Losses& losses, const std::filesystem::path& config);
/// A line for each.
[[nodiscard]] std::vector<std::string> lines_of(const Losses& losses);

} // namespace spikewell::io::sonata
