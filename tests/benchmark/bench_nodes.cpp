#include "core/error.hpp"
#include "core/statistics.hpp"
#include "io/csv.hpp"
#include "support/node_counts.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

// Whether rates and spikes learn the same at any number of nodes (tests/benchmark/README.md): the same
// images at several sizes, trained and evaluated at the defaults.

using namespace spikewell;
using namespace spikewell::experiments;

namespace {

struct Options {
    std::string csv = SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv";
    std::vector<std::size_t> sides = {8, 16, 24, 28};
    std::size_t seeds = 3;
    std::size_t presentations = 5000;
};

/// Means over seeds, rates and spikes.
struct Row {
    std::vector<double> retrieval[2];
    std::vector<double> generalization[2];
    std::vector<double> attractors[2];
    std::vector<double> asymmetry[2];
    std::vector<double> correlation;
};

void add(Row& row, const Regime& regime, std::size_t form) {
    row.retrieval[form].push_back(regime.evaluation.retrieval.median);
    row.generalization[form].push_back(regime.evaluation.generalization.median);
    row.attractors[form].push_back(static_cast<double>(regime.figures.n_attractors));
    row.asymmetry[form].push_back(regime.figures.asymmetry);
}

std::string pair_of(const std::vector<double>* values, int decimals) {
    return fmt::format("{:.{}f} / {:.{}f}", mean(values[0]), decimals, mean(values[1]), decimals);
}

void tell(std::uint64_t seed, std::size_t n, const Row& row) {
    fmt::print(stderr,
               "{} nodes, seed {}: retrieval {:.3f} / {:.3f}, generalization {:.3f} / {:.3f}, "
               "attractors {} / {}, asymmetry {:.3f} / {:.3f}, r of J {:.3f}\n",
               n, seed, row.retrieval[0].back(), row.retrieval[1].back(),
               row.generalization[0].back(), row.generalization[1].back(), row.attractors[0].back(),
               row.attractors[1].back(), row.asymmetry[0].back(), row.asymmetry[1].back(),
               row.correlation.back());
}

void measure(const Options& options, const Matrix& table, std::size_t side, std::size_t new_side) {
    Row row;
    test::AtSize both;
    for (std::uint64_t seed = 1; seed <= options.seeds; ++seed) {
        both = test::learn_at_size(table, side, new_side, options.presentations, seed);
        add(row, both.rates, 0);
        add(row, both.spikes, 1);
        row.correlation.push_back(both.correlation);
        tell(seed, both.data.train.rows, row);
    }
    const TrainingConfig& training = both.config.training;
    fmt::print("| {} | {:.3g} | {:.2f} | {} | {} | {} | {} | {:.3f} |\n", both.data.train.rows,
               learning_rate_of(training, both.data.train.rows),
               moved_by_presentation(both.data.train, training), pair_of(row.retrieval, 3),
               pair_of(row.generalization, 3), pair_of(row.attractors, 1),
               pair_of(row.asymmetry, 3), mean(row.correlation));
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App program("Rates and spikes at several numbers of nodes", "bench_nodes");
    program.add_option("--csv", options.csv,
                       "Square images, a row each, the label behind the pixels");
    program.add_option("--sides", options.sides, "Sides that the images get, pixels")
        ->delimiter(',');
    program.add_option("--seeds", options.seeds, "Number of seeds, from 1 on");
    program.add_option("--presentations", options.presentations, "Of training");
    CLI11_PARSE(program, argc, argv);
    try {
        const Matrix table = io::read_csv(options.csv);
        const auto side =
            static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(table.cols - 1))));
        fmt::print("| nodes | learning rate | rho | retrieval, rates / spikes | generalization | "
                   "attractors | asymmetry | r of J |\n|---|---|---|---|---|---|---|---|\n");
        for (const std::size_t new_side : options.sides)
            measure(options, table, side, new_side);
    } catch (const Error& error) {
        fmt::print(stderr, "bench_nodes: {}\n", error.what());
        return 1;
    }
    return 0;
}
