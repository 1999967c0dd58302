#pragma once

#include "network/engine/detail/lif_block.hpp"

namespace spikewell::detail {

[[nodiscard]] inline double greatest_weight(const std::variant<PairStdp, InhibitoryStdp>& rule) {
    const auto* const pair = std::get_if<PairStdp>(&rule);
    return pair != nullptr ? pair->w_max_mV : 0.0;
}

/// Traces of the sources of `n` synapses of a row, from `begin` on, times `decay`.
void read_traces(
    const PlasticRows& rows, std::size_t begin, std::size_t n, double decay, float* traces);

/// A postsynaptic spike changes the weights of a row, each by its source's trace.
void on_post_spike(const PairStdp& rule, std::size_t n, const float* traces, float* weights);
void on_post_spike(const InhibitoryStdp& rule, std::size_t n, const float* traces, float* weights);

} // namespace spikewell::detail
