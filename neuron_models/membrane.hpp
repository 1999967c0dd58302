#pragma once

#include "neuron_models/fields.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// What the cards of models with a membrane potential have in common.
namespace spikewell {

/// What V may not be above at time 0.
struct Ceiling {
    std::string_view key; ///< of the field that says so
    double V_mV;
};

/// Whether the neuron may fire at random, and then at any V.
template <class Lif> [[nodiscard]] bool has_escape(const Lif& neuron) {
    if constexpr (requires { neuron.escape; }) {
        return neuron.escape.has_value();
    } else {
        return false;
    }
}

/// With a sharp threshold this is above the reset.
template <class Lif> [[nodiscard]] std::vector<Misfit> threshold_misfits(const Lif& neuron) {
    if (has_escape(neuron) || neuron.V_th_mV > neuron.V_reset_mV) return {};
    return {{"V_th_mV", neuron.V_th_mV, above_field("V_reset_mV", neuron.V_reset_mV)}};
}
template <class Lif> [[nodiscard]] std::optional<Ceiling> threshold_ceiling(const Lif& neuron) {
    if (has_escape(neuron)) return std::nullopt;
    return Ceiling{"V_th_mV", neuron.V_th_mV};
}

} // namespace spikewell
