#pragma once

#include "neuron_models/fields.hpp"

#include <optional>
#include <string_view>
#include <tuple>
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

// Fields that several cards have, in their order there.

template <class M>
inline constexpr auto k_after_spike_fields =
    std::tuple{Number<M>{"V_reset_mV", &M::V_reset_mV, k_potentials_mV, "potential after a spike"},
               Number<M>{"t_ref_ms", &M::t_ref_ms, k_refractory_periods_ms, "refractory period"}};

template <class M>
inline constexpr auto k_synaptic_time_fields =
    std::tuple{Number<M>{"tau_syn_exc_ms", &M::tau_syn_exc_ms, k_time_constants_ms,
                         "time constant of excitatory synapses"},
               Number<M>{"tau_syn_inh_ms", &M::tau_syn_inh_ms, k_time_constants_ms,
                         "time constant of inhibitory synapses"}};

/// From the refractory period on, of neurons with conductances.
template <class M>
inline constexpr auto k_conductance_fields = std::tuple_cat(
    std::tuple{
        Number<M>{"drive_pA", &M::drive_pA, k_currents_pA, "constant input"},
        Number<M>{"E_exc_mV", &M::E_exc_mV, k_potentials_mV, "reversal potential of excitation"},
        Number<M>{"E_inh_mV", &M::E_inh_mV, k_potentials_mV, "reversal potential of inhibition"}},
    k_synaptic_time_fields<M>);

/// With a sharp threshold this is above the reset.
template <class Lif> [[nodiscard]] std::vector<Misfit> threshold_misfits(const Lif& neuron) {
    if (has_escape(neuron) || neuron.V_th_mV > neuron.V_reset_mV) return {};
    return {{"V_th_mV", neuron.V_th_mV, above_field("V_reset_mV", neuron.V_reset_mV)}};
}
template <class Lif> [[nodiscard]] std::optional<Ceiling> threshold_ceiling(const Lif& neuron) {
    if (has_escape(neuron)) return std::nullopt;
    return Ceiling{"V_th_mV", neuron.V_th_mV};
}
/// A spike is cut above the reset.
template <class M> [[nodiscard]] std::vector<Misfit> peak_misfits(const M& neuron) {
    if (neuron.V_peak_mV > neuron.V_reset_mV) return {};
    return {{"V_peak_mV", neuron.V_peak_mV, above_field("V_reset_mV", neuron.V_reset_mV)}};
}

} // namespace spikewell
