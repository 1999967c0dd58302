#pragma once

#include "core/matrix.hpp"
#include "io/hdf5.hpp"

#include <string>

/// Matrices of 64-bit reals in HDF5, which has them row after row, and Matrix column after column.
namespace spikewell::io::hdf5 {

/// The dataset `name`, of two dimensions and finite numbers, as it lies there: a column for each of its rows. Throws IoError.
[[nodiscard]] Matrix read_columns(const Group& group, const std::string& name);

[[nodiscard]] Matrix transposed(const Matrix& matrix);

/// The dataset "coupling": a model's, or what another program wrote; row i onto node i. Throws IoError.
[[nodiscard]] Matrix read_coupling(const Group& root);

} // namespace spikewell::io::hdf5
