#include "network/engine/detail/present_weights.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::detail {

namespace {

/// A spike that counts at t_ms among the arrivals.
struct Due {
    double t_ms;
    std::uint32_t index; ///< source, or target
    [[nodiscard]] bool operator<(const Due& other) const { return t_ms < other.t_ms; }
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
        if (spike.source < reader.pre_first || spike.source - reader.pre_first >= reader.pre_count)
            continue;
        due.push_back({t_ms, spike.source - reader.pre_first});
    }
    return due;
}

std::vector<Due> post_spikes_due(const PlasticRows& rows, double now_ms) {
    std::vector<Due> due;
    for (std::uint32_t target = 0; target < rows.pending_ms.size(); ++target) {
        for (const double t_ms : rows.pending_ms[target]) {
            if (t_ms - 0.5 * rows.post_lag_ms < now_ms) due.push_back({t_ms, target});
        }
    }
    std::sort(due.begin(), due.end());
    return due;
}

/// A copy of what the spikes due change.
class PresentRows {
  public:
    PresentRows(const LifBlock& block, const BlockSynapses& synapses)
        : synapses_(synapses), rows_(*synapses.plastic), frame_ms_(block.frame_ms),
          weights_(rows_.weight.begin(), rows_.weight.end()), trace_(rows_.trace),
          post_trace_(rows_.post_trace) {}

    void arrive(const Due& spike) {
        const double since_ms = spike.t_ms - frame_ms_;
        const double decay = std::exp(-since_ms / rows_.tau_minus_ms);
        const auto change = [&](std::uint32_t target, std::uint32_t slot) {
            const auto y = static_cast<float>(post_trace_[target] * decay);
            float& w = weights_[rows_.begin[target] + slot];
            std::visit([&](const auto& rule) { w = on_pre_spike(rule, w, y); }, rows_.rule);
        };
        if (synapses_.dense) {
            for (std::uint32_t target = synapses_.first; target < synapses_.end; ++target)
                change(target, spike.index);
        } else {
            for (std::size_t s = synapses_.row[spike.index]; s < synapses_.row[spike.index + 1U];
                 ++s)
                change(synapses_.target[s], synapses_.slot[s]);
        }
        trace_[spike.index] += std::exp(since_ms / rows_.tau_plus_ms);
    }

    void post_spike(const Due& spike) {
        const double since_ms = spike.t_ms - frame_ms_;
        const double decay = std::exp(-since_ms / rows_.tau_plus_ms);
        for (std::size_t at = rows_.begin[spike.index]; at < rows_.begin[spike.index + 1U]; ++at) {
            const auto x = static_cast<float>(trace_[source_of(spike.index, at)] * decay);
            float& w = weights_[at];
            std::visit([&](const auto& rule) { w = on_post_spike(rule, w, x); }, rows_.rule);
        }
        post_trace_[spike.index] += std::exp(since_ms / rows_.tau_minus_ms);
    }

    [[nodiscard]] std::vector<float> take_weights() { return std::move(weights_); }

  private:
    [[nodiscard]] std::size_t source_of(std::uint32_t target, std::size_t at) const {
        if (!rows_.source16.empty()) return rows_.source16[at];
        if (!rows_.source.empty()) return rows_.source[at];
        return at - rows_.begin[target];
    }

    const BlockSynapses& synapses_;
    const PlasticRows& rows_;
    double frame_ms_;
    std::vector<float> weights_;
    std::vector<double> trace_;
    std::vector<double> post_trace_;
};

} // namespace

std::vector<float> present_weights(const LifBlock& block,
                                   const BlockSynapses& synapses,
                                   const SpikeReader& reader,
                                   const SpikeHistory& history,
                                   double t_ms) {
    const PlasticRows& rows = *synapses.plastic;
    const std::vector<Due> arrivals = arrivals_due(reader, history, 0.5 * rows.post_lag_ms, t_ms);
    const std::vector<Due> post_spikes = post_spikes_due(rows, t_ms);
    PresentRows present(block, synapses);
    std::size_t a = 0;
    for (const Due& spike : post_spikes) {
        // Of those at one time, the arrival comes first.
        for (; a < arrivals.size() && arrivals[a].t_ms <= spike.t_ms; ++a)
            present.arrive(arrivals[a]);
        present.post_spike(spike);
    }
    for (; a < arrivals.size(); ++a)
        present.arrive(arrivals[a]);
    return present.take_weights();
}

} // namespace spikewell::detail
