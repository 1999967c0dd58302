#pragma once

#include "cli/support.hpp"
#include "experiments/landscape.hpp"
#include "io/coupling_file.hpp"

namespace spikewell::cli {

/// Given couplings on the command line.
struct CouplingsOptions {
    std::string matrix;
    std::string scaling = "zscore";
    std::string variable;
    bool symmetrise = false;
};

inline void add_couplings_options(CLI::App& command, CouplingsOptions& options) {
    command
        .add_option("--scaling", options.scaling,
                    "none; zscore: diagonal 0, mean 0, standard deviation 1; columns: the same of each column; "
                    "spectral: largest eigenvalue 1")
        ->check(one_of({"none", "zscore", "columns", "spectral"}))
        ->capture_default_str();
    command.add_option("--variable", options.variable, "Which matrix of a MAT file");
    command.add_flag("--symmetrise", options.symmetrise, "Take the symmetric part of a table that is not");
}

[[nodiscard]] inline experiments::Scaling scaling_of(const std::string& name) {
    using experiments::Scaling;
    if (name == "none") return Scaling::none;
    if (name == "columns") return Scaling::columns;
    return name == "spectral" ? Scaling::spectral : Scaling::zscore;
}

} // namespace spikewell::cli
