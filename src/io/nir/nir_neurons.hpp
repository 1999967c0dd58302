#pragma once

#include "io/nir/nir_write.hpp"

#include <cstdint>

namespace spikewell::io::nir {

/// A network on its way into a graph.
struct NirExport {
    const NetworkDescription& description;
    NirOptions options;
    WrittenGraph graph = {};
    std::map<std::string, Param> bias_of =
        {}; ///< of populations: what holds them at rest, in the strict profile
    std::map<std::uint32_t, std::vector<PointNeuron>> neurons_of =
        {}; ///< of a population [n], or one for all
    ExportReport report = {};

    [[nodiscard]] bool is_strict() const { return options.profile == NirProfile::strict; }
    [[nodiscard]] bool has_steps() const { return options.convention == NirConvention::dt; }

    [[nodiscard]] const Population& population(PopulationId id) const {
        return description.network.populations[id.index];
    }
};

/// The step of neurons on a grid, of whom a graph has all or none. Throws NetworkError.
void take_grid(NirExport& out);

/// Gives the graph the nodes of a population's neurons: `P.lif`, and where they have two synaptic time constants `P.exc`
/// and `P.inh`. Throws NetworkError for models that NIR has no node for.
void add_cells(NirExport& out, std::uint32_t p, const NeuronPopulation& population);

/// Where weights come in.
enum class Entry { membrane, one_current, two_currents };
[[nodiscard]] Entry entry_of(const NirExport& out, const std::string& post);

/// What a weight in mV is multiplied with, by its sign.
struct WeightFactors {
    double exc = 1.0;
    double inh = 1.0;
};
[[nodiscard]] WeightFactors weight_factors(const NirExport& out,
                                           Entry entry,
                                           const PointNeuron& any);

} // namespace spikewell::io::nir
