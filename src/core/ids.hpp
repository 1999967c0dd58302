#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace spikewell {

/// Index of a population or projection in its network. Distinct types, because a mix-up would
/// compile and corrupt.
struct PopulationId {
    std::uint32_t index = 0;
    auto operator<=>(const PopulationId&) const = default;
};
struct ProjectionId {
    std::uint32_t index = 0;
    auto operator<=>(const ProjectionId&) const = default;
};

/// Greatest number of neurons of a population.
constexpr std::size_t k_max_neurons = 4'000'000'000;

/// One spike of one neuron; neurons of a population count 0 .. n - 1. Ordered by (time, source): a
/// total order, so that nothing depends on insertion order.
struct Spike {
    double t_ms = 0.0;
    std::uint32_t source = 0;
    auto operator<=>(const Spike&) const = default;
};

} // namespace spikewell
