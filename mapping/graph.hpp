#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace spikewell::mapping {

using VertexIndex = std::uint32_t;

/// What one core runs.
struct Vertex {
    std::string label;        ///< unique, not empty
    std::uint32_t n_keys = 1; ///< different keys its packets carry: neurons that may spike; >= 1
    std::int64_t sdram_bytes = 0; ///< >= 0, of its chip's memory
    bool operator==(const Vertex&) const = default;
};

/// All packets of one vertex and where each of them goes. A vertex has one net at most.
struct Net {
    VertexIndex source = 0;
    std::vector<VertexIndex> sinks; ///< none twice; the source may be among them
    double weight = 1.0;            ///< traffic, e.g. packets per second; >= 0, finite
    bool operator==(const Net&) const = default;
};

/// What is to be mapped.
struct Graph {
    std::string name;
    std::vector<Vertex> vertices;
    std::vector<Net> nets;
    bool operator==(const Graph&) const = default;
};

/// Throws ParameterError naming the vertex or net that breaks a rule above.
void validate(const Graph& graph);

} // namespace spikewell::mapping
