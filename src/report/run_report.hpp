#pragma once

#include "core/ids.hpp"
#include "report/document.hpp"
#include "report/plots.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace spikewell::report {

/// Spikes of a population, in time order; a long run's from its start up to RecordedRun::read_ms.
struct RecordedSpikes {
    std::string population;
    std::size_t neurons = 0;
    std::vector<Spike> spikes;
};

/// Values over time, a series for each neuron, node or recording.
struct RecordedValues {
    std::string name;  ///< of the recording
    std::string title; ///< "potential / mV"
    std::vector<Series> series;
    std::string left_out; ///< what of them is not shown; none: ""
};

/// Weights or couplings of a projection at the times when they were recorded.
struct RecordedWeights {
    std::string name;
    std::string title; ///< "weight / mV"
    std::vector<double> times_ms;
    std::vector<double> means; // [n_times]
    std::vector<double> sds;   // [n_times]
    std::vector<double> first; // at the first time
    std::vector<double> last;  // at the last
};

/// What is measured of neurons and of pairs, a sample each population that has some.
struct RunDistributions {
    std::vector<Sample> rates_Hz;
    std::vector<Sample> cvs;
    std::vector<Sample> correlations;
};

/// What a run of `simulate` has recorded, and what was measured while it ran.
struct RecordedRun {
    RunDistributions distributions;
    double read_ms = 0.0; ///< how far spikes were read
    std::vector<RecordedSpikes> spikes;
    std::vector<Series> rates; ///< of recordings of rates, Hz over ms
    std::vector<RecordedValues> values;
    std::vector<RecordedWeights> weights;
};

/// The page of `simulate`; `run`: run.json (network/FORMAT.md).
[[nodiscard]] Document run_document(const RecordedRun& recorded, const nlohmann::ordered_json& run);

} // namespace spikewell::report
