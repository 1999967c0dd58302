#pragma once

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

/// The report as lines, "exact: ..." first; "nothing" where there is nothing.
[[nodiscard]] std::vector<std::string> lines_of(const ExportReport& report);

} // namespace spikewell::io
