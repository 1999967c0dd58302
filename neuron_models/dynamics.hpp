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
/// # What a linear model gives besides
///
/// Where the free neuron's deviations from rest, x[0] = V - rest_mV and the other columns as they are,
/// follow x(s) = exp(A s) x(0), inputs of many neurons are added up without being looked at, and only those
/// are walked that a bound does not clear (network/engine/lif/summed_dynamics.hpp):
///
///         double rest_mV() const;
///         State drift(const State& x, double s_ms) const;   // exp(A s) x, for s of either sign
///         double shortest_tau_ms() const;                   // of A
///         static constexpr std::array excited{0, 1, 2};     // columns that an excitatory input is added to,
///         static constexpr std::array inhibited{0, 3, 4};   // at any s: where exp(-A s) b is not 0
///         double threshold_mV() const;
///         static double height_mV(const State& x);          // linear: what the threshold less rest is
///                                                           // compared with, x[0] where it does not move
///         Fall most_fall(double length_ms) const;
///         double held_mV(const State& x, double left_ms) const; // optional, where V is not always V_reset_mV
///                                                               // in a refractory period: V, when it ends in left_ms
///
/// `most_fall` bounds how far the height can be below the threshold a `length_ms` after it was at it or above, from
/// x(0) as it would have been without refractory periods had all inputs of the length come before it:
/// base_mV + the sum of of_column[k] x[k], where that is positive, else 0.
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

/// How far V may have fallen, at most.
template <class State> struct Fall {
    double base_mV;
    State of_column;
};

template <class Model>
concept Linear = Walked<Model> && requires(const Dynamics<Model>& dynamics,
                                           const typename Dynamics<Model>::State& state,
                                           double x) {
    { dynamics.rest_mV() } -> std::same_as<double>;
    { dynamics.threshold_mV() } -> std::same_as<double>;
    { dynamics.height_mV(state) } -> std::same_as<double>;
    { dynamics.shortest_tau_ms() } -> std::same_as<double>;
    { dynamics.drift(state, x) } -> std::same_as<typename Dynamics<Model>::State>;
    { dynamics.most_fall(x) } -> std::same_as<Fall<typename Dynamics<Model>::State>>;
    requires Dynamics<Model>::excited.size() == Dynamics<Model>::inhibited.size();
    requires Dynamics<Model>::excited[0] == 0 && Dynamics<Model>::inhibited[0] == 0;
};

} // namespace spikewell
