#pragma once

#include "io/nir/nir.hpp"
#include "neuron_models/escape_rate.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A graph as it was read: nested graphs are flattened, nodes named by their way ("outer.inner").
namespace spikewell::io::nir {

/// One weight of a linear map, from an element that comes in to one that leaves.
struct MapEntry {
    std::uint32_t out = 0;
    std::uint32_t in = 0;
    double weight = 0.0;
    double delay_ms = 0.0;
};

/// Sums of what comes in, with weights and delays: what every node without a state does.
struct LinearMap {
    std::vector<MapEntry> entries = {};
    std::vector<double> bias = {}; ///< [n out] or none
};

/// What our own files tell of a node beyond NIR.
struct OwnNumbersOfNode {
    std::optional<EscapeRate> escape = {};
    double t_ref_ms = 0.0;
    std::vector<double> tau_ms =
        {}; ///< where those of the node are made for steps: membrane, synapse
};

/// A node as it was read. What its type does not have is empty.
struct ReadNode {
    std::string path; ///< in the file
    std::string type;
    std::size_t n = 0;                   ///< elements that leave it; 0: as many as come in
    std::size_t n_in = 0;                ///< elements that come in; 0: any number
    std::vector<std::size_t> shape = {}; ///< in which they leave, where that is known
    std::map<std::string, std::vector<double>> params =
        {}; ///< of each element, or the one value of all
    LinearMap map = {};
    /// Of what becomes a map once the shape of what comes in is known; gives `shape` and `map` of the node.
    std::function<void(ReadNode&, const std::vector<std::size_t>&)> lower = {};
    OwnNumbersOfNode own = {};
    std::vector<std::string> from = {};
    std::vector<std::string> to = {};

    [[nodiscard]] double param(const std::string& name, std::size_t element) const {
        const std::vector<double>& values = params.at(name);
        return values.size() == 1 ? values.front() : values[element];
    }
    /// Whether all elements have the same.
    [[nodiscard]] bool is_uniform(const std::string& name) const;
    [[nodiscard]] bool is_membrane() const {
        return type == "LIF" || type == "CubaLIF" || type == "IF";
    }
    /// Whether it has no state: sums, weights, delays.
    [[nodiscard]] bool is_map() const {
        return !is_membrane() && type != "LI" && type != "Input" && type != "Output";
    }
};

struct ReadGraph {
    std::string file;
    NirConvention convention;
    double step_ms;            ///< of the convention dt
    bool has_no_steps = false; ///< as files of ours may say
    std::map<std::string, ReadNode> nodes = {};

    [[noreturn]] void fail(const std::string& node, std::string_view what) const;
    [[nodiscard]] const ReadNode& at(const std::string& name) const { return nodes.at(name); }
    /// Whether neurons are those of importers that take steps.
    [[nodiscard]] bool is_stepped() const {
        return !has_no_steps && convention == NirConvention::dt;
    }
};

[[nodiscard]] std::size_t elements_of(const std::vector<std::size_t>& shape);
[[nodiscard]] LinearMap identity_map(std::size_t n);
/// The map `after` of what `before` gives, without biases.
[[nodiscard]] LinearMap composed(const LinearMap& after, const LinearMap& before);

/// Gives maps to nodes that wait for the shape of what comes in, and requires that ends of edges fit.
void resolve_shapes(ReadGraph& graph);

/// Reads a file; throws IoError that names the node.
[[nodiscard]] ReadGraph read_graph(const std::filesystem::path& path,
                                   const NirImportOptions& options);

/// Spikes of Inputs by their names, from CSV or HDF5 of ours or from HDF5 of NIRData.
struct InputSpikes {
    std::map<std::string, std::vector<Spike>> of_input;
    double end_ms = 0.0; ///< of what was recorded; of a table, some time after its last spike
};
[[nodiscard]] InputSpikes read_input(const std::filesystem::path& path,
                                     const std::map<std::string, std::size_t>& sizes,
                                     std::vector<std::string>& notes);

} // namespace spikewell::io::nir
