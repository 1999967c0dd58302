#pragma once

#include "network/engine/loop/window.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

/// What ends a window before its end.
namespace spikewell::detail {

/// Whether the run is to be given up: asked within windows, by any thread.
using GiveUp = std::function<bool()>;
/// Throws Abandoned where it is.
void require_patience(const GiveUp& give_up);

/// Throws NetworkError that names a neuron and says when.
[[noreturn]] void fail_at(std::string_view population,
                          std::uint32_t neuron,
                          double t_ms,
                          std::string_view what);

/// How fast the neurons of a population may fire, in the mean of them over an interval.
struct RateLimit {
    static constexpr double k_interval_ms = 10.0;

    double rate_Hz = 0.0;
    std::size_t n_neurons = 1;

    /// In an interval, and hence sooner.
    [[nodiscard]] std::size_t most_spikes() const;
    /// Throws NetworkError that names the population where these are more.
    void require(std::string_view population, std::size_t n_spikes, const Window& fired) const;
};
/// What populations of neurons have fired of late. Sources fire as they are told.
struct RateWatch {
    double limit_Hz = 0.0;
    double from_ms = 0.0;                   ///< since when spikes are counted
    std::vector<std::size_t> n_spikes = {}; ///< of each population
};

struct EngineState;
/// Counts a window's spikes, all of which are there, and requires each population's limit.
void watch_rates(EngineState& engine, double end_ms);
/// Throws NetworkError for the first neuron of those held here whose state is not finite. Costs a look
/// at every neuron.
void require_finite(const EngineState& engine);

} // namespace spikewell::detail
