#include "network/engine/recorder.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell {

void Recorder::on_samples(std::size_t, std::span<const double>, std::span<const double>) {}
void Recorder::on_weights(std::size_t, double, std::span<const Synapse>) {}

void Recorder::on_start(PopulationId /*population*/,
                        double /*t_ms*/,
                        std::span<const Spike> /*still_on*/) {}

void SpikeRecorder::on_start(PopulationId population,
                             double /*t_ms*/,
                             std::span<const Spike> still_on) {
    if (population == population_) still_on_.assign(still_on.begin(), still_on.end());
}

void SpikeRecorder::on_spikes(PopulationId population,
                              SpikeKind kind,
                              std::span<const Spike> spikes) {
    if (population != population_ || kind != kind_) return;
    spikes_.insert(spikes_.end(), spikes.begin(), spikes.end());
}

SpikeCounter::SpikeCounter(const Network& network) {
    for (const Population& population : network.populations)
        spikes_.emplace_back(size_of(population), 0);
}

void SpikeCounter::on_spikes(PopulationId population,
                             SpikeKind kind,
                             std::span<const Spike> spikes) {
    if (kind != SpikeKind::somatic) return;
    for (const Spike& spike : spikes)
        ++spikes_[population.index][spike.source];
}

StateRecorder::StateRecorder(PopulationId population,
                             const DyadicCode& code,
                             double bin_ms,
                             std::size_t n_bins)
    : population_(population), code_(code), bin_ms_(bin_ms),
      states_(code.n_nodes, n_bins, code.silent_state()) {}

void StateRecorder::on_start(PopulationId population,
                             double t_ms,
                             std::span<const Spike> still_on) {
    if (population != population_) return;
    start_ms_ = t_ms;
    for (const Spike& spike : still_on)
        add_pulse(spike);
}

void StateRecorder::on_spikes(PopulationId population,
                              SpikeKind kind,
                              std::span<const Spike> spikes) {
    if (population != population_ || kind != SpikeKind::somatic) return;
    for (const Spike& spike : spikes)
        add_pulse(spike);
}

void StateRecorder::add_pulse(const Spike& spike) {
    const double on = std::max(0.0, (spike.t_ms - start_ms_) / bin_ms_);
    const double off = (spike.t_ms + code_.tau_ref_ms - start_ms_) / bin_ms_;
    const double height = 2.0 * code_.gain_of(spike.source);
    const std::uint32_t node = code_.node_of(spike.source);
    for (auto bin = static_cast<std::size_t>(on); bin < states_.cols; ++bin) {
        const auto left = static_cast<double>(bin);
        if (left >= off) break;
        states_(node, bin) += height * (std::min(off, left + 1.0) - std::max(on, left));
    }
}

} // namespace spikewell
