#pragma once

#include "core/large_vector.hpp"
#include "network/engine/lif/event_wheel.hpp"
#include "network/engine/lif/own_delays.hpp"
#include "network/engine/lif/plastic_pass.hpp"
#include "network/engine/lif/poisson_input.hpp"
#include "network/engine/loop/trouble.hpp"
#include "network/engine/loop/window.hpp"
#include "network/network.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// LIF neurons between windows, and how a block of them advances through one.
///
/// **Frames.** Every variable that decays exponentially is kept as what it was, or would have been,
/// at the population's frame origin T0: x(t) = X exp(-(t - T0) / tau). Between events X does not
/// change at all, and an event of size w at t adds w exp((t - T0) / tau): a factor of the spike, not
/// of the synapse. When frames have grown old, all variables move to a new origin.
///
/// **Passes.** A window is advanced in short passes. What arrives in one is added up for each target
/// without regard to order, which takes one addition a synaptic event; then each neuron is tested: by
/// a rigorous bound almost none can have fired in the pass, and its sum is all that it needs. For the
/// few others the pass's inputs are looked up and followed one by one. Of a model without such a bound
/// all neurons are (walked_dynamics.hpp).
namespace spikewell::detail {

/// A spike on its way into a population: times and factors are the same for all targets.
struct SpikeArrival {
    double t_ms;
    std::uint32_t synapses; ///< index of the projection among those onto the population
    std::uint32_t source;   ///< within the projection's pre range
    double released = 1.0;  ///< what it delivers of a weight of 1: short-term plasticity
};

/// A window's arrivals at a population, by (time, projection, source), with the factors of T0.
struct ArrivalTable {
    std::vector<SpikeArrival> arrivals;
    std::vector<double> membrane;     ///< exp((t - T0) / tau_m); only LifDelta
    std::vector<double> excitation;   ///< exp((t - T0) / tau_e); only LifExp, as the next three
    std::vector<double> inhibition;   ///< exp((t - T0) / tau_i)
    std::vector<double> y_excitation; ///< by which 1 mV of g_e makes y jump, for V not to
    std::vector<double> y_inhibition; ///< likewise for g_i
    std::vector<double> plus;         ///< exp((t - T0) / tau_plus); only where something is plastic
    std::vector<double>
        steps; ///< linear models: of each column that an arrival reaches, see SummedDynamics
    std::vector<double> minus; ///< exp(-(t - T0) / tau_minus); likewise

    [[nodiscard]] std::size_t size() const { return arrivals.size(); }
    void clear();
};

/// The synapses of one projection onto one block.
struct BlockSynapses {
    std::uint32_t projection = 0; ///< in the network
    std::uint32_t n_pre = 0;
    std::uint32_t first = 0; ///< first local target of the projection's range in this block
    std::uint32_t end = 0;
    bool dense = false;     ///< every source to every target of the range
    bool skip_self = false; ///< dense: but not to itself
    std::int64_t self_offset =
        0;               ///< dense: source + self_offset is the local target of the same neuron
    float weight = 0.0F; ///< of all, where `weights` is empty
    LargeVector<std::uint32_t>
        row; ///< [n_pre + 1] begin of each source's synapses; empty when dense
    FilledVector<std::uint16_t> target; ///< [n_synapses] local
    FilledVector<float> weights;        ///< [n_synapses], dense [n_pre][end - first]
    int sign = 0;                       ///< of all weights; 0: of both
    std::unique_ptr<PlasticRows> plastic;
    OwnDelays delays; ///< [n_synapses] where they vary

    [[nodiscard]] std::size_t bytes() const;
    [[nodiscard]] std::size_t size() const;
};

/// How the variables of LifExp, in frame, make up V at a time: V - V_inf = m y + e g_e + i g_i. The
/// others are how g_e and g_i have decayed.
struct ExpFactors {
    ExpFactors() = default;
    ExpFactors(const LifExp& params, double frame_ms, double t_ms);
    double m = 1.0, e = 0.0, i = 0.0;
    double e_decay = 1.0, i_decay = 1.0;
};

/// What a neuron receives, in time order.
struct Input {
    double t_ms;
    double weight;
    std::uint32_t arrival; ///< k_timed: of a timed event; k_none: a Poisson input
    std::uint32_t event;   ///< of a plastic synapse: its place among those of the pass
};
inline constexpr std::uint32_t k_none = ~0U;
inline constexpr std::uint32_t k_timed = k_none - 1;

/// What the neurons of a population share in a window.
struct LifShared {
    PointNeuron model;
    std::uint32_t population = 0;
    std::string name; ///< of the population
    std::uint64_t seed = 0;
    std::vector<PoissonInput> inputs;
    std::vector<InjectedCurrent> currents;
    std::vector<std::size_t> varied; ///< places on the model's card, of OwnNumbers::numbers
    double frame_ms = 0.0;           ///< T0
    double frame_limit_ms = 0.0;     ///< age at which it moves
    ExpFactors begin, end;           ///< of the window; only LifExp
    ArrivalTable table;              ///< spikes over projections of one delay
    std::vector<SpikeArrival>
        departures;           ///< spikes over projections with delays of their own, as they leave
    std::uint64_t window = 0; ///< number of the window, which keys Poisson inputs
    RateLimit rate_limit;
    std::vector<double> tau_plus_ms, tau_minus_ms; ///< of each of SpikeArrival::synapses; 0: static
    std::vector<std::vector<double>>
        rewards_ms; ///< [synapses] of the window: when spikes of their third factor count; empty where none has one

    /// Neurons differ: numbers vary, or currents are injected.
    [[nodiscard]] bool own() const { return !varied.empty() || !currents.empty(); }
};

/// Neurons of a block that get an input.
struct LaneRange {
    std::size_t from;
    std::size_t to;
};

/// LifExp: what a neuron's two sums over its spikes of a Poisson input in a pass do to y and g, in frame.
struct ExpNoise {
    LaneRange lanes;
    bool excites;
    bool each; ///< the first sum is of how y falls, spike by spike, and not of exp(t / tau_m)
    double y_of_m, y_of_s, g_of_s;
};

/// A neuron that has to be followed through a pass.
struct Flagged {
    std::uint32_t neuron;
    double bound_per_ms; ///< of the hazard, where it was asked; 0: it was not
};

/// Work space of a block, kept from window to window so that windows allocate nothing.
struct LifScratch {
    std::vector<double> up,
        down; ///< [width] LifDelta: sums of positive and negative input, in frame
    std::vector<double> ignored;       ///< [width] models that are walked: where additions go
    std::vector<std::uint8_t> touched; ///< [width] those: whether something arrives in the pass
    std::vector<double> V_begin_mV; ///< [width] LifExp with an escape rate: V where the pass begins
    std::vector<double> bounds_per_ms;    ///< [count] of hazards in the pass
    std::vector<TimedEvent> due;          ///< timed events of the window, by pass
    std::vector<TimedEvent> dealt;        ///< where they are dealt to passes
    std::vector<std::uint32_t> due_begin; ///< [passes + 1] of each pass's
    std::vector<double> begins_ms;        ///< of the window's passes
    std::vector<std::uint32_t> strips;    ///< of 16 neurons, to be tested one by one
    std::vector<Flagged> flagged;
    std::vector<std::uint32_t> neurons; ///< of those
    std::vector<float> sum_m, sum_s;    ///< [input][width] of the Poisson inputs, see poisson_sums
    std::vector<ExpNoise> exp_noise;    ///< [input]
    std::vector<PoissonPass> poisson_passes; ///< [input] of the pass
    std::vector<double> noise;               ///< [column][width] linear models: likewise
    std::vector<double> steps;               ///< linear models: of one input
    std::vector<float> powers;               ///< [power][width] linear models: of one Poisson input
    std::vector<double> noise_ms;
    std::vector<Input> inputs;            ///< of one neuron
    std::vector<std::uint32_t> number_of; ///< [width] of a neuron among those looked up
    std::vector<std::uint8_t> is_chosen;  ///< [width] whether it is one of those
    std::vector<std::pair<std::uint32_t, Input>> found; ///< by place
    std::vector<Input> looked_up;                       ///< sorted by place
    std::vector<std::uint32_t> looked_up_begin;         ///< [neurons looked up + 1]

    PlasticPass plastic;
};

/// Times start + k interval, as rounded, or those listed.
struct SampleClock {
    double start_ms = 0.0;
    double interval_ms = 1.0;
    std::vector<double> listed_ms = {}; ///< increasing; none: all at the interval

    /// Infinity after the last one listed.
    [[nodiscard]] double time_ms(std::uint64_t k) const {
        if (!listed_ms.empty())
            return k < listed_ms.size() ? listed_ms[k] : std::numeric_limits<double>::infinity();
        return start_ms + static_cast<double>(k) * interval_ms;
    }
    /// The first k whose time is t_ms or later.
    [[nodiscard]] std::uint64_t first_from(double t_ms) const {
        if (!listed_ms.empty())
            return static_cast<std::uint64_t>(
                std::lower_bound(listed_ms.begin(), listed_ms.end(), t_ms) - listed_ms.begin());
        if (t_ms <= start_ms) return 0;
        auto k = static_cast<std::uint64_t>((t_ms - start_ms) / interval_ms);
        while (k > 0 && time_ms(k - 1) >= t_ms)
            --k;
        while (time_ms(k) < t_ms)
            ++k;
        return k;
    }
};

/// What somebody wants to know of neurons, and when.
struct Sampling {
    SampleClock clock;
    std::vector<std::uint32_t> columns; ///< of state_columns(model)
};

/// A neuron whose state somebody wants to know; see lif_sampling.hpp.
struct SampledNeuron {
    std::uint32_t neuron; ///< local
    const Sampling* wanted;
    std::vector<double> values; ///< [n_samples][n_columns] of the window
};

/// What neurons have of their own beside their state; empty where all are alike.
struct OwnNumbers {
    std::vector<std::vector<double>> numbers; ///< [varied][width]
    std::vector<double> current;              ///< [width] injected now, in all
    std::vector<std::vector<double>> noise;   ///< [current][width] x_k; empty of what is no noise
    std::vector<double> rest_mV;              ///< [width] LifDelta, LifExp: V_inf
    std::vector<double> theta_mV;             ///< [width] those: V_th - V_inf
};

/// Neurons first .. first + count - 1 of a population: what one thread advances by itself. LaneRange up
/// to `width` are padding.
struct alignas(64) LifBlock { // no line of the cache with another, which another core may work on
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t width = 0;
    std::vector<double> y;      ///< V - V_inf in frame; of LifExp without what g_e and g_i do later
    std::vector<double> ge, gi; ///< only LifExp, in frame
    std::vector<double> free_at_ms;    ///< end of the last refractory period
    std::vector<double> live;          ///< LifDelta: 1, or 0 during it
    std::vector<std::uint32_t> held;   ///< neurons in it, where V is held
    std::vector<std::uint8_t> is_held; ///< [count]
    std::vector<double> kept_mV;       ///< LifDelta: input kept during it
    std::vector<double>
        walked; ///< other models: [column][width], see Dynamics; of linear ones in frame
    std::vector<double> as_of_ms; ///< those that are not linear: when the columns are as they say
    std::vector<double> quiet_until_ms; ///< those: without input no spike comes before
    std::vector<double> residual;       ///< escape rate: unit-exponential variate not yet used up
    std::vector<std::uint32_t> draws;   ///< escape rate: numbers drawn
    double frame_ms = 0.0;              ///< T0 of all of these

    std::vector<BlockSynapses> synapses; ///< in the order of SpikeArrival::synapses
    EventWheel timed;                    ///< spikes over synapses with delays of their own
    double longest_own_delay_ms = 0.0;   ///< of those
    bool any_plastic = false;

    OwnNumbers own;

    std::vector<SampledNeuron> sampled; ///< whose samples nothing here depends on

    std::vector<Spike> spikes;  ///< of the window, sorted once the block is done
    std::uint64_t n_events = 0; ///< synaptic events delivered so far
    std::uint64_t n_poisson_inputs = 0;
    LifScratch scratch;
};

/// Advances a block through a window. `shared.table` holds all that arrives over projections of one
/// delay; spikes over synapses with delays of their own wait in `block.timed`.
void advance_block(const LifShared& shared,
                   LifBlock& block,
                   const Window& window,
                   const GiveUp& give_up);

/// V now of a block's neuron; V_reset while it is refractory.
[[nodiscard]] double potential_mV(const LifShared& shared,
                                  const LifBlock& block,
                                  std::uint32_t neuron,
                                  double t_ms);

} // namespace spikewell::detail
