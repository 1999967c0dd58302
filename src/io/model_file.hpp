#pragma once

#include "core/matrix.hpp"
#include "experiments/config.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace spikewell::io {

/// The images that a model was trained on, ready to be evidence.
struct TrainingImages {
    Matrix images;           // [n_nodes x n_images], preprocessed
    std::vector<int> labels; // [n_images]
    std::size_t width = 0;   // pixels a row
    bool operator==(const TrainingImages&) const = default;
};

/// A trained network: what `train` writes and `evaluate`, `dream` and others read.
struct Model {
    experiments::Config config; ///< what it was trained with; `data.csv` as a path of this machine
    bool spiking = false;       ///< which form learned the couplings
    Matrix coupling;            // [n_nodes x n_nodes], J(i, j) from j to i, diagonal 0
    std::optional<TrainingImages> images = {}; ///< none: of a file of version 1, without them
    bool operator==(const Model&) const = default;
};

/// A model's file, version 2. As JSON:
///
///     {"format": "spikewell-model", "version": 2, "made_by": {..}, "backend": "rate"|"spiking",
///      "config": {CONFIG}, "image_width": pixels, "labels": [..], "images": {matrix},
///      "coupling": {matrix}}
///
/// As HDF5: attributes format, version, made_by, backend, image_width of the root; datasets config
/// (text, the same JSON), labels [n_images], images [n_images x n_nodes] and coupling
/// [n_nodes x n_nodes], row i onto node i, 64-bit reals.
///
/// `data.csv` of the CONFIG is relative to the file's folder, escaped as path_to_text does. Version 1
/// (JSON) has no images, and `data.csv` as it was when it was trained.

/// Of either kind, by content. Throws IoError and DescriptionError: not a model, a version that is
/// not known, a matrix that is not square, wrong length, not finite, self-coupling, claimed size
/// larger than the file can hold.
[[nodiscard]] Model read_model(const std::filesystem::path& path);

/// What is to stand at `path`: HDF5 where its name ends in .h5 or .hdf5, else JSON. Throws
/// ParameterError for couplings that are not finite; IoError where HDF5 cannot be put together.
[[nodiscard]] std::string model_content(const Model& model, const std::filesystem::path& path);
/// The same as JSON, whatever the name.
[[nodiscard]] std::string to_text(const Model& model, const std::filesystem::path& path);

} // namespace spikewell::io
