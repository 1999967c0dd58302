#pragma once

#include "experiments/form.hpp"
#include "network/engine/recorder.hpp"

#include <cstdint>
#include <vector>

namespace spikewell::experiments {

/// The measures of complexity of NeuroBench's algorithm track (Yik et al. 2025,
/// doi:10.1038/s41467-025-56739-4), of an attractor network at work. An execution of the model is a step: of
/// the rate form, or a tau_ref of the spiking one, in which a neuron fires once at most. Its activations are the
/// states of the nodes, or the spikes of the neurons; its synapses the n x n couplings, from a node, or from each
/// neuron of a node, to all nodes. Figures of no step are 0.
struct Complexity {
    std::uint64_t footprint_bytes =
        0; ///< couplings in their form's precision, states, random streams
    double connection_sparsity =
        0.0; ///< share of the n x n couplings that are 0, the empty diagonal counted
    double activation_sparsity = 0.0; ///< share of activations that are 0, over steps
    double dense_operations = 0.0;    ///< a step: every activation over every coupling
    double effective_MACs =
        0.0; ///< a step: states other than 0 over couplings other than 0; spikes need none
    double effective_ACs =
        0.0; ///< a step: spikes over couplings other than 0; states are no spikes
};

/// Watches a form at work: give it to the runs of the spiking form as a recorder, and to `add_states` what a run
/// of the rate form has kept.
class ComplexityMeter final : public Recorder {
  public:
    /// Of the couplings as they are now. Collective: ranks other than 0, which get none, count no operations.
    explicit ComplexityMeter(const Form& form);

    void on_spikes(PopulationId population, SpikeKind kind, std::span<const Spike> spikes) override;
    [[nodiscard]] bool wants_predicted() const override { return false; }
    /// After a run of so many steps; `states` [n_nodes x n_steps] count in the rate form only.
    void add_steps(const Matrix& states);

    [[nodiscard]] Complexity complexity() const;

  private:
    std::vector<std::uint64_t> fan_out_; ///< [n_nodes] couplings other than 0
    std::uint64_t n_couplings_ = 0;      ///< other than 0
    DyadicCode code_;
    bool spiking_ = false;
    std::uint64_t footprint_bytes_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t active_ = 0;     ///< activations other than 0
    std::uint64_t operations_ = 0; ///< that they cause
};

} // namespace spikewell::experiments
