#include "io/results/export_report.hpp"

#include "core/file_descriptor.hpp"
#include "io/file_list.hpp"
#include "io/made_by.hpp"
#include "io/output.hpp"
#include "io/path_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace spikewell::io {

namespace {
constexpr const char* k_format = "spikewell-export";
} // namespace

std::string to_text(const ExportReport& report,
                    const std::string& format,
                    const std::string& source) {
    const nlohmann::ordered_json document{{"format", k_format},
                                          {"version", 1},
                                          {"made_by", made_by()},
                                          {"to", format},
                                          {"of", utf8(source)},
                                          {"exact", report.exact},
                                          {"approximated", report.approximated},
                                          {"lost", report.lost}};
    return document.dump(1);
}

void require_whole_export(const std::filesystem::path& file) {
    const std::filesystem::path main_file = folder_of(file) / k_export_file;
    std::error_code none;
    if (!std::filesystem::is_regular_file(main_file, none)) return;
    // Anything else of that name is not ours, and no business of an import.
    const nlohmann::json document = nlohmann::json::parse(read_text(main_file), nullptr, false);
    if (document.is_object() && document.value("format", nlohmann::json()) == k_format)
        require_listed_files(document, main_file);
}

std::vector<std::string> lines_of(const ExportReport& report) {
    std::vector<std::string> lines;
    const auto add = [&](const char* kind, const std::vector<std::string>& entries) {
        for (const std::string& entry : entries)
            lines.push_back(fmt::format("{}: {}", kind, entry));
        if (entries.empty()) lines.push_back(fmt::format("{}: nothing", kind));
    };
    add("exact", report.exact);
    add("approximated", report.approximated);
    add("lost", report.lost);
    return lines;
}

} // namespace spikewell::io
