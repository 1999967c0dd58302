#pragma once

#include <cmath>

/// # Pulses by synapses whose currents decay
///
/// **Equations.** A spike comes over two synapses: one opens the pulse with weight w, another ends it
/// with -w exp(-length / tau_syn), which is all that is left of it by then. Between,
///
///     g(t) = w exp(-t / tau_syn),   0 <= t < length,   and nothing afterwards
///
/// with w = length / (tau_syn (1 - exp(-length / tau_syn))) for a mean of 1. A pulse of constant
/// height in the limit of a long tau_syn. Single exponential currents would sum where a neuron fires
/// without pause, and would outlast the state of 1 that they stand for.
///
/// | symbol | field | unit | default | allowed | meaning |
/// |---|---|---|---|---|---|
/// | length | `length_ms` | ms | 10 | > 0 | how long the pulse is |
/// | tau_syn | `tau_syn_ms` | ms | 30 | > 0 | of both synapses (lif_exp.hpp) |
namespace spikewell {

struct Pulse {
    double length_ms = 10.0;
    double tau_syn_ms = 30.0;

    /// Of what it opened with, at its end.
    [[nodiscard]] double left_over() const { return std::exp(-length_ms / tau_syn_ms); }
    /// The weight that opens a pulse of mean 1.
    [[nodiscard]] double opening() const {
        return -length_ms / tau_syn_ms / std::expm1(-length_ms / tau_syn_ms);
    }
    /// From its begin to its centre of mass.
    [[nodiscard]] double mean_lag_ms() const {
        return tau_syn_ms - length_ms / std::expm1(length_ms / tau_syn_ms);
    }
};

} // namespace spikewell
