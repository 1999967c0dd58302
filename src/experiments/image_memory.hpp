#pragma once

#include "experiments/capacity.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

/// Simulation 6 of the paper's published version: a network of as many nodes as images have pixels
/// learns all of them and is then given noisy ones.
namespace spikewell::experiments {

/// The grid of reconstruction, as published.
constexpr std::array<double, 4> k_signal_strengths = {0.1, 0.2, 0.3, 0.4};
constexpr std::array<double, 5> k_image_temperatures = {0.4, 0.6, 0.8, 1.0, 1.2};

/// Training is not published: these are ours.
struct ImageMemoryPlan {
    std::size_t n_images = 50;                 ///< >= 2, the first of the set
    std::size_t presentations_per_image = 500; ///< of 10 steps
    double evidence = 11.0;
    double inverse_temperature = 1.0;
    std::size_t steps = 100;    ///< of a reconstruction
    std::size_t left_out = 10;  ///< of them, at the beginning
    SpikingConfig spiking;
};
/// presentations_per_image times the number of images, alpha 0.064 / N, states begun at 0.
[[nodiscard]] Config image_memory_config(const ImageMemoryPlan& plan, std::size_t n_images);

struct ImagePoint {
    double signal_strength = 0.0; ///< evidence = this times the cue
    double inverse_temperature = 0.0;
    double reconstruction = std::numeric_limits<double>::quiet_NaN();
    double cue_correlation = std::numeric_limits<double>::quiet_NaN();
};
struct ImageMemory {
    double retention = std::numeric_limits<double>::quiet_NaN();
    std::vector<ImagePoint> points; ///< every signal strength with every temperature
};
/// Stores the images [n_pixels x n_images], each z-scored.
[[nodiscard]] ImageMemory run_image_memory(Backend backend,
                                           const ImageMemoryPlan& plan,
                                           const Matrix& images,
                                           std::uint64_t seed);

} // namespace spikewell::experiments
