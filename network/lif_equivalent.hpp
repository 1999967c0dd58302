#pragma once

#include "network/description.hpp"
#include "neuron_models/pulse.hpp"

#include <array>

namespace spikewell {

/// The network without nodes, for simulators and boards that know spiking neurons only. A dyadic
/// population P becomes LIF populations `P_bit1` .. `P_bitK` of n_nodes escape-noise neurons each,
/// bit k having gain g_k = 2^-k: V is the node's field in mV and
///
///     slope = 1 / (2 g_k iT) mV, theta = 0, rate = 1 / tau_ref, t_ref = tau_ref;
///
/// a source of pulses likewise. Couplings become synapses from each bit of a node to every bit of
/// another (`pulse_projections`). Fields of silent nodes, -(1 - 2^-K) sum_j J_ij, come from a source
/// `P_bias` that fires every tau_ref for the whole duration; evidence comes as pulses of a source
/// `P_evidence`, one of whose neurons fires for each time, a tenth of tau_ref late where it is there from
/// the start. Static: learning is left out. Recordings
/// of spikes become one a bit, `NAME_bitk`; those of rates are left out. Everything else stays as it
/// is, in its order.
///
/// Not exact: pulses are late by tau_m in place of filtered with it, because V of a LIF neuron is held
/// and reset where a node's goes on. tau_m of the copy is 0.003 tau_ref, so that the reset is soon
/// forgotten: with 0.01 the digits network's copy (tau_m 3 ms) retrieves 0.216 +- 0.003, with 0.001
/// 0.222 +- 0.004, the network with tau_m = 0 0.227 +- 0.003 (standard errors over 8 seeds;
/// tests/figures/test_lif_copy.cpp). Shorter ones take longer: 0.001 2.8 times as long as 0.01.
///
/// Throws as validate(description), and NetworkError or ParameterError for an inverse temperature of
/// 0, synapses from a dyadic population, a lag too short for the copy's membrane, more than
/// 1e7 spikes of a bias, and what does not fit the memory.
[[nodiscard]] NetworkDescription lif_equivalent(const NetworkDescription& description);

/// Whether any population is dyadic.
[[nodiscard]] bool has_nodes(const Network& network);

/// The pulses (neuron_models/pulse.hpp) that reach a population's bits, of mean 1 mV and this length.
/// tau_syn is ten times tau_ref: a pulse of tau_ref begins 5 % too high and ends 5 % too low. With a
/// single current in place of a pulse, what nodes that fire all the time do goes up and down: the
/// digits network's mean states then correlate with the copy's at 0.74 .. 0.92 (tau_syn 4.2 ms, the
/// spread in time of a filtered pulse), or 0.015 more of retrieval is lost (8.7 ms, the variance of
/// filtered pulses of nodes under no field).
[[nodiscard]] Pulse pulse_onto(const EscapeNoiseLif& neuron, double length_ms);

/// The two synapses of pulses: those that open them, then those that end them.
/// `height_mV` [n_post x n_pre], mean heights; 0: no synapse.
[[nodiscard]] std::array<SynapticProjection, 2> pulse_projections(PopulationId pre,
                                                                  PopulationId post,
                                                                  const Matrix& height_mV,
                                                                  const Pulse& pulse,
                                                                  double delay_ms);

} // namespace spikewell
