#pragma once

#include "io/sonata/sonata_circuit.hpp"

#include <optional>
#include <string>

namespace spikewell::io::sonata {

/// NEST's stdp_synapse, whose traces of postsynaptic spikes are its target's.
struct NestStdp {
    double tau_plus_ms = 20.0;
    double lambda = 0.01;
    double alpha = 1.0;
    double mu_plus = 1.0;
    double mu_minus = 1.0;
    double w_max = 100.0;
    auto operator<=>(const NestStdp&) const = default;
};

/// What edges of one type have in common.
struct SynapseType {
    std::optional<double> weight = {};
    std::optional<double> delay_ms = {};
    std::optional<double> n_synapses = {}; ///< that each edge stands for
    double port = 0.0;                     ///< of the target's receptors
    std::optional<bool> excites = {};      ///< as PyNN names its receptors
    std::optional<NestStdp> stdp = {};
    std::optional<TsodyksMarkram> short_term = {};
};

/// Of a row of edge types and its file of parameters. Throws IoError, DescriptionError.
[[nodiscard]] SynapseType synapse_type_of(const TypeRow& row,
                                          const std::filesystem::path& table_path,
                                          Circuit& circuit);

/// The rule of ours, for weights that are `scale` times as large, onto neurons of this time constant.
[[nodiscard]] GuetigStdp rule_of(const NestStdp& stdp, double scale, double tau_minus_ms);

} // namespace spikewell::io::sonata
