#pragma once

#include "io/binary_array.hpp"

#include <string_view>

/// IDX, the format of MNIST: two bytes of 0, the type of the numbers, the number of dimensions, each
/// dimension in four bytes, then the numbers; all big-endian (yann.lecun.com/exdb/mnist).
namespace spikewell::io {

/// Begins as an IDX file of one dimension or more does.
[[nodiscard]] bool is_idx(std::string_view bytes);

/// Throws IoError of `name` for another magic number, a header that is cut off, and as array_from.
[[nodiscard]] SampleArray parse_idx(std::string_view bytes, std::string_view name);

} // namespace spikewell::io
