#pragma once

#include "neuron_models/lif_exp.hpp"
#include "neuron_models/pulse.hpp"

#include <cstdint>

/// LIF sampling: a neuron without escape noise that fires as one with it, because Poisson spikes of
/// both signs keep its potential moving faster than its refractory period (Petrovici et al. 2016,
/// doi:10.1103/PhysRevE.94.042312). For simulators whose neurons have sharp thresholds.
namespace spikewell::experiments {

/// A neuron, its noise, and what they do together: with mean potential u above the threshold
///
///     P(refractory) = 1 / (1 + exp(-(u - offset_mV) / slope_mV))     nearly
///
/// The noise are pulses shorter than the refractory period, so that what drives a neuron over the
/// threshold is forgotten when it can fire again, as with escape noise.
struct LifSampler {
    LifExp neuron;                ///< V_th_mV is where u counts from; E_L_mV the same
    double noise_pulse_ms = 6.0;  ///< length
    double noise_rate_Hz = 400.0; ///< of each sign
    double noise_weight_mV = 2.0; ///< in size
    double offset_mV = 0.0;       ///< measured
    double slope_mV = 1.0;        ///< measured
    double rms_deviation = 0.0;   ///< of the measured from the fitted probabilities
    double largest_deviation = 0.0;

    /// What a spike of another neuron causes: as long as that one's state is 1.
    [[nodiscard]] Pulse signal() const { return {neuron.t_ref_ms, neuron.tau_syn_exc_ms}; }
    [[nodiscard]] Pulse noise() const { return {noise_pulse_ms, neuron.tau_syn_exc_ms}; }
};

/// A sampler of refractory period tau_ref_ms, with its activation function measured in a simulation
/// of each of 25 mean potentials and fitted by least squares. Currents decay with 3 tau_ref_ms,
/// noise pulses have 0.6 tau_ref_ms. The same seed gives the same numbers. Throws ParameterError
/// unless tau_ref_ms > 1.1, what the membrane (1 ms) can follow.
[[nodiscard]] LifSampler calibrated_lif_sampler(double tau_ref_ms, std::uint64_t seed);

} // namespace spikewell::experiments
