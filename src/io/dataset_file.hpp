#pragma once

#include "experiments/dataset.hpp"
#include "experiments/form.hpp"
#include "io/model_file.hpp"

#include <string>

/// From a configuration or a model to what runs: images and forms.
namespace spikewell::io {

/// The images that a configuration names; the built-in digits where it names none. Throws as
/// read_csv and make_dataset do, and NetworkError (with the bytes) when a network of as many nodes as
/// the images have pixels cannot be held.
[[nodiscard]] experiments::Dataset load_data(const experiments::Config& config);

/// The same for a model, which `where` names in errors. Throws NetworkError, too, unless the images
/// have a pixel for each of its nodes.
[[nodiscard]] experiments::Dataset load_data(const experiments::Config& config,
                                             const Model& model,
                                             const std::string& where);

/// The network of the model's couplings with the configuration's parameters and seed.
[[nodiscard]] experiments::Form form_of(const Model& model, const experiments::Config& config);

} // namespace spikewell::io
