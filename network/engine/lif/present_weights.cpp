#include "network/engine/lif/present_weights.hpp"

#include "network/engine/lif/lif_pass.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

// Factors of a frame are kept within e^this: beyond e^88 there are none in single precision.
constexpr double k_oldest_frame = 20.0; // of the shorter time constant

/// An arrival that counts.
struct Due {
    double t_ms;
    std::uint32_t index; ///< source
};

std::vector<Due> arrivals_due(const SpikeReader& reader,
                              const SpikeHistory& history,
                              double half_lag_ms,
                              double now_ms) {
    std::vector<Due> due;
    for (std::size_t s = reader.next; s < history.end(); ++s) {
        const Spike& spike = history[s];
        const double t_ms = spike.t_ms + reader.delay_ms;
        if (!(t_ms - half_lag_ms < now_ms)) break;
        if (!reader.reads(spike.source)) continue;
        due.push_back({t_ms, spike.source - reader.pre_first});
    }
    return due;
}

/// Spikes of the third factor that come to synapses before now and have not been read, as they count.
std::vector<double> rewards_due(const SpikeReader& reader,
                                const SpikeHistory& history,
                                double half_lag_ms,
                                double now_ms) {
    std::vector<double> due_ms;
    const RewardReader& rewards = *reader.rewards;
    for (std::size_t s = rewards.next; s < history.end(); ++s) {
        const Spike& spike = history[s];
        if (!(spike.t_ms + rewards.delay_ms < now_ms)) break;
        if (rewards.reads(spike.source))
            due_ms.push_back(spike.t_ms + rewards.delay_ms + half_lag_ms);
    }
    return due_ms;
}

/// Within the rule's bounds, as spikes deliver them.
void bound(std::vector<float>& weights, const PlasticRule& rule) {
    const Interval allowed = weights_of(rule);
    for (float& w : weights)
        w = std::clamp(w, static_cast<float>(allowed.low), static_cast<float>(allowed.high));
}

} // namespace

std::vector<float> present_weights(const LifBlock& block,
                                   const BlockSynapses& synapses,
                                   const SpikeReader& reader,
                                   const Histories& histories,
                                   double t_ms) {
    PlasticRows rows = *synapses.plastic;
    std::vector<float> weights(synapses.weights.begin(), synapses.weights.end());
    const auto row = [&](std::uint32_t source) { return row_of(synapses, weights.data(), source); };
    const double half_lag_ms = 0.5 * rows.post_lag_ms;
    const std::vector<Due> arrivals =
        arrivals_due(reader, histories(reader.pre), half_lag_ms, t_ms);
    std::vector<double> rewards_ms;
    if (reader.rewards) {
        rewards_ms = rewards_due(reader, histories(reader.rewards->pre), half_lag_ms, t_ms);
        set_knots(*rows.reward, rewards_ms);
    }
    // What counts may come at the soma long after now, by as much as the delay.
    double frame_ms = block.frame_ms;
    double limit_ms = k_oldest_frame * std::min(rows.tau_plus_ms, rows.tau_minus_ms);
    if (rows.reward) limit_ms = std::min(limit_ms, k_oldest_frame * rows.reward->factor.tau_c_ms);
    const auto settle_at = [&](double now_ms) {
        settle(rows, now_ms, row);
        if (!rows.reward) return;
        const auto later = std::upper_bound(rewards_ms.begin(), rewards_ms.end(), now_ms);
        set_knots(*rows.reward, {later, rewards_ms.end()});
    };
    const auto follow_frame = [&](double until_ms) {
        if (until_ms - frame_ms <= limit_ms) return;
        settle_at(until_ms);
        move_frame(rows, until_ms - frame_ms);
        frame_ms = until_ms;
    };
    // What is delivered here is delivered to nobody.
    std::vector<double> nobody(block.width);
    Delivery delivery(Target<1>{{nobody.data()}, {0.0}});
    std::vector<float> delivered;
    const auto count_before = [&](double before_ms) {
        for (; rows.next_pending < rows.pending.size(); ++rows.next_pending) {
            const PendingSpike& spike = rows.pending[rows.next_pending];
            if (!(spike.t_ms < before_ms && spike.t_ms - half_lag_ms < t_ms)) break;
            follow_frame(spike.t_ms);
            count_post_spike(rows, spike.target, spike.t_ms, frame_ms, rows.now);
        }
    };
    for (const Due& arrival : arrivals) {
        // Of those at one time, the arrival comes first.
        count_before(arrival.t_ms);
        follow_frame(arrival.t_ms);
        const double since_ms = arrival.t_ms - frame_ms;
        const Row visited = row(arrival.index);
        delivered.resize(std::max(delivered.size(), visited.n));
        const Visit visit = begin_visit(rows, arrival.index, arrival.t_ms, frame_ms);
        delivery.after = delivered.data();
        visit_row(rows, visit, std::exp(-since_ms / rows.tau_minus_ms), visited, delivery);
        end_visit(rows, arrival.index, visit, std::exp(since_ms / rows.tau_plus_ms), since_ms);
    }
    count_before(std::numeric_limits<double>::infinity());
    settle_at(t_ms + half_lag_ms);
    if (rows.reward) bound(weights, rows.rule);
    return weights;
}

} // namespace spikewell::detail
