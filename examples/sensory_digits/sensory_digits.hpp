#pragma once

#include "experiments/form.hpp"
#include "measuring.hpp"

#include <cstdint>
#include <vector>

/// Digits are learnt from evidence and retrieved through the spikes of sensory neurons: 64 Poisson neurons a
/// pixel, half of them for what is above 0 and half for what is below, whose rates stand for the evidence.
namespace spikewell::examples {

using namespace experiments;

inline constexpr double k_brightest_Hz = 200.0; // where a picture's evidence is largest
inline constexpr const char* k_machine = "spinn5";

struct Options : MeasuringOptions {
    std::size_t presentations = 5000;
    std::size_t trials = 100;
    std::size_t steps = 100;
    std::uint32_t sources = 64; ///< a pixel, half of them of each sign
};

/// Pictures with noise, as evidence [nodes x trials], and what they are of.
struct Cues {
    Matrix targets;
    Matrix inputs;
};

/// What the nodes answer to them.
struct Answers {
    Matrix states;           // [nodes x trials] mean over a trial
    std::vector<double> dr2; // [trials] what they add to the input, as `evaluate` has it
    double retrieval = 0.0;  // median of these
};

/// All that is measured at a seed.
struct Outcome {
    Cues cues;
    Answers injected;            // evidence is set
    Answers other_seed;          // the same with other random numbers
    Answers sensory;             // sensory neurons fire
    double likeness = 0.0;       // mean correlation over trials of `sensory` with `injected`
    double likeness_seeds = 0.0; // of `other_seed` with `injected`
    double field_sd = 0.0;       // of the field where evidence is largest, over its mean
    std::size_t cores = 0;       // of the board
    bool same_spikes = false;    // through the layout on the board, for a fifth of a second
};

[[nodiscard]] std::vector<Outcome> measure_all(const Options& options);

} // namespace spikewell::examples
