#pragma once

#include "io/nir/nir_convention.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Graphs of NIR before they are written, and the file.
namespace spikewell::io::nir {

constexpr const char* k_nir_file = "network.nir"; ///< in an export's folder

/// A parameter of a node: numbers and their shape.
struct Param {
    std::vector<double> values;
    std::vector<std::size_t> shape;
};

struct WrittenNode {
    std::string type;
    std::map<std::string, Param> params = {};
    std::size_t n = 0; ///< shape of an Input or Output; 0: others
};

struct WrittenGraph {
    std::map<std::string, WrittenNode> nodes;
    std::vector<std::pair<std::string, std::string>> edges;
    std::map<std::string, std::vector<double>> metadata = {}; ///< what NIR has no field for
    double step_ms = k_step_ms;                               ///< of readers that take steps
    bool on_grid = false;                                     ///< neurons are meant to take them
};

/// The same number for n elements.
[[nodiscard]] Param everywhere(double value, std::size_t n);

[[nodiscard]] inline double seconds(double ms) {
    return ms / k_ms_per_s;
}

/// A matrix of 0. Throws NetworkError, about `where`, if it had more than 10^8 weights, 800 MB.
[[nodiscard]] Param zeros(const std::string& where, std::size_t rows, std::size_t columns);
void require_weights(const std::string& where, std::size_t rows, std::size_t columns);

/// Writes the graph, and in its metadata the convention and the step it is meant for. Throws IoError.
void write_graph(const WrittenGraph& graph,
                 NirConvention convention,
                 const std::filesystem::path& path);

} // namespace spikewell::io::nir
