#pragma once

#include "core/large_vector.hpp"
#include "network/engine/detail/window.hpp"
#include "network/network.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

/// LIF neurons between windows, and how a block of them advances through one.
///
/// **Frames.** Every variable that decays exponentially is kept as what it was, or would have been,
/// at the population's frame origin T0: x(t) = X exp(-(t - T0) / tau). Between events X does not
/// change at all, and an event of size w at t adds w exp((t - T0) / tau): a factor of the spike, not
/// of the synapse. When frames have grown old, all variables move to a new origin.
///
/// **Lists.** The spikes that reach a block in a window are delivered in time order to one list per
/// target (sorted by target, then time, without sorting). A neuron that by a rigorous bound cannot
/// fire in the window just sums its list; one that may fire walks through its list event by event.
namespace spikewell::detail {

/// A spike on its way into a population: times and factors are the same for all targets.
struct SpikeArrival {
    double t_ms;
    std::uint32_t synapses; ///< index of the projection among those onto the population
    std::uint32_t source;   ///< within the projection's pre range
};

/// A window's arrivals at a population, by (time, projection, source), with the factors of T0.
struct ArrivalTable {
    std::vector<SpikeArrival> arrivals;
    std::vector<double> membrane;   ///< exp((t - T0) / tau_m)
    std::vector<double> excitation; ///< exp((t - T0) / tau_e); only LifExp
    std::vector<double> inhibition; ///< exp((t - T0) / tau_i); only LifExp
    std::vector<double> plus;       ///< exp((t - T0) / tau_plus); only where something is plastic
    std::vector<double> minus;      ///< exp(-(t - T0) / tau_minus); likewise

    [[nodiscard]] std::size_t size() const { return arrivals.size(); }
    void clear();
};

/// One spike over one synapse, in the list of its target: the lower half is the arrival's place
/// among those of the pass, the upper half, for a plastic synapse, its place in the target's row.
using ListEntry = std::uint32_t;
inline constexpr std::uint32_t k_most_arrivals = 65536; ///< in a pass
/// Lists of 16 neighbouring targets lie together, entry by entry: [count / 16][capacity][16].
inline constexpr std::uint32_t k_group = 16;

/// What a plastic projection keeps of one block of targets. Weights lie by target, so that a
/// postsynaptic spike changes one contiguous row, and sources' traces are read along it.
struct PlasticRows {
    std::vector<std::uint32_t> begin; ///< [count + 1] of each target's row
    LargeVector<std::uint32_t>
        source; ///< [n_synapses] of each weight; empty when dense: the source is the slot
    LargeVector<std::uint16_t> source16; ///< instead, where the pre range has <= 65,536 neurons
    LargeVector<float> weight;           ///< [n_synapses]
    std::variant<PairStdp, InhibitoryStdp> rule;
    std::vector<double> trace; ///< [n_pre] of the sources, as they arrive at the soma; in frame
    std::vector<double> post_trace; ///< [count] of the targets; in frame
    double tau_plus_ms = 0.0, tau_minus_ms = 0.0;
    double post_lag_ms =
        0.0; ///< 2 f d: a spike of the target counts so much later among the arrivals
    std::vector<std::vector<double>> pending_ms; ///< [count] spikes of the target still to count
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
    LargeVector<std::uint16_t> target;     ///< [n_synapses] local
    LargeVector<float> weights;            ///< [n_synapses], dense [n_pre][end - first]
    LargeVector<std::uint16_t> slot;       ///< plastic: [n_synapses] place in the target's row
    LargeVector<std::uint16_t> delay_code; ///< where delays vary: [n_synapses] index into delays_ms
    std::vector<float> delays_ms;          ///< the delays there are, increasing
    std::unique_ptr<PlasticRows> plastic;

    [[nodiscard]] std::size_t bytes() const;
    [[nodiscard]] std::size_t size() const;
};

/// A spike over a synapse with a delay of its own, waiting for its window.
struct TimedEvent {
    double t_ms;
    std::uint32_t synapses; ///< index among the block's synapses
    std::uint32_t source;
    float weight;
    std::uint32_t target;
};

/// exp((T0 - t) / tau) at both ends of a window, by the time constants of LifExp.
struct ExpFactors {
    ExpFactors() = default;
    ExpFactors(const LifExp& params, double frame_ms, const Window& window);
    double m_begin = 1.0, e_begin = 1.0, i_begin = 1.0;
    double m_end = 1.0, e_end = 1.0, i_end = 1.0;
};

/// What a neuron receives, in time order.
struct Input {
    double t_ms;
    double weight;
    std::uint32_t arrival; ///< of none: a Poisson input
    BlockSynapses* plastic;
    std::uint32_t slot;
};

/// What the neurons of a population share in a window.
struct LifShared {
    PointNeuron model;
    std::uint32_t population = 0;
    std::uint64_t seed = 0;
    std::vector<PoissonInput> inputs;
    double frame_ms = 0.0;       ///< T0
    double frame_limit_ms = 0.0; ///< age at which it moves
    ExpFactors factors;          ///< of the window; only LifExp
    ArrivalTable table;          ///< spikes over projections of one delay
    std::vector<SpikeArrival>
        departures;           ///< spikes over projections with delays of their own, as they leave
    std::uint64_t window = 0; ///< number of the window, which keys Poisson inputs
    std::vector<double> tau_plus_ms, tau_minus_ms; ///< of each of SpikeArrival::synapses; 0: static
};

/// Work space of a block, kept from window to window so that windows allocate nothing.
struct LifScratch {
    std::uint32_t capacity = 8;          ///< of a list
    LargeVector<ListEntry> lists;        ///< see k_group
    LargeVector<float> list_weights;     ///< alike, where weights vary
    std::vector<std::uint32_t> n_listed; ///< [width]
    std::vector<double> jump; ///< of each arrival of the pass: weight times membrane factor
    std::vector<std::uint32_t> touched; ///< targets with a list, where they are few
    ArrivalTable own_table;             ///< where timed events join the shared ones
    std::vector<TimedEvent> due;        ///< timed events of the window
    std::vector<double> total_y, total_e, total_i, total_up; ///< [width] dense and Poisson input
    std::vector<std::uint32_t> flagged;
    std::vector<float> sum_m, sum_s; ///< [width] of one Poisson input
    std::vector<float> traces;       ///< of one row of plastic synapses
    std::vector<double> noise_ms;
    std::vector<Input> inputs; ///< of one neuron
};

/// Times start + k interval, as rounded.
struct SampleClock {
    double start_ms = 0.0;
    double interval_ms = 1.0;

    [[nodiscard]] double time_ms(std::uint64_t k) const {
        return start_ms + static_cast<double>(k) * interval_ms;
    }
    /// The first k whose time is t_ms or later.
    [[nodiscard]] std::uint64_t first_from(double t_ms) const {
        if (t_ms <= start_ms) return 0;
        auto k = static_cast<std::uint64_t>((t_ms - start_ms) / interval_ms);
        while (k > 0 && time_ms(k - 1) >= t_ms)
            --k;
        while (time_ms(k) < t_ms)
            ++k;
        return k;
    }
};

/// A neuron whose V somebody wants to know; see lif_sampling.hpp.
struct SampledNeuron {
    std::uint32_t neuron; ///< local
    SampleClock clock;
    std::vector<double> V_mV; ///< of the window
};

/// Neurons first .. first + count - 1 of a population: what one thread advances by itself. Lanes up
/// to `width` are padding.
struct LifBlock {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t width = 0;
    std::vector<double> y;            ///< membrane variable: V - V_inf (LifExp: - c g), in frame
    std::vector<double> ge, gi;       ///< only LifExp, in frame
    double strongest_gi = 0.0;        ///< none of gi is below this
    std::vector<double> free_at_ms;   ///< end of the last refractory period
    std::vector<double> kept_mV;      ///< LifDelta: input kept during it
    std::vector<double> residual;     ///< escape rate: unit-exponential variate not yet used up
    std::vector<std::uint32_t> draws; ///< escape rate: numbers drawn
    double frame_ms = 0.0;            ///< T0 of all of these

    std::vector<BlockSynapses> synapses; ///< in the order of SpikeArrival::synapses
    std::vector<TimedEvent> timed;       ///< waiting, in no order
    bool any_dense = false;
    bool weights_vary = false; ///< some static synapses have weights of their own

    std::vector<SampledNeuron> sampled; ///< whose samples nothing here depends on

    std::vector<Spike> spikes;  ///< of the window, sorted once the block is done
    std::uint64_t n_events = 0; ///< synaptic events delivered so far
    LifScratch scratch;
};

/// Advances a block through a window. `shared.table` holds all that arrives over projections of one
/// delay; spikes over synapses with delays of their own wait in `block.timed`.
void advance_block(const LifShared& shared, LifBlock& block, const Window& window);

/// V now of a block's neuron; V_reset while it is refractory.
[[nodiscard]] double potential_mV(const LifShared& shared,
                                  const LifBlock& block,
                                  std::uint32_t neuron,
                                  double t_ms);

} // namespace spikewell::detail
