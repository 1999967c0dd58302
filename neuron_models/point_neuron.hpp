#pragma once

#include "core/alternatives.hpp"
#include "neuron_models/adex.hpp"
#include "neuron_models/izhikevich.hpp"
#include "neuron_models/lif_adapt.hpp"
#include "neuron_models/lif_alpha.hpp"
#include "neuron_models/lif_cond_exp.hpp"
#include "neuron_models/lif_delta.hpp"
#include "neuron_models/lif_exp.hpp"

#include <variant>

namespace spikewell {

/// The list of neuron models: everything else follows from it. New ones at the end: saved states and
/// digests know a model by its place.
using PointNeuron =
    std::variant<LifDelta, LifExp, LifAlpha, LifCondExp, AdEx, Izhikevich, LifAdapt>;

/// What files call the model.
[[nodiscard]] inline std::string_view key_of(const PointNeuron& neuron) {
    return std::visit([]<class M>(const M&) { return Card<M>::key; }, neuron);
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
    return std::visit([]<class M>(const M&) { return Card<M>::weight_unit; }, neuron);
}

} // namespace spikewell
