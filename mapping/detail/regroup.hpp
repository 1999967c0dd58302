#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Neurons grouped into parts, one for each core, so that spikes go to few cores: the partitioning problem of
/// Ronzani & Silvano 2026 (arXiv:2601.16118).
///
/// A source is a neuron with its targets. It reaches a part that holds one of its targets, and the part
/// it is in itself; lambda is the number of parts it reaches, so lambda - 1 is the number of other
/// parts that its spikes go to. The connectivity of a grouping is the sum of rate x (lambda - 1) over all
/// sources: spikes per second that come to a core from another one.
///
/// An inbound axon of a part is a source with a target in it, wherever the source itself is: a
/// core lists its own neurons, too, where they have targets in it.
namespace spikewell::mapping {

/// Who sends spikes to whom, and how many.
struct NeuronGraph {
    std::vector<std::size_t> target_begin{0}; // [n_neurons + 1]
    std::vector<std::uint32_t>
        targets;                  // of neuron s: target_begin[s] .. target_begin[s + 1], distinct
    std::vector<double> rates_Hz; // [n_neurons] expected spikes of a source per second

    [[nodiscard]] std::size_t n_neurons() const { return rates_Hz.size(); }
    [[nodiscard]] std::span<const std::uint32_t> targets_of(std::size_t source) const {
        return std::span(targets).subspan(target_begin[source],
                                          target_begin[source + 1] - target_begin[source]);
    }
};

/// Something else that a core has so much of, and that neurons and inbound axons need: bytes, cycles.
struct CoreBudget {
    std::string name;
    std::int64_t most = 0;
    std::vector<std::int64_t> per_neuron{}; // [n_neurons]; empty: nothing
    std::vector<std::int64_t> per_axon{};   // [n_neurons] of each source; empty: nothing
};

/// What one part may hold, and how many parts there may be.
struct PartLimits {
    std::uint32_t neurons = 0;
    std::uint32_t in_axons = 0;
    std::uint32_t parts = 0;
    std::vector<CoreBudget> budgets{};
};

struct RegroupOptions {
    std::uint64_t seed = 1;
    double effort = 1.0; ///< sweeps over all neurons, as a multiple of the default
};

struct Regrouping {
    std::vector<std::uint32_t> part_of; ///< [n_neurons]
    std::uint32_t n_parts = 0;          ///< each holds a neuron
    double connectivity_Hz = 0.0;
};

/// Multilevel: neurons that share sources are joined into ever larger units, and units are grown into
/// parts. On the way back to single neurons each level's units are moved to where they save most; of single
/// neurons each chooses among all parts at once, as a Gibbs sampler does (Geman & Geman 1984,
/// doi:10.1109/TPAMI.1984.4767596), with heat that fades. Gains are exact, limits are never exceeded, and the outcome
/// is a function of the arguments: where rates differ, not even of the order in which neurons are
/// numbered. One thread.
///
/// Throws MappingError where a neuron alone exceeds a limit, or more than `parts` are needed;
/// ParameterError for rates and sizes that make no sense.
[[nodiscard]] Regrouping regroup(const NeuronGraph& graph,
                                 const PartLimits& limits,
                                 const RegroupOptions& options = {});

/// Of any grouping.
[[nodiscard]] double connectivity_Hz(const NeuronGraph& graph,
                                     const std::vector<std::uint32_t>& part_of);

} // namespace spikewell::mapping
