#pragma once

#include "core/ids.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// What is measured of spikes, by programs that measure networks of point neurons.
namespace spikewell::examples {

struct Span {
    double from_ms = 0.0;
    double to_ms = 0.0;

    [[nodiscard]] double length_s() const { return (to_ms - from_ms) / 1000.0; }
    [[nodiscard]] bool has(double t_ms) const { return t_ms >= from_ms && t_ms < to_ms; }
};

/// Neurons first .. first + count - 1 of a population.
struct Cells {
    std::uint32_t first = 0;
    std::uint32_t count = 0;

    [[nodiscard]] bool has(std::uint32_t neuron) const {
        return neuron >= first && neuron - first < count;
    }
};

/// [cells.count] of each neuron.
[[nodiscard]] std::vector<double> rates_Hz(std::span<const Spike> spikes,
                                           const Cells& cells,
                                           const Span& span);

/// Mean rate in each bin that the span has whole.
[[nodiscard]] std::vector<double> rate_over_time_Hz(std::span<const Spike> spikes,
                                                    const Cells& cells,
                                                    const Span& span,
                                                    double bin_ms);

struct Activity {
    double rate_Hz = 0.0;
    double sd_Hz = 0.0;  ///< of the neurons' rates
    double cv_isi = 0.0; ///< of intervals: mean over neurons of three spikes or more; NaN: none
    /// Variance over time of the mean spike count over mean variance of a neuron's, in bins of 5 ms: 1 where all
    /// do the same, 1 / n where n are independent; NaN where none varies.
    double synchrony = 0.0;
};

[[nodiscard]] Activity activity_of(std::span<const Spike> spikes,
                                   const Cells& cells,
                                   const Span& span);

} // namespace spikewell::examples
