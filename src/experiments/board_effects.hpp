#pragma once

#include "experiments/evaluation.hpp"
#include "mapping/emulate.hpp"

#include <array>
#include <vector>

/// What a board's weight bits and time step do to a trained network.
namespace spikewell::experiments {

/// What a form of the network does: trials, and a free run that samples its law.
struct Behaviour {
    Evaluation evaluation;
    Matrix samples; ///< states in a free run without evidence [n_nodes x steps], one a tau_ref
};

struct BehaviourOptions {
    std::size_t free_steps = 10000;
    Progress progress;
};

/// `config.evaluation` says how many trials. The form learns nothing.
[[nodiscard]] Behaviour observe(Form& form,
                                const Dataset& data,
                                const Config& config,
                                std::uint64_t seed,
                                const BehaviourOptions& options = {});

/// The same, with the configuration's seed, of a network that runs through a layout.
[[nodiscard]] Behaviour observe_on_board(const Network& network,
                                         const mapping::Layout& layout,
                                         const mapping::EmulationOptions& emulation,
                                         const Dataset& data,
                                         const Config& config,
                                         const BehaviourOptions& options = {});

/// How far two sets of samples are from one law.
struct LawDistance {
    double mean_rms = 0.0;            ///< of the difference of the nodes' means
    double covariance_relative = 0.0; ///< Frobenius norm of the difference over that of the first
};
[[nodiscard]] LawDistance distance(const Matrix& samples, const Matrix& others);

/// Before and after, with what another seed alone does to the first.
struct BoardEffects {
    Behaviour direct;
    Behaviour other_seed;
    Behaviour board;
    LawDistance by_chance; ///< of other_seed from direct
    LawDistance by_board;  ///< of board from direct
};
/// `network`: the trained one; `rounded`: as the board holds it.
[[nodiscard]] BoardEffects board_effects(const Network& network,
                                         const Network& rounded,
                                         const mapping::Layout& layout,
                                         const Dataset& data,
                                         const Config& config,
                                         const BehaviourOptions& options = {});

} // namespace spikewell::experiments
