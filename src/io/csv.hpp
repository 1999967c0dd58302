#pragma once

#include "core/matrix.hpp"

#include <filesystem>
#include <string_view>

namespace spikewell::io {

/// Reads a table of finite numbers, comma separated, one row a line, no header
/// [n_rows x n_columns]. CRLF and a missing last newline are taken; blank lines at the end too.
/// Throws IoError with line and column (both from 1) for: an empty file, a row of
/// another length, a cell that is no number (shown, shortened), NaN or infinity; and as read_text.
[[nodiscard]] Matrix read_csv(const std::filesystem::path& path);
/// The same from text; `name` stands for the path in errors.
[[nodiscard]] Matrix parse_csv(std::string_view text, std::string_view name);

} // namespace spikewell::io
