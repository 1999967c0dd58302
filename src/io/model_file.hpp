#pragma once

#include "core/matrix.hpp"
#include "experiments/config.hpp"

#include <filesystem>
#include <string>

namespace spikewell::io {

/// A trained network: what `train` writes and `evaluate`, `dream` read. MODEL.json is
/// {"format": "spikewell-model", "version": 1, "backend": "rate"|"spiking", "config": {CONFIG},
/// "coupling": {matrix}}.
struct Model {
    experiments::Config config; ///< what it was trained with
    bool spiking = false;       ///< which form learned the couplings
    Matrix coupling;            // [n_nodes x n_nodes], J(i, j) from j to i, diagonal 0
    bool operator==(const Model&) const = default;
};

/// Throws IoError and DescriptionError: not a model, a version that is not known, a matrix that is
/// not square, wrong length, not finite, self-coupling, claimed size larger than the file can hold.
[[nodiscard]] Model read_model(const std::filesystem::path& path);
[[nodiscard]] std::string to_text(const Model& model);

} // namespace spikewell::io
