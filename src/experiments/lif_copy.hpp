#pragma once

#include "core/matrix.hpp"
#include "experiments/config.hpp"
#include "network/description.hpp"

namespace spikewell::experiments {

/// A trained network as LIF populations (network/lif_equivalent.hpp) that are shown patterns one after
/// another, for simulators that have no evidence: neuron p of a source `evidence` fires every tau_ref
/// while pattern p is shown, its pulses are each node's evidence. At the precision of
/// config.evaluation, without learning; all spikes of the neurons are recorded.
/// `coupling` [n_nodes x n_nodes], `evidence` [n_nodes x n_patterns], pattern_ms > 0.
/// Throws as lif_equivalent.
[[nodiscard]] NetworkDescription lif_copy(const Matrix& coupling,
                                          const Config& config,
                                          const Matrix& evidence,
                                          double pattern_ms);

} // namespace spikewell::experiments
