#pragma once

#include "io/nir/nir.hpp"

/// What the two conventions make of a neuron's numbers; both ways.
namespace spikewell::io::nir {

constexpr double k_step_ms = 0.1; ///< of the importers that read a spike as 1 during a step
constexpr double k_ms_per_s = 1000.0;

// What NIR has no field for is in the graph's metadata, where others pass over it: under these and a
// node's name.
constexpr const char* k_escape_of = "spikewell_escape."; ///< rate (Hz), theta (mV), slope (mV)
constexpr const char* k_t_ref_of = "spikewell_t_ref_s.";

/// A node's gain r, or w_in of its synapse: with it a current of 1, for as long as a spike lasts,
/// moves a variable of time constant tau by 1 (dt: tau over a step; dirac: tau itself, in s).
[[nodiscard]] inline double jump_gain(NirConvention convention, double tau_ms) {
    return convention == NirConvention::dt ? tau_ms / k_step_ms : tau_ms / k_ms_per_s;
}

/// r of a membrane that exponential currents drive, and what weights are to be multiplied with for a
/// current of 1 mV: readers of the dt convention demand r = tau over a step.
struct MembraneGain {
    double r = 1.0;
    double weight = 1.0;
};
[[nodiscard]] inline MembraneGain membrane_gain(NirConvention convention, double tau_m_ms) {
    if (convention == NirConvention::dirac) return {1.0, 1.0};
    return {tau_m_ms / k_step_ms, k_step_ms / tau_m_ms};
}

/// The same for any r, w_in as they were read: mV that a weight of 1 makes a jump by.
/// `r` of a LIF node without synaptic current.
[[nodiscard]] inline double jump_mV(NirConvention convention, double r, double tau_ms) {
    return r / jump_gain(convention, tau_ms);
}
/// `w_in`, tau_syn of a current and `r`, tau_m of the membrane behind it: with a current I the
/// membrane obeys tau_m dv/dt = v_leak - v + r I, stepped or not.
[[nodiscard]] inline double current_mV(NirConvention convention,
                                       double w_in,
                                       double tau_syn_ms,
                                       double r) {
    return jump_mV(convention, w_in, tau_syn_ms) * r;
}

} // namespace spikewell::io::nir
