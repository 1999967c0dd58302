#pragma once

#include "experiments/board_effects.hpp"
#include "mapping/activity.hpp"
#include "mapping/precision.hpp"

#include <optional>
#include <string>
#include <vector>

namespace spikewell::experiments {

/// Rates of a population, directly and on the board.
struct RateChange {
    std::string population;
    double direct_Hz = 0.0;
    double board_Hz = 0.0;
    double neuron_rms_Hz = 0.0; ///< root mean square of the neurons' differences
};

/// The first spikes of a population, to be looked at.
struct SpikesBeside {
    std::string population;
    std::size_t neurons = 0;
    std::vector<Spike> direct;
    std::vector<Spike> board;
};

/// What the trained network does with weights of so many bits, in continuous time.
struct OfWeightBits {
    int bits = 0;
    double retrieval_dr2_median = 0.0;
    double generalization_dr2_median = 0.0; ///< NaN without test images
};

/// What a layout does to its network.
struct EmulationStudy {
    double duration_ms = 0.0;
    std::uint64_t spikes = 0; ///< of the direct simulation
    std::optional<mapping::Difference>
        difference; ///< of the emulation from it, with weights as they are
    mapping::PacketCounts packets;
    std::size_t n_shares =
        0; ///< groups of cores that heard differently; 1 where the layout is right
    mapping::BoardActivity activity;
    int weight_bits = 0;
    mapping::Pace pace;
    std::vector<mapping::RoundedWeights> rounded;
    std::vector<RateChange> rates;       ///< of each population
    std::vector<RateChange> by_chance;   ///< another seed in place of the board
    std::optional<BoardEffects> effects; ///< of a trained model
    std::vector<OfWeightBits> of_bits;   ///< the same
    double shown_ms = 0.0;               ///< how long `beside` goes
    std::vector<SpikesBeside> beside; ///< of the populations that fire, with the board's precision
};

/// A trained model whose behaviour is to be compared, too.
struct StudiedModel {
    const Dataset& data;
    const Config& config;
};

struct StudyOptions {
    double duration_ms = 1000.0;       ///< > 0
    std::optional<int> weight_bits;    ///< none: the board's
    std::optional<StudiedModel> model; ///< none: spikes and rates only
    BehaviourOptions behaviour;
    int n_threads = 0; ///< 0: all of the machine; results do not depend on it
};

/// Runs the network directly and through the layout, which must be of it (Layout::network), then
/// once more with the board's weight bits and time step. Where spikes differ that is all.
[[nodiscard]] EmulationStudy study_emulation(const Network& network,
                                             const mapping::Layout& layout,
                                             const StudyOptions& options);

} // namespace spikewell::experiments
