#pragma once

#include <vector>

/// # Poisson source, of constant or stepwise rate
///
/// **Equations.** Each neuron of the source fires independently with intensity rate(t): constant,
/// or rates_Hz[k] from times_ms[k] up to times_ms[k + 1] (0 before the first time, the last rate for
/// ever after the last).
///
/// **Update.** Exact: unit-exponential variates through the integrated rate; no time step, no limit
/// of one spike a step.
///
/// | field | unit | default | allowed |
/// |---|---|---|---|
/// | `times_ms` | ms | {0} | >= 0, increasing, as many as rates |
/// | `rates_Hz` | Hz | {0} | 0 .. 1e6 |
///
/// **Source.** Gerstner et al. 2014, ch. 7; time rescaling: Brown et al. 2002,
/// doi:10.1162/08997660252741149.
namespace spikewell {

struct PoissonRate {
    std::vector<double> times_ms = {0.0};
    std::vector<double> rates_Hz = {0.0};
    bool operator==(const PoissonRate&) const = default;

    static PoissonRate constant(double rate_Hz) { return {{0.0}, {rate_Hz}}; }
};

/// Throws ParameterError for a value outside the card's ranges or not finite.
void validate(const PoissonRate& params);

} // namespace spikewell
