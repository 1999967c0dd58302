#pragma once

#include "network/engine/dyadic/crowd_kernels.hpp"
#include "network/engine/dyadic/pulse_train.hpp"
#include "network/engine/dyadic/quantised_couplings.hpp"
#include "network/engine/loop/window.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace spikewell::detail {

/// Where in ascending times to begin looking for one: cells of equal length.
class TimeGrid {
  public:
    /// Ends of the bunches, which lie behind one another.
    void index(std::span<const Bunch> bunches);
    /// How many of the times surely are <= t_ms, and nearly all that are.
    [[nodiscard]] std::size_t count_before(double t_ms) const { return before_[cell_of(t_ms)]; }

  private:
    [[nodiscard]] std::size_t cell_of(double t_ms) const {
        const double cell = std::max((t_ms - begin_ms_) * cells_per_ms_, 0.0);
        return std::min(static_cast<std::size_t>(cell), before_.size() - 1);
    }

    std::vector<std::uint32_t> before_; // [cell] times in earlier cells
    double begin_ms_ = 0.0;
    double cells_per_ms_ = 0.0;
};

/// What the pulses of a presynaptic neuron do to a crowd.
struct CrowdOutput {
    std::uint32_t offset; // of its node's column in a strip
    std::int16_t height;  // in quanta
};

/// Pulses that begin, or end, in a window, in order.
class PulseFlanks {
  public:
    /// Of these spikes, at (t + hold) + lag; they change states by sign times their output.
    PulseFlanks(std::span<const Spike> spikes,
                const CrowdOutput* outputs,
                double hold_ms,
                double lag_ms,
                std::int16_t sign)
        : spikes_(spikes), outputs_(outputs), hold_ms_(hold_ms), lag_ms_(lag_ms), sign_(sign) {}

    [[nodiscard]] std::size_t size() const { return spikes_.size(); }
    [[nodiscard]] double time_ms(std::size_t k) const {
        return (spikes_[k].t_ms + hold_ms_) + lag_ms_;
    }
    [[nodiscard]] const CrowdOutput& output(std::size_t k) const {
        return outputs_[spikes_[k].source];
    }
    [[nodiscard]] std::int16_t sign() const { return sign_; }

  private:
    std::span<const Spike> spikes_;
    const CrowdOutput* outputs_; // [source]
    double hold_ms_;
    double lag_ms_;
    std::int16_t sign_;
};

/// The arrivals of a window in which many fall into one membrane time constant, so that few of them
/// move a potential: in bunches of equal numbers. A potential is followed from bunch to bunch in sums
/// over quantised couplings. That gives bounds; where a neuron may fire, and only where they leave it
/// open, the potential itself is summed from the couplings. The same for all of a population's parts.
class CrowdedArrivals {
  public:
    struct Scale {
        int log2_quanta; // changes are multiples of 2^-log2_quanta
        double tau_m_ms;
    };
    using ForEach =
        std::function<void(std::size_t n, const std::function<void(std::size_t)>& body)>;

    /// Takes in a window's arrivals; slices of them by calls that may go on at once.
    void prepare(const PulseFlanks& on,
                 const PulseFlanks& off,
                 std::size_t per_bunch,
                 const Window& window,
                 const Scale& scale,
                 const ForEach& for_each);

    std::size_t per_bunch = 0;
    std::size_t n = 0;                 // arrivals; in a bunch they are in no order
    std::vector<double> time_ms;       // [n_padded]
    std::vector<std::uint32_t> offset; // [n_padded + k_lookahead + 2] of the arrival's column
    std::vector<std::int16_t> change;  // [n_padded] in quanta
    std::vector<std::int16_t> weight;  // [n_padded]
    std::vector<float> through;        // [n_padded], see WeighedArrivals
    std::vector<Bunch> bunches;        // a bunch ends with its last arrival or the window
    float slack = 0.0F;                // greatest of a bunch
    float weight_error = 0.0F;         // sum of |through - unit weight|
    float quantum = 1.0F;              // of changes

    [[nodiscard]] double begin_ms() const { return bunches.front().begin_ms; }
    [[nodiscard]] double end_ms() const { return bunches.back().end_ms; }
    /// The bunch that holds t_ms; the last one for the window's end.
    [[nodiscard]] std::size_t bunch_at(double t_ms) const {
        std::size_t b = grid_.count_before(t_ms);
        while (b + 1 < bunches.size() && t_ms >= bunches[b].end_ms)
            ++b;
        return b;
    }
    [[nodiscard]] std::size_t column(std::size_t s) const { return offset[s] / k_strip_width; }
    [[nodiscard]] float dx(std::size_t s) const { return static_cast<float>(change[s]) * quantum; }

  private:
    void resize(std::size_t n_bunches);
    void take(const PulseFlanks& flanks, std::size_t begin, std::size_t end, std::size_t s);
    void fill_bunches(const PulseFlanks& on,
                      const PulseFlanks& off,
                      const Window& window,
                      std::size_t first,
                      std::size_t end);

    TimeGrid grid_; // over the bunches' ends
};

/// How a population follows windows where arrivals crowd.
struct Crowd {
    bool active = false;    // this window's arrivals are followed so
    bool direct = false;    // this window's are followed in bunches, but summed over the couplings
                            // themselves: these change. Drives and potentials are the parts' own
    bool begins = false;    // and those of the one before were not
    bool ends = false;      // those of the one before were, these are not
    bool sums_lost = false; // `drive` of all parts is to be summed afresh: couplings were quantised
    int log2_quanta = 0;
    float weight_error = 0.0F; // what rounded weights have moved a potential by until now, at most,
                               // by couplings of 1
    std::vector<std::uint32_t> first_column; // [projection] of the engine
    std::optional<QuantisedCouplings> couplings;
    std::vector<float> delayed;  // [column] sigma(t - d) now
    std::vector<float> filtered; // [column] the same through the membrane since the crowd began
    std::vector<float> next_delayed, next_filtered; // at the window's end
    std::vector<std::uint32_t> first_output;        // [projection] of the engine
    std::vector<CrowdOutput> outputs; // of all incoming projections' presynaptic neurons
    std::vector<Spike> on, off;       // work space: flanks of several projections
    CrowdedArrivals arrivals;
    // Of the arrivals of a direct window: where their columns begin among those of a part, changes,
    // and changes times how long before the bunch's end in ms.
    std::vector<std::uint32_t> direct_at;
    std::vector<float> direct_dx, direct_lever;

    void prepare_direct(std::size_t width);
};

/// The lanes of a part in such windows [strips x k_strip_width].
struct CrowdLanes {
    std::vector<std::int32_t> drive; // sum of q sigma(t - d), in quanta
    std::vector<float> potential;    // the recurrent part of V by quantised couplings
    std::vector<float> rest;         // of V, from before crowded windows began; decays with tau_m
    std::vector<float> quantum;      // scale times 2^-log2_quanta
    std::vector<float> margin;       // what rounding couplings and weights may have moved it by
    void resize(std::size_t n_lanes);
};

/// What a thread needs for a part while it advances it: small enough to stay in its cache.
struct CrowdScratch {
    std::vector<float> value; // [strip][bunch + 1][k_strip_width] potential where bunches begin
    std::vector<float> drive; // the same of the drive, in direct windows
    std::vector<std::int32_t> sums; // of a few bunches
    std::vector<float> states;      // [column] of an exact sum
};

} // namespace spikewell::detail
