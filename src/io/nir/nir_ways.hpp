#pragma once

#include "io/nir/nir_graph.hpp"

#include <set>

/// Ways through a graph from what fires to a neuron.
namespace spikewell::io::nir {

/// From an Input or a membrane, over what is linear.
struct Way {
    std::string source;
    std::string
        through; ///< the first node on it, seen from the target; the source's name where there is none
    LinearMap map;
    bool has_delay = false; ///< a Delay node is on it
};

struct Incoming {
    std::vector<Way> ways = {};
    std::vector<double> bias = {};     ///< [n] of what comes in, or none
    std::set<std::string> biased = {}; ///< nodes that the biases are of
};

/// All that leads into a node, in the order of the file's edges, but for its LI nodes. Adds what lies on the ways to
/// `seen`. Throws IoError for what is no way.
[[nodiscard]] Incoming ways_into(const ReadGraph& graph,
                                 const std::string& target,
                                 std::set<std::string>& seen);

} // namespace spikewell::io::nir
