#pragma once

#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// The text files of a SONATA circuit.
namespace spikewell::io::sonata {

/// A row of a type table: what is not "NULL" or "NONE", by column.
using TypeRow = std::map<std::string, std::string>;
/// Rows by their id. Cells are separated by spaces and may stand in quotes.
using TypeTable = std::map<std::int64_t, TypeRow>;

/// Calls visit(cells, n) for each line of a text file, blank ones too; lines count from 1. Cells are separated by
/// blanks and may stand in quotes. Throws IoError with the line.
void each_line_of_cells(
    const std::filesystem::path& path,
    const std::function<void(const std::vector<std::string>& cells, std::size_t n)>& visit);
/// Throws IoError unless the row of line n has as many cells as the first.
void require_cells(const std::vector<std::string>& cells,
                   std::size_t n_columns,
                   const std::filesystem::path& path,
                   std::size_t n);
/// Whether all of the text is a number, which it then gives.
template <class Number> [[nodiscard]] bool parse_number(const std::string& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}
/// `id_column` is "node_type_id" or "edge_type_id". Throws IoError with the line.
[[nodiscard]] TypeTable read_types(const std::filesystem::path& path, const std::string& id_column);

/// A number in a row; nothing where the column is missing or empty. Throws IoError.
[[nodiscard]] bool read_cell(const TypeRow& row,
                             const std::string& column,
                             const std::filesystem::path& path,
                             double& value);

/// A configuration and where its paths lead. Variables of its manifest ("$BASE_DIR", "${BASE_DIR}")
/// are replaced in all of its texts; "${configdir}" is its folder.
struct Configuration {
    std::filesystem::path path;
    nlohmann::json json;
    std::filesystem::path root = {}; ///< the folder that its paths may not leave; empty: they may

    /// A text that names a file, as a path; relative ones are relative to the configuration.
    [[nodiscard]] std::filesystem::path resolved(const std::string& text) const;
    /// `file` in full, unless it leads out of `root`, be it by a link: throws IoError then.
    [[nodiscard]] std::filesystem::path allowed(const std::filesystem::path& file) const;
};
/// Throws IoError, DescriptionError; also for variables that contain one another in a circle.
[[nodiscard]] Configuration read_configuration(const std::filesystem::path& path,
                                               const std::filesystem::path& root);
/// The folder of a file, links followed.
[[nodiscard]] std::filesystem::path root_of(const std::filesystem::path& path);

} // namespace spikewell::io::sonata
