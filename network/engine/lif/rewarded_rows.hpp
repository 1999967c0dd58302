#pragma once

#include "core/large_vector.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// Plastic synapses whose weights a third factor moves (SeesReward, neuron_models/synaptic_rule.hpp).
///
/// dw/dt = c (n - baseline). Eligibility c is kept in frame: between the synapse's own spikes C does not change, and
/// w moves by C times what the integral of exp(-(t - T) / tau_c) (n - baseline) grows by. That integral is the same for
/// all synapses, so spikes of the third factor cost nothing at a synapse: a row's visit, and a note of a target's
/// spike, know how far it had come. The frame's origin T is when the rows were settled last.
namespace spikewell::detail {

struct PlasticRows;
struct Visit;
struct Row;
struct Delivery;

/// n, and what its integral has come to, after one of its spikes or when the rows were settled.
struct ThirdFactor {
    double tau_c_ms = 1.0;
    double tau_n_ms = 1.0;
    double baseline_per_ms = 0.0;
    double origin_ms = 0.0;    ///< T
    double as_of_ms = 0.0;     ///< when the next two are as they say
    double level_per_ms = 0.0; ///< n
    double integral = 0.0;     ///< from T on, of exp(-(t - T) / tau_c) (n - baseline) dt

    /// exp((t - T) / tau_c): of c in frame
    [[nodiscard]] double growth(double t_ms) const;
    /// Without a spike since.
    [[nodiscard]] ThirdFactor at(double t_ms) const;
    /// n, decayed until then.
    [[nodiscard]] double level_at(double t_ms) const;

    template <class Archive> void archive(Archive& archive) {
        archive(origin_ms, as_of_ms, level_per_ms, integral);
    }
};

struct RewardedRows {
    ThirdFactor factor;               ///< after the last spike that passes have seen
    std::vector<ThirdFactor> knots;   ///< of a pass: it, and after each spike in the pass
    LargeVector<float> eligibility;   ///< [n_synapses] c, in frame
    LargeVector<float> rest;          ///< [n_synapses] what a weight is beyond its single precision
    std::vector<double> seen;         ///< [n_pre] the integral as it was at the last visit
    std::vector<double> spilled_seen; ///< of the notes of targets' spikes that were spilled

    [[nodiscard]] const ThirdFactor& before(double t_ms) const;
    [[nodiscard]] double integral_at(double t_ms) const { return before(t_ms).at(t_ms).integral; }
};

/// A synapse on its way.
struct RewardedSynapse {
    float weight;
    float rest;
    float eligibility;
};

/// From the factor as it is on, through these spikes.
void set_knots(RewardedRows& reward, std::span<const double> spikes_ms);
/// Once they have passed.
void keep_last_knot(RewardedRows& reward);

/// A target's spikes in the notes with stamps first .. end - 1, and the source's trace that they find.
struct NotedPosts {
    std::uint32_t target;
    std::int32_t first;
    std::int32_t end;
    float trace;
};
/// The synapse after these. `seen`: the integral as it last saw it, then as the last of them did.
void replay_posts(const PlasticRows& rows,
                  const NotedPosts& posts,
                  RewardedSynapse& synapse,
                  double& seen);
/// Until the integral has come to `to`; the weight ends within its bounds.
void move_weight(const PlasticRows& rows, RewardedSynapse& synapse, double& seen, double to);
/// A spike of the target, then of the source.
void on_post_spike(const PlasticRows& rows, RewardedSynapse& synapse, float trace);
void on_pre_spike(const PlasticRows& rows, RewardedSynapse& synapse, float post_trace);

[[nodiscard]] RewardedSynapse load(const PlasticRows& rows, const Row& row, std::size_t s);
void store(PlasticRows& rows, const Row& row, std::size_t s, const RewardedSynapse& synapse);

/// As `visit_row` (plastic_rows.hpp); `minus`: times the gain.
void visit_rewarded(
    PlasticRows& rows, const Visit& number, double minus, const Row& row, const Delivery& delivery);
/// Brings a row to the integral's `to`, a weight perhaps beyond its bounds, and eligibility to a frame
/// that it has decayed by `decay` to.
void settle_rewarded(
    PlasticRows& rows, const Visit& number, const Row& row, double to, double decay);

} // namespace spikewell::detail
