#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::io {

enum class Overwrite { refuse, allow };

/// A file to be.
struct OutputFile {
    std::filesystem::path path;
    std::string content;
};

/// Throws IoError unless every path can be written: its folder exists or can be made, is writable,
/// and the path itself is free or, with Overwrite::allow, a writable regular file. Tries it with a
/// temporary file and leaves nothing behind. Call before long work.
void require_writable(const std::vector<std::filesystem::path>& paths, Overwrite overwrite);

/// Writes all files or none: each to a temporary name in its folder, flushed, then all renamed.
/// Folders are made. Throws IoError; what was made is then removed and what was replaced restored.
/// A symbolic link is replaced by the file, not followed.
void write_files(const std::vector<OutputFile>& files, Overwrite overwrite);

/// The whole file, less a UTF-8 byte order mark. Throws IoError (missing, a folder, unreadable,
/// larger than 1 GiB).
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

/// `text` as it stands in a message: shortened, one line, control characters escaped.
[[nodiscard]] std::string printable(std::string_view text);

} // namespace spikewell::io
