#pragma once

#include "core/matrix.hpp"

#include <Eigen/Core>

#include <algorithm>

/// Matrices as Eigen's, for the sources that calculate with it.
namespace spikewell {

[[nodiscard]] inline Eigen::Map<const Eigen::MatrixXd> as_eigen(const Matrix& m) {
    return {m.values.data(), static_cast<Eigen::Index>(m.rows), static_cast<Eigen::Index>(m.cols)};
}

[[nodiscard]] inline Matrix to_matrix(const Eigen::MatrixXd& m) {
    Matrix result(static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()));
    std::copy(m.data(), m.data() + m.size(), result.values.begin());
    return result;
}

} // namespace spikewell
