#pragma once

#include "network/network.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// What single neurons and pairs of them do, by which runs of a network are compared; and a run beside another, this
/// program's or any simulator's.
namespace spikewell::io {

struct CorrelationPlan;

/// Of a population, in no order.
struct Distributions {
    std::string population;
    std::vector<double> rates_Hz; ///< of each neuron
    std::vector<double> cvs;      ///< of intervals, of each neuron that spiked three times or more
    std::vector<double> correlations; ///< of spike counts, of pairs whose counts both vary
};

/// Of a run.
struct MeasuredRun {
    std::uint64_t seed = 0;
    double counted_ms = 0.0; ///< model time that they are of
    double bin_ms = 0.0;     ///< of spike counts
    std::vector<Distributions> populations;
};

/// Kolmogorov-Smirnov distances; NaN where a side has no values.
struct Distances {
    double rates = 0.0;
    double cvs = 0.0;
    double correlations = 0.0;
};
[[nodiscard]] Distances distances(const Distributions& a, const Distributions& b);
/// Of a population from that of this name in each of some runs: their mean; NaN where no run has both.
[[nodiscard]] Distances mean_distances(const Distributions& of,
                                       const std::vector<MeasuredRun>& from);

/// The file of distributions (network/FORMAT.md, "What a run writes").
inline constexpr const char* k_distributions_file = "distributions.json";
[[nodiscard]] std::string distributions_text(const std::vector<MeasuredRun>& runs);

/// How the run is measured that is to be compared.
struct ComparedRun {
    const Network& network;
    double duration_ms = 0.0;
    double warm_up_ms = 0.0;
    const CorrelationPlan& correlations;
};
/// What a run is compared with: a file of distributions; spikes (spikes.csv, or HDF5 as SONATA has it) of a run
/// as long, which are then measured as this one; or a folder that has one of these. Of populations only those that the
/// network has, too. Throws IoError, also where that is none, and for counts in other bins.
[[nodiscard]] std::vector<MeasuredRun> read_reference(const std::filesystem::path& path,
                                                      const ComparedRun& run);

} // namespace spikewell::io
