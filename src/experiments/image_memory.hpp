#pragma once

#include "experiments/capacity.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// Simulation 6 of the paper's published version: a network of as many nodes as images have pixels
/// learns all of them and is then given noisy ones.
namespace spikewell::experiments {

/// The grid of reconstruction, as published.
constexpr std::array<double, 4> k_signal_strengths = {0.1, 0.2, 0.3, 0.4};
constexpr std::array<double, 5> k_image_temperatures = {0.4, 0.6, 0.8, 1.0, 1.2};

/// Images to be stored, and where they are from.
struct StoredImages {
    Matrix images;         // [n_pixels x n_images], each z-scored
    std::size_t width = 1; ///< pixels a row
    std::string source;    ///< as the report tells it
};

/// How training is done is not published: these settings are ours.
struct ImageMemoryPlan {
    std::size_t presentations_per_image =
        0; ///< of 10 steps; 0: presentations_per_image(plan, n_images)
    double evidence = 11.0;
    double inverse_temperature = 0.167;
    std::size_t steps = 100;   ///< of a reconstruction
    std::size_t left_out = 10; ///< of them, at the beginning; < steps
    std::size_t n_cues = 0;    ///< images that are reconstructed, the first; 0: all
    SpikingConfig spiking;
};
/// Those of the plan; else 1,500 in all, but 10 an image at least and 30 at most. Couplings grow with all
/// presentations. At 784 nodes (Fashion-MNIST) six of their eigenvalues are above 3, the onset of attractors,
/// after 30 presentations of each of 50 images and after 10 of each of 200, nine after 10 of 400. After 20 of
/// 400, 15 are: spikes then settle elsewhere than rates where evidence is weak, and both reconstruct worse.
[[nodiscard]] std::size_t presentations_per_image(const ImageMemoryPlan& plan,
                                                  std::size_t n_images);
/// presentations_per_image times the number of images, alpha 0.064 / N, states begun at 0.
[[nodiscard]] Config image_memory_config(const ImageMemoryPlan& plan, std::size_t n_images);

/// Steps that a form runs for a reconstruction, in spikes of a tau_ref each. The rate form's mean is over
/// steps - left_out independent states. A neuron of probability p is on for tau_ref at a time and off for
/// an exponential time: its mean over T varies by p (1 - p)^2 tau_ref / T, 1 - p times what T / tau_ref
/// independent bits would give, half of it over bits that the evidence moves to either side. So spikes
/// average over half as many tau_ref, lest the comparison be one of how long each is looked at.
[[nodiscard]] std::size_t reconstruction_steps(Backend backend, const ImageMemoryPlan& plan);

struct ImagePoint {
    double signal_strength = 0.0; ///< evidence = this times the cue
    double inverse_temperature = 0.0;
    double reconstruction = std::numeric_limits<double>::quiet_NaN();
    double cue_correlation = std::numeric_limits<double>::quiet_NaN();

    template <class Archive> void archive(Archive& archive) {
        archive(signal_strength, inverse_temperature, reconstruction, cue_correlation);
    }
};
struct ImageMemory {
    double retention = std::numeric_limits<double>::quiet_NaN();
    std::vector<ImagePoint> points; ///< every signal strength with every temperature
    Matrix cues;      // [n_pixels x k_shown_images] of the strongest signal at k_shown_temperature
    Matrix responses; // [n_pixels x k_shown_images] to them
    double train_wall_s = 0.0;
    double reconstruct_wall_s = 0.0;

    template <class Archive> void archive(Archive& archive) {
        archive(retention, points);
        for (Matrix* matrix : {&cues, &responses})
            archive(matrix->rows, matrix->cols, matrix->values);
        archive(train_wall_s, reconstruct_wall_s);
    }
};
constexpr std::size_t k_shown_images = 8; ///< at most, the first
constexpr double k_shown_temperature = 1.0;

/// Stores the images [n_pixels x n_images], each z-scored.
[[nodiscard]] ImageMemory run_image_memory(Backend backend,
                                           const ImageMemoryPlan& plan,
                                           const Matrix& images,
                                           std::uint64_t seed);

} // namespace spikewell::experiments
