#pragma once

#include "io/results/distributions.hpp"
#include "io/results/run_statistics.hpp"
#include "measuring.hpp"
#include "microcircuit/microcircuit.hpp"
#include "network/engine/simulator.hpp"

#include <optional>
#include <string>
#include <vector>

/// What runs of the microcircuit come to over seeds, and beside runs of others.
namespace spikewell::examples {

/// As the field compares simulations of this network (van Albada et al. 2018, doi:10.3389/fnins.2018.00291).
inline constexpr io::CorrelationPlan k_correlations{2.0, 250};

struct MicrocircuitOptions
    : MeasuringOptions { ///< threads are those of each run; seeds come one after another
    MicrocircuitPlan plan;
    double duration_ms = 2500.0; ///< of a run
    double warm_up_ms = 500.0;   ///< of it, left out
    std::vector<std::string> references;
};

struct PopulationOutcome {
    double rate_Hz = 0.0;     ///< mean over neurons
    double cv_isi = 0.0;      ///< mean over neurons of three spikes or more; NaN: none
    double correlation = 0.0; ///< of spike counts, mean over pairs; NaN: none
};

/// What a run took, without building.
struct RunCost {
    double build_s = 0.0;
    double wall_s = 0.0;
    double q = 0.0; ///< wall time over model time
    Counters counters;
    std::string energy; ///< JSON, as run.json has it
};

struct MicrocircuitOutcome {
    std::vector<PopulationOutcome> populations;
    io::MeasuredRun measured;
    RunCost cost;
    /// Of the first seed: spikes in the first k_shown_ms behind the warm-up, of each `shown_every`-th neuron, numbered anew.
    std::vector<std::vector<Spike>> shown; // [n_populations]
};
inline constexpr double k_shown_ms = 400.0;
/// One neuron in so many is shown.
[[nodiscard]] std::uint32_t shown_every(const MicrocircuitPlan& plan);

/// What the runs are compared with.
[[nodiscard]] std::vector<io::MeasuredRun> references_of(const MicrocircuitOptions& options);

/// Seed by seed, from 1 on. A run's spikes are measured as they come, and not kept.
[[nodiscard]] std::vector<MicrocircuitOutcome> measure_all(const MicrocircuitOptions& options);

/// Of a population, for each pair of runs of two lists; of a list and itself for each pair of different runs.
[[nodiscard]] std::vector<io::Distances> distances_of(std::size_t population,
                                                      const std::vector<io::MeasuredRun>& a,
                                                      const std::vector<io::MeasuredRun>& b);
[[nodiscard]] std::vector<io::Distances> distances_of(std::size_t population,
                                                      const std::vector<io::MeasuredRun>& runs);

} // namespace spikewell::examples
