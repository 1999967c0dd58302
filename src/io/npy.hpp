#pragma once

#include "io/binary_array.hpp"

#include <filesystem>
#include <string_view>

/// NumPy's file of one array (NEP 1, numpy.lib.format; versions 1.0, 2.0 and 3.0).
namespace spikewell::io {

/// Numbers of any shape: bool, int8 .. int64, uint8 .. uint64, float32, float64, of either byte order,
/// in C's or Fortran's order. See SampleArray for the table, array_from for integers beyond 2^53.
/// Throws IoError for what is no NPY file, another version, a header that is none, other types (objects,
/// text, complex numbers, records), bytes that are fewer or more than the shape takes, a number that is
/// not finite; and NetworkError where the table does not fit in memory. `name` stands for the file in errors.
[[nodiscard]] SampleArray parse_npy(std::string_view bytes, std::string_view name);

/// A table [n_rows x n_columns]: an array of two dimensions, or of one, which is a column. IoError for more.
[[nodiscard]] Matrix parse_npy_table(std::string_view bytes, std::string_view name);
/// The same from a file; throws as read_text, too.
[[nodiscard]] Matrix read_npy(const std::filesystem::path& path);

/// Begins as an NPY file does.
[[nodiscard]] bool is_npy(std::string_view bytes);

} // namespace spikewell::io
