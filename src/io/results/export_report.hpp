#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spikewell::io {

/// What an export says at its end: what a reader of its files gets exactly, what only nearly (and
/// how nearly), and what not at all. Each entry is one line of text.
struct ExportReport {
    std::vector<std::string> exact;
    std::vector<std::string> approximated;
    std::vector<std::string> lost;
    bool operator==(const ExportReport&) const = default;
};

/// The main file of an export's folder.
inline constexpr const char* k_export_file = "export.json";

/// What it says: the format ("nir", "sonata" ..), the file that was exported, and the report.
[[nodiscard]] std::string to_text(const ExportReport& report,
                                  const std::string& format,
                                  const std::string& source);

/// Where `file` lies beside the main file of an export, throws IoError unless all files that it lists are
/// what was written.
void require_whole_export(const std::filesystem::path& file);

/// The report as lines, "exact: ..." first; "nothing" where there is nothing.
[[nodiscard]] std::vector<std::string> lines_of(const ExportReport& report);

} // namespace spikewell::io
