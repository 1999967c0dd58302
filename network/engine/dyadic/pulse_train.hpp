#pragma once

#include "network/engine/loop/spike_history.hpp"
#include "network/network.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <vector>

namespace spikewell::detail {

/// What a pulse of a neuron does: raises its node's state by 2 g. A table, because it is looked up
/// twice a spike and reader.
struct NeuronOutput {
    std::uint32_t node;
    float height;
};

inline std::vector<NeuronOutput> outputs_of(const DyadicCode& code) {
    std::vector<NeuronOutput> outputs;
    outputs.reserve(code.n_neurons());
    for (std::uint32_t n = 0; n < code.n_neurons(); ++n) {
        outputs.push_back({code.node_of(n), static_cast<float>(2.0 * code.gain_of(n))});
    }
    return outputs;
}

/// sigma of `node` changes by `dx` (exact in float: a multiple of 2^(1-K)).
struct StateChange {
    double t_ms;
    std::uint32_t node;
    float dx;
};

/// Pulses that begin and that end in a stretch of time: indices of their spikes.
struct PulseEdges {
    std::size_t on_begin, on_end;
    std::size_t off_begin, off_end;
    [[nodiscard]] std::size_t size() const { return on_end - on_begin + (off_end - off_begin); }
};

/// Reads a history as rectangular pulses that begin `lag` after each spike and last tau_ref: all
/// pulses are equally long, so the off changes are the same sorted list read a second time.
class PulseReader {
  public:
    PulseReader() = default;
    explicit PulseReader(double lag_ms) : lag_ms_(lag_ms) {}

    [[nodiscard]] std::size_t oldest_needed() const { return off_; }

    /// Time of the next change; infinity when none is known.
    [[nodiscard]] double next_ms(const SpikeHistory& history, double tau_ref_ms) const {
        return std::min(next_on_ms(history), next_off_ms(history, tau_ref_ms));
    }
    /// When the pulse of a spike begins.
    [[nodiscard]] double on_ms(const Spike& spike) const { return spike.t_ms + lag_ms_; }
    /// When it ends. Added in the order in which the neuron adds, so that a spike at the very end of
    /// refractoriness ends and begins its pulses at one time.
    [[nodiscard]] double off_ms(const Spike& spike, double tau_ref_ms) const {
        return (spike.t_ms + tau_ref_ms) + lag_ms_;
    }

    /// The changes before `until_ms` that have not been read.
    [[nodiscard]] PulseEdges edges_until(double until_ms,
                                         const SpikeHistory& history,
                                         double tau_ref_ms) const {
        const std::size_t on_end = history.first_that(
            on_, history.end(), [&](const Spike& s) { return on_ms(s) >= until_ms; });
        const std::size_t off_end = history.first_that(
            off_, on_end, [&](const Spike& s) { return off_ms(s, tau_ref_ms) >= until_ms; });
        return {on_, on_end, off_, off_end};
    }
    /// Goes on behind these.
    void pass(const PulseEdges& edges) {
        on_ = edges.on_end;
        off_ = edges.off_end;
    }
    /// Spikes whose pulses have begun and not ended: first and behind the last.
    [[nodiscard]] std::size_t present_begin() const { return off_; }
    [[nodiscard]] std::size_t present_end() const { return on_; }

    /// Calls `take(StateChange)` for each change before `until_ms`, in order (time, off before on,
    /// source).
    template <class Take>
    void read_until(double until_ms,
                    const SpikeHistory& history,
                    double tau_ref_ms,
                    std::span<const NeuronOutput> outputs,
                    Take&& take) {
        while (true) {
            const double on_time_ms = next_on_ms(history);
            const double off_time_ms = next_off_ms(history, tau_ref_ms);
            const double t_ms = std::min(off_time_ms, on_time_ms);
            if (!(t_ms < until_ms)) return;
            // Which comes first is a coin toss: chosen without branching.
            const auto on_first = static_cast<std::size_t>(on_time_ms < off_time_ms);
            const std::array<std::size_t, 2> next{off_, on_};
            const std::array<float, 2> sign{-1.0F, 1.0F};
            const NeuronOutput& output = outputs[history[next[on_first]].source];
            on_ += on_first;
            off_ += 1 - on_first;
            take(StateChange{t_ms, output.node, sign[on_first] * output.height});
        }
    }

    template <class Archive> void archive(Archive& archive) { archive(on_, off_); }

  private:
    [[nodiscard]] double next_on_ms(const SpikeHistory& history) const {
        return on_ < history.end() ? on_ms(history[on_]) : std::numeric_limits<double>::infinity();
    }
    [[nodiscard]] double next_off_ms(const SpikeHistory& history, double tau_ref_ms) const {
        return off_ < on_ ? off_ms(history[off_], tau_ref_ms)
                          : std::numeric_limits<double>::infinity();
    }

    double lag_ms_ = 0.0;
    std::size_t on_ = 0;
    std::size_t off_ = 0;
};

} // namespace spikewell::detail
