#pragma once

#include "network/engine/detail/state.hpp"

/// What recorders ask for beyond spikes: samples of potentials and weights.
namespace spikewell::detail {

/// Has the blocks sample what the recorders want, as long as it lives.
class Observers {
  public:
    /// Throws NetworkError for a request that does not fit the network.
    Observers(EngineState& engine, std::span<Recorder* const> recorders);
    ~Observers();
    Observers(const Observers&) = delete;
    Observers& operator=(const Observers&) = delete;

    /// After a window: hands over its samples, and weights where they are due.
    void deliver(const Window& window);

  private:
    struct Potentials {
        Recorder* recorder;
        std::size_t request;
        LifState* lif;
        std::vector<std::uint32_t> neurons;
        SampleClock clock;
    };
    struct Weights {
        Recorder* recorder;
        std::size_t request;
        std::uint32_t projection;
        SampleClock clock;
    };
    struct Place {
        std::uint32_t block;
        std::uint32_t sampled; ///< index in LifBlock::sampled
    };

    void add(Recorder& recorder, std::size_t index, PotentialRequest request);
    void add(Recorder& recorder, std::size_t index, const WeightRequest& request);
    void deliver(const Potentials& potentials, std::span<const Place> places, const Window& window);

    EngineState& engine_;
    std::vector<Potentials> potentials_;
    std::vector<std::vector<Place>> places_; ///< of each neuron of each of them
    std::vector<Weights> weights_;
};

} // namespace spikewell::detail
