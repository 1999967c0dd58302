#include "io/hdf5_matrix.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace spikewell::io::hdf5 {

Matrix read_columns(const Group& group, const std::string& name) {
    const Dataset dataset = group.dataset(name);
    const std::vector<std::size_t> shape = dataset.shape();
    if (shape.size() != 2 || dataset.kind() == Kind::text)
        throw IoError(group.file(), fmt::format("/{}: must be a matrix of numbers", name));
    Matrix matrix;
    matrix.rows = shape[1];
    matrix.cols = shape[0];
    matrix.values = dataset.read<double>();
    if (!std::all_of(matrix.values.begin(), matrix.values.end(),
                     [](double value) { return std::isfinite(value); }))
        throw IoError(group.file(), fmt::format("/{}: must hold finite numbers only", name));
    return matrix;
}

Matrix transposed(const Matrix& matrix) {
    constexpr std::size_t k_tile = 64; // stays in the cache
    Matrix result(matrix.cols, matrix.rows);
    for (std::size_t j0 = 0; j0 < matrix.cols; j0 += k_tile) {
        for (std::size_t i0 = 0; i0 < matrix.rows; i0 += k_tile) {
            for (std::size_t j = j0; j < std::min(j0 + k_tile, matrix.cols); ++j)
                for (std::size_t i = i0; i < std::min(i0 + k_tile, matrix.rows); ++i)
                    result(j, i) = matrix(i, j);
        }
    }
    return result;
}

Matrix read_coupling(const Group& root) {
    return transposed(read_columns(root, "coupling"));
}

} // namespace spikewell::io::hdf5
