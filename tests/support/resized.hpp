#pragma once

#include "core/matrix.hpp"

#include <cstddef>

namespace spikewell::test {

/// A table of square images with a label behind each [n_rows x side^2 + 1] at another size, by the
/// nearest pixel: a multiple of `side` repeats pixels.
inline Matrix resized(const Matrix& table, std::size_t side, std::size_t new_side) {
    const auto nearest = [&](std::size_t x) { return (2 * x + 1) * side / (2 * new_side); };
    Matrix result(table.rows, new_side * new_side + 1);
    for (std::size_t row = 0; row < table.rows; ++row) {
        for (std::size_t y = 0; y < new_side; ++y)
            for (std::size_t x = 0; x < new_side; ++x)
                result(row, y * new_side + x) = table(row, nearest(y) * side + nearest(x));
        result(row, new_side * new_side) = table(row, side * side);
    }
    return result;
}

} // namespace spikewell::test
