#include "network/engine/lif/plastic_pass.hpp"

#include "network/engine/lif/lif_pass.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace spikewell::detail {

void PlasticPass::begin(Job& job) {
    for (BlockSynapses& synapses : job.block.synapses) {
        if (!synapses.plastic || !wants_settling(*synapses.plastic, job.pass.window.end_ms))
            continue;
        settle(*synapses.plastic, [&](std::uint32_t source) { return row_of(synapses, source); });
    }
    visits_.resize(job.pass.last - job.pass.first);
    first_event_.resize(job.pass.last - job.pass.first);
    before_.clear();
    after_.clear();
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
    const Visit visit = begin_visit(rows, arrival.source, since_ms);
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
    visit_row(rows, visit, job.table.minus[a], row, to);
    for (std::size_t k = 0; self && k < to.n; ++k)
        to.sum[k][skipped] = sums[k];
    end_visit(rows, arrival.source, visit, job.table.plus[a], since_ms);
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

double PlasticPass::again(Job& job,
                          const Input& input,
                          std::uint32_t neuron,
                          std::span<const Input> before,
                          std::span<const Spike> spikes) {
    const SpikeArrival& arrival = job.table.arrivals[input.arrival];
    BlockSynapses& synapses = job.block.synapses[arrival.synapses];
    const PlasticRows& rows = *synapses.plastic;
    const double frame_ms = job.shared.frame_ms;
    const auto due_ms = [&](const Spike& spike) { return spike.t_ms + rows.post_lag_ms; };
    if (spikes.empty() || !(due_ms(spikes.front()) < input.t_ms)) return input.weight;

    // Where the synapse delivered before in this pass, it goes on from there.
    const Input* const last = earlier(job, input, before);
    float w = last != nullptr ? after_[last->event] : before_[input.event];
    const double from_ms = last != nullptr ? last->t_ms : -k_never_ms;
    double post_trace = rows.post_trace[neuron];
    const auto potentiate = [&](double t_ms, double gain) {
        const double decay = std::exp((frame_ms - t_ms) / rows.tau_plus_ms);
        w = on_post_spike(rows.rule, w,
                          static_cast<float>(visit(job, input.arrival).trace * gain * decay));
    };
    const auto amount = [&](double t_ms) {
        return std::exp((t_ms - frame_ms) / rows.tau_minus_ms);
    };
    for (const Counted& spike : counted_) {
        if (spike.synapses != arrival.synapses || spike.target != neuron) continue;
        if (spike.t_ms >= input.t_ms) {
            post_trace -= amount(spike.t_ms);
        } else if (last != nullptr && spike.t_ms >= from_ms) {
            potentiate(spike.t_ms, spike.gain);
        }
    }
    const bool slow = rows.slow_minus_ms > 0.0;
    double slow_trace = slow ? rows.slow_post[neuron] : 0.0; // all counted ones came before
    for (const Spike& spike : spikes) {
        if (!(due_ms(spike) < input.t_ms)) break;
        post_trace += amount(due_ms(spike));
        const double gain = slow ? gain_of_post(rows, slow_trace, due_ms(spike) - frame_ms) : 1.0;
        if (due_ms(spike) >= from_ms) potentiate(due_ms(spike), gain);
    }
    const double minus = job.table.minus[input.arrival] * visit(job, input.arrival).gain;
    w = on_pre_spike(rows.rule, w, static_cast<float>(post_trace * minus));
    after_[input.event] = w;
    // The row has been visited again since where the source spiked again: then that will be redone.
    row_of(synapses, arrival.source).weight[input.event - first_event(job, input.arrival)] = w;
    return static_cast<double>(w) * arrival.released;
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
        if (job.block.synapses[p].plastic) note_fired(job, p);
    }
}

} // namespace spikewell::detail
