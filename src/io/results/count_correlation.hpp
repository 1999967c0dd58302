#pragma once

#include "io/results/saved_numbers.hpp"
#include "io/results/time_bins.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace spikewell::io {

/// Of which counts, and how many neurons of a population. Both are near those with which van Albada et al. 2018,
/// doi:10.3389/fnins.2018.00291, compare simulations of Potjans & Diesmann's network.
struct CorrelationPlan {
    double bin_ms = 2.0;
    /// A prime, so that neurons evenly spread over nodes of a few each are not all alike.
    std::size_t most_neurons = 199;
};

/// Pearson's correlations of spike counts in bins, of all pairs among n of a population's N neurons:
/// floor(j N / n), j = 0 .. n - 1. Sums are of whole numbers, so that they do not depend on how spikes are
/// handed over. Memory: 8 bytes a pair, 2 bytes a neuron. A bin takes time for its spikes' pairs, an empty one
/// none.
class CountCorrelation {
  public:
    /// Of one population, as 32 MiB of pairs hold.
    static constexpr std::size_t k_most_neurons = 2896;
    /// How many neurons of each population: no more than are asked for, and than 32 MiB of pairs hold.
    [[nodiscard]] static std::size_t most_neurons_of(std::size_t n_populations, std::size_t asked);

    CountCorrelation(std::size_t n_neurons, const CorrelationPlan& plan, double start_ms);

    /// Spikes of start_ms or later, in time order.
    void add(double t_ms, std::uint32_t neuron) {
        const std::uint16_t place = place_[neuron];
        if (place != k_none) add_to(t_ms, place);
    }
    /// Over the bins that are over at t_ms, of pairs of neurons whose counts both vary.
    [[nodiscard]] std::vector<double> at(double t_ms) const;
    /// Their mean and sd (divisor n), how many they are; null where there is none.
    [[nodiscard]] nlohmann::ordered_json to_json(double t_ms) const;

    void save(std::string& bytes) const;
    /// `n_spikes`: those of each neuron of the population since start_ms. Throws IoError for what cannot have
    /// come of them by t_ms.
    void load(SavedNumbers& saved, double t_ms, const std::vector<std::uint64_t>& n_spikes);

  private:
    static constexpr std::uint16_t k_none = 0xFFFF;

    void add_to(double t_ms, std::uint16_t place);
    void close_bin();
    [[nodiscard]] std::size_t n() const { return sums_.size(); }
    [[nodiscard]] static std::size_t pair(std::size_t a, std::size_t b) {
        return a < b ? b * (b - 1) / 2 + a : a * (a - 1) / 2 + b;
    }
    [[nodiscard]] std::vector<double> of_pairs(double n_bins) const;

    TimeBins bins_;
    std::vector<std::uint16_t> place_;    // [n_neurons] among those chosen
    std::vector<std::uint64_t> sums_;     // [n] of counts in closed bins
    std::vector<std::uint64_t> squares_;  // [n]
    std::vector<std::uint64_t> products_; // [n (n - 1) / 2]
    std::uint64_t bin_ = 0;               // the open one
    std::vector<std::uint64_t> counts_;   // [n] in it
    std::vector<std::uint16_t> active_;   // whose count is not 0
};

} // namespace spikewell::io
