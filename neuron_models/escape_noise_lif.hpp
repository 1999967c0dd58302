#pragma once

#include "core/random.hpp"
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
/// | tau_ref | `tau_ref_ms` | ms | 10 | > 0 | refractory period, length of the pulses |
/// | tau_m | `tau_m_ms` | ms | 3 | >= 0 | membrane time constant; 0: no leak, V = h |
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

/// Throws ParameterError for a value outside the card's ranges or not finite.
void validate(const EscapeNoiseLif& params);

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

namespace detail {
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
inline HazardBound shorter_bound(
    const NodePath& path, double c, double tau_ref_ms, double t_ms, std::size_t segment) {
    PathRange range = path.block(segment);
    HazardBound bound = bound_over(range, c, tau_ref_ms);
    if (fits(bound, range, c, t_ms)) return bound;
    double until_ms = path.segment_end_ms(segment);
    while (true) {
        range = path.within(segment, t_ms, until_ms);
        bound = bound_over(range, c, tau_ref_ms);
        if (fits(bound, range, c, t_ms)) return bound;
        const double nearer_ms = t_ms + 0.5 * (until_ms - t_ms);
        // No time lies between: the field changes faster than time can be told apart.
        if (!(nearer_ms > t_ms && nearer_ms < until_ms)) return bound;
        until_ms = nearer_ms;
    }
}

/// Whether the candidate drawn against a bound is a spike, given c V at its time; draws the next
/// exponential variate.
inline bool accept_candidate(EscapeNoiseNeuron neuron, double exponent, double bound_exponent) {
    const RandomStream::Pair u = neuron.stream.next_pair();
    neuron.residual = -std::log(u.first);
    const double below =
        std::min(exponent, k_max_exponent) - std::min(bound_exponent, k_max_exponent);
    return below >= 0.0 || u.second < std::exp(below);
}
} // namespace detail

/// Advances one neuron along its node's path to the path's end; `emit(t_ms)` is called for each
/// spike, in order. `whole` is the bound over the whole path, `tight` whether it is so for this
/// neuron's c: a node's neurons share the work of finding them. Returns the number of thinning
/// candidates.
template <class Emit>
std::size_t advance(EscapeNoiseNeuron neuron,
                    const NodePath& path,
                    double c,
                    double tau_ref_ms,
                    const detail::HazardBound& whole,
                    bool tight,
                    Emit&& emit) {
    std::size_t candidates = 0;
    double t_ms = std::max(neuron.free_at_ms, path.begin_ms());
    std::size_t segment = 0;
    while (t_ms < path.end_ms()) {
        detail::HazardBound bound = whole;
        if (!tight && whole.rate_per_ms * (whole.until_ms - t_ms) >= 1.0) {
            segment = path.segment_at(t_ms, segment);
            bound = detail::shorter_bound(path, c, tau_ref_ms, t_ms, segment);
        }
        const double hazard = bound.rate_per_ms * (bound.until_ms - t_ms);
        if (neuron.residual >= hazard) {
            neuron.residual -= hazard;
            t_ms = bound.until_ms;
            continue;
        }
        t_ms += neuron.residual / bound.rate_per_ms;
        segment = path.segment_at(t_ms, segment);
        ++candidates;
        if (!detail::accept_candidate(neuron, c * path.potential(segment, t_ms), bound.exponent)) {
            continue;
        }
        emit(t_ms);
        neuron.free_at_ms = t_ms + tau_ref_ms;
        t_ms = neuron.free_at_ms;
    }
    return candidates;
}

} // namespace spikewell
