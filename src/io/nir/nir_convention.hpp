#pragma once

#include "io/nir/nir.hpp"
#include "neuron_models/lif_exp.hpp"

#include <cmath>

/// What the two conventions make of a neuron's numbers; both ways.
namespace spikewell::io::nir {

constexpr double k_step_ms = 0.1; ///< of the importers that read a spike as 1 during a step
constexpr double k_ms_per_s = 1000.0;

// What NIR has no field for is in the graph's metadata, where others pass over it: under these and a
// node's name.
constexpr const char* k_escape_of = "spikewell_escape."; ///< rate (Hz), theta (mV), slope (mV)
constexpr const char* k_t_ref_of = "spikewell_t_ref_s.";
constexpr const char* k_tau_of =
    "spikewell_tau_s."; ///< where the node's are made for steps; tau_syn behind tau_mem
constexpr const char* k_silent_of =
    "spikewell_silent."; ///< Inputs that are there for readers that want one
constexpr const char* k_step_of_model =
    "spikewell_step_of_model_s"; ///< model time that a step of 0.1 ms stands for
constexpr const char* k_convention =
    "spikewell_convention"; ///< dt; dirac; steps: dt, and neurons take steps of "dt_s"

/// A node's gain r, or w_in of its synapse: with it a current of 1, for as long as a spike lasts,
/// moves a variable of time constant tau by 1 (dt: tau over a step; dirac: tau itself, in s).
[[nodiscard]] inline double jump_gain(NirConvention convention,
                                      double tau_ms,
                                      double step_ms = k_step_ms) {
    return convention == NirConvention::dt ? tau_ms / step_ms : tau_ms / k_ms_per_s;
}

/// The time constant that is written: readers of the dt convention take Euler's steps, in which 1 - step / tau is
/// left, for what we have exp(-step / tau) of. Above a step, however short tau is: nothing swings or explodes.
[[nodiscard]] inline double written_tau_ms(NirConvention convention, double tau_ms) {
    return convention == NirConvention::dt ? -k_step_ms / std::expm1(-k_step_ms / tau_ms) : tau_ms;
}

/// r of a membrane, of a written time constant, that exponential currents drive: readers of the dt convention demand
/// r = tau over a step.
[[nodiscard]] inline double membrane_gain(NirConvention convention,
                                          double tau_m_ms,
                                          double step_ms) {
    return convention == NirConvention::dt ? tau_m_ms / step_ms : 1.0;
}
/// What a weight in mV into such a current is multiplied with, so that V is at the end of each step (dt) or always
/// (dirac) where ours is.
[[nodiscard]] inline double weight_factor(NirConvention convention,
                                          double tau_m_ms,
                                          double tau_syn_ms) {
    return convention == NirConvention::dt ? psp_factor(tau_m_ms, tau_syn_ms, k_step_ms) : 1.0;
}

} // namespace spikewell::io::nir
