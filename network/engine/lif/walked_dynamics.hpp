#pragma once

#include "network/engine/lif/lif_pass.hpp"
#include "network/engine/lif/own_numbers.hpp"

/// How a model that is walked from event to event (neuron_models/dynamics.hpp) moves within a pass. Neurons
/// are looked up and followed that have an input, or that may fire without one; the others are left as they
/// are, however many windows ago that was.
namespace spikewell::detail {

/// A neuron's columns, as the block keeps them.
template <Walked Model>
[[nodiscard]] typename Dynamics<Model>::State columns_of(const LifBlock& block, std::uint32_t n) {
    typename Dynamics<Model>::State x;
    for (std::size_t k = 0; k < x.size(); ++k)
        x[k] = block.walked[k * block.width + n];
    return x;
}
template <Walked Model>
void put_columns(LifBlock& block, std::uint32_t n, const typename Dynamics<Model>::State& x) {
    for (std::size_t k = 0; k < x.size(); ++k)
        block.walked[k * block.width + n] = x[k];
}

template <Walked Model> class WalkedDynamics {
  public:
    using Equations = Dynamics<Model>;
    static constexpr std::size_t k_columns = Equations::columns.size();
    /// Arrivals are not added up.
    static constexpr bool k_sums = false;

    struct State {
        typename Equations::State x; ///< as of t_ms
        double t_ms;
        double quiet_until_ms; ///< no spike comes before without input
        double free_at_ms;
        EscapeState escape; ///< not used
    };

    WalkedDynamics(const LifShared& shared, const Window& window)
        : equations_(std::get<Model>(shared.model)), inputs_(shared.inputs),
          t_ref_ms_(std::get<Model>(shared.model).t_ref_ms), end_ms_(window.end_ms) {}

    /// Of one neuron, with the numbers that are its own.
    [[nodiscard]] WalkedDynamics own(const LifShared& shared,
                                     const LifBlock& block,
                                     std::uint32_t n) const {
        const auto model = own_model<Model>(shared, block, n);
        WalkedDynamics of_one(*this);
        of_one.equations_ = Equations(model);
        of_one.t_ref_ms_ = model.t_ref_ms;
        return of_one;
    }

    static void begin(LifBlock& block, const LifShared& shared, std::span<const double> V_mV) {
        block.walked.assign(k_columns * block.width, 0.0);
        block.as_of_ms.assign(block.width, 0.0);
        block.quiet_until_ms.assign(block.width, 0.0);
        for (std::uint32_t n = 0; n < V_mV.size(); ++n)
            store(block, n,
                  {Equations(own_model<Model>(shared, block, n)).start(V_mV[n]),
                   0.0,
                   0.0,
                   block.free_at_ms[n],
                   {}});
    }
    [[nodiscard]] static State load(const LifBlock& block, std::uint32_t n) {
        return {columns_of<Model>(block, n),
                block.as_of_ms[n],
                block.quiet_until_ms[n],
                block.free_at_ms[n],
                {}};
    }
    static void store(LifBlock& block, std::uint32_t n, const State& state) {
        put_columns<Model>(block, n, state.x);
        block.as_of_ms[n] = state.t_ms;
        block.quiet_until_ms[n] = state.quiet_until_ms;
        block.free_at_ms[n] = state.free_at_ms;
    }

    /// Held neurons are followed as others are.
    [[nodiscard]] bool holds() const { return false; }
    [[nodiscard]] bool follows_held() const { return false; }
    void begin_pass(LifBlock& /*block*/) const {}
    void settle_pass(LifBlock& block) const {
        for (const PoissonInput& input : inputs_) {
            const LaneRange lanes = lanes_of(input, block);
            std::fill(block.scratch.touched.begin() + static_cast<std::ptrdiff_t>(lanes.from),
                      block.scratch.touched.begin() + static_cast<std::ptrdiff_t>(lanes.to),
                      std::uint8_t{1});
        }
        for (std::uint32_t first = 0; first < block.count; first += k_strip) {
            const std::uint32_t end = std::min(first + k_strip, block.count);
            unsigned any = 0;
            for (std::uint32_t n = first; n < end; ++n)
                any |= block.scratch.touched[n] | (block.quiet_until_ms[n] < end_ms_ ? 1U : 0U);
            if (any == 0) continue;
            for (std::uint32_t n = first; n < end; ++n) {
                if (block.scratch.touched[n] != 0 || block.quiet_until_ms[n] < end_ms_)
                    block.scratch.flagged.push_back({n, 0.0});
                block.scratch.touched[n] = 0;
            }
        }
    }
    static void take_off(Job& /*job*/,
                         std::uint32_t /*neuron*/,
                         std::span<const Input> /*inputs*/) {}

    /// V is at V_reset when a refractory period ends, below any threshold.
    [[nodiscard]] bool end_refractory(const State& /*state*/, double /*now_ms*/) const {
        return false;
    }
    [[nodiscard]] double next_spike(State& state,
                                    std::uint32_t /*neuron*/,
                                    double from_ms,
                                    double until_ms) const {
        if (until_ms <= state.quiet_until_ms) return k_never_ms;
        const double spike_ms = bring_to(state, until_ms);
        if (spike_ms < k_never_ms) return std::max(spike_ms, from_ms);
        find_quiet(state);
        return k_never_ms;
    }
    [[nodiscard]] bool receive(State& state, double t_ms, double weight) const {
        static_cast<void>(bring_to(state, t_ms));
        const double V_mV = state.x[0];
        const bool fires = equations_.receive(state.x, weight);
        if (t_ms < state.free_at_ms) { // a jump of V is lost, currents and conductances are kept
            state.x[0] = V_mV;
            return false;
        }
        if (!fires) find_quiet(state);
        return fires;
    }
    void reset(State& state, double t_ms) const {
        state.t_ms = t_ms;
        equations_.reset(state.x);
        state.free_at_ms = t_ms + t_ref_ms_;
        find_quiet(state);
    }
    /// All of Equations::columns.
    [[nodiscard]] typename Equations::State columns(const State& state, double t_ms) const {
        State then = state;
        static_cast<void>(bring_to(then, t_ms));
        return then.x;
    }

    /// To t_ms, before which it does not fire.
    void go_to(State& state, double t_ms) const { static_cast<void>(bring_to(state, t_ms)); }
    /// Without input it does not fire before what this finds.
    void find_quiet(State& state) const {
        state.quiet_until_ms = std::max(state.t_ms, state.free_at_ms);
        if constexpr (requires { equations_.quiet_ms(state.x); }) {
            if (state.t_ms >= state.free_at_ms)
                state.quiet_until_ms += k_sure * equations_.quiet_ms(state.x);
        }
    }

  protected:
    [[nodiscard]] const Equations& equations() const { return equations_; }

  private:
    /// Brings the state to t_ms, or to a spike before it, whose time it returns; infinity: none.
    [[nodiscard]] double bring_to(State& state, double t_ms) const {
        if (state.t_ms < state.free_at_ms && state.t_ms < t_ms) {
            const double to_ms = std::min(t_ms, state.free_at_ms);
            equations_.hold(state.x, to_ms - state.t_ms);
            state.t_ms = to_ms;
        }
        if (!(state.t_ms < t_ms) || t_ms < state.free_at_ms) return k_never_ms;
        const double after_ms = equations_.advance(state.x, t_ms - state.t_ms);
        if (after_ms < k_never_ms) {
            state.t_ms = std::min(state.t_ms + after_ms, t_ms);
            return state.t_ms;
        }
        state.t_ms = t_ms;
        return k_never_ms;
    }

    // Less than that by far more than integration and rounding may err.
    static constexpr double k_sure = 0.999;

    Equations equations_;
    const std::vector<PoissonInput>& inputs_;
    double t_ref_ms_;
    double end_ms_; ///< of the pass
};

template <Walked Model> void deliver(Job& job, const WalkedDynamics<Model>& /*dynamics*/) {
    deliver_to_nobody(job);
}
template <Walked Model> void add_noise(Job& /*job*/, const WalkedDynamics<Model>& /*dynamics*/) {}

} // namespace spikewell::detail
