#include "rate/competing_rules.hpp"

#include "core/statistics.hpp"
#include "rate/attractor_network.hpp"

#include <algorithm>
#include <cmath>

namespace spikewell::rate {

namespace {

/// J <- keep J + rate x y^T / n without diagonal.
void add_product(Matrix& coupling,
                 std::span<const double> x,
                 std::span<const double> y,
                 double rate,
                 double keep) {
    const double scale = rate / static_cast<double>(coupling.rows);
    for (std::size_t j = 0; j < coupling.cols; ++j) {
        const std::span<double> column = coupling.column(j);
        const double diagonal = column[j];
        const double factor = scale * y[j];
        for (std::size_t i = 0; i < coupling.rows; ++i)
            column[i] = keep * column[i] + factor * x[i];
        column[j] = diagonal;
    }
}

} // namespace

void hebb_step(Matrix& coupling, std::span<const double> pattern, const HebbOptions& options) {
    add_product(coupling, pattern, pattern, options.rate, 1.0 - options.decay);
}

Matrix hebb_couplings(const Matrix& patterns) {
    Matrix coupling(patterns.rows, patterns.rows);
    for (std::size_t p = 0; p < patterns.cols; ++p)
        hebb_step(coupling, patterns.column(p));
    return coupling;
}

Matrix with_norm(Matrix coupling, double norm) {
    const double now = frobenius_norm(coupling);
    for (double& x : coupling.values)
        x *= now > 0.0 ? norm / now : 1.0;
    return coupling;
}

void delta_step(Matrix& coupling, std::span<const double> pattern, double rate) {
    std::vector<double> error(pattern.begin(), pattern.end());
    for (std::size_t j = 0; j < coupling.cols; ++j) {
        const std::span<const double> column = coupling.column(j);
        for (std::size_t i = 0; i < coupling.rows; ++i)
            error[i] -= column[i] * pattern[j];
    }
    add_product(coupling, error, pattern, rate, 1.0);
}

std::vector<double> dense_step(const Matrix& patterns, std::span<const double> state, double beta) {
    std::vector<double> weights(patterns.cols);
    for (std::size_t p = 0; p < patterns.cols; ++p)
        weights[p] = beta * dot(patterns.column(p), state);
    const double greatest = *std::max_element(weights.begin(), weights.end());
    double sum = 0.0;
    for (double& weight : weights) {
        weight = std::exp(weight - greatest);
        sum += weight;
    }
    std::vector<double> result(patterns.rows, 0.0);
    for (std::size_t p = 0; p < patterns.cols; ++p) {
        const std::span<const double> pattern = patterns.column(p);
        for (std::size_t i = 0; i < patterns.rows; ++i)
            result[i] += weights[p] / sum * pattern[i];
    }
    return result;
}

} // namespace spikewell::rate
