#pragma once

#include "core/large_vector.hpp"
#include "network/engine/lif/rewarded_rows.hpp"
#include "neuron_models/synaptic_rule.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

/// Plastic synapses of one projection onto one block, and how their weights follow the spikes.
///
/// Weights lie by source. An arrival visits the source's row: each weight takes up what the target's
/// spikes since the last visit did to it (the source's trace has only decayed meanwhile), then the
/// depression by the arrival itself, and is delivered. A spike of the target thus costs nothing but a
/// note; when a target's notes are full, or old, all rows are visited (`settle`).
///
/// Times are those of arrivals at the soma: a spike of the target counts 2 f d later than it happens,
/// because an arrival was at the synapse f d earlier and the spike gets there f d later.
namespace spikewell::detail {

/// Adjacent lanes of a block that are handled together.
inline constexpr std::uint32_t k_strip = 16;

/// The last spikes of targets, newest first. A spike with a stamp no less than the number of a row's
/// last visit came after it.
class PostSpikes {
  public:
    static constexpr std::size_t k_most = 16;  ///< of a target
    static constexpr std::int32_t k_none = -1; ///< stamp of an empty place; its factor is 0

    /// `rewarded`: of synapses that a third factor moves.
    void resize(std::size_t n_targets, bool rewarded);
    void clear();
    /// Whether there was a place left for it. `seen`: where rewarded.
    [[nodiscard]] bool add(std::size_t target, std::int32_t stamp, float factor, double seen);
    void scale_factors(float by);

    /// Of the spikes with `age` later ones of the same target [n_targets + k_strip]; there are stamps
    /// of age k_most too, all k_none.
    [[nodiscard]] const std::int32_t* stamps(std::size_t age) const {
        return stamp_.data() + age * stride_;
    }
    /// exp(-(t - T0) / tau_plus); 0 where there is none
    [[nodiscard]] const float* factors(std::size_t age) const {
        return factor_.data() + age * stride_;
    }
    /// Where rewarded: the integral of the third factor as it was then (rewarded_rows.hpp).
    [[nodiscard]] const double* seen(std::size_t age) const { return seen_.data() + age * stride_; }
    /// Whether any of the strip's spikes of that age may have a stamp no less than this.
    [[nodiscard]] bool any_since(std::size_t age, std::size_t strip, std::int32_t stamp) const {
        return newest_[age * (stride_ / k_strip) + strip] >= stamp;
    }
    /// Whether a target's places may run out with its next spike.
    [[nodiscard]] bool nearly_full() const { return most_ + 1 >= k_most; }

    /// What there is.
    struct Extent {
        std::int32_t newest = k_none; ///< stamp
    };
    /// None where the notes contradict each other, or a factor is not within 0 .. most_factor: then
    /// they were read from a file, and must not be used.
    [[nodiscard]] std::optional<Extent> extent(double most_factor) const;

    template <class Archive> void archive(Archive& archive) {
        archive.fixed(stamp_);
        archive.fixed(factor_);
        if (!seen_.empty()) archive.fixed(seen_);
        archive.fixed(newest_);
        archive.fixed(n_);
        archive(most_);
    }

  private:
    std::size_t stride_ = 0;
    std::vector<std::int32_t> stamp_;  // [age][stride], one age more
    std::vector<float> factor_;        // [age][stride]
    std::vector<double> seen_;         // [age][stride] where rewarded
    std::vector<std::int32_t> newest_; // [age][strip] greatest stamp
    std::vector<std::uint8_t> n_;      // [target]
    std::uint32_t most_ = 0;           // of any target
};

/// One that found its target's places taken; rare.
struct SpilledSpike {
    std::uint32_t target;
    std::int32_t stamp;
    float factor;

    template <class Archive> void archive(Archive& archive) { archive(target, stamp, factor); }
};

/// A spike of a target that will count.
struct PendingSpike {
    double t_ms;
    std::uint32_t target;
    bool operator<(const PendingSpike& other) const {
        return t_ms != other.t_ms ? t_ms < other.t_ms : target < other.target;
    }
    template <class Archive> void archive(Archive& archive) { archive(t_ms, target); }
};

struct PlasticRows {
    PlasticRule rule;
    double tau_plus_ms = 0.0, tau_minus_ms = 0.0;
    double slow_plus_ms = 0.0, slow_minus_ms = 0.0; ///< of rules that see triplets; 0: others
    double post_lag_ms = 0.0;                       ///< 2 f d

    std::vector<double> trace;         ///< [n_pre] of the sources, after their last visit; in frame
    std::vector<std::int32_t> visited; ///< [n_pre] number of the last visit
    std::vector<double> post_trace;    ///< [width] of the targets; in frame
    std::vector<double> slow_trace;    ///< [n_pre] likewise, of rules that see triplets
    std::vector<double> slow_post;     ///< [width] likewise
    PostSpikes posts;                  ///< of the targets, since the rows were settled
    std::vector<SpilledSpike> spilled;
    std::optional<RewardedRows> reward; ///< of rules that see a third factor
    std::int32_t now = 0;               ///< visits since the rows were settled
    std::int32_t newest_post = -1;      ///< stamp
    double first_post_ms = std::numeric_limits<double>::infinity(); ///< since then
    std::vector<PendingSpike> pending;                              ///< in order
    std::size_t next_pending = 0; ///< the first that has not been counted
};

/// Rows are settled before they have been visited more often, or a spike was noted longer ago, in tau_plus,
/// which would need factors of an awkward size.
inline constexpr std::int32_t k_most_visits = 1 << 30;
inline constexpr double k_oldest_post_taus = 10.0;
/// Likewise of eligibility.
inline constexpr double k_oldest_eligibility_taus = 10.0;

/// One source's synapses, and where they deliver.
struct Row {
    const std::uint16_t* target; ///< increasing; null: first, first + 1, ...
    std::uint32_t first;
    std::size_t n;
    float* weight;
    std::size_t begin; ///< of its synapses among all
};
/// Where an arrival is added up, and by how much for a weight of 1.
template <std::size_t n_sums> struct Target {
    std::array<double*, n_sums> sum; ///< [targets]
    std::array<double, n_sums> step;

    [[gnu::always_inline]] void add(std::size_t target, double weight) const {
        for (std::size_t k = 0; k < n_sums; ++k)
            sum[k][target] += weight * step[k];
    }
};
inline constexpr std::size_t k_most_sums = 3;
struct Delivery {
    /// Of any Target.
    template <std::size_t n_sums> Delivery(const Target<n_sums>& to) : n(n_sums) {
        std::copy(to.sum.begin(), to.sum.end(), sum.begin());
        std::copy(to.step.begin(), to.step.end(), step.begin());
    }
    std::size_t n; ///< of sums
    std::array<double*, k_most_sums> sum{};
    std::array<double, k_most_sums> step{};
    float* before = nullptr; ///< [n] weights before the arrival's own depression; null: not wanted
    float* after = nullptr;  ///< [n] weights delivered
    RewardedSynapse* rewarded_before =
        nullptr; ///< [n] as the arrival finds them, where a third factor moves them; null: not wanted
};

/// What an arrival finds, for those who go through it once more.
struct Visit {
    double trace = 0.0;       ///< of the source, before
    std::int32_t visited = 0; ///< number of the visit before
    std::int32_t number = 0;  ///< of this one
    double gain = 1.0;        ///< of the targets' traces: pre_gain; of eligibility: into frame
    double seen_before = 0.0; ///< the third factor's integral at the visit before
    double seen = 0.0;        ///< and at this one
};

/// As a rule's own.
[[nodiscard]] inline float on_pre_spike(const PlasticRule& rule, float w, float y) {
    return std::visit([&](const auto& r) { return on_pre_spike(r, w, y); }, rule);
}
[[nodiscard]] inline float on_post_spike(const PlasticRule& rule, float w, float x) {
    return std::visit([&](const auto& r) { return on_post_spike(r, w, x); }, rule);
}

[[nodiscard]] double pre_gain_of(const PlasticRule& rule, double slow_trace);
[[nodiscard]] double post_gain_of(const PlasticRule& rule, double slow_trace);
/// The gain of a target's spike, `since_ms` after T0, which it adds to the target's slow trace, in frame.
[[nodiscard]] double gain_of_post(const PlasticRows& rows, double& slow_trace, double since_ms);

/// The number of an arrival's visit at t_ms; it takes effect by `visit_row`.
[[nodiscard]] Visit begin_visit(PlasticRows& rows,
                                std::uint32_t source,
                                double t_ms,
                                double frame_ms);
/// `minus`: exp(-(t - T0) / tau_minus) of the arrival.
void visit_row(
    PlasticRows& rows, const Visit& number, double minus, const Row& row, const Delivery& delivery);
/// `plus`: exp((t - T0) / tau_plus) of the arrival.
void end_visit(
    PlasticRows& rows, std::uint32_t source, const Visit& number, double plus, double since_ms);

/// Whether the rows should be settled before t_ms.
[[nodiscard]] bool wants_settling(const PlasticRows& rows, double t_ms);
/// Notes a spike of a target that counts at t_ms, after visit number `stamp`; returns its gain.
double count_post_spike(
    PlasticRows& rows, std::uint32_t target, double t_ms, double frame_ms, std::int32_t stamp);

/// Counts those that wait and count before `before_ms`, of which `counted(spike, gain)` is told, from the
/// next visit on.
template <class Counted>
void count_pending_posts(PlasticRows& rows, double before_ms, double frame_ms, Counted&& counted) {
    while (rows.next_pending < rows.pending.size() &&
           rows.pending[rows.next_pending].t_ms < before_ms) {
        const PendingSpike& spike = rows.pending[rows.next_pending++];
        counted(spike, count_post_spike(rows, spike.target, spike.t_ms, frame_ms, rows.now));
    }
}

/// Brings a row's weights up to date, at t_ms.
void take_up_posts(PlasticRows& rows, std::uint32_t source, const Row& row, double t_ms);
/// To be called once all rows are: forgets the notes.
void forget_posts(PlasticRows& rows, double t_ms);
/// Brings all weights up to date, at t_ms, and forgets the notes; `row_of(source)` gives a source's row.
template <class RowOf> void settle(PlasticRows& rows, double t_ms, RowOf&& row_of) {
    const auto n_pre = static_cast<std::uint32_t>(rows.trace.size());
    for (std::uint32_t source = 0; source < n_pre; ++source)
        take_up_posts(rows, source, row_of(source), t_ms);
    forget_posts(rows, t_ms);
}

/// Moves traces and notes to a frame origin age_ms later.
void move_frame(PlasticRows& rows, double age_ms);

} // namespace spikewell::detail
