#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// Paths and other names as text in documents, which is UTF-8, though they may be any bytes.
namespace spikewell::io {

/// '%', control characters and what is no UTF-8 stand as %XX, in upper case; `path_from_text` gives the
/// same bytes back.
[[nodiscard]] std::string path_to_text(const std::filesystem::path& path);
/// None where a '%' has no two digits behind it.
[[nodiscard]] std::optional<std::filesystem::path> path_from_text(std::string_view text);

/// For the eye: as it is, but %XX for what is no UTF-8.
[[nodiscard]] std::string utf8(std::string_view bytes);

} // namespace spikewell::io
