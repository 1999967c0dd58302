#include "experiments/connectivity.hpp"

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"
#include "rate/eigen_view.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <unsupported/Eigen/FFT>
#include <utility>

namespace spikewell::experiments {

namespace {

// Of Purpose::patterns; random_patterns has 0, starts (landscape_map.cpp) have 1.
constexpr std::uint16_t k_surrogate_block = 2;
constexpr std::uint16_t k_phase_block = 3;

} // namespace

const char* name_of(Scaling scaling) {
    switch (scaling) {
    case Scaling::none:
        return "none";
    case Scaling::zscore:
        return "zscore";
    case Scaling::columns:
        return "columns";
    case Scaling::spectral:
        break;
    }
    return "spectral";
}

std::vector<Scaling> scalings() {
    return {Scaling::none, Scaling::zscore, Scaling::columns, Scaling::spectral};
}

std::optional<Scaling> scaling_named(std::string_view name) {
    for (const Scaling scaling : scalings())
        if (name == name_of(scaling)) return scaling;
    return std::nullopt;
}

Matrix scaled_couplings(const Matrix& coupling, Scaling scaling) {
    Matrix scaled = coupling;
    if (scaling == Scaling::none) return scaled;
    if (scaling == Scaling::spectral) {
        const double largest = spectrum_of(coupling).values.front();
        if (!(largest > 0.0))
            throw ParameterError("landscape", "largest eigenvalue", largest,
                                 "> 0 with --scaling spectral");
        for (double& x : scaled.values)
            x /= largest;
        return scaled;
    }
    for (std::size_t i = 0; i < scaled.rows; ++i)
        scaled(i, i) = 0.0;
    const auto standardise = [](std::span<double> values, const char* what) {
        const double centre = mean(values);
        const double sd = standard_deviation(values);
        if (!(sd > 0.0)) throw ParameterError("landscape", what, sd, "> 0 with this --scaling");
        for (double& x : values)
            x = (x - centre) / sd;
    };
    if (scaling == Scaling::zscore)
        standardise(scaled.values, "standard deviation of the couplings");
    for (std::size_t j = 0; scaling == Scaling::columns && j < scaled.cols; ++j)
        standardise(scaled.column(j), "standard deviation of a column of the couplings");
    return scaled;
}

Spectrum spectrum_of(const Matrix& coupling) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
        0.5 * (as_eigen(coupling) + as_eigen(coupling).transpose()));
    const Eigen::VectorXd values = solver.eigenvalues().reverse();
    return {std::vector<double>(values.begin(), values.end()),
            to_matrix(solver.eigenvectors().rowwise().reverse())};
}

std::vector<double> off_diagonal(const Matrix& m) {
    std::vector<double> values;
    for (std::size_t j = 0; j < m.cols; ++j)
        for (std::size_t i = 0; i < j; ++i)
            values.push_back(m(i, j)); // the other half is the same, or nearly so
    return values;
}

Matrix permuted(const Matrix& coupling, std::uint64_t seed, std::uint32_t surrogate) {
    RandomStream stream(seed, Purpose::patterns, surrogate, k_surrogate_block);
    std::vector<double> values = off_diagonal(coupling);
    for (std::size_t k = values.size(); k > 1; --k)
        std::swap(values[k - 1], values[stream.index(k)]);
    Matrix result = coupling;
    std::size_t k = 0;
    for (std::size_t j = 0; j < coupling.cols; ++j)
        for (std::size_t i = 0; i < j; ++i)
            result(i, j) = result(j, i) = values[k++];
    return result;
}

Matrix phase_randomised(const Matrix& series, std::uint64_t seed, std::uint32_t surrogate) {
    RandomStream stream(seed, Purpose::patterns, surrogate, k_phase_block);
    Eigen::FFT<double> fft;
    Matrix result(series.rows, series.cols);
    for (std::size_t r = 0; r < series.cols; ++r) {
        const std::vector<double> x(series.column(r).begin(), series.column(r).end());
        std::vector<std::complex<double>> spectrum;
        fft.fwd(spectrum, x);
        const std::size_t n = x.size();
        for (std::size_t k = 1; 2 * k < n;
             ++k) { // the mean and the highest of an even length stay real
            const double phase = 2.0 * std::numbers::pi * stream.uniform();
            spectrum[k] = std::polar(std::abs(spectrum[k]), phase);
            spectrum[n - k] = std::conj(spectrum[k]);
        }
        std::vector<double> y;
        fft.inv(y, spectrum);
        std::copy(y.begin(), y.end(), result.column(r).begin());
    }
    return result;
}

Matrix shrunk_partial_correlations(const Matrix& series) {
    if (series.rows < 4)
        throw ParameterError("series", "number of times", static_cast<double>(series.rows), ">= 4");
    Eigen::MatrixXd x = as_eigen(series);
    for (Eigen::Index r = 0; r < x.cols(); ++r) {
        x.col(r).array() -= x.col(r).mean();
        const double sd = std::sqrt(x.col(r).squaredNorm() / static_cast<double>(x.rows()));
        if (!(sd > 0.0))
            throw ParameterError("series", "standard deviation of region " + std::to_string(r + 1),
                                 sd, "> 0");
        x.col(r) /= sd;
    }
    const auto n = static_cast<double>(x.rows());
    const Eigen::MatrixXd s = x.transpose() * x / n;
    const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(s.rows(), s.cols());
    // Ledoit & Wolf: b^2 = the error of S, at most d^2 = its distance from the target.
    double b2 = 0.0;
    for (Eigen::Index t = 0; t < x.rows(); ++t) {
        const double norm2 = x.row(t).squaredNorm();
        b2 += norm2 * norm2 - 2.0 * x.row(t).dot(x.row(t) * s) + s.squaredNorm();
    }
    b2 /= n * n;
    const double d2 = (s - identity).squaredNorm();
    const double shrinkage = d2 > 0.0 ? std::min(1.0, b2 / d2) : 1.0;
    const Eigen::MatrixXd precision =
        (shrinkage * identity + (1.0 - shrinkage) * s).llt().solve(identity);
    Matrix result(series.cols, series.cols);
    for (std::size_t j = 0; j < series.cols; ++j) {
        for (std::size_t i = 0; i < j; ++i) {
            const auto a = static_cast<Eigen::Index>(i);
            const auto b = static_cast<Eigen::Index>(j);
            result(i, j) = result(j, i) =
                -precision(a, b) / std::sqrt(precision(a, a) * precision(b, b));
        }
    }
    return result;
}

Matrix mean_partial_correlations(const std::vector<Matrix>& series) {
    Matrix sum(series.front().cols, series.front().cols);
    for (const Matrix& one : series) {
        const Matrix partial = shrunk_partial_correlations(one);
        for (std::size_t k = 0; k < sum.values.size(); ++k)
            sum.values[k] += partial.values[k] / static_cast<double>(series.size());
    }
    return sum;
}

} // namespace spikewell::experiments
