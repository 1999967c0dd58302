#pragma once

#include "activity.hpp"
#include "measuring.hpp"
#include "neuron_models/adex.hpp"

#include <array>
#include <string>
#include <vector>

/// What adaptation makes of adaptive exponential neurons: the firing patterns of one under a step of current (Naud, Marcille, Clopath
/// & Gerstner 2008, doi:10.1007/s00422-008-0264-7), and the states of a sparse network of them: asynchronous and irregular where
/// spikes bring no adaptation, up and down in turn where they do (Destexhe 2009, doi:10.1007/s10827-009-0164-4).
namespace spikewell::examples {

struct Pattern {
    std::string name;
    AdEx neuron; ///< the step is in addition to its drive
    double step_pA = 0.0;
};
[[nodiscard]] std::vector<Pattern> patterns();

inline constexpr Span k_step{50.0, 1050.0};
inline constexpr double k_sampled_ms = 0.5;

/// What a neuron makes of its step. No random numbers.
struct Answer {
    std::vector<double> spikes_ms;    ///< from the step's beginning on
    std::vector<double> intervals_ms; ///< between them
    std::vector<double> V_mV;         ///< every k_sampled_ms, from time 0 of the run
};
/// Of each pattern.
[[nodiscard]] std::vector<Answer> answers();

/// How many of the later half of the intervals differ, by 0.1 ms or more.
[[nodiscard]] std::size_t n_different(const std::vector<double>& intervals_ms);

/// Spike-triggered adaptation of excitatory neurons that networks are run with.
inline constexpr std::array k_b_pA = {0.0, 5.0, 20.0, 60.0};
inline constexpr double k_rate_bin_ms = 20.0;

struct Options : MeasuringOptions {
    std::uint32_t neurons = 2000;
    double measured_ms = 5000.0;
    double adaptation = 1.0; ///< scales all of k_b_pA
};

/// A network's state at one b.
struct State {
    Activity activity;           ///< of excitatory neurons
    double down_share = 0.0;     ///< of time in which they fire at less than 1 Hz
    double ups_per_s = 0.0;      ///< how often their rate goes from there beyond 5 Hz
    double modulation = 0.0;     ///< standard deviation over mean of their rate in bins
    std::vector<double> rate_Hz; ///< in bins of k_rate_bin_ms
    std::vector<Spike> spikes;   ///< of seed 1; from the beginning of measuring on
};

using Outcome = std::array<State, k_b_pA.size()>;

[[nodiscard]] std::vector<Outcome> measure_all(const Options& options);

} // namespace spikewell::examples
