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

/// Throws IoError unless every path can be written: its folder exists or can be made, is writable, and (with Overwrite::refuse)
/// the file does not exist ("exists already; use --force to overwrite it"). Leaves nothing behind. Call before long work.
void require_writable(const std::vector<std::filesystem::path>& paths, Overwrite overwrite);

/// Writes all files or none: each to a temporary name in its folder, flushed, then all renamed. Folders are made. Throws IoError;
/// temporary files are then removed.
void write_files(const std::vector<OutputFile>& files, Overwrite overwrite);

/// The whole file. Throws IoError (missing, a folder, unreadable).
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

} // namespace spikewell::io
