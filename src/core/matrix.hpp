#pragma once

#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

namespace spikewell {

/// A dense matrix by value, column after column (Eigen's default order, so a Map of it costs
/// nothing). A coupling matrix J has J(i, j) = weight from j to i: one column is what one
/// presynaptic node delivers.
struct Matrix {
    std::size_t rows = 0;
    std::size_t cols = 0;
    std::vector<double> values; // [cols][rows], flattened

    Matrix() = default;
    Matrix(std::size_t n_rows, std::size_t n_cols, double fill = 0.0)
        : rows(n_rows), cols(n_cols), values(n_rows * n_cols, fill) {}

    double& operator()(std::size_t row, std::size_t col) {
        assert(row < rows && col < cols);
        return values[col * rows + row];
    }
    double operator()(std::size_t row, std::size_t col) const {
        assert(row < rows && col < cols);
        return values[col * rows + row];
    }
    [[nodiscard]] std::span<double> column(std::size_t col) {
        assert(col < cols);
        return {values.data() + col * rows, rows};
    }
    [[nodiscard]] std::span<const double> column(std::size_t col) const {
        assert(col < cols);
        return {values.data() + col * rows, rows};
    }
    bool operator==(const Matrix&) const = default;
};

} // namespace spikewell
