#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>

/// # What a model that is walked from event to event gives the engine
///
///     template <> class Dynamics<AdEx> {
///         static constexpr std::array<std::string_view, 4> columns{"V_mV", "w_pA", ..};
///         using State = std::array<double, columns.size()>;       // V first
///         explicit Dynamics(const AdEx&);
///         State start(double V_mV) const;                          // at time 0
///         double advance(State&, double length_ms) const;
///         void hold(State&, double length_ms) const;               // V stays, as in a refractory period
///         bool receive(State&, double weight) const;               // whether V is where it fires
///         void reset(State&) const;                                // after a spike; V is V_reset
///         double quiet_ms(const State&) const;                     // optional: see below
///     };
///
/// `advance` follows the free neuron up to its first spike, or to the end of the length: it returns the
/// time of the spike since the beginning, with the state right before the reset, or infinity. The engine
/// allocates the columns, saves and records them, and knows nothing else of the model: when spikes
/// arrive, refractory periods, Poisson inputs, plasticity, threads and ranks are the same for all.
///
/// `quiet_ms`, where there is one, is a bound that is quick to find: without input the neuron does not fire
/// for so long. It is then left alone until something arrives, through any number of windows.
///
/// A model whose equations are linear can do better: many of its neurons' inputs are then added up
/// without being looked at (network/engine/lif/lif_dynamics.hpp).
namespace spikewell {

template <class Model> class Dynamics;

template <class Model>
concept Walked = requires(const Dynamics<Model>& dynamics,
                          typename Dynamics<Model>::State& state,
                          double x) {
    { Dynamics<Model>::columns.size() } -> std::convertible_to<std::size_t>;
    { dynamics.start(x) } -> std::same_as<typename Dynamics<Model>::State>;
    { dynamics.advance(state, x) } -> std::same_as<double>;
    { dynamics.hold(state, x) } -> std::same_as<void>;
    { dynamics.receive(state, x) } -> std::same_as<bool>;
    { dynamics.reset(state) } -> std::same_as<void>;
};

} // namespace spikewell
