#include "io/export_report.hpp"

#include <fmt/format.h>

namespace spikewell::io {

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
