#pragma once

#include "io/folder_output.hpp"
#include "report/document.hpp"
#include "report/experiment_reports.hpp"
#include "report/html.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// What the pages of programs have in common that measure over seeds.
namespace spikewell::examples {

/// A figure by its name, as results.json and the table have it.
template <class Of, int k_decimals> struct FigureOf {
    std::string key;
    std::string text;
    double (*of)(const Of&);
    int decimals = k_decimals;
};

/// Writes report.html and results.json; tells the tables, and where the report is.
inline void publish(io::FolderOutput& output,
                    const report::Document& document,
                    const nlohmann::json& results,
                    const std::vector<report::Table>& told) {
    output.publish({{"report.html", report::to_html(document)}, {"results.json", results.dump(1)}});
    for (const report::Table& table : told)
        fmt::print("{}\n", report::to_text(table));
    fmt::print("Report: {}\n", (output.folder() / "report.html").string());
}

} // namespace spikewell::examples
