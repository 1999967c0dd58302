#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

/// Currents of alpha functions, and what they do to a membrane.
namespace spikewell {

/// I(t) = (I0 + J0 t) exp(-t / tau).
struct AlphaCurrent {
    double I_pA;
    double J_pA_per_ms;
    double tau_ms;

    [[nodiscard]] double at(double t_ms) const {
        return (I_pA + J_pA_per_ms * t_ms) * std::exp(-t_ms / tau_ms);
    }
    /// J at that time.
    [[nodiscard]] double rise_at(double t_ms) const {
        return J_pA_per_ms * std::exp(-t_ms / tau_ms);
    }
    /// Least and greatest between two times.
    [[nodiscard]] std::pair<double, double> range(double a_ms, double b_ms) const {
        const double at_a = at(a_ms);
        const double at_b = at(b_ms);
        double low = std::min(at_a, at_b);
        double high = std::max(at_a, at_b);
        const double extreme_ms = J_pA_per_ms == 0.0 ? -1.0 : tau_ms - I_pA / J_pA_per_ms;
        if (extreme_ms > a_ms && extreme_ms < b_ms) {
            low = std::min(low, at(extreme_ms));
            high = std::max(high, at(extreme_ms));
        }
        return {low, high};
    }
    /// The greatest that is to come, or 0.
    [[nodiscard]] double most_pA() const {
        const double peak_ms = J_pA_per_ms > 0.0 ? tau_ms - I_pA / J_pA_per_ms : 0.0;
        return std::max({at(std::max(peak_ms, 0.0)), I_pA, 0.0});
    }
};

/// Integrals over s from 0 to t of exp(-(t - s) / tau_m) exp(-s / tau), and of the same times s: what I0 = 1 and
/// J0 = 1 have done to V at t, times C.
struct AlphaCharge {
    double of_1;
    double of_s;
};
[[nodiscard]] inline AlphaCharge alpha_charge(double tau_m_ms, double tau_ms, double t_ms) {
    const double r = (tau_m_ms - tau_ms) / (tau_m_ms * tau_ms); // 1 / tau - 1 / tau_m
    const double decay_m = std::exp(-t_ms / tau_m_ms);
    if (std::abs(r * t_ms) > 0.5) {
        const double decay = std::exp(-t_ms / tau_ms);
        const double of_1 = (decay_m - decay) / r;
        return {of_1, (of_1 - t_ms * decay) / r};
    }
    // exp(-t / tau_m) sums of t^(k+1) (-r)^k / (k! (k + 1)), t^(k+2) (-r)^k / (k! (k + 2)).
    double term = 1.0;
    double first = 0.0;
    double second = 0.0;
    for (int k = 0; k < 16; ++k) {
        first += term / (k + 1);
        second += term / (k + 2);
        term *= -r * t_ms / (k + 1);
    }
    return {decay_m * t_ms * first, decay_m * t_ms * t_ms * second};
}

} // namespace spikewell
