#pragma once

#include "network/engine/loop/state.hpp"

/// What recorders ask for beyond spikes: samples of states and weights.
namespace spikewell::detail {

/// Has the blocks sample what the recorders want, as long as it lives. Of several ranks', those of
/// rank 0: each rank samples its blocks, and rank 0 hands over what all have.
class Observers {
  public:
    /// Throws NetworkError, on all ranks, for a request that does not fit the network.
    Observers(EngineState& engine, std::span<Recorder* const> recorders);
    ~Observers();
    Observers(const Observers&) = delete;
    Observers& operator=(const Observers&) = delete;

    /// Before the first window of a run: hands over the weights of time 0.
    void begin();
    /// Whether couplings are due after the window; they must have been learnt then.
    [[nodiscard]] bool wants_couplings(const Window& window) const;
    /// After a window: hands over its samples, and weights where they are due.
    void deliver(const Window& window);

  private:
    /// Who asked.
    struct Asker {
        Recorder* recorder = nullptr; ///< none on ranks other than 0
        std::size_t request = 0;
    };
    struct SampleSlot {
        std::uint32_t block;
        std::uint32_t sampled; ///< index in LifBlock::sampled
    };
    struct Samples {
        Asker asker;
        LifState* lif;
        TaskRange own;
        std::vector<std::uint32_t> neurons;
        Sampling wanted;
        std::vector<SampleSlot> slots; ///< of the neurons held here
    };
    /// Of nodes: all ranks know their states, so only rank 0 has them sampled.
    struct NodeSamples {
        Asker asker;
        std::uint32_t population;
        std::vector<std::uint32_t> nodes;
        Sampling wanted;
        std::size_t sampled = 0; ///< index in PopulationState::sampled
    };
    struct Weights {
        Asker asker;
        std::uint32_t projection;
        SampleClock clock;
        bool couplings;
        ChosenEnds chosen;

        [[nodiscard]] bool due(const Window& window) const;
    };
    struct Requests;

    [[nodiscard]] static Requests requests_of(std::span<Recorder* const> recorders);
    void add(const Asker& asker, SampleRequest request);
    void add(const Asker& asker, const WeightRequest& request);
    static void place(Samples& samples);
    void place(NodeSamples& samples);
    void deliver(const Samples& samples, const Window& window) const;
    void deliver(const NodeSamples& samples, const Window& window);
    void deliver(const Weights& weights);
    /// From [n_neurons][n_times][n_columns] to [n_times][n_neurons][n_columns]. Throws NetworkError for what is no finite number.
    [[nodiscard]] static std::vector<double> by_time(const Samples& samples,
                                                     std::span<const double> times_ms,
                                                     std::span<const double> by_neuron);

    EngineState& engine_;
    std::vector<Samples> samples_;
    std::vector<NodeSamples> node_samples_;
    std::vector<Weights> weights_;
};

} // namespace spikewell::detail
