#pragma once

#include "experiments/dataset.hpp"
#include "experiments/form.hpp"
#include "io/model_file.hpp"

#include <array>
#include <optional>
#include <string>

/// From a configuration or a model to what runs: images and forms.
namespace spikewell::io {

/// The images that a configuration names; the built-in digits where it names none. Throws as
/// read_csv and make_dataset do, and NetworkError (with the bytes) when a network of as many nodes as
/// the images have pixels cannot be held.
[[nodiscard]] experiments::Dataset load_data(const experiments::Config& config);

/// The first `n_images` of a file or folder (read_images), z-scored and without test images. A column that
/// the header names label, class or target is no pixel. Throws as read_images and load_data do, and
/// ParameterError where there are fewer.
[[nodiscard]] experiments::Dataset load_first_images(
    const std::string& path,
    std::size_t n_images,
    std::optional<std::array<std::size_t, 2>> resize);

/// The same for a model, which `where` names in errors. Training images are the model's own where the
/// configuration is of the same data; only test images are then looked for in the file that it names.
/// Throws IoError that says what is missing, or that the file's training images are not the model's;
/// NetworkError, too, unless the images have a pixel for each of its nodes.
[[nodiscard]] experiments::Dataset load_data(const experiments::Config& config,
                                             const Model& model,
                                             const std::string& where);

/// Without test images, for who needs none.
[[nodiscard]] experiments::Dataset load_training_data(const experiments::Config& config,
                                                      const Model& model,
                                                      const std::string& where);

/// What a model that was trained on these images carries of them.
[[nodiscard]] TrainingImages training_images(const experiments::Dataset& data);

/// The network of the model's couplings with the configuration's parameters and seed.
[[nodiscard]] experiments::Form form_of(const Model& model, const experiments::Config& config);

} // namespace spikewell::io
