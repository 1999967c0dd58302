#include "experiments/metrics.hpp"

#include "core/statistics.hpp"
#include "neuron_models/langevin.hpp"
#include "rate/attractor_network.hpp"

#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

namespace spikewell::experiments {

namespace {

double angle_deg(std::span<const double> a, std::span<const double> b) {
    const double cosine = dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
    return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180.0 / std::numbers::pi;
}

// What relaxation leaves of a state that decays to 0: no direction, no image.
bool has_vanished(std::span<const double> state) {
    return std::all_of(state.begin(), state.end(),
                       [](double x) { return std::lround(100.0 * x) == 0; });
}

} // namespace

Matrix attractors_of(const Matrix& coupling, const Matrix& images, double strength) {
    // Two starts that reach one fixed point must agree far below the 0.01 of count_distinct.
    constexpr rate::RelaxOptions to_convergence{1.0, 1e-9, 20000};
    const std::vector<double> no_evidence(images.rows, 0.0);
    Matrix attractors(images.rows, images.cols);
    for (std::size_t c = 0; c < images.cols; ++c) {
        std::vector<double> start(images.column(c).begin(), images.column(c).end());
        for (double& x : start)
            x = langevin(strength * x);
        const rate::Relaxation end = rate::relax(coupling, start, no_evidence, to_convergence);
        std::copy(end.state.begin(), end.state.end(), attractors.column(c).begin());
    }
    return attractors;
}

std::size_t count_distinct(const Matrix& columns) {
    std::set<std::vector<long>> distinct;
    for (std::size_t c = 0; c < columns.cols; ++c) {
        std::vector<long> rounded;
        for (const double x : columns.column(c))
            rounded.push_back(std::lround(100.0 * x));
        distinct.insert(std::move(rounded));
    }
    return distinct.size();
}

std::vector<double> angles_between(const Matrix& columns) {
    std::vector<double> angles;
    for (std::size_t a = 0; a < columns.cols; ++a) {
        for (std::size_t b = 0; b < columns.cols; ++b) {
            if (a == b || has_vanished(columns.column(a)) || has_vanished(columns.column(b)))
                continue;
            const double angle = angle_deg(columns.column(a), columns.column(b));
            if (angle >= 1.0 && angle <= 179.0) angles.push_back(angle);
        }
    }
    return angles;
}

double orthogonality_deviation_deg(const Matrix& columns) {
    std::vector<double> deviations = angles_between(columns);
    for (double& angle : deviations)
        angle = std::abs(90.0 - angle);
    return deviations.empty() ? std::numeric_limits<double>::quiet_NaN() : mean(deviations);
}

double data_orthogonality_deviation_deg(const Matrix& images) {
    std::vector<double> deviations;
    for (std::size_t a = 0; a < images.cols; ++a) {
        for (std::size_t b = 0; b < images.cols; ++b) {
            const double angle = a == b ? 0.0 : angle_deg(images.column(a), images.column(b));
            deviations.push_back(std::abs(90.0 - angle));
        }
    }
    return mean(deviations);
}

double delta_r_squared(std::span<const double> response,
                       std::span<const double> input,
                       std::span<const double> target) {
    const double r_response = correlation(response, target);
    const double r_input = correlation(input, target);
    return r_response * r_response - r_input * r_input;
}

std::vector<std::size_t> nearest_images(const Matrix& states, const Matrix& images) {
    std::vector<std::size_t> nearest(states.cols);
    for (std::size_t s = 0; s < states.cols; ++s) {
        double best = -std::numeric_limits<double>::infinity();
        for (std::size_t c = 0; c < images.cols; ++c) {
            const double r = correlation(states.column(s), images.column(c));
            if (r > best) {
                best = r;
                nearest[s] = c;
            }
        }
    }
    return nearest;
}

Walk walk_of(const std::vector<std::size_t>& nearest, std::size_t n_images) {
    Walk walk;
    walk.occupancy.assign(n_images, 0.0);
    for (std::size_t s = 0; s < nearest.size(); ++s) {
        walk.occupancy[nearest[s]] += 1.0 / static_cast<double>(nearest.size());
        if (s == 0 || nearest[s] == nearest[s - 1]) continue;
        ++walk.transitions;
        if (nearest[s] == (nearest[s - 1] + 1) % n_images) ++walk.forward_transitions;
    }
    return walk;
}

std::size_t matched_attractors(const Matrix& coupling, const Matrix& images, double strength) {
    const Matrix attractors = attractors_of(rate::symmetric_part(coupling), images, strength);
    const std::vector<std::size_t> nearest = nearest_images(attractors, images);
    std::size_t matched = 0;
    for (std::size_t c = 0; c < images.cols; ++c) {
        const double r = correlation(attractors.column(c), images.column(c));
        if (nearest[c] == c && r > 0.8 && !has_vanished(attractors.column(c))) ++matched;
    }
    return matched;
}

Matrix projector_couplings(const Matrix& images) {
    const Eigen::Map<const Eigen::MatrixXd> patterns(images.values.data(),
                                                     static_cast<Eigen::Index>(images.rows),
                                                     static_cast<Eigen::Index>(images.cols));
    Eigen::MatrixXd projector =
        patterns * patterns.completeOrthogonalDecomposition().pseudoInverse();
    projector.diagonal().setZero();
    Matrix result(images.rows, images.rows);
    Eigen::Map<Eigen::MatrixXd>(result.values.data(), projector.rows(), projector.cols()) =
        projector;
    return result;
}

} // namespace spikewell::experiments
