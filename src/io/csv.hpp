#pragma once

#include "core/matrix.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::io {

/// A table with what stands above it.
struct HeadedTable {
    std::vector<std::string> header; ///< [n_columns] without blanks and quotes; empty: none
    Matrix values;                   // [n_rows x n_columns]
};

/// As read_csv, but the first line is a header where one of its cells begins like a name: with a
/// letter, _ or a quote. It must have as many cells as the rows.
[[nodiscard]] HeadedTable read_headed_csv(const std::filesystem::path& path);
/// The same from text; `name` stands for the path in errors.
[[nodiscard]] HeadedTable parse_headed_csv(std::string_view text, std::string_view name);

/// As read_headed_csv, and a name or number may stand before each row, as tables that pandas and R write
/// have it: where the header's first cell is empty, rows have a cell more than the header, or begin with a
/// name. Tabs separate cells where the first line has tabs and no commas.
[[nodiscard]] HeadedTable parse_labelled_csv(std::string text, std::string_view name);

/// Reads a table of finite numbers, comma separated, one row a line, no header
/// [n_rows x n_columns]. CRLF and a missing last newline are taken; blank lines at the end too.
/// Throws IoError with line and column (both from 1) for: an empty file, a row of
/// another length, a cell that is no number (shown, shortened), NaN or infinity; and as read_text.
[[nodiscard]] Matrix read_csv(const std::filesystem::path& path);
/// The same from text; `name` stands for the path in errors.
[[nodiscard]] Matrix parse_csv(std::string_view text, std::string_view name);

} // namespace spikewell::io
