#include "network/engine/lif/lif_block.hpp"

#include "network/engine/lif/lif_pass.hpp"
#include "network/engine/lif/lif_sampling.hpp"
#include "network/engine/lif/own_numbers.hpp"
#include "network/engine/lif/summed_dynamics.hpp"
#include "network/engine/lif/timed_events.hpp"
#include "network/engine/loop/spike_order.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

// Events of a neuron in one pass: few neurons come near a threshold in so short a time. Hazards rise
// more gently.
constexpr double k_events_per_pass = 7.0;
constexpr double k_events_per_soft_pass = 14.0;
constexpr std::size_t k_most_passes = 64;
// Spikes of a neuron at one time, or nearly so: more than inputs at that time can explain.
constexpr double k_at_once_ms = 1e-6;
constexpr std::size_t k_most_spikes_at_once = 10'000;
// Of a block in a window.
constexpr std::size_t k_most_spikes = 100'000'000;
constexpr std::size_t k_spikes_per_look = std::size_t{1} << 12U;

// --- one neuron, event by event ---------------------------------------------------------------

/// A neuron's way through the pass.
template <class Dynamics> struct Following {
    Job& job;
    const Dynamics& dynamics;
    std::uint32_t neuron;
    typename Dynamics::State state;
    std::size_t first_spike; ///< of the neuron, among the block's
};

/// Ends a neuron that fires on and on: before its spikes fill the memory, and where somebody waits.
template <class Dynamics>
[[gnu::noinline, gnu::cold]] void require_progress(const Following<Dynamics>& walk, double t_ms) {
    const LifBlock& block = walk.job.block;
    const auto fail = [&](const char* what) {
        fail_at(walk.job.shared.name, block.first + walk.neuron, t_ms, what);
    };
    const std::size_t n = block.spikes.size();
    if (n >= walk.first_spike + k_most_spikes_at_once &&
        t_ms - block.spikes[n - k_most_spikes_at_once].t_ms <= k_at_once_ms)
        fail("fires on and on without time going on; give it a t_ref_ms");
    if (n >= k_most_spikes) fail("there are too many spikes in one window; give it a t_ref_ms");
    if (n > 2 * k_most_spikes_at_once) // which a neuron alone is told of first
        walk.job.shared.rate_limit.require(walk.job.shared.name, n, walk.job.window);
    require_patience(walk.job.give_up);
}

template <class Dynamics> void fire(Following<Dynamics>& walk, double t_ms) {
    LifBlock& block = walk.job.block;
    if (block.spikes.size() % k_spikes_per_look == 0) require_progress(walk, t_ms);
    block.spikes.push_back({t_ms, block.first + walk.neuron});
    walk.dynamics.reset(walk.state, t_ms);
}

/// The neuron's time from now to `until_ms`, without input: refractory periods end, thresholds are
/// crossed.
template <class Dynamics> void relax(Following<Dynamics>& walk, double now_ms, double until_ms) {
    const std::uint32_t id = walk.job.block.first + walk.neuron;
    for (;;) {
        if (walk.state.free_at_ms > until_ms) return;
        if (walk.dynamics.end_refractory(walk.state, now_ms)) {
            now_ms = walk.state.free_at_ms;
            fire(walk, now_ms);
            continue;
        }
        const double from_ms = std::max(now_ms, walk.state.free_at_ms);
        const double t_ms = walk.dynamics.next_spike(walk.state, id, from_ms, until_ms);
        if (!(t_ms <= until_ms)) return;
        fire(walk, t_ms);
        now_ms = t_ms;
    }
}

/// The spikes of the walk so far.
template <class Dynamics> std::span<const Spike> spikes_of(const Following<Dynamics>& walk) {
    return std::span<const Spike>(walk.job.block.spikes).subspan(walk.first_spike);
}

/// Follows the neuron through the pass, from the state it had at its beginning and scratch.inputs.
template <class Dynamics>
void follow_through(Job& job, const Dynamics& dynamics, const Flagged& flagged) {
    LifBlock& block = job.block;
    std::vector<Input>& inputs = block.scratch.inputs;
    const Window& window = job.pass.window;
    const std::uint32_t neuron = flagged.neuron;
    Following<Dynamics> walk{job, dynamics, neuron, dynamics.load(block, neuron),
                             block.spikes.size()};
    walk.state.escape.pass_bound_per_ms = flagged.bound_per_ms;
    double now_ms = window.begin_ms;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        Input& input = inputs[k];
        if constexpr (!Dynamics::k_sums) // which would have counted them
            block.n_poisson_inputs += input.arrival == k_none ? 1 : 0;
        relax(walk, now_ms, input.t_ms);
        now_ms = input.t_ms;
        if (input.event != k_none)
            input.weight = block.scratch.plastic.again(job, input, neuron, {inputs.data(), k},
                                                       spikes_of(walk));
        if (dynamics.receive(walk.state, now_ms, input.weight)) fire(walk, now_ms);
    }
    relax(walk, now_ms, window.end_ms);
    if (block.any_plastic) block.scratch.plastic.fired(job, neuron, spikes_of(walk));
    dynamics.store(block, neuron, walk.state);
    if (dynamics.holds() && walk.state.free_at_ms > window.end_ms) {
        if (!block.live.empty()) block.live[neuron] = 0.0;
        if (!block.is_held[neuron]) block.held.push_back(neuron);
        block.is_held[neuron] = 1;
    }
}

// --- a pass -----------------------------------------------------------------------------------

/// Neurons that are held: those set free in the pass have to be followed, and the others where the
/// model wants it. `settle_pass` leaves them alone.
template <class Dynamics> void flag_held(Job& job, const Dynamics& dynamics) {
    LifBlock& block = job.block;
    std::size_t kept = 0;
    for (const std::uint32_t neuron : block.held) {
        const bool stays = block.free_at_ms[neuron] > job.pass.window.end_ms;
        if (stays) block.held[kept++] = neuron;
        if (!stays || dynamics.follows_held()) block.scratch.flagged.push_back({neuron, 0.0});
        if (stays) continue;
        block.is_held[neuron] = 0;
        if (!block.live.empty()) block.live[neuron] = 1.0;
    }
    block.held.resize(kept);
}

/// Calls take with the dynamics of a neuron: those of all, or its own.
template <class Dynamics, class Take>
void of_neuron(const Job& job, const Dynamics& dynamics, std::uint32_t neuron, const Take& take) {
    if (job.shared.own())
        take(dynamics.own(job.shared, job.block, neuron));
    else
        take(dynamics);
}

/// What a sampled neuron was before the pass.
template <class Dynamics> struct SampledBefore {
    SampledNeuron* sampled;
    std::uint64_t first; ///< sample
    typename Dynamics::State state;
};

template <class Dynamics>
std::vector<SampledBefore<Dynamics>> begin_sampling(Job& job, const Dynamics& dynamics) {
    std::vector<SampledBefore<Dynamics>> before;
    for (SampledNeuron& sampled : job.block.sampled) {
        const SampleClock& clock = sampled.wanted->clock;
        const std::uint64_t first = clock.first_from(job.pass.window.begin_ms);
        if (clock.time_ms(first) >= job.pass.window.end_ms) continue;
        of_neuron(job, dynamics, sampled.neuron, [&](const Dynamics& own) {
            before.push_back({&sampled, first, own.load(job.block, sampled.neuron)});
        });
    }
    return before;
}

/// The pass's samples of a neuron, that was so before it and fired at these times.
template <class Dynamics>
void sample(const Job& job,
            const Dynamics& own,
            const SampledBefore<Dynamics>& before,
            std::span<const double> spikes_ms) {
    SampledPath<Dynamics> path(own, before.state, job.pass.window.begin_ms,
                               job.block.scratch.inputs, spikes_ms);
    const Sampling& wanted = *before.sampled->wanted;
    for (std::uint64_t k = before.first; wanted.clock.time_ms(k) < job.pass.window.end_ms; ++k) {
        const auto state = path.before(wanted.clock.time_ms(k));
        for (const std::uint32_t column : wanted.columns)
            before.sampled->values.push_back(state[column]);
    }
}

/// The pass's samples. `n_spikes`: those of the block before the pass.
template <class Dynamics>
void take_samples(Job& job,
                  const Dynamics& dynamics,
                  std::span<const SampledBefore<Dynamics>> neurons,
                  std::size_t n_spikes) {
    for (const SampledBefore<Dynamics>& before : neurons) {
        SampledNeuron& sampled = *before.sampled;
        std::vector<double> spikes_ms;
        for (std::size_t s = n_spikes; s < job.block.spikes.size(); ++s) {
            const Spike& spike = job.block.spikes[s];
            if (spike.source == job.block.first + sampled.neuron) spikes_ms.push_back(spike.t_ms);
        }
        look_up(job, {&sampled.neuron, 1});
        inputs_of(job, 0, sampled.neuron);
        of_neuron(job, dynamics, sampled.neuron,
                  [&](const Dynamics& own) { sample(job, own, before, spikes_ms); });
    }
}

/// Follows those that may fire in the pass.
template <class Dynamics> void follow_flagged(Job& job, const Dynamics& dynamics) {
    LifScratch& scratch = job.block.scratch;
    if (scratch.flagged.empty()) return;
    scratch.neurons.clear();
    for (const Flagged& flagged : scratch.flagged)
        scratch.neurons.push_back(flagged.neuron);
    look_up(job, scratch.neurons);
    for (std::uint32_t number = 0; number < scratch.flagged.size(); ++number) {
        const Flagged& flagged = scratch.flagged[number];
        inputs_of(job, number, flagged.neuron);
        dynamics.take_off(job, flagged.neuron, scratch.inputs);
        of_neuron(job, dynamics, flagged.neuron,
                  [&](const Dynamics& own) { follow_through(job, own, flagged); });
    }
}

template <class Dynamics> void advance_pass(Job& job, const Dynamics& dynamics) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    const std::size_t n_spikes = block.spikes.size();
    if (block.any_plastic) scratch.plastic.begin(job);
    std::vector<SampledBefore<Dynamics>> sampled = begin_sampling(job, dynamics);
    dynamics.begin_pass(block);
    deliver(job, dynamics);
    add_noise(job, dynamics);
    scratch.flagged.clear();
    dynamics.settle_pass(block);
    flag_held(job, dynamics);
    follow_flagged(job, dynamics);
    if (!sampled.empty()) take_samples<Dynamics>(job, dynamics, sampled, n_spikes);
    if (block.any_plastic) scratch.plastic.end(job);
}

// --- a window ---------------------------------------------------------------------------------

void rescale(std::vector<double>& values, double factor) {
    for (double& value : values)
        value *= factor;
}

/// Moves a model's variables to a frame origin age_ms later.
void move_states(const LifDelta& model, const LifShared& shared, LifBlock& block) {
    rescale(block.y, std::exp(-(shared.frame_ms - block.frame_ms) / model.tau_m_ms));
}
void move_states(const LifExp& model, const LifShared& shared, LifBlock& block) {
    const ExpFactors at(model, block.frame_ms, shared.frame_ms);
    for (std::uint32_t n = 0; n < block.width; ++n)
        block.y[n] = block.y[n] * at.m + block.ge[n] * at.e + block.gi[n] * at.i;
    rescale(block.ge, at.e_decay);
    rescale(block.gi, at.i_decay);
}
template <Walked Model> void move_states(const Model&, const LifShared&, LifBlock&) {}
template <Linear Model>
void move_states(const Model& model, const LifShared& shared, LifBlock& block) {
    move_columns(model, shared.frame_ms - block.frame_ms, block);
}

/// Moves all variables to the population's frame origin.
void follow_frame(const LifShared& shared, LifBlock& block) {
    const double age_ms = shared.frame_ms - block.frame_ms;
    if (age_ms == 0.0) return;
    if (!is_walked(shared))
        std::visit([&](const auto& model) { move_states(model, shared, block); }, shared.model);
    for (BlockSynapses& synapses : block.synapses) {
        if (synapses.plastic) move_frame(*synapses.plastic, age_ms);
    }
    block.frame_ms = shared.frame_ms;
}

/// In how many passes a window is advanced.
std::size_t n_passes_of(const LifShared& shared, const LifBlock& block, const Window& window) {
    auto events = static_cast<double>(block.scratch.due.size());
    for (const SpikeArrival& arrival : shared.table.arrivals) {
        const BlockSynapses& synapses = block.synapses[arrival.synapses];
        // On average: a look at each row would wait for it.
        if (synapses.n_pre > 0)
            events += static_cast<double>(synapses.size()) / static_cast<double>(synapses.n_pre);
    }
    double per_neuron = events / block.count;
    const bool soft = !block.residual.empty();
    double longest_ms = window.end_ms - window.begin_ms;
    for (const PoissonInput& input : shared.inputs) {
        per_neuron += expected_spikes(input.rate, window);
        longest_ms = std::min(longest_ms, longest_summed_ms(shared.model));
    }
    const double wanted =
        std::max(std::ceil(per_neuron / (soft ? k_events_per_soft_pass : k_events_per_pass)),
                 std::ceil((window.end_ms - window.begin_ms) / longest_ms - 1e-9));
    return static_cast<std::size_t>(std::clamp(wanted, 1.0, static_cast<double>(k_most_passes)));
}

/// A piece's share of a window's passes, so that with the cuts there are not too many of them.
std::size_t passes_of_piece(std::size_t n_passes, double share) {
    constexpr std::size_t k_most_of_pieces = 8;
    const auto most = static_cast<double>(std::min(n_passes, k_most_of_pieces));
    return static_cast<std::size_t>(std::max(1.0, std::floor(most * share)));
}

/// Appends where n_passes equal passes of a window begin.
void append_begins(const Window& window, std::size_t n_passes, std::vector<double>& begins_ms) {
    for (std::size_t k = 0; k < n_passes; ++k)
        begins_ms.push_back(window.begin_ms + (window.end_ms - window.begin_ms) *
                                                  static_cast<double>(k) /
                                                  static_cast<double>(n_passes));
}

/// Where passes begin: about n_passes, cut where currents change.
void find_begins(const LifShared& shared,
                 const Window& window,
                 std::size_t n_passes,
                 std::vector<double>& begins_ms) {
    begins_ms.clear();
    if (shared.currents.empty()) return append_begins(window, n_passes, begins_ms);
    double from_ms = window.begin_ms;
    for (double change_ms = next_change_ms(shared, std::nextafter(from_ms, window.end_ms));
         from_ms < window.end_ms;
         change_ms = next_change_ms(shared, std::nextafter(from_ms, window.end_ms))) {
        const Window piece{from_ms, std::min(change_ms, window.end_ms)};
        const double share = (piece.end_ms - piece.begin_ms) / (window.end_ms - window.begin_ms);
        const bool whole = piece.end_ms - piece.begin_ms == window.end_ms - window.begin_ms;
        append_begins(piece, whole ? n_passes : passes_of_piece(n_passes, share), begins_ms);
        from_ms = piece.end_ms;
    }
}

/// Where a pass begins.
void change_where_due(const LifShared& shared, LifBlock& block, double t_ms) {
    if (!shared.currents.empty() && next_change_ms(shared, t_ms) == t_ms)
        change_currents(shared, block, t_ms);
}

template <class Dynamics> void advance_with(Job& job, std::size_t n_wanted, const Window& window) {
    const LifShared& shared = job.shared;
    LifScratch& scratch = job.block.scratch;
    std::vector<double>& begins_ms = scratch.begins_ms;
    find_begins(shared, window, n_wanted, begins_ms);
    const std::size_t n_passes = begins_ms.size();
    const bool any_due = !scratch.due.empty();
    if (any_due) deal_to_passes(scratch, begins_ms);
    std::size_t first = 0;
    for (std::size_t k = 0; k < n_passes; ++k) {
        if (k > 0) require_patience(job.give_up);
        const Window part{begins_ms[k], k + 1 == n_passes ? window.end_ms : begins_ms[k + 1]};
        change_where_due(shared, job.block, part.begin_ms);
        std::size_t last = k + 1 == n_passes ? job.table.size() : first;
        while (last < job.table.size() && job.table.arrivals[last].t_ms < part.end_ms)
            ++last;
        job.pass = {part, first, last, shared.window * k_most_passes + k};
        if (any_due)
            job.events =
                std::span(scratch.due)
                    .subspan(scratch.due_begin[k], scratch.due_begin[k + 1] - scratch.due_begin[k]);
        for (std::size_t i = 0; i < job.noise.size(); ++i) {
            PoissonPass& noise = job.noise[i];
            noise.serial = job.pass.serial;
            noise.window = part;
            noise.expected = expected_spikes(shared.inputs[i].rate, part);
            set_thresholds(noise);
        }
        if constexpr (std::is_same_v<Dynamics, ExpDynamics>) {
            advance_pass(job, n_passes == 1 ? Dynamics(shared, part, shared.begin, shared.end)
                                            : Dynamics(shared, part));
        } else {
            advance_pass(job, Dynamics(shared, part));
        }
        first = last;
    }
}

} // namespace

void advance_block(const LifShared& shared,
                   LifBlock& block,
                   const Window& window,
                   const GiveUp& give_up) {
    fetch_first_rows(block, shared.table);
    block.spikes.clear();
    follow_frame(shared, block);
    if (block.longest_own_delay_ms > 0.0) take_due(shared, block, window);
    std::vector<PoissonPass>& noise = block.scratch.poisson_passes;
    for (std::size_t k = noise.size(); k < shared.inputs.size(); ++k)
        noise.push_back({shared.seed, poisson_stream(shared.population, k), 0, {}, 0.0, {}});
    Job job{shared, block, shared.table, {}, noise, 0, give_up, window};
    const std::size_t n_passes = n_passes_of(shared, block, window);
    with_dynamics(shared, [&]<class Model, class Dynamics>() {
        advance_with<Dynamics>(job, n_passes, window);
    });
    sort_patiently(block.spikes, give_up);
}

} // namespace spikewell::detail
