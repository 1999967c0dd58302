#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The list of an output folder's files that its main file (run.json, layout.json, export.json ..) ends
/// with. That file is the last to get its name: where it is, all others are, and they are these.
///
///     "files": [{"name": "spikes.csv", "bytes": 123, "xxh3": "2d06800538d394c2"}, {"name": "timings.json"}, ..]
namespace spikewell::io {

struct ListedContent {
    std::uint64_t bytes = 0;
    std::uint64_t digest = 0; ///< XXH3, 64 bits
    bool operator==(const ListedContent&) const = default;
};

struct ListedFile {
    std::string name;                     ///< relative to the folder, with / between
    std::optional<ListedContent> content; ///< none where it may be another one every time
    bool operator==(const ListedFile&) const = default;
};

inline constexpr const char* k_files_key = "files";

/// Reads the file to its end. Throws IoError.
[[nodiscard]] ListedFile listed(const std::filesystem::path& path, std::string name);

/// A document, which is a JSON object that is not empty, with the list as its last entry.
[[nodiscard]] std::string with_files(std::string document, const std::vector<ListedFile>& files);

/// What is wrong with the files that the list in `document` tells of, a line each; none where it has no
/// list: another program, or a former version, wrote it. A list that is none is a line, too.
[[nodiscard]] std::vector<std::string> differences_from_list(const nlohmann::json& document,
                                                             const std::filesystem::path& folder);

/// Throws IoError with the first of them. `main_file` is where the document is from.
void require_listed_files(const nlohmann::json& document, const std::filesystem::path& main_file);

} // namespace spikewell::io
