#pragma once

#include "network/engine/recorder.hpp"
#include "python/arrays.hpp"

#include <memory>
#include <span>
#include <vector>

namespace spikewell::python {

/// Keeps the spikes of a population. Arrays look at them where they lie; when more come while some
/// array still looks, they go on in a copy.
class SharedSpikes final : public Recorder {
  public:
    explicit SharedSpikes(PopulationId population) : population_(population) {}

    [[nodiscard]] bool wants_predicted() const override { return false; }
    void on_spikes(PopulationId population,
                   SpikeKind kind,
                   std::span<const Spike> spikes) override {
        if (population != population_ || kind != SpikeKind::somatic || spikes.empty()) return;
        if (spikes_.use_count() > 1) spikes_ = std::make_shared<Spikes>(*spikes_);
        spikes_->insert(spikes_->end(), spikes.begin(), spikes.end());
    }

    /// Arrays keep what they show.
    void clear() { spikes_ = std::make_shared<Spikes>(); }

    /// (times in ms, neurons), read-only views of what there is.
    [[nodiscard]] py::tuple arrays() const {
        const py::capsule keeper = keeper_of(std::make_unique<std::shared_ptr<Spikes>>(spikes_));
        const Spike none;
        const Spike& first = spikes_->empty() ? none : spikes_->front();
        return py::make_tuple(read_only(view_of<Spike>(first.t_ms, spikes_->size(), keeper)),
                              read_only(view_of<Spike>(first.source, spikes_->size(), keeper)));
    }

  private:
    using Spikes = std::vector<Spike>;

    PopulationId population_;
    std::shared_ptr<Spikes> spikes_ = std::make_shared<Spikes>();
};

} // namespace spikewell::python
