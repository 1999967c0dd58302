#pragma once

#include "neuron_models/fields.hpp"

/// # Escape noise: a soft threshold
///
/// **Equations.** While not refractory the neuron fires with hazard
///
///     h(t) = rate_Hz exp((V(t) - theta_mV) / slope_mV)
///
/// **Update.** Exact, by thinning: against a bound on h that holds up to a stated time, carrying
/// the unconsumed part of a unit-exponential variate over from bound to bound (time-rescaled
/// Poisson process).
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | rho | `rate_Hz` | Hz | 3.4 | 1e-9 .. 1e7 | hazard at V = theta |
/// | theta | `theta_mV` | mV | 0 | -1e6 .. 1e6 | soft threshold |
/// | delta | `slope_mV` | mV | 4 | 1e-6 .. 1e6 | slope: the hazard grows e-fold per slope_mV |
///
/// Why these ranges: neuron_models/ranges.hpp.
///
/// **Sources.** Gerstner & Kistler 2002, Spiking Neuron Models, ch. 5; Gerstner et al. 2014, ch. 9.
/// NEST's `rho`, `delta` of iaf_psc_exp are this with theta = V_th.
namespace spikewell {

struct EscapeRate {
    double rate_Hz = 3.4;
    double theta_mV = 0.0;
    double slope_mV = 4.0;
    bool operator==(const EscapeRate&) const = default;
};

template <> struct Card<EscapeRate> {
    using M = EscapeRate;
    static constexpr std::string_view key = "escape";
    static constexpr std::string_view name = "escape rate";
    static constexpr auto fields = std::tuple{
        Number<M>{"rate_Hz", &M::rate_Hz, k_escape_rates_Hz, "hazard at V = theta"},
        Number<M>{"theta_mV", &M::theta_mV, k_potentials_mV, "soft threshold"},
        Number<M>{"slope_mV", &M::slope_mV, k_escape_slopes_mV, "the hazard grows e-fold over it"}};
};

} // namespace spikewell
