#pragma once

#include "network/engine/lif/lif_dynamics.hpp"

#include <span>

/// The state of chosen neurons at given times. Nothing that the engine does depends on it: once a pass is
/// done, a copy of the neuron's state at its beginning is led through the same inputs and spikes.
namespace spikewell::detail {

/// Samples of one neuron at the clock's times within [begin_ms, end_ms), each before any event at
/// that very time. `state` is the neuron's at the beginning; inputs and spikes are sorted.
template <class Dynamics> class SampledPath {
  public:
    SampledPath(const Dynamics& dynamics,
                const typename Dynamics::State& state,
                double begin_ms,
                std::span<const Input> inputs,
                std::span<const double> spikes_ms)
        : dynamics_(dynamics), state_(state), now_ms_(begin_ms), inputs_(inputs),
          spikes_ms_(spikes_ms) {}

    /// The state at t_ms, no earlier than at the last call: [state_columns(model)].
    [[nodiscard]] auto before(double t_ms) {
        while (next_spike_ms() < t_ms || next_input_ms() < t_ms) {
            if (next_spike_ms() < next_input_ms()) {
                static_cast<void>(end_refractory(spikes_ms_[spike_]));
                fire();
            } else {
                receive(inputs_[input_++]);
            }
        }
        if (state_.free_at_ms < t_ms) static_cast<void>(end_refractory(t_ms));
        return dynamics_.columns(state_, t_ms);
    }

  private:
    [[nodiscard]] double next_spike_ms() const {
        return spike_ < spikes_ms_.size() ? spikes_ms_[spike_] : k_never_ms;
    }
    [[nodiscard]] double next_input_ms() const {
        return input_ < inputs_.size() ? inputs_[input_].t_ms : k_never_ms;
    }
    /// Where the refractory period ends by t_ms; whether V is at the threshold then.
    [[nodiscard]] bool end_refractory(double t_ms) {
        const double from_ms = now_ms_;
        now_ms_ = t_ms;
        return state_.free_at_ms <= t_ms && dynamics_.end_refractory(state_, from_ms);
    }
    void fire() {
        const double t_ms = spikes_ms_[spike_++];
        // What a spike does not reset, as adaptation, is first brought to its time.
        if constexpr (requires { state_.x; }) state_.x = dynamics_.columns(state_, t_ms);
        dynamics_.reset(state_, t_ms);
    }
    void receive(const Input& input) {
        const bool fires_before = end_refractory(input.t_ms);
        if (fires_before && next_spike_ms() == input.t_ms) fire();
        const bool fires = dynamics_.receive(state_, input.t_ms, input.weight);
        if (fires && next_spike_ms() == input.t_ms) fire();
    }

    const Dynamics& dynamics_;
    typename Dynamics::State state_;
    double now_ms_;
    std::span<const Input> inputs_;
    std::span<const double> spikes_ms_;
    std::size_t input_ = 0;
    std::size_t spike_ = 0;
};

} // namespace spikewell::detail
