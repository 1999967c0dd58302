#pragma once

#include "network/distribution.hpp"
#include "neuron_models/point_neuron.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Numbers of a neuron model that differ from neuron to neuron.
namespace spikewell {

/// In files it stands where the number would: a distribution, or a list of as many as there are neurons.
struct VariedNumber {
    std::string key;               ///< of the model's card
    Distribution law = Constant{}; ///< of which each neuron draws its own, where
    std::vector<double> values;    ///< is empty
    bool operator==(const VariedNumber&) const = default;
};

/// A number on a model's card.
struct NumberOfModel {
    std::string_view key;
    Interval allowed;
    bool may_vary;     ///< of models whose inputs are added up in a frame of their own, not all may
    std::size_t place; ///< on the card
};
[[nodiscard]] std::optional<NumberOfModel> number_of(const PointNeuron& neuron,
                                                     std::string_view key);
/// "V_th_mV, V_reset_mV, ..": those that may.
[[nodiscard]] std::string numbers_that_vary(const PointNeuron& neuron);
[[nodiscard]] double number_at(const PointNeuron& neuron, std::string_view key);
void set_number(PointNeuron& neuron, std::string_view key, double value);

/// A population's neurons, by (seed, population).
struct NeuronsOf {
    std::uint64_t seed;
    std::uint32_t population; ///< index
};
/// Values of neurons first .. first + count - 1; the same whatever other neurons are asked for. `place` of the number
/// on its card.
[[nodiscard]] std::vector<double> values_of(const VariedNumber& number,
                                            std::size_t place,
                                            const NeuronsOf& neurons,
                                            std::uint32_t first,
                                            std::uint32_t count);
/// What a law has in the middle, for who needs one number: mean, or middle of a range; of a list its mean.
[[nodiscard]] double middle_of(const VariedNumber& number);

} // namespace spikewell
