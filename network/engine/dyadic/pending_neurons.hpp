#pragma once

#include "network/engine/dyadic/driven_path.hpp"
#include "network/engine/loop/state.hpp"

namespace spikewell::detail {

/// Neuron k of a part's lane.
struct OneNeuron {
    const PopulationState& population;
    PartNeurons& neurons;
    std::size_t k;
    std::size_t lane;

    [[nodiscard]] std::uint32_t id() const { return neurons.id(k, lane); }
};

/// Advances a neuron along its path, its spikes to `spikes`.
template <class Path>
void advance_neuron(const OneNeuron& one,
                    const Path& path,
                    double from_ms,
                    const HazardAlongPath& hazard,
                    std::vector<Spike>& spikes) {
    try {
        one.neurons.candidates +=
            advance(one.neurons.neuron(one.k, one.lane), path, from_ms, hazard, [&](double t_ms) {
                spikes.push_back({t_ms, one.id()});
            });
    } catch (const StuckNeuron& stuck) {
        fail_at(
            name_of(one.population.model), one.id(), stuck.t_ms,
            "its hazard changes faster than time can be told apart; make inverse_temperature or "
            "couplings smaller");
    }
}

/// The same where the drive has pulses, with the path as it is without them.
template <class Path>
void advance_neuron(const OneNeuron& one,
                    const Path& path,
                    double from_ms,
                    const HazardAlongPath& hazard,
                    const PartField* pulses,
                    std::vector<Spike>& spikes) {
    if (pulses == nullptr) {
        advance_neuron(one, path, from_ms, hazard, spikes);
        return;
    }
    const LaneField field = pulses->lane(one.lane);
    advance_neuron(one, DrivenPath(path, field), from_ms, hazard, spikes);
}

/// What drives a part's neurons besides their potentials.
struct Drive {
    const double* bias; // [count] constant part of the field; null for none
    double inverse_temperature;
    double tau_ref_ms;
    const PartField* pulses; // of the field, beside `bias`; null for none

    [[nodiscard]] double bias_of(std::size_t lane) const {
        return bias != nullptr ? bias[lane] : 0.0;
    }
    /// With the pulses.
    [[nodiscard]] double field_at(std::size_t lane, double t_ms) const {
        return bias_of(lane) + (pulses != nullptr ? pulses->lane(lane).at(t_ms) : 0.0);
    }
};

inline Drive drive_of(const PopulationState& population, const Part& part) {
    return {population.evidence.data() + part.first, population.inverse_temperature,
            population.code.tau_ref_ms, part.field.get()};
}
/// Twins see the recurrent input only, at unit precision.
inline Drive twin_drive_of(const PopulationState& population) {
    return {nullptr, 1.0, population.code.tau_ref_ms, nullptr};
}

/// Lets a part's neurons use up their hazard from `begin_ms` to `end_ms`, given bounds on the
/// recurrent potential (scratch.low, scratch.high), and calls `each(k, lane, from_ms, hazard)` for
/// those that may fire. Gains are powers of two, so the bounds of one gain are the squares of those
/// of the next smaller: one exponential a node serves all.
template <class Each>
void for_each_pending(PartNeurons& neurons,
                      PartScratch& scratch,
                      const Drive& drive,
                      double begin_ms,
                      double end_ms,
                      Each&& each) {
    const std::size_t n = neurons.count;
    double c = std::ldexp(2.0 * drive.inverse_temperature, -static_cast<int>(neurons.n_bits));
    for (std::size_t i = 0; i < n; ++i) {
        scratch.bound_low[i] = static_cast<double>(scratch.low[i]) + drive.bias_of(i);
        scratch.bound_high[i] = static_cast<double>(scratch.high[i]) + drive.bias_of(i);
    }
    if (drive.pulses != nullptr) {
        for (std::size_t i = 0; i < n; ++i) {
            scratch.bound_low[i] += drive.pulses->low[i];
            scratch.bound_high[i] += drive.pulses->high[i];
        }
    }
    exponentials(c, scratch.bound_high.data(), neurons.width, scratch.growth.data());
    for (std::size_t k = neurons.n_bits; k-- > 0; c *= 2.0) {
        const std::size_t at = neurons.index(k, 0);
        const std::size_t n_pending = pass_quiet_neurons(
            {neurons.residual.data() + at, neurons.free_at_ms.data() + at, scratch.bound_low.data(),
             scratch.bound_high.data(), scratch.growth.data(), scratch.rate.data(), c,
             drive.tau_ref_ms, k_loose_nats, begin_ms, end_ms},
            neurons.width, scratch.pending.data());
        for (std::size_t p = 0; p < n_pending; ++p) {
            const std::size_t lane = scratch.pending[p];
            const double range = scratch.bound_high[lane] - scratch.bound_low[lane];
            each(k, lane, std::max(neurons.free_at_ms[at + lane], begin_ms),
                 HazardAlongPath{
                     c, drive.tau_ref_ms,
                     HazardBound{c * scratch.bound_high[lane], scratch.rate[lane], end_ms},
                     c * range < k_loose_nats});
        }
    }
}

} // namespace spikewell::detail
