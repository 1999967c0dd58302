#pragma once

#include "core/statistics.hpp"
#include "experiments/metrics.hpp"
#include "experiments/probe.hpp"
#include "experiments/training.hpp"
#include "io/csv.hpp"

#include <cstdint>
#include <vector>

/// A network trained with digits, what it is asked, and how a copy of it for other simulators is judged.
namespace spikewell::experiments {

#ifdef SPIKEWELL_FULL_TESTS
inline constexpr std::uint64_t k_seeds = 6;
#else
inline constexpr std::uint64_t k_seeds = 2;
#endif

/// The nodes are asked for as long as their copy: noise of short means costs retrieval.
inline constexpr ProbePlan k_plan{.steps = ProbePlan{}.copy_steps};

/// The digits, and a network trained with them.
struct Trained {
    Config config;
    Dataset digits = make_dataset(
        io::read_csv(SPIKEWELL_SOURCE_DIR "/examples/data/digits.csv"), config.data, "digits.csv");
    Matrix coupling = coupling_of(train(Backend::rate, digits.train, config, config.seed).form);
};

inline Probe probe_of(const Trained& trained, const Config& config, std::uint64_t seed) {
    Form form = make_form(Backend::spiking, trained.coupling, config, seed);
    return probe(form, trained.digits, config, k_plan);
}

/// Median of what a network adds to noisy images.
inline double retrieval(const Probe& probe, const Matrix& states) {
    std::vector<double> gained;
    for (std::size_t trial = probe.n_clean; trial < states.cols; ++trial)
        gained.push_back(delta_r_squared(states.column(trial), probe.evidence.column(trial),
                                         probe.targets.column(trial)));
    return median(gained);
}

} // namespace spikewell::experiments
