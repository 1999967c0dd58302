#pragma once

#include "core/ids.hpp"
#include "network/engine/lif/plastic_rows.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// A plastic weight's life in a pass of its block.
///
///     begin    rows that have noted enough are settled
///     arrive   an arrival visits its row: spikes of targets that count before it are taken up, then its own
///              depression; the weights are delivered
///     again    one synapse's weight, as its target's spikes in this very pass leave it: the visit did not
///              know of them
///     fired    the spikes of a neuron that was followed
///     end      those that count within the pass are noted; the others wait
///
/// What is kept of synapses from pass to pass are rows (plastic_rows.hpp), in BlockSynapses.
namespace spikewell::detail {

struct Job;
struct Input;

class PlasticPass {
  public:
    /// Once: the number of projections onto the block.
    void resize(std::size_t n_synapses) { fired_.resize(n_synapses); }

    void begin(Job& job);
    /// Arrival number `a` of the table; where it is added up.
    void arrive(Job& job, std::size_t a, Delivery to);
    /// Once all arrivals are in: spikes of targets that count before the pass ends.
    void arrived(Job& job);
    /// `before`: what the neuron received earlier in the pass; `spikes`: its own in the pass so far.
    [[nodiscard]] double again(Job& job,
                               const Input& input,
                               std::uint32_t neuron,
                               std::span<const Input> before,
                               std::span<const Spike> spikes);
    void fired(const Job& job, std::uint32_t neuron, std::span<const Spike> spikes);
    void end(Job& job);

    /// Of an arrival's synapses, the first; the others follow.
    [[nodiscard]] std::uint32_t first_event(const Job& job, std::size_t a) const;
    /// The weight that a synapse delivered.
    [[nodiscard]] double delivered(std::size_t event) const {
        return static_cast<double>(after_[event]);
    }

  private:
    struct Counted {
        std::uint32_t synapses, target;
        double t_ms;
        double gain;
    };
    void count_pending(Job& job, std::uint32_t synapses, double before_ms);
    void note_fired(Job& job, std::uint32_t p);
    [[nodiscard]] const Visit& visit(const Job& job, std::size_t a) const;
    [[nodiscard]] double post_trace(const Job& job,
                                    const Input& input,
                                    std::uint32_t neuron,
                                    std::span<const Spike> spikes) const;
    /// The weight that an input delivers; `last`: the synapse's input before it in the pass, or null.
    [[nodiscard]] float paired_again(const Job& job,
                                     const Input& input,
                                     std::uint32_t neuron,
                                     const Input* last,
                                     std::span<const Spike> spikes) const;
    [[nodiscard]] RewardedSynapse rewarded_again(const Job& job,
                                                 const Input& input,
                                                 std::uint32_t neuron,
                                                 const Input* last,
                                                 std::span<const Spike> spikes) const;
    [[nodiscard]] const Input* earlier(const Job& job,
                                       const Input& input,
                                       std::span<const Input> before) const;

    std::vector<Visit> visits_;              // [arrivals of the pass]
    std::vector<std::uint32_t> first_event_; // [arrivals of the pass]
    std::vector<float> before_,
        after_; // [events] weights: before the arrival's own depression, and delivered
    std::vector<RewardedSynapse>
        rewarded_before_; // [events] those that a third factor moves: as the arrival finds them
    std::vector<RewardedSynapse> rewarded_after_;  // and after its own step
    std::vector<Counted> counted_;                 // spikes of targets, as counted in the pass
    std::vector<std::vector<PendingSpike>> fired_; // [synapses] of the pass, as they will count
};

} // namespace spikewell::detail
