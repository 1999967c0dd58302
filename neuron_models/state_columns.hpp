#pragma once

#include "neuron_models/point_neuron.hpp"

#include <array>
#include <optional>
#include <span>
#include <string_view>

/// The state variables of point neurons by name: V first, each name with its unit.
namespace spikewell {

/// Those of a model: what its dynamics name, or, of models with a bound of their own, these.
template <class Model> struct StateColumns {
    static constexpr auto names = Dynamics<Model>::columns;
};
template <> struct StateColumns<LifDelta> {
    static constexpr std::array<std::string_view, 1> names{"V_mV"};
};
template <> struct StateColumns<LifExp> {
    static constexpr std::array<std::string_view, 3> names{"V_mV", "g_e_mV", "g_i_mV"};
};

[[nodiscard]] inline std::span<const std::string_view> state_columns(const PointNeuron& neuron) {
    return std::visit(
        []<class M>(const M& m) -> std::span<const std::string_view> {
            if constexpr (requires { m.model->columns(); }) {
                if (m.model) return m.model->columns();
            }
            return StateColumns<M>::names;
        },
        neuron);
}

/// The place of a variable among the model's; none where it has no such.
[[nodiscard]] inline std::optional<std::uint32_t> state_column(const PointNeuron& neuron,
                                                               std::string_view variable) {
    const std::span<const std::string_view> names = state_columns(neuron);
    for (std::uint32_t k = 0; k < names.size(); ++k) {
        if (names[k] == variable) return k;
    }
    return std::nullopt;
}

} // namespace spikewell
