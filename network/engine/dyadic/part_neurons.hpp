#pragma once

#include "network/network.hpp"

#include <vector>

namespace spikewell::detail {

/// The neurons of a part, as structure of arrays: neuron k of the node in lane i is at [k
/// * width + i], so that one gain's neurons lie together. Padding lanes never fire.
struct PartNeurons {
    std::size_t width = 0;
    std::size_t first_node = 0;
    std::size_t count = 0;             // lanes that hold nodes
    std::size_t n_bits = 0;            // neurons a node, K
    std::vector<double> residual;      // [K][width], see EscapeNoiseState
    std::vector<double> free_at_ms;    // [K][width], infinity in padding lanes
    std::vector<RandomStream> streams; // [K][width]
    std::uint64_t candidates = 0;      // thinning candidates so far, a cost figure

    [[nodiscard]] std::size_t index(std::size_t k, std::size_t lane) const {
        return k * width + lane;
    }
    [[nodiscard]] std::uint32_t id(std::size_t k, std::size_t lane) const {
        return static_cast<std::uint32_t>((first_node + lane) * n_bits + k);
    }
    [[nodiscard]] EscapeNoiseNeuron neuron(std::size_t k, std::size_t lane) {
        const std::size_t n = index(k, lane);
        return {residual[n], free_at_ms[n], streams[n]};
    }
    void set(std::size_t k, std::size_t lane, const EscapeNoiseState& state) {
        const std::size_t n = index(k, lane);
        residual[n] = state.residual;
        free_at_ms[n] = state.free_at_ms;
        streams[n] = state.stream;
    }
};

} // namespace spikewell::detail
