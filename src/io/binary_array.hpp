#pragma once

#include "core/matrix.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Numbers of any number of dimensions as they lie in the bytes of NPY and IDX files.
namespace spikewell::io {

/// Samples by the first dimension: one a row. What is within a sample is flattened, the last dimension
/// fastest; one dimension is a column.
struct SampleArray {
    std::vector<std::size_t> shape; ///< of the file, one dimension or more, none of them 0
    Matrix values;                  // [shape[0] x product of the other dimensions]
};

/// How one number is stored.
struct NumberType {
    enum class Kind { boolean, signed_integer, unsigned_integer, real };
    Kind kind = Kind::real;
    std::size_t bytes = 8; ///< 1, 2, 4 or 8; of a real 4 or 8
    bool big_endian = false;
    bool operator==(const NumberType&) const = default;
};

/// Where numbers lie.
struct ArrayLayout {
    NumberType type;
    std::vector<std::size_t> shape;
    bool first_fastest = false; ///< Fortran's order; else C's, the last dimension fastest
};

/// `bytes` hold the array and nothing else. Integers beyond 2^53 are rounded to the nearest double.
/// Throws IoError of `name` for: a dimension of 0 or none, bytes that are fewer or more, a number that
/// is not finite (with its index); NetworkError where the table does not fit in memory.
[[nodiscard]] SampleArray array_from(ArrayLayout layout,
                                     std::string_view bytes,
                                     std::string_view name);

} // namespace spikewell::io
