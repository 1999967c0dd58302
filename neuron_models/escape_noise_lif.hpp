#pragma once

#include "core/random.hpp"
#include "neuron_models/fields.hpp"
#include "neuron_models/membrane_path.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

/// # Leaky integrate-and-fire neuron with escape noise and pulse synapses
///
/// **Equations.** tau_m dV/dt = -(V - E_L) + R I(t). V is the potential of the dendrite, kept in
/// units of the escape-noise slope and from E_L, so that undamped it reads h(t) = sum_j J_ij
/// sigma_j(t - d): a sum of rectangular pulses of length tau_ref, one per presynaptic spike. The
/// evidence b acts at the soma, at once: it shifts the firing threshold. While not refractory the
/// neuron fires with hazard
///
///     rho(t) = (1 / tau_ref) exp(c (b + V(t))),   c = 2 gain iT
///
/// and is then refractory for exactly tau_ref (z = 1). V is not reset: it follows the dendritic
/// current during refractoriness, so input in the refractory period is kept. In stationarity P(z =
/// 1) = 1 / (1 + exp(-c (b + V))).
///
/// Why the evidence does not leak: with b filtered by tau_m = 3 ms too, digits shown for one
/// tau_ref of 10 ms each blur into one another (simulation 3: asymmetry 0.52 and 0 of 3 attractors,
/// against 0.91 and 3 of 3; simulations 1 and 2 do not change).
///
/// **Update.** Exact, event-driven, no clock: between arrivals V relaxes exponentially in closed
/// form; spikes are drawn by thinning against a bound that holds up to a stated time. The
/// unit-exponential variate not yet consumed carries over from one bound to the next (time-rescaled
/// Poisson process), so bounds and windows change which numbers are used but not the law.
///
/// **Coincidences.** Arrivals at one time are applied in the order (time, off before on, source); V
/// is continuous for tau_m > 0 and right-continuous for tau_m = 0. A refractory period ends at t +
/// tau_ref: the neuron may fire from then on.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | tau_ref | `tau_ref_ms` | ms | 10 | 1e-4 .. 1e9 | refractory period, length of the pulses |
/// | tau_m | `tau_m_ms` | ms | 3 | 0, or 1e-4 .. 1e9 | membrane time constant; 0: no leak, V = h |
///
/// Why these ranges: neuron_models/ranges.hpp.
///
/// **Sources.** Neural sampling: Buesing et al. 2011, doi:10.1371/journal.pcbi.1002211; LIF form:
/// Petrovici et al. 2016, doi:10.1103/PhysRevE.94.042312; escape noise: Gerstner & Kistler 2002,
/// ch. 5. **Differs from them:** continuous time (no dt), a leak with the delay shortened by tau_m,
/// and dyadic gains (see network/network.hpp).
namespace spikewell {

struct EscapeNoiseLif {
    double tau_ref_ms = 10.0;
    double tau_m_ms = 3.0;
    bool operator==(const EscapeNoiseLif&) const = default;
};

template <> struct Card<EscapeNoiseLif> {
    using M = EscapeNoiseLif;
    static constexpr std::string_view key = "escape_noise_lif";
    static constexpr std::string_view name = "escape-noise LIF";
    static constexpr auto fields =
        std::tuple{Number<M>{"tau_ref_ms", &M::tau_ref_ms, k_time_constants_ms,
                             "refractory period, length of the pulses"},
                   Number<M>{"tau_m_ms", &M::tau_m_ms, k_time_constants_ms,
                             "membrane time constant; 0: no leak", true}};
};

/// What one neuron carries from event to event.
struct EscapeNoiseState {
    double residual = 0.0;   ///< unit-exponential variate not yet consumed by the hazard
    double free_at_ms = 0.0; ///< end of the refractory period; <= now when not refractory
    RandomStream stream;
};

/// A neuron whose state lies in arrays.
struct EscapeNoiseNeuron {
    double& residual;
    double& free_at_ms;
    RandomStream& stream;
};

/// A neuron at t_ms in the stationary state of zero field: refractory with probability 1/2, for a
/// uniform rest of tau_ref.
[[nodiscard]] EscapeNoiseState resting_state(RandomStream stream, double t_ms, double tau_ref_ms);

/// A neuron whose candidates come on and on without time going on: its hazard changes faster than time
/// can be told apart.
struct StuckNeuron {
    double t_ms;
};

namespace detail {
// Candidates at one time.
constexpr int k_most_at_once = 100'000;
// Bounds looser than this many nats cost more candidates than a tighter bound costs to find.
constexpr double k_loose_nats = 0.7;
// exp of more overflows; such a neuron fires at once whatever the number.
constexpr double k_max_exponent = 700.0;

inline double hazard_per_ms(double exponent, double tau_ref_ms) {
    return std::exp(std::min(exponent, k_max_exponent)) / tau_ref_ms;
}

/// c (b + V) <= exponent, hazard <= rate, until a time.
struct HazardBound {
    double exponent;
    double rate_per_ms;
    double until_ms;
};

inline HazardBound bound_over(const PathRange& range, double c, double tau_ref_ms) {
    return {c * range.high, hazard_per_ms(c * range.high, tau_ref_ms), range.until_ms};
}

/// Whether a bound is tight, or so short-lived that few candidates can be wasted.
inline bool fits(const HazardBound& bound, const PathRange& range, double c, double t_ms) {
    return c * (range.high - range.low) < k_loose_nats ||
           bound.rate_per_ms * (range.until_ms - t_ms) < 1.0;
}

/// A fitting bound from t_ms (in segment `segment`) on that reaches less far than the whole path.
template <class Path>
HazardBound shorter_bound(
    const Path& path, double c, double tau_ref_ms, double t_ms, std::size_t segment) {
    return bound_over(path.range_from(t_ms, segment,
                                      [&](const PathRange& range) {
                                          return fits(bound_over(range, c, tau_ref_ms), range, c,
                                                      t_ms);
                                      }),
                      c, tau_ref_ms);
}

/// The potential above which a candidate is a spike, given the hazard's bound and a uniform number.
inline double firing_potential(double bound_exponent, double log_uniform, double c) {
    return (std::min(bound_exponent, k_max_exponent) + log_uniform) / c;
}
} // namespace detail

/// How one of a node's neurons sees the node's path.
struct HazardAlongPath {
    double c; ///< 2 gain iT
    double tau_ref_ms;
    detail::HazardBound whole; ///< over the whole path
    bool tight;                ///< whether that is a tight one: a node's neurons share the work of
                               ///< finding out
};

/// Advances one neuron along its node's path, from `from_ms` on, to the path's end; `emit(t_ms)` is
/// called for each spike, in order. Returns the number of thinning candidates. A path is a NodePath
/// or what has the same members. Throws StuckNeuron.
template <class Path, class Emit>
std::size_t advance(EscapeNoiseNeuron neuron,
                    const Path& path,
                    double from_ms,
                    const HazardAlongPath& hazard,
                    Emit&& emit) {
    std::size_t candidates = 0;
    double t_ms = from_ms;
    double rejected_ms = -1.0;
    int at_once = 0;
    std::size_t segment = 0;
    while (t_ms < path.end_ms()) {
        detail::HazardBound bound = hazard.whole;
        if (!hazard.tight && bound.rate_per_ms * (bound.until_ms - t_ms) >= 1.0) {
            segment = path.segment_at(t_ms, segment);
            bound = detail::shorter_bound(path, hazard.c, hazard.tau_ref_ms, t_ms, segment);
        }
        const double consumed = bound.rate_per_ms * (bound.until_ms - t_ms);
        if (neuron.residual >= consumed) {
            neuron.residual -= consumed;
            t_ms = bound.until_ms;
            continue;
        }
        t_ms += neuron.residual / bound.rate_per_ms;
        segment = path.segment_at(t_ms, segment);
        ++candidates;
        const RandomStream::Pair u = neuron.stream.next_pair();
        neuron.residual = -std::log(u.first);
        if (!path.exceeds(segment, t_ms,
                          detail::firing_potential(bound.exponent, std::log(u.second), hazard.c))) {
            at_once = t_ms > rejected_ms ? 0 : at_once + 1;
            if (at_once == detail::k_most_at_once) throw StuckNeuron{t_ms};
            rejected_ms = t_ms;
            continue;
        }
        emit(t_ms);
        neuron.free_at_ms = t_ms + hazard.tau_ref_ms;
        t_ms = neuron.free_at_ms;
    }
    return candidates;
}

} // namespace spikewell
