#pragma once

#include "core/matrix.hpp"
#include "io/nir/nir_write.hpp"
#include "network/population.hpp"

namespace spikewell::io::nir {

/// The attractor network for importers that take steps. NIR has neither chance nor refractory periods, so that a
/// step of theirs stands for tau_ref and chance comes in: in each step each neuron fires where
///
///     2 g iT (b + h) + chance > 0       h = sum_j J_ij sigma_j of the step before
///
/// which with chance of the logistic distribution, F(x) = 1 / (1 + exp(-x)), has the probability of the neuron with
/// escape noise that fires every tau_ref (EscapeNoiseLif). Nodes are so drawn all at once (Peretto 1984,
/// doi:10.1007/BF00317939) in place of one after another; how near the digits' retrieval stays: tests/figures/test_nir_copy.cpp.
///
///     input [n_nodes + n_neurons]: evidence b of each node, chance of each neuron
///     field (Affine) of these; nodes.lif (LIF of one step); states (Affine): sigma; couplings (Linear): back to nodes.lif
///     output [n_nodes]: sigma in each step
///
/// The loop is not LIF and Linear alone, which snnTorch's importer would fold, and lead the Input into the recurrent weights.
/// Throws NetworkError where a matrix would have more than 10^8 weights.
[[nodiscard]] WrittenGraph stepped_attractor(const Matrix& coupling,
                                             const DyadicCode& code,
                                             double inverse_temperature);

} // namespace spikewell::io::nir
