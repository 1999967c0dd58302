#include "network/engine/lif/plastic_pass.hpp"

#include "network/engine/lif/lif_pass.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace spikewell::detail {

namespace {
/// Of increasing times, those within the pass.
std::span<const double> in_pass(const std::vector<double>& times_ms, const Pass& pass) {
    const auto first = std::lower_bound(times_ms.begin(), times_ms.end(), pass.window.begin_ms);
    const auto last = std::lower_bound(first, times_ms.end(), pass.window.end_ms);
    return {first, last};
}
} // namespace

void PlasticPass::begin(Job& job) {
    for (std::uint32_t p = 0; p < job.block.synapses.size(); ++p) {
        BlockSynapses& synapses = job.block.synapses[p];
        if (!synapses.plastic) continue;
        PlasticRows& rows = *synapses.plastic;
        if (rows.reward) set_knots(*rows.reward, {});
        if (wants_settling(rows, job.pass.window.end_ms))
            settle(rows, job.pass.window.begin_ms,
                   [&](std::uint32_t source) { return row_of(synapses, source); });
        if (rows.reward) set_knots(*rows.reward, in_pass(job.shared.rewards_ms[p], job.pass));
    }
    visits_.resize(job.pass.last - job.pass.first);
    first_event_.resize(job.pass.last - job.pass.first);
    before_.clear();
    after_.clear();
    rewarded_before_.clear();
    rewarded_after_.clear();
    counted_.clear();
}

const Visit& PlasticPass::visit(const Job& job, std::size_t a) const {
    return visits_[a - job.pass.first];
}
std::uint32_t PlasticPass::first_event(const Job& job, std::size_t a) const {
    return first_event_[a - job.pass.first];
}

void PlasticPass::count_pending(Job& job, std::uint32_t synapses, double before_ms) {
    count_pending_posts(*job.block.synapses[synapses].plastic, before_ms, job.shared.frame_ms,
                        [&](const PendingSpike& spike, double gain) {
                            counted_.push_back({synapses, spike.target, spike.t_ms, gain});
                        });
}

void PlasticPass::arrive(Job& job, std::size_t a, Delivery to) {
    const SpikeArrival& arrival = job.table.arrivals[a];
    BlockSynapses& synapses = job.block.synapses[arrival.synapses];
    PlasticRows& rows = *synapses.plastic;
    count_pending(job, arrival.synapses, arrival.t_ms);
    const Row row = row_of(synapses, arrival.source);
    const double since_ms = arrival.t_ms - job.shared.frame_ms;
    const Visit visit = begin_visit(rows, arrival.source, arrival.t_ms, job.shared.frame_ms);
    const std::size_t event = after_.size();
    visits_[a - job.pass.first] = visit;
    first_event_[a - job.pass.first] = static_cast<std::uint32_t>(event);
    before_.resize(event + row.n);
    after_.resize(event + row.n);
    // A neuron's place for a synapse onto itself is visited with the others; it delivers nothing.
    const std::optional<std::uint32_t> self = left_out(synapses, arrival.source);
    const std::size_t skipped = self.value_or(0);
    std::array<double, k_most_sums> sums{};
    for (std::size_t k = 0; k < to.n; ++k)
        sums[k] = to.sum[k][skipped];
    to.before = before_.data() + event;
    to.after = after_.data() + event;
    if (rows.reward) {
        rewarded_before_.resize(event + row.n);
        to.rewarded_before = rewarded_before_.data() + event;
    }
    visit_row(rows, visit, job.table.minus[a], row, to);
    for (std::size_t k = 0; self && k < to.n; ++k)
        to.sum[k][skipped] = sums[k];
    end_visit(rows, arrival.source, visit, job.table.plus[a], since_ms);
    if (!rows.reward) return;
    rewarded_after_.resize(event + row.n);
    for (std::size_t s = 0; s < row.n; ++s)
        rewarded_after_[event + s] = load(rows, row, s);
}

void PlasticPass::arrived(Job& job) {
    for (std::uint32_t p = 0; p < job.block.synapses.size(); ++p) {
        if (job.block.synapses[p].plastic) count_pending(job, p, job.pass.window.end_ms);
    }
}

/// The synapse's arrival before this one in the pass; none: null.
const Input* PlasticPass::earlier(const Job& job,
                                  const Input& input,
                                  std::span<const Input> before) const {
    const SpikeArrival& arrival = job.table.arrivals[input.arrival];
    const std::uint32_t place = input.event - first_event(job, input.arrival);
    const auto found = std::find_if(before.rbegin(), before.rend(), [&](const Input& other) {
        if (other.event == k_none) return false;
        const SpikeArrival& a = job.table.arrivals[other.arrival];
        return a.synapses == arrival.synapses && a.source == arrival.source &&
               other.event - first_event(job, other.arrival) == place;
    });
    return found != before.rend() ? &*found : nullptr;
}

/// The target's trace, in frame, as an input finds it: without what was counted for later, with its own spikes.
double PlasticPass::post_trace(const Job& job,
                               const Input& input,
                               std::uint32_t neuron,
                               std::span<const Spike> spikes) const {
    const std::uint32_t synapses = job.table.arrivals[input.arrival].synapses;
    const PlasticRows& rows = *job.block.synapses[synapses].plastic;
    const auto amount = [&](double t_ms) {
        return std::exp((t_ms - job.shared.frame_ms) / rows.tau_minus_ms);
    };
    double trace = rows.post_trace[neuron];
    for (const Counted& spike : counted_) {
        if (spike.synapses == synapses && spike.target == neuron && spike.t_ms >= input.t_ms)
            trace -= amount(spike.t_ms);
    }
    for (const Spike& spike : spikes) {
        if (!(spike.t_ms + rows.post_lag_ms < input.t_ms)) break;
        trace += amount(spike.t_ms + rows.post_lag_ms);
    }
    return trace;
}

float PlasticPass::paired_again(const Job& job,
                                const Input& input,
                                std::uint32_t neuron,
                                const Input* last,
                                std::span<const Spike> spikes) const {
    const std::uint32_t synapses = job.table.arrivals[input.arrival].synapses;
    const PlasticRows& rows = *job.block.synapses[synapses].plastic;
    const Visit& now = visit(job, input.arrival);
    float w = last != nullptr ? after_[last->event] : before_[input.event];
    const double from_ms = last != nullptr ? last->t_ms : -k_never_ms;
    const auto potentiate = [&](double t_ms, double gain) {
        const double decay = std::exp((job.shared.frame_ms - t_ms) / rows.tau_plus_ms);
        w = on_post_spike(rows.rule, w, static_cast<float>(now.trace * gain * decay));
    };
    for (const Counted& spike : counted_) {
        if (last != nullptr && spike.synapses == synapses && spike.target == neuron &&
            spike.t_ms >= from_ms && spike.t_ms < input.t_ms)
            potentiate(spike.t_ms, spike.gain);
    }
    const bool slow = rows.slow_minus_ms > 0.0;
    double slow_trace = slow ? rows.slow_post[neuron] : 0.0; // all counted ones came before
    for (const Spike& spike : spikes) {
        const double due_ms = spike.t_ms + rows.post_lag_ms;
        if (!(due_ms < input.t_ms)) break;
        const double gain =
            slow ? gain_of_post(rows, slow_trace, due_ms - job.shared.frame_ms) : 1.0;
        if (due_ms >= from_ms) potentiate(due_ms, gain);
    }
    const double minus = job.table.minus[input.arrival] * now.gain;
    return on_pre_spike(rows.rule, w,
                        static_cast<float>(post_trace(job, input, neuron, spikes) * minus));
}

/// The same where a third factor moves weights. Steps are taken from the visit before on, in order: where weights
/// meet their bounds it matters.
RewardedSynapse PlasticPass::rewarded_again(const Job& job,
                                            const Input& input,
                                            std::uint32_t neuron,
                                            const Input* last,
                                            std::span<const Spike> spikes) const {
    const std::uint32_t synapses = job.table.arrivals[input.arrival].synapses;
    const PlasticRows& rows = *job.block.synapses[synapses].plastic;
    const Visit& now = visit(job, input.arrival);
    RewardedSynapse synapse =
        last != nullptr ? rewarded_after_[last->event] : rewarded_before_[input.event];
    double seen = last != nullptr ? visit(job, last->arrival).seen : now.seen_before;
    const std::int32_t first = last != nullptr ? visit(job, last->arrival).number : now.visited;
    const double from_ms = last != nullptr ? last->t_ms : -k_never_ms;
    replay_posts(rows, {neuron, first, now.number, static_cast<float>(now.trace)}, synapse, seen);
    for (const Spike& spike : spikes) {
        const double due_ms = spike.t_ms + rows.post_lag_ms;
        if (!(due_ms < input.t_ms)) break;
        if (due_ms < from_ms) continue;
        move_weight(rows, synapse, seen, rows.reward->integral_at(due_ms));
        const double factor = rows.reward->factor.growth(due_ms) *
                              std::exp((job.shared.frame_ms - due_ms) / rows.tau_plus_ms);
        on_post_spike(rows, synapse, static_cast<float>(now.trace) * static_cast<float>(factor));
    }
    move_weight(rows, synapse, seen, now.seen);
    const double minus = job.table.minus[input.arrival] * now.gain;
    on_pre_spike(rows, synapse, static_cast<float>(post_trace(job, input, neuron, spikes) * minus));
    return synapse;
}

double PlasticPass::again(Job& job,
                          const Input& input,
                          std::uint32_t neuron,
                          std::span<const Input> before,
                          std::span<const Spike> spikes) {
    const SpikeArrival& arrival = job.table.arrivals[input.arrival];
    BlockSynapses& synapses = job.block.synapses[arrival.synapses];
    PlasticRows& rows = *synapses.plastic;
    if (spikes.empty() || !(spikes.front().t_ms + rows.post_lag_ms < input.t_ms))
        return input.weight;

    // Where the synapse delivered before in this pass, it goes on from there. The row has been visited again since
    // where the source spiked again: then that will be redone.
    const Input* const last = earlier(job, input, before);
    const std::size_t s = input.event - first_event(job, input.arrival);
    const Row row = row_of(synapses, arrival.source);
    if (rows.reward) {
        rewarded_after_[input.event] = rewarded_again(job, input, neuron, last, spikes);
        store(rows, row, s, rewarded_after_[input.event]);
        after_[input.event] = row.weight[s];
    } else {
        after_[input.event] = paired_again(job, input, neuron, last, spikes);
        row.weight[s] = after_[input.event];
    }
    return static_cast<double>(after_[input.event]) * arrival.released;
}

void PlasticPass::fired(const Job& job, std::uint32_t neuron, std::span<const Spike> spikes) {
    for (std::uint32_t p = 0; p < job.block.synapses.size(); ++p) {
        const BlockSynapses& synapses = job.block.synapses[p];
        if (!synapses.plastic || neuron < synapses.first || neuron >= synapses.end) continue;
        for (const Spike& spike : spikes)
            fired_[p].push_back({spike.t_ms + synapses.plastic->post_lag_ms, neuron});
    }
}

/// Spikes due within the pass count from the visits after them on.
void PlasticPass::note_fired(Job& job, std::uint32_t p) {
    PlasticRows& rows = *job.block.synapses[p].plastic;
    std::vector<PendingSpike>& fired = fired_[p];
    std::sort(fired.begin(), fired.end());
    std::int32_t stamp = rows.now;
    for (std::size_t a = job.pass.last; a-- > job.pass.first && !fired.empty();) {
        if (job.table.arrivals[a].synapses == p) stamp = visit(job, a).number - 1;
    }
    std::size_t a = job.pass.first;
    std::size_t k = 0;
    for (; k < fired.size() && fired[k].t_ms < job.pass.window.end_ms; ++k) {
        for (; a < job.pass.last && job.table.arrivals[a].t_ms <= fired[k].t_ms; ++a) {
            if (job.table.arrivals[a].synapses == p) stamp = visit(job, a).number;
        }
        count_post_spike(rows, fired[k].target, fired[k].t_ms, job.shared.frame_ms, stamp);
    }
    rows.pending.erase(rows.pending.begin(),
                       rows.pending.begin() + static_cast<std::ptrdiff_t>(rows.next_pending));
    rows.next_pending = 0;
    rows.pending.insert(rows.pending.end(), fired.begin() + static_cast<std::ptrdiff_t>(k),
                        fired.end());
    fired.clear();
}

void PlasticPass::end(Job& job) {
    for (std::uint32_t p = 0; p < job.block.synapses.size(); ++p) {
        if (!job.block.synapses[p].plastic) continue;
        note_fired(job, p);
        if (auto& reward = job.block.synapses[p].plastic->reward) keep_last_knot(*reward);
    }
}

} // namespace spikewell::detail
