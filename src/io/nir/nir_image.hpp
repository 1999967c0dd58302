#pragma once

#include "io/nir/nir_graph.hpp"

/// Convolutions and pools as what they are: sums with weights, one entry for each pair of elements.
namespace spikewell::io::nir {

/// In two dimensions; of one dimension, with a first one of 1.
struct Extents {
    std::size_t y = 1;
    std::size_t x = 1;
};

/// Where a kernel is laid on an image.
struct Tiling {
    Extents kernel;
    Extents stride;
    Extents padding = {0, 0};
    Extents dilation = {1, 1};
    bool is_line = false; ///< one dimension
};

struct Convolution {
    Tiling tiling;
    std::size_t n_out = 1; ///< channels
    std::size_t n_in = 1;  ///< channels of a group
    std::size_t groups = 1;
    std::vector<double> weights; ///< [n_out][n_in][kernel.y][kernel.x]
    std::vector<double> bias;    ///< [n_out]
};

/// Gives the node its shape and map; `shape` of what comes in: channels, rows (but of a line), columns. Throws
/// IoError that names the node.
void lower_convolution(const std::string& file,
                       ReadNode& node,
                       const std::vector<std::size_t>& shape,
                       const Convolution& convolution);
/// Each channel by itself, with one weight.
void lower_pool(const std::string& file,
                ReadNode& node,
                const std::vector<std::size_t>& shape,
                const Tiling& tiling,
                double weight);

} // namespace spikewell::io::nir
