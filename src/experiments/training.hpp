#pragma once

#include "core/random.hpp"
#include "experiments/dataset.hpp"
#include "experiments/form.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spikewell::experiments {

/// How far a long task has come: fraction done 0 .. 1, and time simulated so far (0 for the rate
/// form).
using Progress = std::function<void(double fraction, double simulated_ms)>;

struct FreeEnergyPoint {
    std::size_t step = 0;
    double complexity = 0.0;
    double accuracy = 0.0;
    double free_energy =
        0.0; ///< mean over the training images after deterministic inference under their evidence
};

struct Training {
    Form form;           ///< as training left it
    double wall_s = 0.0; ///< of the learning alone
    std::size_t steps = 0;
    std::uint64_t spikes = 0; ///< somatic, 0 for the rate form
    double simulated_ms = 0.0;
    std::vector<FreeEnergyPoint> free_energy; ///< along training, first point before it
};

/// The state of a training that is under way, as bytes.
using SaveTraining = std::function<std::string()>;

struct TrainingOptions {
    std::size_t free_energy_points = 0; ///< 0: none; looking does not change the result
    Progress progress;
    FormOptions form = {};
    /// What `save` gave in a training of the same form, images, configuration and seed, with any number of
    /// threads: goes on from there, to the same end. Empty: from the start.
    std::string_view saved = {};
    /// Told after each presentation but the last how many are done; it may save, or throw to end there.
    std::function<void(std::size_t done, const SaveTraining& save)> between = {};
};

/// Learning rate per step of a network of n nodes: the configuration's, or the rule's default.
[[nodiscard]] double learning_rate_of(const TrainingConfig& training, std::size_t n_nodes);

/// rho of the rule's card (neuron_models/predictive_hebbian.hpp): the fraction of the prediction of the
/// images [n_nodes x n_images] that one presentation moves.
[[nodiscard]] double moved_by_presentation(const Matrix& images, const TrainingConfig& training);
/// Beyond it rates and spikes part.
constexpr double k_most_moved = 0.5;

/// What a user should know before training on the data, a line each.
[[nodiscard]] std::vector<std::string> warnings_of(const Dataset& data, const Config& config);

/// Presents the images [n_nodes x n_images] to a form, from where it is on, as `plan` says (its learning
/// rate is the form's), but for the first `done` presentations, which have been. `order` draws the
/// images; `after` is told how many presentations are done.
void present(Form& form,
             const Matrix& images,
             const TrainingConfig& plan,
             RandomStream& order,
             const std::function<void(std::size_t done)>& after = {},
             std::size_t done = 0);

/// Presents the images [n_nodes x n_images] from J = 0 as config.training says. Throws NetworkError for
/// what another training saved.
[[nodiscard]] Training train(Backend backend,
                             const Matrix& images,
                             const Config& config,
                             std::uint64_t seed,
                             const TrainingOptions& options = {});

/// Free energy, mean over images, of couplings after inference under evidence strength * image.
[[nodiscard]] FreeEnergyPoint mean_free_energy(const Matrix& coupling,
                                               const Matrix& images,
                                               double strength);

/// A moment of inference: means over the images, and the middle half of their free energies.
struct InferencePoint {
    FreeEnergyPoint mean; ///< step: of inference, 0 before the first
    double lower_quartile = 0.0;
    double upper_quartile = 0.0;
};
/// Along `n_steps` deterministic steps from L(evidence), under evidence strength * image.
[[nodiscard]] std::vector<InferencePoint> free_energy_of_inference(const Matrix& coupling,
                                                                   const Matrix& images,
                                                                   double strength,
                                                                   std::size_t n_steps);

} // namespace spikewell::experiments
