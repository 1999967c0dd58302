#pragma once

#include "core/alternatives.hpp"
#include "neuron_models/adex.hpp"
#include "neuron_models/custom_neuron.hpp"
#include "neuron_models/glif.hpp"
#include "neuron_models/izhikevich.hpp"
#include "neuron_models/lif_adapt.hpp"
#include "neuron_models/lif_alpha.hpp"
#include "neuron_models/lif_cond_exp.hpp"
#include "neuron_models/lif_delta.hpp"
#include "neuron_models/lif_exp.hpp"
#include "neuron_models/lif_step.hpp"

#include <variant>

namespace spikewell {

namespace detail {
template <class... Models> struct ListOfModels {
    using InFiles = std::variant<Models...>;
    using All = std::variant<Models..., CustomNeuron>;
};
/// The list of neuron models: everything else follows from it. New ones at the end: saved states and
/// digests know a model by its place.
using AllModels =
    ListOfModels<LifDelta, LifExp, LifAlpha, LifCondExp, AdEx, Izhikevich, LifAdapt, Glif, LifStep>;
} // namespace detail

/// Those that files and tables know by name.
using FileNeuron = detail::AllModels::InFiles;
/// Those, or one of a program's own (custom_neuron.hpp).
using PointNeuron = detail::AllModels::All;

/// What files call the model.
[[nodiscard]] inline std::string_view key_of(const PointNeuron& neuron) {
    return std::visit(
        []<class M>(const M& m) -> std::string_view {
            if constexpr (requires { m.model->key(); })
                return m.model ? m.model->key() : Card<M>::key;
            else
                return Card<M>::key;
        },
        neuron);
}
/// What its V may not be above at time 0.
[[nodiscard]] inline std::optional<Ceiling> ceiling_of(const PointNeuron& neuron) {
    return std::visit([]<class M>(const M& m) { return Card<M>::ceiling(m); }, neuron);
}
/// V at time 0 where nothing is said.
[[nodiscard]] inline double start_mV_of(const PointNeuron& neuron) {
    return std::visit([]<class M>(const M& m) { return Card<M>::start_mV(m); }, neuron);
}
/// Whether it fires at random.
[[nodiscard]] inline bool has_escape(const PointNeuron& neuron) {
    return std::visit([](const auto& m) { return has_escape(m); }, neuron);
}
/// The unit of weights of synapses onto it.
[[nodiscard]] inline std::string_view weight_unit_of(const PointNeuron& neuron) {
    return std::visit(
        []<class M>(const M& m) -> std::string_view {
            if constexpr (requires { m.model->weight_unit(); })
                return m.model ? m.model->weight_unit() : Card<M>::weight_unit;
            else
                return Card<M>::weight_unit;
        },
        neuron);
}

} // namespace spikewell
