#include "network/engine/loop/trouble.hpp"

#include "core/error.hpp"
#include "network/engine/loop/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace spikewell::detail {

namespace {

constexpr double k_ms_per_second = 1000.0;

/// Whether all are; by their bits, without branches.
template <class Bits, class Value>
bool all_finite(const std::vector<Value>& values, std::size_t n) {
    constexpr Bits k_exponent = std::bit_cast<Bits>(std::numeric_limits<Value>::infinity());
    constexpr Bits k_least = k_exponent & ~(k_exponent - 1U);
    Bits carry = 0;
    for (std::size_t k = 0; k < n; ++k)
        carry |= (std::bit_cast<Bits>(values[k]) & k_exponent) + k_least;
    // Only an exponent of ones alone carries over into the sign.
    return carry >> (8 * sizeof(Bits) - 1) == 0;
}
bool all_finite(const std::vector<double>& values, std::size_t n) {
    return all_finite<std::uint64_t>(values, n);
}
bool all_finite(const std::vector<float>& values, std::size_t n) {
    return all_finite<std::uint32_t>(values, n);
}

/// The first of `count` values that is not finite.
template <class Values>
std::optional<std::uint32_t> first_not_finite(const Values& values, std::size_t count) {
    if (all_finite(values, std::min(count, values.size()))) return std::nullopt;
    const auto end = values.begin() + static_cast<std::ptrdiff_t>(std::min(count, values.size()));
    const auto found =
        std::find_if(values.begin(), end, [](auto value) { return !std::isfinite(value); });
    if (found == end) return std::nullopt;
    return static_cast<std::uint32_t>(found - values.begin());
}

[[noreturn]] void fail_not_finite(const EngineState& engine,
                                  const PopulationState& population,
                                  std::uint32_t neuron) {
    fail_at(name_of(population.model), neuron, engine.time_ms,
            "its state is no finite number any more; inputs or weights are too large");
}

void require_finite(const EngineState& engine,
                    const PopulationState& population,
                    const LifBlock& block) {
    for (const auto* values : {&block.y, &block.ge, &block.gi}) {
        if (const auto n = first_not_finite(*values, block.count))
            fail_not_finite(engine, population, block.first + *n);
    }
    if (const auto n = first_not_finite(block.walked, block.walked.size()))
        fail_not_finite(engine, population, block.first + *n % block.width);
}

void require_finite(const EngineState& engine,
                    const PopulationState& population,
                    const Part& part) {
    for (const auto* values : {&part.potential, &part.crowd.potential, &part.crowd.rest}) {
        if (const auto lane = first_not_finite(*values, part.count))
            fail_not_finite(engine, population, part.soma.id(0, *lane));
    }
}

} // namespace

void require_patience(const GiveUp& give_up) {
    if (give_up && give_up()) throw Abandoned("the run was given up within a window");
}

void fail_at(std::string_view population,
             std::uint32_t neuron,
             double t_ms,
             std::string_view what) {
    throw NetworkError(
        fmt::format("population \"{}\", neuron {}, at {:.6g} ms", population, neuron, t_ms), what);
}

std::size_t RateLimit::most_spikes() const {
    constexpr double k_most = 1e18;
    const double n = rate_Hz * k_interval_ms / k_ms_per_second * static_cast<double>(n_neurons);
    return static_cast<std::size_t>(std::min(n, k_most));
}

void RateLimit::require(std::string_view population,
                        std::size_t n_spikes,
                        const Window& fired) const {
    if (n_spikes <= most_spikes()) return;
    const double per_neuron = static_cast<double>(n_spikes) / static_cast<double>(n_neurons);
    throw NetworkError(
        fmt::format("population \"{}\", from {:.6g} ms on", population, fired.begin_ms),
        fmt::format(
            "its neurons fire at {:.3g} Hz or more, allowed {:.6g} Hz in the mean over {:g} ms "
            "(the rate limit: --rate-limit-Hz, Simulator::set_rate_limit)",
            per_neuron / (fired.end_ms - fired.begin_ms) * k_ms_per_second, rate_Hz,
            k_interval_ms));
}

void watch_rates(EngineState& engine, double end_ms) {
    RateWatch& watch = engine.watch;
    if (end_ms < watch.from_ms) watch = {watch.limit_Hz, end_ms}; // another state was loaded
    watch.n_spikes.resize(engine.populations.size());
    for (std::size_t p = 0; p < engine.populations.size(); ++p) {
        const PopulationState& population = engine.populations[p];
        if (!population.lif && population.parts.empty()) continue;
        watch.n_spikes[p] += population.spikes.size();
        RateLimit{watch.limit_Hz, size_of(population.model)}.require(
            name_of(population.model), watch.n_spikes[p], {watch.from_ms, end_ms});
    }
    if (end_ms - watch.from_ms < RateLimit::k_interval_ms) return;
    watch.from_ms = end_ms;
    std::fill(watch.n_spikes.begin(), watch.n_spikes.end(), 0);
}

void require_finite(const EngineState& engine) {
    for (const PopulationState& population : engine.populations) {
        for (std::size_t k = population.own.begin; k < population.own.end; ++k) {
            if (population.lif) require_finite(engine, population, population.lif->blocks[k]);
            if (!population.parts.empty()) require_finite(engine, population, population.parts[k]);
        }
    }
}

} // namespace spikewell::detail
