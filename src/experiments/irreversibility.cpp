#include "experiments/irreversibility.hpp"

#include "core/statistics.hpp"
#include "rate/eigen_view.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace spikewell::experiments {

namespace {

constexpr double k_none = std::numeric_limits<double>::quiet_NaN();

} // namespace

Matrix transition_counts(std::span<const std::size_t> visited, std::size_t n_states) {
    Matrix counts(n_states, n_states);
    for (std::size_t s = 1; s < visited.size(); ++s)
        counts(visited[s - 1], visited[s]) += 1.0;
    return counts;
}

double plug_in_entropy_production(const Matrix& counts) {
    double steps = 0.0;
    for (const double count : counts.values)
        steps += count;
    double sum = 0.0;
    for (std::size_t a = 0; a < counts.rows; ++a) {
        for (std::size_t b = a + 1; b < counts.cols; ++b) {
            const double there = counts(a, b);
            const double back = counts(b, a);
            if (there + back > 0.0) sum += (there - back) * std::log((there + 0.5) / (back + 0.5));
        }
    }
    return sum / steps;
}

double reversible_bias(std::size_t n_states, std::size_t steps) {
    if (n_states < 3) return 0.0;
    const auto n = static_cast<double>(n_states);
    return (n - 1.0) * (n - 2.0) / static_cast<double>(steps);
}

EntropyProduction chain_entropy_production(std::span<const std::size_t> visited,
                                           std::size_t n_states) {
    const std::size_t part = visited.size() / k_walk_parts; // steps; what is left over is not used
    if (part < 2) return {k_none, k_none};
    Matrix all(n_states, n_states);
    std::vector<Matrix> parts;
    for (std::size_t p = 0; p < k_walk_parts; ++p) {
        const std::size_t begin = p == 0 ? 0 : p * part - 1; // with the step into the part
        parts.push_back(
            transition_counts(visited.subspan(begin, (p + 1) * part - begin), n_states));
        for (std::size_t k = 0; k < all.values.size(); ++k)
            all.values[k] += parts.back().values[k];
    }
    std::vector<double> without;
    for (const Matrix& one : parts) {
        Matrix rest = all;
        for (std::size_t k = 0; k < rest.values.size(); ++k)
            rest.values[k] -= one.values[k];
        without.push_back(plug_in_entropy_production(rest));
    }
    constexpr auto n = static_cast<double>(k_walk_parts);
    return {n * plug_in_entropy_production(all) - (n - 1.0) * mean(without),
            std::sqrt((n - 1.0) * variance(without))};
}

EntropyProduction state_entropy_production(const Matrix& states,
                                           const Matrix& coupling,
                                           double inverse_temperature) {
    if (states.cols < 2 * k_walk_parts) return {k_none, k_none};
    const auto J = as_eigen(coupling);
    const Eigen::MatrixXd twice_antisymmetric = J - J.transpose();
    const Eigen::MatrixXd s = as_eigen(states);
    const Eigen::Index steps = s.cols() - 1;
    const Eigen::MatrixXd field = twice_antisymmetric * s.leftCols(steps);
    std::vector<double> terms;
    for (Eigen::Index t = 0; t < steps; ++t)
        terms.push_back(inverse_temperature * s.col(t + 1).dot(field.col(t)));
    return {mean(terms), batch_standard_error(terms, k_walk_parts)};
}

double gaussian_entropy_production(const Matrix& coupling, double inverse_temperature) {
    constexpr int k_doublings = 60; // of the sum's length; 2^60 terms
    const auto J = as_eigen(coupling);
    const Eigen::MatrixXd M = inverse_temperature / 3.0 * J;
    Eigen::MatrixXd C = Eigen::MatrixXd::Identity(J.rows(), J.cols()) / 3.0;
    Eigen::MatrixXd power = M;
    for (int k = 0; k < k_doublings && power.norm() > 1e-12; ++k) {
        C += (power * C * power.transpose()).eval();
        power = (power * power).eval();
        if (!power.allFinite() || power.norm() > 1e100) return k_none;
    }
    if (!(power.norm() <= 1e-12)) return k_none;
    return inverse_temperature * (M.transpose() * (J - J.transpose()) * C).trace();
}

} // namespace spikewell::experiments
