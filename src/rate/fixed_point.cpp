#include "rate/fixed_point.hpp"

#include "neuron_models/langevin.hpp"
#include "rate/eigen_view.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace spikewell::rate {

namespace {

using Vector = Eigen::VectorXd;

constexpr std::size_t k_first_steps =
    256; // before Newton is tried; then after twice as many each time
constexpr int k_newton_steps = 100;
// Near an onset changes of x^3 tell a third of the way that is left (x); a half more for the window's steps.
constexpr double k_way = 5.0;
// Each step of Newton's leaves at most two thirds of the distance (a root of third order, as at the onset).
constexpr double k_left_of_newton = 2.0;
constexpr double k_unstable = 1.0 + 1e-9; // slope of the map along an eigenvector

Vector vector_of(std::span<const double> x) {
    return Eigen::Map<const Vector>(x.data(), static_cast<Eigen::Index>(x.size()));
}

/// D J: the map's slopes at `state`.
Eigen::MatrixXd slopes_at(const Matrix& coupling,
                          const Vector& state,
                          const Vector& evidence,
                          double inverse_temperature) {
    const Vector u = inverse_temperature * (evidence + as_eigen(coupling) * state);
    const Vector gains =
        inverse_temperature * u.unaryExpr([](double x) { return langevin_derivative(x); });
    return gains.asDiagonal() * as_eigen(coupling);
}

std::optional<std::vector<double>> newton(const Matrix& coupling,
                                          const Relaxation& from,
                                          std::span<const double> evidence,
                                          const RelaxOptions& options) {
    const double iT = options.inverse_temperature;
    const Vector b = vector_of(evidence);
    const auto residual_of = [&](const std::vector<double>& state) -> Vector {
        return vector_of(deterministic_step(coupling, state, evidence, iT)) - vector_of(state);
    };
    std::vector<double> state = from.state;
    Vector residual = residual_of(state);
    for (int k = 0; k < k_newton_steps; ++k) {
        Eigen::MatrixXd slopes = slopes_at(coupling, vector_of(state), b, iT);
        const Vector move = (Eigen::MatrixXd::Identity(slopes.rows(), slopes.cols()) - slopes)
                                .partialPivLu()
                                .solve(residual);
        const Vector moved = vector_of(state) + move;
        std::vector<double> next(moved.begin(), moved.end());
        if (!moved.allFinite() || largest_change(from.state, next) > k_way * from.distance)
            return std::nullopt;
        Vector left = residual_of(next);
        const double least = rounding_of(next);
        const bool there = k_left_of_newton * move.lpNorm<Eigen::Infinity>() < options.tolerance ||
                           left.lpNorm<Eigen::Infinity>() <= least;
        if (!there && !(left.norm() < residual.norm())) return std::nullopt;
        state = std::move(next);
        residual = std::move(left);
        if (!there) continue;
        slopes = slopes_at(coupling, vector_of(state), b, iT);
        const Eigen::EigenSolver<Eigen::MatrixXd> solver(slopes, /*computeEigenvectors*/ false);
        if (!(solver.eigenvalues().cwiseAbs().maxCoeff() <= k_unstable)) return std::nullopt;
        return state;
    }
    return std::nullopt;
}

} // namespace

double largest_change(std::span<const double> from, std::span<const double> to) {
    double largest = 0.0;
    for (std::size_t i = 0; i < to.size(); ++i)
        largest = std::max(largest, std::abs(to[i] - from[i]));
    return largest;
}

double rounding_of(std::span<const double> state) {
    double largest = 0.0;
    for (const double x : state)
        largest = std::max(largest, std::abs(x));
    return 4.0 * std::numeric_limits<double>::epsilon() * largest;
}

Relaxation relax_to_attractor(const Matrix& coupling,
                              std::span<const double> start,
                              std::span<const double> evidence,
                              const RelaxOptions& options) {
    Relaxation result;
    result.state.assign(start.begin(), start.end());
    RelaxOptions round = options;
    for (std::size_t steps = k_first_steps; !result.converged && result.steps < options.max_steps;
         steps *= 2) {
        round.max_steps = std::min(steps, options.max_steps - result.steps);
        Relaxation more = relax(coupling, result.state, evidence, round);
        more.steps += result.steps;
        result = std::move(more);
        if (result.converged || !std::isfinite(result.distance)) continue;
        if (auto state = newton(coupling, result, evidence, options)) {
            result.state = std::move(*state);
            result.converged = true;
            result.distance = options.tolerance;
        }
    }
    return result;
}

} // namespace spikewell::rate
