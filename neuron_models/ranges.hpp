#pragma once

#include <string_view>

/// # What the cards' ranges have in common
///
/// Far beyond what models of the field use, and where numbers still mean what they say: within them
/// no sum overflows, no time step falls below what a clock of 64 bits tells apart, and windows stay
/// long enough to pass.
///
/// | range | reason |
/// |---|---|
/// | times 1e-4 .. 1e9 ms | analogue hardware's fastest synapses take 3e-4 ms, delays are 1e-4 ms or more; a membrane of 1e9 ms (11 days) does not leak in any run |
/// | potentials -1e6 .. 1e6 mV | as couplings: in single precision they are known to 0.1 mV there |
/// | rates to 1e7 Hz | a spike in each 1e-4 ms |
/// | slopes 1e-6 .. 1e6 mV | potentials are computed to 1e-9 mV, a thousandth of that slope |
/// | inverse temperatures to 1e6 | 1 / 1e-6, the precision of a field of order 1 in single precision |
namespace spikewell {

/// low .. high, both allowed.
struct Interval {
    double low;
    double high;

    [[nodiscard]] constexpr bool contains(double value) const {
        return low <= value && value <= high; // not NaN
    }
};

inline constexpr Interval k_time_constants_ms{1e-4, 1e9};
inline constexpr Interval k_refractory_periods_ms{0.0, 1e9};
inline constexpr Interval k_potentials_mV{-1e6, 1e6};
inline constexpr Interval k_capacitances_pF{1e-6, 1e9};
inline constexpr Interval k_conductances_nS{1e-6, 1e9};
inline constexpr Interval k_adaptations_nS{-1e6, 1e6};
inline constexpr Interval k_currents_pA{-1e9, 1e9};
/// Of integration: below, rounding is what steps would be made for.
inline constexpr Interval k_tolerances{1e-13, 1e-3};
inline constexpr Interval k_escape_rates_Hz{1e-9, 1e7};
inline constexpr Interval k_escape_slopes_mV{1e-6, 1e6};
inline constexpr Interval k_inverse_temperatures{0.0, 1e6};
/// Of Poisson trains.
inline constexpr Interval k_rates_Hz{0.0, 1e6};
/// Of couplings, weights and evidence: beyond, float potentials have no resolution left.
inline constexpr Interval k_couplings{-1e6, 1e6};
/// Of plasticity: steps, factors, and the greatest size of a weight, which is above 0.
inline constexpr Interval k_learning_steps{0.0, 1e6};
inline constexpr Interval k_shares{0.0, 1.0};
inline constexpr Interval k_pairing_delays_ms{0.0, 1e6};
inline constexpr Interval k_target_rates_Hz{0.0, 1e6};
inline constexpr Interval k_baselines_Hz{-1e6, 1e6};
inline constexpr Interval k_weight_limits_mV{1e-12, 1e6};

/// Throws ParameterError unless the value lies in the interval.
void require_within(std::string_view model,
                    std::string_view field,
                    double value,
                    const Interval& allowed);

} // namespace spikewell
