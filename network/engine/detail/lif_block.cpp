#include "network/engine/detail/lif_block.hpp"

#include "network/engine/detail/clones.hpp"
#include "network/engine/detail/lif_dynamics.hpp"
#include "network/engine/detail/lif_sampling.hpp"
#include "network/engine/detail/poisson_input.hpp"
#include "network/engine/detail/stdp.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace spikewell::detail {

namespace {

// Events of a neuron in one pass: lists stay in cache, and few neurons come near their threshold.
constexpr double k_events_per_pass = 24.0;
constexpr std::size_t k_most_passes = 64;
// An arrival whose `synapses` has this bit is a timed event; `source` is its index among those due.
constexpr std::uint32_t k_timed = 1U << 31U;
constexpr std::uint32_t k_walked = ~0U;

/// Part of a window that is advanced in one go.
struct Pass {
    Window window;
    std::size_t first; ///< arrival
    std::size_t last;
    std::uint64_t serial;
};

struct Job {
    const LifShared& shared;
    LifBlock& block;
    const ArrivalTable& table;
    Pass pass;
    std::vector<PoissonWindow> noise; ///< of this pass
    std::vector<std::uint32_t> dense; ///< arrivals over dense projections
    double plastic_rise = 0.0;        ///< upper bound of all dense plastic events, in frame
    bool any_plastic = false;
};

// --- delivery ---------------------------------------------------------------------------------

/// Where entry k of a target's list lies.
[[nodiscard]] std::size_t list_place(std::uint32_t capacity,
                                     std::uint32_t target,
                                     std::uint32_t k) {
    return std::size_t{target / k_group * k_group} * capacity + k * k_group + target % k_group;
}

template <bool few, bool varied>
void deliver_row(LifScratch& scratch,
                 const BlockSynapses& synapses,
                 std::size_t begin,
                 std::size_t end,
                 std::uint32_t arrival) {
    const std::uint32_t mask = scratch.capacity - 1;
    const std::uint32_t shift = static_cast<std::uint32_t>(std::countr_zero(scratch.capacity));
    ListEntry* const lists = scratch.lists.data();
    float* const list_weights = scratch.list_weights.data();
    std::uint32_t* const n_listed = scratch.n_listed.data();
    const std::uint16_t* const targets = synapses.target.data();
    std::size_t n_touched = scratch.touched.size();
    if constexpr (few) scratch.touched.resize(n_touched + (end - begin));
    const auto put = [&](std::size_t s, ListEntry entry, float weight) {
        const std::uint32_t target = targets[s];
        const std::uint32_t n = n_listed[target];
        n_listed[target] = n + 1;
        const std::size_t at = (std::size_t{target & ~(k_group - 1)} << shift) +
                               ((n & mask) * k_group) + (target & (k_group - 1));
        lists[at] = entry;
        if constexpr (varied) list_weights[at] = weight;
        if constexpr (few) {
            scratch.touched[n_touched] = target;
            n_touched += n == 0 ? 1 : 0;
        }
    };
    if (synapses.plastic) {
        const auto bound = static_cast<float>(greatest_weight(synapses.plastic->rule));
        const std::uint16_t* const slots = synapses.slot.data();
        const std::uint32_t* const rows = synapses.plastic->begin.data();
        const float* const weights = synapses.plastic->weight.data();
        for (std::size_t s = begin; s < end; ++s) {
            put(s, arrival | std::uint32_t{slots[s]} << 16U, bound);
            __builtin_prefetch(weights + rows[targets[s]] + slots[s], 1,
                               2); // read soon, at a place of its own
        }
    } else if (synapses.weights.empty()) {
        for (std::size_t s = begin; s < end; ++s)
            put(s, arrival, synapses.weight);
    } else {
        const float* const weights = synapses.weights.data();
        for (std::size_t s = begin; s < end; ++s)
            put(s, arrival, weights[s]);
    }
    if constexpr (few) scratch.touched.resize(n_touched);
}

void deliver_timed(LifScratch& scratch, const TimedEvent& event, std::uint32_t arrival) {
    const std::uint32_t n = scratch.n_listed[event.target]++;
    const std::size_t at = list_place(scratch.capacity, event.target, n & (scratch.capacity - 1));
    scratch.lists[at] = arrival;
    scratch.list_weights[at] = event.weight;
    if (n == 0) scratch.touched.push_back(event.target);
}

/// Rows lie far apart: what the next arrivals need is asked for in time, first where each row is,
/// then the row.
void look_ahead(const Job& job, std::size_t a) {
    constexpr std::size_t k_index_ahead = 12;
    constexpr std::size_t k_row_ahead = 6;
    const auto row_of =
        [&](std::size_t ahead) -> std::pair<const BlockSynapses*, const std::uint32_t*> {
        if (a + ahead >= job.pass.last) return {};
        const SpikeArrival& arrival = job.table.arrivals[a + ahead];
        if (arrival.synapses & k_timed) return {};
        const BlockSynapses& synapses = job.block.synapses[arrival.synapses];
        if (synapses.row.empty()) return {};
        return {&synapses, synapses.row.data() + arrival.source};
    };
    if (const auto [synapses, row] = row_of(k_index_ahead); row != nullptr) __builtin_prefetch(row);
    const auto [synapses, row] = row_of(k_row_ahead);
    if (row == nullptr) return;
    constexpr std::uint32_t k_line = 64;
    for (std::uint32_t at = row[0]; at < row[1]; at += k_line / 2) {
        __builtin_prefetch(synapses->target.data() + at);
        if (synapses->plastic) __builtin_prefetch(synapses->slot.data() + at);
        if (synapses->weights.empty()) continue;
        __builtin_prefetch(synapses->weights.data() + at);
        __builtin_prefetch(synapses->weights.data() + at + k_line / 4);
    }
}

/// Delivers the pass's arrivals to the lists. With `few`, notes which targets got any. Returns the
/// events delivered.
template <bool few, bool varied> std::uint64_t deliver_once(Job& job) {
    LifScratch& scratch = job.block.scratch;
    std::uint64_t n_events = 0;
    scratch.touched.clear();
    job.dense.clear();
    for (std::size_t a = job.pass.first; a < job.pass.last; ++a) {
        const SpikeArrival& arrival = job.table.arrivals[a];
        const auto place = static_cast<std::uint32_t>(a - job.pass.first);
        look_ahead(job, a);
        if (arrival.synapses & k_timed) {
            deliver_timed(scratch, scratch.due[arrival.source], place);
            ++n_events;
            continue;
        }
        const BlockSynapses& synapses = job.block.synapses[arrival.synapses];
        if (synapses.dense) {
            if (synapses.end > synapses.first) job.dense.push_back(static_cast<std::uint32_t>(a));
            n_events += synapses.end - synapses.first;
            continue;
        }
        if (synapses.row.empty()) continue;
        const std::size_t begin = synapses.row[arrival.source];
        const std::size_t end = synapses.row[arrival.source + 1U];
        deliver_row<few, varied>(scratch, synapses, begin, end, place);
        n_events += end - begin;
    }
    return n_events;
}

std::uint64_t deliver_once(Job& job, bool few) {
    if (job.block.weights_vary)
        return few ? deliver_once<true, true>(job) : deliver_once<false, true>(job);
    return few ? deliver_once<true, false>(job) : deliver_once<false, false>(job);
}

std::uint32_t longest_list(const LifBlock& block, bool few) {
    const std::vector<std::uint32_t>& n_listed = block.scratch.n_listed;
    std::uint32_t longest = 0;
    if (few) {
        for (const std::uint32_t target : block.scratch.touched)
            longest = std::max(longest, n_listed[target]);
    } else {
        for (const std::uint32_t n : n_listed)
            longest = std::max(longest, n);
    }
    return longest;
}

void clear_lists(LifBlock& block, bool few) {
    LifScratch& scratch = block.scratch;
    if (few) {
        for (const std::uint32_t target : scratch.touched)
            scratch.n_listed[target] = 0;
    } else {
        std::fill(scratch.n_listed.begin(), scratch.n_listed.end(), 0U);
    }
}

/// Lists have a fixed length, so that delivery is one store an event; when one was too short all
/// grow and the pass is delivered again.
void deliver(Job& job, bool few) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    for (;;) {
        const std::uint64_t n = deliver_once(job, few);
        const std::uint32_t longest = longest_list(block, few);
        if (longest <= scratch.capacity) {
            block.n_events += n;
            break;
        }
        clear_lists(block, few);
        scratch.capacity = std::bit_ceil(longest);
        scratch.lists.resize(std::size_t{block.width} * scratch.capacity);
        if (block.weights_vary) scratch.list_weights.resize(scratch.lists.size());
    }
    // Of a plastic synapse: the most that it can bring.
    scratch.jump.resize(job.pass.last - job.pass.first);
    for (std::size_t a = job.pass.first; a < job.pass.last; ++a) {
        const SpikeArrival& arrival = job.table.arrivals[a];
        double weight = 0.0;
        if (!(arrival.synapses & k_timed)) {
            const BlockSynapses& synapses = block.synapses[arrival.synapses];
            weight = synapses.plastic ? greatest_weight(synapses.plastic->rule)
                                      : static_cast<double>(synapses.weight);
        }
        scratch.jump[a - job.pass.first] = weight * job.table.membrane[a];
    }
}

// --- input that comes to all neurons ----------------------------------------------------------

void add_dense_static(Job& job, const BlockSynapses& synapses, std::uint32_t arrival) {
    LifScratch& scratch = job.block.scratch;
    const std::size_t n = synapses.end - synapses.first;
    const float* const weights =
        synapses.weights.data() + static_cast<std::size_t>(job.table.arrivals[arrival].source) * n;
    const double m = job.table.membrane[arrival];
    double* const y = scratch.total_y.data() + synapses.first;
    double* const up = scratch.total_up.data() + synapses.first;
    const auto* const lif_exp = std::get_if<LifExp>(&job.shared.model);
    if (lif_exp == nullptr) {
        for (std::size_t k = 0; k < n; ++k) {
            const double jump = m * static_cast<double>(weights[k]);
            y[k] += jump;
            up[k] += std::max(jump, 0.0);
        }
        return;
    }
    const ExpConstants c(*lif_exp);
    double* const e = scratch.total_e.data() + synapses.first;
    double* const i = scratch.total_i.data() + synapses.first;
    for (std::size_t k = 0; k < n; ++k) {
        const auto weight = static_cast<double>(weights[k]);
        const double exc = std::max(weight, 0.0);
        const double inh = std::min(weight, 0.0);
        e[k] += exc * job.table.excitation[arrival];
        i[k] += inh * job.table.inhibition[arrival];
        y[k] -= (c.c_e * exc + c.c_i * inh) * m;
    }
}

void add_poisson(Job& job, const PoissonInput& input, const PoissonWindow& noise) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    const auto* const lif_exp = std::get_if<LifExp>(&job.shared.model);
    const auto* const lif_delta = std::get_if<LifDelta>(&job.shared.model);
    const double tau_m_ms = lif_exp ? lif_exp->tau_m_ms : lif_delta->tau_m_ms;
    const bool excites = input.weight_mV > 0.0;
    const double tau_s_ms =
        lif_exp ? (excites ? lif_exp->tau_syn_exc_ms : lif_exp->tau_syn_inh_ms) : tau_m_ms;
    const std::uint64_t range_first = input.first;
    const std::uint64_t range_end =
        input.count ? range_first + *input.count : std::numeric_limits<std::uint32_t>::max();
    const std::size_t from = range_first <= block.first
                                 ? 0
                                 : std::min<std::uint64_t>(range_first - block.first, block.count);
    const std::size_t to = range_end <= block.first
                               ? 0
                               : std::min<std::uint64_t>(range_end - block.first, block.count);
    if (from >= to) return;
    const std::size_t lane = from / 16 * 16;
    const std::size_t n = (to - lane + 15) / 16 * 16;
    const double since_ms = noise.window.begin_ms - job.shared.frame_ms;
    const double frame_m = std::exp(since_ms / tau_m_ms) * input.weight_mV;
    const double frame_s = std::exp(since_ms / tau_s_ms) * input.weight_mV;
    if (is_steady(input.rate, noise.window)) {
        poisson_sums(noise, block.first + static_cast<std::uint32_t>(lane), n, tau_m_ms, tau_s_ms,
                     scratch.sum_m.data() + lane, lif_exp ? scratch.sum_s.data() + lane : nullptr);
    } else {
        for (std::size_t j = from; j < to; ++j) {
            scratch.noise_ms.clear();
            append_spike_times(noise, input.rate, block.first + static_cast<std::uint32_t>(j),
                               scratch.noise_ms);
            double m = 0.0;
            double s = 0.0;
            for (const double t_ms : scratch.noise_ms) {
                m += std::exp((t_ms - noise.window.begin_ms) / tau_m_ms);
                s += std::exp((t_ms - noise.window.begin_ms) / tau_s_ms);
            }
            scratch.sum_m[j] = static_cast<float>(m);
            scratch.sum_s[j] = static_cast<float>(s);
        }
    }
    if (!lif_exp) {
        for (std::size_t j = from; j < to; ++j) {
            const double jump = frame_m * static_cast<double>(scratch.sum_m[j]);
            scratch.total_y[j] += jump;
            scratch.total_up[j] += std::max(jump, 0.0);
        }
        return;
    }
    const ExpConstants c(*lif_exp);
    double* const g = excites ? scratch.total_e.data() : scratch.total_i.data();
    const double c_s = excites ? c.c_e : c.c_i;
    for (std::size_t j = from; j < to; ++j) {
        g[j] += frame_s * static_cast<double>(scratch.sum_s[j]);
        scratch.total_y[j] -= c_s * frame_m * static_cast<double>(scratch.sum_m[j]);
    }
}

/// Sums what dense projections and Poisson inputs bring to each neuron. Returns whether there was
/// any.
bool add_common_input(Job& job) {
    LifScratch& scratch = job.block.scratch;
    job.plastic_rise = 0.0;
    const bool any = !job.dense.empty() || !job.noise.empty();
    if (!any) return false;
    for (auto* totals : {&scratch.total_y, &scratch.total_e, &scratch.total_i, &scratch.total_up})
        std::fill(totals->begin(), totals->end(), 0.0);
    for (const std::uint32_t a : job.dense) {
        const BlockSynapses& synapses = job.block.synapses[job.table.arrivals[a].synapses];
        if (!synapses.plastic) {
            add_dense_static(job, synapses, a);
        } else {
            job.plastic_rise += greatest_weight(synapses.plastic->rule) * job.table.membrane[a];
        }
    }
    for (std::size_t k = 0; k < job.noise.size(); ++k)
        add_poisson(job, job.shared.inputs[k], job.noise[k]);
    return true;
}

// --- one neuron, event by event ---------------------------------------------------------------

bool receives(const BlockSynapses& synapses, std::uint32_t neuron, std::uint32_t source) {
    if (neuron < synapses.first || neuron >= synapses.end) return false;
    return !synapses.skip_self || static_cast<std::int64_t>(source) + synapses.self_offset !=
                                      static_cast<std::int64_t>(neuron);
}

/// Entry k of a neuron's list.
Input listed_input(Job& job, std::uint32_t neuron, std::uint32_t k) {
    LifBlock& block = job.block;
    const std::size_t at = list_place(block.scratch.capacity, neuron, k);
    const ListEntry entry = block.scratch.lists[at];
    const std::size_t a = job.pass.first + entry % k_most_arrivals;
    const SpikeArrival& arrival = job.table.arrivals[a];
    Input input{arrival.t_ms, 0.0, static_cast<std::uint32_t>(a), nullptr, 0};
    if (arrival.synapses & k_timed) {
        input.weight = static_cast<double>(block.scratch.list_weights[at]);
        return input;
    }
    BlockSynapses& synapses = block.synapses[arrival.synapses];
    if (synapses.plastic) {
        input.plastic = &synapses;
        input.slot = entry / k_most_arrivals;
    } else {
        input.weight = static_cast<double>(
            synapses.weights.empty() ? synapses.weight : block.scratch.list_weights[at]);
    }
    return input;
}

bool earlier(const Input& a, const Input& b) {
    return a.t_ms != b.t_ms ? a.t_ms < b.t_ms : a.arrival < b.arrival;
}

/// Sorts inputs [middle ..), themselves in order, into those before, from the back.
void merge_in(std::vector<Input>& inputs, std::size_t middle) {
    for (std::size_t k = middle; k < inputs.size(); ++k) {
        const Input input = inputs[k];
        std::size_t at = k;
        for (; at > 0 && earlier(input, inputs[at - 1]); --at)
            inputs[at] = inputs[at - 1];
        inputs[at] = input;
    }
}

/// All that reaches a neuron in the pass, in time order.
void gather_inputs(Job& job, std::uint32_t neuron, std::vector<Input>& inputs) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    inputs.clear();
    const std::uint32_t n = scratch.n_listed[neuron];
    for (std::uint32_t k = 0; k < n; ++k)
        inputs.push_back(listed_input(job, neuron, k));
    const std::size_t n_listed = inputs.size();
    for (const std::uint32_t a : job.dense) {
        const SpikeArrival& arrival = job.table.arrivals[a];
        BlockSynapses& synapses = block.synapses[arrival.synapses];
        if (!receives(synapses, neuron, arrival.source)) continue;
        if (synapses.plastic) {
            inputs.push_back({arrival.t_ms, 0.0, a, &synapses, arrival.source});
        } else {
            const std::size_t at = std::size_t{arrival.source} * (synapses.end - synapses.first) +
                                   (neuron - synapses.first);
            inputs.push_back(
                {arrival.t_ms, static_cast<double>(synapses.weights[at]), a, nullptr, 0});
        }
    }
    if (n_listed > 0) merge_in(inputs, n_listed);
    for (std::size_t k = 0; k < job.noise.size(); ++k) {
        const PoissonInput& source = job.shared.inputs[k];
        const std::uint64_t id = block.first + neuron;
        if (id < source.first ||
            (source.count && id >= std::uint64_t{source.first} + *source.count))
            continue;
        scratch.noise_ms.clear();
        append_spike_times(job.noise[k], source.rate, static_cast<std::uint32_t>(id),
                           scratch.noise_ms);
        const std::size_t before = inputs.size();
        for (const double t_ms : scratch.noise_ms)
            inputs.push_back({t_ms, source.weight_mV, k_walked, nullptr, 0});
        merge_in(inputs, before);
    }
}

std::size_t row_slot(const BlockSynapses& synapses, std::uint32_t neuron, std::uint32_t slot) {
    return synapses.plastic->begin[neuron] + slot;
}

/// A spike of the neuron reaches its synapses at t: all weights of its row change, by the sources'
/// traces with what has arrived in this pass.
void apply_post_spike(Job& job,
                      BlockSynapses& synapses,
                      std::uint32_t neuron,
                      double t_ms,
                      std::span<const Input> so_far) {
    PlasticRows& rows = *synapses.plastic;
    const std::size_t begin = rows.begin[neuron];
    const std::size_t n = rows.begin[neuron + 1] - begin;
    const double since_ms = t_ms - job.shared.frame_ms;
    const auto decay = std::exp(-since_ms / rows.tau_plus_ms);
    std::vector<float>& traces = job.block.scratch.traces;
    traces.resize(std::max(traces.size(), n));
    read_traces(rows, begin, n, decay, traces.data());
    for (const Input& input : so_far) {
        if (input.plastic != &synapses) continue;
        traces[input.slot] += static_cast<float>(job.table.plus[input.arrival] * decay);
    }
    std::visit(
        [&](const auto& rule) {
            on_post_spike(rule, n, traces.data(), rows.weight.data() + begin);
        },
        rows.rule);
    rows.post_trace[neuron] += std::exp(since_ms / rows.tau_minus_ms);
}

void apply_pending(Job& job,
                   std::uint32_t neuron,
                   double before_ms,
                   std::span<const Input> so_far) {
    for (BlockSynapses& synapses : job.block.synapses) {
        if (!synapses.plastic) continue;
        std::vector<double>& pending = synapses.plastic->pending_ms[neuron];
        while (!pending.empty() && pending.front() < before_ms) {
            apply_post_spike(job, synapses, neuron, pending.front(), so_far);
            pending.erase(pending.begin());
        }
    }
}

bool anything_pending(const LifBlock& block, std::uint32_t neuron, double before_ms) {
    return std::any_of(block.synapses.begin(), block.synapses.end(), [&](const BlockSynapses& s) {
        return s.plastic && !s.plastic->pending_ms[neuron].empty() &&
               s.plastic->pending_ms[neuron].front() < before_ms;
    });
}

/// The weight that a plastic synapse delivers, after its own presynaptic change.
double deliver_plastic(const Job& job,
                       BlockSynapses& synapses,
                       std::uint32_t neuron,
                       std::uint32_t slot,
                       std::uint32_t arrival) {
    PlasticRows& rows = *synapses.plastic;
    float& weight = rows.weight[row_slot(synapses, neuron, slot)];
    const auto trace = static_cast<float>(rows.post_trace[neuron] * job.table.minus[arrival]);
    std::visit([&](const auto& rule) { weight = on_pre_spike(rule, weight, trace); }, rows.rule);
    return static_cast<double>(weight);
}

template <class Dynamics>
void fire(Job& job,
          const Dynamics& dynamics,
          typename Dynamics::State& state,
          std::uint32_t neuron,
          double t_ms) {
    job.block.spikes.push_back({t_ms, job.block.first + neuron});
    dynamics.reset(state, t_ms);
    for (BlockSynapses& synapses : job.block.synapses) {
        if (synapses.plastic) {
            synapses.plastic->pending_ms[neuron].push_back(t_ms + synapses.plastic->post_lag_ms);
        }
    }
}

/// The neuron's time from now to `until_ms`, without input: refractory periods end, thresholds are
/// crossed.
template <class Dynamics>
void relax(Job& job,
           const Dynamics& dynamics,
           typename Dynamics::State& state,
           std::uint32_t neuron,
           double now_ms,
           double until_ms) {
    for (;;) {
        if (state.free_at_ms > until_ms) return;
        if (dynamics.end_refractory(state, now_ms)) {
            now_ms = state.free_at_ms;
            fire(job, dynamics, state, neuron, now_ms);
            continue;
        }
        const double from_ms = std::max(now_ms, state.free_at_ms);
        const double t_ms = dynamics.next_spike(state, job.block.first + neuron, from_ms, until_ms);
        if (!(t_ms <= until_ms)) return;
        fire(job, dynamics, state, neuron, t_ms);
        now_ms = t_ms;
    }
}

/// The neuron's pass, event by event, through scratch.inputs.
template <class Dynamics>
void walk_through(Job& job,
                  const Dynamics& dynamics,
                  std::uint32_t neuron,
                  double pass_bound_per_ms) {
    std::vector<Input>& inputs = job.block.scratch.inputs;
    const Window& window = job.pass.window;
    typename Dynamics::State state = dynamics.load(job.block, neuron);
    state.escape.pass_bound_per_ms = pass_bound_per_ms;
    double now_ms = window.begin_ms;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        Input& input = inputs[k];
        relax(job, dynamics, state, neuron, now_ms, input.t_ms);
        now_ms = input.t_ms;
        if (job.any_plastic) apply_pending(job, neuron, now_ms, {inputs.data(), k});
        if (input.plastic != nullptr) {
            input.weight = deliver_plastic(job, *input.plastic, neuron, input.slot, input.arrival);
        }
        if (dynamics.receive(state, now_ms, input.weight))
            fire(job, dynamics, state, neuron, now_ms);
    }
    relax(job, dynamics, state, neuron, now_ms, window.end_ms);
    if (job.any_plastic) apply_pending(job, neuron, window.end_ms, inputs);
    dynamics.store(job.block, neuron, state);
}

template <class Dynamics>
void walk(Job& job,
          const Dynamics& dynamics,
          std::uint32_t neuron,
          double pass_bound_per_ms = 0.0) {
    gather_inputs(job, neuron, job.block.scratch.inputs);
    walk_through(job, dynamics, neuron, pass_bound_per_ms);
}

// --- all neurons of a block -------------------------------------------------------------------

/// What a neuron receives in a pass, in frame.
struct ListSum {
    double y = 0.0;
    double e = 0.0;
    double i = 0.0;
    double up = 0.0; ///< LifDelta: the greatest sum of the first so many
};

/// Lists of a group of neurons, in order: sums and greatest partial sums.
SPIKEWELL_CLONES
void sum_group(const ListEntry* lists,
               const std::uint32_t* n_listed,
               const double* jump,
               double* sums,
               double* greatest) {
    std::uint32_t longest = 0;
    for (std::uint32_t l = 0; l < k_group; ++l)
        longest = std::max(longest, n_listed[l]);
    double sum[k_group] = {};
    double most[k_group] = {};
    for (std::uint32_t k = 0; k < longest; ++k) {
        for (std::uint32_t l = 0; l < k_group; ++l) {
            const std::uint32_t entry =
                k < n_listed[l] ? lists[k * k_group + l] % k_most_arrivals : 0U;
            const double step = k < n_listed[l] ? jump[entry] : 0.0;
            sum[l] += step;
            most[l] = sum[l] > most[l] ? sum[l] : most[l];
        }
    }
    for (std::uint32_t l = 0; l < k_group; ++l) {
        sums[l] = sum[l];
        greatest[l] = most[l];
    }
}

/// The same where weights vary: `factor` is the membrane's.
SPIKEWELL_CLONES
void sum_group(const ListEntry* lists,
               const float* weights,
               const std::uint32_t* n_listed,
               const double* factor,
               double* sums,
               double* greatest) {
    std::uint32_t longest = 0;
    for (std::uint32_t l = 0; l < k_group; ++l)
        longest = std::max(longest, n_listed[l]);
    double sum[k_group] = {};
    double most[k_group] = {};
    for (std::uint32_t k = 0; k < longest; ++k) {
        for (std::uint32_t l = 0; l < k_group; ++l) {
            const std::uint32_t entry =
                k < n_listed[l] ? lists[k * k_group + l] % k_most_arrivals : 0U;
            const double weight =
                k < n_listed[l] ? static_cast<double>(weights[k * k_group + l]) : 0.0;
            sum[l] += weight * factor[entry];
            most[l] = sum[l] > most[l] ? sum[l] : most[l];
        }
    }
    for (std::uint32_t l = 0; l < k_group; ++l) {
        sums[l] = sum[l];
        greatest[l] = most[l];
    }
}

/// Sum of a neuron's list of static synapses.
template <class Dynamics>
ListSum sum_list(Job& job, const Dynamics& dynamics, std::uint32_t neuron) {
    const LifScratch& scratch = job.block.scratch;
    const std::uint32_t n = scratch.n_listed[neuron];
    ListSum sum;
    for (std::uint32_t k = 0; k < n; ++k) {
        const std::size_t at = list_place(scratch.capacity, neuron, k);
        const std::size_t a = job.pass.first + scratch.lists[at] % k_most_arrivals;
        const double weight = static_cast<double>(
            job.block.weights_vary ? scratch.list_weights[at]
                                   : job.block.synapses[job.table.arrivals[a].synapses].weight);
        dynamics.add(sum, job.table, a, weight);
    }
    return sum;
}

/// The neuron's dense plastic synapses change and deliver.
template <class Rule, class Dynamics>
void deliver_dense(Job& job,
                   const Dynamics& dynamics,
                   const Rule& rule,
                   BlockSynapses& synapses,
                   std::uint32_t neuron,
                   ListSum& sum) {
    PlasticRows& rows = *synapses.plastic;
    float* const weights = rows.weight.data() + rows.begin[neuron];
    const float* const next = weights + (rows.begin[neuron + 1U] - rows.begin[neuron]);
    const double post_trace = rows.post_trace[neuron];
    for (const std::uint32_t a : job.dense) {
        const SpikeArrival& arrival = job.table.arrivals[a];
        if (&job.block.synapses[arrival.synapses] != &synapses) continue;
        if (!receives(synapses, neuron, arrival.source)) continue;
        __builtin_prefetch(next + arrival.source, 1);
        float& weight = weights[arrival.source];
        weight = on_pre_spike(rule, weight, static_cast<float>(post_trace * job.table.minus[a]));
        dynamics.add(sum, job.table, a, static_cast<double>(weight));
    }
}

/// As sum_list, with plastic synapses: they change and deliver.
template <class Dynamics>
ListSum deliver_list(Job& job, const Dynamics& dynamics, std::uint32_t neuron) {
    LifBlock& block = job.block;
    const std::uint32_t n = block.scratch.n_listed[neuron];
    ListSum sum;
    for (std::uint32_t k = 0; k < n; ++k) {
        Input input = listed_input(job, neuron, k);
        if (input.plastic != nullptr) {
            input.weight = deliver_plastic(job, *input.plastic, neuron, input.slot, input.arrival);
        }
        dynamics.add(sum, job.table, input.arrival, input.weight);
    }
    if (job.dense.empty()) return sum;
    for (BlockSynapses& synapses : block.synapses) {
        if (!synapses.plastic || !synapses.dense || neuron < synapses.first ||
            neuron >= synapses.end)
            continue;
        std::visit(
            [&](const auto& rule) { deliver_dense(job, dynamics, rule, synapses, neuron, sum); },
            synapses.plastic->rule);
    }
    return sum;
}

/// One neuron of the pass: first whether it can fire at all, by a bound; mostly not.
template <class Dynamics>
void advance_neuron(Job& job,
                    const Dynamics& dynamics,
                    std::uint32_t neuron,
                    const ListSum& listed,
                    const ListSum& common) {
    LifBlock& block = job.block;
    const Window& window = job.pass.window;
    const bool pending = job.any_plastic && anything_pending(block, neuron, window.end_ms);
    if (block.free_at_ms[neuron] >= window.end_ms && !pending && dynamics.ignores_while_held()) {
        if (job.any_plastic) (void)deliver_list(job, dynamics, neuron);
        return;
    }
    if (block.free_at_ms[neuron] > window.begin_ms || pending) {
        walk(job, dynamics, neuron);
        return;
    }
    ListSum sum{listed.y + common.y, listed.e + common.e, listed.i + common.i,
                listed.up + common.up};
    if (job.any_plastic) sum.up += job.plastic_rise;
    const Quiet quiet = dynamics.stays_below(block, neuron, sum);
    if (!quiet.stays_below) {
        walk(job, dynamics, neuron, quiet.bound_per_ms);
    } else if (job.any_plastic) {
        dynamics.commit(block, neuron, common);
        dynamics.commit(block, neuron, deliver_list(job, dynamics, neuron));
    } else {
        dynamics.commit(block, neuron, sum);
    }
}

template <class Dynamics> void advance_all(Job& job, const Dynamics& dynamics, bool common) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    constexpr bool ordered = std::is_same_v<Dynamics, DeltaDynamics>;
    std::array<double, k_group> sums{};
    std::array<double, k_group> greatest{};
    for (std::uint32_t group = 0; group < block.count; group += k_group) {
        const std::size_t lists = std::size_t{group} * scratch.capacity;
        if constexpr (ordered) {
            if (block.weights_vary) {
                sum_group(scratch.lists.data() + lists, scratch.list_weights.data() + lists,
                          scratch.n_listed.data() + group,
                          job.table.membrane.data() + job.pass.first, sums.data(), greatest.data());
            } else {
                sum_group(scratch.lists.data() + lists, scratch.n_listed.data() + group,
                          scratch.jump.data(), sums.data(), greatest.data());
            }
        }
        const std::uint32_t n = std::min(k_group, block.count - group);
        for (std::uint32_t l = 0; l < n; ++l) {
            const std::uint32_t neuron = group + l;
            ListSum listed{sums[l], 0.0, 0.0, greatest[l]};
            if constexpr (!ordered) listed = sum_list(job, dynamics, neuron);
            ListSum to_all;
            if (common) {
                to_all = {scratch.total_y[neuron], scratch.total_e[neuron], scratch.total_i[neuron],
                          scratch.total_up[neuron]};
            }
            advance_neuron(job, dynamics, neuron, listed, to_all);
        }
    }
}

/// Only the neurons with a list, where nothing comes to all; and those that may fire without input.
template <class Dynamics> void advance_few(Job& job, const Dynamics& dynamics) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    for (const std::uint32_t neuron : scratch.touched) {
        advance_neuron(job, dynamics, neuron, sum_list(job, dynamics, neuron), {});
        scratch.n_listed[neuron] = k_walked;
    }
    dynamics.find_spontaneous(block, scratch.flagged);
    for (const std::uint32_t neuron : scratch.flagged) {
        if (scratch.n_listed[neuron] == k_walked) continue;
        walk(job, dynamics, neuron);
    }
}

// --- few events, exponential synapses ----------------------------------------------------------
// Inputs never make V jump, so one look at each neuron's state at the end of the pass tells whether
// it may have crossed; events are added to the state at once, without lists, and taken off again
// where it may.

/// The synapses of an arrival onto a target.
std::pair<std::size_t, std::size_t> synapses_onto(const BlockSynapses& synapses,
                                                  std::uint32_t source,
                                                  std::uint32_t target) {
    const auto begin = synapses.target.begin() + synapses.row[source];
    const auto end = synapses.target.begin() + synapses.row[source + 1U];
    const auto [first, last] = std::equal_range(begin, end, static_cast<std::uint16_t>(target));
    return {static_cast<std::size_t>(first - synapses.target.begin()),
            static_cast<std::size_t>(last - synapses.target.begin())};
}

/// Adds an arrival to the states of its targets, but for those in a refractory period, which are
/// listed.
void add_directly(Job& job, const ExpDynamics& dynamics, std::size_t a) {
    LifBlock& block = job.block;
    const SpikeArrival& arrival = job.table.arrivals[a];
    const BlockSynapses& synapses = block.synapses[arrival.synapses];
    if (synapses.row.empty()) return;
    const std::size_t begin = synapses.row[arrival.source];
    const std::size_t end = synapses.row[arrival.source + 1U];
    const std::uint16_t* const targets = synapses.target.data();
    const double* const free_at_ms = block.free_at_ms.data();
    double* const y = block.y.data();
    const double now_ms = job.pass.window.begin_ms;
    block.n_events += end - begin;
    const auto add = [&](std::size_t s, double dy, double* g, double dg) {
        const std::uint32_t target = targets[s];
        if (free_at_ms[target] > now_ms) {
            block.scratch.touched.push_back(target);
            return;
        }
        y[target] += dy;
        g[target] += dg;
    };
    const ExpDynamics::Step exc = dynamics.unit_step(job.table, a, true);
    const ExpDynamics::Step inh = dynamics.unit_step(job.table, a, false);
    if (synapses.weights.empty()) {
        const auto weight = static_cast<double>(synapses.weight);
        const ExpDynamics::Step& unit = weight > 0.0 ? exc : inh;
        double* const g = (weight > 0.0 ? block.ge : block.gi).data();
        for (std::size_t s = begin; s < end; ++s)
            add(s, weight * unit.y, g, weight * unit.g);
        if (weight > 0.0) return;
        for (std::size_t s = begin; s < end; ++s)
            block.strongest_gi = std::min(block.strongest_gi, g[targets[s]]);
        return;
    }
    for (std::size_t s = begin; s < end; ++s) {
        const auto weight = static_cast<double>(synapses.weights[s]);
        const ExpDynamics::Step& unit = weight > 0.0 ? exc : inh;
        add(s, weight * unit.y, (weight > 0.0 ? block.ge : block.gi).data(), weight * unit.g);
        block.strongest_gi = std::min(block.strongest_gi, block.gi[targets[s]]);
    }
}

/// What `add_directly` added, or left out, for a neuron: listed, in time order.
void find_inputs(Job& job, std::uint32_t neuron, std::vector<Input>& inputs) {
    inputs.clear();
    for (std::size_t a = job.pass.first; a < job.pass.last; ++a) {
        const SpikeArrival& arrival = job.table.arrivals[a];
        const BlockSynapses& synapses = job.block.synapses[arrival.synapses];
        if (synapses.row.empty()) continue;
        const auto [first, last] = synapses_onto(synapses, arrival.source, neuron);
        for (std::size_t s = first; s < last; ++s) {
            const float weight = synapses.weights.empty() ? synapses.weight : synapses.weights[s];
            inputs.push_back({arrival.t_ms, static_cast<double>(weight),
                              static_cast<std::uint32_t>(a), nullptr, 0});
        }
    }
}

void take_off(Job& job,
              const ExpDynamics& dynamics,
              std::uint32_t neuron,
              std::span<const Input> inputs) {
    for (const Input& input : inputs) {
        const bool excites = input.weight > 0.0;
        const ExpDynamics::Step unit = dynamics.unit_step(job.table, input.arrival, excites);
        job.block.y[neuron] -= input.weight * unit.y;
        (excites ? job.block.ge : job.block.gi)[neuron] -= input.weight * unit.g;
    }
}

void advance_directly(Job& job, const ExpDynamics& dynamics) {
    LifBlock& block = job.block;
    LifScratch& scratch = block.scratch;
    std::vector<std::uint32_t>& held = scratch.touched;
    held.clear();
    for (std::size_t a = job.pass.first; a < job.pass.last; ++a) {
        look_ahead(job, a);
        add_directly(job, dynamics, a);
    }
    std::sort(held.begin(), held.end());
    held.erase(std::unique(held.begin(), held.end()), held.end());
    for (const std::uint32_t neuron : held) {
        find_inputs(job, neuron, scratch.inputs);
        walk_through(job, dynamics, neuron, 0.0);
    }
    dynamics.find_spontaneous(block, scratch.flagged);
    for (const std::uint32_t neuron : scratch.flagged) {
        if (std::binary_search(held.begin(), held.end(), neuron)) continue;
        find_inputs(job, neuron, scratch.inputs);
        take_off(job, dynamics, neuron, scratch.inputs);
        walk_through(job, dynamics, neuron, 0.0);
    }
}

/// The sources' traces take up what arrived in the pass.
void add_to_traces(Job& job) {
    for (std::size_t a = job.pass.first; a < job.pass.last; ++a) {
        const SpikeArrival& arrival = job.table.arrivals[a];
        if (arrival.synapses & k_timed) continue;
        BlockSynapses& synapses = job.block.synapses[arrival.synapses];
        if (synapses.plastic) synapses.plastic->trace[arrival.source] += job.table.plus[a];
    }
}

// --- samples (lif_sampling.hpp) ---------------------------------------------------------------

/// What one neuron's plastic synapses of one projection were before the pass.
struct PlasticBefore {
    PlasticRows* rows;
    std::vector<float> weights;
    double post_trace;
    std::vector<double> pending_ms;

    void swap_in(std::uint32_t neuron) {
        std::swap_ranges(weights.begin(), weights.end(),
                         rows->weight.begin() + rows->begin[neuron]);
        std::swap(post_trace, rows->post_trace[neuron]);
        std::swap(pending_ms, rows->pending_ms[neuron]);
    }
};

/// What a sampled neuron was before the pass.
template <class Dynamics> struct SampledBefore {
    SampledNeuron* sampled;
    std::uint64_t first; ///< sample
    typename Dynamics::State state;
    std::uint32_t n_listed;
    std::vector<PlasticBefore> plastic;
};

/// The neurons with samples in the pass. After `deliver`.
template <class Dynamics>
std::vector<SampledBefore<Dynamics>> begin_sampling(Job& job, const Dynamics& dynamics) {
    std::vector<SampledBefore<Dynamics>> before;
    LifBlock& block = job.block;
    for (SampledNeuron& sampled : block.sampled) {
        const std::uint64_t first = sampled.clock.first_from(job.pass.window.begin_ms);
        if (sampled.clock.time_ms(first) >= job.pass.window.end_ms) continue;
        const std::uint32_t neuron = sampled.neuron;
        before.push_back(
            {&sampled, first, dynamics.load(block, neuron), block.scratch.n_listed[neuron], {}});
        for (BlockSynapses& synapses : block.synapses) {
            if (!synapses.plastic) continue;
            PlasticRows& rows = *synapses.plastic;
            before.back().plastic.push_back({&rows,
                                             {rows.weight.begin() + rows.begin[neuron],
                                              rows.weight.begin() + rows.begin[neuron + 1U]},
                                             rows.post_trace[neuron],
                                             rows.pending_ms[neuron]});
        }
    }
    return before;
}

/// What reached a neuron in the pass, with the weights that were delivered: plastic synapses go
/// through the pass once more and are then put back.
using GatherInputs = void(Job& job, std::uint32_t neuron, std::vector<Input>& inputs);
template <class Dynamics>
std::vector<SampledInput> sampled_inputs(Job& job,
                                         SampledBefore<Dynamics>& before,
                                         std::span<const double> spikes_ms,
                                         GatherInputs* gather) {
    const std::uint32_t neuron = before.sampled->neuron;
    job.block.scratch.n_listed[neuron] = before.n_listed;
    std::vector<Input> inputs;
    gather(job, neuron, inputs);
    for (PlasticBefore& plastic : before.plastic) {
        plastic.swap_in(neuron);
        for (const double t_ms : spikes_ms)
            plastic.rows->pending_ms[neuron].push_back(t_ms + plastic.rows->post_lag_ms);
    }
    std::vector<SampledInput> delivered;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        Input& input = inputs[k];
        if (job.any_plastic) apply_pending(job, neuron, input.t_ms, {inputs.data(), k});
        if (input.plastic != nullptr) {
            input.weight = deliver_plastic(job, *input.plastic, neuron, input.slot, input.arrival);
        }
        delivered.push_back({input.t_ms, input.weight});
    }
    for (PlasticBefore& plastic : before.plastic)
        plastic.swap_in(neuron);
    return delivered;
}

/// The pass's samples. `n_spikes`: those of the block before the pass.
template <class Dynamics>
void take_samples(Job& job,
                  const Dynamics& dynamics,
                  std::vector<SampledBefore<Dynamics>> neurons,
                  std::size_t n_spikes,
                  GatherInputs* gather) {
    for (SampledBefore<Dynamics>& before : neurons) {
        SampledNeuron& sampled = *before.sampled;
        std::vector<double> spikes_ms;
        for (std::size_t s = n_spikes; s < job.block.spikes.size(); ++s) {
            const Spike& spike = job.block.spikes[s];
            if (spike.source == job.block.first + sampled.neuron) spikes_ms.push_back(spike.t_ms);
        }
        const std::vector<SampledInput> inputs = sampled_inputs(job, before, spikes_ms, gather);
        const Window& window = job.pass.window;
        SampledPath<Dynamics> path(dynamics, before.state, window.begin_ms, inputs, spikes_ms);
        for (std::uint64_t k = before.first; sampled.clock.time_ms(k) < window.end_ms; ++k)
            sampled.V_mV.push_back(path.V_before(sampled.clock.time_ms(k)));
    }
}

template <class Dynamics> void advance_pass(Job& job, const Dynamics& dynamics, bool few) {
    const std::size_t n_spikes = job.block.spikes.size();
    if constexpr (std::is_same_v<Dynamics, ExpDynamics>) {
        if (few && job.block.scratch.due.empty() && !job.block.any_dense) {
            std::vector<SampledBefore<Dynamics>> sampled = begin_sampling(job, dynamics);
            advance_directly(job, dynamics);
            take_samples(job, dynamics, std::move(sampled), n_spikes, &find_inputs);
            return;
        }
    }
    deliver(job, few);
    std::vector<SampledBefore<Dynamics>> sampled = begin_sampling(job, dynamics);
    const bool common = add_common_input(job);
    if (few && !common) {
        advance_few(job, dynamics);
    } else {
        advance_all(job, dynamics, common);
    }
    take_samples(job, dynamics, std::move(sampled), n_spikes, &gather_inputs);
    if (job.any_plastic) add_to_traces(job);
    clear_lists(job.block, few);
}

// --- a window ---------------------------------------------------------------------------------

void rescale(std::vector<double>& values, double factor) {
    for (double& value : values)
        value *= factor;
}

/// Moves all variables to the population's frame origin.
void follow_frame(const LifShared& shared, LifBlock& block) {
    const double age_ms = shared.frame_ms - block.frame_ms;
    if (age_ms == 0.0) return;
    if (const auto* lif = std::get_if<LifDelta>(&shared.model)) {
        rescale(block.y, std::exp(-age_ms / lif->tau_m_ms));
    } else {
        const auto& exp = std::get<LifExp>(shared.model);
        rescale(block.y, std::exp(-age_ms / exp.tau_m_ms));
        rescale(block.ge, std::exp(-age_ms / exp.tau_syn_exc_ms));
        rescale(block.gi, std::exp(-age_ms / exp.tau_syn_inh_ms));
        block.strongest_gi = *std::min_element(block.gi.begin(), block.gi.end());
    }
    for (BlockSynapses& synapses : block.synapses) {
        if (!synapses.plastic) continue;
        rescale(synapses.plastic->trace, std::exp(-age_ms / synapses.plastic->tau_plus_ms));
        rescale(synapses.plastic->post_trace, std::exp(-age_ms / synapses.plastic->tau_minus_ms));
    }
    block.frame_ms = shared.frame_ms;
}

/// Spikes over synapses with delays of their own become events that wait for their windows.
void take_departures(const LifShared& shared, LifBlock& block) {
    for (const SpikeArrival& spike : shared.departures) {
        const BlockSynapses& synapses = block.synapses[spike.synapses];
        if (synapses.row.empty()) continue;
        for (std::size_t s = synapses.row[spike.source]; s < synapses.row[spike.source + 1U]; ++s) {
            const auto delay_ms = static_cast<double>(synapses.delays_ms[synapses.delay_code[s]]);
            block.timed.push_back({spike.t_ms + delay_ms, spike.synapses, spike.source,
                                   synapses.weights.empty() ? synapses.weight : synapses.weights[s],
                                   synapses.target[s]});
        }
    }
}

/// Takes the timed events that are due out of those waiting and joins them with the shared arrivals.
const ArrivalTable& table_of(const LifShared& shared, LifBlock& block, const Window& window) {
    LifScratch& scratch = block.scratch;
    scratch.due.clear();
    if (block.timed.empty()) return shared.table;
    std::size_t kept = 0;
    for (const TimedEvent& event : block.timed) {
        if (event.t_ms < window.end_ms) {
            scratch.due.push_back(event);
        } else {
            block.timed[kept++] = event;
        }
    }
    block.timed.resize(kept);
    if (scratch.due.empty()) return shared.table;
    ArrivalTable& table = scratch.own_table;
    table = shared.table;
    for (std::uint32_t k = 0; k < scratch.due.size(); ++k) {
        TimedEvent& event = scratch.due[k];
        event.t_ms = std::max(event.t_ms, window.begin_ms);
        table.arrivals.push_back({event.t_ms, event.synapses | k_timed, k});
    }
    const auto key = [&](const SpikeArrival& a) {
        const bool timed = (a.synapses & k_timed) != 0;
        return std::tuple(a.t_ms, a.synapses & ~k_timed,
                          timed ? scratch.due[a.source].source : a.source,
                          timed ? scratch.due[a.source].target : 0U);
    };
    std::sort(table.arrivals.begin(), table.arrivals.end(),
              [&](const SpikeArrival& a, const SpikeArrival& b) { return key(a) < key(b); });
    set_factors(shared, table);
    return table;
}

struct Plan {
    std::size_t n_passes;
    bool few; ///< less than one event a neuron and pass
};

Plan plan_of(const LifShared& shared,
             const LifBlock& block,
             const ArrivalTable& table,
             const Window& window) {
    double events = 0.0;
    for (const SpikeArrival& arrival : table.arrivals) {
        if (arrival.synapses & k_timed) {
            events += 1.0;
        } else {
            const BlockSynapses& synapses = block.synapses[arrival.synapses];
            if (!synapses.row.empty()) {
                events += synapses.row[arrival.source + 1] - synapses.row[arrival.source];
            }
        }
    }
    double per_neuron = events / block.count;
    double longest_ms = window.end_ms - window.begin_ms;
    for (const PoissonInput& input : shared.inputs) {
        per_neuron += expected_spikes(input.rate, window);
        longest_ms = std::min(longest_ms, shortest_tau_ms(shared.model) / 8.0);
    }
    const double wanted =
        std::max(std::ceil(per_neuron / k_events_per_pass),
                 std::ceil((window.end_ms - window.begin_ms) / longest_ms - 1e-9));
    const double n_passes = std::clamp(wanted, 1.0, static_cast<double>(k_most_passes));
    return {static_cast<std::size_t>(n_passes), per_neuron < 0.5 * n_passes};
}

/// Whether neurons without input in a pass can be left alone, but for those found by their state.
bool can_skip_idle(const Job& job) {
    return std::visit(
        [&](const auto& model) {
            // Delta synapses: what came in the refractory period may make it fire at its end.
            const bool keeps = std::is_same_v<std::decay_t<decltype(model)>, LifDelta> &&
                               model.refractory_input != RefractoryInput::discarded;
            return job.noise.empty() && !job.any_plastic && !model.escape && !keeps;
        },
        job.shared.model);
}

template <class Dynamics> void advance_with(Job& job, const Plan& plan, const Window& window) {
    const std::size_t n_passes = plan.n_passes;
    const bool few = plan.few && can_skip_idle(job);
    const LifShared& shared = job.shared;
    const auto edge_ms = [&](std::size_t k) {
        return k == n_passes
                   ? window.end_ms
                   : window.begin_ms + (window.end_ms - window.begin_ms) * static_cast<double>(k) /
                                           static_cast<double>(n_passes);
    };
    std::size_t first = 0;
    for (std::size_t k = 0; k < n_passes; ++k) {
        const Window part{edge_ms(k), edge_ms(k + 1)};
        std::size_t last = first;
        while (last < job.table.size() &&
               (k + 1 == n_passes || job.table.arrivals[last].t_ms < part.end_ms))
            ++last;
        job.pass = {part, first, last, shared.window * k_most_passes + k};
        for (std::size_t i = 0; i < job.noise.size(); ++i) {
            PoissonWindow& noise = job.noise[i];
            noise.serial = job.pass.serial;
            noise.window = part;
            noise.expected = expected_spikes(shared.inputs[i].rate, part);
            set_thresholds(noise);
        }
        if constexpr (std::is_same_v<Dynamics, ExpDynamics>) {
            advance_pass(job,
                         n_passes == 1 ? Dynamics(shared, part, shared.factors)
                                       : Dynamics(shared, part),
                         few);
        } else {
            advance_pass(job, Dynamics(shared, part), few);
        }
        first = last;
    }
}

} // namespace

void advance_block(const LifShared& shared, LifBlock& block, const Window& window) {
    block.spikes.clear();
    follow_frame(shared, block);
    take_departures(shared, block);
    Job job{shared, block, table_of(shared, block, window), {}, {}, {}};
    job.any_plastic = std::any_of(block.synapses.begin(), block.synapses.end(),
                                  [](const BlockSynapses& s) { return s.plastic != nullptr; });
    for (std::size_t k = 0; k < shared.inputs.size(); ++k)
        job.noise.push_back({shared.seed, poisson_stream(shared.population, k), 0, {}, 0.0, {}});
    const Plan plan = plan_of(shared, block, job.table, window);
    std::visit(
        [&](const auto& model) {
            using Model = std::decay_t<decltype(model)>;
            using Dynamics =
                std::conditional_t<std::is_same_v<Model, LifDelta>, DeltaDynamics, ExpDynamics>;
            advance_with<Dynamics>(job, plan, window);
        },
        shared.model);
    std::sort(block.spikes.begin(), block.spikes.end());
}

} // namespace spikewell::detail
