#pragma once

#include "io/folder_output.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

/// What programs have in common that measure over seeds and write report.html and results.json.
namespace spikewell::examples {

struct MeasuringOptions {
    std::size_t seeds = 5;
    int threads = 1; ///< 0: all cores
    std::string out;
    bool force = false;
};

inline void add_options(CLI::App& app, MeasuringOptions& options, int most_seeds) {
    app.add_option("--seeds", options.seeds)
        ->check(CLI::Range(1, most_seeds))
        ->capture_default_str();
    app.add_option("--threads", options.threads, "0: all cores")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--out", options.out, "Folder for report.html and results.json")->required();
    app.add_flag("--force", options.force, "Overwrite them");
}

/// The folder, nobody else's from now on.
[[nodiscard]] inline io::FolderOutput output_of(const MeasuringOptions& options) {
    return io::FolderOutput({options.out,
                             options.force ? Overwrite::allow : Overwrite::refuse,
                             {"report.html", "results.json"}});
}

/// `of` each seed's outcome.
template <class Outcome, class Of>
std::vector<double> over_seeds(const std::vector<Outcome>& outcomes, Of&& of) {
    std::vector<double> values;
    values.reserve(outcomes.size());
    for (const Outcome& o : outcomes)
        values.push_back(of(o));
    return values;
}

/// A program's exit code; an error is one line.
inline int exit_code_of(const std::function<int()>& program) {
    try {
        return program();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}

} // namespace spikewell::examples
