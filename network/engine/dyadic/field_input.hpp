#pragma once

#include "network/engine/loop/spike_history.hpp"
#include "network/engine/loop/window.hpp"
#include "network/network.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <vector>

/// Spikes onto nodes (a SynapticProjection whose weights are fields): each is a pulse of its node's field,
/// beside the evidence. What acts in a window follows from the spikes in the histories alone, so nothing of
/// it is kept from window to window.
namespace spikewell::detail {

/// A window of some nodes, in which pulses of tau_ref_ms act.
struct FieldWindow {
    Window window;
    double tau_ref_ms;
};

/// The synapses of one projection onto the nodes of the parts that are held here.
struct FieldSynapses {
    std::uint32_t projection = 0;
    std::uint32_t pre = 0; ///< population
    std::uint32_t pre_first = 0;
    std::uint32_t pre_count = 0;
    std::uint32_t post_first = 0;
    std::optional<double> one_delay_ms = {}; ///< of all; none: each has its own
    double least_delay_ms = 0.0;
    double longest_delay_ms = 0.0;     ///< on all ranks, which forget the same spikes
    std::vector<std::size_t> row = {}; ///< [pre_count + 1], into `synapses`
    std::vector<Synapse> synapses =
        {}; ///< by (pre, post); post: of the projection's range, as in `expand`

    /// The first spike of the sources' history whose pulses may not all have ended at t_ms.
    [[nodiscard]] std::size_t oldest_needed(const SpikeHistory& history,
                                            double tau_ref_ms,
                                            double t_ms) const;
    /// Edges of pulses in the window, each for all of its nodes; with delays that differ the first of the
    /// begins and the last of the ends. The same on all ranks.
    [[nodiscard]] std::uint64_t edges_in(const FieldWindow& in, const SpikeHistory& history) const;
    /// Of the synapses alone: rows are there on every rank.
    [[nodiscard]] std::size_t bytes() const { return sizeof(Synapse) * synapses.size(); }
};

/// Where a lane's field changes, and by what.
struct FieldEdge {
    double t_ms;
    std::uint32_t lane;
    double dw;
};

/// The field of a lane from t_ms on.
struct FieldStep {
    double t_ms;
    double field;
};

/// What pulses add to the field of one lane through a window.
struct LaneField {
    double begin; ///< at the window's begin
    double low;   ///< over the window
    double high;
    std::span<const FieldStep> steps; ///< in order

    /// The steps up to t_ms.
    [[nodiscard]] std::size_t passed(double t_ms) const {
        return static_cast<std::size_t>(
            std::upper_bound(steps.begin(), steps.end(), t_ms,
                             [](double t, const FieldStep& step) { return t < step.t_ms; }) -
            steps.begin());
    }
    [[nodiscard]] double after(std::size_t n_steps) const {
        return n_steps > 0 ? steps[n_steps - 1].field : begin;
    }
    [[nodiscard]] double at(double t_ms) const { return after(passed(t_ms)); }
    /// When it changes after so many steps; infinity: in no time of the window.
    [[nodiscard]] double changes_ms(std::size_t n_steps) const {
        return n_steps < steps.size() ? steps[n_steps].t_ms
                                      : std::numeric_limits<double>::infinity();
    }
};

/// The same of a part's lanes: edges as they are found, then steps.
struct PartField {
    std::vector<FieldEdge> edges, by_lane; // as found; by (lane, t_ms)
    std::vector<double> begin, low, high;  // [width]
    std::vector<std::size_t> first;        // [width + 1], into `steps`
    std::vector<FieldStep> steps;          // by (lane, t_ms)

    void clear(std::size_t width);
    /// To be called when all edges of a window are there.
    void settle();
    void sort_edges();
    [[nodiscard]] LaneField lane(std::size_t i) const {
        return {begin[i], low[i], high[i],
                std::span(steps).subspan(first[i], first[i + 1] - first[i])};
    }
};

/// The synapses onto nodes first .. end - 1 of the population with this index, of each projection that
/// has synapses onto it.
[[nodiscard]] std::vector<FieldSynapses> make_field_synapses(const Network& network,
                                                             std::uint32_t index,
                                                             std::size_t first,
                                                             std::size_t end);

/// Calls take(node, on_ms, off_ms, weight) for each pulse that acts in the window.
template <class Take>
void for_each_pulse(const FieldSynapses& of,
                    const SpikeHistory& history,
                    const FieldWindow& in,
                    Take&& take) {
    const std::size_t end = history.end();
    for (std::size_t s = of.oldest_needed(history, in.tau_ref_ms, in.window.begin_ms); s < end;
         ++s) {
        const Spike& spike = history[s];
        if (spike.t_ms + of.least_delay_ms >= in.window.end_ms) return;
        const std::uint32_t source = spike.source - of.pre_first;
        if (spike.source < of.pre_first || source >= of.pre_count) continue;
        for (std::size_t at = of.row[source]; at < of.row[source + 1]; ++at) {
            const Synapse& synapse = of.synapses[at];
            const double delay_ms = of.one_delay_ms.value_or(static_cast<double>(synapse.delay_ms));
            const double on_ms = spike.t_ms + delay_ms;
            // Added as PulseReader does.
            const double off_ms = (spike.t_ms + in.tau_ref_ms) + delay_ms;
            if (on_ms < in.window.end_ms && off_ms > in.window.begin_ms)
                take(of.post_first + synapse.post, on_ms, off_ms,
                     static_cast<double>(synapse.weight));
        }
    }
}

} // namespace spikewell::detail
