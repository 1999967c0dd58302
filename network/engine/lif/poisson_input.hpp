#pragma once

#include "network/engine/loop/window.hpp"
#include "neuron_models/poisson_source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

/// Independent Poisson input of many neurons in a short window, from counter-based random numbers:
/// a neuron's input in a window is a function of (seed, stream, neuron, window) and nothing else.
namespace spikewell::detail {

/// One Poisson input of a population in one window.
struct PoissonPass {
    std::uint64_t seed;
    std::uint32_t stream; ///< purpose, population and input, packed by `poisson_stream`
    std::uint64_t serial; ///< number of the window, < 2^48
    Window window;
    double expected; ///< spikes in the window
    std::vector<std::int32_t>
        thresholds; ///< a count is the number of these that a 31-bit number reaches
};

[[nodiscard]] std::uint32_t poisson_stream(std::uint32_t population, std::size_t input);

/// Integral of the rate over the window, in spikes.
[[nodiscard]] double expected_spikes(const PoissonRate& rate, const Window& window);
/// Whether the rate is one and the same throughout the window.
[[nodiscard]] bool is_steady(const PoissonRate& rate, const Window& window);

/// thresholds[k] = 2^31 P(N <= k), up to where P(N > k) < 2^-31: counts beyond that, less than one
/// in 2e9, are cut.
void set_thresholds(PoissonPass& input);

/// The neuron's spike times, sorted, appended.
void append_spike_times(const PoissonPass& input,
                        const PoissonRate& rate,
                        std::uint32_t neuron,
                        std::vector<double>& times_ms);

/// Neurons first .. first + n - 1 (n a multiple of 16), of which those from `from` up to `to` (0 .. n)
/// get the input.
struct DrawnLanes {
    std::uint32_t first;
    std::size_t n;
    std::size_t from;
    std::size_t to;
};

/// For these neurons, of a steady rate, summed over each one's spike times t: exp((t - begin) / tau_m)
/// to sum_m, the same with tau_s to sum_s (none where null). Needs (end - begin) <= tau / 4; relative
/// error below 2e-6 of a term, 1e-6 up to tau / 8. Returns the number of spikes of those that get the input.
std::uint64_t poisson_sums(const PoissonPass& input,
                           const DrawnLanes& lanes,
                           double tau_m_ms,
                           double tau_s_ms,
                           float* sum_m,
                           float* sum_s);

/// The same of powers of u = (t - begin) / (end - begin): power k to sums[k].
inline constexpr std::size_t k_poisson_powers = 4;
std::uint64_t poisson_powers(const PoissonPass& input,
                             const DrawnLanes& lanes,
                             const std::array<float*, k_poisson_powers>& sums);

} // namespace spikewell::detail
