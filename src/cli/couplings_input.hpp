#pragma once

#include "cli/support.hpp"
#include "experiments/landscape.hpp"
#include "io/coupling_file.hpp"

namespace spikewell::cli {

/// Given couplings on the command line.
struct CouplingsOptions {
    std::string matrix;
    std::string scaling = name_of(experiments::Scaling::zscore);
    std::string variable;
    bool symmetrise = false;
};

inline void add_couplings_options(CLI::App& command, CouplingsOptions& options) {
    std::vector<std::string> names;
    for (const experiments::Scaling scaling : experiments::scalings())
        names.emplace_back(name_of(scaling));
    command
        .add_option("--scaling", options.scaling,
                    "none; zscore: diagonal 0, mean 0, standard deviation 1; columns: the same of "
                    "each column; "
                    "spectral: largest eigenvalue 1")
        ->check(one_of(names))
        ->capture_default_str();
    command.add_option("--variable", options.variable, "Which matrix of a MAT file");
    command.add_flag("--symmetrise", options.symmetrise,
                     "Take the symmetric part of a table that is not");
}

} // namespace spikewell::cli
